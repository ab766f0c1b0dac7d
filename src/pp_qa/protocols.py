"""The seams: what a part must offer to take another's place.

Each is a `Protocol`, so an implementation needs no import from here. `pp_qa.testing` ships
deterministic fakes, and `tests/contracts/` the tests that every implementation passes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pp_qa.types import (
    ChangeSet,
    Document,
    DocumentInfo,
    Hit,
    IndexManifest,
    Passage,
    Progress,
    Reading,
)

if TYPE_CHECKING:
    from pp_qa.types import Vectors

ProgressCallback = Callable[[Progress], None]


class Loader(Protocol):
    """Turns a file of one format into a Document."""

    suffixes: tuple[str, ...]
    """Lower-case file endings with their dot."""

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        """The document's canonical text and structure.

        Raises LoadError when the bytes are not what the ending says.
        """
        ...


class Embedder(Protocol):
    """Maps texts to unit vectors whose inner product is their likeness."""

    fingerprint: str
    """Changes whenever the same text would get another vector."""
    dimension: int
    max_tokens: int
    """The most tokens one text may have, the model's special tokens included."""

    def count_tokens(self, text: str) -> int:
        """Tokens of the model's own tokenizer, special tokens included, never truncated."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """float32, shape (len(texts), dimension), unit rows, in the order given.

        Raises ModelError when a text has more than `max_tokens` tokens: nothing is truncated.
        """
        ...


class Reader(Protocol):
    """Reads a question against passages and says which sentences answer it, if any."""

    fingerprint: str

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Every sentence of the hits scored, best first, ties by document and place;
        `confidence` in [0, 1]."""
        ...


class IndexStore(Protocol):
    """Passages you can search. One object shows one generation until it is closed.

    Searches return hits best first (higher is better, ties by passage_id), at most `k` and as
    many as there are; an empty index gives `[]`. `documents`, a set of doc_ids, filters before
    the top k are taken. All methods may be called from several threads.

    A store may search very many vectors approximately. It then promises that scores are those of
    windows that it found, in order, and that it finds as many hits; which of ten that an exact
    search finds it finds too is for a benchmark to say. Ties across the k-th place may be cut off
    where there are hundreds. BM25 may count, in its statistics, a small part of passages that
    have gone.
    """

    @property
    def manifest(self) -> IndexManifest: ...

    def documents(self, among: Collection[str] | None = None) -> list[DocumentInfo]:
        """All documents, or those of these doc_ids that are there, by doc_id."""
        ...

    def document(self, doc_id: str) -> Document:
        """Raises FilterError for a doc_id that is not there."""
        ...

    def passages(self, doc_id: str) -> list[Passage]:
        """A document's passages in order. Raises FilterError for a doc_id that is not there."""
        ...

    def search_dense(
        self, vectors: Vectors, k: int, documents: Collection[str] | None = None
    ) -> list[list[Hit]]:
        """One list for each row of `vectors` (float32, shape (n, dim), unit rows).
        Scores are cosines in [-1, 1]; a passage of several windows has that of its best."""
        ...

    def search_lexical(
        self, text: str, k: int, documents: Collection[str] | None = None
    ) -> list[Hit]:
        """BM25 over the words of `text`; scores are > 0. No word in common: no hit."""
        ...

    def known_vectors(self, passages: Iterable[Passage]) -> dict[str, Vectors]:
        """The window vectors this index holds for passages of exactly these texts, by text, so
        that text which did not change is never embedded again."""
        ...

    def apply(self, changes: ChangeSet) -> IndexStore:
        """Make the next generation, all or nothing, and return a store that shows it.

        This store goes on showing its own, and may be asked (for `known_vectors`, say) by what
        makes the entries. An error in making them ends it all and comes through as it is.
        Raises IndexWriteError when writing fails; either way the old generation stands.
        """
        ...

    def close(self) -> None: ...
