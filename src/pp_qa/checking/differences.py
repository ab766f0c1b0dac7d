"""What a quotation says otherwise than a stretch of a document, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pp_qa.checking.wording import Wording, folded, lowered, same
from pp_qa.types import Difference, DifferenceKind, Span

_CLOSING = {".", ",", ";", ":"}
"""Marks that writers put before their closing quotation mark."""
_REACH = 12
"""Code points behind a last word in which its closing marks are looked for."""
_BESIDE = '",.;:!?'
"""Quotation marks, and those that stand by them."""


@dataclass(frozen=True, slots=True)
class Match:
    """A place in a document, and what a quotation says otherwise there."""

    span: Span
    differences: tuple[Difference, ...] = ()


def compare(quoted: Wording, stored: Wording, pairs: Sequence[tuple[int, int]]) -> Match:
    """All of `quoted` against the stretch of `stored` from the first partner to the last.
    `pairs` are words that stand for each other, in order, the same or not."""
    first, last = pairs[0][1], pairs[-1][1] + 1
    ends = len(quoted.words), last
    fixed = [(i, j) for i, j in pairs if _same_word(quoted, i, stored, j)]
    found = [
        _between(_Stretch(quoted, i + 1, k, 0, ends[0]), _Stretch(stored, j + 1, m, first, last))
        for (i, j), (k, m) in pairwise([(-1, first - 1), *fixed, ends])
    ]
    found += [_before(quoted, stored, first), _behind(quoted, stored, last)]
    differences = sorted((d for d in found if d is not None), key=lambda d: d.within)
    return Match(_span(quoted, stored, first, last), tuple(differences))


def _same_word(quoted: Wording, i: int, stored: Wording, j: int) -> bool:
    a, b = quoted.words[i].key, stored.words[j].key
    return same(a, b) or (i == 0 and same(lowered(a), lowered(b)))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words `start` to `end` of what is compared, which runs from word `first` to `last`, with
    what stands around them: none of it at the ends, which `_before` and `_behind` look at."""

    wording: Wording
    start: int
    end: int
    first: int
    last: int

    def joined(self) -> str:
        inner = self.wording.joined(self.start, self.end)
        before = self.wording.gap(self.start) or " " if self.start > self.first else ""
        after = self.wording.gap(self.end) or " " if self.end < self.last else ""
        if inner:
            return before + inner + after
        return before if self.start > self.first and self.end < self.last else ""

    def span(self) -> Span:
        """Into the text: the words, with what stands around them between two others."""
        words = self.wording.words
        start = words[self.start - 1].end if self.start > self.first else words[self.first].start
        end = words[self.end].start if self.end < self.last else words[self.last - 1].end
        if self.start == self.end and self.start == self.first:
            end = start
        elif self.start == self.end and self.end == self.last:
            start = end
        return Span(start, end)


def _between(ours: _Stretch, theirs: _Stretch) -> Difference | None:
    """What differs between two words that are the same, or None."""
    if same(ours.joined(), theirs.joined()):
        return None
    within, at = _trimmed(ours, theirs)
    return _difference(ours.wording, within, theirs.wording, at)


def _trimmed(ours: _Stretch, theirs: _Stretch) -> tuple[Span, Span]:
    """The two places without white space and the marks that both begin or end with."""
    a, b = ours.wording.text, theirs.wording.text
    x, y = _stripped(a, ours.span()), _stripped(b, theirs.span())
    before, after = x, y
    while x and y and a[x.start] == b[y.start] and not a[x.start].isalnum():
        x, y = _stripped(a, Span(x.start + 1, x.end)), _stripped(b, Span(y.start + 1, y.end))
    while x and y and a[x.end - 1] == b[y.end - 1] and not a[x.end - 1].isalnum():
        x, y = _stripped(a, Span(x.start, x.end - 1)), _stripped(b, Span(y.start, y.end - 1))
    return (x, y) if x or y else (before, after)


def _stripped(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _difference(quoted: Wording, within: Span, stored: Wording, at: Span) -> Difference:
    kind: DifferenceKind = "put_in" if not at else "left_out" if not within else "replaced"
    place = Span(at.start + stored.offset, at.end + stored.offset)
    return Difference(kind, within.of(quoted.text), at.of(stored.text), within, place)


# ── the ends ─────────────────────────────────────────────────────────────────


def _before(quoted: Wording, stored: Wording, first: int) -> Difference | None:
    """Marks before the first word that the document hasn't, or a sign that was cut off."""
    at, start = stored.words[first].start, quoted.words[0].start
    ours, theirs = _unquoted(quoted.gap(0)), _unquoted(stored.gap(first))
    rest = Span(0, start) if ours else Span(start, start)
    sign = stored.sign_before(first)
    if sign and not ours.endswith(folded(sign)):
        return _difference(quoted, rest, stored, Span(at - len(sign), at))
    if not theirs.endswith(ours):
        return _difference(quoted, rest, stored, Span(at, at))
    return None


def _behind(quoted: Wording, stored: Wording, last: int) -> Difference | None:
    """Marks behind the last word that the document hasn't, or a unit that was cut off."""
    at, end = stored.words[last - 1].end, quoted.words[-1].end
    ours, theirs = _closing(quoted), _unquoted(stored.gap(last))
    rest = Span(end, len(quoted.text)) if ours else Span(end, end)
    unit = stored.unit_after(last - 1)
    if unit and not ours.startswith(unit):
        place = stored.text.index(unit, at)
        if other := quoted.unit_after(len(quoted.words) - 1):
            end = quoted.text.index(other, end)
            rest = Span(end, end + 1)
        return _difference(quoted, rest, stored, Span(place, place + 1))
    if not theirs.startswith(ours) and ours not in _CLOSING:
        return _difference(quoted, rest, stored, Span(at, at))
    return None


def _span(quoted: Wording, stored: Wording, first: int, last: int) -> Span:
    """The stretch of the document, with the marks at its ends that are quoted too."""
    text = stored.text
    start, end = stored.words[first].start, stored.words[last - 1].end
    before, behind = _unquoted(quoted.gap(0)), _closing(quoted)
    for low in range(start, max(-1, start - _REACH), -1):
        if before and _unquoted(folded(text[low:start])) == before:
            start = low
            break
    for high in range(end, min(len(text), end + _REACH) + 1):
        if behind and _unquoted(folded(text[end:high])) == behind:
            end = high
            break
    return Span(start + stored.offset, end + stored.offset)


def _closing(quoted: Wording) -> str:
    return _unquoted(quoted.gap(len(quoted.words)))


def _unquoted(marks: str) -> str:
    """Quotation marks at the ends are the writer's, who quotes."""
    return marks.replace('"', "")


def unmarked(text: str) -> str:
    """What is left of a difference without its typography, its quotation marks and the marks that
    stand by them."""
    return folded(text).strip(_BESIDE)
