"""Is everything whole? Each check gives findings with a severity, a message and a remedy.

Nothing is written and nothing leaves the machine; what can't be opened doesn't keep the other
checks from being made.
"""

from __future__ import annotations

import os
import platform
import random
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pp_qa import __version__, loading
from pp_qa.caches import KnownFiles
from pp_qa.composing import CALIBRATION, make_embedder, make_observer
from pp_qa.errors import CorpusError, IndexDamaged, IndexFault, ModelError, PpQaError
from pp_qa.indexing import FILES, fingerprints, make_parsers
from pp_qa.models import calibration
from pp_qa.reaching import resolved, there
from pp_qa.remains import folder_to_follow
from pp_qa.scanning import scan
from pp_qa.stores import generations
from pp_qa.stores.local import LocalStore
from pp_qa.surveying import behind, survey
from pp_qa.types import Failure

if TYPE_CHECKING:
    from pp_qa.protocols import Embedder
    from pp_qa.settings import Settings
    from pp_qa.types import DocumentInfo

_ENGINES = ("faiss-cpu", "tantivy", "onnxruntime")
_NAMED = 10
"""Files that are named in one message before the rest is counted."""
_SAMPLED = 100_000
"""Passages that are compared with their documents, at most: some ten seconds."""
_SPARE_BYTES = 100_000_000
"""What an update may need besides room for the index once more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. An `error` means that answers can't be trusted or had."""

    severity: Literal["ok", "warning", "error"]
    check: str
    message: str
    remedy: str = ""


def examine(
    settings: Settings, make: Callable[[Settings], Embedder] = make_embedder
) -> list[Finding]:
    """All checks, in the order in which things depend on each other."""
    return list(_examine(settings, make))


def _examine(settings: Settings, make: Callable[[Settings], Embedder]) -> Iterator[Finding]:
    yield _versions()
    yield _in_force(settings)
    embedder = None
    try:
        embedder = make(settings)
    except ModelError as error:
        yield _error("model", error)
    else:
        yield Finding("ok", "model", f"{settings.model} is whole ({embedder.fingerprint})")
        yield _calibration(settings, embedder)
    yield _parsers(settings)
    try:
        store = LocalStore.open(settings.index_dir, whole=True)
    except IndexFault as error:
        yield _damage(settings.index_dir, error)
        yield from _folder(settings)
    else:
        with closing(store):
            yield from _index(store, settings, embedder)
            yield from _drift(store, settings)
    yield from _left(settings.index_dir)
    yield _space(settings.index_dir)


# ── the program ──────────────────────────────────────────────────────────────


def _versions() -> Finding:
    engines = ", ".join(f"{name} {version(name)}" for name in _ENGINES)
    return Finding(
        "ok", "version", f"pp_qa {__version__} on Python {platform.python_version()}, {engines}"
    )


def _in_force(settings: Settings) -> Finding:
    """The folders, and every setting that differs from its default."""
    fields = type(settings).model_fields
    values = {name: getattr(settings, name) for name in fields}
    set_apart = [
        f"{name} = {value}"
        for name, value in values.items()
        if name not in ("corpus_dir", "index_dir") and value != fields[name].default
    ]
    folders = f"{settings.corpus_dir.absolute()} is indexed in {settings.index_dir.absolute()}"
    return Finding("ok", "settings", "; ".join([folders, *set_apart]))


def _calibration(settings: Settings, embedder: Embedder) -> Finding:
    own = settings.index_dir / CALIBRATION
    try:
        observer = make_observer(settings, embedder)
        fitted = calibration.load(own) if there(own) else calibration.shipped(settings.reader)
    except ModelError as error:
        return _error("calibration", error)
    whose = "your own" if there(own) else "the shipped one"
    if fitted.fingerprint == observer.fingerprint:
        threshold = fitted.threshold if settings.min_confidence is None else settings.min_confidence
        return Finding("ok", "calibration", f"{whose}; abstains below {threshold:.2f}")
    return Finding(
        "warning",
        "calibration",
        f"{whose}, fitted for another model ({fitted.fingerprint})",
        "run: pp-qa calibrate SUITE",
    )


def _parsers(settings: Settings) -> Finding:
    """Whether the process that reads documents can be started, and reads one."""
    try:
        with tempfile.TemporaryDirectory(prefix="pp_qa-") as folder:
            path = Path(folder) / "try.txt"
            path.write_text("One sentence.")
            with make_parsers(settings) as parsers:
                [(_, read)] = parsers.load([("try.txt", path)])
    except CorpusError as error:
        return _error("parsers", error)
    except OSError as error:
        message = f"no temporary file can be written, to try whether one can be read ({error})"
        return Finding("warning", "parsers", message, "free some space, or set TMPDIR")
    if isinstance(read, Failure):
        return Finding("error", "parsers", f"a plain text file {read.reason}", "install pp_qa anew")
    return Finding("ok", "parsers", f"documents can be read: {', '.join(loading.suffixes())}")


# ── the index ────────────────────────────────────────────────────────────────


def _index(store: LocalStore, settings: Settings, embedder: Embedder | None) -> Iterator[Finding]:
    manifest = store.manifest
    yield Finding("ok", "index", f"every file of generation {manifest.generation} is as written")
    documents = store.documents()
    among = _sample(documents)
    problems = store.problems(among)
    for problem in problems:
        yield Finding("error", "index", problem, f"{_update(store.root)} --rebuild")
    if not problems:
        part = "all" if len(among) == len(documents) else f"{len(among):,} drawn at random"
        yield Finding(
            "ok",
            "index",
            f"passages tile their documents, {part} of {len(documents):,}; each of"
            f" {manifest.passages:,} passages has its vectors and its words",
        )
    if embedder:
        yield from _shape(store, fingerprints(embedder, settings))


def _sample(documents: Sequence[DocumentInfo]) -> list[DocumentInfo]:
    """All documents, or of a large index as many at random as have _SAMPLED passages."""
    drawn, passages = [], 0
    for info in random.sample(documents, len(documents)):
        if passages <= _SAMPLED:
            drawn.append(info)
        passages += info.passage_count
    return drawn


def _damage(root: Path, error: IndexFault) -> Finding:
    """Of a large index an update doesn't read every byte: it is told to make the index anew."""
    finding = _error("index", error)
    if isinstance(error, IndexDamaged):
        try:
            LocalStore.open(root).close()
        except IndexFault:
            return finding
        return replace(finding, remedy=f"{_update(root)} --rebuild")
    return finding


def _shape(store: LocalStore, wanted: dict[str, str]) -> Iterator[Finding]:
    have = dict(store.manifest.fingerprints)
    if have.get("embedder") != wanted["embedder"]:
        message = f"it was made by another model ({have.get('embedder')})"
        yield Finding("error", "index", message, _update(store.root))
    elif have != wanted:
        message = "it was made with other settings, or by another version of pp_qa"
        yield Finding("warning", "index", message, _update(store.root))


def _update(root: Path) -> str:
    return f"run: {generations.command(root)}"


def _left(root: Path) -> Iterator[Finding]:
    if writer := generations.writer(root):
        yield Finding("ok", "writing", f"the index is being written by {writer}")
    elif left := generations.leftovers(root):
        names = ", ".join(path.name for path in left)
        message = f"an update that was killed left {names}"
        yield Finding("warning", "writing", message, _update(root))


def _space(root: Path) -> Finding:
    place = next(p for p in (root, *root.absolute().parents) if there(p))
    free = shutil.disk_usage(place).free
    size = _size(root)
    facts = f"{_megabytes(free)} free where the index is, which has {_megabytes(size)}"
    if free < size + _SPARE_BYTES:
        return Finding("warning", "disk", facts, "free some space: a rebuild may not have enough")
    return Finding("ok", "disk", facts)


def _size(root: Path) -> int:
    """The bytes of all files there; those that a writer sweeps meanwhile have none."""
    size = 0
    for folder, _, names in os.walk(root):
        for name in names:
            with suppress(OSError):
                size += Path(folder, name).lstat().st_size
    return size


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


# ── the documents ────────────────────────────────────────────────────────────


def _folder(settings: Settings) -> Iterator[Finding]:
    """Of the documents, when there is no index to compare them with."""
    try:
        seen = scan(settings.corpus_dir, settings.max_file_mb * 1_000_000, settings.index_dir)
    except CorpusError as error:
        yield _error("corpus", error)
        return
    yield Finding("ok", "corpus", f"{settings.corpus_dir} has {len(seen.stamps):,} files to read")


def _drift(store: LocalStore, settings: Settings) -> Iterator[Finding]:
    """What has changed since the index was made. Files whose size and times are as they were
    are not read."""
    manifest = store.manifest
    folder = folder_to_follow(settings, manifest.corpus)
    corpus = resolved(folder)
    try:
        cache = KnownFiles(settings.index_dir / FILES, corpus)
        seen = survey(store, corpus, settings, cache, lambda _: None)
    except CorpusError as error:
        yield _error("corpus", error)
        return
    if manifest.corpus != str(corpus):
        message = f"the index follows {manifest.corpus}, not {corpus}"
        yield Finding("warning", "corpus", message, "give --corpus with that folder")
    there = {*seen.revisions, *seen.known}
    failed = {f.source: f for f in manifest.failures if f.source in there}
    failed |= {f.source: f for f in seen.failures}
    late = behind(seen)
    new = [i for i in late.new if i not in failed]
    for word, names in (("new", new), ("changed", late.changed), ("gone", late.gone)):
        if names:
            message = f"{word} since it was indexed: {_some(names)}"
            yield Finding("warning", "corpus", message, _update(settings.index_dir))
    for failure in sorted(failed.values(), key=lambda f: f.source)[:_NAMED]:
        yield _unread(failure)
    if len(failed) > _NAMED:
        message = f"{len(failed) - _NAMED:,} more files can't be read"
        yield Finding("warning", "document", message, "run: pp-qa status")
    if not (new or late.changed or late.gone):
        yield Finding("ok", "corpus", f"the index follows {folder}")


def _unread(failure: Failure) -> Finding:
    reason, _, remedy = failure.reason.rpartition("; ")
    return Finding("warning", "document", f"{failure.source} {reason or remedy}", remedy)


def _some(names: Iterable[str]) -> str:
    known = sorted(names)
    more = f" and {len(known) - _NAMED:,} more" if len(known) > _NAMED else ""
    return ", ".join(known[:_NAMED]) + more


def _error(check: str, error: PpQaError) -> Finding:
    message, _, remedy = str(error).rpartition("; ")
    return Finding("error", check, message or str(error), remedy if message else "")
