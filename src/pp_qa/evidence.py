"""Which sentences to quote: pure functions over what a Reader made of the hits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from pp_qa.exchanging import SUBJECT
from pp_qa.types import Document, Hit, Quote, Reading, Sentence, SentenceScore, Span
from pp_qa.words import words

_LIST_LIMIT = 4_000
"""Code points of the longest list quoted whole; of a longer one, the item alone."""
_SAME = 0.8
"""Two quotes that share this part of their words, and all numbers, names and negations, say the same."""
_FURTHER = 0.15
"""A further quote answers beside the first one with at least this probability, …"""
_SURE, _RIVAL_OF_SURE, _RIVAL = 0.5, 0.5, 0.35
"""… or scores at least this part of its score, the greater one where that is sure, and so may be what
is asked for instead."""
_WORD = re.compile(r"\w+")
_NUMBER_OR_NOT = re.compile(r"\d|^(?:no|not|none|nor|never|neither|without|cannot|t)$")
"""`t` is what is left of "don't"."""
_ORDERED = re.compile(r"\(?\w{1,3}[.)]\s")
_MARK = re.compile(r"\A\W*(?:\w{1,3}[.)]\s)?")
_COMPLETE = re.compile(r"[.!?…][\"'”’»)\]*_]*$")

DocumentOf = Callable[[str], Document]
"""doc_id → the document."""


def select(question: str, reading: Reading, limit: int, document_of: DocumentOf) -> list[Quote]:
    """At most `limit` quotes, best first, none of which repeats or overlaps another.

    A heading or a navigation line is never quoted alone. A list comes with the line that
    introduces it, an answer with its question; a second item of one list, or row of one table,
    brings all of it. What answers in a list is the item that the question names, or all of them.
    """
    chosen: list[Quote] = []
    lists: list[Span | None] = []
    for score in reading.scores:
        if chosen and not _counts(score, chosen[0].score):
            continue
        document = document_of(score.passage.doc_id)
        listed = _whole_list(score.sentence, document)
        same = next(
            (i for i, q in enumerate(chosen) if _same_list(q, lists[i], listed, score)), None
        )
        if same is not None and listed:
            if score.sentence.kind == "item" and score.sentence.span.start == listed.start:
                continue  # the names of a table's columns
            wider = replace(chosen[same], span=listed, text=listed.of(document.text))
            others = [q for i, q in enumerate(chosen) if i != same]
            if not any(q.doc_id == wider.doc_id and q.span.overlap(listed) for q in others):
                chosen[same] = wider
        elif len(chosen) < limit:
            quote = _quote(question, score, listed, document, _answers(reading, document))
            if quote and not _repeats(quote, chosen):
                chosen.append(quote)
                lists.append(listed)
    return chosen


def _counts(score: SentenceScore, best: float) -> bool:
    """Whether a sentence is worth quoting beside the best one."""
    part = _RIVAL_OF_SURE if best >= _SURE else _RIVAL
    return score.score >= part * best or (score.further or 0.0) >= _FURTHER


def _same_list(quote: Quote, its: Span | None, listed: Span | None, score: SentenceScore) -> bool:
    """Whether a quote belongs to the list that a sentence belongs to, and isn't all of it."""
    same = listed is not None and its == listed and quote.doc_id == score.passage.doc_id
    return same and quote.span != listed and not quote.span.contains(score.sentence.span)


def closest(hits: Sequence[Hit], reading: Reading, limit: int) -> list[Quote]:
    """The nearest passages, whole, each with its best sentence as the highlight."""
    best: dict[str, SentenceScore] = {}
    for score in reading.scores:
        if score.sentence.kind not in ("heading", "navigation"):
            best.setdefault(score.passage.passage_id, score)
    quotes: list[Quote] = []
    for hit in hits:
        passage = hit.passage
        text = passage.text.strip()
        if len(quotes) == limit or not text:
            continue
        start = passage.span.start + len(passage.text) - len(passage.text.lstrip())
        span = Span(start, start + len(text))
        highlight = best[passage.passage_id].sentence.span if passage.passage_id in best else span
        quotes.append(
            Quote(passage.doc_id, passage.passage_id, span, text, max(0.0, hit.score), highlight)
        )
    return quotes


def _quote(
    question: str,
    score: SentenceScore,
    listed: Span | None,
    document: Document,
    answers: Mapping[Span, Span | None],
) -> Quote | None:
    sentence = score.sentence
    span, highlight = sentence.span, score.highlight or sentence.span
    if listed and not _stands_alone(sentence, document):
        span = listed
        if sentence.span.start == listed.start and sentence.span != listed:
            items = [b.span for b in document.blocks if b.lead == sentence.span]
            named = None if score.highlight else _named(question, sentence.span, items, document)
            whole = Span(items[0].start, listed.end)
            highlight = (answers.get(named) or named) if named else whole
    elif sentence.kind in ("heading", "navigation", "lead"):
        return None
    doc_id, passage_id = document.doc_id, score.passage.passage_id
    return Quote(doc_id, passage_id, span, span.of(document.text), score.score, highlight)


def _answers(reading: Reading, document: Document) -> dict[Span, Span | None]:
    """What answers in each sentence of a document."""
    own = (s for s in reading.scores if s.passage.doc_id == document.doc_id)
    return {s.sentence.span: s.highlight for s in own}


def _named(question: str, lead: Span, items: Sequence[Span], document: Document) -> Span | None:
    """The one item of a list that has the most words of the question, of those that its
    introduction hasn't; None where there is none. A follow-up's own words count before those that
    stand in brackets after it."""
    for text in (SUBJECT.sub("", question), question):
        asked = set(words(text)) - set(words(lead.of(document.text)))
        have = [len(asked & set(words(_MARK.sub("", i.of(document.text))))) for i in items]
        most = max(have)
        if most and have.count(most) == 1:
            return items[have.index(most)]
    return None


def _whole_list(sentence: Sentence, document: Document) -> Span | None:
    """From the lead to the last item of the list that a sentence introduces or belongs to; None
    where there is none, and where it is too long to quote."""
    ends = {lead: b.span.end for b in document.blocks if (lead := b.lead) is not None}
    lead = sentence.span if sentence.span in ends else sentence.lead
    if lead is None or lead not in ends or ends[lead] - lead.start > _LIST_LIMIT:
        return None
    return Span(lead.start, ends[lead])


def _stands_alone(sentence: Sentence, document: Document) -> bool:
    """Whether an item says something without its list: a row of a table, whose header is shown before
    it, or a whole sentence in no order, under a mere heading."""
    lead = next((b.kind for b in document.blocks if b.span == sentence.lead), None)
    if sentence.kind != "item" or lead == "item":
        return lead == "item"
    text = sentence.span.of(document.text)
    whole = _COMPLETE.search(text) is not None and _ORDERED.match(text) is None
    return lead == "heading" and whole


def _repeats(quote: Quote, chosen: Iterable[Quote]) -> bool:
    own = set(_WORD.findall(quote.text.casefold()))
    for other in chosen:
        if quote.doc_id == other.doc_id and quote.span.overlap(other.span):
            return True
        others = set(_WORD.findall(other.text.casefold()))
        alike = len(own & others) >= _SAME * max(1, len(own | others))
        if alike and _telling(quote.text) == _telling(other.text):
            return True
    return False


def _telling(text: str) -> set[str]:
    """The numbers, names and negations of a sentence: where these differ it says something else,
    however alike the rest is."""
    first, *others = _WORD.findall(text) or [""]
    named = {w.casefold() for w in others if w[0].isupper()}
    return named | {w for w in map(str.casefold, (first, *others)) if _NUMBER_OR_NOT.search(w)}
