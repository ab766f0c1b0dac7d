"""The line with which a news text says who published it and when."""

from __future__ import annotations

import re

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"  # English month names
_DATE = (
    rf"(?:{_MONTH}\s+\d{{1,2}}(?:,?\s+\d{{4}})?"
    rf"|\d{{1,2}}\.?\s+{_MONTH}(?:\s+\d{{4}})?"
    r"|\d{4}-\d\d-\d\d)"
)
_DATELINES = (
    # "Publisher | November 19, 2025: …"
    re.compile(rf"(?P<publisher>[^|\n]{{2,60}}?)\s*\|\s*(?P<date>{_DATE})\s*[:—–-]"),
    # "KYIV, Nov 19 (Agency) — …"
    re.compile(
        rf"[A-Z][\w .]{{1,40}},\s+(?P<date>{_DATE})\s*\((?P<publisher>[^)\n]{{2,40}})\)\s*[:—–-]"
    ),
)


def dateline_of(paragraph: str) -> dict[str, str]:
    """`publisher` and `date` where a paragraph opens with a news dateline."""
    for pattern in _DATELINES:
        if found := pattern.match(paragraph):
            return {k: v.strip() for k, v in found.groupdict().items()}
    return {}


def as_asked(text: str) -> str:
    """Text in the words in which people ask for it, to be searched and scored, never quoted: a
    dateline says who published a text and when without saying so."""
    return "\n".join(_said(line) for line in text.split("\n"))


def _said(line: str) -> str:
    found = dateline_of(line)
    if not found:
        return line
    return f"This article was published by {found['publisher']} on {found['date']}. {line}"
