"""A document's text as HTML, leaf by leaf, so that a page need not hold all of a long one.

Leaves tile the text as passages do. Pure: values in, markup out.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from pp_qa.interfaces.web.markup import Html, attribute, html, join
from pp_qa.text import cut_near
from pp_qa.types import Document, Quote, Span, page_name

LEAF = 4_000
"""Code points from which on a leaf ends with the line."""
LONGEST_LINE = 16_000
"""Code points after which a leaf ends within a line."""
_LINES = re.compile(r"\n+")
_LETTER = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked in a text: a quote strongly, its passage faintly, and by their numbers the
    other quotes of its reply."""

    number: int
    quote: Quote
    passage: Span
    turn: int
    others: Sequence[tuple[int, Span]] = ()

    @property
    def numbered(self) -> list[tuple[int, Span]]:
        """The quotes with their numbers, first the one that is open."""
        return [(self.number, self.quote.span), *self.others]

    @property
    def spans(self) -> list[Span]:
        return [span for _, span in self.numbered]

    @property
    def borders(self) -> list[Span]:
        """Whatever is marked, on its own or within another."""
        return [self.passage, self.quote.highlight, *self.spans]

    def matters(self, span: Span) -> bool:
        """Whether a span is of the part that answers, where that is a part only."""
        return self.quote.highlight != self.quote.span and self.quote.highlight.contains(span)


def revision(document: Document) -> str:
    """Changes whenever the file or what is read of it does."""
    return hashlib.sha256(f"{document.content_hash}\n{document.text}".encode()).hexdigest()[:32]


def leaves(text: str, whole: Iterable[Span] = ()) -> list[Span]:
    """The text in parts that end with a line, where one is not endless, and cut none of `whole`."""
    kept = list(whole)
    cuts = [0]
    for end in [*(m.end() for m in _LINES.finditer(text)), len(text)]:
        while end - cuts[-1] > LONGEST_LINE:
            start = cuts[-1]
            cut = cut_near(text, Span(start, start + LONGEST_LINE), start + LONGEST_LINE // 2)
            cuts.append(max([cut, *(s.end for s in kept if s.start < cut < s.end)]))
        if end - cuts[-1] >= LEAF and not any(s.start < end < s.end for s in kept):
            cuts.append(end)
    if cuts[-1] < len(text) or len(cuts) == 1:
        cuts.append(len(text))
    return [Span(a, b) for a, b in pairwise(cuts)]


def text(
    document: Document, shown: Iterable[tuple[Span, bool]], marks: Marks | None = None
) -> Html:
    """Leaves one after the other; one that is not filled in is left for the page to ask for."""
    return join(
        html(
            '<div class="leaf" dir="auto" data-start="{start}" data-end="{end}"'
            ' style="--n:{n}">{inside}</div>',
            start=span.start,
            end=span.end,
            n=len(span),
            inside=styled(document, span, marks) if filled else Html(),
        )
        for span, filled in shown
    )


def styled(document: Document, span: Span, marks: Marks | None = None) -> Html:
    """The text of a span with its headings, its marks, and where its pages begin."""
    blocks = document.blocks
    first = bisect_right(blocks, span.start, key=lambda b: b.span.end)
    after = bisect_left(blocks, span.end, key=lambda b: b.span.start)
    headings = [b.span for b in blocks[first:after] if b.kind == "heading"]
    pages = _pages(document, span)
    borders = {span.start, span.end, *pages}
    for part in [*headings, *(marks.borders if marks else ())]:
        borders |= {at for at in (part.start, part.end) if span.start < at < span.end}

    def piece(start: int, end: int) -> Html:
        names = ["heading"] if any(h.contains(Span(start, end)) for h in headings) else []
        sign = pages.get(start, Html())
        return Html(sign + _piece(document.text[start:end], Span(start, end), names, marks))

    quote = marks.quote.span if marks else Span(0, 0)
    runs = groupby(pairwise(sorted(borders)), lambda ends: quote.contains(Span(*ends)))
    return join(
        html("<mark>{text}</mark>" if quoted else "{text}", text=join(piece(*e) for e in run))
        for quoted, run in runs
    )


def _piece(text: str, span: Span, names: list[str], marks: Marks | None) -> Html:
    """A stretch of text that is marked in one way throughout."""
    if marks is None:
        return _named(names, text)
    if marks.quote.span.contains(span):
        shown = _named(names, text)
        return html("<strong>{text}</strong>", text=shown) if marks.matters(span) else shown
    names += ["passage"] if marks.passage.contains(span) else []
    number = next((n for n, other in marks.others if other.contains(span)), None)
    if number is None or not text.strip():
        return _named(names, text)
    return html(
        '<span class="{names}" role="link" tabindex="0" title="Quote {n}: open it" data-turn="{turn}"'
        ' data-number="{n}">{text}</span>',
        names=" ".join([*names, "other"]),
        n=number,
        turn=marks.turn,
        text=text,
    )


def _named(names: Sequence[str], text: str) -> Html:
    if not names:
        return html("{text}", text=text)
    return html('<span class="{names}">{text}</span>', names=" ".join(names), text=text)


def _pages(document: Document, span: Span) -> dict[int, Html]:
    """A sign for each page with text that begins in a span, by its place. It is drawn by the style sheet, so that what is copied stays the document's text."""
    if len(document.pages) < 2:
        return {}
    signs = {}
    for i, page in enumerate(document.pages):
        first = _LETTER.search(document.text, page.span.start, page.span.end)
        if first and span.start <= first.start() < span.end:  # not in the line before
            signs[first.start()] = html(
                '<span class="folio" data-index="{i}" data-name="{name}"></span>',
                i=i,
                name=attribute(page_name(page.label)),
            )
    return signs
