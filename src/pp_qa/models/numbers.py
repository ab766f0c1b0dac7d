"""The numbers that a question states: a text that answers it has them as a rule."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[^\W_]*\d(?:[^\W_]|[.,](?=\d))*")
"""Also what has letters: "K40", "1990s", "21st"."""
_ENDING = re.compile(r"(?<=\d)(?:st|nd|rd|th|s)$")
_WORD = re.compile(r"[a-z]+")
_SPELLED = {
    word: str(n)
    for n, row in enumerate(
        (
            "one first once", "two second twice both", "three third", "four fourth", "five fifth",
            "six sixth", "seven seventh", "eight eighth", "nine ninth", "ten tenth",
            "eleven eleventh", "twelve twelfth dozen",
        ),
        start=1,
    )
    for word in row.split()
}  # fmt: skip


def stated(text: str) -> set[str]:
    """The numbers that stand in figures, without commas and endings."""
    return {_ENDING.sub("", m.group().lower().replace(",", "")) for m in _NUMBER.finditer(text)}


def all_numbers(text: str) -> set[str]:
    """The numbers in figures, and small ones in words, as figures."""
    return stated(text) | {_SPELLED[w] for w in _WORD.findall(text.lower()) if w in _SPELLED}
