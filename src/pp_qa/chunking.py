"""Document → Passages that tile it, each within the token bound; Passage → windows to embed."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pp_qa.datelines import as_asked
from pp_qa.text import pieces, sentences, strip_span
from pp_qa.tokens import count_tokens
from pp_qa.types import Document, Passage, Section, Sentence, Span

_INSIDE_PARAGRAPH = 0.3
_INSIDE_LIST = 0.6
_AFTER_HEADING = 5.0
"""What a border costs where it is not between paragraphs, in passages: it is worth making
another passage only when a border is worse than that."""


class _Unit(NamedTuple):
    """A stretch that is not cut: a sentence with the white space after it."""

    span: Span
    tokens: int
    opens: float
    """What it costs to begin a passage here."""


def passage_id(doc_id: str, ordinal: int) -> str:
    """What names a passage in the whole index."""
    return f"{doc_id}#{ordinal}"


def chunk(document: Document, limit: int) -> list[Passage]:
    """Passages of at most `limit` tokens that tile the document, on section borders first,
    then between paragraphs, between sentences, and inside a sentence only where one is longer
    than `limit`. A section is divided evenly rather than filled up, so that its last passage
    is not a scrap."""
    quotable = sentences(document.text, document.blocks)
    block_starts = {block.span.start for block in document.blocks}
    spans: list[tuple[Span, Section]] = []
    for section, whole in _sections(document):
        first = bisect_left(quotable, whole.start, key=lambda s: s.span.start)
        last = bisect_left(quotable, whole.end, key=lambda s: s.span.start)
        units = _units(document.text, whole, quotable[first:last], block_starts, limit)
        spans += [(span, section) for span in _divide(document.text, units, limit)]
    shares = _distribute(document.text, quotable, [span for span, _ in spans])
    return [
        _passage(document, i, span, section, share)
        for i, ((span, section), share) in enumerate(zip(spans, shares, strict=True))
    ]


def windows(passage: Passage, limit: int, count: Callable[[str], int]) -> list[str]:
    """The texts to embed for a passage, each of at most `limit` tokens of `count`: all of it
    when it fits, else even stretches of whole sentences. Nothing but white space is left out;
    a dateline is put as people ask for it."""

    def size(text: str) -> int:
        return count(as_asked(text.strip()))

    text = passage.text
    total = size(text)
    if total <= limit:
        return [as_asked(text.strip())] if text.strip() else []
    target = total / math.ceil(total / limit)
    found: list[Span] = []
    for piece in _window_pieces(passage, lambda t: size(t) <= limit):
        joined = Span(found[-1].start, piece.end) if found else piece
        both = size(joined.of(text))
        if found and both <= limit and both - size(piece.of(text)) / 2 <= target:
            found[-1] = joined
        else:
            found.append(piece)
    return [as_asked(span.of(text)) for span in found]


def _window_pieces(passage: Passage, fits: Callable[[str], bool]) -> Iterator[Span]:
    """Spans of the passage's text, stripped: each sentence with what stands between it and the
    next (rules and link definitions are no sentences), cut where that doesn't fit."""
    borders = [s.span.start - passage.span.start for s in passage.sentences[1:]]
    for start, end in pairwise([0, *borders, len(passage.text)]):
        for piece in pieces(passage.text, Span(start, end), fits):
            if len(stripped := strip_span(passage.text, piece)):
                yield stripped


def _sections(document: Document) -> list[tuple[Section, Span]]:
    """Each section with what is divided for it: a section that is only a heading goes with
    the one after it."""
    sections = document.sections or (Section((), Span(0, len(document.text))),)
    bodies = sorted(b.span.start for b in document.blocks if b.kind != "heading")
    found: list[tuple[Section, Span]] = []
    start = 0
    for section in sections:
        has_body = bisect_left(bodies, section.span.end) > bisect_left(bodies, section.span.start)
        if (has_body or section is sections[-1]) and section.span.end > start:
            found.append((section, Span(start, section.span.end)))
            start = section.span.end
    return found


def _units(
    text: str, whole: Span, inside: Sequence[Sentence], block_starts: Container[int], limit: int
) -> list[_Unit]:
    """Sentences that tile `whole`, the white space after each its own; the first takes what
    stands before it too."""
    borders = [(whole.start, 0.0)]
    for before, sentence in pairwise(inside):
        borders.append((sentence.span.start, _border_cost(before, sentence, block_starts)))
    units = []
    for (start, cost), (end, _) in pairwise([*borders, (whole.end, 0.0)]):
        for piece in pieces(text, Span(start, end), lambda t: count_tokens(t) <= limit):
            opens = cost if piece.start == start else _INSIDE_PARAGRAPH
            units.append(_Unit(piece, count_tokens(piece.of(text)), opens))
    return units


def _border_cost(before: Sentence, after: Sentence, block_starts: Container[int]) -> float:
    if before.kind == "heading":
        return _AFTER_HEADING
    if after.kind == "item" and before.kind in ("item", "lead"):
        return _INSIDE_LIST
    return 0.0 if after.span.start in block_starts else _INSIDE_PARAGRAPH


def _divide(text: str, units: Sequence[_Unit], limit: int) -> list[Span]:
    """The cheapest division into stretches of at most `limit` tokens. Token counts are not
    quite additive (a border can hide a longer token), so the result is counted again."""
    bound = limit
    while True:
        spans = _cheapest(units, bound, limit)
        if bound <= 1 or all(count_tokens(span.of(text)) <= limit for span in spans):
            return spans
        bound -= 1


def _cheapest(units: Sequence[_Unit], bound: int, limit: int) -> list[Span]:
    """Dynamic programming over the borders: each passage costs 1, each border what it costs
    to open there, and uneven filling its square. A unit above `bound` stands alone."""
    best = [0.0] + [math.inf] * len(units)
    back = [0] * (len(units) + 1)
    for end in range(1, len(units) + 1):
        size = 0
        for start in range(end - 1, -1, -1):
            size += units[start].tokens
            if size > bound and start < end - 1:
                break
            opens = units[start].opens if start else 0.0
            cost = best[start] + 1 + opens + ((limit - size) / limit) ** 2
            if cost < best[end]:
                best[end], back[end] = cost, start
    spans: list[Span] = []
    end = len(units)
    while end:
        spans.append(Span(units[back[end]].span.start, units[end - 1].span.end))
        end = back[end]
    return spans[::-1]


def _distribute(
    text: str, known: Sequence[Sentence], spans: Sequence[Span]
) -> list[list[Sentence]]:
    """Each passage's sentences; one that is cut by a border goes to each side in part."""
    shares: list[list[Sentence]] = [[] for _ in spans]
    at = 0
    for sentence in known:
        while at < len(spans) and spans[at].end <= sentence.span.start:
            at += 1
        for i in range(at, len(spans)):
            if spans[i].start >= sentence.span.end:
                break
            start, end = (
                max(spans[i].start, sentence.span.start),
                min(spans[i].end, sentence.span.end),
            )
            if len(part := strip_span(text, Span(start, end))):
                shares[i].append(Sentence(part, sentence.kind, sentence.lead))
    return shares


def _passage(
    document: Document, ordinal: int, span: Span, section: Section, known: Sequence[Sentence]
) -> Passage:
    text = span.of(document.text)
    return Passage(
        passage_id=passage_id(document.doc_id, ordinal),
        doc_id=document.doc_id,
        ordinal=ordinal,
        span=span,
        text=text,
        heading_path=section.heading_path,
        token_count=count_tokens(text),
        sentences=tuple(known),
    )
