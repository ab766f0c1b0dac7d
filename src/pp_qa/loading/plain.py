"""Plain text: paragraphs, lists and unmarked headings, found by how the lines lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pp_qa.loading import content_hash
from pp_qa.loading.decoding import decode
from pp_qa.loading.structure import (
    Heading,
    dateline,
    is_navigation,
    sections,
    title_from_name,
    with_leads,
)
from pp_qa.text import strip_span
from pp_qa.types import Block, BlockKind, Document, Span

_ITEM = re.compile(r"(?:[-*+•◦▪‣·–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)])\s+\S")
_RULE = re.compile(r"([=\-~*_#])\1{2,}\s*$")
_CLOSED = re.compile(r"[.,;:!?…。！？][\"'”’»)\]]*$")
_HEADING_LENGTH = 100
_HEADING_WORDS = 14
_WRAP_WIDTHS = range(40, 101)
"""The widths at which people and mail programs break lines."""


class _Line(NamedTuple):
    span: Span
    indent: int
    after_blank: bool
    is_rule: bool


class PlainTextLoader:
    suffixes = (".txt", ".text")

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        text = decode(content)
        blocks, headings = parse(text)
        opens = bool(headings) and headings[0].span == blocks[0].span
        return Document(
            doc_id=doc_id,
            source=str(path),
            title=headings[0].title if opens else title_from_name(path.stem),
            text=text,
            content_hash=content_hash(content),
            sections=sections(headings, len(text)),
            blocks=blocks,
            details=dateline(text, blocks),
        )


def parse(text: str) -> tuple[tuple[Block, ...], list[Heading]]:
    """The blocks and headings of plain text."""
    blocks = _blocks(text, _lines(text))
    kinds = [_kind(text, blocks, i) for i in range(len(blocks))]
    blocks = [Block(b.span, kind) for b, kind in zip(blocks, kinds, strict=True)]
    headings = [Heading(_title(b.span.of(text)), b.span, 1) for b in blocks if b.kind == "heading"]
    return with_leads(text, blocks), headings


def _lines(text: str) -> list[_Line]:
    lines, start, after_blank = [], 0, True
    for raw in text.split("\n"):
        whole = Span(start, start + len(raw))
        start = whole.end + 1
        span = strip_span(text, whole)
        if not len(span):
            after_blank = True
            continue
        is_rule = _RULE.match(span.of(text)) is not None
        lines.append(_Line(span, span.start - whole.start, after_blank, is_rule))
        after_blank = False
    return lines


def _is_wrapped(lines: Sequence[_Line]) -> bool:
    """Whether paragraphs were broken into lines of one width, so that a line end means
    nothing: most lines that are followed directly by another fill the width."""
    inner = [
        len(line.span)
        for line, following in pairwise(lines)
        if not (following.after_blank or line.is_rule or following.is_rule)
    ]
    if len(inner) < 2:
        return False
    width = sorted(inner)[int(0.95 * (len(inner) - 1))]
    full = sum(0.7 * width <= length <= width * 1.1 for length in inner)
    return width in _WRAP_WIDTHS and full > 0.5 * len(inner)


def _blocks(text: str, lines: Sequence[_Line]) -> list[Block]:
    """Lines joined into paragraphs and items; items are marked, the rest is not told apart."""
    wrapped = _is_wrapped(lines)
    blocks: list[Block] = []
    indent = 0
    after_rule = False
    for line in lines:
        joins = bool(blocks) and not line.after_blank and not after_rule
        after_rule = line.is_rule
        if line.is_rule:  # an underline belongs to what it underlines
            joins = bool(blocks)
        elif _ITEM.match(text, line.span.start, line.span.end):
            blocks.append(Block(line.span, "item"))
            indent = line.indent
            continue
        elif joins and blocks[-1].kind == "item":
            joins = line.indent > indent
        else:
            joins = joins and wrapped
        if joins:
            blocks[-1] = Block(Span(blocks[-1].span.start, line.span.end), blocks[-1].kind)
        else:
            blocks.append(Block(line.span))
    return blocks


def _kind(text: str, blocks: Sequence[Block], i: int) -> BlockKind:
    block = blocks[i]
    line = block.span.of(text)
    if block.kind == "item":
        return "item"
    if is_navigation(line):
        return "navigation"
    return "heading" if _is_heading(line, text, blocks, i) else "prose"


def _title(heading: str) -> str:
    """A heading without the rule that underlines it."""
    return heading.partition("\n")[0].rstrip()


def _is_heading(line: str, text: str, blocks: Sequence[Block], i: int) -> bool:
    """A short line without closing punctuation that starts like a title and has text under it."""
    if "\n" in line:
        head, _, rule = line.partition("\n")
        return "\n" not in rule and _RULE.match(rule) is not None and bool(head.strip())
    words = line.split()
    if len(line) > _HEADING_LENGTH or len(words) > _HEADING_WORDS or _CLOSED.search(line):
        return False
    if not (line[0].isupper() or line[0].isdigit()) or not any(c.isalpha() for c in line):
        return False
    if i + 1 == len(blocks) or _RULE.match(line):
        return False
    following = blocks[i + 1]
    if following.kind == "item":
        return True
    return (
        len(following.span) > max(80, 1.5 * len(line))
        or _CLOSED.search(following.span.of(text)) is not None
    )


LOADER = PlainTextLoader()
