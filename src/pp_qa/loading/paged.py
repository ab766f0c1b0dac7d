"""Plain text that was laid out for a printer: pages that form feeds part, with running heads.

A sentence goes on over the border of two pages once what repeats at their edges is gone. At the
top of the first page it stays: it may be all that names the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from pp_qa.loading.wrapping import runs_over
from pp_qa.types import Page, Span

_BREAK = "\f"
_EDGE = 2
"""Lines at the top and at the bottom of a page that may repeat."""
_FEWEST, _SHARE = 2, 0.3
"""On how many pages, and on which share of them, a line repeats that is a running one."""
_COUNTED = re.compile(r"\d+|\b[ivxlc]+\b")
_SPACES = re.compile(r"\s+")


def unpaged(text: str) -> tuple[str, tuple[Page, ...]]:
    """The text without the borders of its pages, and where these lie in it; a text without form
    feeds as it is."""
    if _BREAK not in text:
        return text, ()
    pages = _without_running_lines([page.split("\n") for page in text.split(_BREAK)])
    parts: list[str] = []
    bounds = [0]
    for lines, following in pairwise([*pages, []]):
        if lines:
            parts += ["\n".join(lines), _gap(lines, following)]
        bounds.append(sum(map(len, parts[-2:])) + bounds[-1] if lines else bounds[-1])
    spans = [Span(*ends) for ends in pairwise(bounds)]
    return "".join(parts), tuple(Page(i, str(i), span) for i, span in enumerate(spans, 1) if span)


def _gap(lines: Sequence[str], following: Sequence[str]) -> str:
    """What parts two pages: a line end within a sentence, else an empty line."""
    return "\n" if following and runs_over(lines[-1].strip(), following[0].strip()) else "\n\n"


def _without_running_lines(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """The lines of each page, from the first that says something to the last."""
    said = [[i for i, line in enumerate(lines) if line.strip()] for lines in pages]
    edges = [{("top", i) for i in at[:_EDGE]} | {("bottom", i) for i in at[-_EDGE:]} for at in said]
    counts = Counter(
        key
        for lines, edge in zip(pages, edges, strict=True)
        for key in {(side, _look(lines[i])) for side, i in edge}
    )
    fewest = max(_FEWEST, _SHARE * len(pages))
    found = []
    for number, (lines, at, edge) in enumerate(zip(pages, said, edges, strict=True)):
        running = {i for side, i in edge if counts[side, _look(lines[i])] >= fewest}
        if not number:
            running -= {i for side, i in edge if side == "top"}
        kept = [i for i in at if i not in running]
        body = range(kept[0], kept[-1] + 1) if kept else range(0)
        found.append([lines[i] for i in body if i not in running])
    return found


def _look(line: str) -> str:
    """A line but for its spaces and the number of its page."""
    return _COUNTED.sub("0", _SPACES.sub(" ", line.strip()))
