"""What every text format shares: leads of lists, sections under headings, datelines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise, zip_longest
from typing import NamedTuple

from pp_qa.datelines import dateline_of
from pp_qa.loading.marks import marker_style, with_typed_lists
from pp_qa.text import sentence_spans, strip_span
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
_LISTED = re.compile(r"(?:\.{4}|(?:\. ){4})[. ]*(?:\d{1,4}|[ivxlc]{1,8})\Z")
"""How a line of a table of contents ends."""
_LONGEST_LISTED = 100
_INTRODUCES = re.compile(r":$|\b(?:as follows|the following)\b[^.]*[.:]?$", re.IGNORECASE)

FIELD = re.compile(r"[^\W\d_][^:\n]{0,29}:\s+\S")
"""A `Key: value` line."""
_BLANK = re.compile(r"\n[^\S\n]*\n")

_ASKS = r"(?:> ?)*[*_]*(?:Q|Question|Frage)[ \t]*\d*[:.)][*_]*(?=\s)"
_REPLIES = r"(?:> ?)*[*_]*(?:A|Answer|Antwort)[ \t]*\d*[:.)][*_]*(?=\s)"
_ASKED = re.compile(_ASKS)
_NUMBERED = re.compile(r"\(?\d{1,3}[.)](?=\s)")
_REPLIED = re.compile(_REPLIES)
_LABELLED_LINE = re.compile(rf"^[ \t]*(?:{_ASKS}|{_REPLIES})", re.MULTILINE)
_QUESTION = re.compile(r"\w.*\?[\"'”’»)*_]*\Z", re.DOTALL)
_LONGEST_QUESTION = 200
_STAMP = re.compile(r"\[[^\]\n]{1,40}\]\s|\d[\d/.:, ]{6,24}(?:[ap]m )?[-–] ", re.IGNORECASE)
"""When something was said, in front of it: another speaks then."""

_LABEL = re.compile(r"[^\n]*[^\W_][)*_]*")
_LONGEST_LABEL = 80
_LONGEST_LEAD = 500
"""Code points: what introduces a list is not longer, and a search in it takes no time."""


def table_row(header: Sequence[str], cells: Sequence[str]) -> str:
    """A row of a table as one line, each cell with the header of its column, so that it can be
    quoted alone: `Country: France; Capital: Paris`. Empty cells are left out; one that ends in a
    colon names the one after it."""
    found: list[str] = []
    for name, cell in zip_longest(header, cells, fillvalue=""):
        name, cell = " ".join(name.split()).rstrip(":"), " ".join(cell.split())
        if cell and not name and found and found[-1].endswith(":"):
            found[-1] += f" {cell}"
        elif cell:
            found.append(f"{name}: {cell}" if name else cell)
    return "; ".join(found)


def is_navigation(line: str) -> bool:
    """Whether a line sends the reader elsewhere ("Must read: …", "Data ..... 12") instead of saying
    something."""
    return (
        _NAVIGATION.match(line) is not None or _LISTED.search(line[-_LONGEST_LISTED:]) is not None
    )


def with_leads(
    text: str, blocks: Sequence[Block], complete: Collection[Span] = ()
) -> tuple[Block, ...]:
    """Tie each run of list items to the line that introduces it: the last sentence of the
    paragraph before it when it announces a list, or the heading it stands under. An answer is
    tied to its question in the same way. Items that are `complete` need no introduction, as
    the rows of a table that are written with their header, nor does a row that is a header; other
    `complete` blocks hold no list."""
    linked: list[Block] = []
    run: list[_Marked] = []
    headers = {block.lead for block in blocks if block.lead}
    after_answer = False
    for block in _with_answers(text, with_typed_lists(text, blocks, complete)):
        is_answer = block.lead is not None and block.lead not in headers
        if block.kind != "item" or is_answer or block.span in complete or block.span in headers:
            run = []
        elif block.lead is None and linked:
            marked = _Marked(_indent(text, block.span), marker_style(text, block.span))
            ended = _ends_list(run, marked) and _is_blank_between(text, linked[-1], block)
            run = _with_item([] if ended else run, marked)
            unannounced = after_answer and not introduces(text, linked[-1].span)
            lead = None if ended or unannounced else _lead(text, linked, block)
            # What follows a table is no row of it.
            block = replace(block, lead=None if lead in headers else lead)
        after_answer = is_answer
        linked.append(block)
    return tuple(linked)


class _Marked(NamedTuple):
    """How an item of a list is marked."""

    indent: int
    style: str


def _with_item(run: Sequence[_Marked], item: _Marked) -> list[_Marked]:
    """An item and those it is nested in, from the outermost; unmarked text changes nothing."""
    return [*(outer for outer in run if outer.indent < item.indent), item] if item.style else [*run]


def _ends_list(run: Sequence[_Marked], item: _Marked) -> bool:
    """Whether an item is marked otherwise than those that stand as far out as it does."""
    like = next((other for other in run if other.indent >= item.indent), item)
    return bool(item.style) and like.style != item.style


def _indent(text: str, span: Span) -> int:
    return span.start - text.rfind("\n", 0, span.start) - 1


def _is_blank_between(text: str, before: Block, block: Block) -> bool:
    return _BLANK.search(text, before.span.end, block.span.start) is not None


def _with_answers(text: str, blocks: Iterable[Block]) -> list[Block]:
    """A question that stands alone becomes the lead of the paragraph after it, and of what stands
    directly under that, where a blank line is above the question."""
    found: list[Block] = []
    open_to: Span | None = None
    for block in [part for whole in blocks for part in _split_at_labels(text, whole)]:
        question = found[-1] if found and _may_ask(text, found) else None
        if question and not _is_question(text, block) and _may_reply(text, question, block):
            begins = len(found) == 1 or _is_blank_between(text, found[-2], question)
            open_to = question.span if begins else None
            found[-1] = Block(question.span, "lead")
            block = Block(block.span, "item", question.span)
        elif open_to and block.kind == "prose" and not _is_blank_between(text, found[-1], block):
            ends = block.span.start, block.span.end
            labelled = FIELD.match(text, *ends) or _STAMP.match(text, *ends)
            open_to = None if labelled or _is_question(text, block) else open_to
            block = Block(block.span, "item", open_to) if open_to else block
        else:
            open_to = None
        found.append(block)
    return found


def _split_at_labels(text: str, block: Block) -> list[Block]:
    """A paragraph whose lines begin with `Q:` and `A:`, split where they do."""
    span = block.span
    if block.kind != "prose":
        return [block]
    cuts = [m.start() for m in _LABELLED_LINE.finditer(text, span.start, span.end)]
    bounds = [span.start, *(cut for cut in cuts if cut > span.start), span.end]
    parts = [Block(strip_span(text, Span(*ends))) for ends in pairwise(bounds)]
    asked = any(_has_label(_ASKED, text, p) and _is_question(text, p) for p in parts)
    return parts if asked else [block]


def _may_ask(text: str, found: Sequence[Block]) -> bool:
    """Whether the last block is a question to which an answer may follow: to a list of questions,
    none does."""
    *_, before, last = None, *found
    listed = before is not None and before.kind == "item" and _is_question(text, before)
    return not listed and _is_question(text, last)


def _is_question(text: str, block: Block) -> bool:
    """Whether a paragraph, or an item with a label or a number, is one short sentence that asks."""
    span = block.span
    label = _ASKED.match(text, span.start, span.end) or _NUMBERED.match(text, span.start, span.end)
    if block.kind != "prose" and not (block.kind == "item" and label and not block.lead):
        return False
    asked = strip_span(text, Span(label.end() if label else span.start, span.end))
    if len(asked) > _LONGEST_QUESTION or not _QUESTION.search(text, asked.start, asked.end):
        return False
    return len(sentence_spans(text, asked)) == 1


def _may_reply(text: str, question: Block, block: Block) -> bool:
    """Whether a block can be an answer; `A.` marks one only after `Q.`, not after any question. In a
    list it is the rest of an item that asks."""
    if block.kind != "item":
        return block.kind == "prose"
    labelled = _has_label(_ASKED, text, question) and _has_label(_REPLIED, text, block)
    goes_on = question.kind == "item" and not marker_style(text, block.span)
    return (labelled or goes_on) and block.lead is None


def _has_label(label: re.Pattern[str], text: str, block: Block) -> bool:
    return label.match(text, block.span.start, block.span.end) is not None


def _lead(text: str, before: list[Block], item: Block) -> Span | None:
    """The lead of an item that follows `before`; a paragraph is split to set it apart."""
    last = before[-1]
    if last.kind in ("item", "lead", "heading"):
        return last.lead if last.kind == "item" else last.span
    if _is_label(text, last, item):
        before[-1] = Block(last.span, "lead")
        return last.span
    if last.kind != "prose" or not introduces(text, last.span):
        return None
    lead = sentence_spans(text, last.span)[-1]
    if len(lead) > _LONGEST_LEAD or not introduces(text, lead):
        return None
    before.pop()
    if len(rest := Span(last.span.start, lead.start).of(text).rstrip()):
        before.append(Block(Span(last.span.start, last.span.start + len(rest))))
    before.append(Block(lead, "lead"))
    return lead


def _is_label(text: str, above: Block, item: Block) -> bool:
    """Whether a short line that is no sentence stands right over an item: `To do`."""
    line = above.span.of(text)
    if above.kind != "prose" or len(line) > _LONGEST_LABEL or not _LABEL.fullmatch(line):
        return False
    directly = not _is_blank_between(text, above, item)
    return directly and FIELD.match(line) is None and bool(marker_style(text, item.span))


def introduces(text: str, span: Span) -> bool:
    """Whether what a span ends with announces a list."""
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


def facts(text: str, blocks: Iterable[Block], said: Mapping[str, str]) -> dict[str, str]:
    """What is known of a document: `publisher` and `date` where one of the first blocks opens with
    a news dateline, and before them what is `said` elsewhere, unless it is empty."""
    first = (dateline_of(b.span.of(text)) for b in islice(blocks, 6))
    return next(filter(None, first), {}) | {name: word for name, word in said.items() if word}


def title_from_name(stem: str) -> str:
    """A file's name made readable, for a document that names itself nowhere."""
    words = re.sub(r"[-_\s]+", " ", stem).strip() or stem
    return words[:1].upper() + words[1:]
