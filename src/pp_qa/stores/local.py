"""The default store: embedded, on disk, one folder a generation."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pp_qa.errors import IndexDamaged, IndexMissing, IndexWriteError
from pp_qa.stores import generations
from pp_qa.stores.catalog import Catalog
from pp_qa.stores.hits import cosines, ranked
from pp_qa.stores.lexical import LexicalIndex
from pp_qa.stores.vectors import VectorIndex
from pp_qa.types import (
    ChangeSet,
    Document,
    DocumentEntry,
    DocumentInfo,
    Hit,
    IndexManifest,
    Passage,
)

if TYPE_CHECKING:
    from pp_qa.types import Vectors

_DOCUMENTS_KEPT = 16
"""Documents kept whole in memory: the next question is often about the same ones."""
_CATALOG, _VECTORS, _LEXICAL = "catalog.sqlite", "vectors.faiss", "lexical"
_ROUNDING = 1e-5
"""By how much FAISS's scores, summed in single precision, may be off."""
_EMPTY: dict[str, Any] = {
    "format_version": generations.FORMAT_VERSION,
    "generation": 0,
    "fingerprints": {},
    "documents": 0,
    "passages": 0,
    "corpus": "",
}


class LocalStore:
    """An `IndexStore` over one generation in a folder."""

    def __init__(
        self, root: Path, place: Path | None, facts: dict[str, Any], pointer: str = ""
    ) -> None:
        """Use `open` for what is there, `empty` to start. `pointer` is what CURRENT said."""
        self.root = root
        self._place = place
        self._catalog = (
            Catalog.create(":memory:") if place is None else Catalog.open(place / _CATALOG)
        )
        self._document = lru_cache(maxsize=_DOCUMENTS_KEPT)(self._catalog.document)
        self._vectors = VectorIndex() if place is None else VectorIndex.read(place / _VECTORS)
        self._lexical = None if place is None else LexicalIndex(place / _LEXICAL)
        self.manifest = IndexManifest(**facts, failures=self._catalog.failures())
        self.pointer = pointer

    @classmethod
    def open(cls, root: Path, *, whole: bool = False) -> LocalStore:
        """The current generation. `whole` checks every byte of a large index too.

        Raises IndexMissing, IndexDamaged or IndexIncompatible.
        """
        for _ in range(5):
            pointer = generations.current(root)
            try:
                place, facts = generations.read(root, whole=whole)
                del facts["files"]
                return cls(root, place, facts, pointer)
            except (IndexDamaged, OSError, RuntimeError, ValueError, sqlite3.Error) as error:
                # A writer may have switched and swept between two of our steps.
                if generations.current(root) == pointer:
                    if isinstance(error, IndexDamaged):
                        raise
                    raise IndexDamaged(
                        f"the index in {root} can't be opened ({error}); run: pp-qa index --rebuild"
                    ) from error
        raise IndexDamaged(f"the index in {root} changes faster than it can be opened; try again")

    @classmethod
    def empty(cls, root: Path) -> LocalStore:
        """Generation 0, to `apply` the first changes to; nothing is written before that."""
        return cls(root, None, dict(_EMPTY))

    def documents(self, among: Collection[str] | None = None) -> list[DocumentInfo]:
        found = self._catalog.documents()
        return found if among is None else [d for d in found if d.doc_id in among]

    def document(self, doc_id: str) -> Document:
        return self._document(doc_id)

    def passages(self, doc_id: str) -> list[Passage]:
        return self._catalog.passages(doc_id)

    def search_dense(
        self, vectors: Vectors, k: int, documents: Collection[str] | None = None
    ) -> list[list[Hit]]:
        among = None if documents is None else _numbers(self._catalog.windows(documents))
        return [self._dense(row, k, among) for row in vectors]

    def search_lexical(
        self, text: str, k: int, documents: Collection[str] | None = None
    ) -> list[Hit]:
        if self._lexical is None or k < 1:
            return []
        n = k + 1
        found = self._lexical.search(text, n, documents)
        while len(found) == n and found[k - 1][1] == found[-1][1]:  # ties reach past the k-th
            n *= 2
            found = self._lexical.search(text, n, documents)
        return self._hits(dict(found), k, "lexical")

    def known_vectors(self, passages: Iterable[Passage]) -> dict[str, Vectors]:
        known = self._catalog.windows_by_text({p.text for p in passages})
        return {text: self._vectors.rows(_numbers([place])) for text, place in known.items()}

    def apply(self, changes: ChangeSet) -> LocalStore:
        failed: list[Exception] = []
        changes = replace(changes, entries=_noting(changes.entries, failed))
        try:
            place = generations.begin(
                self.root, max(generations.latest_number(self.root), self.manifest.generation) + 1
            )
            try:
                facts = self._build(place, changes)
                generations.finish(self.root, place, facts)
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
        found = []
        documents = self.documents()
        for info in documents if among is None else among:
            try:
                text = self.document(info.doc_id).text
            except IndexDamaged as error:
                found.append(str(error).partition(";")[0])
                continue
            at = 0
            for passage in self.passages(info.doc_id):
                if passage.span.start != at or passage.span.of(text) != passage.text:
                    found.append(
                        f"passage {passage.passage_id} is not where it says in its document"
                    )
                at = passage.span.end
            if at != len(text):
                found.append(f"the passages of {info.doc_id} don't tile it")
        windows = sum(info.window_count for info in documents)
        if windows != len(self._vectors):
            found.append(f"there are {len(self._vectors)} vectors for {windows} windows")
        stored = 0 if self._lexical is None else len(self._lexical)
        if stored != self.manifest.passages:
            found.append(f"{stored} of {self.manifest.passages} passages have their words indexed")
        return found

    def close(self) -> None:
        self._catalog.close()

    # ── searching ────────────────────────────────────────────────────────────

    def _dense(self, vector: Vectors, k: int, among: Any) -> list[Hit]:
        """Windows are searched until they belong to `k` passages and no tie is left out."""
        n, total = 2 * k, len(self._vectors) if among is None else len(among)
        while k > 0:
            windows = [window for window, _ in self._vectors.search(vector, n, among)]
            best: dict[int, float] = {}
            for window, score in zip(windows, self._cosines(windows, vector), strict=True):
                number = self._catalog.number_of_window(window)
                best[number] = max(score, best.get(number, score))
            scores = sorted(best.values(), reverse=True)
            if n >= total or (len(scores) > k and scores[k - 1] > scores[-1] + _ROUNDING):
                return self._hits(best, k, "dense")
            n *= 2
        return []

    def _cosines(self, windows: Sequence[int], vector: Vectors) -> list[float]:
        return cosines(self._vectors.rows(windows), vector) if windows else []

    def _hits(self, scores: dict[int, float], k: int, channel: Any) -> list[Hit]:
        passages = self._catalog.by_number(scores)
        return ranked(((passages[n], score) for n, score in scores.items()), k, channel)

    # ── building ─────────────────────────────────────────────────────────────

    def _build(self, place: Path, changes: ChangeSet) -> dict[str, Any]:
        """Write the next generation's files and return the facts of its manifest."""
        if self._place is not None:
            shutil.copyfile(self._place / _CATALOG, place / _CATALOG)
            vectors = VectorIndex.read(self._place / _VECTORS)
        else:
            vectors = VectorIndex()
        catalog = Catalog.create(place / _CATALOG)
        try:
            number, window = catalog.next_numbers()
            vectors.remove(_numbers(catalog.windows(changes.removed)))
            catalog.remove(changes.removed)
            for entry in changes.entries:
                vectors.remove(_numbers(catalog.windows([entry.document.doc_id])))
                catalog.remove([entry.document.doc_id])
                catalog.add(entry, number, window)
                vectors.add(entry.vectors, window)
                number, window = number + len(entry.passages), window + len(entry.vectors)
            catalog.replace_failures(changes.failures)
            vectors.write(place / _VECTORS)
            LexicalIndex.write(place / _LEXICAL, catalog.texts())
            documents, passages = catalog.counts()
        finally:
            catalog.close()
        return {
            "format_version": generations.FORMAT_VERSION,
            "generation": int(place.name.rpartition("-")[2]),
            "fingerprints": dict(changes.fingerprints),
            "documents": documents,
            "passages": passages,
            "corpus": changes.corpus,
        }

    def _is_current(self, place: Path) -> bool:
        try:
            return generations.current(self.root).split()[:1] == [place.name]
        except (IndexMissing, IndexDamaged):
            return False


def _noting(entries: Iterable[DocumentEntry], failed: list[Exception]) -> Iterator[DocumentEntry]:
    """The entries; an error in making them is noted, for it is no error of writing."""
    try:
        yield from entries
    except Exception as error:
        failed.append(error)
        raise


def _numbers(ranges: Iterable[tuple[int, int]]) -> Any:
    parts = [np.arange(first, first + count, dtype=np.int64) for first, count in ranges]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
