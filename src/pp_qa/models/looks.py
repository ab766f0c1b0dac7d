"""What networks make of each candidate: it is read among its neighbours, and the most promising
again, with less around it, by a larger network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pp_qa.datelines import as_asked
from pp_qa.models.network import Read

if TYPE_CHECKING:
    from pp_qa.models.features import Candidate
    from pp_qa.models.network import Network
    from pp_qa.types import Passage, Sentence, Span

    Place = tuple[str, Span]
    """A sentence of a passage, which is named."""

_AGAIN = 4
"""Sentences that are read again."""
_CLOSER = 0.6
"""How much the second look counts, of both."""
_AROUND = 1
"""Neighbours on each side that are then read with it."""


class Networks(NamedTuple):
    """The small one that reads passages whole, and the larger one that reads sentences closely."""

    reader: Network
    close_reader: Network

    @property
    def fingerprint(self) -> str:
        return f"{self.reader.fingerprint}+{self.close_reader.fingerprint}"


def read_candidates(networks: Networks, question: str, found: Sequence[Candidate]) -> list[Read]:
    """A Read for each candidate. What introduces a list is worth what the best of its items is; the
    names of a table's columns are not."""
    passages = {c.passage.passage_id: c.passage for c in found}
    made = networks.reader.read(question, [_text(p, p.sentences) for p in passages.values()])
    reads = {
        (i, sentence.span): read
        for (i, passage), row in zip(passages.items(), made, strict=True)
        for sentence, read in zip(passage.sentences, row, strict=True)
    }
    places = [(c.passage.passage_id, c.sentence.span) for c in found]
    best = sorted(places, key=lambda p: -(reads[p].odds + reads[p].span_odds))[:_AGAIN]
    reads |= _read_again(networks.close_reader, question, {p: reads[p] for p in best}, passages)
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
    """Between the first look and a closer one, with no more than the neighbours around. On tune
    questions that puts the right sentence first for 2 of 100 more than a second look by the reader
    itself; three to six sentences, counting half to four fifths, are as good or worse."""
    near = [_near(passages[passage], span) for passage, span in reads]
    texts = [_text(passages[i], around) for (i, _), (around, _) in zip(reads, near, strict=True)]
    made = network.read(question, texts)
    return {
        place: Read(
            _between(first.odds, row[at].odds),
            _between(first.span_odds, row[at].span_odds),
            row[at].answer,
        )
        for (place, first), (_, at), row in zip(reads.items(), near, made, strict=True)
    }


def _between(first: float, second: float) -> float:
    return first + _CLOSER * (second - first)


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
