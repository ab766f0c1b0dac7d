"""What marks the items of a list, and lists that were typed line by line rather than made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from pp_qa.text import strip_span
from pp_qa.types import Block, BlockKind, Span

BULLETS = "-*+•◦▪‣·–—●○■□▫◆◇►▶▸➢➤→❖✓✔✗✘☐☑☒⁃∙−\uf0b7\uf0a7\uf0d8\uf0fc\uf076"
"""What marks items; the last ones are those of Word where its fonts are missing."""
_ITEM = re.compile(
    rf"(?:(?:([{re.escape(BULLETS)}]|\[[ xX]\]|o(?=\t| {{2}}))"
    r"|\(?(?:(\d{1,3})|([a-zA-Z]|[ivx]{1,5}))[.)])\s+|([•●\uf0b7]|-(?=[^\W\d_])))\S"
)
_ROMAN = {
    numeral: n
    for n, numeral in enumerate(["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"], 1)
}
_SPEECH = frozenset("–—")
"""With these, paragraphs of a novel begin."""
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_LONGEST_ITEM = 300
"""Code points: longer paragraphs with numbers are those of a text, not the items of a list."""

_Mark = tuple[str, int]
"""The style of a mark, and its number among those of the style; 0 for bullets."""


def marker_style(text: str, span: Span) -> str:
    """What marks a list item: its bullet, "number" or "letter"; "" where nothing does."""
    marks = _marks(text, span)
    return marks[0][0] if marks else ""


def _marks(text: str, span: Span) -> list[_Mark]:
    """What a mark may be read as: `i.` is a letter, or a number of the Romans."""
    found = _ITEM.match(text, span.start, span.end)
    if found is None:
        return []
    bullet, number, letter, close = found.groups()
    if not letter:
        return [("number", int(number)) if number else ((bullet or close)[:1], 0)]
    roman = [("roman", _ROMAN[letter])] if letter in _ROMAN else []
    return [("letter", ord(letter.lower()[0]) if len(letter) == 1 else 0), *roman]


def with_typed_lists(
    text: str, blocks: Iterable[Block], complete: Collection[Span] = ()
) -> list[Block]:
    """The blocks, of which lines of a paragraph, or paragraphs, become items where they are marked
    one after the other as the items of a list; those that are `complete` stay as they are."""
    found: list[Block] = []

    def may_be_item(block: Block) -> bool:
        return block.span not in complete and _may_be_item(text, block)

    whole = ((block, block.span in complete) for block in blocks)
    parts = (p for b, is_whole in whole for p in ((b,) if is_whole else _apart(text, b)))
    for may_be, run in groupby(parts, key=may_be_item):
        together = list(run)
        listed = _listed(text, [block.span for block in together]) if may_be else ()
        found += [replace(b, kind="item") if b.span in listed else b for b in together]
    return found


def _may_be_item(text: str, block: Block) -> bool:
    short = block.kind == "prose" and len(block.span) <= _LONGEST_ITEM
    return short and marker_style(text, block.span) not in {"", *_SPEECH}


def _listed(text: str, spans: Sequence[Span]) -> set[Span]:
    """Those that are marked as others of them are, or with the number before or after."""
    marks = {span: _marks(text, span) for span in spans}
    count = Counter(mark for found in marks.values() for mark in found)

    def has_fellow(style: str, number: int) -> bool:
        near = (style, number - 1) in count or (style, number + 1) in count
        return near if number else count[style, 0] > 1

    return {span for span, found in marks.items() if any(has_fellow(*mark) for mark in found)}


def _apart(text: str, block: Block) -> Iterator[Block]:
    """A paragraph with the lines of a list in it apart. What follows the last item is none where
    each of the others is one line."""
    lines = [strip_span(text, Span(*m.span())) for m in _LINE.finditer(text, *_ends(block))]
    listed = _listed(text, lines) if block.kind == "prose" and len(lines) > 1 else set()
    if not listed:
        yield block
        return
    starts = [i for i, line in enumerate(lines) if line in listed]
    if all(below == above + 1 for above, below in pairwise(starts)):
        starts.append(starts[-1] + 1)
    for first, after in pairwise(sorted({0, *starts, len(lines)})):
        kind: BlockKind = "item" if lines[first] in listed else "prose"
        yield Block(Span(lines[first].start, lines[after - 1].end), kind)


def _ends(block: Block) -> tuple[int, int]:
    return block.span.start, block.span.end
