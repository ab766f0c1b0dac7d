"""The pages of a PDF as pictures, and where on them a stretch of the document's text stands.

The text is put together again by the code that loads it, this time with the letters' places on
the pages; nothing is searched for. A page's part of the text is known, so that mostly the page
and some around it are enough to be read.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import regex

from pp_qa.loading.building import readable
from pp_qa.loading.pdf import Placed, compose, kept_lines, open_pdf, read
from pp_qa.loading.pdf_lines import WRITTEN_AS, Cell, Line, units
from pp_qa.types import Span

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_MOST_PIXELS = 16_000_000
_STEPS = 1_000_000
"""How finely a page is divided."""
_AROUND = 4
"""Pages before a page and after it that tell what repeats there: three left or right ones."""
_PAGES_KEPT = 20
"""Of which the letters' places are kept."""
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


class PageText(NamedTuple):
    """What of a document's text is on a page, counted from 1, and where it starts."""

    page: int
    start: int
    text: str


class _Letter(NamedTuple):
    """A letter of the text and the characters of a page, `first` to `last` as pdfium counts UTF-16
    units, that show it; `stretch` is where the cell that it is in begins."""

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
        self._letters_on = lru_cache(maxsize=_PAGES_KEPT)(self._trace)

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

    def boxes(self, spans: Sequence[Span], pages: Sequence[PageText] = ()) -> list[list[Box]]:
        """Where each span of the text stands: a box for each line, or part of a line. `pages` are
        those that the spans are on; all must be read where they don't tell."""
        found = (self._near(span, pages) or self._anywhere(span) for span in spans)
        return [list(self._boxes(letters)) for letters in found]

    def _near(self, span: Span, pages: Sequence[PageText]) -> list[_Letter]:
        """The letters that show a span, as its pages tell; none where they don't."""
        found: list[_Letter] = []
        for known in pages:
            if not span.overlap(Span(known.start, known.start + len(known.text))):
                continue
            traced = self._letters_on(known)
            if traced is None:
                return []
            first, end = span.start - known.start, span.end - known.start
            found += [letter for at, letter in traced.items() if first <= at < end]
        return found

    def _trace(self, known: PageText) -> dict[int, _Letter] | None:
        """The letter of a page for each one of its text, as the pages around it tell; None where
        they tell of another text."""
        page = known.page - 1
        around = range(max(0, page - _AROUND), min(len(self._opened), page + _AROUND + 1))
        pages, entries, _ = read(self._opened, around)
        layout, kept = kept_lines(pages, entries)
        parts = layout.paragraphs(kept)
        lines = [line for part in parts for line in part.lines if line.page == page]
        return _traced(known.text, _letters_of(lines))

    def _anywhere(self, span: Span) -> list[_Letter]:
        """The letters that show a span, as the whole document tells."""
        text, placed = self._composed
        return [
            letter
            for place in placed
            if place.span.overlap(span)
            for letter in _letters_in(text, span, place)
        ]

    @cached_property
    def _composed(self) -> tuple[str, list[Placed]]:
        pages, entries, _ = read(self._opened, range(len(self._opened)))
        parsed, placed = compose(pages, entries)
        return parsed.text, placed

    def _boxes(self, letters: Sequence[_Letter]) -> Iterator[Box]:
        by_page: dict[int, dict[int, list[_Letter]]] = {}
        for letter in letters:
            by_page.setdefault(letter.page, {}).setdefault(letter.stretch, []).append(letter)
        for page, stretches in by_page.items():
            opened = self._opened[page]
            shown = opened.get_textpage()
            try:
                corners = (_corners(opened, shown, found) for found in stretches.values())
                yield from (Box(page + 1, *found) for found in corners if found)
            finally:
                shown.close()
                opened.close()


def _letters_in(text: str, span: Span, place: Placed) -> Sequence[_Letter]:
    """The letters that show a span of a paragraph; all of the paragraph's, where what is on the
    page can't be told to be what is in the text."""
    known = _letters_of(place.paragraph.lines)
    traced = _traced(place.span.of(text), known)
    if traced is None:
        return known
    first, end = span.start - place.span.start, span.end - place.span.start
    return [letter for at, letter in traced.items() if first <= at < end]


def _traced(text: str, letters: Sequence[_Letter]) -> dict[int, _Letter] | None:
    """The letter of the page for each one of a text, white space aside; None where they are not
    the same but for hyphens."""
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


def _letters_of(lines: Iterable[Line]) -> list[_Letter]:
    return [letter for line in lines for cell in line.cells for letter in _letters(cell, line.page)]


def _letters(cell: Cell, page: int) -> Iterator[_Letter]:
    """The letters of a cell as they are in the text: several for a ligature, one for a letter
    and its accents."""
    at = cell.at
    for match in _CLUSTER.finditer(cell.raw):
        cluster = match.group()
        after = at + units(cluster)
        for letter in readable(cluster.translate(WRITTEN_AS)):
            if not letter.isspace():
                yield _Letter(letter, page, cell.at, at, after - 1)
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
