"""Lines of pages → paragraphs, items, rows and headings in reading order."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pp_qa.loading.marks import marker_style
from pp_qa.loading.pdf_columns import Reaches
from pp_qa.loading.pdf_lines import Entry, Line
from pp_qa.loading.structure import FIELD
from pp_qa.types import BlockKind, Span

_CLOSED = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*$")
_CONTENTS = re.compile(r"(?:\.\s?){4,}\s*\w+$")
"""A line of a table of contents: dots that lead to a page number."""
_NUMBERED = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,5}\.)\s+[^\W\d_a-z]")
"""How a heading begins that is one of several."""
_BROKEN = re.compile(r"[^\W\d_]-$")
_LAST_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_UNSPACED = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
"""Characters of Chinese and Japanese, which have no spaces between their words."""
_LARGER = 1.12
_SMALLER = 0.92
_HEADING_LENGTH = 200
_BOLD_LENGTH = 100


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together; `level` is that of a heading, `cells` are those of a row, each
    with the lines that it was broken into."""

    lines: list[Line]
    kind: BlockKind = "prose"
    level: int = 0
    cells: Sequence[Sequence[Line]] = ()

    @classmethod
    def of_row(cls, cells: Sequence[Sequence[Line]]) -> Paragraph:
        return cls([line for cell in cells for line in cell], "item", cells=cells)

    @property
    def is_row(self) -> bool:
        return bool(self.cells)


def is_row(line: Line) -> bool:
    return len(line.cells) > 1


class Layout:
    """Makes paragraphs of lines; what is usual in the document tells what is not."""

    def __init__(self, lines: Sequence[Line], entries: Sequence[Entry]) -> None:
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[_rounded(line.size)] += len(line.text)
        self.body = sizes.most_common(1)[0][0] if sizes else 1.0
        steps = [
            (above.y - below.y) / self.body
            for above, below in pairwise(lines)
            if above.page == below.page and _rounded(above.size) == self.body
        ]
        near = [step for step in steps if 0.8 < step < 2.5]
        self.leading = median(near) if near else 1.2
        bold = sum(line.is_bold for line in lines)
        self._bold_tells = bold < 0.4 * len(lines)
        self._entries: dict[int, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._entries[entry.page].append(entry)
        self._reaches = Reaches(lines)

    def paragraphs(self, lines: Sequence[Paragraph | Line]) -> list[Paragraph]:
        found: list[Paragraph] = []
        for line in lines:
            if isinstance(line, Paragraph):
                found.append(line)
            elif (at := self._begun(found, line)) is None:
                found.append(self._opened(found, line))
            else:
                begun = found.pop(at)
                begun.lines.append(line)
                # what stands under it on its page goes before it, that pages stay in one piece
                below = [p for p in found[at:] if p.lines[0].page < line.page]
                found.insert(at + len(below), begun)
        self._set_levels([p for p in found if p.kind == "heading"])
        return found

    def _begun(self, found: Sequence[Paragraph], line: Line) -> int | None:
        """Which paragraph a line goes on with: the last one, or that of the page before which
        only notes and what repeats at the edges lie under."""
        for at in range(len(found) - 1, -1, -1):
            paragraph = found[at]
            ends = paragraph.lines[0].page, paragraph.lines[-1].page
            is_last, is_aside = at == len(found) - 1, self._is_aside(paragraph)
            may = is_last or (not is_aside and ends == (line.page - 1, line.page - 1))
            if may and self._continues(paragraph, line):
                return at
            if not is_aside or ends[1] < line.page - 1:
                return None
        return None

    def _is_aside(self, paragraph: Paragraph) -> bool:
        small = all(line.size < _SMALLER * self.body for line in paragraph.lines)
        return paragraph.kind == "navigation" or small

    def _opened(self, before: Sequence[Paragraph], line: Line) -> Paragraph:
        if (entry := self._entry(line)) is not None:
            return Paragraph([line], "heading", entry.level)
        if _CONTENTS.search(line.text):
            return Paragraph([line], "navigation")
        if self._is_heading(before, line):
            return Paragraph([line], "heading")
        if is_row(line):
            return Paragraph.of_row([[replace(line, cells=[cell])] for cell in line.cells])
        return Paragraph([line], "item" if _is_marked(line) else "prose")

    def _entry(self, line: Line) -> Entry | None:
        """The entry of the outline that a line is, or begins."""
        text = _plain(line.text)
        for entry in self._entries.get(line.page, ()):
            title = _plain(entry.title)
            begins = len(text) > 8 and title.startswith(text)
            if text and (text == title or begins or _plain(_unnumbered(line.text)) == title):
                return entry
        return None

    def is_title(self, line: Line) -> bool:
        """Whether a line surely is a heading, wherever it stands."""
        return self._is_larger(line) or self._entry(line) is not None

    def _is_larger(self, line: Line) -> bool:
        return line.size >= _LARGER * self.body

    def _is_heading(self, before: Sequence[Paragraph], line: Line) -> bool:
        text = line.text
        if not any(c.isalpha() for c in text) or len(text) > _HEADING_LENGTH:
            return False
        if self._is_larger(line):
            return not is_row(line) or len(line.cells) == 2
        if not (line.is_bold and self._bold_tells) or is_row(line) or len(text) > _BOLD_LENGTH:
            return False
        if before and (last := before[-1].lines[-1]).page == line.page and not before[-1].is_row:
            close = 0 < last.y - line.y < 1.15 * self.leading * self.body
            if close and before[-1].kind != "heading":
                return False
        return _CLOSED.search(text) is None and not marker_style(text, Span(0, 1))

    def _continues(self, paragraph: Paragraph, line: Line) -> bool:
        last = paragraph.lines[-1]
        if paragraph.kind == "navigation" or is_row(line) or paragraph.is_row:
            return False
        if abs(last.size - line.size) > 0.12 * max(last.size, line.size):
            return False
        if _CONTENTS.search(line.text) or (FIELD.match(last.text) and FIELD.match(line.text)):
            return False
        down = last.y - line.y if last.page == line.page else -1.0
        if paragraph.kind == "heading":
            return self._continues_heading(paragraph, line, down)
        if self._entry(line) is not None or (
            last.is_bold != line.is_bold and not self._reaches.is_full(last)
        ):
            return False
        if _is_marked(line) and (paragraph.kind == "item" or not self._runs_on(last, line)):
            return False
        if last.hyphen:
            return True
        return self._below(paragraph, line, down) if down > 0 else self._runs_on(last, line)

    def _continues_heading(self, heading: Paragraph, line: Line, down: float) -> bool:
        """Whether a heading goes on: at its own leading, aligned with it, and not numbered anew."""
        last = heading.lines[-1]
        if last.is_bold != line.is_bold or not (self._is_larger(line) or line.is_bold):
            return False
        steps = [above.y - below.y for above, below in pairwise(heading.lines)]
        most = 1.15 * steps[-1] if steps else 1.25 * max(1.2, self.leading) * last.size
        if not 0 < down < most or _is_outdented(line, heading.lines[0]):
            return False
        known = self._entry(heading.lines[0])
        if known and _plain(known.title) == _plain("".join(part.text for part in heading.lines)):
            return False
        begins = _is_marked(line) or _NUMBERED.match(line.text) or self._entry(line)
        return not begins and len(heading.lines) < 4

    def _below(self, paragraph: Paragraph, line: Line, down: float) -> bool:
        """Whether a line under a paragraph goes on with it."""
        last, first = paragraph.lines[-1], paragraph.lines[0]
        if down > 1.35 * self.leading * max(last.size, 1.0):
            return False
        closed, full = _CLOSED.search(last.text) is not None, self._reaches.is_full(last)
        if paragraph.kind == "item":
            return line.left > first.left - 2 and (not closed or full or line.left > first.left + 2)
        indented = line.left > last.left + 0.8 * last.size
        if indented and (closed or len(paragraph.lines) > 1):
            return False
        return full or (not closed and (line.text[:1].islower() or self._is_broken(last, line)))

    def _runs_on(self, last: Line, line: Line) -> bool:
        """Whether a paragraph that ends with a line goes on elsewhere, by how it ends."""
        return last.hyphen or (_CLOSED.search(last.text) is None and self._is_broken(last, line))

    def _is_broken(self, last: Line, line: Line) -> bool:
        return self._reaches.is_full(last) or self._reaches.has_no_room(last, line)

    def _set_levels(self, headings: Sequence[Paragraph]) -> None:
        """The larger the letters, the higher the heading, below what the outline says."""
        known = {_weight(h): h.level for h in headings if h.level}
        lowest = max(known.values(), default=0)
        levels = dict(known)
        others = sorted({_weight(h) for h in headings} - known.keys(), reverse=True)
        for rank, weight in enumerate(others, 1):
            smaller = [level for other, level in known.items() if other < weight]
            levels[weight] = min(smaller) if smaller else lowest + rank
        for heading in headings:
            heading.level = heading.level or levels[_weight(heading)]


def joined(lines: Sequence[Line], words: Container[str]) -> tuple[str, list[tuple[int, int]]]:
    """The text of a paragraph with broken words made whole, and the places in it where another
    page begins: (offset, page)."""
    text = lines[0].text
    borders = []
    for above, line in pairwise(lines):
        if above.hyphen or _BROKEN.search(text[-2:]):
            stem = text if above.hyphen else text[:-1]
            text = stem if _is_one_word(stem, line.text, words) else f"{stem}-"
        elif not (_UNSPACED.match(text[-1]) and _UNSPACED.match(line.text)):
            text += " "
        if line.page != above.page:
            borders.append((len(text), line.page))
        text += line.text
    return text, borders


def words_of(lines: Iterable[Line]) -> frozenset[str]:
    """All words of a document, those with hyphens whole."""
    return frozenset(word.lower() for line in lines for word in _WORD.findall(line.text))


def _is_one_word(before: str, after: str, words: Container[str]) -> bool:
    """Whether a word that was broken at a hyphen is written without it: as elsewhere in the
    document, else without, if it goes on with a small letter."""
    first, second = _LAST_WORD.search(before[-80:]), _WORD.match(after)
    if first is None or second is None or not after[:1].islower():
        return False
    parts = first.group().lower(), second.group().lower()
    return "".join(parts) in words or "-".join(parts) not in words


def _is_marked(line: Line) -> bool:
    return bool(marker_style(line.text, Span(0, len(line.text))))


def _is_outdented(line: Line, first: Line) -> bool:
    """Whether a line stands further out than a first line with which it isn't centred."""
    centred = abs(line.left + line.right - first.left - first.right) < 2 * first.size
    return line.left < first.left - first.size and not centred


def _unnumbered(text: str) -> str:
    return re.sub(r"^[\dA-Z]{1,3}(?:\.\d+)*\.?\s+", "", text)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _weight(heading: Paragraph) -> tuple[float, bool]:
    return _rounded(heading.lines[0].size), heading.lines[0].is_bold
