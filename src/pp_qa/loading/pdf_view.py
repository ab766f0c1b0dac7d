"""The pages of a PDF as pictures, and where on them a stretch of the document's text stands.

The text is put together again by the code that loads it, this time with the letters' places on
the pages; nothing is searched for.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import regex

from pp_qa.loading.building import readable
from pp_qa.loading.pdf import Placed, compose, open_pdf, read_all
from pp_qa.loading.pdf_lines import WRITTEN_AS, Cell, units
from pp_qa.types import Span

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_MOST_PIXELS = 16_000_000
_STEPS = 1_000_000
"""How finely a page is divided."""
_CLUSTER = regex.compile(r"\X")
_HYPHENS = frozenset("-\u2010\u2011")
"""What may be left out where words were broken."""
_PUT_IN = frozenset("-;")
"""What may be in a text that is not on its page: a broken word's hyphen, a mark between cells."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, counted from 1, in parts of its width and height, from the top."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


class _Letter(NamedTuple):
    """A letter of the text and the characters of a page, `first` to `last` as pdfium counts UTF-16
    units, that show it; `stretch` tells one cell of one line from another."""

    letter: str
    page: int
    stretch: int
    first: int
    last: int


class PdfView:
    """A PDF whose pages are looked at. To be used by one thread at a time."""

    def __init__(self, content: bytes) -> None:
        """Raises LoadError as the loader does."""
        self._opened = open_pdf(content)

    def sizes(self) -> list[tuple[float, float]]:
        """Width and height of each page, as it is seen."""
        count = range(len(self._opened))
        return [(max(1.0, w), max(1.0, h)) for w, h in map(self._opened.get_page_size, count)]

    def picture(self, page: int, width: int) -> bytes:
        """A page, counted from 1, as a PNG of so many pixels' width, or fewer where it would be
        too high."""
        opened = self._opened[page - 1]
        try:
            wide, high = (max(1.0, size) for size in opened.get_size())
            scale = min(width / wide, (_MOST_PIXELS / (wide * high)) ** 0.5)
            file = BytesIO()
            opened.render(scale=scale).to_pil().convert("RGB").save(file, "PNG", compress_level=3)
            return file.getvalue()
        finally:
            opened.close()

    def boxes(self, spans: Sequence[Span]) -> list[list[Box]]:
        """Where each span of the text stands: a box for each line, or part of a line."""
        return [list(self._boxes(span)) for span in spans]

    @cached_property
    def _composed(self) -> tuple[str, list[Placed]]:
        pages, entries, _ = read_all(self._opened)
        parsed, placed = compose(pages, entries)
        return parsed.text, placed

    def _boxes(self, span: Span) -> Iterator[Box]:
        text, placed = self._composed
        lines: dict[tuple[int, int, int], list[_Letter]] = {}
        for number, place in enumerate(p for p in placed if p.span.overlap(span)):
            inside = Span(max(span.start, place.span.start), min(span.end, place.span.end))
            for letter in _letters_of(text, inside, place):
                lines.setdefault((letter.page, number, letter.stretch), []).append(letter)
        by_page: dict[int, list[list[_Letter]]] = {}
        for (page, *_), letters in lines.items():
            by_page.setdefault(page, []).append(letters)
        for page, stretches in by_page.items():
            opened = self._opened[page]
            shown = opened.get_textpage()
            try:
                corners = (_corners(opened, shown, letters) for letters in stretches)
                yield from (Box(page + 1, *found) for found in corners if found)
            finally:
                shown.close()
                opened.close()


def _letters_of(text: str, span: Span, place: Placed) -> Iterator[_Letter]:
    """The letters that show a span of a paragraph; all of the paragraph's, where what is on the
    page can't be told to be what is in the text."""
    known = [
        letter
        for stretch, (page, cell) in enumerate(_cells(place))
        for letter in _letters(cell, page, stretch)
    ]
    traced = _traced(place.span.of(text), known)
    if traced is None:
        return iter(known)
    first, end = span.start - place.span.start, span.end - place.span.start
    return (letter for at, letter in traced.items() if first <= at < end)


def _traced(text: str, letters: Sequence[_Letter]) -> dict[int, _Letter] | None:
    """The letter of the page for each one of a paragraph's text, white space aside; None where
    they are not the same but for hyphens."""
    found: dict[int, _Letter] = {}
    following = 0
    for at, character in enumerate(text):
        if character.isspace():
            continue
        here = following
        while here < len(letters) and letters[here].letter in _HYPHENS - {character}:
            here += 1
        if here < len(letters) and letters[here].letter == character:
            found[at] = letters[here]
            following = here + 1
        elif character not in _PUT_IN:
            return None
    return found


def _cells(place: Placed) -> Iterator[tuple[int, Cell]]:
    for line in place.paragraph.lines:
        yield from ((line.page, cell) for cell in line.cells)


def _letters(cell: Cell, page: int, stretch: int) -> Iterator[_Letter]:
    """The letters of a cell as they are in the text: several for a ligature, one for a letter
    and its accents."""
    at = cell.at
    for match in _CLUSTER.finditer(cell.raw):
        cluster = match.group()
        after = at + units(cluster)
        for letter in readable(cluster.translate(WRITTEN_AS)):
            if not letter.isspace():
                yield _Letter(letter, page, stretch, at, after - 1)
        at = after


def _corners(
    page: object, shown: PdfTextPage, letters: Sequence[_Letter]
) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of what shows letters of one line."""
    import pypdfium2.raw as pdfium

    corners: list[tuple[float, float]] = []
    tight = [ctypes.c_double() for _ in range(4)]
    loose = pdfium.FS_RECTF()
    for unit in {u for letter in letters for u in range(letter.first, letter.last + 1)}:
        index = pdfium.FPDFText_GetCharIndexFromTextIndex(shown, unit)
        if index < 0 or not pdfium.FPDFText_GetCharBox(shown, index, *tight):
            continue
        left, right, bottom, top = (number.value for number in tight)
        if right <= left or top <= bottom:
            continue  # what draws nothing
        corners += [_seen(page, left, bottom), _seen(page, right, top)]
        if pdfium.FPDFText_GetLooseCharBox(shown, index, loose):  # as high as the line's letters
            corners += [_seen(page, left, loose.bottom), _seen(page, right, loose.top)]
    if not corners:
        return None
    across, down = zip(
        *((min(1.0, max(0.0, c)) for c in corner) for corner in corners), strict=True
    )
    return min(across), min(down), max(across), max(down)


def _seen(page: object, x: float, y: float) -> tuple[float, float]:
    """A place of a page as parts of its width and height, as it is rendered."""
    import pypdfium2.raw as pdfium

    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, _STEPS, _STEPS, 0, x, y, across, down)
    return across.value / _STEPS, down.value / _STEPS
