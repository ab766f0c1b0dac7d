"""A text as the words that a quotation is compared by, and what counts as the same.

Only typography is folded: the kind of quotation marks, dashes, ellipses and apostrophes, spaces,
soft hyphens, hyphenation at the end of a line, ligatures, Markdown's emphasis, list marks. Case,
accents, digits, signs and everything that is spelt stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import regex

_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_NOTHING = "\u200b"
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}_{_UNSEEN}]--[{_UNSPACED}]]"
_WORD = regex.compile(
    rf"""[{_UNSPACED}]\p{{M}}*
    | {_LETTER}+ (?:
        (?: ['’ʼ‘] | [-‐‑] | (?<=\p{{L}})[-‐][^\S\n]*\n\s*(?=\p{{Ll}}) | &
          | (?<=\p{{N}})[.,:/·–](?=\p{{N}}) )
        {_LETTER}+ )*""",
    regex.VERBOSE | regex.V1,
)
"""What may not be cut in two: `non-binding`, `don't`, `1,250.5`, `2019–2020`. Scripts written
without spaces go by character."""
_EMPHASIS = regex.compile(
    r"(?<![\w*`])(\*{1,3}|_{1,3}|`)(?=[^\s*_`])([^\n]{0,300}?[^\s*_`])\1(?![\w*`])"
)
_RECASED = regex.compile(r"^(\W*)\[(\p{L})\](?=\p{L})")
"""`[T]he`: a writer's way to say that a first letter had another case."""
_LAYOUT = regex.compile(r"^[ \t]*(?:[-*•‣◦▪+]|#{1,6}|>)[ \t]+", regex.MULTILINE)
_BROKEN = regex.compile(r"[-‐][^\S\n]*\n\s*")
_HYPHEN = "\u00ad"
"""In a key, a hyphen that may only have stood at the end of a line."""
_SPELT = str.maketrans(
    {
        **dict.fromkeys("‐‑–", "-"),
        **dict.fromkeys("’ʼ‘", "'"),
        **{"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"},
    }
)
_FOLDED = regex.compile(rf"[-\s{_UNSEEN}{''.join(map(chr, _SPELT))}]")
"""What a word must have to be spelt otherwise."""
_MARKS = str.maketrans(dict.fromkeys("“”„‟«»‹›‘’‚‛'`「」『』", '"') | dict.fromkeys("‐‑‒–—―−", "-"))
_ELLIPSIS = regex.compile(r"\.{3,}")
_DASHES = regex.compile(r"-{2,}")
_INSIDE = regex.compile(r"(\"+)([.,]+)")
"""A comma after a closing quotation mark, which some put before it."""
_IGNORED = regex.compile(rf"[\s{_UNSEEN}]+")
_SIGN = regex.compile(
    r"(?:[~≈<>≤≥±][^\S\n]?)?(?:(?<!\w)[-−–+])?(?:\p{Sc}[^\S\n]?)?(?:(?<!\w)[-−–+])?\Z"
)
_UNIT = regex.compile(r"[^\S\n]?(?:[%‰°′″]|\p{Sc}(?![^\S\n]?\d))")
_CONTEXT = 200
"""Code points around a place that are looked at with it."""


@dataclass(frozen=True, slots=True)
class Word:
    """`key` is what is compared; `loose` what is aligned, without case and hyphens."""

    start: int
    end: int
    key: str
    loose: str


class Wording:
    """The words of a text and what stands between them. `offset` is where the text begins in
    its document: positions of words and spans are into the text, not the document."""

    def __init__(self, text: str, offset: int = 0) -> None:
        self.text = text
        self.offset = offset
        self._gaps: dict[int, str] = {}
        recased = _RECASED.sub(rf"\1{_NOTHING}\2{_NOTHING}", text)
        unmarked = _EMPHASIS.sub(
            lambda m: f"{_NOTHING * len(m[1])}{m[2]}{_NOTHING * len(m[1])}", recased
        )
        self._plain = _LAYOUT.sub(lambda m: " " * len(m[0]), unmarked)

    @classmethod
    def around(cls, text: str, start: int, end: int, reach: int = _CONTEXT) -> Wording:
        """The wording of a stretch of a long text and a little on either side, never beginning
        or ending inside a word."""
        low, high = max(0, start - reach), min(len(text), end + reach)
        while low > 0 and not text[low - 1].isspace() and low > start - 2 * reach:
            low -= 1
        while high < len(text) and not text[high].isspace() and high < end + 2 * reach:
            high += 1
        return cls(text[low:high], low)

    @cached_property
    def words(self) -> list[Word]:
        found = []
        for match in _WORD.finditer(self._plain):
            word = match[0]
            if not _FOLDED.search(word):  # most need no folding
                found.append(Word(match.start(), match.end(), word, word.casefold()))
            elif spelt := word.strip(_UNSEEN):
                start = match.start() + word.index(spelt)
                key = _key(spelt)
                loose = key.replace(_HYPHEN, "").replace("-", "").casefold()
                found.append(Word(start, start + len(spelt), key, loose))
        return found

    def gap(self, index: int) -> str:
        """What stands before word `index` (after the last one: behind it), folded."""
        if index not in self._gaps:
            start = self.words[index - 1].end if index else 0
            end = self.words[index].start if index < len(self.words) else len(self.text)
            before = self._plain[start - 1 : start]
            self._gaps[index] = folded(self._plain[start:end], after=before)
        return self._gaps[index]

    def joined(self, start: int, end: int) -> str:
        """Words `start` to `end` with what stands between them, as one comparable text."""
        parts = []
        for index in range(start, end):
            if index > start:
                parts.append(self.gap(index) or " ")
            parts.append(self.words[index].key)
        return "".join(parts)

    def sign_before(self, index: int) -> str:
        """The sign or currency that belongs to word `index`, a number."""
        word = self.words[index]
        found = _SIGN.search(self._plain, max(0, word.start - 6), word.start)
        return found[0] if found and word.key[0].isdecimal() else ""

    def unit_after(self, index: int) -> str:
        """The unit sign that belongs to word `index`, a number."""
        word = self.words[index]
        found = _UNIT.match(self._plain, word.end)
        return found[0].strip() if found and word.key[-1].isdecimal() else ""

    def may_begin(self, at: int) -> bool:
        """Whether a quotation that begins at a place of this text leaves words whole, and numbers
        their sign."""
        for index, word in enumerate(self.words):
            if word.end > at:
                return word.start >= at + len(self.sign_before(index))
        return True

    def may_end(self, at: int) -> bool:
        """Whether one that ends there leaves words whole, and numbers their unit."""
        last = next((i for i, w in reversed([*enumerate(self.words)]) if w.start < at), None)
        if last is None:
            return True
        word, unit = self.words[last], self.unit_after(last)
        return word.end <= at and not (unit and at <= self.text.index(unit, word.end))


def same(quoted: str, stored: str) -> bool:
    """Whether two joined texts say the same, a hyphen at a line's end counting or not."""
    if _HYPHEN not in quoted + stored:
        return quoted == stored
    i = j = 0
    while i < len(quoted) or j < len(stored):
        a, b = quoted[i : i + 1], stored[j : j + 1]
        if a == b:
            i, j = i + 1, j + 1
        elif a == _HYPHEN:
            i, j = i + 1, j + (b == "-")
        elif b == _HYPHEN:
            i, j = i + (a == "-"), j + 1
        else:
            return False
    return True


def lowered(text: str) -> str:
    """`text` with its first letter in lower case."""
    return text[:1].lower() + text[1:]


def folded(between: str, after: str = "") -> str:
    """What stands between two words, without its typography. A mark right after a digit keeps its kind: it may
    mean feet or inches."""
    kind = ""
    if between[:1] in ("'", "’") and after.isdecimal():
        kind, between = "'", between[1:]
    marks = _ELLIPSIS.sub("…", _IGNORED.sub("", between).translate(_MARKS))
    return kind + str(_INSIDE.sub(r"\2\1", _DASHES.sub("-", marks)))


def _key(word: str) -> str:
    kept = str(_IGNORED.sub("", _BROKEN.sub("\x00", word)))
    return kept.translate(_SPELT).replace("\x00", _HYPHEN)
