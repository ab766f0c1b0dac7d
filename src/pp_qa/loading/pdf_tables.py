"""Tables on the pages of a PDF whose cells were broken into lines: each row is put together again.

Most programs write a table cell by cell. Lines are a table when they lie in columns and the rows
under each other: text in two columns, of which the second begins at the top again, is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise, takewhile
from typing import NamedTuple

from pp_qa.loading.pdf_layout import Paragraph
from pp_qa.loading.pdf_lines import Cell, Line

_NEXT_LINE = 1.6
"""How far a line of a cell stands under the one before it at most, in the size of its letters."""
_NEXT_ROW = 5.0
_ALIKE = 0.12
"""The part by which the letters of a table differ in size at most."""
_MOST_LINES = 12
"""Lines of a cell; what is longer is text in columns."""
_FEWEST_ROWS = 2


class _Strip(NamedTuple):
    """How far what stands in one column reaches from left to right."""

    left: float
    right: float

    def meets(self, cell: Cell) -> bool:
        return cell.left <= self.right and self.left <= cell.right


@dataclass(slots=True)
class _Row:
    """Lines of a row, and the lines of each of its cells, by column."""

    lines: list[Line] = field(default_factory=list)
    cells: dict[int, list[Line]] = field(default_factory=dict)

    @property
    def bottom(self) -> float:
        return min(line.y for line in self.lines)

    def add(self, line: Line, places: Sequence[int]) -> None:
        self.lines.append(line)
        for place, cell in zip(places, line.cells, strict=True):
            is_last = cell is line.cells[-1]
            part = replace(line, cells=[cell], hyphen=line.hyphen and is_last)
            self.cells.setdefault(place, []).append(part)

    def takes(self, line: Line, place: int) -> bool:
        """Whether a line goes on with the last cell, or begins one that stands beside it."""
        last = max(self.cells)
        if place > last:
            return line.y > self.bottom - line.size / 2
        above = self.cells[last][-1]
        is_text = any(c.isalpha() for c in above.text + line.cells[0].text)
        return place == last and is_text and 0 < above.y - line.y < _NEXT_LINE * line.size

    @property
    def is_broken(self) -> bool:
        """Whether this is a row with cells of several lines."""
        counts = [len(lines) for lines in self.cells.values()]
        return len(counts) > 1 and 1 < max(counts) <= _MOST_LINES


def with_rows(lines: Sequence[Paragraph | Line]) -> list[Paragraph | Line]:
    """All lines, those of a row whose cells were broken as one paragraph."""
    found: list[Paragraph | Line] = []
    at = 0
    while at < len(lines):
        rows = _rows(lines, at)
        if sum(len(row.cells) > 1 for row in rows) < _FEWEST_ROWS:
            found.append(lines[at])
            at += 1
            continue
        for row in rows:
            cells = list(row.cells.values())
            found += [Paragraph.of_row(cells)] if row.is_broken else row.lines
            at += len(row.lines)
    return found


def _rows(lines: Sequence[Paragraph | Line], at: int) -> list[_Row]:
    """The rows that begin with a line; none where nothing stands beside it."""
    first = _first_cells(list(_alike(lines, at, at + _MOST_LINES + 1)))
    if not first:
        return []
    near = list(takewhile(lambda line: _is_in(first, line), _alike(lines, at, len(lines))))
    strips = _strips(cell for line in near for cell in line.cells)
    rows: list[_Row] = []
    for line in near if len(strips) > 1 else ():
        places = [next(i for i, s in enumerate(strips) if s.meets(cell)) for cell in line.cells]
        if not (rows and rows[-1].takes(line, places[0])):
            if rows and not 0 < rows[-1].bottom - line.y < _NEXT_ROW * line.size:
                break
            rows.append(_Row())
        elif len(rows) > 1 and line.y >= rows[-2].bottom:
            break
        rows[-1].add(line, places)
    return rows


def _alike(lines: Sequence[Paragraph | Line], at: int, end: int) -> Iterator[Line]:
    """Lines of one page with letters of one size, from a line on."""
    first = lines[at]
    for line in islice(lines, at, end):
        if isinstance(first, Paragraph) or isinstance(line, Paragraph) or line.is_turned:
            return
        if line.page != first.page or abs(line.size - first.size) > _ALIKE * first.size:
            return
        yield line


def _first_cells(lines: Sequence[Line]) -> list[_Strip]:
    """The cells of a line; or where the first lines are those of one cell, that cell and the one
    that begins beside it."""
    if lines and len(lines[0].cells) > 1:
        return _strips(lines[0].cells)
    for i, (above, line) in enumerate(pairwise(lines), 1):
        cell = _Strip(min(of.left for of in lines[:i]), max(of.right for of in lines[:i]))
        down = above.y - line.y
        if line.left > cell.right and down < line.size / 2:
            return [cell, _Strip(line.left, line.cells[0].right)]
        if not 0 < down < _NEXT_LINE * line.size:
            break
    return []


def _is_in(first: Sequence[_Strip], line: Line) -> bool:
    """Whether no part of a line reaches over two of the cells that a table begins with."""
    return all(sum(strip.meets(cell) for strip in first) < 2 for cell in line.cells)


def _strips(cells: Iterable[Cell]) -> list[_Strip]:
    """The columns in which cells stand, from left to right."""
    strips: list[_Strip] = []
    for cell in sorted(cells, key=lambda cell: cell.left):
        if strips and strips[-1].meets(cell):
            strips[-1] = _Strip(strips[-1].left, max(strips[-1].right, cell.right))
        else:
            strips.append(_Strip(cell.left, cell.right))
    return strips
