"""The default store: embedded, on disk, one folder a generation."""

from __future__ import annotations

import shutil
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import lru_cache, partial
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pp_qa.errors import IndexDamaged, IndexMissing, IndexWriteError
from pp_qa.stores import generations
from pp_qa.stores.building import LEXICAL, build
from pp_qa.stores.catalog import Catalog
from pp_qa.stores.hits import cosines, ranked
from pp_qa.stores.lexical import LexicalIndex
from pp_qa.stores.memory import unknown_document
from pp_qa.stores.segments import Segment, SegmentFacts
from pp_qa.types import (
    ChangeSet,
    Document,
    DocumentEntry,
    DocumentInfo,
    Failure,
    Hit,
    IndexManifest,
    Passage,
)

if TYPE_CHECKING:
    from pp_qa.stores.vectors import Among, VectorRows
    from pp_qa.types import Channel, Vectors

_Found = TypeVar("_Found")

_DOCUMENTS_KEPT = 16
"""Documents kept whole in memory: the next question is often about the same ones."""
_ROUNDING = 1e-5
"""By how much scores that were summed in single precision may be off."""
_TIES = 1_000
"""How far the search for passages that tie with the last hit goes."""
_NOWHERE = -2.0
"""Below any cosine."""
_UNREADABLE = (
    OSError,
    RuntimeError,
    ValueError,
    sqlite3.Error,
    TypeError,
    LookupError,
    ArithmeticError,
)
"""What is raised where a file is not what its kind should be, or a manifest has other facts than this
version writes."""
_EMPTY: dict[str, Any] = {
    "format_version": generations.FORMAT_VERSION,
    "generation": 0,
    "fingerprints": {},
    "documents": 0,
    "passages": 0,
    "failures": [],
    "corpus": "",
    "segments": [],
    "files": {},
}


class LocalStore:
    """An `IndexStore` over one generation in a folder. Large segments are searched by likeness
    through approximate indexes (`vectors`); all else is exact."""

    def __init__(
        self, root: Path, place: Path | None, facts: Mapping[str, Any], pointer: str = ""
    ) -> None:
        """Use `open` for what is there, `empty` to start. `pointer` is what CURRENT said."""
        self.root = root
        self.pointer = pointer
        self._place = place
        known = dict(facts)
        self._files = known.pop("files")
        segments = [SegmentFacts(**s) for s in known.pop("segments")]
        failures = tuple(Failure(*f) for f in known.pop("failures"))
        self.manifest = IndexManifest(**known, failures=failures)
        self._segments = [Segment(place, s) for s in segments] if place else []
        self._first_numbers = [s.first_number for s in segments]
        self._lexical = LexicalIndex(place / LEXICAL) if place else None
        # Of no method: a store that nobody holds any more lets go of its files at once.
        find = partial(_find_document, self._segments)
        self._document = lru_cache(maxsize=_DOCUMENTS_KEPT)(find)

    @classmethod
    def open(cls, root: Path, *, whole: bool = False) -> LocalStore:
        """The current generation. `whole` checks every byte of a large index too.

        Raises IndexMissing, IndexDamaged or IndexIncompatible.
        """
        for _ in range(5):
            pointer = generations.current(root)
            try:
                place, facts = generations.read(root, whole=whole)
                return cls(root, place, facts, pointer)
            except (IndexDamaged, *_UNREADABLE) as error:
                # A writer may have switched and swept between two of our steps.
                if generations.current(root) == pointer:
                    if isinstance(error, IndexDamaged):
                        raise
                    raise generations.damage(root, f"it can't be opened ({error})") from error
        raise IndexDamaged(f"the index in {root} changes faster than it can be opened; try again")

    @classmethod
    def empty(cls, root: Path) -> LocalStore:
        """Generation 0, to `apply` the first changes to; nothing is written before that."""
        return cls(root, None, dict(_EMPTY))

    def documents(self, among: Collection[str] | None = None) -> list[DocumentInfo]:
        with self._reading():
            found = [info for s in self._segments for info in s.catalog.documents(among)]
        return sorted(found, key=lambda info: info.doc_id)

    def document(self, doc_id: str) -> Document:
        with self._reading():
            return self._document(doc_id)

    def passages(self, doc_id: str) -> list[Passage]:
        with self._reading():
            for segment in self._segments:
                if (found := segment.catalog.passages(doc_id)) is not None:
                    return found
        raise unknown_document(doc_id)

    def search_dense(
        self, vectors: Vectors, k: int, documents: Collection[str] | None = None
    ) -> list[list[Hit]]:
        with self._reading():
            places = [(segment.vectors, segment.among(documents)) for segment in self._segments]
            return [self._dense(row, k, places) for row in vectors]

    def search_lexical(
        self, text: str, k: int, documents: Collection[str] | None = None
    ) -> list[Hit]:
        if self._lexical is None or k < 1:
            return []
        n = k + 1
        with self._reading():
            found = self._lexical.search(text, n, documents)
            while len(found) == n < _TIES + k and found[k - 1][1] == found[-1][1]:
                n *= 2
                found = self._lexical.search(text, n, documents)
            return self._hits(dict(found), k, "lexical")

    def known_vectors(self, passages: Iterable[Passage]) -> dict[str, Vectors]:
        wanted = {p.text for p in passages}
        known: dict[str, Vectors] = {}
        with self._reading():
            for segment in self._segments:
                known |= segment.known_vectors(wanted - known.keys())
        return known

    def apply(self, changes: ChangeSet) -> LocalStore:
        failed: list[Exception] = []
        changes = replace(changes, entries=_noting(changes.entries, failed))
        try:
            place = generations.begin(
                self.root, max(generations.latest_number(self.root), self.manifest.generation) + 1
            )
            try:
                facts = self._build(place, changes)
                generations.finish(self.root, place, facts, self._place, self._files)
            except BaseException:
                if not self._is_current(place):
                    shutil.rmtree(place, ignore_errors=True)
                raise
        except (OSError, sqlite3.Error, RuntimeError, ValueError) as error:
            if failed:
                raise
            raise IndexWriteError(
                f"the index in {self.root} could not be written ({error}); the old one still"
                " answers; free some space or check the folder's permissions and try again"
            ) from error
        return LocalStore.open(self.root)

    def problems(self, among: Iterable[DocumentInfo] | None = None) -> list[str]:
        """What doesn't fit together, in words: passages that don't tile their document (of all
        documents, or `among` these), derived files that don't match the catalog."""
        found: list[str] = []
        for info in self.documents() if among is None else among:
            try:
                found += self._untiled(info)
            except IndexDamaged as error:
                found.append(str(error).partition(";")[0])
        for segment in self._segments:
            windows, rows = segment.catalog.windows(), len(segment.vectors)
            if windows != rows:
                found.append(f"{segment.facts.name} has {rows} vectors for {windows} windows")
        stored = 0 if self._lexical is None else len(self._lexical)
        if stored != self.manifest.passages:
            found.append(f"{stored} of {self.manifest.passages} passages have their words indexed")
        return found

    def close(self) -> None:
        for segment in self._segments:
            segment.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Raises IndexDamaged where what is read is not what its kind should be."""
        try:
            yield
        except _UNREADABLE as error:
            raise generations.damage(self.root, str(error)) from error

    def _untiled(self, info: DocumentInfo) -> Iterator[str]:
        with self._reading():
            text = _find_document(self._segments, info.doc_id).text
        at = 0
        for passage in self.passages(info.doc_id):
            if passage.span.start != at or passage.span.of(text) != passage.text:
                yield f"passage {passage.passage_id} is not where it says in its document"
            at = passage.span.end
        if at != len(text):
            yield f"the passages of {info.doc_id} don't tile it"

    # ── searching ────────────────────────────────────────────────────────────

    def _dense(
        self, vector: Vectors, k: int, places: Sequence[tuple[VectorRows, Among]]
    ) -> list[Hit]:
        """Windows are searched until they belong to `k` passages and no tie is left out."""
        n = 2 * k
        while k > 0:
            best: dict[int, float] = {}
            beyond = _NOWHERE  # no window that was left out has a higher score
            for windows, among in places:
                rows = windows.search(vector, n, among)
                scores = cosines(windows.rows(rows), vector) if len(rows) else []
                if not all(abs(score) <= 1 + _ROUNDING for score in scores):
                    raise ValueError("a vector is none of length 1")
                for number, score in zip(windows.numbers[rows].tolist(), scores, strict=True):
                    best[number] = max(score, best.get(number, score))
                if len(rows) >= n:
                    beyond = max(beyond, min(scores))
            last = min(nlargest(k, best.values()), default=_NOWHERE)
            enough = len(best) >= k and (last > beyond + _ROUNDING or n > k + _TIES)
            if enough or beyond == _NOWHERE:
                return self._hits(best, k, "dense")
            n *= 2
        return []

    def _hits(self, scores: Mapping[int, float], k: int, channel: Channel) -> list[Hit]:
        """The best `k`; only passages that may be among them are looked up."""
        last = min(nlargest(k, scores.values()), default=0.0)
        numbers = [number for number, score in scores.items() if score >= last]
        if len(numbers) > k:
            ids = self._look_up(Catalog.passage_ids, numbers)
            numbers = sorted(numbers, key=lambda n: (-scores[n], ids[n]))[:k]
        passages = self._look_up(Catalog.by_number, numbers)
        return ranked(((p, scores[n]) for n, p in passages.items()), k, channel)

    def _look_up(
        self, find: Callable[[Catalog, Collection[int]], dict[int, _Found]], numbers: Iterable[int]
    ) -> dict[int, _Found]:
        """What each segment's catalog has for the passages of these numbers."""
        wanted: dict[int, list[int]] = {}
        for number in numbers:
            wanted.setdefault(bisect_right(self._first_numbers, number) - 1, []).append(number)
        found: dict[int, _Found] = {}
        for at, part in wanted.items():
            found |= find(self._segments[at].catalog, part)
        return found

    # ── building ─────────────────────────────────────────────────────────────

    def _build(self, place: Path, changes: ChangeSet) -> dict[str, Any]:
        """Write the next generation's files and return the facts of its manifest."""
        segments = build(place, self._segments, self._files, changes)
        return {
            "format_version": generations.FORMAT_VERSION,
            "generation": int(place.name.rpartition("-")[2]),
            "fingerprints": dict(changes.fingerprints),
            "documents": sum(s.documents - len(s.gone) for s in segments),
            "passages": sum(s.passages - s.passages_gone for s in segments),
            "failures": [[f.source, f.reason] for f in changes.failures],
            "corpus": changes.corpus,
            "segments": [asdict(s) for s in segments],
        }

    def _is_current(self, place: Path) -> bool:
        try:
            return generations.current(self.root).split()[:1] == [place.name]
        except (IndexMissing, IndexDamaged, IndexWriteError):
            return False


def _find_document(segments: Sequence[Segment], doc_id: str) -> Document:
    for segment in segments:
        if (found := segment.catalog.document(doc_id)) is not None:
            return found
    raise unknown_document(doc_id)


def _noting(entries: Iterable[DocumentEntry], failed: list[Exception]) -> Iterator[DocumentEntry]:
    """The entries; an error in making them is noted, for it is no error of writing."""
    try:
        yield from entries
    except Exception as error:
        failed.append(error)
        raise
