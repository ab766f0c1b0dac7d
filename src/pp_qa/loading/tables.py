"""Tables → lines that can be quoted alone: each row with the names of its columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import Literal, NamedTuple

from pp_qa.loading.building import TextBuilder
from pp_qa.loading.structure import table_row

Row = Sequence[str]


class Spread(str):
    """A cell's text where the cell goes on to the right of the column that it stands in."""

    __slots__ = ()


class Bold(list[str]):
    """A row that is set in bold."""


class Line(NamedTuple):
    """What a row of a table is written as. A *title* names the table that follows it."""

    text: str
    kind: Literal["title", "row", "note"]


_Header = Mapping[int, str]
"""The names of columns, by their place."""
_Cells = dict[int, str]
"""The cells of a row that are not empty, by their place."""

_SAMPLE = 200
"""Rows under a header that are looked at to tell whether it is one."""
_LONGEST_NAME = 100
_LONGEST_FORM = 30
_NUMBER = re.compile(r"[\d\s.,:+()/-]|=.*")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NOT_IN_NAMES = re.compile(r"://|\S@\S|:$|\S\s+\S+\s.*[.!]$")


def add_table(
    builder: TextBuilder,
    grid: Sequence[Row],
    level: int,
    *,
    headed: bool | None = None,
    doubtful: bool = True,
) -> None:
    """Append a line for each row that holds anything: `Country: France; Capital: Paris`, and
    titles that stand above tables as headings of a level.

    Blank rows divide a sheet into parts; a part without a header of its own goes on under the
    one before it. `headed` says whether the first row names the columns, where the file tells;
    `doubtful` what to take it for when its look doesn't tell either.
    """
    gap = "\n\n"
    for text, kind in _lines(grid, headed, doubtful):
        if kind == "title":
            builder.heading(text, level)
        elif kind == "note":
            builder.add(text)
        else:
            builder.add(text, "item", gap=gap, complete=True)
        gap = "\n" if kind == "row" else "\n\n"


def names_columns(grid: Sequence[Row]) -> bool:
    """Whether the first row of a table surely names the columns of the others."""
    return bool(_divide([_tidy(row) for row in grid], None, doubtful=False)[0])


def _lines(grid: Sequence[Row], headed: bool | None, doubtful: bool) -> list[Line]:
    found: list[Line] = []
    header: _Header = {}
    parts = list(_parts(grid))
    for part, following in zip_longest(parts, parts[1:]):
        above, table = _notes(part)
        titled = len(above[0]) <= _LONGEST_NAME if above else False
        named = titled and above[0][-1] not in ".:" and (table or (following and not above[1:]))
        found += [Line(t, "title" if named and i == 0 else "note") for i, t in enumerate(above)]
        names, body = _divide(table, headed, doubtful)
        if names or not _continues(body, header):
            header = names
        filled = {i for row in body for i in _cells(row)}
        if empty := dict.fromkeys(name for i, name in names.items() if i not in filled):
            found.append(Line("; ".join(empty), "row"))
        found += [Line(_line(row, header), "row") for row in body]
    return found


def _parts(grid: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows between blank rows, each cell on one line."""
    for filled, rows in groupby(map(_tidy, grid), key=any):
        if filled:
            yield list(rows)


def _tidy(row: Row) -> Row:
    texts = (" ".join(cell.split()) for cell in row)
    tidy = [Spread(t) if isinstance(c, Spread) else t for c, t in zip(row, texts, strict=True)]
    return Bold(tidy) if isinstance(row, Bold) else tidy


def _cells(row: Row) -> _Cells:
    return {i: cell for i, cell in enumerate(row) if cell}


def _own(row: Row) -> _Cells:
    """A row's cells, each once however far it goes on to the right."""
    return {i: cell for i, cell in enumerate(row) if cell and not isinstance(cell, Spread)}


def _notes(part: Sequence[Row]) -> tuple[list[str], Sequence[Row]]:
    """What stands above a table in rows of one cell, and the table; all of a part that is one
    column wide is such notes."""
    left = min(min(_own(row)) for row in part)
    beside = (i for i, row in enumerate(part) if list(_own(row)) != [left])
    first = next(beside, len(part))
    return [row[left] for row in part[:first]], part[first:]


def _divide(
    part: Sequence[Row], headed: bool | None, doubtful: bool
) -> tuple[_Header, Sequence[Row]]:
    """The names of the columns (none where no row names them) and the rows under them."""
    if not part or headed is False:
        return {}, part
    first, body = part[0], part[1:]
    if len(body) > 1 and any(isinstance(cell, Spread) for cell in first):
        both = _joined(first, body[0])
        if _may_head(_own(body[0]), _columns(body[1:])) and _is_header(both, body[1:], doubtful):
            return _cells(both), body[1:]
    set_off = isinstance(first, Bold) and not all(isinstance(row, Bold) for row in body)
    if headed or set_off or _is_header(first, body, doubtful):
        return {i: name.rstrip(" :") for i, name in _cells(first).items()}, body
    return {}, part


def _joined(groups: Row, names: Row) -> Row:
    """Names of columns under names of groups: `2024` over `Q1` is `2024 Q1`."""
    pairs = zip_longest(groups, names, fillvalue="")
    return [" ".join(dict.fromkeys(name for name in pair if name)) for pair in pairs]


def _is_header(first: Row, body: Sequence[Row], doubtful: bool) -> bool:
    """Whether a row names the columns: short names, distinct ones mostly, over cells of another look."""
    names = _own(first)
    under = _columns(body)
    width = len({*under, *_cells(first)})
    if not under.keys() & names.keys() or len(names) < width / 2 or not _could_be_names(names):
        return False
    if width == 2 and _is_form(names, under[max(under)], doubtful):
        return False
    distinct = len(set(names.values())) == len(names)
    if any(map(_is_value, names.values())):
        return distinct and _may_head(names, under)
    shares = [sum(map(_is_value, cells)) / len(cells) for cells in under.values()]
    if any(share > 0.6 for share in shares):
        return True
    return doubtful and distinct and not any(name in under.get(i, []) for i, name in names.items())


def _is_form(names: _Cells, beside: Sequence[str], doubtful: bool) -> bool:
    """Whether a table of two columns has a key in each row: what stands beside them is of several
    kinds, or begins with a value that isn't a year, or is a single row."""
    values = [cell for cell in names.values() if _is_value(cell)]
    if not all(map(_YEAR.search, values)):
        return True
    units = Counter(map(_unit, beside))
    mixed = units.most_common(1)[0][1] < 0.8 * len(beside)
    single = len(beside) == 1 and not doubtful
    return len(beside) < _LONGEST_FORM and (mixed or single)


def _unit(cell: str) -> str:
    """What a cell says besides its number, "text" for one without; a date says nothing besides."""
    if _YEAR.search(cell):
        return ""
    return _NUMBER.sub("", cell) if _is_value(cell) else "text"


def _may_head(names: _Cells, under: Mapping[int, Sequence[str]]) -> bool:
    """Years or months may head columns, but not the first, nor columns of more of their kind."""
    values = {i: name for i, name in names.items() if _is_value(name)}
    looks = {_look(name) for name in values.values()}
    alike = any(_mostly(_look(name), under.get(i, [])) for i, name in values.items())
    return not values or (min(under) not in values and len(looks) == 1 and not alike)


def _could_be_names(names: _Cells) -> bool:
    texts = list(names.values())
    mostly_distinct = 2 * len(set(texts)) > len(texts)
    return mostly_distinct and not any(
        len(t) > _LONGEST_NAME or _NOT_IN_NAMES.search(t) for t in texts
    )


def _columns(rows: Sequence[Row]) -> dict[int, list[str]]:
    """The cells of the first rows that are not empty, by column."""
    columns: dict[int, list[str]] = {}
    for row in rows[:_SAMPLE]:
        for i, cell in _cells(row).items():
            columns.setdefault(i, []).append(cell)
    return columns


def _is_value(cell: str) -> bool:
    """Whether a cell holds a number, a date, an amount: what begins no name of a column."""
    marks = sum(not c.isalpha() for c in cell)
    amount = any(c.isdigit() for c in cell) and not cell[0].isalpha() and marks > 0.6 * len(cell)
    return amount or cell[0] == "="


def _look(cell: str) -> str:
    """The kinds of a cell's characters: `2024-05-01` looks like `9999-9-9`, and 12 m like 5 m."""
    if cell.isdecimal():
        return "9" * len(cell)
    words = re.sub(r"[^\W\d_]+", "a", cell)
    return re.sub(r"\d+", lambda m: "9999" if len(m[0]) == 4 else "9", words)


def _mostly(look: str, cells: Sequence[str]) -> bool:
    return Counter(map(_look, cells))[look] > 0.5 * len(cells)


def _continues(body: Sequence[Row], header: _Header) -> bool:
    """Whether rows after a blank one lie under the header before it."""
    return all(i in header for row in body for i in _cells(row))


def _line(row: Row, header: _Header) -> str:
    cells = _own(row)
    if not header and len(cells) == 2 and not _is_value(key := next(iter(cells.values()))):
        header = {max(cells): key}
        del cells[min(cells)]
    return table_row([header.get(i, "") for i in cells], list(cells.values()))
