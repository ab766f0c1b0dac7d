"""Question → Hits: dense and lexical search, fused, and put in order once they are read."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pp_qa.duplicates import deep_enough, grouped, key
from pp_qa.models.embedding import embed_long
from pp_qa.types import Hit

if TYPE_CHECKING:
    from pp_qa.protocols import Embedder, IndexStore
    from pp_qa.types import Reading

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
    Passages of the same text are one hit, which is that of the first of them.
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
    distinct = max(POOL // 2, k)
    vector = embed_long(embedder, question)
    dense = deep_enough(lambda n: store.search_dense(vector, n, documents)[0], pool, distinct)
    lexical = deep_enough(lambda n: store.search_lexical(question, n, documents), pool, distinct)
    return dense, lexical


def fuse(dense: list[Hit], lexical: list[Hit], k: int) -> list[Hit]:
    """One ranking of two. A text that the dense leg didn't return is no nearer than the last
    one that it did; one without a word in common has a lexical score of 0."""
    passages = grouped([*dense, *lexical])
    cosines = _best(dense)
    farthest = min(cosines.values(), default=0.0)
    best = max((h.score for h in lexical), default=1.0)
    words = {text: score / best for text, score in _best(lexical).items()}
    legs = {t: {"dense": cosines.get(t, farthest), "lexical": words.get(t, 0.0)} for t in passages}
    scores = {
        text: DENSE_WEIGHT * leg["dense"] + (1 - DENSE_WEIGHT) * leg["lexical"]
        for text, leg in legs.items()
    }
    order = sorted(passages, key=lambda t: (-scores[t], passages[t][0].passage_id))[:k]
    return [
        Hit(passages[t][0], scores[t], rank, "fused", legs[t], tuple(passages[t][1:]))
        for rank, t in enumerate(order, start=1)
    ]


def rerank(hits: Sequence[Hit], reading: Reading) -> list[Hit]:
    """The hits by what was read in each and by how they were found: the log-odds of the best
    sentence, in [0, 1], which is kept under `read` in `legs`, and the fused score are added up. A
    hit that was read scores 1 more than the odds so found say as a probability; what was not
    read stays behind.

    What the fused score brings is least clear where the reader is best: docs/evaluation.md, "The order of
    passages"."""
    best: dict[str, float] = {}
    for sentence in reading.scores:  # best first
        best.setdefault(sentence.passage.passage_id, sentence.score)
    scored = [
        replace(
            hit,
            score=1 + _more_likely(best[i], hit.score),
            legs={**hit.legs, "read": best[i]},
        )
        if (i := hit.passage.passage_id) in best
        else hit
        for hit in hits
    ]
    order = sorted(scored, key=lambda h: (-h.score, h.rank))
    return [replace(hit, rank=rank) for rank, hit in enumerate(order, start=1)]


def _more_likely(probability: float, by: float) -> float:
    """The probability with its log-odds raised."""
    more = probability * math.exp(by)
    return more / (more + 1 - probability)


def _best(hits: list[Hit]) -> dict[str, float]:
    """The best score of each text."""
    scores: dict[str, float] = {}
    for hit in hits:
        text = key(hit.passage.text)
        scores[text] = max(hit.score, scores.get(text, hit.score))
    return scores
