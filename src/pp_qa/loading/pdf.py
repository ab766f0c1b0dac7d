"""PDF: pages, headings and paragraphs rebuilt from the lines that pdfium sees."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pp_qa.errors import LoadError
from pp_qa.loading.building import Parsed, TextBuilder, document
from pp_qa.loading.pdf_columns import in_columns
from pp_qa.loading.pdf_edges import without_edges
from pp_qa.loading.pdf_layout import Layout, Paragraph, joined, words_of
from pp_qa.loading.pdf_lines import Entry, Line, PageLines, outline, read_page, tidy
from pp_qa.loading.pdf_tables import with_rows
from pp_qa.loading.structure import table_row
from pp_qa.types import Document, Page, Span

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_LOCK = threading.Lock()
"""pdfium is not made for threads."""
_NO_TITLE = re.compile(
    r"\(?(?:untitled|anonymous|unnamed|unknown)\)?\b.*|microsoft .*|.*\.(?:docx?|indd|tex|dvi|pptx?|rtf|pdf)",
    re.IGNORECASE,
)
"""Titles that programs give."""
_AMOUNT = re.compile(r"(?!(?:19|20)\d\d(?:\W\d{2,4})?\Z)[\W\d_]*\d[\W\d_]*")
"""What has no letters, as £5 or 9:00 - 17:00, but for years."""
_LONGEST_NAME = 50
"""Letters of a column's name."""
_RECOGNISE = "run text recognition (OCR) on"


class Placed(NamedTuple):
    """A paragraph, where it lies in the text, and the places in it where another page begins."""

    span: Span
    paragraph: Paragraph
    borders: tuple[tuple[int, int], ...]


class PdfLoader:
    suffixes = (".pdf",)

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        with _LOCK:
            opened = open_pdf(content)
            try:
                pages, entries, title = read(opened, range(len(opened)))
            finally:
                opened.close()
        pictures = [i for i, page in enumerate(pages, 1) if page.is_picture]
        if not any(page.lines for page in pages):
            reason = "it is made of pictures" if pictures else "its pages are empty"
            raise LoadError(f"has no text: {reason}; {_RECOGNISE} it, or replace it")
        parsed, places = compose(pages, entries)
        starts = _starts(places, len(pages), len(parsed.text))
        named = title or next((h.title for h in parsed.headings), "")
        return document(
            path,
            doc_id,
            content,
            replace(parsed, title=named),
            _pages(pages, starts, len(parsed.text)),
            {"unread": _unread(pictures)} if pictures else {},
        )


def open_pdf(content: bytes) -> PdfDocument:
    """Raises LoadError for what pdfium can't open."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    logging.getLogger(pypdfium2.__name__).setLevel(logging.ERROR)
    try:
        opened = pypdfium2.PdfDocument(content)
        if not len(opened):
            raise LoadError("has no pages; open it and save it again")
        if opened.get_formtype() != pdfium.FORMTYPE_NONE:
            opened.init_forms()
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise LoadError("is locked by a password; save a copy without one") from error
        raise LoadError("is damaged or no PDF; open it and save it again") from error
    return opened


def read(opened: PdfDocument, numbers: Iterable[int]) -> tuple[list[PageLines], list[Entry], str]:
    """Pages, counted from 0, with outline and title. Raises LoadError for what pdfium can't read."""
    import pypdfium2

    try:
        pages = [read_page(opened, i) for i in numbers]
        title = tidy(opened.get_metadata_value("Title"))
        return pages, outline(opened), "" if _NO_TITLE.fullmatch(title) else title
    except pypdfium2.PdfiumError as error:
        raise LoadError(f"is damaged ({error}); open it and save it again") from error


def kept_lines(
    pages: Sequence[PageLines], entries: Sequence[Entry]
) -> tuple[Layout, list[Paragraph | Line]]:
    """What the text is made of, in reading order, and what is usual in it."""
    for page in pages:
        page.lines = in_columns(page.lines)
    layout = Layout([line for page in pages for line in page.lines], entries)
    return layout, with_rows(without_edges(pages, layout))


def compose(pages: Sequence[PageLines], entries: Sequence[Entry]) -> tuple[Parsed, list[Placed]]:
    """The text that pages make, and where in it each paragraph lies."""
    builder = TextBuilder()
    layout, kept = kept_lines(pages, entries)
    words = words_of(line for page in pages for line in page.lines)
    placed: list[Placed] = []
    header, width = None, 0
    before: Paragraph | None = None
    for paragraph in layout.paragraphs(kept):
        text, borders = joined(paragraph.lines, words)
        gap = "\n" if before and _is_listed(before) and _is_listed(paragraph) else "\n\n"
        if paragraph.kind == "heading":
            span = builder.heading(text, paragraph.level)
        elif paragraph.is_row:
            cells = [joined(cell, words)[0] for cell in paragraph.cells]
            if begins := not (before and before.is_row and len(cells) <= width):
                header, width = None, len(cells)
            span = builder.add(table_row((), cells), "item", gap=gap, lead=header, complete=True)
            header = span if begins and _may_be_names(cells) else header
        else:
            span = builder.add(text, paragraph.kind, gap=gap)
        placed.append(Placed(span, paragraph, tuple(borders)))
        before = paragraph
    return builder.parsed(), placed


def _is_listed(paragraph: Paragraph) -> bool:
    return paragraph.kind == "item"


def _may_be_names(cells: Sequence[str]) -> bool:
    """Whether cells may name the columns under them: short ones, which name nothing beside them and
    hold no amounts and times."""
    short = all(len(cell) <= _LONGEST_NAME and cell[-1] not in ".:;,!?" for cell in cells)
    return short and not cells[0][0].isdigit() and not any(map(_AMOUNT.fullmatch, cells))


def _starts(placed: Sequence[Placed], count: int, length: int) -> list[int]:
    """Where each page starts: one without text where the next one does."""
    known: dict[int, int] = {}
    for span, paragraph, borders in placed:
        for offset, page in [(0, paragraph.lines[0].page), *borders]:
            known.setdefault(page, min(span.start + offset, span.end))
    starts, following = [0] * count, length
    for page in range(count - 1, -1, -1):
        following = starts[page] = min(known.get(page, following), following)
    return [0, *starts[1:]]


def _pages(pages: Sequence[PageLines], starts: Sequence[int], length: int) -> tuple[Page, ...]:
    spans = (Span(*ends) for ends in pairwise([*starts, length]))
    return tuple(
        Page(i, p.label, span) for i, (p, span) in enumerate(zip(pages, spans, strict=True), 1)
    )


def _unread(pictures: Sequence[int]) -> str:
    """Which pages have no text, and what to do about it."""
    ranges: list[list[int]] = []
    for number in pictures:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    named = ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in ranges)
    one = len(pictures) == 1
    subject = (
        f"page {named} has no text: it is a picture"
        if one
        else f"pages {named} have no text: they are pictures"
    )
    return f"{subject}; {_RECOGNISE} {'it' if one else 'them'}"


LOADER = PdfLoader()
