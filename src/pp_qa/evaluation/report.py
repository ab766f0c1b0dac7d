"""Outcomes → figures with their intervals, and figures → tables people can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pp_qa.evaluation import confidence as trust
from pp_qa.evaluation.metrics import Place, covers, ndcg, overlaps, rank_of, sentence_f1
from pp_qa.evaluation.resampling import Bootstrap, mean
from pp_qa.evaluation.run import HITS, Outcome
from pp_qa.evaluation.suites import Gold
from pp_qa.types import Hit, Span

if TYPE_CHECKING:
    from pp_qa.evaluation.confidence import Array
    from pp_qa.evaluation.resampling import Figure

_DEPTHS = (1, 3, 5, 10)
_FIRST_QUOTES = 3
"""Quotes among which the right one is looked for, however many are shown."""
_COVERAGES = (25, 50, 75, 100)
"""Per cent of the questions answered."""
_CURVE = np.arange(1, 51) / 50
"""Coverages at which the risk–coverage curve is kept."""
STAGE_FIGURES = ("recall@1", "recall@5", "first_quote_right", "sentence_f1", "auroc")


def figures(outcomes: Sequence[Outcome], threshold: float) -> dict[str, Any]:
    """Every figure the suite's gold allows: shares in [0, 1], times in milliseconds. `intervals`
    has the 95 % interval of each share, by its name; `curves` their points; `replies` the confidence
    of each reply and whether its first quote is right, to be taken together with other suites'."""
    times = [o.milliseconds for o in outcomes]
    about = {
        "questions": len(outcomes),
        "answerable": sum(o.question.answerable for o in outcomes),
        "seconds_per_thousand": round(float(np.mean(times)), 2),
        "p50_ms": round(float(np.percentile(times, 50)), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
        "threshold": threshold,
    }
    found = _retrieval(outcomes) | _quotes(outcomes) | _abstention(outcomes, threshold)
    replies = [[round(o.reading.confidence, 4), is_right(o)] for o in outcomes]
    kept = {"curves": _curves(outcomes), "replies": replies}
    return about | measured(found, len(outcomes)) | kept


def stage_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Those figures that tell one stage of the pipeline from another, with their intervals."""
    found = _retrieval(outcomes) | _quotes(outcomes) | _abstention(outcomes, 0.0)
    return measured({k: found[k] for k in STAGE_FIGURES if k in found}, len(outcomes))


def measured(found: Mapping[str, Figure], n: int) -> dict[str, Any]:
    """The values of figures over `n` questions, and `intervals`; those are left out of which
    there is no value: nothing was answered, no question is unanswerable."""
    bootstrap = Bootstrap(n)
    values = {name: bootstrap.value(figure) for name, figure in found.items()}
    there = {name: round(value, 4) for name, value in values.items() if value == value}
    intervals = {n: [round(e, 4) for e in bootstrap.interval(found[n])] for n in there}
    return there | {"intervals": intervals}


def is_answered(outcome: Outcome, threshold: float) -> bool:
    """Whether there is something to quote and pp_qa is sure enough of it."""
    return bool(outcome.quotes) and outcome.reading.confidence >= threshold


def is_right(outcome: Outcome) -> bool:
    """Whether the question has an answer and the first quote shows (part of) it."""
    if not outcome.question.answerable or not outcome.quotes:
        return False
    (first, *_) = _quoted(outcome)
    gold = outcome.question.gold
    return covers(first, gold) if outcome.question.need == "any" else sentence_f1([first], gold) > 0


def gold_rank(outcome: Outcome) -> int | None:
    """The rank, from 1, of the first passage retrieved that holds a gold range."""
    gold = outcome.question.gold
    return rank_of((_place(h, gold) for h in outcome.hits), gold)


def place_of(passage_id: str, doc_id: str, span: Span, outcome: Outcome) -> Place:
    """Where a range of a passage is: of several copies of it, in the one in a gold document."""
    for hit in outcome.hits:
        if hit.passage.passage_id == passage_id:
            copy_id, copy = _place(hit, outcome.question.gold)
            shift = copy.start - hit.passage.span.start
            return copy_id, Span(max(0, span.start + shift), max(0, span.end + shift))
    return doc_id, span


def _retrieval(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """How high the passages of the gold ranges, or those of the gold documents, are ranked."""
    asked = _has_gold(outcomes)
    ranks = _ranks(outcomes)
    found = {f"recall@{k}": mean(ranks <= k, asked) for k in _DEPTHS}
    if _by_document(outcomes):
        gains = [ndcg(_documents(o), {g.doc_id for g in o.question.gold}) for o in outcomes]
        return {"ndcg@10": mean(gains, asked)} | found
    text = [
        overlaps([_place(h, o.question.gold) for h in o.hits[:5]], o.question.gold)
        for o in outcomes
    ]
    for name, values in zip(("recall", "precision", "iou"), zip(*text, strict=True), strict=True):
        found[f"text_{name}@5"] = mean(values, asked)
    return found


def _quotes(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """How good the quotes are where there is an answer, refused or not."""
    if _by_document(outcomes):
        return {}
    asked = _has_gold(outcomes)
    quoted = [_quoted(o) for o in outcomes]
    gold = [o.question.gold for o in outcomes]
    f1 = [sentence_f1(q, g) for q, g in zip(quoted, gold, strict=True)]
    found = {"sentence_f1": mean(f1, asked)}
    if all(o.question.need == "any" for o in outcomes if o.question.answerable):
        ranks = [rank_of(q[:_FIRST_QUOTES], g) for q, g in zip(quoted, gold, strict=True)]
        return {
            "first_quote_right": mean([r == 1 for r in ranks], asked),
            "among_quotes": mean([r is not None for r in ranks], asked),
        } | found
    return found


def _abstention(outcomes: Sequence[Outcome], threshold: float) -> dict[str, Figure]:
    """How well the confidence tells what is answered from what isn't. An answer is right when
    the question has one and the first quote shows it."""
    confidence = np.asarray([o.reading.confidence for o in outcomes])
    truth = np.asarray([o.question.answerable for o in outcomes], dtype=bool)
    right = np.asarray([is_right(o) for o in outcomes], dtype=bool)
    answered = np.asarray([is_answered(o, threshold) for o in outcomes], dtype=bool)
    found: dict[str, Figure] = {
        "precision": mean(right, answered),
        "answered_right": mean(answered & right, truth),
        "answerable_refused": mean(~answered, truth),
        "unanswerable_refused": mean(~answered, ~truth),
        "auroc": lambda counts: trust.auroc(confidence, truth, counts),
        "calibration_error": lambda counts: trust.calibration_error(confidence, right, counts),
        "aurc": lambda counts: trust.aurc(confidence, right, counts),
    }
    for percent in _COVERAGES:
        found[f"risk@{percent}%"] = _risk(percent / 100, confidence, right)
    return found


def _risk(coverage: float, confidence: Array, right: Any) -> Figure:
    return lambda counts: trust.risk_at([coverage], confidence, right, counts)[:, 0]


def _curves(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The points of recall over passages, of risk over coverage, and of what came true over
    confidence."""
    confidence = [o.reading.confidence for o in outcomes]
    right = [is_right(o) for o in outcomes]
    sure, true = trust.reliability(confidence, right)
    curves = {
        "risk_coverage": _points(_CURVE, trust.risk_at(_CURVE, confidence, right)[0]),
        "reliability": _points(sure[0], true[0]),
    }
    asked = _has_gold(outcomes)
    if asked.any():
        ranks = _ranks(outcomes)[asked]
        depths = range(1, HITS + 1)
        curves["recall"] = _points(depths, [float((ranks <= k).mean()) for k in depths])
    return curves


def _points(xs: Iterable[float], ys: Iterable[float]) -> list[list[float]]:
    return [[round(float(x), 4), round(float(y), 4)] for x, y in zip(xs, ys, strict=True)]


def _has_gold(outcomes: Sequence[Outcome]) -> Any:
    return np.asarray([o.question.answerable and bool(o.question.gold) for o in outcomes])


def _by_document(outcomes: Sequence[Outcome]) -> bool:
    """Whether whole documents are the gold."""
    return all(g.span is None for o in outcomes for g in o.question.gold)


def _ranks(outcomes: Sequence[Outcome]) -> Any:
    """The rank of each question's gold; infinity where it wasn't found."""
    return np.asarray([gold_rank(o) or np.inf for o in outcomes])


def _documents(outcome: Outcome) -> list[str]:
    return list(dict.fromkeys(d for h in outcome.hits for d in (h.passage.doc_id, *h.also_in)))


def _place(hit: Hit, gold: Sequence[Gold]) -> Place:
    """Where a hit is: of several copies, the one in a gold document."""
    wanted = {g.doc_id for g in gold}
    copies = (p for p in (hit.passage, *hit.copies) if p.doc_id in wanted)
    passage = next(copies, hit.passage)
    return passage.doc_id, passage.span


def _quoted(outcome: Outcome) -> list[Place]:
    return [place_of(q.passage_id, q.doc_id, q.span, outcome) for q in outcome.quotes]


# ── text ─────────────────────────────────────────────────────────────────────


def table(name: str, facts: Mapping[str, Any]) -> str:
    """The figures of one suite, a line each with its 95 % interval; then the curves' points and,
    where they were measured, the stages."""
    about = f"{facts['questions']} questions, {facts['answerable']} answerable"
    lines = [f"{name}: {about}; in brackets 95 % intervals over the choice of questions"]
    for key, value in facts.items():
        if isinstance(value, float):
            timed = key.endswith("_ms") or key.startswith("seconds")
            shown = f"{value:.1f}" if timed else f"{value:.4f}"
            lines.append(f"  {key:<22} {shown:>8}{_interval(facts, key, 4)}")
    for key in (k for k in _TITLES if k in facts["curves"]):
        lines += ["", f"  {_TITLES[key]}", *_curve(key, facts["curves"][key])]
    return "\n".join([*lines, *_stages(facts.get("stages", {}))])


def _interval(facts: Mapping[str, Any], key: str, digits: int) -> str:
    if key not in facts["intervals"]:
        return ""
    low, high = facts["intervals"][key]
    return f"  [{low:.{digits}f}, {high:.{digits}f}]"


_TITLES = {
    "recall": "recall by number of passages",
    "risk_coverage": "share of answers that are wrong, by share of questions answered",
    "reliability": f"share right, by mean confidence in {trust.BINS} bins of equal mass",
}
_A_LINE = 10
"""Points of a curve in one line of text."""


def _curve(key: str, points: Sequence[Sequence[float]]) -> list[str]:
    form = "{:>5.0f}: {:.3f}" if key == "recall" else "{:>5.2f}: {:.3f}"
    few = points[4::5] if key == "risk_coverage" else points
    shown = [form.format(*point) for point in few]
    return ["  ".join(["  ", *shown[i : i + _A_LINE]]) for i in range(0, len(shown), _A_LINE)]


def _stages(stages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each stage, with a dash for what the suite's gold doesn't tell."""
    if not stages:
        return []
    names = [n for n in STAGE_FIGURES if any(n in facts for facts in stages.values())]
    lines = ["", f"  {'stage':<28}" + "".join(f"{n:<24}" for n in names)]
    for stage, facts in stages.items():
        cells = [f"{facts[n]:.3f}{_interval(facts, n, 3)}" if n in facts else "–" for n in names]
        lines.append(f"  {stage:<28}" + "".join(f"{c:<24}" for c in cells))
    return [line.rstrip() for line in lines]
