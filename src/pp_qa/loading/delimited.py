"""Tables of delimited text (CSV, TSV), a row a line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice
from pathlib import Path

from pp_qa.loading.building import TextBuilder, document
from pp_qa.loading.decoding import decode
from pp_qa.loading.tables import add_table
from pp_qa.types import Document

_DELIMITERS = ("\t", ";", "|", ",")
"""Where two divide the lines evenly, the one that is rarer in text."""
_SAMPLE = 100
"""Lines that tell the delimiter."""
_LONGEST_CELL = 2**31 - 1
"""Code points that Python's reader may take for a cell; by itself it gives up at 131,072."""


class DelimitedLoader:
    suffixes = (".csv", ".tsv")

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        text, unread = decode(content)
        builder = TextBuilder()
        add_table(builder, _grid(text), level=1)
        return document(path, doc_id, content, builder.parsed(), details={"unread": unread})


def _grid(text: str) -> list[list[str]]:
    declared, _, rest = text.partition("\n")
    if declared.lower().startswith("sep=") and len(declared) == 5:  # how Excel is told
        return _split(rest, declared[-1])
    return _split(text, _delimiter(text))


def _delimiter(text: str) -> str:
    """What divides most lines into as many cells as each other."""
    head = "\n".join(islice(text.split("\n"), _SAMPLE))
    best, delimiter = 0, _DELIMITERS[-1]
    for candidate in _DELIMITERS:
        widths = Counter(len(row) for row in _split(head, candidate) if len(row) > 1)
        if widths and (even := max(widths.values())) > best:
            best, delimiter = even, candidate
    return delimiter


def _split(text: str, delimiter: str) -> list[list[str]]:
    """Rows of cells. Where a quotation mark is never closed, or closed in the middle of a cell,
    the marks of its line are text like any other."""
    csv.field_size_limit(_LONGEST_CELL)
    lines = list(io.StringIO(text))
    rows: list[list[str]] = []
    at = 0
    while at < len(lines):
        rest = (lines[i] for i in range(at, len(lines)))
        reader = csv.reader(rest, delimiter=delimiter, skipinitialspace=True, strict=True)
        taken = 0
        try:
            for row in reader:
                rows.append(row)
                taken = reader.line_num
        except csv.Error:
            rows.append(lines[at + taken].split(delimiter))
            taken += 1
        at += taken
    return rows


LOADER = DelimitedLoader()
