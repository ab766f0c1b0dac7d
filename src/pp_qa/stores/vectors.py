"""Window vectors of one segment: rows of a flat file, searched exactly; of a large segment, found
through a smaller FAISS index first.

    vectors.f32    the rows, float32
    numbers.i64    the number of the passage that each row belongs to
    near.faiss     none in the tier "exact"; all rows in 8 bits a value ("sq8"), and sorted into
                   lists of which a search looks at the nearest ("ivf,sq8")

Whatever the tier, the score that counts is taken from the rows themselves.
"""

from __future__ import annotations

import mmap
import os
import weakref
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pp_qa.types import Vectors

    Among = NDArray[np.bool_] | None
    """True for each row that a search may find; None for all."""

EXACT, SQ8, IVF_SQ8 = "exact", "sq8", "ivf,sq8"
"""The tiers."""
_ROWS, _NUMBERS, _NEAR = "vectors.f32", "numbers.i64", "near.faiss"
EXACT_ROWS = 200_000
"""Up to so many rows a segment is searched by looking at each: some 10 ms on one core."""
SQ8_ROWS = 500_000
"""Up to so many its 8-bit rows are all looked at."""
EXACTLY_AMONG = 50_000
"""A filter that leaves so few rows is searched exactly in every tier."""
_PROBED, _LEAST_PROBES = 32, 16
"""One list in so many is looked at, and no fewer than so many; with a filter, more in proportion."""
_POOL = 2
"""Rows taken from 8-bit scores for each that is wanted: the right order comes after."""
_TRAINING_ROWS = 40
"""A list. FAISS asks for 39 at least."""
_CHUNK = 65_536


class VectorRows:
    """The vectors of a segment that is complete."""

    def __init__(self, folder: Path, rows: int, dimension: int, tier: str) -> None:
        self.dimension = dimension
        self._rows: Any = _mapped(folder / _ROWS, np.float32, (rows, dimension))
        self.numbers: NDArray[np.int64] = _mapped(folder / _NUMBERS, np.int64, (rows,))
        self._near = (
            None if tier == EXACT else faiss.read_index(str(folder / _NEAR), faiss.IO_FLAG_MMAP_IFC)
        )
        # Rows here and there are read, not mapped: mapping brings their whole neighbourhood in.
        self._file = os.open(folder / _ROWS, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._lock = Lock()
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return len(self.numbers)

    def stretch(self, first: int, count: int) -> Vectors:
        """`count` consecutive rows: float32, shape (count, dim)."""
        size = 4 * self.dimension
        with self._lock:
            os.lseek(self._file, first * size, os.SEEK_SET)
            content = os.read(self._file, count * size)
        return np.frombuffer(content, np.float32).reshape(-1, self.dimension)

    def rows(self, wanted: NDArray[np.int64]) -> Vectors:
        """These rows, in their order: float32, shape (n, dim)."""
        return np.concatenate([self.stretch(row, 1) for row in wanted.tolist()])

    def search(self, vector: Vectors, n: int, among: Among = None) -> NDArray[np.int64]:
        """At least `n` rows, or as many as there are, that are nearest; which is exact in the tier
        of that name."""
        eligible = len(self) if among is None else int(among.sum())
        n = min(n, eligible)
        if n == 0:
            return np.empty(0, dtype=np.int64)
        selector = None if among is None else _selector(among)
        if self._near is None or eligible <= EXACTLY_AMONG or _POOL * n >= eligible:
            return self._exactly(vector, n, selector)
        parameters = self._parameters(eligible, selector)
        faiss.omp_set_num_threads(1)  # of this thread: questions share the cores among them
        _, found = self._near.search(vector.reshape(1, -1), _POOL * n, params=parameters)
        rows = found[0][found[0] >= 0]  # FAISS fills the places it found nothing for with -1
        return np.asarray(rows) if len(rows) >= n else self._exactly(vector, n, selector)

    def _exactly(self, vector: Vectors, n: int, selector: Any) -> NDArray[np.int64]:
        scores = np.empty(n, dtype=np.float32)
        found = np.empty(n, dtype=np.int64)
        faiss.knn_inner_product(
            faiss.swig_ptr(np.ascontiguousarray(vector, dtype=np.float32)),
            faiss.swig_ptr(self._rows),
            self.dimension,
            1,
            len(self),
            n,
            faiss.swig_ptr(scores),
            faiss.swig_ptr(found),
            selector,
        )
        return found

    def _parameters(self, eligible: int, selector: Any) -> Any:
        if not isinstance(self._near, faiss.IndexIVF):
            return None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        lists = self._near.nlist
        probes = min(lists, max(_LEAST_PROBES, lists // _PROBED) * len(self) // eligible)
        return faiss.SearchParametersIVF(nprobe=probes, sel=selector)  # type: ignore[call-arg]


class VectorWriter:
    """Writes a segment's rows as they come."""

    def __init__(self, folder: Path) -> None:
        self.rows = self.dimension = 0
        self._vectors = (folder / _ROWS).open("wb")
        self._numbers = (folder / _NUMBERS).open("wb")

    def add(self, vectors: Vectors, numbers: NDArray[np.int64]) -> None:
        """Rows of the passages of these numbers, one for one."""
        if not len(vectors):
            return
        self.dimension = self.dimension or vectors.shape[1]
        if vectors.shape != (len(numbers), self.dimension):
            raise ValueError(f"vectors of shape {vectors.shape} for {len(numbers)} windows")
        self._vectors.write(np.ascontiguousarray(vectors, np.float32).data)
        self._numbers.write(np.ascontiguousarray(numbers, np.int64).data)
        self.rows += len(vectors)

    def copy(self, source: VectorRows, first: int, count: int) -> None:
        for at in range(first, first + count, _CHUNK):
            part = min(_CHUNK, first + count - at)
            self.add(source.stretch(at, part), source.numbers[at : at + part])

    def close(self) -> None:
        self._vectors.close()
        self._numbers.close()


def write_near(folder: Path, rows: int, dimension: int) -> str:
    """Choose the tier of a segment whose rows are written, and write the index that it needs."""
    if rows <= EXACT_ROWS:
        return EXACT
    tier = SQ8 if rows <= SQ8_ROWS else IVF_SQ8
    lists = 2 ** round(np.log2(4 * rows**0.5))
    index: Any = faiss.index_factory(
        dimension, "SQ8" if tier == SQ8 else f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT
    )
    if tier == IVF_SQ8:
        index.cp.spherical = True  # the likeness is an inner product, so centres are unit vectors
    vectors = _mapped(folder / _ROWS, np.float32, (rows, dimension))
    sample = np.arange(0, rows, max(1, rows // (_TRAINING_ROWS * lists)))
    index.train(np.ascontiguousarray(vectors[sample]))
    for at in range(0, rows, _CHUNK):
        index.add(np.ascontiguousarray(vectors[at : at + _CHUNK]))
    faiss.write_index(index, str(folder / _NEAR))
    return tier


def _selector(among: NDArray[np.bool_]) -> Any:
    return faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))  # type: ignore[call-arg, arg-type]


def _mapped(path: Path, kind: Any, shape: tuple[int, ...]) -> Any:
    if not shape[0]:
        return np.empty(shape, dtype=kind)
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(content, kind).reshape(shape)
