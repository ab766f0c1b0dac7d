"""What stands at the edges of pages and is none of their text: running heads, numbers, stamps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pp_qa.loading.pdf_layout import Layout, Paragraph
from pp_qa.loading.pdf_lines import Line, PageLines

_COUNTED = re.compile(r"^\d{1,5}\b|\b\d{1,5}$|(?<=[Pp]age )\d{1,5}|(?<=Seite )\d{1,5}")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.|s\.)?\s*(?:\d+|[ivxlc]+)\s*(?:(?:of|von|/)\s*\d+)?\W*", re.IGNORECASE
)
_EDGE = 0.12
"""The part of a page at its top and at its bottom in which lines repeat."""
_FEWEST_PAGES = 3
"""As many as the shortest chapter has whose name stands on each page; a letter has fewer."""


def without_edges(pages: Sequence[PageLines], layout: Layout) -> list[Paragraph | Line]:
    """All lines in reading order, but for what repeats at the top or the bottom of the pages, and
    what runs up their margins: that is kept once, as navigation, and page numbers not at all."""
    edges = [_edges(page, layout) for page in pages]
    seen = Counter(key for page in edges for key in {k for keys in page.values() for k in keys})
    fewest = max(2, min(_FEWEST_PAGES, len(pages)))
    told: set[str] = set()
    found: list[Paragraph | Line] = []
    for page, outer in zip(pages, edges, strict=True):
        turned = _turned(page)
        for line in page.lines:
            is_turned = id(line) in turned
            keys = outer.get(id(line), ())
            repeated = next((key for key in keys if _repeats(key, seen[key], fewest)), "")
            key = line.text if is_turned else repeated
            if not (key or (keys and _is_page_number(line, page))):
                found.append(line)
            elif key not in told and not _PAGE_NUMBER.fullmatch(line.text):
                found.append(Paragraph([line], "navigation"))
            told.add(key)
    return found


def _turned(page: PageLines) -> set[int]:
    """The lines of a page that run up or down, by their identity, unless it is most of them."""
    turned = [line for line in page.lines if line.is_turned]
    letters, others = (sum(len(line.text) for line in found) for found in (turned, page.lines))
    return {id(line) for line in turned} if 2 * letters < others else set()


def _repeats(key: str, pages: int, fewest: int) -> bool:
    """Whether an outer line on so many pages says something of them all; where a number counts
    the pages, two of them tell."""
    return pages >= (2 if "#" in key else fewest)


def _edges(page: PageLines, layout: Layout) -> dict[int, tuple[str, str]]:
    """The outermost lines of a page, by their identity, with where they stand and what they say:
    once with a number at an end as its distance from the number of the page, and once as it is,
    for it may be a year."""
    heights = sorted({round(line.y / 3) for line in page.lines})
    outer = {*heights[:2], *heights[-2:]}
    keys = {}
    for line in page.lines:
        inside = _EDGE * page.height < line.y < (1 - _EDGE) * page.height
        if not inside and round(line.y / 3) in outer and not layout.is_title(line):
            place = f" @{round(line.y / 4)}"
            keys[id(line)] = (_uncounted(line) + place, line.text + place)
    return keys


def _uncounted(line: Line) -> str:
    """What a line says, the number in it that is nearest to its page's as the distance to it."""
    numbers = list(_COUNTED.finditer(line.text))
    if not numbers:
        return line.text
    found = min(numbers, key=lambda m: abs(int(m.group()) - line.page))
    distance = int(found.group()) - line.page
    return f"{line.text[: found.start()]}#{distance}{line.text[found.end() :]}"


def _is_page_number(line: Line, page: PageLines) -> bool:
    return line.text.strip("-–— ") in (page.label, str(line.page + 1))
