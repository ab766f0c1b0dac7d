"""A quote in its document as HTML. Pure: values in, markup out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlencode

from pp_qa.interfaces.web import leaves
from pp_qa.interfaces.web.copying import with_address
from pp_qa.interfaces.web.leaves import Marks
from pp_qa.interfaces.web.markup import Html, attribute, data, html
from pp_qa.interfaces.web.quoting import BACK, where
from pp_qa.render.replies import address
from pp_qa.types import Citation, Document, Quote, Span, page_name

WHOLE = 8_000
"""Code points: a document up to this long is there whole from the start."""
AROUND = 1_500
"""Code points that are there from the start on either side of a quote in a longer one."""


def waiting(nearest: bool = False) -> Html:
    """What stands there while no quote is open: `nearest` text may be, where there is no quote."""
    line = (
        "No quote answers this. Choose a number to read the nearest text in its document."
        if nearest
        else "The source of a quote opens here, with the quote marked where it stands."
    )
    return html('<div class="source empty">{icon}<p>{line}</p></div>', icon=_PAGE, line=line)


def unavailable(problem: str) -> Html:
    """What stands there instead of a quote that can't be shown."""
    return html(
        '<div class="source empty changed" role="alert"><h2>This can’t be shown</h2>'
        "<p>{problem}</p></div>",
        problem=problem,
    )


def pane(
    citation: Citation,
    document: Document,
    passage: Span,
    turn: int,
    *,
    quotes: Sequence[Citation] = (),
    answers: bool = True,
    now: bool = True,
) -> Html:
    """The document of a quote that was just verified, the quote marked in it. `quotes` are all of
    its reply, of which those in the same text are marked too; `answers` is False for the nearest
    text of an abstention. For `now`, all of the text can be read; else it is said that the
    document has changed, and the text around the quote is kept."""
    quote = citation.quote
    others = [c for c in quotes if c.number != citation.number and _stands(c, document)]
    marks = Marks(citation.number, quote, passage, turn, [(c.number, c.quote.span) for c in others])
    return html(
        '<div class="source {kind}" data-turn="{turn}" data-number="{number}"{reading}>'
        '<header><div class="bar">{back}{steps}<p class="spot"></p></div>'
        '<h2 dir="auto">{title}</h2><p class="where">{where}</p>{earlier}'
        '<p class="address"><span>Address</span> {address}'
        '<button type="button" class="copy">Copy</button>'
        '<button type="button" class="copy" data-text="{cited}">Copy quote</button></p>{views}</header>'
        '<div class="text" tabindex="0" role="region" aria-label="Text of the document">{text}</div>{sheets}'
        "{cut}</div>",
        back=BACK,
        kind="answers" if answers else "nearest",
        turn=turn,
        number=citation.number,
        reading=_reading(document, marks) if now else Html(),
        steps=_steps(citation.number, len(quotes), "Quote" if answers else "Nearest text"),
        title=document.title,
        where=where(citation, titled=False),
        earlier=Html() if now else _EARLIER,
        address=_address(quote),
        cited=data(with_address(citation)),
        views=_views(document) if now else Html(),
        text=_text(document, marks) if now else _kept(document, marks),
        sheets=_SHEETS if now and has_pages(document) else Html(),
        cut=Html() if now else _cut(document, _window(document, quote.span)),
    )


def beginning(document: Document) -> Html:
    """A document from its beginning, with no quote in it."""
    shown = [(s, s.start < WHOLE) for s in leaves.leaves(document.text)]
    return html(
        '<div class="source"{reading}><header><div class="bar"><p class="label">Document</p>'
        '<p class="spot"></p></div><h2 dir="auto">{title}</h2>'
        '<p class="where"><bdi>{name}</bdi></p>{views}</header>'
        '<div class="text" tabindex="0" role="region" aria-label="Text of the document">{text}</div>{sheets}'
        "</div>",
        reading=_reading(document),
        title=document.title,
        name=document.doc_id,
        views=_views(document),
        text=leaves.text(document, shown),
        sheets=_SHEETS if has_pages(document) else Html(),
    )


def _address(quote: Quote) -> Html:
    """Where there is no room for all of it, its beginning is cut: the end tells a file from others."""
    whole = address(quote.doc_id, quote.span)
    stem = len(quote.doc_id) - len(PurePosixPath(quote.doc_id).suffix)
    return html(
        '<code class="copied" title="{title}"><bdi dir="ltr"><span class="stem">{stem}</span>'
        '<span class="end">{end}</span></bdi></code>',
        title=attribute(whole),
        stem=whole[:stem],
        end=whole[stem:],
    )


def _steps(number: int, total: int, kind: str) -> Html:
    """Which quote this is of how many, and the ways to those beside it."""
    if total < 2:
        return html('<p class="label">{kind} {n}</p>', kind=kind, n=number)
    return html(
        '<p class="steps"><button type="button" class="step" data-by="-1"'
        ' aria-label="Previous quote" aria-keyshortcuts="Alt+ArrowUp" title="Previous quote (Alt+↑)"'
        '{first}>↑</button><span class="label">{kind} {n} of {total}</span>'
        '<button type="button" class="step" data-by="1"'
        ' aria-label="Next quote" aria-keyshortcuts="Alt+ArrowDown" title="Next quote (Alt+↓)"'
        "{last}>↓</button></p>",
        kind=kind,
        n=number,
        total=total,
        first=Html(" disabled" if number <= 1 else ""),
        last=Html(" disabled" if number >= total else ""),
    )


def has_pages(document: Document) -> bool:
    """Whether a document's pages can be shown as they look."""
    return document.doc_id.lower().endswith(".pdf")


def _views(document: Document) -> Html:
    """The choice between the text and the pages as they look, and a field to find words."""
    paged = has_pages(document)
    return html(
        '<div class="views">{choice}{find}{turning}</div>',
        choice=_CHOICE if paged else Html(),
        find=_FIND,
        turning=_TURNING if paged else Html(),
    )


def _reading(document: Document, marks: Marks | None = None) -> Html:
    """What the page needs to ask for more of a document, and to say where in it one is. Of the
    quotes that are marked, the one that is open comes first; `answer` is the part of it that
    answers, where that is a part only."""
    quotes = [(n, span.start, span.end) for n, span in marks.numbered] if marks else []
    part = marks.quote.highlight if marks else Span(0, 0)
    answer = [part.start, part.end] if marks and marks.matters(part) else []
    pages = [[p.span.start, page_name(p.label)] for p in document.pages]
    asked = {"document": document.doc_id, "revision": leaves.revision(document)}
    return html(
        ' data-query="{query}" data-length="{length}" data-pages="{pages}" data-quotes="{quotes}"'
        ' data-answer="{answer}"',
        answer=attribute(json.dumps(answer)),
        quotes=attribute(json.dumps(quotes)),
        query=attribute(urlencode(asked)),
        length=len(document.text),
        pages=attribute(json.dumps(pages, ensure_ascii=False)),
    )


def _text(document: Document, marks: Marks) -> Html:
    """All leaves of a text, filled in where something is marked and around the quote."""
    quote = marks.quote.span
    near = [*marks.spans, Span(max(0, quote.start - AROUND), quote.end + AROUND)]
    whole = len(document.text) <= WHOLE
    spans = leaves.leaves(document.text, marks.spans)
    shown = [(s, whole or any(s.overlap(n) for n in (*near, marks.passage))) for s in spans]
    return leaves.text(document, shown, marks)


def _kept(document: Document, marks: Marks) -> Html:
    """The text around a quote."""
    return leaves.text(document, [(_window(document, marks.quote.span), True)], marks)


def _stands(citation: Citation, document: Document) -> bool:
    quote = citation.quote
    return quote.doc_id == document.doc_id and quote.span.of(document.text) == quote.text


def _window(document: Document, quote: Span) -> Span:
    return window(document.text, quote, [s.span for s in document.sections])


def window(text: str, quote: Span, sections: Iterable[Span]) -> Span:
    """What is kept of a text: all of it when it is short, else the quote's section as far as it
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


def _cut(document: Document, shown: Span) -> Html:
    if len(shown) == len(document.text):
        return Html()
    line = f"Characters {shown.start:,} to {shown.end:,} of {len(document.text):,}"
    return html('<p class="cut">{line}</p>', line=line)


_CHOICE = html(
    '<div class="choice" role="group" aria-label="Show as">'
    '<button type="button" class="view" data-view="text" aria-pressed="true">Text</button>'
    '<button type="button" class="view" data-view="pages" aria-pressed="false">Pages</button></div>'
)
_FIND = html(
    '<div class="finder" role="search">'
    '<input type="search" aria-label="Find in this document" placeholder="Find in this document"'
    ' aria-keyshortcuts="Control+F" autocomplete="off" spellcheck="false" maxlength="200">'
    '<span class="finds" role="status"></span>'
    '<button type="button" class="find-to" data-by="-1" aria-label="Previous find" disabled>↑</button>'
    '<button type="button" class="find-to" data-by="1" aria-label="Next find" disabled>↓</button></div>'
)
_TURNING = html(
    '<div class="turning" hidden>'
    '<button type="button" class="turn-to" data-by="-1" aria-label="Previous page">‹</button>'
    '<span class="at"></span>'
    '<button type="button" class="turn-to" data-by="1" aria-label="Next page">›</button>'
    '<button type="button" class="zoom" data-by="-1" aria-label="Smaller">−</button>'
    '<button type="button" class="zoom" data-by="1" aria-label="Larger">+</button></div>'
)
_SHEETS = html(
    '<div class="sheets" tabindex="0" role="region" aria-label="Pages of the document" hidden></div>'
)
_EARLIER = html(
    '<p class="notice" role="status">The document has changed since this was answered, or is gone.'
    " This is its text as it was then.</p>"
)
_PAGE = html(
    '<svg viewBox="0 0 32 32" width="44" height="44" aria-hidden="true" fill="none"'
    ' stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M8 4h11l6 6v18H8zM19 4v6h6M12 15h9M12 19h9M12 23h5"/></svg>'
)
