"""A question of a conversation, searched for: what it was understood to ask, and its passages.

The rules of `conversation` propose a meaning. Where they are in doubt the documents decide; and the
question before, with this one behind it, has a say in the order of the passages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pp_qa.conversation import understand
from pp_qa.duplicates import key
from pp_qa.exchanging import as_written, name_put_in
from pp_qa.retrieval import POOL, fuse

if TYPE_CHECKING:
    from pp_qa.types import Channel, Hit, Turn

Legs = tuple[list["Hit"], list["Hit"]]
"""What `retrieval.search` finds: the dense hits and the lexical ones."""

_SAY, _SMALL_SAY = 0.5, 0.3
"""What the question before counts in the order of the passages, for a follow-up and for a question
that stands alone: there it brings no harm even where the subject has changed."""
_NEARLY = 0.3
"""By how much the passage that the conversation finds may be worse, for the question by itself,
than the best one. More, and it answers the conversation alone, not the question."""

_TELLING = 5
"""Passages that tell whether a word in lower case is a name."""


@dataclass(frozen=True, slots=True)
class Followed:
    """`query` is what a question is shown and read as, with what was `found` for it, and `along`
    for it behind the question before, which has a `say` of so much."""

    query: str
    found: Legs
    along: Legs | None = None
    say: float = 0.0

    def hits(self, k: int, leg: Channel = "fused") -> list[Hit]:
        """The best `k` passages, by one leg or both. Their `legs` are those of the query."""
        hits = _ranked(self.found, leg)
        return (_blended(hits, _ranked(self.along, leg), self.say) if self.along else hits)[:k]


def follow(question: str, history: Sequence[Turn], find: Callable[[str], Legs]) -> Followed:
    """What a question asks after what was said, and what is found for that."""
    if history and (name := name_put_in(question)):
        said = [hit.passage.text for hit in _ranked(find(name))[:_TELLING]]
        question = as_written(question, name, said)
    meaning = understand(question, history)
    if not meaning.along:
        return Followed(question, find(question))
    along = find(meaning.along)
    leaning = Followed(meaning.query, find(meaning.query), along, _SAY)
    if meaning.query != question and not meaning.doubtful:
        return leaning
    alone = Followed(question, find(question), along, _SMALL_SAY)
    return leaning if meaning.doubtful and _meets(alone, leaning) else alone


def _meets(alone: Followed, leaning: Followed) -> bool:
    """Whether question and conversation meet in the documents: the conversation finds another
    passage than the question by itself, and one that suits it nearly as well."""
    by_itself = _ranked(alone.found)
    best = leaning.hits(1)
    if not by_itself or not best:
        return False
    scores = {key(hit.passage.text): hit.score for hit in by_itself}
    worse = by_itself[0].score - scores.get(key(best[0].passage.text), by_itself[-1].score)
    return 0 < worse <= _NEARLY


def _ranked(legs: Legs, leg: Channel = "fused") -> list[Hit]:
    dense, lexical = legs
    return fuse([] if leg == "lexical" else dense, [] if leg == "dense" else lexical, 2 * POOL)


def _blended(hits: Sequence[Hit], others: Sequence[Hit], say: float) -> list[Hit]:
    """One order of two: scores weighed, where what a ranking lacks is worth as much as its last."""
    mine = {key(hit.passage.text): hit for hit in hits}
    theirs = {key(hit.passage.text): hit for hit in others}
    last, their_last = (min((h.score for h in r), default=0.0) for r in (hits, others))
    farthest = min((hit.legs["dense"] for hit in hits), default=0.0)
    blended = []
    for text, other in {**theirs, **mine}.items():
        hit = mine.get(text) or replace(other, score=last, legs={"dense": farthest, "lexical": 0.0})
        their_score = theirs[text].score if text in theirs else their_last
        blended.append(replace(hit, score=(1 - say) * hit.score + say * their_score))
    order = sorted(blended, key=lambda h: (-h.score, h.passage.passage_id))
    return [replace(hit, rank=rank) for rank, hit in enumerate(order, start=1)]
