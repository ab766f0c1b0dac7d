"""How good a ranking or a quote is: pure functions, each in [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from pp_qa.evaluation.suites import Gold
from pp_qa.types import Span

Place = tuple[str, Span]
"""A doc_id and a range in it."""


def covers(place: Place, gold: Iterable[Gold]) -> bool:
    """Whether a place contains one of the gold ranges, or lies in a gold document."""
    doc_id, span = place
    return any(g.doc_id == doc_id and (g.span is None or span.contains(g.span)) for g in gold)


def rank_of(places: Iterable[Place], gold: Sequence[Gold]) -> int | None:
    """The rank, from 1, of the first place that covers a gold range."""
    return next((i for i, p in enumerate(places, start=1) if covers(p, gold)), None)


def overlaps(places: Sequence[Place], gold: Sequence[Gold]) -> tuple[float, float, float]:
    """Recall, precision and IoU of the text retrieved, by code point: covered gold over gold,
    over retrieved, and over retrieved and missed gold. The places must not overlap.

    After Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (2024), who count
    tokens."""
    wanted = sum(len(g.span) for g in gold if g.span)
    retrieved = sum(len(span) for _, span in places)
    covered = sum(
        span.overlap(g.span) for d, span in places for g in gold if g.span and g.doc_id == d
    )
    if not wanted or not retrieved:
        return 0.0, 0.0, 0.0
    return covered / wanted, covered / retrieved, covered / (retrieved + wanted - covered)


def sentence_f1(places: Sequence[Place], gold: Sequence[Gold]) -> float:
    """F1 of the sentences quoted: a quote and a gold range meet when half of the shorter one
    lies in the other."""
    spans = [(g.doc_id, g.span) for g in gold if g.span]
    right = sum(any(_meet(p, g) for g in spans) for p in places)
    found = sum(any(_meet(p, g) for p in places) for g in spans)
    if not right or not found:
        return 0.0
    precision, recall = right / len(places), found / len(spans)
    return 2 * precision * recall / (precision + recall)


def _meet(a: Place, b: Place) -> bool:
    return a[0] == b[0] and 2 * a[1].overlap(b[1]) >= min(len(a[1]), len(b[1])) > 0


def ndcg(documents: Sequence[str], relevant: set[str], k: int = 10) -> float:
    """nDCG at `k` of a ranking of documents with binary relevance (Järvelin and Kekäläinen,
    2002)."""
    gains = [1 / math.log2(i + 2) for i, d in enumerate(documents[:k]) if d in relevant]
    ideal = sum(1 / math.log2(i + 2) for i in range(min(k, len(relevant))))
    return sum(gains) / ideal if ideal else 0.0
