"""What pdfium sees on the pages of a PDF: lines with their place, size and cells."""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import degrees, hypot
from typing import TYPE_CHECKING, NamedTuple

from pp_qa.loading.formulas import SUPERSCRIPTS
from pp_qa.loading.marks import BULLETS

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_LINE_END = re.compile("\r\n|\r|\n|\ufffe|\x02")
_HYPHENS = frozenset("\ufffe\x02")
"""What pdfium gives for the hyphen at which a line was broken."""
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_BULLETS = {0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓", 0xF076: "❖"}
"""Those of Word, by their places in its fonts of symbols."""
WRITTEN_AS = {**_LIGATURES, **_BULLETS, 0x00A0: " ", 0x00AD: "", 0x200B: ""}
_MARKER = re.compile(
    rf"[{re.escape(BULLETS)}]|"
    r"\(?\d{1,3}[.)]|\(?[a-zA-Z]{1,4}[.)]|\d+(?:\.\d+)+\.?|§+ ?\d+[a-z]?|\[\d+\]"
)
_GAP = 1.2
"""How many times the size of the letters lies between two cells of a row, or two columns."""
_NAME_LENGTH = 200
_UPRIGHT = 45
"""Degrees by which upright letters may be turned."""
_REST = re.compile(r"[^\S\r\n]*(?=\S)")
_UNSEEN = "\u200b"
_SHIFT = 0.6
"""How far the letters of one line are set above each other, in their size."""
_RAISED, _SMALL = 0.2, 0.64
"""How high an exponent stands above its line at least, and how high it is at most."""
_LOWER, _HIGHER = 0.4, 1.0
"""How far from where letters stand the middle of others may be that pdfium sees in their line: a
cell may be centred between the lines of the one beside it."""
_EXPONENT = re.compile(r"[+−-]?\d+(?:[,–-]\d+)*(?![^\W_])")


class Cell(NamedTuple):
    """A stretch of a line that is set apart; `raw` is what pdfium gives for it, `at` so many
    UTF-16 units from the start of its page."""

    text: str
    left: float
    right: float
    raw: str = ""
    at: int = 0


@dataclass(slots=True)
class Line:
    """A line of a page as it is seen: `y` is where its letters stand, counted upwards. A
    `hyphen` that broke a word at its end is not in its text."""

    cells: list[Cell]
    page: int
    y: float
    size: float
    is_bold: bool = False
    hyphen: bool = False
    is_turned: bool = False

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right


@dataclass(slots=True)
class PageLines:
    """A page: `label` is what is printed on it, and a picture has no text at all."""

    label: str
    height: float
    lines: list[Line] = field(default_factory=list)
    is_picture: bool = False


class Entry(NamedTuple):
    """An entry of the outline: `level` from 1, `page` from 0."""

    title: str
    level: int
    page: int


class _Box(NamedTuple):
    """A rectangle as it is seen, and the place of its left end as pdfium counts."""

    left: float
    bottom: float
    right: float
    top: float
    place: tuple[float, float]


def read_page(document: PdfDocument, number: int) -> PageLines:
    """The lines of a page in the order in which they were written to the file."""
    page = document[number]
    try:
        if document.formenv:  # what is filled into forms is drawn on the page
            page.flatten()
            page.close()
            page = document[number]
        found = PageLines(document.get_page_label(number) or str(number + 1), page.get_height())
        text_page = page.get_textpage()
        try:
            found.lines = list(_Reader(page, text_page, number).lines())
        finally:
            text_page.close()
        found.is_picture = not found.lines and next(iter(page.get_objects()), None) is not None
        return found
    finally:
        page.close()


def outline(document: PdfDocument) -> list[Entry]:
    """The entries of the outline that lead to a page."""
    entries = []
    for bookmark in document.get_toc(max_depth=8):
        target = bookmark.get_dest()
        page = target.get_index() if target else None
        if page is not None and (title := tidy(bookmark.get_title())):
            entries.append(Entry(title, bookmark.level + 1, page))
    return entries


def tidy(text: str) -> str:
    """Text in one line, with ligatures taken apart."""
    return " ".join(text.translate(WRITTEN_AS).split())


class _Reader:
    """Asks pdfium about one page; a few questions a line, for each costs."""

    def __init__(self, page: PdfPage, text_page: PdfTextPage, number: int) -> None:
        import pypdfium2.raw as pdfium

        self._c = pdfium
        self._text = text_page
        self._number = number
        self._turn = page.get_rotation()
        width, height = page.get_size()
        self._size = (height, width) if self._turn in (90, 270) else (width, height)
        boxes = sorted((self._rect(i) for i in range(text_page.count_rects())), key=_middle)
        self._boxes = boxes
        self._numbers = [ctypes.c_double() for _ in range(4)]

    def lines(self) -> Iterator[Line]:
        whole = self._text.get_text_range()
        start, at, raw = 0, 0, ""
        for end in [*_LINE_END.finditer(whole), None]:
            raw += whole[start : end.start() if end else len(whole)]
            start = end.end() if end else len(whole)
            after = at + units(raw) + (units(end.group()) if end else 0)
            hyphen = end is not None and end.group() in _HYPHENS
            if end and not hyphen and self._goes_on(raw, at, _REST.match(whole, start), after):
                raw += _UNSEEN * len(end.group())
                continue
            if line := self._line(raw, at):
                line.hyphen = hyphen
                yield line
            at, raw = after, ""

    def _goes_on(self, raw: str, at: int, rest: re.Match[str] | None, after: int) -> bool:
        """Whether what begins after a line end stands beside what is before it: pdfium ends a
        line where letters are set higher or lower, as those of an exponent."""
        said = raw.rstrip()
        if not said or rest is None:
            return False
        last, first = self._index(at + units(said) - 1), self._index(after + len(rest.group()))
        (x, y), (left, beside) = self._origin(last), self._origin(first)
        if left <= x:
            return False
        size = max(self._letter_size(last), self._letter_size(first))
        return abs(beside - y) < _SHIFT * size and abs(left - self._right(last)) < size

    def _line(self, raw: str, at: int) -> Line | None:
        """A line of the page's text that begins `at` so many UTF-16 units."""
        inner = raw.strip()
        if not tidy(inner):
            return None
        at += units(raw[: len(raw) - len(raw.lstrip())])
        first, last = self._index(at), self._index(at + max(0, units(inner) - 1))
        left, right = self._origin(first)[0], self._right(last)
        right = max(left, right)
        middle = len(inner) // 2  # a bullet at the start may be of another size, or height
        while middle < len(inner) - 1 and not tidy(inner[middle]):
            middle += 1
        usual = self._index(at + units(inner[:middle]))
        y, size = self._origin(usual)[1], self._letter_size(usual)
        bold = self._is_bold(first) and self._is_bold(last)
        boxes = self._near(y, size, left, right)
        inner = self._with_exponents(inner, at, boxes, y, size)
        cells = self._cells(inner, at, (left, right), boxes, size)
        return Line(cells, self._number, y, size, bold, is_turned=self._is_turned(usual))

    def _cells(
        self, text: str, at: int, ends: tuple[float, float], boxes: list[_Box], size: float
    ) -> list[Cell]:
        """The line, cut where much white lies between its parts."""
        left, right = ends
        cells: list[Cell] = []
        start, reached, opens = 0, left, left

        def cell(end: int, to: float) -> Cell:
            raw = text[start:end]
            return Cell(tidy(raw), opens, to, raw, at + units(text[:start]))

        for box in boxes:
            if box.left - reached > _GAP * size:
                cut = self._offset(box) - at
                if start < cut < len(text) and tidy(text[start:cut]):
                    cells.append(cell(cut, reached))
                    start, opens = cut, box.left
            reached = max(reached, box.right)
        cells.append(cell(len(text), right))
        if len(cells) > 1 and _MARKER.fullmatch(cells[0].text):
            first, second = cells[:2]
            both, raw = f"{first.text} {second.text}", first.raw + second.raw
            cells[:2] = [Cell(both, first.left, second.right, raw, first.at)]
        return [cell for cell in cells if cell.text]

    def _with_exponents(self, text: str, at: int, boxes: list[_Box], y: float, size: float) -> str:
        """The line with the digits of exponents, and of marks of notes, as the characters for that."""
        for box in boxes:
            if box.bottom - y > _RAISED * size and box.top - box.bottom < _SMALL * size:
                exponent = _EXPONENT.match(text, max(0, self._offset(box) - at))
                if exponent:
                    written = exponent.group().translate(SUPERSCRIPTS)
                    text = text[: exponent.start()] + written + text[exponent.end() :]
        return text

    def _near(self, y: float, size: float, left: float, right: float) -> list[_Box]:
        from bisect import bisect_left

        first = bisect_left(self._boxes, y - _LOWER * size, key=_middle)
        near = []
        for box in self._boxes[first:]:
            if _middle(box) > y + _HIGHER * size:
                break
            if left - 1 <= box.left and box.right <= right + size:
                near.append(box)
        return sorted(near) if len(near) > 1 else []

    def _rect(self, index: int) -> _Box:
        left, bottom, right, top = self._text.get_rect(index)
        (x1, y1), (x2, y2) = self._seen(left, bottom), self._seen(right, top)
        centre = ((left + right) / 2, (bottom + top) / 2)
        place = {0: (left, centre[1]), 90: (centre[0], bottom), 180: (right, centre[1])}
        start = place.get(self._turn, (centre[0], top))
        return _Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2), start)

    def _seen(self, x: float, y: float) -> tuple[float, float]:
        """Where a place lies on the page as it is turned."""
        width, height = self._size
        return {0: (x, y), 90: (y, width - x), 180: (width - x, height - y)}.get(
            self._turn, (height - y, x)
        )

    def _index(self, at: int) -> int:
        return max(0, int(self._c.FPDFText_GetCharIndexFromTextIndex(self._text, at)))

    def _offset(self, box: _Box) -> int:
        x, y = box.place
        index = self._c.FPDFText_GetCharIndexAtPos(self._text, x, y, 2, 2)
        return int(self._c.FPDFText_GetTextIndexFromCharIndex(self._text, index))

    def _origin(self, index: int) -> tuple[float, float]:
        x, y = self._numbers[:2]
        self._c.FPDFText_GetCharOrigin(self._text, index, x, y)
        return self._seen(x.value, y.value)

    def _right(self, index: int) -> float:
        left, right, bottom, top = self._numbers
        self._c.FPDFText_GetCharBox(self._text, index, left, right, bottom, top)
        ends = self._seen(left.value, bottom.value), self._seen(right.value, top.value)
        return max(x for x, _ in ends)

    def _letter_size(self, index: int) -> float:
        matrix = self._c.FS_MATRIX(1, 0, 0, 1, 0, 0)
        self._c.FPDFText_GetMatrix(self._text, index, matrix)
        size = self._c.FPDFText_GetFontSize(self._text, index) * hypot(matrix.c, matrix.d)
        return float(size) or 1.0

    def _is_turned(self, index: int) -> bool:
        """Whether a letter stands on its side, as the page is seen."""
        angle: float = degrees(self._c.FPDFText_GetCharAngle(self._text, index)) + self._turn
        return abs((angle + 180) % 360 - 180) > _UPRIGHT

    def _is_bold(self, index: int) -> bool:
        name = ctypes.create_string_buffer(_NAME_LENGTH)
        flags = ctypes.c_int()
        self._c.FPDFText_GetFontInfo(self._text, index, name, _NAME_LENGTH, flags)
        return b"bold" in name.value.lower() or b"black" in name.value.lower()


def _middle(box: _Box) -> float:
    return (box.bottom + box.top) / 2


def units(text: str) -> int:
    """How long a text is in UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
