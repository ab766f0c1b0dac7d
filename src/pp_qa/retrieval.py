"""Question → Hits: dense and lexical search, fused."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pp_qa.models.embedding import embed_long
from pp_qa.types import Hit

if TYPE_CHECKING:
    from pp_qa.protocols import Embedder, IndexStore

DENSE_WEIGHT = 0.7
POOL = 100
"""Hits taken from each leg before fusion."""


def retrieve(
    store: IndexStore,
    embedder: Embedder,
    question: str,
    k: int,
    documents: Collection[str] | None = None,
) -> list[Hit]:
    """The best `k` passages by `DENSE_WEIGHT · cosine + (1 - DENSE_WEIGHT) · bm25 / best bm25`.

    Scores are at most 1. Max-normalised fusion keeps how sure each leg is, where reciprocal
    ranks throw it away. `documents`, a set of doc_ids, filters before either leg takes its best.
    """
    dense, lexical = search(store, embedder, question, k, documents)
    return fuse(dense, lexical, k)


def search(
    store: IndexStore,
    embedder: Embedder,
    question: str,
    k: int,
    documents: Collection[str] | None = None,
) -> tuple[list[Hit], list[Hit]]:
    """What each leg finds for a ranking of `k`: the dense hits and the lexical ones."""
    pool = max(POOL, k)
    vector = embed_long(embedder, question)
    dense = store.search_dense(vector, pool, documents)[0]
    return dense, store.search_lexical(question, pool, documents)


def fuse(dense: list[Hit], lexical: list[Hit], k: int) -> list[Hit]:
    """One ranking of two. A passage that the dense leg didn't return is no nearer than the last
    one that it did; one without a word in common has a lexical score of 0."""
    passages = {h.passage.passage_id: h.passage for h in [*lexical, *dense]}
    cosines = {h.passage.passage_id: h.score for h in dense}
    farthest = min(cosines.values(), default=0.0)
    best = max((h.score for h in lexical), default=1.0)
    words = {h.passage.passage_id: h.score / best for h in lexical}
    legs = {i: {"dense": cosines.get(i, farthest), "lexical": words.get(i, 0.0)} for i in passages}
    scores = {
        i: DENSE_WEIGHT * leg["dense"] + (1 - DENSE_WEIGHT) * leg["lexical"]
        for i, leg in legs.items()
    }
    order = sorted(passages, key=lambda i: (-scores[i], i))[:k]
    return [
        Hit(passages[i], scores[i], rank, "fused", legs[i]) for rank, i in enumerate(order, start=1)
    ]
