"""Canonical text put together block by block, for formats whose bytes are not the text itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pp_qa.loading import content_hash
from pp_qa.loading.structure import (
    Heading,
    facts,
    sections,
    table_row,
    title_from_name,
    with_leads,
)
from pp_qa.text import canonical, strip_span
from pp_qa.types import Block, BlockKind, Document, Page, Span

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Canonical text with its blocks and headings; `title` is "" where nothing names it."""

    text: str
    blocks: tuple[Block, ...]
    headings: tuple[Heading, ...]
    title: str = ""


class TextBuilder:
    """Joins blocks into one text and knows where each of them lies.

    `gap` is what stands between a block and the one before it: an empty line between
    paragraphs, a line end and the indentation between the items of a list.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._headings: list[Heading] = []
        self._complete: set[Span] = set()
        self.length = 0

    def add(
        self,
        text: str,
        kind: BlockKind = "prose",
        *,
        gap: str = "\n\n",
        lead: Span | None = None,
        complete: bool = False,
    ) -> Span:
        """Append a block and say where it lies; white space makes none, and its span is empty.

        An item is tied to the line that introduces its list when all is put together, unless
        it has a `lead` or is `complete` in itself, as a row with its header is.
        """
        text = readable(text).strip("\n").rstrip()
        if not text.strip():
            return Span(self.length, self.length)
        gap = gap if self._parts else ""
        start = self.length + len(gap)
        self._parts += [gap, text]
        self.length = start + len(text)
        inner = strip_span(text, Span(0, len(text)))
        span = Span(start + inner.start, start + inner.end)
        self._blocks.append(Block(span, kind, lead or None))
        if complete:
            self._complete.add(span)
        return span

    def heading(self, text: str, level: int) -> Span:
        """Append a heading, `level` 1 for the outermost. It stands on one line."""
        line = " ".join(readable(text).split())
        span = self.add(line, "heading")
        if span:
            self._headings.append(Heading(line, span, level))
        return span

    def row(self, header: Sequence[str], cells: Sequence[str], gap: str = "\n") -> Span:
        """Append a row of a table, each cell with the header of its column."""
        return self.add(table_row(header, cells), "item", gap=gap, complete=True)

    def include(self, part: Parsed, gap: str = "\n\n") -> Span:
        """Append a text that was put together elsewhere, as it is: a chapter, an attachment."""
        if not part.text.strip():
            return Span(self.length, self.length)
        gap = gap if self._parts else ""
        start = self.length + len(gap)
        self._parts += [gap, part.text]
        self.length = start + len(part.text)
        for block in part.blocks:
            moved = Block(
                _moved(block.span, start),
                block.kind,
                _moved(block.lead, start) if block.lead else None,
            )
            self._blocks.append(moved)
            self._complete.add(moved.span)
        self._headings += [h._replace(span=_moved(h.span, start)) for h in part.headings]
        return Span(start, self.length)

    def parsed(self, title: str = "") -> Parsed:
        """All that was appended, each list tied to its introduction."""
        text = "".join(self._parts)
        blocks = with_leads(text, self._blocks, self._complete)
        return Parsed(text, blocks, tuple(self._headings), " ".join(readable(title).split()))


def document(
    path: Path,
    doc_id: str,
    content: bytes,
    parsed: Parsed,
    pages: tuple[Page, ...] = (),
    details: Mapping[str, str] | None = None,
) -> Document:
    """The document that a file's text and structure make; `details` go before the dateline's,
    where they say something."""
    return Document(
        doc_id=doc_id,
        source=str(path),
        title=parsed.title or title_from_name(path.stem),
        text=parsed.text,
        content_hash=content_hash(content),
        sections=sections(parsed.headings, len(parsed.text)),
        pages=pages,
        blocks=parsed.blocks,
        details=facts(parsed.text, parsed.blocks, details or {}),
    )


def readable(text: str) -> str:
    """Canonical text without the characters that nobody sees."""
    return canonical(_NO_TEXT.sub(" ", text))


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
