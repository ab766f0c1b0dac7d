"""A quote's words, its place and what was searched, as HTML. Pure: values in, markup out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from pp_qa.interfaces.web.markup import Html, html, join
from pp_qa.render.printing import count, listed
from pp_qa.types import Citation, Coverage, Quote, Span

_EXCERPT = 320
"""Code points shown of a nearest passage; the whole of it is one click away."""
_NAMED = 3
"""Files named one by one before the rest is counted."""
_WORD = re.compile(r"[^\W_]+")
STALE = html('<span class="badge">changed since indexing</span>')
BACK = html(
    '<button type="button" class="back" aria-label="Back to the conversation">‹ Back</button>'
)
"""From the source to the number that opened it, where that isn't beside it."""


def where(c: Citation, *, titled: bool = True) -> Html:
    """Title, section, page and whether the file is still what was indexed."""
    path = [h for h in c.heading_path if h != c.title]
    parts = [html('<bdi class="title">{t}</bdi>', t=c.title)] if titled else []
    if titled and not _tells(c.title, c.quote.doc_id):
        parts.append(html('<bdi class="file">{file}</bdi>', file=c.quote.doc_id))
    if path:
        parts.append(join((html("<bdi>{h}</bdi>", h=h) for h in path), " › "))
    if c.page_name:
        parts.append(html("<bdi>{page}</bdi>", page=c.page_name))
    if c.also_in:
        names = ", ".join(c.also_in[:_NAMED])
        line = f"also in {count(len(c.also_in), 'file')}"
        parts.append(html('<bdi title="{names}">{line}</bdi>', names=names, line=line))
    stale = Html() if c.current else html(" {badge}", badge=STALE)
    return Html(join(parts, " · ") + stale)


def _tells(title: str, doc_id: str) -> bool:
    """Whether a title tells which file it is of: it says all words of the file's name and folders."""
    path = PurePosixPath(doc_id)
    said, name = (_WORD.findall(text.casefold()) for text in (title, str(path.parent / path.stem)))
    return bool(name) and (set(name) <= set(said) or "".join(name) == "".join(said))


def marked(quote: Quote) -> Html:
    """A quote with the part that matters most set off, where that is a part only."""
    return emphasised(quote.text, quote.span, quote.highlight)


def emphasised(text: str, span: Span, part: Span) -> Html:
    """`text`, which lies at `span`, with `part` of it set off."""
    inside = Span(max(part.start, span.start), max(span.start, min(part.end, span.end)))
    if not len(inside) or inside == span:
        return html("{text}", text=text)
    a, b = inside.start - span.start, inside.end - span.start
    return html("{a}<strong>{b}</strong>{c}", a=text[:a], b=text[a:b], c=text[b:])


def excerpt(quote: Quote) -> Html:
    """A passage around its best sentence, cut at white space."""
    if len(quote.text) <= _EXCERPT:
        return marked(quote)
    start, end = quote.span.start, quote.span.end
    first = start if quote.highlight.start - start < _EXCERPT // 3 else quote.highlight.start
    last = min(end, max(first + _EXCERPT, min(quote.highlight.end, first + 2 * _EXCERPT)))
    text = quote.text[first - start : last - start]
    if last < end and " " in text[_EXCERPT // 2 :]:
        text = text[: text.rindex(" ")]
    return html(
        "{a}{text}{b}",
        a="… " if first > start else "",
        text=emphasised(text, Span(first, first + len(text)), quote.highlight),
        b=" …" if first + len(text) < end else "",
    )


def searched(coverage: Coverage) -> Html:
    """What was searched, and every file that could not be."""
    line = (
        f"Searched {count(coverage.documents, 'document')}, {count(coverage.passages, 'passage')}"
    )
    return html(
        '<p class="coverage">{line}.</p>{unread}', line=line, unread=unread(coverage.unread)
    )


def unread(files: Sequence[str]) -> Html:
    if not files:
        return Html()
    line = f"{count(len(files), 'file')} could not be read: {listed(files, _NAMED)}"
    return html('<p class="unread"><bdi>{line}</bdi></p>', line=line)
