"""Where in a text a quotation stands: word for word, but for typography, or nearly.

The nearest place is found by Myers' bit-parallel edit distance over words, which is exact and
takes one step a word of the text, however long the quotation is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pp_qa.checking.differences import Match, compare
from pp_qa.checking.wording import Wording
from pp_qa.types import Span

_TOLERANCE = 0.4
"""The share of its words in which an altered quotation may differ from the text. Beyond it, it
is another sentence."""
_ENDS = set(".!?")
_BORDER = 30
"""Code points around a border by which it is seen whether a word is cut there."""
_BEGIN, _END = "(?<![0-9A-Za-z])", "(?![0-9A-Za-z])"
_FARTHER = 6
"""Words that may be left out before a quotation's last one."""
_TRIED = 20
"""Equally near places that are looked at more closely."""


def verbatim(quoted: str, text: str, begin: int = 0) -> Iterator[Span]:
    """Every place from `begin` on where `text` says exactly `quoted` without a word being cut."""
    at = text.find(quoted, begin)
    while at >= 0:
        end = at + len(quoted)
        if not (_plainly_inside(text, at) or _plainly_inside(text, end)):
            head = Wording.around(text, at, at, _BORDER)
            tail = Wording.around(text, end, end, _BORDER)
            if head.may_begin(at - head.offset) and tail.may_end(end - tail.offset):
                yield Span(at, end)
        at = text.find(quoted, at + 1)


def _plainly_inside(text: str, at: int) -> bool:
    """Whether a place lies between two ASCII letters or digits: the usual case, told at once."""
    around = text[max(0, at - 1) : at + 1]
    return len(around) == 2 and at > 0 and around.isascii() and around.isalnum()


def but_for_typography(quoted: Wording, text: str, begin: int = 0) -> Iterator[Span]:
    """Every place from `begin` on where `text` says the same but for typography."""
    for found in _pattern(tuple(w.key for w in quoted.words)).finditer(text, begin):
        around = Wording.around(text, found.start(), found.end())
        start = found.start() - around.offset
        first = next((i for i, w in enumerate(around.words) if w.end > start), 0)
        pairs = [(i, first + i) for i in range(len(quoted.words))]
        if first + len(pairs) <= len(around.words):
            match = compare(quoted, around, pairs)
            if not match.differences:
                yield match.span


@lru_cache(maxsize=256)
def _pattern(keys: tuple[str, ...]) -> re.Pattern[str]:
    """Finds these words in this order, whatever marks stand between them."""
    spelt = {"-": "[-‐‑–]", "'": "['’ʼ‘]", "\u00ad": "[-‐]?"}
    words = ["".join(spelt.get(c, re.escape(c)) for c in key) for key in keys]
    first = keys[0][0]
    if first.lower() != first.upper():
        words[0] = f"(?:{first.lower()}|{first.upper()}){words[0][len(first) :]}"
    words[0] = _BEGIN * keys[0][0].isascii() + words[0]
    words[-1] += _END * keys[-1][-1].isascii()
    return re.compile(r"[\W_]*".join(words))


def nearest(quoted: Wording, stored: Wording, most: int) -> tuple[int, Match] | None:
    """The place that differs in the fewest words, at most `most`, and in how many; of equally
    near ones the one with the fewest differences, then the first."""
    pattern = [w.loose for w in quoted.words]
    text = [w.loose for w in stored.words]
    distances = [d for d, _, _ in _columns(pattern, text)]
    best = min(distances, default=most + 1)
    if best > most:
        return None
    matches = []
    for end in [i + 1 for i, d in enumerate(distances) if d == best][:_TRIED]:
        low = max(0, end - len(pattern) - best)
        pairs = [(i, low + j) for i, j in aligned(pattern, text[low:end])]
        pairs = _in_sentence(quoted, stored, pairs)
        matches.append((compare(quoted, stored, pairs), pairs))
    match, pairs = min(matches, key=lambda found: _cost(found[0]))
    farther = _drawn_out(quoted, stored, pairs)
    return best, match if farther == pairs else compare(quoted, stored, farther)


def _cost(match: Match) -> tuple[float, int, Span]:
    """A word made longer or shorter is likelier than another word, and that than none."""
    words = [(d.quoted, d.stored) for d in match.differences]
    kin = sum(1 for a, b in words if a and b and (a in b or b in a))
    return len(words) - kin / 2, -len(match.span), match.span


def _in_sentence(
    quoted: Wording, stored: Wording, pairs: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Without exchanged words at the ends that belong to the sentence before or the next."""
    alike = [n for n, (i, j) in enumerate(pairs) if _alike(quoted, i, stored, j)]
    if not alike:
        return pairs
    ends = [
        n
        for n, (i, j) in enumerate(pairs)
        if _ENDS & set(stored.gap(j)) and not _ENDS & set(quoted.gap(i)) and i
    ]
    low = max((n for n in ends if n <= alike[0]), default=0)
    high = min((n for n in ends if n > alike[-1]), default=len(pairs))
    return pairs[low:high]


def _drawn_out(
    quoted: Wording, stored: Wording, pairs: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """With the same word for the last one, where that stands a little farther on in the sentence:
    "27 days of leave" leaves something out of "27 days of paid annual leave"."""
    (i, j) = pairs[-1]
    if len(pairs) == 1 or i != len(quoted.words) - 1 or _alike(quoted, i, stored, j):
        return pairs
    for farther in range(j + 1, min(j + 1 + _FARTHER, len(stored.words))):
        if _ENDS & set(stored.gap(farther)):
            break
        if _alike(quoted, i, stored, farther):
            return [*pairs[:-1], (i, farther)]
    return pairs


def _alike(quoted: Wording, i: int, stored: Wording, j: int) -> bool:
    return quoted.words[i].loose == stored.words[j].loose


def tolerated(words: int) -> int:
    """In how many words a quotation of so many may differ and still be called altered."""
    return int(_TOLERANCE * words)


def aligned(pattern: Sequence[str], text: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of words, equal or exchanged, of a best alignment of all of `pattern` with a
    stretch that ends with `text`; words of either that have no partner are left out. Of equally
    good ones, one with many equal words: "was seen" leaves something out of "was not seen"."""
    columns = [(0, (1 << len(pattern)) - 1, 0), *_columns(pattern, text)]

    def edits(i: int, j: int) -> int:
        _, more, less = columns[j]
        rows = (1 << i) - 1
        return (more & rows).bit_count() - (less & rows).bit_count()

    pairs = []
    i, j = len(pattern), len(text)
    while i and j:
        here = edits(i, j)
        differs = pattern[i - 1] != text[j - 1]
        if differs and edits(i, j - 1) + 1 == here:
            j -= 1
        elif edits(i - 1, j - 1) + differs == here:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        else:
            i -= 1
    return pairs[::-1]


def _columns(pattern: Sequence[str], text: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """After each word of `text`: the least number of edits between `pattern` and some stretch
    that ends there, and, as bits, where a row of the distances is one more, and one less, than
    the row above."""
    masks: dict[str, int] = {}
    for i, word in enumerate(pattern):
        masks[word] = masks.get(word, 0) | 1 << i
    every, last = (1 << len(pattern)) - 1, len(pattern) - 1
    more, less, distance = every, 0, len(pattern)
    for word in text:
        equal = masks.get(word, 0)
        diagonal = (((equal & more) + more) ^ more) | equal | less
        across_more = less | (~(diagonal | more) & every)
        across_less = diagonal & more
        distance += (across_more >> last & 1) - (across_less >> last & 1)
        across_more = across_more << 1 & every
        across_less = across_less << 1 & every
        more = across_less | (~(diagonal | across_more) & every)
        less = across_more & diagonal
        yield distance, more, less
