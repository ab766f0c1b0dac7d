"""Scoring and ranking that every store shares, so that they agree to the last bit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from pp_qa.types import Channel, Hit, Passage

if TYPE_CHECKING:
    from pp_qa.types import Vectors


def ranked(scored: Iterable[tuple[Passage, float]], k: int, channel: Channel) -> list[Hit]:
    """The best `k` as hits: higher is better, ties by passage_id."""
    order = sorted(scored, key=lambda pair: (-pair[1], pair[0].passage_id))
    best = order[: max(0, k)]
    return [Hit(p, s, rank, channel) for rank, (p, s) in enumerate(best, start=1)]


def cosines(rows: Vectors, vector: Vectors) -> list[float]:
    """Inner products of unit `rows`, shape (n, dim), with a unit `vector`, shape (dim,).

    Summed in double precision and rounded back, so that a row's score doesn't depend on the
    rows beside it or on the engine: equal texts get equal scores."""
    exact = rows.astype(np.float64) @ vector.astype(np.float64)
    return [float(score) for score in exact.astype(np.float32)]
