"""Plain text whose paragraphs were broken into lines: which line ends mean nothing.

A line that a program broke was full: the first word of the next one had no room on it. A poem, an
address or a list has room left at most of its line ends.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pp_qa.loading.aligned import is_row
from pp_qa.loading.marks import marker_style
from pp_qa.loading.structure import FIELD
from pp_qa.types import Span

WIDTHS = range(25, 101)
"""The widths at which people and mail programs break lines."""
_NAME = re.compile(r"\S*[/\\_@=]\S*\Z")
"""An address of the web, a file, a setting."""
_QUOTED = re.compile(r"(?:> ?)+")
_WORD = re.compile(r"[(\"'“‘«„]?([^\W\d_])[^\W\d_]*+(?![\d_=(/@\\]|[.:][\w/\\])")
"""A word as sentences have it, unlike an address, a name of a file or code."""
_ENDED = re.compile(r"[.:!?…。：！？][\"'”’»)\]]*$")
_BEGUN = re.compile(r"[.!?…。！？][\"'”’»)\]]*\s+[\"'“‘«„(]?[^\W\d_]")
"""Where a sentence ends inside a line and another begins."""
_OPEN = re.compile(r"\b(?:an?|the|of|to|in|on|at|by|for|from|with|and|or)\Z")
"""Words with which no sentence ends."""
_MOST = 0.6
_NEARLY = 0.85


class Line(NamedTuple):
    """A line that isn't blank, without the white space around it."""

    span: Span
    indent: int
    after_blank: bool
    is_rule: bool


class _Said(NamedTuple):
    """What a line says, without the marks of a quoted message; it ends at the column `reach`."""

    line: Line
    text: str
    quoted: str
    reach: int
    ended: bool

    def runs_on(self, below: _Said) -> bool:
        return runs_over(self.text, below.text)

    def fills(self, width: float, below: _Said) -> bool:
        """Whether the first word of the line below had no room on this one."""
        return self.reach + 1 + len(below.text.split(maxsplit=1)[0]) > width


def runs_over(above: str, below: str) -> bool:
    """Whether a sentence runs over the end of a line."""
    word = _WORD.match(below)
    begins = word is None or (word[1].isupper() and not _OPEN.search(above))
    return not (begins or _ENDED.search(above))


def continuations(text: str, lines: Sequence[Line]) -> set[Line]:
    """The lines that go on with the paragraph of the line above them."""
    runs = list(_runs(text, lines))
    width = _width(runs)
    anywhere = not width and _are_broken_anywhere(runs)
    continued = (_continued(run, width, anywhere and _is_prose(run)) for run in runs)
    return {said.line for found in continued for said in found}


def _runs(text: str, lines: Sequence[Line]) -> Iterator[list[_Said]]:
    """Lines of which nothing but their words tells whether they are one paragraph."""
    run: list[_Said] = []
    for line in lines:
        said = _said(text, line)
        if run and not _may_be_one(text, run[-1], said):
            yield run
            run = []
        run.append(said)
    yield run


def _said(text: str, line: Line) -> _Said:
    whole = line.span.of(text)
    mark = _QUOTED.match(whole)
    quoted = mark.group() if mark and mark.end() < len(whole) else ""
    ended = _ENDED.search(whole) is not None
    return _Said(line, whole[len(quoted) :].strip(), quoted, line.indent + len(whole), ended)


def _may_be_one(text: str, above: _Said, below: _Said) -> bool:
    line = below.line
    if line.after_blank or line.is_rule or above.line.is_rule or marker_style(text, line.span):
        return False
    if above.quoted.count(">") != below.quoted.count(">"):
        return False
    rows = (FIELD.match, is_row, _NAME.match)
    return not any(is_one(above.text) and is_one(below.text) for is_one in rows)


def _width(runs: Sequence[Sequence[_Said]]) -> int:
    """The width that most lines inside of sentences fill; 0 where there is none."""
    inside = [(a, b) for run in runs for a, b in pairwise(run) if a.runs_on(b)]
    if not inside:
        return 0
    reached = sorted(said.reach for both in inside for said in both)
    # What can't be broken, as a web address, may be longer than the others are wide.
    width = reached[round(0.9 * (len(reached) - 1))]
    full = sum(above.fills(width, below) for above, below in inside)
    return width if width in WIDTHS and full > _MOST * len(inside) else 0


def _continued(run: Sequence[_Said], width: int, anywhere: bool) -> Iterator[_Said]:
    inside = False
    for above, below in pairwise(run):
        indented = below.line.indent > above.line.indent
        if above.ended and indented:  # how a paragraph may begin
            inside = False
        elif anywhere or (width and above.fills(width, below)):
            inside = True
        else:
            near = run[-1].ended or (width and above.fills(_NEARLY * width, below))
            inside = (bool(near) and above.runs_on(below)) or (inside and not above.ended)
        if inside:
            yield below


def _is_prose(run: Sequence[_Said]) -> bool:
    """Whether lines are sentences, and as many run over the end of a line as end with one."""
    ends = _ends(run)
    return ends["over"] >= max(1, ends["with"]) and (run[-1].ended or ends.total() > ends["over"])


def _are_broken_anywhere(runs: Sequence[Sequence[_Said]]) -> bool:
    """Whether paragraphs have lines of any length: their sentences end inside the lines as often
    as with them, which those of a poem don't."""
    ends = sum((_ends(run) for run in runs if _is_prose(run)), Counter[str]())
    return ends["over"] > ends["with"] <= ends["inside"]


def _ends(run: Sequence[_Said]) -> Counter[str]:
    """How many sentences run over the end of a line, end with one, and end inside one."""
    ends = Counter(inside=sum(len(_BEGUN.findall(said.text)) for said in run))
    for above, below in pairwise(run):
        ends["over"] += above.runs_on(below)
        ends["with"] += above.ended
    return ends
