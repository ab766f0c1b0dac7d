"""Word documents: headings by their outline level, lists with their numbers, tables by row.

Tracked changes are read as if accepted. Headers, footers and comments are left out; a footnote
stands under its paragraph, and what stands in a text box under the paragraph that holds it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.loading.archives import open_zip
from pp_qa.loading.building import TextBuilder, document
from pp_qa.loading.charts import add_chart, charts_in
from pp_qa.loading.diagrams import diagram_texts
from pp_qa.loading.docx_styles import Style, styles
from pp_qa.loading.foreign import parsing
from pp_qa.loading.formulas import MATH, office, raised
from pp_qa.loading.numbering import BULLET, Numbering, W, value
from pp_qa.loading.symbols import symbol
from pp_qa.loading.tables import Bold, Spread, add_table
from pp_qa.types import Document

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.opc.rel import _Relationship
    from lxml.etree import _Element

_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_UNSEEN = {
    *(f"{W}{name}" for name in ("del", "moveFrom", "instrText", "pPr", "rPr", "rt", "sdtPr")),
    f"{_COMPATIBLE}Fallback",
}
"""What is not part of the text that its paragraph shows."""
_SIGNS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_CONTAINERS = {f"{W}{name}" for name in ("ins", "moveTo", "customXml", "sdt", "sdtContent")}
_NOTES = {f"{W}footnoteReference": "footnote", f"{W}endnoteReference": "endnote"}

_CONTENTS_NAME = re.compile(r"toc\b|table of (?:contents|figures)|contents heading|index \d")
_LONGEST_TITLE = 100
_BODY_LEVEL = 9
_TABLE_LEVEL = 9
"""A title in a table is the innermost of headings."""
_MOST_COLUMNS = 1_000
_INDENT = "  "
_MOST_IN_CELL = 5
"""Paragraphs: a table with more in its cells is no table but a way to lay out a page."""


class WordLoader:
    suffixes = (".docx",)

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        open_zip(content).close()
        with parsing("Word document"):
            import docx

            word = docx.Document(io.BytesIO(content))
            writer = _Writer(word)
            writer.body(word.element.body)
            parsed = writer.builder.parsed()
            headed = parsed.headings[0].title if parsed.headings else ""
            title = writer.title or headed or word.core_properties.title
        return document(path, doc_id, content, replace(parsed, title=" ".join(title.split())))


class _Paragraph:
    """The text of a paragraph as it is shown, and what is attached to it."""

    def __init__(self, element: _Element) -> None:
        self.element = element
        self.boxes: list[_Element] = []
        self.drawings: list[_Element] = []
        self.notes: list[tuple[str, str]] = []
        self._texts: list[str] = []
        self._bold: set[bool] = set()
        self._read(element)
        self.text = "".join(self._texts)
        self.bold = self._bold == {True}

    def _read(self, parent: _Element, bold: bool = False) -> None:
        for element in parent.iterchildren("*"):
            tag = element.tag
            if tag == f"{W}t":
                is_raised = value(parent.find(f"{W}rPr/{W}vertAlign")) == "superscript"
                text = element.text or ""
                self._texts.append(raised(text) if is_raised else text)
                if (element.text or "").strip():
                    self._bold.add(bold)
            elif tag in _SIGNS:
                self._texts.append(_SIGNS[tag])
            elif tag == f"{W}sym":
                places = (element.get(f"{W}{name}", "") for name in ("font", "char"))
                self._texts.append(symbol(*places))
            elif tag == f"{MATH}oMath":
                self._texts.append(office(element))
            elif tag == f"{W}br":
                self._texts.append("\n" if element.get(f"{W}type", "text") == "text" else " ")
            elif tag in _NOTES:
                self.notes.append((_NOTES[tag], element.get(f"{W}id", "")))
            elif tag in (f"{W}drawing", f"{W}pict", f"{W}object"):
                self.boxes += _outermost(element, f"{W}txbxContent")
                self.drawings.append(element)
            elif tag == f"{W}r":
                if not _is_on(element, "vanish"):
                    self._read(element, _is_on(element, "b"))
            elif tag not in _UNSEEN:
                self._read(element, bold)


class _Writer:
    """Goes through a document's body in order and writes it to a builder."""

    def __init__(self, word: WordDocument) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._part = word.part
        parts = {r.reltype.rpartition("/")[2]: r for r in word.part.rels.values()}
        self._styles = styles(_root(parts.get("styles")))
        self._numbering = Numbering(_root(parts.get("numbering")))
        self._notes = {
            (kind, note.get(f"{W}id")): note
            for kind in _NOTES.values()
            for note in _children(_root(parts.get(f"{kind}s")), kind)
        }
        self._note_count = 0
        self._carried = ""
        levels = map(self._outline, word.element.body.iter(f"{W}p"))
        self._has_headings = any(level is not None for level in levels)

    def body(self, parent: _Element) -> None:
        """Paragraphs, tables, and what holds some of them."""
        for element in parent.iterchildren("*"):
            if element.tag == f"{W}p":
                self._paragraph(element)
            elif element.tag == f"{W}tbl":
                self._table(element)
            elif element.tag not in _UNSEEN:
                self.body(element)

    def _paragraph(self, element: _Element) -> None:
        found = _Paragraph(element)
        text, self._carried = self._carried + found.text, ""
        if element.find(f"{W}pPr/{W}rPr/{W}del") is not None:  # its end was deleted
            self._carried = text
            return
        self._write(element, text, found.bold)
        self._attached([found])

    def _write(self, element: _Element, text: str, bold: bool) -> None:
        style = self._style(element)
        mark = self._mark(element, style)
        outline = self._outline(element)
        line = " ".join(f"{mark} {text}".split())
        if not text.strip():
            return
        if _CONTENTS_NAME.match(style.name):
            self.builder.add(line, "navigation", gap="\n")
        elif style.name == "title" and not self.title:
            self.title = line
            self.builder.heading(line, 1)
        elif outline is not None:
            self.builder.heading(line if mark != BULLET else text, outline + 1)
        elif mark:
            depth = self._list(element, style)[1]
            self.builder.add(line, "item", gap="\n" + _INDENT * depth)
        elif bold and not self._has_headings and _is_like_title(text):
            self.builder.heading(text, 1)
        else:
            self.builder.add("\n".join(" ".join(part.split()) for part in text.split("\n")))

    def _attached(self, paragraphs: Iterable[_Paragraph]) -> None:
        """Footnotes, by number, text boxes, diagrams and charts."""
        for paragraph in paragraphs:
            for key in paragraph.notes:
                self._note_count += key[0] == "footnote"
                note = self._notes.get(key)
                texts = [] if note is None else [_Paragraph(p).text for p in note.iter(f"{W}p")]
                name = f"Footnote {self._note_count}" if key[0] == "footnote" else "Endnote"
                if text := " ".join(" ".join(texts).split()):
                    self.builder.add(f"{name}: {text}")
            for box in paragraph.boxes:
                self.body(box)
            for drawing in paragraph.drawings:
                for text in diagram_texts(drawing, self._part):
                    self.builder.add(f"- {text}", "item", gap="\n")
                for chart in charts_in(drawing, self._part):
                    add_chart(self.builder, chart)

    def _style(self, element: _Element) -> Style:
        key = value(element.find(f"{W}pPr/{W}pStyle"))
        return self._styles.get(key) or self._styles.get("", Style())

    def _outline(self, element: _Element) -> int | None:
        """The level of a heading from 0; None for what is none."""
        own = value(element.find(f"{W}pPr/{W}outlineLvl"))
        level = int(own) if own else self._style(element).outline
        return level if level is not None and level < _BODY_LEVEL else None

    def _list(self, element: _Element, style: Style) -> tuple[str, int]:
        """The list that a paragraph belongs to ("" or "0" for none), and how deep in it."""
        own = element.find(f"{W}pPr/{W}numPr")
        if own is None:
            return style.list_key, style.depth
        key, depth = value(own.find(f"{W}numId")), value(own.find(f"{W}ilvl"))
        return key or style.list_key, int(depth) if depth else style.depth

    def _mark(self, element: _Element, style: Style) -> str:
        return self._numbering.next(*self._list(element, style)) or ""

    def _table(self, element: _Element) -> None:
        rows = [row for row in _children(element, "tr") if row.find(f"{W}trPr/{W}del") is None]
        cells = [list(_children(row, "tc")) for row in rows]
        if _is_layout(cells):
            for cell in (cell for row in cells for cell in row):
                self.body(cell)
            return
        read = [
            [[_Paragraph(p) for p in _outermost(cell, f"{W}p")] for cell in row] for row in cells
        ]
        grid: list[list[str]] = []
        for row, texts in zip(cells, read, strict=True):
            joined = (" ".join(filter(None, map(self._in_cell, cell))) for cell in texts)
            line = _line(list(zip(row, joined, strict=True)), grid[-1] if grid else [])
            is_bold = all(p.bold for cell in texts for p in cell if p.text.strip())
            grid.append(Bold(line) if is_bold else line)
        headed = any(True for _ in rows[0].iterfind(f"{W}trPr/{W}tblHeader")) or None
        add_table(self.builder, grid, _TABLE_LEVEL, headed=headed, doubtful=len(grid[0]) > 2)
        self._attached(p for row in read for cell in row for p in cell)

    def _in_cell(self, paragraph: _Paragraph) -> str:
        """A paragraph after its number; a bullet says nothing between the words of a cell."""
        mark = self._mark(paragraph.element, self._style(paragraph.element))
        return paragraph.text if mark == BULLET else f"{mark} {paragraph.text}".strip()


def _line(cells: Sequence[tuple[_Element, str]], above: Sequence[str]) -> list[str]:
    """The texts of a row by column: a cell that goes on to the right or from above says so."""
    line: list[str] = []
    for cell, text in cells:
        span = min(int(value(cell.find(f"{W}tcPr/{W}gridSpan")) or "1"), _MOST_COLUMNS)
        merged = cell.find(f"{W}tcPr/{W}vMerge")
        if merged is not None and value(merged) != "restart" and len(line) < len(above):
            text = text or above[len(line)]
        line += [text, *(Spread(text) for _ in range(span - 1))]
    return line


def _is_layout(cells: Sequence[Sequence[_Element]]) -> bool:
    """Whether a table only places text on the page: one row, one column, or pages in a cell of half
    of its rows; a form has long answers too."""
    if len(cells) < 2 or max(map(len, cells)) < 2:
        return True
    return 2 * sum(any(map(_is_page, row)) for row in cells) >= len(cells)


def _is_page(cell: _Element) -> bool:
    return cell.find(f".//{W}tbl") is not None or len(cell.findall(f"{W}p")) > _MOST_IN_CELL


def _root(relation: _Relationship | None) -> _Element | None:
    """The XML of a part that the document refers to."""
    if relation is None or relation.is_external:
        return None
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(relation.target_part.blob, parser)


def _children(parent: _Element | None, name: str) -> Iterator[_Element]:
    """The elements of a name in a part, a table or a row, whatever marks up changes around them."""
    for element in () if parent is None else parent.iterchildren("*"):
        if element.tag == f"{W}{name}":
            yield element
        elif element.tag in _CONTAINERS:
            yield from _children(element, name)


def _outermost(element: _Element, tag: str) -> list[_Element]:
    """The elements of a tag that lie in no other of it, nor in a fallback for old programs."""
    if element.tag == tag:
        return [element]
    if element.tag == f"{_COMPATIBLE}Fallback":
        return []
    return [found for child in element.iterchildren("*") for found in _outermost(child, tag)]


def _is_on(run: _Element, name: str) -> bool:
    """Whether a run is set so: in bold, or hidden."""
    found = run.find(f"{W}rPr/{W}{name}")
    return found is not None and value(found) not in ("0", "false", "off")


def _is_like_title(text: str) -> bool:
    line = text.strip()
    return len(line) <= _LONGEST_TITLE and "\n" not in line and line[-1] not in ".,;:!?"


LOADER = WordLoader()
