"""Corpus folder → index: scan, diff, load, chunk, embed, apply."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from pp_qa import loading
from pp_qa.chunking import chunk, windows
from pp_qa.errors import CorpusError, LoadError
from pp_qa.scanning import scan
from pp_qa.types import (
    ChangeSet,
    Document,
    DocumentEntry,
    DocumentInfo,
    Failure,
    IndexManifest,
    Progress,
    UpdateReport,
)
from pp_qa.words import NAME as WORDS

if TYPE_CHECKING:
    from pp_qa.protocols import Embedder, IndexStore, ProgressCallback
    from pp_qa.settings import Settings
    from pp_qa.types import Vectors

_PIPELINE_VERSION = 2
"""Raise it when loading or chunking give other passages for the same file."""
_SLICE = 64
"""Windows embedded between two reports of progress."""


@dataclass(frozen=True, slots=True)
class _Difference:
    """What the folder holds against what the index holds, by doc_id."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    kept: tuple[str, ...]
    """All that stay in the index: changed, unchanged, and those that can't be read any more."""


def fingerprints(embedder: Embedder, settings: Settings) -> dict[str, str]:
    """What shapes an index: where one of these differs, files must be read again."""
    window = min(settings.window_tokens, embedder.max_tokens)
    pipeline = f"{_PIPELINE_VERSION}/{settings.passage_tokens}/{window}/{WORDS}"
    return {"embedder": embedder.fingerprint, "pipeline": pipeline}


def update(
    store: IndexStore,
    embedder: Embedder,
    corpus: Path,
    settings: Settings,
    progress: ProgressCallback = lambda _: None,
    *,
    allow_empty: bool = False,
) -> tuple[IndexStore, UpdateReport]:
    """Make the index follow the folder, and say what was done to each file.

    A file that can't be read is reported and stays answerable as it was last read; text that
    didn't change is never embedded again. Nothing is written when nothing changed.

    Raises CorpusError when the folder is missing, has no document left while the index has
    some and `allow_empty` is not given, or is another than the index follows and lacks some of
    its documents; IndexWriteError when the index can't be written.
    """
    started = time.monotonic()
    corpus = corpus.resolve()
    seen = scan(corpus, settings.max_file_mb * 1_000_000, settings.index_dir)
    known = {info.doc_id: info for info in store.documents()}
    wanted = fingerprints(embedder, settings)
    same_shape = store.manifest.fingerprints == wanted
    documents, unread = _load(seen.files, known if same_shape else {}, progress)
    failures = tuple(sorted([*seen.failures, *unread], key=lambda f: f.source))
    difference = _difference(known, seen.files, documents, failures, same_shape)
    _refuse_loss(store.manifest, corpus, settings.index_dir, difference)
    if not (difference.kept or documents or allow_empty) and (known or not failures):
        raise _nothing_left(corpus, bool(known))
    if not same_shape:  # what can't be read again is made anew from its stored text
        lost = [i for i in difference.kept if i not in documents]
        documents |= {doc_id: store.document(doc_id) for doc_id in lost}
    changes = ChangeSet(
        removed=difference.removed, failures=failures, fingerprints=wanted, corpus=str(corpus)
    )
    new, embedded = entries(
        documents.values(), store if same_shape else None, embedder, settings, progress
    )
    if new or changes.removed or _moved(store.manifest, changes):
        progress(Progress("writing", 0, 1, "generation"))
        store = store.apply(replace(changes, entries=tuple(new)))
        progress(Progress("writing", 1, 1, "generation"))
    return store, _report(store, difference, failures, embedded, time.monotonic() - started)


def _report(
    store: IndexStore,
    found: _Difference,
    failures: tuple[Failure, ...],
    embedded: int,
    seconds: float,
) -> UpdateReport:
    gone = {old for old, _ in found.renamed}
    come = {new for _, new in found.renamed}
    return UpdateReport(
        added=tuple(i for i in found.added if i not in come),
        changed=found.changed,
        renamed=found.renamed,
        removed=tuple(i for i in found.removed if i not in gone),
        unchanged=found.unchanged,
        failed=failures,
        empty=tuple(i.doc_id for i in store.documents() if not i.window_count),
        generation=store.manifest.generation,
        passages=store.manifest.passages,
        embedded=embedded,
        seconds=seconds,
    )


def _refuse_loss(manifest: IndexManifest, corpus: Path, index: Path, found: _Difference) -> None:
    """Raises CorpusError where following another folder than before would lose documents. A
    folder that merely moved loses none."""
    lost = len(found.removed) - len(found.renamed)
    if lost and manifest.corpus and manifest.corpus != str(corpus):
        raise CorpusError(
            f"the index {index} follows {manifest.corpus}, and {corpus} lacks {lost} of its"
            f" documents; give --corpus {manifest.corpus}, or --rebuild to make it follow {corpus}"
        )


def _nothing_left(corpus: Path, indexed: bool) -> CorpusError:
    remedy = "put documents in it" + (
        ", or give --allow-empty to empty the index too" if indexed else ""
    )
    return CorpusError(
        f"the corpus folder {corpus} holds no documents"
        f" (it takes {', '.join(loading.suffixes())}); {remedy}"
    )


def _load(
    files: Mapping[str, Path], known: Mapping[str, DocumentInfo], progress: ProgressCallback
) -> tuple[dict[str, Document], list[Failure]]:
    """The documents whose content or place on disk is new; the others aren't parsed."""
    documents, failures = {}, []
    for done, (doc_id, path) in enumerate(files.items()):
        progress(Progress("reading", done, len(files), "files"))
        try:
            content = loading.read(path)
            stored = known.get(doc_id)
            place = (stored.content_hash, stored.source) if stored else None
            if place != (loading.content_hash(content), str(path)):
                documents[doc_id] = loading.load(path, doc_id, content)
        except LoadError as error:
            failures.append(Failure(doc_id, str(error)))
    progress(Progress("reading", len(files), len(files), "files"))
    return documents, failures


def _difference(
    known: Mapping[str, DocumentInfo],
    files: Mapping[str, Path],
    documents: Mapping[str, Document],
    failures: Iterable[Failure],
    same_shape: bool,
) -> _Difference:
    failed = {f.source for f in failures}
    unread = {i for i in known if _is_unread(i, failed)}
    kept = tuple(i for i in known if i in files or i in unread)
    added = tuple(i for i in documents if i not in known)
    removed = tuple(i for i in known if i not in files and i not in unread)
    changed = tuple(
        i
        for i in kept
        if i in documents
        and not (same_shape and documents[i].content_hash == known[i].content_hash)
    )
    gone: dict[str, list[str]] = {}
    for doc_id in removed:
        gone.setdefault(known[doc_id].content_hash, []).append(doc_id)
    renamed = tuple(
        (same.pop(0), i) for i in added if (same := gone.get(documents[i].content_hash))
    )
    unchanged = tuple(i for i in kept if i not in {*changed, *unread})
    return _Difference(added, changed, removed, unchanged, renamed, kept)


def _is_unread(doc_id: str, failed: Collection[str]) -> bool:
    """Whether a document's file, or a folder that it lies in, is among those that failed."""
    return doc_id in failed or any(p.as_posix() in failed for p in PurePosixPath(doc_id).parents)


def entries(
    documents: Iterable[Document],
    store: IndexStore | None,
    embedder: Embedder,
    settings: Settings,
    progress: ProgressCallback,
) -> tuple[list[DocumentEntry], int]:
    """Entries ready to store, and how many windows had to be embedded for them."""
    limit = min(settings.window_tokens, embedder.max_tokens)
    chunked = [(d, chunk(d, settings.passage_tokens)) for d in documents]
    passages = [p for _, parts in chunked for p in parts]
    vectors: dict[str, Vectors] = store.known_vectors(passages) if store else {}
    fresh = {
        p.text: windows(p, limit, embedder.count_tokens) for p in passages if p.text not in vectors
    }
    texts = list(dict.fromkeys(w for parts in fresh.values() for w in parts))
    found: dict[str, Vectors] = {}
    for at in range(0, len(texts), _SLICE):
        progress(Progress("embedding", at, len(texts), "windows"))
        part = texts[at : at + _SLICE]
        found.update(zip(part, embedder.embed(part), strict=True))
    progress(Progress("embedding", len(texts), len(texts), "windows"))
    empty = np.empty((0, embedder.dimension), dtype=np.float32)
    for text, parts in fresh.items():
        vectors[text] = np.stack([found[w] for w in parts]) if parts else empty
    return [
        DocumentEntry(
            document,
            tuple(parts),
            np.concatenate([vectors[p.text] for p in parts]) if parts else empty,
            tuple(len(vectors[p.text]) for p in parts),
        )
        for document, parts in chunked
    ], len(texts)


def _moved(manifest: IndexManifest, changes: ChangeSet) -> bool:
    """Whether anything but the documents differs from what the index says of itself."""
    return (
        manifest.generation == 0
        or dict(manifest.fingerprints) != dict(changes.fingerprints)
        or manifest.failures != tuple(changes.failures)
        or manifest.corpus != changes.corpus
    )
