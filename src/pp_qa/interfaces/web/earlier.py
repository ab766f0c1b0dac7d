"""A quote as it was, when its document no longer says it. Pure: values in, markup out."""

from __future__ import annotations

from pp_qa.interfaces.web.history import Surroundings
from pp_qa.interfaces.web.markup import Html, html
from pp_qa.interfaces.web.quoting import BACK, emphasised, where
from pp_qa.types import Citation, Document

AROUND = 1_000
"""Code points kept on either side of a quote."""


def surroundings(citation: Citation, document: Document) -> Surroundings:
    """What is kept of a document, to show a quote in it later."""
    span = citation.quote.span
    last = max(span.start, span.end - 1)
    pages = [p.number for p in document.pages if p.span.start <= last < p.span.end]
    return Surroundings(
        document.text[max(0, span.start - AROUND) : span.start],
        document.text[span.end : span.end + AROUND],
        pages[0] if pages else citation.page,
    )


def pane(citation: Citation, around: Surroundings, turn: int, *, answers: bool) -> Html:
    """The quote with the text around it as they were, said to be that."""
    return html(
        '<div class="source earlier {kind}" data-turn="{turn}" data-number="{number}">'
        '<header><div class="bar">{back}<p class="label">{label} {number}</p></div><h2 dir="auto">{title}</h2>'
        '<p class="where">{where}</p>'
        '<p class="notice" role="status">The document has changed since this was answered, or is'
        " gone. This is what it said then.</p></header>"
        '<div class="text" dir="auto" tabindex="0" role="region" aria-label="Earlier text of the'
        ' document">{cut}{before}<mark id="quote">{quote}</mark>{after}</div></div>',
        back=BACK,
        kind="answers" if answers else "nearest",
        turn=turn,
        number=citation.number,
        label="Quote" if answers else "Nearest text",
        title=citation.title,
        where=where(citation, titled=False),
        cut="… " if len(around.before) == AROUND else "",
        before=around.before,
        quote=emphasised(citation.quote.text, citation.quote.span, citation.quote.highlight),
        after=around.after + (" …" if len(around.after) == AROUND else ""),
    )
