"""Headings of plain text that nothing marks: short lines that stand over others, and numbered ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from pp_qa.loading.aligned import is_row
from pp_qa.loading.structure import FIELD, introduces
from pp_qa.types import Block, Span

CLOSED = re.compile(r"[.,;:!?…。！？][\"'”’»)\]]*$")
_NUMBER = re.compile(r"\(?(\d+)[.)]\s+")
_SECTION = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
_NAMED = re.compile(
    r"(?:(?:section|chapter|article|part|appendix|abschnitt|kapitel|artikel|teil|anhang|art\.)\s+|§\s?)"
    r"(?:\d+[a-z]?(?:\.\d+)*|[ivxlc]+)\b[.:]?",
    re.IGNORECASE,
)
RULE = re.compile(r"([=\-~*_#])\1{2,}\s*$")
LONGEST = 100
_AMOUNT = re.compile(r"[\d½⅓¼¾⅔⅛]")
_FEWEST_AMOUNTS = 3
_HEADING_WORDS = 14


class Part(NamedTuple):
    """A paragraph, a heading or an item before it is told which; only items have a `style`."""

    span: Span
    style: str
    indent: int
    after_blank: bool


class Layout(NamedTuple):
    """How a text lies: whether blank lines stand between its paragraphs, and whether only headings
    stand at the margin."""

    spaced: bool
    indented: bool


def is_heading(text: str, parts: Sequence[Part], i: int, spaced: bool) -> bool:
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
    if amounts_under(text, parts, i):
        return True
    if _is_in_two_lines(text, parts, i) or (i and _is_in_two_lines(text, parts, i - 1)):
        return True
    below = following.span.of(text)
    if alone and (_is_over_its_parts(line, below) or (is_row(below) and not FIELD.match(line))):
        return True
    if spaced and not part.after_blank:
        return False
    if following.style == "number" and _is_within_numbers(text, part, following):
        return False
    if following.style or len(following.span) > max(80, 1.5 * len(line)):
        return True
    # Of lines that follow each other directly, as in a poem, a heading is much the shorter.
    named = _NAMED.match(line) is not None
    much = 2 * len(line) if spaced and not (following.after_blank or named) else 0
    return len(following.span) >= much and CLOSED.search(below) is not None


def _is_within_numbers(text: str, part: Part, following: Part) -> bool:
    """Whether `Action: clerk` stands at the end of what is under one number, over the next one."""
    line = part.span.of(text)
    number = _NUMBER.match(text, following.span.start, following.span.end)
    goes_on = number is not None and int(number[1]) > 1
    return goes_on and FIELD.match(line) is not None and not _NAMED.match(line)


def amounts_under(text: str, parts: Sequence[Part], i: int) -> Sequence[Part]:
    """The short lines directly under one like a title, where most begin with an amount or a time, as
    under the `Ingredients` of a recipe."""
    line = parts[i].span.of(text)
    if not (parts[i].after_blank and line[0].isupper() and _is_like_title(line)):
        return ()
    below = (parts[j] for j in range(i + 1, len(parts)))
    under = list(takewhile(lambda part: _may_be_counted(text, part), below))
    counted = sum(_AMOUNT.match(part.span.of(text)) is not None for part in under)
    return under if counted >= max(_FEWEST_AMOUNTS, len(under) / 2) else ()


def _may_be_counted(text: str, part: Part) -> bool:
    line = part.span.of(text)
    return not (part.after_blank or part.style or len(line) > LONGEST or CLOSED.search(line))


def _is_in_two_lines(text: str, parts: Sequence[Part], i: int) -> bool:
    """Whether `CHAPTER II.` stands right over its title, and both alone."""
    above, below, *after = parts[i : i + 3]
    lines = above.span.of(text), below.span.of(text)
    alone = above.after_blank and not below.after_blank and bool(after) and after[0].after_blank
    return alone and bool(_NAMED.fullmatch(lines[0])) and _is_like_title(lines[1])


def _is_dated(text: str, parts: Sequence[Part]) -> bool:
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
    if len(line) > LONGEST or len(line.split()) > _HEADING_WORDS or RULE.match(line):
        return False
    if not (line[0].isupper() or line[0].isdigit() or line[0] == "§"):
        return False
    if not any(c.isalpha() or c == "§" for c in line):
        return False
    return CLOSED.search(_NAMED.sub("", line, count=1)) is None


def _is_field(text: str, parts: Sequence[Part], i: int) -> bool:
    """Whether this is one of several `Key: value` lines directly under each other."""
    above = i > 0 and not parts[i].after_blank
    below = i + 1 < len(parts) and not parts[i + 1].after_blank
    near = [j for j, directly in ((i - 1, above), (i + 1, below)) if directly]
    return _has_key(text, parts[i]) and any(_has_key(text, parts[j]) for j in near)


def _has_key(text: str, part: Part) -> bool:
    return not part.style and FIELD.match(text, part.span.start, part.span.end) is not None


def is_numbered_heading(text: str, parts: Sequence[Part], i: int, layout: Layout) -> bool:
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


def _is_numbered_title(text: str, parts: Sequence[Part], i: int) -> bool:
    part, line = parts[i], parts[i].span.of(text)
    if part.style != "number" or part.indent or i + 1 == len(parts):
        return False
    title = _NUMBER.sub("", line, count=1)
    return "\n" not in title and _is_like_title(title) and parts[i + 1].style != "number"


def with_numbered_headings(
    text: str, parts: Sequence[Part], blocks: Sequence[Block]
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


def level(heading: str) -> int:
    """How deep a heading lies by its number: 2 for `2.1 Data`."""
    number = _SECTION.match(heading)
    return number[1].count(".") + 1 if number else 1
