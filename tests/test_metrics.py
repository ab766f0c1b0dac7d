"""The figures mean what they say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.evaluation import metrics
from pp_qa.evaluation.suites import Gold
from pp_qa.types import Span

GOLD = [Gold("a", Span(10, 20)), Gold("a", Span(40, 50))]


def test_a_place_covers_gold_only_when_it_holds_all_of_a_range() -> None:
    """Half an answer is none; a whole document is covered by any place in it."""
    assert metrics.covers(("a", Span(10, 20)), GOLD)
    assert not metrics.covers(("a", Span(11, 30)), GOLD)
    assert not metrics.covers(("b", Span(0, 99)), GOLD)
    assert metrics.covers(("b", Span(0, 1)), [Gold("b", None)])


def test_overlaps_are_counted_by_code_point() -> None:
    """Recall over gold, precision over what was retrieved, IoU over both."""
    recall, precision, iou = metrics.overlaps([("a", Span(0, 20)), ("b", Span(0, 20))], GOLD)
    assert (recall, precision, iou) == (0.5, 0.25, 10 / 50)
    assert metrics.overlaps([], GOLD) == (0.0, 0.0, 0.0)


def test_sentence_f1() -> None:
    """One of two gold sentences found by one of two quotes is a half."""
    places = [("a", Span(9, 21)), ("a", Span(60, 70))]
    assert metrics.sentence_f1(places, GOLD) == 0.5
    assert metrics.sentence_f1([("a", Span(60, 70))], GOLD) == 0.0


def test_ndcg_rewards_what_comes_first() -> None:
    """The ideal order is 1, a late find is discounted, none is 0."""
    assert metrics.ndcg(["x", "y"], {"x", "y"}) == 1.0
    assert metrics.ndcg(["n", "x"], {"x"}) == pytest.approx(1 / math.log2(3))
    assert metrics.ndcg(["n"], {"x"}) == 0.0


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auroc_is_the_chance_that_a_positive_is_above_a_negative(
    pairs: list[tuple[int, bool]],
) -> None:
    """Equal to counting all pairs, ties as halves; NaN where a class is missing."""
    scores, labels = [float(s) for s, _ in pairs], [label for _, label in pairs]
    above = [s for s, label in zip(scores, labels, strict=True) if label]
    below = [s for s, label in zip(scores, labels, strict=True) if not label]
    got = metrics.auroc(scores, labels)
    if not above or not below:
        assert math.isnan(got)
        return
    wins = sum((a > b) + (a == b) / 2 for a in above for b in below)
    assert got == pytest.approx(wins / len(above) / len(below))


def test_risk_and_coverage_start_with_the_surest() -> None:
    """Answering only the surest is free of error here; answering all is half wrong."""
    coverage, risk = metrics.risk_coverage([0.9, 0.1, 0.5, 0.3], [True, False, True, False])
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])


def test_calibration_error_is_nought_for_a_prophet_and_large_for_a_boaster() -> None:
    """Confidence that matches the share that is right has no error."""
    assert metrics.calibration_error([1.0, 0.0], [True, False]) == 0
    assert metrics.calibration_error([1.0, 1.0], [False, False]) == 1
