"""Plain text: paragraphs, lists and unmarked headings, found by how the lines lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import NamedTuple

from pp_qa.loading import content_hash, subtitles
from pp_qa.loading.aligned import is_row, table_rows
from pp_qa.loading.decoding import decode
from pp_qa.loading.marks import marker_style
from pp_qa.loading.paged import unpaged
from pp_qa.loading.structure import (
    FIELD,
    Heading,
    facts,
    introduces,
    is_navigation,
    sections,
    title_from_name,
    with_leads,
)
from pp_qa.loading.wrapping import WIDTHS, Line, continuations
from pp_qa.text import strip_span
from pp_qa.types import Block, BlockKind, Document, Span

_RULE = re.compile(r"([=\-~*_#])\1{2,}\s*$")
_CLOSED = re.compile(r"[.,;:!?…。！？][\"'”’»)\]]*$")
_NUMBER = re.compile(r"\(?(\d+)[.)]\s+")
_SECTION = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
_NAMED = re.compile(
    r"(?:(?:section|chapter|article|part|appendix|abschnitt|kapitel|artikel|teil|anhang|art\.)\s+|§\s?)"
    r"(?:\d+[a-z]?(?:\.\d+)*|[ivxlc]+)\b[.:]?",
    re.IGNORECASE,
)
_HEADING_LENGTH = 100
_HEADING_WORDS = 14


class _Part(NamedTuple):
    """A paragraph, a heading or an item before it is told which; only items have a `style`."""

    span: Span
    style: str
    indent: int
    after_blank: bool


class _Layout(NamedTuple):
    """How a text lies: whether blank lines stand between its paragraphs, and whether only headings
    stand at the margin."""

    spaced: bool
    indented: bool


class PlainTextLoader:
    suffixes = (".txt", ".text")

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        decoded, unread = decode(content)
        if subtitles.are_subtitles(decoded):
            return subtitles.LOADER.load(path, doc_id, content)
        text, pages = unpaged(decoded)
        blocks, headings = parse(text)
        opens = bool(headings) and headings[0].span == blocks[0].span
        return Document(
            doc_id=doc_id,
            source=str(path),
            title=headings[0].title if opens else title_from_name(path.stem),
            text=text,
            content_hash=content_hash(content),
            sections=sections(headings, len(text)),
            pages=pages,
            blocks=blocks,
            details=facts(text, blocks, {"unread": unread}),
        )


def parse(text: str) -> tuple[tuple[Block, ...], list[Heading]]:
    """The blocks and headings of plain text."""
    lines = _lines(text)
    parts = _parts(text, lines)
    layout = _Layout(_is_spaced(text, lines), _is_indented(parts))
    rows = table_rows(text, [part.span for part in parts])
    listed = _unmarked_items(text, parts)
    blocks = [
        Block(part.span, "item", rows.get(part.span))
        if part.span in rows or part in listed
        else Block(part.span, _kind(text, parts, i, layout))
        for i, part in enumerate(parts)
    ]
    blocks = _with_numbered_headings(text, parts, blocks)
    blocks = _with_items_whole(parts, blocks)
    headings = [
        Heading(title, b.span, _level(title))
        for b in blocks
        if b.kind == "heading" and (title := _title(b.span.of(text)))
    ]
    return with_leads(text, blocks), headings


def _lines(text: str) -> list[Line]:
    lines, start, after_blank = [], 0, True
    for raw in text.split("\n"):
        whole = Span(start, start + len(raw))
        start = whole.end + 1
        span = strip_span(text, whole)
        if not span.of(text).strip("> "):  # a blank line may be quoted in a message
            after_blank = True
            continue
        is_rule = _RULE.match(span.of(text)) is not None
        lines.append(Line(span, span.start - whole.start, after_blank, is_rule))
        after_blank = False
    return lines


def _is_spaced(text: str, lines: Sequence[Line]) -> bool:
    """Whether blank lines stand between paragraphs: more often than a line too long to be a
    part of a paragraph is followed directly by another."""
    gaps = sum(line.after_blank for line in lines[1:])
    run_on = sum(
        len(line.span) > WIDTHS[-1]
        and not following.after_blank
        and not marker_style(text, line.span)
        and not marker_style(text, following.span)
        for line, following in pairwise(lines)
    )
    return gaps > run_on


def _is_indented(parts: Sequence[_Part]) -> bool:
    """Whether what is no item stands mostly right of the margin."""
    indents = [part.indent > 0 for part in parts if not part.style]
    return 2 * sum(indents) > len(indents)


def _parts(text: str, lines: Sequence[Line]) -> list[_Part]:
    """Lines joined into paragraphs and items."""
    continued = continuations(text, lines)
    parts: list[_Part] = []
    after_rule = False
    for line, below in zip_longest(lines, lines[1:]):
        opens = line.after_blank or after_rule
        after_rule = line.is_rule
        style = "" if line.is_rule else marker_style(text, line.span)
        heads = line.is_rule and bool(parts) and _heads_columns(text, parts[-1], below)
        goes_on = line in continued or (parts and _joins(text, line, parts[-1], opens))
        if parts and not (style or heads) and goes_on:
            parts[-1] = parts[-1]._replace(span=Span(parts[-1].span.start, line.span.end))
        else:
            parts.append(_Part(line.span, style, line.indent, opens))
    return parts


def _joins(text: str, line: Line, last: _Part, opens: bool) -> bool:
    """Whether a line belongs to the part before it by how it lies: a rule to what it underlines,
    an indented line to an item."""
    if line.is_rule:
        return _can_be_underlined(text, line, last)
    return bool(last.style) and not opens and line.indent > last.indent


def _heads_columns(text: str, above: _Part, below: Line | None) -> bool:
    """Whether a rule parts the names of columns from the rows under them."""
    if below is None or below.after_blank or above.style:
        return False
    return is_row(above.span.of(text)) and is_row(below.span.of(text))


def _can_be_underlined(text: str, rule: Line, above: _Part) -> bool:
    """Whether a rule may be that of a heading: one of `_` sets a part of a message off."""
    closed = text[above.span.end - 1] in ".,;"
    short = len(above.span) <= _HEADING_LENGTH
    return short and not closed and text[rule.span.start] != "_"


def _kind(text: str, parts: Sequence[_Part], i: int, layout: _Layout) -> BlockKind:
    line = parts[i].span.of(text)
    if is_navigation(line):
        return "navigation"
    if parts[i].style:
        return "heading" if _is_numbered_heading(text, parts, i, layout) else "item"
    if "\n" in line:
        return "heading" if _is_underlined(line) else "prose"
    return "heading" if _is_heading(text, parts, i, layout.spaced) else "prose"


def _unmarked_items(text: str, parts: Sequence[_Part]) -> set[_Part]:
    """Short lines without marks, two or more, directly under a line that ends in a colon."""
    found: set[_Part] = set()
    run: list[_Part] | None = None
    for part in parts:
        line = part.span.of(text)
        goes_on = not (part.after_blank or part.style or FIELD.match(line) or _CLOSED.search(line))
        if run is not None and goes_on and len(line) <= _HEADING_LENGTH:
            run.append(part)
            found.update(run[-2:] if len(run) > 1 else ())
        else:
            run = [] if line.endswith(":") and not part.style else None
    return found


def _level(heading: str) -> int:
    """How deep a heading lies by its number: 2 for `2.1 Data`."""
    number = _SECTION.match(heading)
    return number[1].count(".") + 1 if number else 1


def _title(heading: str) -> str:
    """A heading without the rule that underlines it."""
    return heading.partition("\n")[0].rstrip()


def _is_underlined(lines: str) -> bool:
    head, _, rule = lines.partition("\n")
    return "\n" not in rule and _RULE.match(rule) is not None and bool(head.strip())


def _is_heading(text: str, parts: Sequence[_Part], i: int, spaced: bool) -> bool:
    """A line like a title that has text under it. Where blank lines stand between paragraphs,
    one stands above the heading too."""
    part, line = parts[i], parts[i].span.of(text)
    if i + 1 == len(parts) or not _is_like_title(line) or _is_field(text, parts, i):
        return False
    following = parts[i + 1]
    alone = part.after_blank and following.after_blank
    if alone and (i == 0 or line.isupper() or _NAMED.match(line)):
        return True
    if i == 0 and (_is_field(text, parts, 1) or _is_dated(text, parts)):
        return True
    if _is_in_two_lines(text, parts, i) or (i and _is_in_two_lines(text, parts, i - 1)):
        return True
    below = following.span.of(text)
    if alone and (_is_over_its_parts(line, below) or (is_row(below) and not FIELD.match(line))):
        return True
    if spaced and not part.after_blank:
        return False
    if following.style or len(following.span) > max(80, 1.5 * len(line)):
        return True
    # Of lines that follow each other directly, as in a poem, a heading is much the shorter.
    named = _NAMED.match(line) is not None
    much = 2 * len(line) if spaced and not (following.after_blank or named) else 0
    return len(following.span) >= much and _CLOSED.search(below) is not None


def _is_in_two_lines(text: str, parts: Sequence[_Part], i: int) -> bool:
    """Whether `CHAPTER II.` stands right over its title, and both alone."""
    above, below, *after = parts[i : i + 3]
    lines = above.span.of(text), below.span.of(text)
    alone = above.after_blank and not below.after_blank and bool(after) and after[0].after_blank
    return alone and bool(_NAMED.fullmatch(lines[0])) and _is_like_title(lines[1])


def _is_dated(text: str, parts: Sequence[_Part]) -> bool:
    """Whether the first two lines stand alone and tell when the text is from."""
    second = parts[1].span.of(text)
    if parts[1].after_blank or not _is_like_title(second):
        return False
    apart = len(parts) == 2 or parts[2].after_blank
    return apart and _YEAR.search(f"{parts[0].span.of(text)} {second}") is not None


def _is_over_its_parts(line: str, following: str) -> bool:
    """Whether `2 Data` stands over `2.1 Sources`."""
    number, part = _SECTION.match(line), _SECTION.match(following)
    return number is not None and part is not None and part[1].startswith(f"{number[1]}.")


def _is_like_title(line: str) -> bool:
    """A short line without closing punctuation that starts like a title."""
    if len(line) > _HEADING_LENGTH or len(line.split()) > _HEADING_WORDS or _RULE.match(line):
        return False
    if not (line[0].isupper() or line[0].isdigit() or line[0] == "§"):
        return False
    if not any(c.isalpha() or c == "§" for c in line):
        return False
    return _CLOSED.search(_NAMED.sub("", line, count=1)) is None


def _is_field(text: str, parts: Sequence[_Part], i: int) -> bool:
    """Whether this is one of several `Key: value` lines directly under each other."""
    above = i > 0 and not parts[i].after_blank
    below = i + 1 < len(parts) and not parts[i + 1].after_blank
    near = [j for j, directly in ((i - 1, above), (i + 1, below)) if directly]
    return _has_key(text, parts[i]) and any(_has_key(text, parts[j]) for j in near)


def _has_key(text: str, part: _Part) -> bool:
    return not part.style and FIELD.match(text, part.span.start, part.span.end) is not None


def _is_numbered_heading(text: str, parts: Sequence[_Part], i: int, layout: _Layout) -> bool:
    """A numbered line like a title, with other text under it than the next number, which no
    number goes before and no line announces as an item. Where all text but headings stands right
    of the margin, one at the margin is a heading."""
    if not (parts[i].after_blank and _is_numbered_title(text, parts, i)):
        return False
    if layout.indented:
        return True
    if parts[i + 1].indent:
        return False
    before = next((parts[j] for j in range(i - 1, -1, -1) if not parts[j].indent), None)
    return before is None or not (before.style == "number" or introduces(text, before.span))


def _is_numbered_title(text: str, parts: Sequence[_Part], i: int) -> bool:
    part, line = parts[i], parts[i].span.of(text)
    if part.style != "number" or part.indent or i + 1 == len(parts):
        return False
    title = _NUMBER.sub("", line, count=1)
    return "\n" not in title and _is_like_title(title) and parts[i + 1].style != "number"


def _with_numbered_headings(
    text: str, parts: Sequence[_Part], blocks: Sequence[Block]
) -> list[Block]:
    """The blocks, where `2. Hall` is a heading as `1. Budget` is, though no blank line is above it."""
    found: list[Block] = []
    following = 0
    for i, (part, block) in enumerate(zip(parts, blocks, strict=True)):
        mark = (
            _NUMBER.match(text, part.span.start, part.span.end) if part.style == "number" else None
        )
        number = int(mark[1]) if mark else 0
        goes_on = block.kind == "item" and 0 < number == following
        if goes_on and _is_numbered_title(text, parts, i) and not parts[i + 1].indent:
            block = Block(block.span, "heading")
        if block.kind == "heading" and number:
            following = number + 1
        found.append(block)
    return found


def _with_items_whole(parts: Sequence[_Part], blocks: Sequence[Block]) -> list[Block]:
    """The blocks, where paragraphs right of an item's mark belong to it if its list goes on."""
    found = list(blocks)
    item: _Part | None = None
    under: list[int] = []
    for i, part in enumerate(parts):
        if item and found[i].kind == "prose" and part.indent > item.indent:
            under.append(i)
            continue
        if item and found[i].kind == "item" and (part.style, part.indent) == item[1:3]:
            for j in under:
                found[j] = Block(found[j].span, "item")
        item = part if part.style and found[i].kind == "item" else None
        under = []
    return found


LOADER = PlainTextLoader()
