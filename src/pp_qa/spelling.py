"""A slip of the pen in a question, mended by the words of the documents. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import takewhile

_WORD = re.compile(r"[^\W\d_]+")
_LEAST = 5
"""Letters of a word in which a slip is one: a shorter word is another word too often."""


def mended(question: str, strange: Collection[str], texts: Iterable[str]) -> str:
    """The question with each of its words that are `strange` replaced by the first one in the texts
    from which it is one slip away: a letter too many, too few or another, or two that changed
    places, but not the first. An ending more or less is no slip ("chose", "chosen")."""
    known = dict.fromkeys(w for text in texts for w in _WORD.findall(text.lower()))
    for word in strange:
        meant = next((w for w in known if _is_slip(word.lower(), w)), None)
        if meant:
            question = re.sub(rf"\b{re.escape(word)}\b", meant, question)
    return question


def _is_slip(word: str, meant: str) -> bool:
    if min(len(word), len(meant)) < _LEAST or word[0] != meant[0]:
        return False
    start = _alike(word, meant)
    word, meant = word[start:], meant[start:]
    if not word or not meant:
        return False
    end = _alike(word[::-1], meant[::-1])
    word, meant = word[: len(word) - end], meant[: len(meant) - end]
    return max(len(word), len(meant)) == 1 or (len(word) == 2 and word == meant[::-1])


def _alike(a: str, b: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))
