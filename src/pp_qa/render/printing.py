"""What all text shares: counts, lists of names, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from typing import Any

_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_LISTED = 20
"""Names printed of one kind before the rest is counted."""


def printable(text: str) -> str:
    """Text that does nothing to a terminal but be read: control characters other than line
    ends and tabs, and marks that turn the direction of writing, are shown, not sent."""
    return "".join(_shown(c) if _commands(c) else c for c in text)


def printable_json(value: Any, indent: int | None = None) -> str:
    """JSON of which a terminal may show every character: the others are escaped, and read as
    what they are."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(f"\\u{ord(c):04x}" if _commands(c) else c for c in text)


def _commands(character: str) -> bool:
    control = unicodedata.category(character) == "Cc" and character not in "\n\t"
    return control or unicodedata.bidirectional(character) in _DIRECTIONS


def _shown(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def listed(names: Iterable[str], most: int = _LISTED) -> str:
    known = list(names)
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(confidence: float) -> str:
    """A probability as people say it: never 0 % or 100 %."""
    return f"{min(99, max(1, round(100 * confidence)))}%"


def sentence(text: str) -> str:
    """An error's line as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
