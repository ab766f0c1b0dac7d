"""Which sentences to quote: pure functions over what a Reader made of the hits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from pp_qa.types import Hit, Quote, Reading, SentenceScore, Span

_LIST_LIMIT = 1_500
"""Code points of the longest list quoted whole; of a longer one, the item alone."""
_SAME = 0.8
"""Two quotes that share this part of their words say the same."""
_FAR_BELOW = 0.2
"""A further quote scores at least this part of the first one's score."""
_WORD = re.compile(r"\w+")
_COMPLETE = re.compile(r"[.!?…][\"'”’»)\]*_]*$")

TextOf = Callable[[str], str]
"""doc_id → the document's text."""


def select(reading: Reading, limit: int, text_of: TextOf) -> list[Quote]:
    """At most `limit` quotes, best first, none of which repeats or overlaps another.

    A heading or a navigation line is never quoted alone; a list comes with the line that
    introduces it.
    """
    chosen: list[Quote] = []
    for score in reading.scores:
        if len(chosen) == limit or (chosen and score.score < _FAR_BELOW * chosen[0].score):
            break
        if (quote := _quote(score, reading.scores, text_of)) and not _repeats(quote, chosen):
            chosen.append(quote)
    return chosen


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


def _quote(score: SentenceScore, scores: Sequence[SentenceScore], text_of: TextOf) -> Quote | None:
    sentence, passage = score.sentence, score.passage
    span = _whole_list(score, scores) or sentence.span
    if span == sentence.span and sentence.kind in ("heading", "navigation", "lead"):
        return None
    inside = passage.span.contains(span)
    text = passage.slice(span) if inside else span.of(text_of(passage.doc_id))
    highlight = score.highlight or sentence.span
    return Quote(passage.doc_id, passage.passage_id, span, text, score.score, highlight)


def _whole_list(score: SentenceScore, scores: Sequence[SentenceScore]) -> Span | None:
    """From the lead to the last item of the list that a sentence introduces or belongs to, as
    far as it was read. None where there is none, where it is too long, and for an item under a
    mere heading that is a whole sentence: it says something alone."""
    sentence = score.sentence
    lead = sentence.lead if sentence.kind == "item" else sentence.span
    if lead is None or sentence.kind in ("prose", "navigation"):
        return None
    same = [s.sentence for s in scores if s.passage.doc_id == score.passage.doc_id]
    ends = [s.span.end for s in same if s.lead == lead]
    if not ends or max(ends) - lead.start > _LIST_LIMIT:
        return None
    under_heading = any(s.span == lead and s.kind == "heading" for s in same)
    text = score.passage.slice(sentence.span)
    if sentence.kind == "item" and under_heading and _COMPLETE.search(text):
        return None
    return Span(lead.start, max(ends))


def _repeats(quote: Quote, chosen: Iterable[Quote]) -> bool:
    words = set(_WORD.findall(quote.text.casefold()))
    for other in chosen:
        if quote.doc_id == other.doc_id and quote.span.overlap(other.span):
            return True
        others = set(_WORD.findall(other.text.casefold()))
        if len(words & others) >= _SAME * max(1, len(words | others)):
            return True
    return False
