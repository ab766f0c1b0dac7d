"""What networks make of each candidate: it is read among its neighbours, and the most promising
again, with less around it, by a larger network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from pp_qa.datelines import as_asked
from pp_qa.models.network import Read

if TYPE_CHECKING:
    from pp_qa.models.features import Candidate
    from pp_qa.models.network import Network
    from pp_qa.types import Passage, Sentence, Span

    Place = tuple[str, Span]
    """A sentence of a passage, which is named."""

_AGAIN = 6
"""Sentences that are read again."""
_LIKENESS = 20.0
"""Log-odds that a cosine of 1 is worth where the most promising are chosen."""
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


def read_candidates(
    networks: Networks, question: str, found: Sequence[Candidate], likeness: Sequence[float]
) -> list[Read]:
    """A Read for each candidate, of which the cosines with the question are given. What introduces a
    list is worth what the best of its items is; the names of a table's columns are not."""
    passages = {c.passage.passage_id: c.passage for c in found}
    made = networks.reader.read(question, [_text(p, p.sentences) for p in passages.values()])
    reads = {
        (i, sentence.span): read
        for (i, passage), row in zip(passages.items(), made, strict=True)
        for sentence, read in zip(passage.sentences, row, strict=True)
    }
    places = [(c.passage.passage_id, c.sentence.span) for c in found]
    like = dict(zip(places, likeness, strict=True))
    promise = {p: reads[p].odds + reads[p].span_odds + _LIKENESS * like[p] for p in places}
    best = sorted(promise, key=lambda p: -promise[p])[:_AGAIN]
    reads |= _read_again(networks.close_reader, question, best, reads, passages)
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
    network: Network,
    question: str,
    best: Sequence[Place],
    first: Mapping[Place, Read],
    passages: Mapping[str, Passage],
) -> dict[Place, Read]:
    """The best places and their neighbours, between the first look and a closer one that has no more
    around. On tune questions that puts the right sentence first for 2 of 100 more than a second look by
    the reader itself, and for one more where what is seen of the neighbours counts as well."""
    near = [_near(passages[passage], span) for passage, span in best]
    texts = [_text(passages[i], around) for (i, _), around in zip(best, near, strict=True)]
    closer: dict[Place, list[Read]] = {}
    for (i, _), around, row in zip(best, near, network.read(question, texts), strict=True):
        for sentence, read in zip(around, row, strict=True):
            closer.setdefault((i, sentence.span), []).append(read)
    return {place: _between(first[place], reads) for place, reads in closer.items()}


def _between(first: Read, closer: Sequence[Read]) -> Read:
    odds, span_odds = fmean(r.odds for r in closer), fmean(r.span_odds for r in closer)
    return Read(
        first.odds + _CLOSER * (odds - first.odds),
        first.span_odds + _CLOSER * (span_odds - first.span_odds),
        max(closer, key=lambda r: r.span_odds).answer,
    )


def _near(passage: Passage, span: Span) -> list[Sentence]:
    """The sentence with its neighbours, and with the line that introduces it where it is an item of a
    list."""
    at = [s.span for s in passage.sentences].index(span)
    around = passage.sentences[max(0, at - _AROUND) : at + _AROUND + 1]
    lead = passage.sentences[at].lead
    return [s for s in passage.sentences if s.span == lead and s not in around] + [*around]


def _text(passage: Passage, sentences: Sequence[Sentence]) -> tuple[str, list[str]]:
    heading = " ".join(passage.heading_path[-1:])
    return heading, [as_asked(passage.slice(s.span)) for s in sentences]


def _with_items(own: Read, items: Sequence[Read]) -> Read:
    best = max([own, *items], key=lambda r: r.odds)
    return own if best is own else replace(best, answer=(0, 0))
