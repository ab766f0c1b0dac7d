"""Figures about confidence, and the intervals of all figures, mean what they say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.evaluation import confidence as trust
from pp_qa.evaluation.resampling import SAMPLES, Bootstrap, mean

REPLIES = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=40)
"""Pairs of a confidence in sixths, so that many are equal, and whether the reply was right."""

FIGURES: Sequence[Callable[..., Any]] = (
    trust.auroc,
    trust.calibration_error,
    trust.aurc,
    lambda c, r, counts=None: trust.risk_at([0.5], c, r, counts)[:, 0],
)


def split(pairs: list[tuple[int, bool]]) -> tuple[list[float], list[bool]]:
    return [value / 6 for value, _ in pairs], [right for _, right in pairs]


@given(REPLIES)
def test_auroc_is_the_chance_that_a_positive_is_above_a_negative(
    pairs: list[tuple[int, bool]],
) -> None:
    """Equal to counting all pairs, ties as halves; NaN where a class is missing."""
    scores, labels = split(pairs)
    above = [s for s, label in zip(scores, labels, strict=True) if label]
    below = [s for s, label in zip(scores, labels, strict=True) if not label]
    (got,) = trust.auroc(scores, labels)
    if not above or not below:
        assert math.isnan(got)
        return
    wins = sum((a > b) + (a == b) / 2 for a in above for b in below)
    assert got == pytest.approx(wins / len(above) / len(below))


def test_risk_and_coverage_start_with_the_surest() -> None:
    """Answering only the surest is free of error here; answering all is half wrong."""
    given = [0.9, 0.1, 0.5, 0.3], [True, False, True, False]
    assert trust.risk_at([0.25, 0.5, 0.75, 1], *given)[0].tolist() == pytest.approx(
        [0, 0, 1 / 3, 1 / 2]
    )
    assert trust.aurc(*given)[0] == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


def test_equal_confidence_shares_its_errors() -> None:
    """Of two equally sure replies, one wrong, answering either is wrong half of the time."""
    assert trust.risk_at([0.5, 1], [0.7, 0.7], [True, False])[0].tolist() == [0.5, 0.5]
    assert trust.aurc([0.7, 0.7], [True, False])[0] == 0.5


def test_calibration_error_is_nought_for_a_prophet_and_large_for_a_boaster() -> None:
    """Confidence that matches the share that is right has no error."""
    assert trust.calibration_error([1.0, 0.0], [True, False])[0] == 0
    assert trust.calibration_error([1.0, 1.0], [False, False])[0] == 1
    assert trust.calibration_error([0.6] * 10, [True] * 6 + [False] * 4)[0] == pytest.approx(0)


def test_bins_are_of_equal_mass() -> None:
    """Thirty replies make fifteen bins of two, each with its mean confidence and share right."""
    confidence = [i / 30 for i in range(30)]
    right = [i % 2 == 0 for i in range(30)]
    sure, true = trust.reliability(confidence, right)
    assert sure[0].tolist() == pytest.approx([(2 * b + 0.5) / 30 for b in range(15)])
    assert true[0].tolist() == pytest.approx([0.5] * 15)
    gap = sum(abs((2 * b + 0.5) / 30 - 0.5) for b in range(15)) / 15
    assert trust.calibration_error(confidence, right)[0] == pytest.approx(gap)


def test_a_reply_on_a_border_lies_in_both_bins() -> None:
    """Sixteen replies in fifteen bins: each bin takes 16/15 of a reply."""
    sure, _ = trust.reliability([i / 16 for i in range(16)], [True] * 16)
    assert sure.shape == (1, 15)
    assert sure[0, 0] == pytest.approx((0 * 15 + (1 / 16) * 1) / 16)
    assert sure.mean() == pytest.approx(np.mean([i / 16 for i in range(16)]))


@given(REPLIES, st.randoms())
def test_figures_do_not_depend_on_the_order_of_the_questions(
    pairs: list[tuple[int, bool]], random: Any
) -> None:
    """Shuffled questions give the same figures, however many are equally sure."""
    other = list(pairs)
    random.shuffle(other)
    for figure in FIGURES:
        assert figure(*split(pairs)) == pytest.approx(figure(*split(other)), nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 39)), min_size=1))
def test_counts_stand_for_repeated_questions(rows: list[tuple[int, bool, int]]) -> None:
    """A figure of counts is the figure of the list in which each reply stands that often."""
    pairs = [(value, right) for value, right, _ in rows]
    drawn = [draw % len(pairs) for *_, draw in rows]
    counts = np.bincount(drawn, minlength=len(pairs)).astype(float)
    for figure in FIGURES:
        expected = figure(*split([pairs[i] for i in drawn]))[0]
        plain = figure(*split(pairs))[0]
        got = figure(*split(pairs), np.asarray([counts, np.ones(len(pairs))]))
        assert got == pytest.approx([expected, plain], nan_ok=True)


def test_the_interval_of_a_share_is_the_binomials() -> None:
    """Of 30 right in 100 the bootstrap's interval is that of the binomial distribution."""
    right = [True] * 30 + [False] * 70
    bootstrap = Bootstrap(100)
    low, high = bootstrap.interval(mean(right))
    assert bootstrap.value(mean(right)) == pytest.approx(0.3)
    assert low == pytest.approx(0.21, abs=0.015)
    assert high == pytest.approx(0.39, abs=0.015)


def test_intervals_are_the_same_every_time() -> None:
    """The seed is fixed: two runs give one interval; more questions give a narrower one."""
    few = [i % 3 == 0 for i in range(50)]
    many = few * 20
    assert Bootstrap(50).interval(mean(few)) == Bootstrap(50).interval(mean(few))
    widths = [
        high - low for low, high in (Bootstrap(len(v)).interval(mean(v)) for v in (few, many))
    ]
    assert widths[1] < widths[0] / 3
    assert SAMPLES >= 1_000


def test_a_share_is_taken_among_those_it_is_asked_of() -> None:
    """Right ones among the answered; where nothing is answered there is no such share, and
    samples without any answered are left out of the interval."""
    right, answered = [True, False, True, True], [True, True, False, False]
    assert Bootstrap(4).value(mean(right, answered)) == 0.5
    assert math.isnan(Bootstrap(4).value(mean(right, [False] * 4)))
    assert Bootstrap(4).interval(mean(right, answered)) == (0.0, 1.0)
