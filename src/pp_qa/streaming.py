"""Documents → entries ready to store. Each stage runs ahead of the next in a thread of its own,
so that reading, cutting and writing are done while the embedder works; what lies between two
stages is bounded, whatever the size of the corpus."""

from __future__ import annotations

import logging
import time
from bisect import insort
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pp_qa.chunking import chunk, windows
from pp_qa.errors import ModelError, PpQaError
from pp_qa.types import Document, DocumentEntry, Failure, Passage, Progress

if TYPE_CHECKING:
    from pp_qa.caches import KnownVectors
    from pp_qa.protocols import Embedder, IndexStore, ProgressCallback
    from pp_qa.settings import Settings
    from pp_qa.types import Vectors

log = logging.getLogger("pp_qa")
_T = TypeVar("_T")
_AHEAD = 64
"""Documents between two stages."""
_TOGETHER = 512
"""Windows sorted by length at once, whatever documents they are of: texts of like length embedded
together leave little padding."""
_SLICE = 64
"""Windows embedded between two reports of progress; so many are lost by a kill at most."""
_PATIENCE = 2.0
"""Seconds for which a stage that is no longer needed is waited for."""

Work = tuple[Document, Sequence[Passage] | None]
"""A document, and its passages where they are known already."""


class Failures:
    """The files that failed so far, by source. Stages in several threads add to it; `added` counts
    what they did."""

    def __init__(self, failures: Iterable[Failure] = ()) -> None:
        self.all = sorted(failures, key=_source)
        self.added = 0
        self._lock = Lock()

    def add(self, failure: Failure) -> None:
        with self._lock:
            insort(self.all, failure, key=_source)
            self.added += 1


def _source(failure: Failure) -> str:
    return failure.source


class Pace:
    """How far and how fast a build goes. `sizes` has the bytes of each file that is read, by
    doc_id: how long the rest takes is told by them, for windows are counted only as they come. What
    is added to the failures is done with, too."""

    def __init__(
        self, sizes: Mapping[str, int], progress: ProgressCallback, failures: Failures
    ) -> None:
        self.sizes = sizes
        self.embedded = 0
        self._progress = progress
        self._failures = failures
        self._started = time.monotonic()
        self._files = 0
        self._size = 0.0
        self._total = sum(sizes.values())

    def step(self, windows: int, size: float) -> None:
        """So many windows were embedded, out of this part of the bytes."""
        self.embedded += windows
        self._size += size
        self._tell()

    def file(self) -> None:
        """A file is done."""
        self._files += 1
        self._tell()

    def end(self) -> None:
        """All files are done: the last ones may have failed."""
        self._tell()

    def _tell(self) -> None:
        elapsed = time.monotonic() - self._started
        done, files = self._size, len(self.sizes)
        through = self._files + self._failures.added
        self._progress(
            Progress(
                "embedding",
                min(through, files),
                files,
                "files",
                self.embedded,
                self.embedded / elapsed if elapsed else 0.0,
                elapsed * max(0.0, self._total - done) / done if done else None,
            )
        )


@dataclass(frozen=True, slots=True)
class _Cut:
    """A document in passages: by a passage's text, the vectors that are known or the texts of
    the windows that are to be embedded."""

    document: Document
    passages: Sequence[Passage]
    known: Mapping[str, Vectors]
    fresh: Mapping[str, Sequence[str]]


def entries(
    work: Generator[Work],
    store: IndexStore | None,
    embedder: Embedder,
    settings: Settings,
    cache: KnownVectors,
    failures: Failures,
    pace: Pace,
) -> Generator[DocumentEntry]:
    """An entry for each document, in order. Text that `store` or `cache` has vectors for is not
    embedded; a document that can't be cut or embedded is added to the failures."""
    cuts = ahead(_cut(work, store, embedder, settings, failures), _AHEAD)
    for made in ahead(_embedded(cuts, embedder, cache, failures, pace.sizes), _AHEAD):
        if isinstance(made, DocumentEntry):
            pace.file()
            yield made
        else:
            pace.step(*made)
    pace.end()


def ahead(items: Iterable[_T], most: int) -> Generator[_T]:
    """The same items, made by a thread that is up to `most` of them ahead. An error in making
    them comes through in its place; to stop early ends the thread."""
    made: Queue[_T | _End] = Queue(most)
    stop = Event()

    def put(item: _T | _End) -> None:
        while not stop.is_set():
            with suppress(Full):
                made.put(item, timeout=0.1)
                return

    def work() -> None:
        end = _End()
        try:
            for item in items:
                put(item)
                if stop.is_set():
                    break
            if isinstance(items, Generator):
                items.close()
        except BaseException as error:
            end = _End(error)
        put(end)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stop.set()
        thread.join(_PATIENCE)


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


def _cut(
    work: Generator[Work],
    store: IndexStore | None,
    embedder: Embedder,
    settings: Settings,
    failures: Failures,
) -> Iterator[_Cut]:
    limit = min(settings.window_tokens, embedder.max_tokens)
    # What it reads from is free for the next update then, whoever still refers to this one.
    with closing(work):
        for document, passages in work:
            try:
                parts = chunk(document, settings.passage_tokens) if passages is None else passages
                texts = {p.text: p for p in parts}
                known = store.known_vectors(parts) if store else {}
                fresh = {
                    text: windows(p, limit, embedder.count_tokens)
                    for text, p in texts.items()
                    if text not in known
                }
            except PpQaError:
                raise
            except Exception as error:  # a fault of ours; it takes this file and no other
                log.debug("%s", document.doc_id, exc_info=True)
                reason = f"can't be cut into passages ({error!r}); report this as a fault of pp_qa"
                failures.add(Failure(document.doc_id, reason))
            else:
                yield _Cut(document, parts, known, fresh)


def _embedded(
    cuts: Iterable[_Cut],
    embedder: Embedder,
    cache: KnownVectors,
    failures: Failures,
    sizes: Mapping[str, int],
) -> Iterator[DocumentEntry | tuple[int, float]]:
    """Entries, and before those of a group (windows, bytes) for each slice of it."""
    for group in _groups(cuts):
        texts = {w for cut in group for parts in cut.fresh.values() for w in parts}
        found = cache.get(texts)
        rest = sorted(texts - found.keys(), key=lambda t: (len(t), t))
        size = sum(sizes.get(cut.document.doc_id, 0) for cut in group)
        reasons: dict[str, str] = {}
        for at in range(0, len(rest), _SLICE):
            part = rest[at : at + _SLICE]
            new = _embed(part, embedder, reasons)
            cache.keep(new)
            found |= new
            yield len(new), size * len(part) / len(rest)
        if not rest:
            yield 0, size
        for cut in group:
            if bad := [w for parts in cut.fresh.values() for w in parts if w in reasons]:
                failures.add(Failure(cut.document.doc_id, reasons[bad[0]]))
            else:
                yield _entry(cut, found, embedder.dimension)


def _groups(cuts: Iterable[_Cut]) -> Iterator[list[_Cut]]:
    """Documents that have as many windows as are sorted together, or a little more; fewer at
    first, so that the embedder need not wait for them."""
    group: list[_Cut] = []
    count, enough = 0, min(_SLICE, _TOGETHER)
    for cut in cuts:
        group.append(cut)
        count += 1 + sum(map(len, cut.fresh.values()))
        if count >= enough:
            yield group
            group, count, enough = [], 0, min(2 * enough, _TOGETHER)
    if group:
        yield group


def _embed(texts: Sequence[str], embedder: Embedder, reasons: dict[str, str]) -> dict[str, Vectors]:
    """The vectors of the texts; those that the model refuses get a reason instead."""
    try:
        return dict(zip(texts, embedder.embed(texts), strict=True))
    except ModelError as error:
        if len(texts) == 1:
            reasons[texts[0]] = str(error)
            return {}
    return {t: v for text in texts for t, v in _embed([text], embedder, reasons).items()}


def _entry(cut: _Cut, found: Mapping[str, Vectors], dimension: int) -> DocumentEntry:
    empty = np.empty((0, dimension), dtype=np.float32)
    vectors = dict(cut.known)
    for text, parts in cut.fresh.items():
        vectors[text] = np.stack([found[w] for w in parts]) if parts else empty
    return DocumentEntry(
        cut.document,
        tuple(cut.passages),
        np.concatenate([vectors[p.text] for p in cut.passages]) if cut.passages else empty,
        tuple(len(vectors[p.text]) for p in cut.passages),
    )
