"""The columns of a PDF's pages: lines that run across two, and how far those of each reach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from statistics import median

from pp_qa.loading.pdf_lines import Line

_COLUMN_LETTERS = 18
_FEWEST_LINES = 4
_FULL = 0.85
_ALL_PAGES = -1
_STEP = 50
"""Lines begin in the same column when their left ends are no farther apart, in points."""
_ODD = 20
_SHARE = 0.2
"""The part of a page's lines that begin in its second column."""


def in_columns(lines: Sequence[Line]) -> list[Line]:
    """Lines that run across two columns, taken apart: first the left column, then the right."""
    found: list[Line] = []
    run: list[Line] = []
    for line in [*lines, None]:
        if line is not None and len(line.cells) == 2 and _goes_on(run, line):
            run.append(line)
            continue
        found += _columns(run)
        run = [line] if line is not None and len(line.cells) == 2 else []
        if line is not None and not run:
            found.append(line)
    return found


def _goes_on(run: Sequence[Line], line: Line) -> bool:
    return not run or abs(run[-1].cells[1].left - line.cells[1].left) <= line.size


def _columns(run: Sequence[Line]) -> Iterable[Line]:
    lengths = [len(cell.text) for line in run for cell in line.cells]
    if len(run) < _FEWEST_LINES or median(lengths) < _COLUMN_LETTERS:
        return run
    left = [replace(line, cells=line.cells[:1], hyphen=False) for line in run]
    return [*left, *(replace(line, cells=line.cells[1:]) for line in run)]


class Reaches:
    """How far to the right lines of a document reach, by where they begin; those that run over a
    column beside theirs, as a title over two does, by themselves."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._second: dict[int, list[int]] = {}
        """By page, where so many lines begin that a column does."""
        for page, on_page in groupby(lines, key=lambda line: line.page):
            begun = Counter(map(_begin, on_page))
            self._second[page] = [at for at, n in begun.items() if n >= _SHARE * begun.total()]
        self._ends: dict[tuple[int, int, bool], list[float]] = defaultdict(list)
        for line in lines:
            for page in (line.page, _ALL_PAGES):
                self._ends[page, _begin(line), self._runs_over(line)].append(line.right)
        self._reached: dict[tuple[int, int, bool], float] = {}

    def is_full(self, line: Line) -> bool:
        """Whether a line reaches about as far as those of its column."""
        return line.right - line.left >= _FULL * (self._reach(line) - line.left)

    def has_no_room(self, line: Line, following: Line) -> bool:
        """Whether the first word of the following line would not fit into this one."""
        width, room = line.right - line.left, self._reach(line) - line.right
        word = following.text.split(maxsplit=1)[0]
        return width > room and room < (1 + len(word)) * width / len(line.text)

    def _reach(self, line: Line) -> float:
        key = (line.page, _begin(line), self._runs_over(line))
        if key not in self._reached:
            self._reached[key] = self._farthest(*key)
        return max(line.right, self._reached[key])

    def _farthest(self, page: int, column: int, over: bool) -> float:
        """Where lines of a column end, and of those beside it; one in twenty may be an odd one."""
        ends: list[float] = []
        for of in (page, _ALL_PAGES):  # a few lines don't tell how wide a column is
            near = (self._ends.get((of, at, over), ()) for at in range(column - 1, column + 2))
            ends = [end for found in near for end in found]
            if len(ends) >= _FEWEST_LINES:
                break
        return sorted(ends)[-1 - len(ends) // _ODD]

    def _runs_over(self, line: Line) -> bool:
        beside = (at for at in self._second[line.page] if at > _begin(line) + 1)
        return any(line.right > (at + 0.5) * _STEP for at in beside)


def _begin(line: Line) -> int:
    return round(line.left / _STEP)
