"""Segments: what one update brought, in files that never change.

A generation is a list of segments, and for each the documents of it that have gone since. An
update writes one segment of what is new and links the others; small ones are merged into it, so
that there are never many, and each is several times as large as the next (`first_to_merge`).

    segment-000003/
      catalog.sqlite                documents and passages
      vectors.f32  numbers.i64      their windows; near.faiss where there are many

Passages are numbered through all segments in the order in which they came, and keep their number
when segments are merged: it is by number that the lexical index names them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pp_qa.stores.catalog import Catalog, CatalogWriter
from pp_qa.stores.vectors import EXACT, VectorRows, VectorWriter, write_near
from pp_qa.types import DocumentEntry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pp_qa.stores.vectors import Among
    from pp_qa.types import Vectors

_CATALOG = "catalog.sqlite"
WHOLE = 1_000
"""Passages. What is smaller is written anew rather than added to: it takes no time, and leaves
nothing behind of what has gone."""
_RATIO = 4
"""A segment has at least so many times the passages of all that came after it, and of its own at
most one in so many has gone."""


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """What a generation's manifest says of a segment. Its passages have numbers in
    [first_number, end_number); `gone` are documents, by their place in the catalog; the counts
    are of all, the gone ones too."""

    name: str
    first_number: int
    end_number: int
    documents: int
    passages: int
    rows: int
    dimension: int
    tier: str
    gone: Sequence[int] = ()
    passages_gone: int = 0


class Segment:
    """A segment as one generation sees it."""

    def __init__(self, place: Path, facts: SegmentFacts) -> None:
        self.facts = facts
        self.folder = place / facts.name
        self.catalog = Catalog(self.folder / _CATALOG, facts.gone)
        self.vectors = VectorRows(self.folder, facts.rows, facts.dimension, facts.tier)
        self.size = Size(facts.passages, facts.passages_gone)

    def close(self) -> None:
        self.catalog.close()

    @cached_property
    def live(self) -> Among:
        """Which rows are of documents that have not gone; None: all."""
        gone = self.catalog.rows_gone()
        return _mask(gone, len(self.vectors), inside=False) if gone else None

    def among(self, doc_ids: Collection[str] | None) -> Among:
        """Which rows a search within these documents may find; None: all."""
        if doc_ids is None:
            return self.live
        return _mask(self.catalog.rows_of(doc_ids), len(self.vectors), inside=True)

    def known_vectors(self, texts: Collection[str]) -> dict[str, Vectors]:
        known = self.catalog.rows_by_text(texts)
        return {text: self.vectors.stretch(*rows) for text, rows in known.items()}

    def without(self, documents: Iterable[int]) -> SegmentFacts:
        """The same after these have gone as well."""
        gone = sorted({*self.facts.gone, *documents})
        return replace(self.facts, gone=gone, passages_gone=self.catalog.count_passages(gone))


class Size(NamedTuple):
    """Of a segment, in passages."""

    all: int
    gone: int

    @property
    def live(self) -> int:
        return self.all - self.gone


def first_to_merge(sizes: Sequence[Size]) -> int:
    """From which of these segments on, oldest first, all are to be written as one; as many as
    there are when all may stay as they are."""
    for first, size in enumerate(sizes):
        later = sum(s.live for s in sizes[first + 1 :])
        is_small = first < len(sizes) - 1 and size.live < max(WHOLE, _RATIO * later)
        if is_small or _is_worn(size):
            return first
    return len(sizes)


def _is_worn(size: Size) -> bool:
    return size.gone > 0 and (size.live < WHOLE or _RATIO * size.gone > size.all)


def _mask(ranges: Iterable[tuple[int, int]], size: int, *, inside: bool) -> NDArray[np.bool_]:
    mask = np.full(size, not inside)
    for first, count in ranges:
        mask[first : first + count] = inside
    return mask


class SegmentWriter:
    """Writes a segment, document by document; they may come from entries or other segments."""

    def __init__(self, place: Path, name: str, first_number: int) -> None:
        self.folder = place / name
        self.folder.mkdir()
        self._first_number = self._end_number = first_number
        self._written: dict[str, tuple[int, int]] = {}
        self._gone: set[int] = set()
        self._passages_gone = 0
        self._catalog = CatalogWriter(self.folder / _CATALOG)
        self._vectors = VectorWriter(self.folder)

    def add(self, entry: DocumentEntry) -> None:
        """The last entry for a doc_id counts."""
        doc_id = entry.document.doc_id
        if doc_id in self._written:
            key, passages = self._written[doc_id]
            self._gone.add(key)
            self._passages_gone += passages
        self._written[doc_id] = self._catalog.documents, len(entry.passages)
        numbers = np.arange(len(entry.passages), dtype=np.int64) + self._end_number
        self._catalog.add(entry, self._end_number, self._vectors.rows)
        self._vectors.add(entry.vectors, np.repeat(numbers, entry.window_counts))
        self._end_number += len(entry.passages)

    def copy(self, segment: Segment) -> None:
        """Take over what has not gone of an older segment, with its numbers."""
        gone = [-1, *segment.facts.gone, segment.facts.documents]
        runs = [(a + 1, b) for a, b in pairwise(gone) if a + 1 < b]
        source = segment.catalog.path
        for rows in self._catalog.copy(source, runs, self._vectors.rows):
            self._vectors.copy(segment.vectors, *rows)
        self._end_number = segment.facts.end_number

    def finish(self) -> SegmentFacts:
        """Not for searching yet where it is large: `settle` chooses its tier."""
        self._catalog.finish()
        self._vectors.close()
        return SegmentFacts(
            name=self.folder.name,
            first_number=self._first_number,
            end_number=self._end_number,
            documents=self._catalog.documents,
            passages=self._catalog.passages,
            rows=self._vectors.rows,
            dimension=self._vectors.dimension,
            tier=EXACT,
            gone=sorted(self._gone),
            passages_gone=self._passages_gone,
        )

    def close(self) -> None:
        """Let go of the files, finished or not."""
        self._catalog.close()
        self._vectors.close()


def settle(place: Path, facts: SegmentFacts) -> SegmentFacts:
    """The tier that its size asks for, and the index for it, written."""
    tier = write_near(place / facts.name, facts.rows, facts.dimension)
    return replace(facts, tier=tier)
