"""The numbers that Word sets before paragraphs: they stand nowhere in the text itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BULLET = "-"

_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
    *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MOST_ROMAN = 4_000


class _Level(NamedTuple):
    """How the paragraphs of one level of a list are numbered: `text` is a pattern as `%1.%2`."""

    start: int
    style: str
    text: str


class Numbering:
    """Counts the numbered paragraphs of a document, in their order."""

    def __init__(self, part: _Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        """By list definition."""
        self._definition: dict[str, str] = {}
        """The definition of each list."""
        self._restarts: dict[str, dict[int, int]] = {}
        """Where a list starts when it is begun, if not where its definition says."""
        self._counts: dict[str, dict[int, int]] = {}
        for found in () if part is None else part.iter(f"{W}abstractNum"):
            key = found.get(f"{W}abstractNumId", "")
            self._levels[key] = dict(_level(level) for level in found.iter(f"{W}lvl"))
        for found in () if part is None else part.iter(f"{W}num"):
            self._add_list(found)

    def _add_list(self, found: _Element) -> None:
        key = found.get(f"{W}numId", "")
        self._definition[key] = value(found.find(f"{W}abstractNumId"))
        for override in found.iter(f"{W}lvlOverride"):
            start = override.find(f"{W}startOverride")
            if start is not None:
                level = int(override.get(f"{W}ilvl", "0"))
                self._restarts.setdefault(key, {})[level] = int(value(start) or "1")

    def next(self, key: str, depth: int) -> str | None:
        """What stands before the next paragraph of a list, `depth` levels in: a number as it is
        printed, or BULLET. None where the paragraph is in no list."""
        definition = self._definition.get(key, "")
        levels = self._levels.get(definition, {})
        if depth not in levels:
            return None
        counts = self._counts.setdefault(definition, {})
        start = self._restarts.get(key, {}).pop(depth, None)
        if start is None:
            start = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        counts[depth] = start
        if levels[depth].style == "bullet":
            return BULLET
        return _PLACE.sub(lambda m: self._number(definition, int(m[1]) - 1), levels[depth].text)

    def _number(self, definition: str, depth: int) -> str:
        level = self._levels[definition].get(depth, _Level(1, "decimal", ""))
        return _written(self._counts[definition].get(depth, level.start), level.style)


def value(element: _Element | None) -> str:
    """The `w:val` of an element; "" where there is none."""
    return "" if element is None else element.get(f"{W}val", "")


def _level(element: _Element) -> tuple[int, _Level]:
    return int(element.get(f"{W}ilvl", "0")), _Level(
        start=int(value(element.find(f"{W}start")) or "1"),
        style=value(element.find(f"{W}numFmt")) or "decimal",
        text=value(element.find(f"{W}lvlText")),
    )


def _written(number: int, style: str) -> str:
    if style in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * min(1 + (number - 1) // 26, 9)
        return letter if style == "lowerLetter" else letter.upper()
    if style in ("lowerRoman", "upperRoman") and 0 < number < _MOST_ROMAN:
        return _roman(number) if style == "lowerRoman" else _roman(number).upper()
    if style == "decimalZero":
        return f"{number:02d}"
    return "" if style == "none" else str(number)


def _roman(number: int) -> str:
    digits = ""
    for size, digit in _ROMAN:
        digits += digit * (number // size)
        number %= size
    return digits
