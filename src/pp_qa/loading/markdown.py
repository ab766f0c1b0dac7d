"""Markdown, read by markdown-it and kept as it was written: the text is the file's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.loading import content_hash
from pp_qa.loading.decoding import decode
from pp_qa.loading.structure import (
    Heading,
    facts,
    is_navigation,
    sections,
    title_from_name,
    with_leads,
)
from pp_qa.text import strip_span
from pp_qa.types import Block, BlockKind, Document, Span

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"(---|\+\+\+)\n(?!\s*\n)(?:.*\n)*?(?:\1|\.\.\.)(?:\n|$)")
_FACT = re.compile(r"(?=[\w\"'])[^\n]*(?:\n(?:[^\S\n]+|- )[^\n]*)*")
"""A line of a front matter, with what it holds in the lines under it."""
_TAG = r"\{[:%][^\n]*\}|\{\{[<%][^\n]*[%>]\}\}"
_MARKS = re.compile(
    rf"(?:(?:> ?)*\[!\w+\][-+]?|:{{3,}}[^\n]*|(?:!!!|\?\?\?\+?) \w+[^\n]*|{_TAG}|\[\[?_?TOC_?\]\]?)"
    r"[^\S\n]*(?:\n|\Z)"
)
"""Lines that say how what follows is to be shown: boxes, tags of templates, the place of the contents."""
_CLOSING = re.compile(rf"(?:\n[^\S\n]*(?::{{3,}}|{_TAG})[^\S\n]*)+\Z")
"""Such lines under what they belong to."""
_LONGEST_CLOSING = 500
_UNSHOWN = re.compile(
    r"<(?:script|style)[\s>]|(?:</?[a-z](?:(?!\balt=)[^<>])*>\s*)+\Z", re.IGNORECASE
)
"""A script, a style sheet, or tags without any text."""
_DEFINES = re.compile(r"^ {0,3}:[ \t]+(?=\S)", re.MULTILINE)
_LONGEST_TERM = 100
_FRONT_TITLE = re.compile(r"^title *[:=](.+)$", re.MULTILINE)


class MarkdownLoader:
    suffixes = (".md", ".markdown")

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        text, unread = decode(content)
        blocks, headings = parse(text)
        front = _FRONT_MATTER.match(text)
        named = _FRONT_TITLE.search(front.group()) if front else None
        title = named.group(1).strip(" \t\"'") if named else None
        title = title or (headings[0].title if headings else None)
        return Document(
            doc_id=doc_id,
            source=str(path),
            title=title or title_from_name(path.stem),
            text=text,
            content_hash=content_hash(content),
            sections=sections(headings, len(text)),
            blocks=blocks,
            details=facts(text, blocks, {"unread": unread}),
        )


def parse(text: str) -> tuple[tuple[Block, ...], list[Heading]]:
    """The blocks and headings of CommonMark with tables and definitions."""
    from markdown_it import MarkdownIt

    front = _FRONT_MATTER.match(text)
    skipped = front.end() if front else 0
    tokens = MarkdownIt("commonmark").enable("table").parse(text[skipped:])
    starts = _line_starts(text, skipped)
    entries = _FACT.finditer(text, 0, skipped)
    blocks = [Block(strip_span(text, Span(*m.span()))) for m in entries]
    entered = {block.span for block in blocks}
    headings = []
    for token, block in _walk(text, tokens, starts):
        if token.type == "heading_open":
            title = _heading_title(block.span.of(text))
            headings.append(Heading(title, block.span, int(token.tag[1:])))
        blocks += _without_marks(text, block)
    return with_leads(text, _with_definitions(text, blocks), entered), headings


def _with_definitions(text: str, blocks: Iterable[Block]) -> list[Block]:
    """A line over one that begins with a colon is a term, and the lead of what it is said to be."""
    found: list[Block] = []
    term: Span | None = None
    for span, kind, lead in ((s, b.kind, b.lead) for b in blocks for s in _split(text, b)):
        if kind == "prose" and _DEFINES.match(text, span.start):
            last = found[-1] if found else None
            if last and last.kind == "prose" and _may_be_term(last.span.of(text)):
                term = last.span
                found[-1] = Block(term, "lead")
            found.append(Block(span, "item", term) if term else Block(span))
        else:
            term = None
            found.append(Block(span, kind, lead))
    return found


def _split(text: str, block: Block) -> list[Span]:
    """A paragraph in parts, of which each but the first defines."""
    span = block.span
    if block.kind != "prose":
        return [span]
    cuts = [m.start() for m in _DEFINES.finditer(text, span.start, span.end)]
    parts = pairwise([span.start, *(cut for cut in cuts if cut > span.start), span.end])
    return [strip_span(text, Span(*part)) for part in parts]


def _may_be_term(text: str) -> bool:
    return "\n" not in text and len(text) <= _LONGEST_TERM


def _without_marks(text: str, block: Block) -> Iterator[Block]:
    """A block, with the marks around it apart: no sentence begins or ends with them."""
    at, end = block.span.start, block.span.end
    while block.kind == "prose" and at < end and (marks := _MARKS.match(text, at, end)):
        yield Block(strip_span(text, Span(*marks.span())), "navigation")
        at = marks.end()
    near = max(at, end - _LONGEST_CLOSING)
    closing = _CLOSING.search(text, near, end) if block.kind in ("prose", "item") else None
    if len(rest := strip_span(text, Span(at, closing.start() if closing else end))):
        yield replace(block, span=rest)
    if closing:
        yield Block(strip_span(text, Span(*closing.span())), "navigation")


def _line_starts(text: str, skipped: int) -> list[int]:
    starts = [skipped]
    starts += [i + 1 for i in range(skipped, len(text)) if text[i] == "\n"]
    return [*starts, len(text)]


def _walk(text: str, tokens: Sequence[Token], starts: list[int]) -> Iterator[tuple[Token, Block]]:
    """Each token that carries text, with its block. A body row of a table is an item whose lead
    is the header row."""
    items = 0
    header: Span | None = None
    in_body = False
    taken = 0
    for token in tokens:
        items += token.nesting if token.type in ("list_item_open", "list_item_close") else 0
        if token.type == "thead_open":
            header = None
        in_body = (in_body or token.type == "tbody_open") and token.type != "tbody_close"
        if token.map is None or token.type not in _CARRIERS:
            continue
        span = _lines_span(text, starts, token.map)
        if span.start < taken or not len(span):
            continue
        if token.type == "html_block" and _is_unshown(span.of(text)):
            continue
        kind: BlockKind = _CARRIERS[token.type]
        if items and kind == "prose":
            kind = "item"
        if kind == "prose" and is_navigation(span.of(text)):
            kind = "navigation"
        taken = span.end
        yield token, Block(span, kind, header if token.type == "tr_open" and in_body else None)
        if token.type == "tr_open" and not in_body:
            header = span


_CARRIERS: dict[str, BlockKind] = {
    "heading_open": "heading",
    "paragraph_open": "prose",
    "html_block": "prose",
    "fence": "item",
    "code_block": "item",
    "tr_open": "item",
}


def _lines_span(text: str, starts: list[int], lines: list[int]) -> Span:
    last = min(lines[1], len(starts) - 1)
    return strip_span(text, Span(starts[lines[0]], starts[last]))


def _is_unshown(html: str) -> bool:
    """Whether a browser shows nothing of HTML: a comment, a script, a style sheet."""
    return (html.startswith("<!--") and html.find("-->") == len(html) - 3) or bool(
        _UNSHOWN.match(html)
    )


def _heading_title(raw: str) -> str:
    """A heading without its `#` marks or underline."""
    return re.sub(r"^#{1,6}\s+|\s+#+\s*$", "", raw.split("\n")[0]).strip() or raw


LOADER = MarkdownLoader()
