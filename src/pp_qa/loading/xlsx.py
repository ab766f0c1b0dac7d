"""Excel workbooks: a section a sheet, a line a row, values as the sheet shows them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pp_qa.loading import date_formats
from pp_qa.loading.archives import open_zip, read_member
from pp_qa.loading.building import TextBuilder, document
from pp_qa.loading.foreign import parsing
from pp_qa.loading.formulas import raised
from pp_qa.loading.number_formats import shown
from pp_qa.loading.tables import Bold, Row, Spread, add_table
from pp_qa.loading.xlsx_drawings import beside_cells
from pp_qa.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.workbook import Workbook

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How characters are written that XML has no place for."""

_Grid = dict[int, dict[int, str]]
"""The cells that hold text, by row and column from 1."""


class ExcelLoader:
    suffixes = (".xlsx", ".xlsm")

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        open_zip(content).close()
        builder = TextBuilder()
        with parsing("Excel workbook"):
            reader = _open(content)
            for name, place, grid in _sheets(reader):
                beside = list(beside_cells(reader.archive, place))
                if grid or beside:
                    builder.heading(name, 1)
                add_table(builder, grid, level=2)
                for text in beside:
                    builder.add(text)
            title = reader.wb.properties.title or ""
        return document(path, doc_id, content, builder.parsed(title))


def _open(content: bytes) -> ExcelReader:
    """All of a workbook but its sheets and strings, which openpyxl takes long to go through."""
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet

    reader = ExcelReader(io.BytesIO(content), keep_links=False)
    reader.read_manifest()
    reader.read_workbook()
    reader.read_properties()
    apply_stylesheet(reader.archive, reader.wb)
    return reader


def _sheets(reader: ExcelReader) -> Iterator[tuple[str, str, list[Row]]]:
    """Each sheet by the name it is to have, with its place in the archive and its rows, of which
    a sheet that is a chart has none; a hidden one is read like any other, and its name says so."""
    strings = _strings(reader)
    for sheet, relation in reader.parser.find_sheets():
        name = sheet.name if sheet.state == "visible" else f"{sheet.name} (hidden)"
        if relation.Type.endswith("/worksheet"):
            xml = read_member(reader.archive, relation.target)
            yield name, relation.target, _Sheet(reader.wb, xml, strings).grid()
        elif relation.Type.endswith("/chartsheet"):
            yield name, relation.target, []


def _strings(reader: ExcelReader) -> list[str]:
    """The texts that cells refer to by number, without their readings (of Japanese)."""
    from openpyxl.xml.constants import SHARED_STRINGS

    part = reader.package.find(SHARED_STRINGS)
    xml = read_member(reader.archive, part.PartName[1:]) if part else b""
    return [_joined(element) for element in _elements(xml, "si")] if xml else []


def _joined(element: _Element) -> str:
    """The text of a string's runs."""
    texts = [t.text or "" for t in element.iterfind("{*}t")]
    for run in element.iterfind("{*}r"):
        text = run.findtext("{*}t") or ""
        align = run.find("{*}rPr/{*}vertAlign")
        is_raised = align is not None and align.get("val") == "superscript"
        texts.append(raised(text) if is_raised else text)
    return "".join(texts)


class _Style(NamedTuple):
    """How a cell is shown. `moment` tells the formats of dates and of times that went by."""

    number_format: str
    moment: str
    bold: bool


class _Sheet:
    """The cells of a sheet, read from its XML row by row: openpyxl's own reader takes several
    times as long, and pads each row to the farthest cell that has any style."""

    def __init__(self, book: Workbook, xml: bytes, strings: list[str]) -> None:
        self._book = book
        self._xml = xml
        self._strings = strings
        self._styles: dict[str, _Style] = {}

    def grid(self) -> list[Row]:
        """The rows, blank ones where one or more are blank, without blank columns."""
        cells: _Grid = {}
        bold = set()
        merged = []
        number = 0
        for element in _elements(self._xml, "row", "mergeCell"):
            if element.tag.endswith("mergeCell"):
                merged.append(element.get("ref", ""))
                continue
            number = int(element.get("r") or number + 1)
            cells[number], is_bold = self._row(element)
            bold |= {number} if is_bold else set()
        for ref in merged:
            _spread(cells, ref)
        return list(_rows(cells, bold))

    def _row(self, element: _Element) -> tuple[dict[int, str], bool]:
        """The texts of a row by column, and whether all are bold."""
        from openpyxl.utils.cell import coordinate_to_tuple

        texts = {}
        is_bold = True
        column = 0
        for cell in element.iterchildren("{*}c"):
            place = cell.get("r")
            column = coordinate_to_tuple(place)[1] if place else column + 1
            style = self._style(cell.get("s", "0"))
            if text := self._text(cell, style):
                texts[column] = text
                is_bold = is_bold and style.bold
        return texts, is_bold

    def _style(self, key: str) -> _Style:
        if known := self._styles.get(key):
            return known
        from openpyxl.cell.read_only import ReadOnlyCell
        from openpyxl.styles.numbers import is_date_format, is_timedelta_format
        from openpyxl.worksheet.worksheet import Worksheet

        cell = ReadOnlyCell(Worksheet(self._book), 1, 1, None, style_id=int(key))
        form = cell.number_format
        moment = "span" if is_timedelta_format(form) else "date" if is_date_format(form) else ""
        self._styles[key] = _Style(form, moment, bool(cell.font and cell.font.b))
        return self._styles[key]

    def _text(self, cell: _Element, style: _Style) -> str:
        """What a cell shows: a formula its value, or itself where it was never computed."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find("{*}is")
            return "" if inline is None else _unescaped(_joined(inline))
        value = cell.findtext("{*}v")
        if not value:
            formula = "" if kind == "str" else cell.findtext("{*}f")  # computed to no text
            return f"={formula}" if formula else ""
        if kind == "s":
            return _unescaped(self._strings[int(value)])
        if kind == "b":
            return "TRUE" if value.strip().lower() in ("1", "true") else "FALSE"
        if kind == "n":
            return self._number(float(value), style)
        return _unescaped(value)

    def _number(self, number: float, style: _Style) -> str:
        from openpyxl.utils.datetime import from_excel

        if not style.moment:
            return shown(number, style.number_format)
        try:
            moment = from_excel(number, self._book.epoch, style.moment == "span")
        except (OverflowError, ValueError):  # a number that is no date, as the sheet would show
            return shown(number, "General")
        return date_formats.shown(moment, style.number_format)


def _elements(xml: bytes, *names: str) -> Iterator[_Element]:
    """The elements of these names in order, each forgotten when the next one is asked for."""
    from lxml import etree

    tags = tuple(f"{{*}}{name}" for name in names)
    for _, element in etree.iterparse(io.BytesIO(xml), tag=tags, resolve_entities=False):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def _spread(cells: _Grid, ref: str) -> None:
    """Merged cells hold their text at the first place only: it is set at the places to its
    right, or below it where they are one column."""
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = range_boundaries(ref)
    text = cells.get(top, {}).get(left)
    if text is None:
        return
    if left == right:
        for row in range(top + 1, min(bottom, max(cells)) + 1):
            cells.setdefault(row, {})[left] = text
    farthest = max(max(row) for row in cells.values() if row)
    for column in range(left + 1, min(right, farthest) + 1):
        cells[top][column] = Spread(text)


def _rows(cells: _Grid, bold: set[int]) -> Iterator[Row]:
    columns = sorted({column for row in cells.values() for column in row})
    last = 0
    for number in sorted(number for number, row in cells.items() if row):
        if number > last + 1:
            yield []
        row = [cells[number].get(column, "") for column in columns]
        yield Bold(row) if number in bold else row
        last = number


LOADER = ExcelLoader()
