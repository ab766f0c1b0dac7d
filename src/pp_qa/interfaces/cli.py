"""`pp-qa`: the command line. Exit codes: 0 answered (verified), 3 abstained (not all of it
verified), 1 error, 2 usage."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pp_qa import __version__
from pp_qa.errors import CorpusError, FilterError, PpQaError, UsageError
from pp_qa.interfaces import user_commands
from pp_qa.interfaces.terminal import complain, log_crash, progress_bar
from pp_qa.interfaces.user_commands import Auth
from pp_qa.render.json import hit_json, reply_json, report_json, span_json, status_json
from pp_qa.render.printing import printable, printable_json
from pp_qa.render.replies import hits_text, reply_text, span_text
from pp_qa.render.updates import failure_lines, is_news, report_text
from pp_qa.render.verdicts import verification_json, verification_text
from pp_qa.types import Span

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant
    from pp_qa.settings import Settings

ABSTAINED = 3
NOT_ALL = 3
LOCK_PATIENCE = 60
"""Seconds that `pp-qa index` waits for another process that is writing the index."""

app = typer.Typer(
    help="Ask a folder of documents; get verified quotes, or an honest no.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(user_commands.app, name="user")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsLines = Annotated[bool, typer.Option("--json", help="Print a line of JSON for each event.")]
Corpus = Annotated[
    Path | None, typer.Option("--corpus", help="The folder of documents.", show_default=False)
]
Index = Annotated[
    Path | None, typer.Option("--index", help="The folder of the index.", show_default=False)
]
Documents = Annotated[
    list[str] | None,
    typer.Option("--document", "-d", help="Only these documents; a name or a pattern. Repeatable."),
]


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: an error is one line, never a traceback."""
    try:
        app(args=arguments)
    except PpQaError as error:
        complain(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone: `pp-qa ask … | head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        complain(f"something went wrong that shouldn't ({error}); the details are in {log_crash()}")
        sys.exit(1)


def _settings(corpus: Path | None = None, index: Path | None = None, **more: Any) -> Settings:
    from pp_qa.settings import load_settings

    return load_settings(corpus_dir=corpus, index_dir=index, **more)


def _ready(settings: Settings) -> Assistant:
    from pp_qa.composing import ready

    with progress_bar() as progress:
        return ready(settings, progress, complain)


def _print(value: Any, as_json: bool, text: str) -> None:
    try:
        typer.echo(printable_json(value, indent=2) if as_json else text)
    except BrokenPipeError:
        raise
    except OSError as error:
        with suppress(OSError):
            sys.stdout.close()  # or Python tries once more to write, and complains, as it ends
        raise UsageError(f"can't write the output ({error.strerror})") from error


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if show:
        _print(None, False, f"pp-qa {__version__}")
        raise typer.Exit


@app.command()
def index(
    corpus: Corpus = None,
    index: Index = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Start over, beside the old index.")
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Let an empty folder empty the index.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the index up to date with the documents."""
    from pp_qa.composing import make_embedder, update_index
    from pp_qa.indexing import Options

    settings = _settings(corpus, index)
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
    _print(report_json(report), as_json, report_text(report))
    if report.failed and not (report.passages or dry_run):
        raise CorpusError(
            f"none of the files in {settings.corpus_dir} could be read; the reasons stand above"
        )


@app.command()
def watch(corpus: Corpus = None, index: Index = None, as_json: AsLines = False) -> None:
    """Bring the index up to date, and again whenever a file is saved, until Ctrl-C."""
    import threading

    from pp_qa.composing import make_embedder
    from pp_qa.interfaces.terminal import as_interrupt, tell, tell_json
    from pp_qa.scanning import scan
    from pp_qa.watching import Watcher

    settings = _settings(corpus, index)
    scan(settings.corpus_dir, settings.max_file_mb, settings.index_dir)  # is there such a folder?
    watcher = Watcher(settings, make_embedder(settings), tell_json if as_json else tell)
    with suppress(KeyboardInterrupt), as_interrupt():
        with progress_bar() as progress:
            watcher.update(progress)
        watcher.run(threading.Event())


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    document: Documents = None,
    min_confidence: Annotated[
        float | None, typer.Option(min=0, max=1, help="Abstain below this.", show_default=False)
    ] = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with quotes, or say that the documents don't (exit code 3)."""
    assistant = _ready(_settings(corpus, index))
    reply = assistant.ask(question, documents=document or None, min_confidence=min_confidence)
    _print(reply_json(reply), as_json, reply_text(reply))
    if not reply.answered:
        raise typer.Exit(ABSTAINED)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 5,
    document: Documents = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """The nearest passages, with their scores."""
    hits = _ready(_settings(corpus, index)).retrieve(question, k, document or None)
    _print([hit_json(h) for h in hits], as_json, hits_text(hits))


@app.command()
def show(
    address: Annotated[str, typer.Argument(metavar="DOC:START-END", help="A quote's address.")],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """A quote in its document."""
    from pp_qa.stores.local import LocalStore
    from pp_qa.verifying import is_current

    doc_id, span = parse_address(address)
    document = LocalStore.open(_settings(None, index).index_dir).document(doc_id)
    if span.end > len(document.text):
        raise FilterError(f"{doc_id} has {len(document.text)} characters; {address} lies beyond")
    value = span_json(document, span, is_current(document))
    _print(value, as_json, span_text(document, span))


def parse_address(address: str) -> tuple[str, Span]:
    """`DOC:START-END` taken apart. Raises UsageError when it is no address."""
    doc_id, _, place = address.rpartition(":")
    start, dash, end = place.partition("-")
    try:
        if not doc_id or not dash:
            raise ValueError
        return doc_id, Span(int(start), int(end))
    except ValueError:
        raise UsageError(
            f"{address!r} is no address; it has the form DOC:START-END, as answers print it"
        ) from None


@app.command()
def verify(
    text: Annotated[
        str, typer.Argument(help="A quotation, or a text that quotes; - reads standard input.")
    ],
    source: Annotated[
        list[str] | None,
        typer.Option("--source", "-s", help="The document it is said to be from. Repeatable."),
    ] = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Do the documents say what a text quotes? (exit code 3 when not all of it)"""
    text = _standard_input() if text == "-" else text
    found = _ready(_settings(corpus, index)).verify(text, source or None)
    _print(verification_json(found), as_json, verification_text(found))
    if not found.holds:
        raise typer.Exit(NOT_ALL)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is no UTF-8 ({error.reason}); convert it") from error


@app.command()
def status(index: Index = None, as_json: AsJson = False) -> None:
    """What the index holds."""
    from pp_qa.stores.local import LocalStore

    store = LocalStore.open(_settings(None, index).index_dir)
    manifest, documents = store.manifest, store.documents()
    value = status_json(manifest, documents)
    lines = [f"generation {manifest.generation} of {manifest.corpus}"]
    lines += [f"  {d.passage_count:>6} passages  {d.doc_id}" for d in documents]
    lines += [
        f"  read in part: {d.doc_id}: {u}" for d in documents if (u := d.details.get("unread"))
    ]
    lines += failure_lines("  could not be read", manifest.failures)
    _print(value, as_json, printable("\n".join(lines)))


@app.command()
def doctor(corpus: Corpus = None, index: Index = None, as_json: AsJson = False) -> None:
    """Check the model, the index and the documents (exit code 1 when something is broken)."""
    from pp_qa.doctor import examine

    findings = examine(_settings(corpus, index))
    value = [
        {"severity": f.severity, "check": f.check, "message": f.message, "remedy": f.remedy}
        for f in findings
    ]
    lines = [
        f"{f.severity:>7}  {f.check}: {f.message}{'; ' + f.remedy if f.remedy else ''}"
        for f in findings
    ]
    _print(value, as_json, printable("\n".join(lines)))
    if any(f.severity == "error" for f in findings):
        raise typer.Exit(1)


@app.command()
def calibrate(
    suites: Annotated[list[Path], typer.Argument(help="Folders of question suites.")],
    split: Annotated[str, typer.Option(help="Fit on the questions of this split.")] = "tune",
    output: Annotated[
        Path | None, typer.Option(help="Where to; by default the index folder.", show_default=False)
    ] = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Fit the score, the confidence and the threshold for abstaining on question suites."""
    from dataclasses import asdict

    from pp_qa.composing import CALIBRATION
    from pp_qa.evaluation.commands import calibrate_on

    settings = _settings(None, index)
    with progress_bar() as progress:
        fitted = calibrate_on(suites, split, settings, progress, complain)
    target = output or settings.index_dir / CALIBRATION
    fitted.save(target)
    lines = [f"{suite}: {facts}" for suite, facts in fitted.figures.items()]
    lines.append(f"abstains below a confidence of {fitted.threshold:.3f}; saved as {target}")
    _print(asdict(fitted), as_json, "\n".join(lines))


@app.command()
def feedback(
    folder: Annotated[Path, typer.Argument(help="Where to: the folder of a new suite.")],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Make a question suite of what was marked on the page, for eval and calibrate."""
    from dataclasses import asdict

    from pp_qa.evaluation.marked import write_suite
    from pp_qa.feedback import FILE, read
    from pp_qa.stores.local import LocalStore

    root = _settings(None, index).index_dir
    made = write_suite(folder, read(root / FILE), LocalStore.open(root))
    halves = ", ".join(f"{n} to {name}" for name, n in made.splits.items())
    count = f"{made.answerable} answerable and {made.unanswerable} unanswerable questions"
    _print(asdict(made), as_json, "\n".join([*made.notes, f"{count} ({halves}) in {folder}"]))


@app.command(name="eval")
def evaluate(
    suite: Annotated[Path, typer.Argument(help="The folder of a question suite.")],
    split: Annotated[str, typer.Option(help="Ask the questions of this split.")] = "report",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many, at random.", show_default=False)
    ] = None,
    scoped: Annotated[
        bool | None,
        typer.Option("--scoped/--open", help="Ask within the document a question is for, or all."),
    ] = None,
    stages: Annotated[
        bool, typer.Option("--stages", help="Measure each stage: one leg, both, with a reader.")
    ] = False,
    wrong: Annotated[
        Path | None,
        typer.Option(help="Write what went wrong there, a JSON value a line.", show_default=False),
    ] = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Measure retrieval, quotes and abstention on a question suite."""
    from pp_qa.evaluation.commands import evaluate_on, keep_mistakes
    from pp_qa.evaluation.report import table

    settings = _settings(None, index)
    if wrong:
        keep_mistakes(wrong, [])  # what can't be written is said before an hour of asking
    with progress_bar() as progress:
        found = evaluate_on(suite, split, limit, scoped, settings, progress, by_stage=stages)
    if wrong:
        keep_mistakes(wrong, found.mistakes)
        complain(f"{len(found.mistakes)} questions went wrong; they are in {wrong}")
    _print(found.facts, as_json, table(f"{suite.resolve().name} ({split})", found.facts))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(envvar="HOST", show_default="127.0.0.1")] = None,
    port: Annotated[
        str | None, typer.Option(envvar="PORT", metavar="INTEGER", show_default="7860")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Update the index whenever a file is saved.")
    ] = False,
    auth: Auth = None,
    allow_write: Annotated[
        bool | None,
        typer.Option(
            "--allow-write/--read-only",
            help="Let the page add and remove documents; by default on 127.0.0.1 only.",
            show_default=False,
        ),
    ] = None,
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Bring the index up to date and open the web chat."""
    from pp_qa.composing import open_empty, open_fresh
    from pp_qa.interfaces import web
    from pp_qa.interfaces.terminal import as_interrupt, tell
    from pp_qa.interfaces.users import Users
    from pp_qa.watching import watching

    settings = _settings(
        corpus,
        index,
        host=host or None,
        port=port or None,
        auth=auth,
        allow_write=allow_write,
    )
    if settings.auth:
        Users(settings.auth)  # what is wrong with it is said before the index is made
    kept: dict[str, Any] = {"state": settings.index_dir, "auth": settings.auth}
    with progress_bar() as progress:
        say = (lambda _: None) if watch else complain  # a watcher tells its own problems
        assistant, notice, report = open_fresh(settings, progress, say)
    if report and is_news(report):
        typer.echo(report_text(report), err=True)
    assistant = assistant or open_empty(settings)
    if not watch:
        web.serve(assistant, settings.host, settings.port, notice=notice, **kept)
        return
    with (
        as_interrupt(),
        watching(settings, assistant.embedder, partial(tell, aside=True)) as watcher,
    ):
        web.serve(assistant, settings.host, settings.port, notice=lambda: watcher.problem, **kept)


@app.command()
def mcp(
    http: Annotated[bool, typer.Option("--http", help="Over HTTP, on this machine only.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port for --http.")] = 7861,
    allow_write: Annotated[
        bool, typer.Option("--allow-write", help="Let the client update the index.")
    ] = False,
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Answer programs that speak the Model Context Protocol, on standard input and output."""
    from pp_qa.interfaces.mcp_server import make_server, serve

    settings = _settings(corpus, index)

    def opened() -> Assistant:
        from pp_qa.composing import open_assistant, ready

        return ready(settings, say=complain) if allow_write else open_assistant(settings)

    server = make_server(opened, allow_write=allow_write)
    if http:
        serve(server, port)
    else:
        server.run()


if __name__ == "__main__":
    main()
