"""Plain text: paragraphs, lists and unmarked headings, found by how the lines lie."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from pathlib import Path

from pp_qa.loading import content_hash, subtitles
from pp_qa.loading.aligned import is_row, table_rows
from pp_qa.loading.decoding import decode
from pp_qa.loading.marks import marker_style
from pp_qa.loading.paged import unpaged
from pp_qa.loading.plain_headings import (
    CLOSED,
    LONGEST,
    RULE,
    Layout,
    Part,
    amounts_under,
    is_heading,
    is_numbered_heading,
    level,
    with_numbered_headings,
)
from pp_qa.loading.structure import (
    FIELD,
    Heading,
    facts,
    is_navigation,
    sections,
    title_from_name,
    with_leads,
)
from pp_qa.loading.wrapping import WIDTHS, Line, continuations
from pp_qa.text import strip_span
from pp_qa.types import Block, BlockKind, Document, Span


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
    layout = Layout(_is_spaced(text, lines), _is_indented(parts))
    rows = table_rows(text, [part.span for part in parts])
    listed = _unmarked_items(text, parts)
    for i in range(len(parts)):
        listed.update(amounts_under(text, parts, i))
    blocks = [
        Block(part.span, "item", rows.get(part.span))
        if part.span in rows or part in listed
        else Block(part.span, _kind(text, parts, i, layout))
        for i, part in enumerate(parts)
    ]
    blocks = with_numbered_headings(text, parts, blocks)
    blocks = _with_items_whole(parts, blocks)
    headings = [
        Heading(title, b.span, level(title))
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
        is_rule = RULE.match(span.of(text)) is not None
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


def _is_indented(parts: Sequence[Part]) -> bool:
    """Whether what is no item stands mostly right of the margin."""
    indents = [part.indent > 0 for part in parts if not part.style]
    return 2 * sum(indents) > len(indents)


def _parts(text: str, lines: Sequence[Line]) -> list[Part]:
    """Lines joined into paragraphs and items."""
    continued = continuations(text, lines)
    parts: list[Part] = []
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
            parts.append(Part(line.span, style, line.indent, opens))
    return parts


def _joins(text: str, line: Line, last: Part, opens: bool) -> bool:
    """Whether a line belongs to the part before it by how it lies: a rule to what it underlines,
    an indented line to an item."""
    if line.is_rule:
        return _can_be_underlined(text, line, last)
    return bool(last.style) and not opens and line.indent > last.indent


def _heads_columns(text: str, above: Part, below: Line | None) -> bool:
    """Whether a rule parts the names of columns from the rows under them."""
    if below is None or below.after_blank or above.style:
        return False
    return is_row(above.span.of(text)) and is_row(below.span.of(text))


def _can_be_underlined(text: str, rule: Line, above: Part) -> bool:
    """Whether a rule may be that of a heading: one of `_` sets a part of a message off."""
    closed = text[above.span.end - 1] in ".,;"
    short = len(above.span) <= LONGEST
    return short and not closed and text[rule.span.start] != "_"


def _kind(text: str, parts: Sequence[Part], i: int, layout: Layout) -> BlockKind:
    line = parts[i].span.of(text)
    if is_navigation(line):
        return "navigation"
    if parts[i].style:
        return "heading" if is_numbered_heading(text, parts, i, layout) else "item"
    if "\n" in line:
        return "heading" if _is_underlined(line) else "prose"
    return "heading" if is_heading(text, parts, i, layout.spaced) else "prose"


def _unmarked_items(text: str, parts: Sequence[Part]) -> set[Part]:
    """Short lines without marks, two or more, directly under a line that ends in a colon."""
    found: set[Part] = set()
    run: list[Part] | None = None
    for part in parts:
        line = part.span.of(text)
        goes_on = not (part.after_blank or part.style or FIELD.match(line) or CLOSED.search(line))
        if run is not None and goes_on and len(line) <= LONGEST:
            run.append(part)
            found.update(run[-2:] if len(run) > 1 else ())
        else:
            run = [] if line.endswith(":") and not part.style else None
    return found


def _title(heading: str) -> str:
    """A heading without the rule that underlines it."""
    return heading.partition("\n")[0].rstrip()


def _is_underlined(lines: str) -> bool:
    head, _, rule = lines.partition("\n")
    return "\n" not in rule and RULE.match(rule) is not None and bool(head.strip())


def _with_items_whole(parts: Sequence[Part], blocks: Sequence[Block]) -> list[Block]:
    """The blocks, where paragraphs right of an item's mark belong to it if its list goes on."""
    found = list(blocks)
    item: Part | None = None
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
