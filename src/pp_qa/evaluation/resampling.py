"""How far a figure could be off for the choice of questions: the percentile bootstrap (Efron and
Tibshirani, 1993)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Figure = Callable[[Array], Array]
    """counts, shape (samples, n) → a value for each sample."""

SAMPLES = 1_000
_AT_ONCE = 100
"""Samples held in memory together while a figure is taken of them."""
_EDGES = (2.5, 97.5)


class Bootstrap:
    """Samples of `n` questions with replacement, the same ones for every figure and every run."""

    def __init__(self, n: int) -> None:
        draw = np.random.default_rng(0)
        self._all = np.ones((1, n))
        self._counts = [
            draw.multinomial(n, np.full(n, 1 / n), size=_AT_ONCE).astype(np.float64)
            for _ in range(SAMPLES // _AT_ONCE)
        ]

    def value(self, figure: Figure) -> float:
        """The figure of the questions themselves."""
        return float(figure(self._all)[0])

    def interval(self, figure: Figure) -> tuple[float, float]:
        """The 95 % interval. A sample of which there is no such figure (no unanswerable question
        was drawn) is left out."""
        values = np.concatenate([figure(counts) for counts in self._counts])
        low, high = np.percentile(values[~np.isnan(values)], _EDGES)
        return float(low), float(high)


def mean(values: ArrayLike, among: ArrayLike | None = None) -> Figure:
    """The mean of a number that each question has, over those questions it is asked of; NaN
    where there are none."""
    column = np.asarray(values, dtype=np.float64)
    asked = np.ones(len(column)) if among is None else np.asarray(among, dtype=np.float64)

    def figure(counts: Array) -> Array:
        with np.errstate(invalid="ignore"):
            return np.asarray((counts @ (column * asked)) / (counts @ asked))

    return figure
