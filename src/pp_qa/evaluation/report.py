"""Outcomes → figures, and figures → a table people can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pp_qa.evaluation.metrics import (
    Place,
    auroc,
    calibration_error,
    covers,
    hit_at,
    ndcg,
    overlaps,
    risk_coverage,
    sentence_f1,
)
from pp_qa.evaluation.run import Outcome
from pp_qa.evaluation.suites import Gold
from pp_qa.types import Hit, Quote, Span

_DEPTHS = (1, 3, 5, 10)
_COVERAGES = (0.25, 0.5, 0.75, 1.0)


def figures(outcomes: Sequence[Outcome], threshold: float) -> dict[str, Any]:
    """Every figure the suite's gold allows; shares in [0, 1], times in milliseconds."""
    answerable = [o for o in outcomes if o.question.answerable and o.question.gold]
    times = [o.milliseconds for o in outcomes]
    found: dict[str, Any] = {
        "questions": len(outcomes),
        "answerable": sum(o.question.answerable for o in outcomes),
        "seconds_per_thousand": float(np.sum(times)) / len(outcomes),
        "p50_ms": float(np.percentile(times, 50)),
        "p95_ms": float(np.percentile(times, 95)),
    }
    if answerable and all(g.span is None for o in answerable for g in o.question.gold):
        found["ndcg@10"] = _mean(
            ndcg(_documents(o), {g.doc_id for g in o.question.gold}) for o in answerable
        )
    elif answerable:
        found |= _ranges(answerable)
    return found | _abstention(outcomes, threshold)


def _ranges(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Figures over gold ranges: of the passages found, then of the sentences quoted."""
    places = [[_place(h, o.question.gold) for h in o.hits] for o in outcomes]
    gold = [o.question.gold for o in outcomes]
    quoted = [[_quoted(q, o) for q in o.quotes] for o in outcomes]
    found = {
        f"recall@{k}": _mean(hit_at(p, g, k) for p, g in zip(places, gold, strict=True))
        for k in _DEPTHS
    }
    text = [overlaps(p[:5], g) for p, g in zip(places, gold, strict=True)]
    for name, values in zip(("recall", "precision", "iou"), zip(*text, strict=True), strict=True):
        found[f"text_{name}@5"] = _mean(values)
    if all(o.question.need == "any" for o in outcomes):
        found["first_quote_right"] = _mean(
            bool(q) and covers(q[0], g) for q, g in zip(quoted, gold, strict=True)
        )
        found["among_quotes"] = _mean(
            any(covers(p, g) for p in q) for q, g in zip(quoted, gold, strict=True)
        )
    found["sentence_f1"] = _mean(sentence_f1(q, g) for q, g in zip(quoted, gold, strict=True))
    return found


def _abstention(outcomes: Sequence[Outcome], threshold: float) -> dict[str, Any]:
    """How well the confidence tells what is answered from what isn't. An answer is right when
    the question has one and the first quote shows it."""
    confidence = [o.reading.confidence for o in outcomes]
    answerable = [o.question.answerable for o in outcomes]
    right = [is_right(o) for o in outcomes]
    refused = np.asarray(confidence) < threshold
    truth = np.asarray(answerable, dtype=bool)
    coverage, risk = risk_coverage(confidence, right)
    found: dict[str, Any] = {
        "threshold": threshold,
        "answerable_refused": float(refused[truth].mean()) if truth.any() else None,
        "unanswerable_refused": float(refused[~truth].mean()) if (~truth).any() else None,
        "auroc": auroc(confidence, answerable) if truth.any() and (~truth).any() else None,
        "calibration_error": calibration_error(confidence, right),
        "risk_at_coverage": {
            f"{c:.2f}": float(risk[min(len(risk) - 1, int(np.searchsorted(coverage, c - 1e-9)))])
            for c in _COVERAGES
        },
    }
    return {k: v for k, v in found.items() if v is not None}


def is_right(outcome: Outcome) -> bool:
    """Whether the question has an answer and the first quote shows (part of) it."""
    if not outcome.question.answerable or not outcome.quotes:
        return False
    first = _quoted(outcome.quotes[0], outcome)
    gold = outcome.question.gold
    return covers(first, gold) if outcome.question.need == "any" else sentence_f1([first], gold) > 0


def table(name: str, facts: Mapping[str, Any]) -> str:
    """The figures of one suite, a line each."""
    lines = [f"{name}: {facts['questions']} questions, {facts['answerable']} answerable"]
    for key, value in facts.items():
        if key in ("questions", "answerable"):
            continue
        if isinstance(value, Mapping):
            shown = "  ".join(f"{k}: {v:.3f}" for k, v in value.items())
        elif key.endswith("_ms") or key.startswith("seconds"):
            shown = f"{value:.1f}"
        else:
            shown = f"{value:.4f}"
        lines.append(f"  {key:<22} {shown}")
    return "\n".join(lines)


def _documents(outcome: Outcome) -> list[str]:
    return list(dict.fromkeys(d for h in outcome.hits for d in (h.passage.doc_id, *h.also_in)))


def _place(hit: Hit, gold: Sequence[Gold]) -> Place:
    """Where a hit is: of several copies, the one in a gold document."""
    wanted = {g.doc_id for g in gold}
    copies = (p for p in (hit.passage, *hit.copies) if p.doc_id in wanted)
    passage = next(copies, hit.passage)
    return passage.doc_id, passage.span


def _quoted(quote: Quote, outcome: Outcome) -> Place:
    """Where a quote is: of several copies of its passage, in the one in a gold document."""
    for hit in outcome.hits:
        if hit.passage.passage_id == quote.passage_id:
            doc_id, span = _place(hit, outcome.question.gold)
            shift = span.start - hit.passage.span.start
            return doc_id, Span(max(0, quote.span.start + shift), max(0, quote.span.end + shift))
    return quote.doc_id, quote.span


def _mean(values: Any) -> float:
    return float(np.mean([float(v) for v in values]))
