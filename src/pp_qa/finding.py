"""Where words stand in a text, whatever their case and accents. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from pp_qa.types import Span

_ACCENTS = re.compile("[\u0300-\u036f]")
_TYPED = {"‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": "-", "—": "-"}
"""What is typed for signs that few keyboards have."""
_STROKED = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)
"""What is compared of the Latin letters that Unicode doesn't take apart, such as those with a stroke."""


class _Folding(dict[int, str]):
    """What is compared of each letter, by its code point."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if unicodedata.category(letter) == "Cf":  # nobody sees it
            bare = ""
        else:
            apart = unicodedata.normalize("NFKD", letter.casefold())
            bare = unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).translate(_STROKED)
        self[code] = bare
        return bare


_FOLDING = _Folding({ord(sign): typed for sign, typed in _TYPED.items()})


def find(text: str, wanted: str, most: int) -> list[Span]:
    """The first places where words stand one after the other, as many as `most`, in order."""
    words = unicodedata.normalize("NFC", wanted).translate(_FOLDING).split()
    return list(islice(_found(text, words), most)) if words else []


def _found(text: str, words: list[str]) -> Iterator[Span]:
    folded = text.translate(_FOLDING)
    places = _places(text)
    for match in re.finditer(r"\s+".join(map(re.escape, words)), folded):
        start, end = match.span()
        within = start and places[start] == places[start - 1]  # as in the middle of ß
        if not within and places[end] != places[end - 1]:
            yield Span(places[start], places[end])


def _places(text: str) -> range | list[int]:
    """Where in the text each letter comes from that is compared, and the end."""
    if text.isascii():
        return range(len(text) + 1)
    return [i for i, letter in enumerate(text) for _ in _FOLDING[ord(letter)]] + [len(text)]
