"""Tables of a web page: each row one line that carries its header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pp_qa.loading.html_inline import one_line
from pp_qa.loading.tables import Bold, Row, names_columns

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from pp_qa.loading.building import TextBuilder

_MOST_COLUMNS = 500
_LONGEST_CELL = 600
"""Letters of a cell above which a table without header cells lays out a page."""
_LAYOUT = frozenset({"presentation", "none"})
_TABLES = frozenset({"table", "grid", "treegrid"})
_PARTS = {"row": "tr", "columnheader": "th", "rowheader": "th", "cell": "td", "gridcell": "td"}
"""What the parts of a table are that is made of other elements, by their roles."""


class _Cell(NamedTuple):
    text: str
    is_header: bool
    is_bold: bool = False


def as_tables(root: Element) -> None:
    """Make tables of the elements that say by their roles that they are such."""
    for table in [el for el in root.iter() if el.get("role") in _TABLES and el.tag != "table"]:
        parts = [el for el in table.iter() if el.get("role") in _PARTS]
        if any(el.get("role") == "row" for el in parts):
            table.tag = "table"
            for el in parts:
                el.tag = _PARTS[el.get("role", "")]


def is_data(table: Element) -> bool:
    """Whether a table holds data; many a page is laid out with one that holds its text."""
    if table.get("role") in _LAYOUT:
        return False
    inner = list(_own(table, "table"))
    headed = next(_own(table, "th"), None) is not None
    if headed or inner:
        within = sum(len(one_line(el)) for el in inner)
        return headed and (not inner or 2 * within < len(one_line(table)))
    if next(table.iter("pre", "h1", "h2", "h3", "h4", "h5", "h6"), None) is not None:
        return False
    rows = [row for row in table.iter("tr") if len(row) > 1]
    cells = [one_line(cell) for row in rows for cell in row]
    beside = len(rows) == 1 and any(cell.endswith((".", "!", "?")) for cell in cells)
    return bool(rows) and not beside and max(map(len, cells)) <= _LONGEST_CELL


def add_table(builder: TextBuilder, table: Element) -> None:
    """Append the caption and the rows of a table. A row of header cells names the columns of
    the rows after it; one cell across the table is a line of its own."""
    for caption in _own(table, "caption"):
        builder.add(one_line(caption))
    header: list[str] = []
    in_header, gap = False, "\n\n"
    for cells in _with_header(list(_grid(table))):
        texts = [cell.text for cell in cells]
        if len(cells) > 1 and all(cell is cells[0] for cell in cells):
            builder.add(texts[0])
            gap = "\n"
        elif all(cell.is_header for cell in cells):
            header = _joined(header, texts) if in_header else texts
            in_header = True
        else:
            builder.row(*_named(header, cells), gap=gap)
            in_header, gap = False, "\n"
    if in_header:  # it names nothing, but it is text
        builder.row([], header, gap=gap)


def _with_header(rows: list[list[_Cell]]) -> list[list[_Cell]]:
    """The rows, the first one as a header where none is marked as such and it looks like one: set in
    bold, or words over numbers. Of two columns, the first names what stands in the second."""
    if not rows or len(rows[0]) < 3 or any(cell.is_header for row in rows for cell in row):
        return rows
    texts: list[Row] = [[cell.text for cell in row] for row in rows]
    first = Bold(texts[0]) if all(cell.is_bold for cell in rows[0] if cell.text) else texts[0]
    if not names_columns([first, *texts[1:]]):
        return rows
    return [[cell._replace(is_header=True) for cell in rows[0]], *rows[1:]]


def _named(header: Sequence[str], cells: Sequence[_Cell]) -> tuple[Sequence[str], Sequence[str]]:
    """The header and the texts of a row; without a header, the first of two cells, or one that
    is marked as a header, names the row."""
    texts = [cell.text for cell in cells]
    if not (header or any(texts[1:])):  # a cell that names nothing is text
        return (), texts
    if header or len(texts) < 2 or not (cells[0].is_header or len(texts) == 2):
        return header, texts
    return texts[:1], ["; ".join(filter(None, dict.fromkeys(texts[1:])))]


def _joined(header: Sequence[str], below: Sequence[str]) -> list[str]:
    """Two rows of a header as one: a column is named by what stands above it and then itself."""
    width = max(len(header), len(below))
    rows = [[*row, *[""] * (width - len(row))] for row in (header, below)]
    return [" ".join(dict.fromkeys(n for n in names if n)) for names in zip(*rows, strict=True)]


def _own(el: Element, *tags: str) -> Iterator[Element]:
    """The elements of a table, or of a row, that lie in no other inside of it."""
    return (found for found in el.iter(*tags) if next(found.iterancestors(el.tag), None) is el)


def _grid(table: Element) -> Iterator[list[_Cell]]:
    """The rows of a table, cells that span several repeated in each."""
    hanging: dict[int, tuple[int, _Cell]] = {}
    for row in _own(table, "tr"):
        cells: list[_Cell] = []
        for el in _own(row, "td", "th"):
            _take(hanging, cells)
            cell = _Cell(one_line(el), el.tag == "th" or _is_in_head(row), _is_bold(el))
            for _ in range(min(_number(el, "colspan"), _MOST_COLUMNS - len(cells))):
                if (down := _number(el, "rowspan")) > 1:
                    hanging[len(cells)] = (down - 1, cell)
                cells.append(cell)
        _take(hanging, cells)
        if any(cell.text for cell in cells):
            yield cells


def _take(hanging: dict[int, tuple[int, _Cell]], cells: list[_Cell]) -> None:
    """Append the cells that reach down from rows above."""
    while len(cells) in hanging:
        left, cell = hanging.pop(len(cells))
        if left > 1:
            hanging[len(cells)] = (left - 1, cell)
        cells.append(cell)


def _is_bold(cell: Element) -> bool:
    """Whether all text of a cell is set in bold."""
    bold = "".join("".join(el.itertext()) for el in cell.iter("b", "strong"))
    return bold.split() == "".join(cell.itertext()).split()


def _is_in_head(row: Element) -> bool:
    above = row.getparent()
    return above is not None and above.tag == "thead"


def _number(el: Element, name: str) -> int:
    value = el.get(name, "1").strip()
    return min(int(value), 65_534) if value.isascii() and value.isdigit() and int(value) else 1
