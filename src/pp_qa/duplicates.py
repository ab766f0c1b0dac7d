"""A passage that stands in several files answers once, and is said to stand in the others too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pp_qa.types import Hit, Passage, Quote

if TYPE_CHECKING:
    from pp_qa.protocols import IndexStore

_DEEPER = 4
"""By how much more is searched where too much of what was found is the same."""
_DEEPEST = 16
"""Times what was wanted: beyond, so many copies are left standing for all there are."""


def key(text: str) -> str:
    """What two texts that say the same in the same words share, however they are spaced."""
    return " ".join(text.split())


def deep_enough(search: Callable[[int], list[Hit]], n: int, distinct: int) -> list[Hit]:
    """The `n` best hits of a search, or so many more that `distinct` different texts are among
    them, if there are and copies don't stand in the way a thousandfold."""
    most = _DEEPEST * n
    hits = search(n)
    while n == len(hits) < most and len({key(h.passage.text) for h in hits}) < distinct:
        n = min(_DEEPER * n, most)
        hits = search(n)
    return hits


def grouped(hits: Sequence[Hit]) -> dict[str, list[Passage]]:
    """The passages of each text, the first of them by passage_id in front."""
    groups: dict[str, dict[str, Passage]] = {}
    for hit in hits:
        groups.setdefault(key(hit.passage.text), {})[hit.passage.passage_id] = hit.passage
    return {text: [same[i] for i in sorted(same)] for text, same in groups.items()}


def also_in(quote: Quote, hits: Sequence[Hit], store: IndexStore) -> tuple[str, ...]:
    """The other documents among the hits that say what a quote says, word for word. Of a quote
    that is longer than a passage, those whose file is the same."""
    text = f" {key(quote.text)} "
    found: set[str] = set()
    for hit in hits:
        if text in f" {key(hit.passage.text)} ":
            found |= {hit.passage.doc_id, *hit.also_in}
        elif hit.passage.passage_id == quote.passage_id:
            infos = store.documents({quote.doc_id, *hit.also_in})
            (own,) = (i.content_hash for i in infos if i.doc_id == quote.doc_id)
            found |= {i.doc_id for i in infos if i.content_hash == own}
    return tuple(sorted(found - {quote.doc_id}))
