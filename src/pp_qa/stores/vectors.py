"""Window vectors in a FAISS file, by window number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pp_qa.types import Vectors


class VectorIndex:
    """Exact inner products over unit rows."""

    def __init__(self, index: faiss.Index | None = None, dimension: int = 1) -> None:
        self._index = index or faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    @classmethod
    def read(cls, path: Path) -> VectorIndex:
        return cls(faiss.read_index(str(path)))

    def write(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, vectors: Vectors, first: int) -> None:
        """Rows get the numbers from `first` on."""
        if len(vectors):
            if not len(self):
                self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
            numbers = np.arange(first, first + len(vectors), dtype=np.int64)
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), numbers)

    def remove(self, numbers: NDArray[np.int64]) -> None:
        if len(numbers):
            self._index.remove_ids(faiss.IDSelectorBatch(numbers))

    def rows(self, numbers: Sequence[int] | NDArray[np.int64]) -> Vectors:
        """The vectors of these numbers, one or more, in their order: shape (n, dim)."""
        wanted = np.asarray(numbers, dtype=np.int64)
        return np.asarray(self._index.reconstruct_batch(wanted), dtype=np.float32)

    def search(
        self, vector: Vectors, n: int, among: NDArray[np.int64] | None = None
    ) -> Sequence[tuple[int, float]]:
        """The `n` best (number, cosine), best first; `among` restricts it beforehand."""
        n = min(n, len(self) if among is None else len(among))
        if n == 0:
            return []
        selector = None if among is None else faiss.IDSelectorBatch(among)
        parameters = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, numbers = self._index.search(vector.reshape(1, -1), n, params=parameters)
        # FAISS fills the places it found nothing for with -1.
        return [(int(i), float(s)) for i, s in zip(numbers[0], scores[0], strict=True) if i >= 0]
