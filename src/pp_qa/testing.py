"""Deterministic stand-ins for the models, for tests of pp_qa and of what is built on it.

They need no weights, answer at once, and give the same values on every machine:

    >>> from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
    >>> embedder = FakeEmbedder()
    >>> entry = make_entry(make_document("Witkoff met Dmitriev in Miami."), embedder)
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pp_qa import loading
from pp_qa.chunking import chunk, windows
from pp_qa.errors import ModelError
from pp_qa.types import Document, DocumentEntry, Hit, Reading, SentenceScore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pp_qa.types import Vectors

_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"\w+")
_TOKEN_LENGTH = 4


class FakeEmbedder:
    """An `Embedder` whose vectors are sums of one random direction a word, so that texts that
    share words are near and texts of the same words, in whatever order, are the same.

    `embedded` lists every text it was given, in order.
    """

    def __init__(
        self, dimension: int = 32, max_tokens: int = 128, fingerprint: str = "fake/1"
    ) -> None:
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.fingerprint = fingerprint
        self.embedded: list[str] = []

    def count_tokens(self, text: str) -> int:
        """Two special tokens, and one for each four letters of a word and each other mark."""
        return 2 + sum(math.ceil(len(t) / _TOKEN_LENGTH) for t in _TOKEN.findall(text))

    def embed(self, texts: Sequence[str]) -> Vectors:
        for text in texts:
            if (size := self.count_tokens(text)) > self.max_tokens:
                raise ModelError(f"{size} tokens, at most {self.max_tokens}: {text[:60]!r}")
        self.embedded += texts
        rows = [self._vector(text) for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dimension), dtype=np.float32)

    def _vector(self, text: str) -> Vectors:
        """float32, shape (dim,), a unit vector."""
        words = sorted(_WORD.findall(text.casefold())) or [text]
        total = np.sum([self._direction(word) for word in words], axis=0)
        unit: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
        return unit

    def _direction(self, word: str) -> NDArray[np.float64]:
        seed = hashlib.sha256(f"{self.fingerprint}/{word}".encode()).digest()
        return np.random.default_rng(list(seed)).standard_normal(self.dimension)


class FakeReader:
    """A `Reader` that scores a sentence by the share of the question's words it has, takes it for a
    further part of the answer with the same probability, and is as confident as its best sentence
    is good."""

    fingerprint = "fake-reader/1"

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        asked = set(_WORD.findall(question.casefold()))
        scores = []
        for hit in hits:
            for sentence in hit.passage.sentences:
                have = set(_WORD.findall(hit.passage.slice(sentence.span).casefold()))
                share = len(asked & have) / max(1, len(asked))
                scores.append(SentenceScore(sentence, hit.passage, share, further=share))
        scores.sort(key=lambda s: (-s.score, s.passage.doc_id, s.sentence.span))
        return Reading(tuple(scores), scores[0].score if scores else 0.0)


def make_document(text: str, doc_id: str = "a.txt") -> Document:
    """What the loader of `doc_id`'s ending makes of a file that holds `text` in UTF-8."""
    return loading.load(Path(doc_id), doc_id, text.encode())


def make_entry(
    document: Document, embedder: FakeEmbedder, passage_tokens: int = 64
) -> DocumentEntry:
    """A document chunked and embedded, ready for a store."""
    passages = chunk(document, passage_tokens)
    parts = [windows(p, embedder.max_tokens, embedder.count_tokens) for p in passages]
    return DocumentEntry(
        document,
        tuple(passages),
        embedder.embed([window for texts in parts for window in texts]),
        tuple(len(texts) for texts in parts),
    )
