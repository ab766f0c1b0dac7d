"""Rows of plain text whose cells were set under each other with spaces or tabs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from pp_qa.types import Span

_GAP = re.compile(r"(?<=\S)(?:\t| {3,})\s*(?=\S)")
_FEWEST_ROWS = 3


def is_row(line: str) -> bool:
    return _GAP.search(line) is not None


def table_rows(text: str, spans: Sequence[Span]) -> dict[Span, Span | None]:
    """Of lines, those that are rows under a row that names their columns, and that row: each with
    its header. Rows follow each other directly and have as many cells."""
    found: dict[Span, Span | None] = {}
    for rows in _tables(text, spans):
        if _names_columns(text, rows):
            found |= {row: None if row == rows[0] else rows[0] for row in rows}
    return found


def _tables(text: str, spans: Sequence[Span]) -> list[list[Span]]:
    breaks, table = [0], 0
    for above, below in pairwise(spans):
        directly = not text[above.end : below.start].replace("\n", "", 1).count("\n")
        table += not (directly and _cells(text, above) == _cells(text, below))
        breaks.append(table)
    runs = [
        [span for _, span in run]
        for _, run in groupby(zip(breaks, spans, strict=False), key=lambda pair: pair[0])
    ]
    return [run for run in runs if len(run) >= _FEWEST_ROWS and _cells(text, run[0]) > 1]


def _cells(text: str, span: Span) -> int:
    line = span.of(text)
    return 0 if "\n" in line else len(_GAP.split(line))


def _names_columns(text: str, rows: Sequence[Span]) -> bool:
    """Whether the first row has no numbers and those under it have some."""
    numbers = [any(c.isdigit() for c in row.of(text)) for row in rows]
    return not numbers[0] and all(numbers[1:])
