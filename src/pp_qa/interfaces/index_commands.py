"""`pp-qa index`, `watch`, `status` and `doctor`: the index, and what is in it."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from pp_qa.errors import CorpusError
from pp_qa.interfaces.options import (
    NO_VALUE,
    AsJson,
    AsLines,
    Corpus,
    Index,
    print_result,
    settings_for,
)
from pp_qa.interfaces.terminal import complain, progress_bar
from pp_qa.render.json import report_json, status_json
from pp_qa.render.printing import count, printable
from pp_qa.render.updates import failure_lines, report_text

LOCK_PATIENCE = 60
"""Seconds that `pp-qa index` waits for another process that is writing the index."""


def index(
    corpus: Corpus = None,
    index: Index = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", metavar=NO_VALUE, help="Start over, beside the old index.")
    ] = False,
    allow_empty: Annotated[
        bool,
        typer.Option(
            "--allow-empty", metavar=NO_VALUE, help="Let an empty folder empty the index."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar=NO_VALUE, help="Only say what would be done.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the index up to date with the documents."""
    from pp_qa.composing import make_embedder, update_index
    from pp_qa.indexing import Options

    settings = settings_for(corpus, index)
    options = Options(allow_empty=allow_empty, rebuild=rebuild, dry_run=dry_run)
    with progress_bar() as progress:
        report = update_index(
            settings,
            make_embedder(settings),
            progress,
            options,
            wait=LOCK_PATIENCE,
            say=complain,
        )
    print_result(report_json(report), as_json, report_text(report))
    if report.failed and not (report.passages or dry_run):
        raise CorpusError("no text could be read from the files; the reasons stand above")


def watch(corpus: Corpus = None, index: Index = None, as_json: AsLines = False) -> None:
    """Bring the index up to date, and again whenever a file is saved, until Ctrl-C."""
    import threading

    from pp_qa.composing import make_embedder
    from pp_qa.interfaces.terminal import as_interrupt, tell, tell_json
    from pp_qa.scanning import scan
    from pp_qa.watching import Watcher, folder_to_watch

    settings = settings_for(corpus, index)
    folder = folder_to_watch(settings)
    scan(folder, settings.max_file_mb, settings.index_dir)  # is there such a folder?
    watcher = Watcher(settings, make_embedder(settings), tell_json if as_json else tell)
    with suppress(KeyboardInterrupt), as_interrupt():
        with progress_bar() as progress:
            watcher.update(progress, retry=True)
        watcher.run(threading.Event())


def status(index: Index = None, as_json: AsJson = False) -> None:
    """What the index holds."""
    from pp_qa.stores.local import LocalStore

    store = LocalStore.open(settings_for(None, index).index_dir)
    manifest, documents = store.manifest, store.documents()
    value = status_json(manifest, documents)
    lines = [f"generation {manifest.generation} of {manifest.corpus}"]
    held = [count(d.passage_count, "passage").split() for d in documents]
    lines += [
        f"  {n:>6} {noun:<8}  {d.doc_id}" for d, (n, noun) in zip(documents, held, strict=True)
    ]
    lines += [
        f"  read in part: {d.doc_id}: {u}" for d in documents if (u := d.details.get("unread"))
    ]
    lines += failure_lines("  could not be read", manifest.failures)
    print_result(value, as_json, printable("\n".join(lines)))


def doctor(corpus: Corpus = None, index: Index = None, as_json: AsJson = False) -> None:
    """Check the model, the index and the documents (exit code 1 when something is broken)."""
    from pp_qa.doctor import examine

    findings = examine(settings_for(corpus, index))
    value = [
        {"severity": f.severity, "check": f.check, "message": f.message, "remedy": f.remedy}
        for f in findings
    ]
    lines = [
        f"{f.severity:>7}  {f.check}: {f.message}{'; ' + f.remedy if f.remedy else ''}"
        for f in findings
    ]
    print_result(value, as_json, printable("\n".join(lines)))
    if any(f.severity == "error" for f in findings):
        raise typer.Exit(1)
