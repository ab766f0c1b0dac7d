"""A quote in its document as HTML. Pure: values in, markup out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from pp_qa.interfaces.web.markup import Html, html, join
from pp_qa.interfaces.web.views import emphasised, where
from pp_qa.types import Citation, Document, Span

WHOLE = 8_000
"""Code points: a document up to this long is shown whole."""
AROUND = 1_500
"""Code points shown on either side of a quote in a longer one, at most."""


def waiting(answered: bool = True) -> Html:
    """What stands there while no quote is open."""
    line = (
        "The source of a quote opens here, with the quote marked where it stands."
        if answered
        else "No quote answers this. Choose a number to read the nearest text in its document."
    )
    return html('<div class="source empty">{icon}<p>{line}</p></div>', icon=_PAGE, line=line)


def unavailable(problem: str) -> Html:
    """What stands there instead of a quote that can't be shown."""
    return html(
        '<div class="source empty changed" role="alert"><h2>This can’t be shown</h2>'
        "<p>{problem} Ask again to get quotes from the text as it is now.</p></div>",
        problem=problem,
    )


def pane(
    citation: Citation,
    document: Document,
    passage: Span,
    turn: int,
    *,
    answers: bool,
    now: bool = True,
) -> Html:
    """The text around a quote that was just verified: the quote marked strongly, its passage
    faintly. `answers` is False for the nearest text of an abstention; one that is not for `now`
    says that the document has changed since."""
    quote = citation.quote
    shown = window(document.text, quote.span, [s.span for s in document.sections])
    address = f"{quote.doc_id}:{quote.span.start}-{quote.span.end}"
    return html(
        '<div class="source {kind}" data-turn="{turn}" data-number="{number}">'
        '<header><p class="label">{label} {number}</p><h2 dir="auto">{title}</h2>'
        '<p class="where">{where}</p>{earlier}'
        '<p class="address"><span>Address</span> <code class="copied"><bdi>{address}</bdi></code>'
        '<button type="button" class="copy">Copy</button></p></header>'
        '<div class="text" dir="auto" tabindex="0" role="region" aria-label="Text of the document">'
        '{before}<mark id="quote">{quote}</mark>{after}</div>{cut}'
        '<a class="back" href="#conversation">↑ Back to the conversation</a></div>',
        kind="answers" if answers else "nearest",
        turn=turn,
        number=citation.number,
        label="Quote" if answers else "Nearest text",
        title=document.title,
        where=where(citation, titled=False),
        earlier=Html() if now else _EARLIER,
        address=address,
        before=_styled(document, Span(shown.start, quote.span.start), passage),
        quote=emphasised(quote.text, quote.span, quote.highlight),
        after=_styled(document, Span(quote.span.end, shown.end), passage),
        cut=_cut(document, shown),
    )


def beginning(document: Document) -> Html:
    """A document from its beginning, with no quote in it."""
    shown = Span(0, min(len(document.text), WHOLE))
    return html(
        '<div class="source"><header><p class="label">Document</p><h2 dir="auto">{title}</h2>'
        '<p class="where"><bdi>{name}</bdi></p></header>'
        '<div class="text" dir="auto" tabindex="0" role="region" aria-label="Text of the document">'
        "{text}</div>{cut}</div>",
        title=document.title,
        name=document.doc_id,
        text=_styled(document, shown, Span(0, 0)),
        cut=_cut(document, shown),
    )


def window(text: str, quote: Span, sections: Iterable[Span]) -> Span:
    """What is shown of a text: all of it when it is short, else the quote's section as far as it
    lies within AROUND of the quote, cut between paragraphs or words."""
    if len(text) <= WHOLE:
        return Span(0, len(text))
    start, end = max(0, quote.start - AROUND), min(len(text), quote.end + AROUND)
    section = next((s for s in sections if s.start <= quote.start < s.end), Span(0, len(text)))
    start = max(start, min(section.start, quote.start))
    end = min(end, max(section.end, quote.end))
    if start > section.start:
        start = _after(text, start, quote.start)
    if end < section.end:
        end = _before(text, quote.end, end)
    return Span(start, end)


def _after(text: str, start: int, limit: int) -> int:
    """Where the first paragraph, or else the first word, after `start` begins."""
    for border in ("\n", " "):
        found = text.find(border, start, min(limit, start + AROUND // 2))
        if found >= 0:
            return found + 1
    return start


def _before(text: str, limit: int, end: int) -> int:
    """Where the last paragraph, or else the last word, before `end` ends."""
    for border in ("\n", " "):
        found = text.rfind(border, max(limit, end - AROUND // 2), end)
        if found >= 0:
            return found
    return end


def _styled(document: Document, span: Span, passage: Span) -> Html:
    """The text of a span, cut where a heading or the quote's passage starts or ends."""
    headings = [b.span for b in document.blocks if b.kind == "heading" and b.span.overlap(span)]
    borders = {span.start, span.end}
    for part in (*headings, passage):
        borders |= {at for at in (part.start, part.end) if span.start < at < span.end}
    cuts = sorted(borders)
    return join(_piece(document.text, Span(a, b), headings, passage) for a, b in pairwise(cuts))


def _piece(text: str, span: Span, headings: list[Span], passage: Span) -> Html:
    names = ["heading"] if any(h.contains(span) for h in headings) else []
    names += ["passage"] if passage.contains(span) else []
    if not names:
        return html("{text}", text=span.of(text))
    return html('<span class="{names}">{text}</span>', names=" ".join(names), text=span.of(text))


def _cut(document: Document, shown: Span) -> Html:
    if len(shown) == len(document.text):
        return Html()
    line = f"Characters {shown.start:,} to {shown.end:,} of {len(document.text):,}"
    return html('<p class="cut">{line}</p>', line=line)


_EARLIER = html(
    '<p class="notice" role="status">The document has changed since this was answered, or is gone.'
    " This is its text as it was then.</p>"
)
_PAGE = html(
    '<svg viewBox="0 0 32 32" width="44" height="44" aria-hidden="true" fill="none"'
    ' stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M8 4h11l6 6v18H8zM19 4v6h6M12 15h9M12 19h9M12 23h5"/></svg>'
)
