"""What a confidence is worth: whether it ranks, whether it is true, what refusing by it gains.

Every figure is taken of one or more samples of the same replies: `counts`, shape (samples, n),
says how often each reply stands in each sample, and a value comes back for each sample. Without
counts there is one sample, of each reply once. Replies of equal confidence are taken together,
so that no figure depends on the order in which they were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

BINS = 15
"""Bins of equal mass in which confidence is compared with what came true."""


def auroc(scores: ArrayLike, labels: ArrayLike, counts: Array | None = None) -> Array:
    """float64, shape (samples,): the chance that a random positive scores above a random
    negative; ties count half. NaN where there are no two classes."""
    truth = np.asarray(labels, dtype=bool)
    positive, negative = _by_value(scores, [truth, ~truth], counts)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((positive * below).sum(axis=1) / pairs)


def calibration_error(
    confidence: ArrayLike, right: ArrayLike, counts: Array | None = None
) -> Array:
    """float64, shape (samples,): the expected calibration error (Naeini et al., 2015) over bins
    of equal mass: how far confidence and the share that is right are apart, on average."""
    sure, true = reliability(confidence, right, counts)
    return np.asarray(np.abs(sure - true).mean(axis=1))


def reliability(
    confidence: ArrayLike, right: ArrayLike, counts: Array | None = None
) -> tuple[Array, Array]:
    """Mean confidence and share right of each bin, the least sure first: float64, each of shape
    (samples, bins). The bins are exactly equal: a reply on a border lies in both, in parts."""
    values = np.asarray(confidence, dtype=np.float64)
    mass, sure, true = _by_value(values, [np.ones(len(values)), values, right], counts)
    bins = min(BINS, len(values))
    borders = np.linspace(0, len(values), bins + 1)
    size = len(values) / bins
    return (
        np.diff(_first(borders, mass, sure), axis=1) / size,
        np.diff(_first(borders, mass, true), axis=1) / size,
    )


def risk_at(
    coverage: Sequence[float] | Array,
    confidence: ArrayLike,
    right: ArrayLike,
    counts: Array | None = None,
) -> Array:
    """float64, shape (samples, len(coverage)): the share of answers that are wrong when only
    this share of the questions, the surest, is answered (Geifman and El-Yaniv, 2017)."""
    values, wrong = np.asarray(confidence, dtype=np.float64), ~np.asarray(right, dtype=bool)
    mass, missed = _by_value(-values, [np.ones(len(values)), wrong], counts)
    answered = np.asarray(coverage) * len(values)
    return np.asarray(_first(answered, mass, missed) / answered)


def aurc(confidence: ArrayLike, right: ArrayLike, counts: Array | None = None) -> Array:
    """float64, shape (samples,): the area under the risk–coverage curve, which is the mean risk
    over answering 1, 2, … all of the questions."""
    n = len(np.asarray(confidence))
    return np.asarray(risk_at(np.arange(1, n + 1) / n, confidence, right, counts).mean(axis=1))


def _by_value(values: ArrayLike, columns: Sequence[ArrayLike], counts: Array | None) -> list[Array]:
    """The sum of each column over the replies of each distinct value, the least value first:
    float64, shape (samples, distinct values)."""
    keys = np.asarray(values, dtype=np.float64)
    counts = np.ones((1, len(keys))) if counts is None else counts
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=np.nan) != 0)
    ordered = counts[:, order]
    return [
        np.add.reduceat(ordered * np.asarray(c, dtype=np.float64)[order], starts, axis=1)
        for c in columns
    ]


def _first(positions: Array, mass: Array, column: Array) -> Array:
    """float64, shape (samples, len(positions)): the sum of `column` over the first `positions`
    replies; those of one value count evenly."""
    x, y = (np.pad(np.cumsum(a, axis=1), ((0, 0), (1, 0))) for a in (mass, column))
    # All samples lie one behind the other on a single line, far enough apart not to touch.
    shift = 2 * (x[0, -1] + 1) * np.arange(len(x))[:, None]
    found = np.interp((positions + shift).ravel(), (x + shift).ravel(), y.ravel())
    return np.asarray(found.reshape(len(x), len(positions)))
