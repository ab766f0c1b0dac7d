"""Kept results → pictures in docs/figures and tables in docs/evaluation.md. `make figures`."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from drawing import Axis, Chart, Line, Point, draw
from keeping import RESULTS
from numpy.typing import NDArray

from pp_qa.evaluation.confidence import calibration_error
from pp_qa.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"
BEGIN, END = "<!-- made by `make figures`: begin -->", "<!-- end -->"
Results = Mapping[str, Mapping[str, Any]]
"""The facts of each suite, by its name."""

_PERCENT = tuple(range(0, 101, 20))
_QUALITY = {
    "recall@1": "recall@1",
    "recall@5": "recall@5",
    "ndcg@10": "nDCG@10",
    "text_recall@5": "text recall@5",
    "first_quote_right": "first quote right",
    "among_quotes": "among three",
    "sentence_f1": "sentence F1",
}
_TRUST = {
    "auroc": "AUROC",
    "precision": "precision",
    "answered_right": "answered right",
    "answerable_refused": "answerable refused",
    "unanswerable_refused": "unanswerable refused",
    "calibration_error": "calibration error",
    "aurc": "AURC",
}
_STAGES = {k: _QUALITY[k] for k in ("recall@1", "recall@5", "first_quote_right", "sentence_f1")}
_STAGES["auroc"] = "AUROC"


def main() -> None:
    results = read(RESULTS)
    page = DOCS / "evaluation.md"
    try:
        page.write_text(with_block(page.read_text(), block(results)))
    except ValueError as error:
        sys.exit(f"{page}: {error}")
    (DOCS / "figures").mkdir(exist_ok=True)
    for name, picture in pictures(results).items():
        (DOCS / "figures" / name).write_text(picture)


def read(folder: Path) -> Results:
    """The kept results of each suite that have all that is shown here."""
    found = {}
    for file in sorted(folder.glob("suite-*.json")):
        facts = json.loads(file.read_text())
        if "curves" in facts:
            found[file.stem.removeprefix("suite-")] = facts
        else:
            print(f"{file.name} was made by an earlier version; run: make bench-suites")
    return found


def with_block(page: str, text: str) -> str:
    """The page with this text between its two marks. Raises ValueError when they aren't there."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the marks {BEGIN} and {END} are missing; put them where figures belong")
    return f"{before}{begin}\n{text}{end}{after}"


# ── pictures ─────────────────────────────────────────────────────────────────


def pictures(results: Results) -> dict[str, str]:
    """The SVG files by their name; none where there are no results."""
    if not results:
        return {}
    recall = _lines(results, "recall", per_cent=(False, True))
    risk = _lines(results, "risk_coverage")
    least = min((y for line in recall for _, y in line.points), default=0)
    most = max(y for line in risk for _, y in line.points)
    return {
        "recall.svg": draw(
            Chart(
                "How deep to look: passages retrieved and answers among them",
                Axis("passages retrieved", (1, 5, 10, 15, 20, 25, 30)),
                Axis("gold passage among them, % of questions", _tens(least, 100)),
                recall,
            )
        ),
        "risk-coverage.svg": draw(
            Chart(
                "Risk and coverage: answering only what is surest",
                Axis("questions answered, the surest first, %", _PERCENT),
                Axis("answers that are wrong, %", _tens(0, most)),
                risk,
            )
        ),
        "reliability.svg": draw(
            Chart(
                "Reliability: confidence and what came true",
                Axis("mean confidence of a fifteenth of the questions, %", _PERCENT),
                Axis("first quotes that are right, %", _PERCENT),
                _lines(results, "reliability"),
                dots=True,
                diagonal="as sure as right",
            )
        ),
    }


def _lines(
    results: Results, curve: str, per_cent: tuple[bool, bool] = (True, True)
) -> tuple[Line, ...]:
    """A line for each suite that has the curve; shares become per cent."""
    factors = [100 if p else 1 for p in per_cent]
    return tuple(
        Line(name, tuple(_scaled(p, factors) for p in facts["curves"][curve]), colour)
        for colour, (name, facts) in enumerate(sorted(results.items()))
        if curve in facts["curves"]
    )


def _scaled(point: Point, factors: Sequence[float]) -> Point:
    return tuple(round(v * f, 2) for v, f in zip(point, factors, strict=True))


def _tens(low: float, high: float) -> tuple[float, ...]:
    """Ticks at every ten that leave no value out."""
    first, last = math.floor(low / 10) * 10, math.ceil(high / 10) * 10
    return tuple(range(min(first, last - 10), last + 1, 10))


# ── tables ───────────────────────────────────────────────────────────────────


def block(results: Results) -> str:
    """All tables and pictures, as Markdown."""
    if not results:
        return "Nothing has been measured with this version yet.\n"
    rows = [(_name(n, f), f) for n, f in sorted(results.items())]
    stages = [
        (f"{n}: {stage}", figures)
        for n, f in sorted(results.items())
        for stage, figures in f.get("stages", {}).items()
    ]
    parts = [
        "In per cent, but for AUROC, AURC and calibration error; in brackets 95 % intervals.",
        "### Passages and quotes",
        _table("suite", rows, _QUALITY),
        "### Confidence and abstention, at the default threshold",
        _table("suite", rows, _TRUST),
        *(f"![{alt}](figures/{file})" for file, alt in _PICTURES.items()),
        *_pooled(results),
        "### Stage by stage",
        _table("suite: stage", stages, _STAGES),
        _provenance(results),
    ]
    return "\n\n".join(parts) + "\n"


FITTED_ON = ("clapnq", "everyday", "mtrag", "squad", "squad2")
"""Suites whose tune questions the confidence was fitted to."""
_SAMPLES = 500


def _pooled(results: Results) -> list[str]:
    """How true confidence is over the suites that it was fitted for, each counting alike."""
    kept = {n: results[n]["replies"] for n in FITTED_ON if "replies" in results.get(n, {})}
    if not kept:
        return []
    confidence, right = zip(*(reply for replies in kept.values() for reply in replies), strict=True)
    share = [len(confidence) / len(kept) / len(r) for r in kept.values() for _ in r]
    weight = np.asarray([share])
    error = float(calibration_error(confidence, right, weight)[0])
    low, mean, high = _by_chance(np.asarray(confidence), weight)
    return [
        f"Over {', '.join(kept)} together, each counting alike, the calibration error is"
        f" {error:.3f}. Chance alone keeps bins apart: a confidence that comes true exactly would measure"
        f" {mean:.3f} on as many questions (in nine samples of ten, {low:.3f} to {high:.3f})."
        " In a suite alone the error is larger where fewer or more of the questions have"
        " an answer than in all together: confidence can't know how often a folder answers."
    ]


def _by_chance(confidence: NDArray[np.float64], weight: NDArray[np.float64]) -> list[float]:
    """The calibration error of replies that are right just as often as they are sure to be: the
    fifth percentile, the mean and the 95th of many samples."""
    rng = np.random.default_rng(0)
    draws = rng.random((_SAMPLES, len(confidence))) < confidence
    errors = [float(calibration_error(confidence, right, weight)[0]) for right in draws]
    low, high = np.quantile(errors, [0.05, 0.95])
    return [float(low), float(np.mean(errors)), float(high)]


_PICTURES = {
    "recall.svg": "Recall by the number of passages retrieved, a line for each suite",
    "risk-coverage.svg": "Share of wrong answers by share of questions answered",
    "reliability.svg": "Share of right answers by confidence",
}
_USUAL = Settings.model_fields["passage_tokens"].default
_DECIMAL = ("auroc", "aurc", "calibration_error")


def _name(name: str, facts: Mapping[str, Any]) -> str:
    where = "in its document" if facts["scoped"] else "open"
    size = facts.get("passage_tokens", _USUAL)
    cut = "" if size == _USUAL else f", passages of at most {size} tokens"
    return f"{name}, {where}{cut} ({facts['questions']:,})"


def _table(
    first: str, rows: Sequence[tuple[str, Mapping[str, Any]]], columns: Mapping[str, str]
) -> str:
    """A row for each name, with the columns that any row has."""
    kept = {k: v for k, v in columns.items() if any(k in facts for _, facts in rows)}
    lines = [f"| {first} | {' | '.join(kept.values())} |", "|---" * (len(kept) + 1) + "|"]
    lines += [f"| {n} | {' | '.join(_cell(facts, k) for k in kept)} |" for n, facts in rows]
    return "\n".join(lines)


def _cell(facts: Mapping[str, Any], key: str) -> str:
    if key not in facts:
        return "–"
    factor, digits = (1, 3) if key in _DECIMAL else (100, 1)
    value, low, high = (f"{factor * v:.{digits}f}" for v in (facts[key], *facts["intervals"][key]))
    return f"{value} ({low}–{high})"


def _provenance(results: Results) -> str:
    taken: dict[str, list[str]] = {}
    for name, facts in sorted(results.items()):
        key = f"{facts['commit']} on {facts['date']}, threshold {facts['threshold']:.3f}"
        taken.setdefault(key, []).append(name)
    return "Taken at " + "; ".join(f"{k} ({', '.join(v)})" for k, v in taken.items()) + "."


if __name__ == "__main__":
    main()
