"""What a reply says beside its quotes: how they were found, how long it took, why there are none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pp_qa.types import Abstention, AbstentionReason, Coverage, Found, Hit, Quote

if TYPE_CHECKING:
    from pp_qa.protocols import IndexStore

_NOTHING_NEAR = 0.25
"""Below this likeness of the nearest passage, an abstention says that nothing is near, unless the
documents have all words of the question."""


def found(quote: Quote, hits: Sequence[Hit]) -> Found | None:
    """How the passage of a quote was found."""
    for hit in hits:
        if hit.passage.passage_id == quote.passage_id:
            return Found(hit.rank, len(hits), hit.score, hit.legs)
    return None


def nothing_asked(question: str, generation: int, started: float) -> Abstention:
    """The reply to "thanks!": nothing is searched for it."""
    took = timings(started, time.perf_counter())
    nothing = Coverage(documents=0, passages=0)
    return Abstention(question, question, "nothing_asked", (), 0.0, generation, nothing, took)


def timings(started: float, retrieved: float) -> dict[str, float]:
    """In milliseconds, until all was found and from then on."""
    now = time.perf_counter()
    return {
        "retrieve": 1000 * (retrieved - started),
        "read": 1000 * (now - retrieved),
        "total": 1000 * (now - started),
    }


def reason(store: IndexStore, hits: Sequence[Hit], absent: Sequence[str]) -> AbstentionReason:
    """Why nothing is quoted; `absent` are the words of the question that no document has."""
    if not store.manifest.passages:
        return "empty_index"
    nearest = max((h.legs.get("dense", h.score) for h in hits), default=0.0)
    in_words = not absent and any(h.legs.get("lexical", 0.0) > 0 for h in hits)
    if nearest < _NOTHING_NEAR and not in_words:
        return "nothing_near"
    return "not_mentioned" if absent else "no_answer"
