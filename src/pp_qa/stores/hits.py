"""Ranking that every store shares."""

from __future__ import annotations

from collections.abc import Iterable

from pp_qa.types import Channel, Hit, Passage


def ranked(scored: Iterable[tuple[Passage, float]], k: int, channel: Channel) -> list[Hit]:
    """The best `k` as hits: higher is better, ties by passage_id."""
    order = sorted(scored, key=lambda pair: (-pair[1], pair[0].passage_id))
    return [Hit(p, s, rank, channel) for rank, (p, s) in enumerate(order[:k], start=1)]
