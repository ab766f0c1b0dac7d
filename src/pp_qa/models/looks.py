"""What the network makes of each candidate: it is read among its neighbours, and the most promising
again with less around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pp_qa.datelines import as_asked

if TYPE_CHECKING:
    from pp_qa.models.features import Candidate
    from pp_qa.models.network import Network, Read
    from pp_qa.types import Passage, Sentence, Span

    Place = tuple[str, Span]
    """A sentence of a passage, which is named."""

_AGAIN = 3
"""Sentences that are read again."""
_AROUND = 1
"""Neighbours on each side that are then read with it."""


def read_candidates(network: Network, question: str, found: Sequence[Candidate]) -> list[Read]:
    """A Read for each candidate. What introduces a list is worth what the best of its items is; the
    names of a table's columns are not."""
    passages = {c.passage.passage_id: c.passage for c in found}
    made = network.read(question, [_text(p, p.sentences) for p in passages.values()])
    reads = {
        (i, sentence.span): read
        for (i, passage), row in zip(passages.items(), made, strict=True)
        for sentence, read in zip(passage.sentences, row, strict=True)
    }
    places = [(c.passage.passage_id, c.sentence.span) for c in found]
    best = sorted(places, key=lambda p: -(reads[p].odds + reads[p].span_odds))[:_AGAIN]
    reads |= _read_again(network, question, {p: reads[p] for p in best}, passages)
    items: dict[tuple[str, Span], list[Read]] = {}
    for i, passage in passages.items():
        for sentence in passage.sentences:
            if sentence.lead:
                items.setdefault((passage.doc_id, sentence.lead), []).append(
                    reads[i, sentence.span]
                )
    return [
        _with_items(reads[place], items.get((c.passage.doc_id, c.sentence.span), []))
        if c.sentence.kind != "item"
        else reads[place]
        for c, place in zip(found, places, strict=True)
    ]


def _read_again(
    network: Network, question: str, reads: dict[Place, Read], passages: dict[str, Passage]
) -> dict[Place, Read]:
    """The mean of the first look and of a second one, with no more than the neighbours around. On
    tune questions it puts the right sentence first for 1.5 of 100 more, and tells answered
    from unanswered a little better; further looks (alone, or all together) brought nothing."""
    near = [_near(passages[passage], span) for passage, span in reads]
    texts = [_text(passages[i], around) for (i, _), (around, _) in zip(reads, near, strict=True)]
    made = network.read(question, texts)
    return {
        place: replace(
            first,
            odds=(first.odds + row[at].odds) / 2,
            span_odds=(first.span_odds + row[at].span_odds) / 2,
        )
        for (place, first), (_, at), row in zip(reads.items(), near, made, strict=True)
    }


def _near(passage: Passage, span: Span) -> tuple[tuple[Sentence, ...], int]:
    """The sentence with its neighbours, and its place among them."""
    at = [s.span for s in passage.sentences].index(span)
    first = max(0, at - _AROUND)
    return passage.sentences[first : at + _AROUND + 1], at - first


def _text(passage: Passage, sentences: Sequence[Sentence]) -> tuple[str, list[str]]:
    heading = " ".join(passage.heading_path[-1:])
    return heading, [as_asked(passage.slice(s.span)) for s in sentences]


def _with_items(own: Read, items: Sequence[Read]) -> Read:
    best = max([own, *items], key=lambda r: r.odds)
    return own if best is own else replace(best, answer=(0, 0))
