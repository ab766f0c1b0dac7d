"""Rows of plain text whose cells were set under each other with spaces or tabs, or drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from pp_qa.types import Span

_GAP = re.compile(r"(?<=\S)\s*[|│┃║](?=\s)|(?<=\S)(?:\t| {3,})\s*(?=\S)")
_BORDERS = "|│┃║"
_DRAWN = re.compile(r"(?=.*[-=─═━]{2})[-=+|: \t│┃║─-╿]+")
"""A line of a table that only parts its rows."""
_FEWEST_ROWS = 3


def is_row(line: str) -> bool:
    return _GAP.search(line) is not None


def table_rows(text: str, spans: Sequence[Span]) -> dict[Span, Span | None]:
    """Of lines, those that are rows under a row that names their columns, and that row: each with
    its header. Rows have as many cells, and nothing between them but what is drawn."""
    found: dict[Span, Span | None] = {}
    lines = [span for span in spans if not _DRAWN.fullmatch(span.of(text))]
    for rows in _tables(text, lines):
        set_off = len(_between(text, *rows[:2])) > 0
        if set_off or (len(rows) >= _FEWEST_ROWS and _names_columns(text, rows)):
            found |= {row: None if row == rows[0] else rows[0] for row in rows}
    return found


def _tables(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    breaks, table = [0], 0
    for above, below in pairwise(spans):
        directly = all(map(_DRAWN.fullmatch, _between(text, above, below)))
        table += not (directly and _cells(text, above) == _cells(text, below))
        breaks.append(table)
    runs = [
        [span for _, span in run]
        for _, run in groupby(zip(breaks, spans, strict=False), key=lambda pair: pair[0])
    ]
    return [run for run in runs if len(run) > 1 and _cells(text, run[0]) > 1]


def _between(text: str, above: Span, below: Span) -> list[str]:
    """The lines between two others."""
    return [line.strip() for line in text[above.end : below.start].split("\n")[1:-1]]


def _cells(text: str, span: Span) -> int:
    line = span.of(text)
    if "\n" in line:
        return 0
    borders = sum(map(line.count, _BORDERS))
    if borders and line[0] in _BORDERS:
        return borders - (line[-1] in _BORDERS)
    return len(_GAP.split(line)) if not borders or is_row(line) else 1


def _names_columns(text: str, rows: Sequence[Span]) -> bool:
    """Whether the first row has no numbers and those under it have some."""
    numbers = [any(c.isdigit() for c in row.of(text)) for row in rows]
    return not numbers[0] and all(numbers[1:])
