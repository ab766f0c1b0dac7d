"""The figures mean what they say."""

from __future__ import annotations

import math

import pytest

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


def test_the_rank_is_that_of_the_first_place_that_covers_gold() -> None:
    """Ranks count from 1; there is none where no place holds a gold range."""
    places = [("b", Span(0, 99)), ("a", Span(5, 25)), ("a", Span(0, 99))]
    assert metrics.rank_of(places, GOLD) == 2
    assert metrics.rank_of(places[:1], GOLD) is None
