"""What every text format shares: leads of lists, sections under headings, datelines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from pp_qa.datelines import dateline_of
from pp_qa.text import sentence_spans
from pp_qa.types import Block, Section, Span


class Heading(NamedTuple):
    """A heading's text, its place, and its level from 1 (outermost)."""

    title: str
    span: Span
    level: int


_NAVIGATION = re.compile(
    r"(?:must read|also read|read also|read more|read next|related(?: articles?| stor(?:y|ies))?"
    r"|see also|recommended|advertisement|sponsored|subscribe|sign up|share this|click here)"
    r"\s*(?::|$)",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(r":$|\b(?:as follows|the following)\b[^.]*[.:]?$", re.IGNORECASE)

_LONGEST_LEAD = 500
"""Code points: what introduces a list is not longer, and a search in it takes no time."""


def is_navigation(line: str) -> bool:
    """Whether a line sends the reader elsewhere ("Must read: …") instead of saying something."""
    return _NAVIGATION.match(line) is not None


def with_leads(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Tie each run of list items to the line that introduces it: the last sentence of the
    paragraph before it when it announces a list, or the heading it stands under."""
    linked: list[Block] = []
    headers = {block.lead for block in blocks if block.lead}
    for block in blocks:
        if block.kind == "item" and block.lead is None and linked:
            lead = _lead(text, linked)
            # What follows a table is no row of it.
            block = replace(block, lead=None if lead in headers else lead)
        linked.append(block)
    return tuple(linked)


def _lead(text: str, before: list[Block]) -> Span | None:
    """The lead of an item that follows `before`; a paragraph is split to set it apart."""
    last = before[-1]
    if last.kind in ("item", "lead", "heading"):
        return last.lead if last.kind == "item" else last.span
    if last.kind != "prose" or not _introduces(text, last.span):
        return None
    lead = sentence_spans(text, last.span)[-1]
    if len(lead) > _LONGEST_LEAD or not _introduces(text, lead):
        return None
    before.pop()
    if len(rest := Span(last.span.start, lead.start).of(text).rstrip()):
        before.append(Block(Span(last.span.start, last.span.start + len(rest))))
    before.append(Block(lead, "lead"))
    return lead


def _introduces(text: str, span: Span) -> bool:
    return (
        _INTRODUCES.search(text[max(span.start, span.end - _LONGEST_LEAD) : span.end]) is not None
    )


def sections(headings: Iterable[Heading], length: int) -> tuple[Section, ...]:
    """Sections that tile `[0, length)`: each heading opens one, and closes those of its own
    level and deeper. Text before the first heading is a section with an empty path."""
    found: list[Section] = []
    path: list[Heading] = []
    start = 0
    for heading in headings:
        if heading.span.start > start:
            found.append(Section(tuple(h.title for h in path), Span(start, heading.span.start)))
        path = [*(h for h in path if h.level < heading.level), heading]
        start = heading.span.start
    if length > start:
        found.append(Section(tuple(h.title for h in path), Span(start, length)))
    return tuple(found)


def dateline(text: str, blocks: Iterable[Block]) -> dict[str, str]:
    """`publisher` and `date` where one of the first blocks opens with a news dateline."""
    return next((found for b in list(blocks)[:6] if (found := dateline_of(b.span.of(text)))), {})


def title_from_name(stem: str) -> str:
    """A file's name made readable, for a document that names itself nowhere."""
    words = re.sub(r"[-_\s]+", " ", stem).strip() or stem
    return words[:1].upper() + words[1:]
