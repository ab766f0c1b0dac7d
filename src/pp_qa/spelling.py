"""How documents may spell what a question asks: dates in words, with their hyphens, without slips of the
pen. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import takewhile

_WORD = re.compile(r"[^\W\d_]+")
_THOUSANDS = "[,'’\u00a0\u202f]"
_TOGETHER = re.compile(rf"\b\d{{1,3}}(?:{_THOUSANDS}\d{{3}})+\b|\w+(?:[-‐‑]\w+)*")
_JOINT = re.compile(rf"[-‐‑]|(?<=\d){_THOUSANDS}(?=\d{{3}})")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    r"\b(?:(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)|(?P<day>\d\d?)([./-])(?P<month>\d\d?)\5(?P<year>\d{4}))\b"
)
_ORDINAL = re.compile(
    rf"\b(?:the )?(\d\d?)(?:st|nd|rd|th)(?: of)?(?= (?:{_MONTHS})\b)"
    rf"|(?<=\w )(\d\d?)(?:st|nd|rd|th)\b(?=,? \d{{4}})"
    rf"|(?P<of>\b(?:{_MONTHS}) )(\d\d?)(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
_LEAST = 5
"""Letters of a word in which a slip is one: a shorter word is another word too often."""


def with_dates_in_words(question: str) -> str:
    """The question with "12/05/2021", "2021-05-12" and "the 12th of May" as "12 May 2021" and
    "12 May". The day comes first, unless it can't be one."""
    return _ORDINAL.sub(
        lambda m: f"{m['of'] or ''}{m[1] or m[2] or m[4]}", _DATE.sub(_in_words, question)
    )


def _in_words(match: re.Match[str]) -> str:
    day, month = int(match["d"] or match["day"]), int(match["m"] or match["month"])
    if month > 12 and match["month"]:
        day, month = month, day
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return match[0]
    return f"{day} {_MONTHS.split('|')[month - 1]} {match['y'] or match['year']}"


def with_hyphens(question: str, strange: Collection[str], texts: Iterable[str]) -> str:
    """The question with each of its words that are `strange` as the texts have it, with its hyphens,
    or marks of thousands, or without: "kx200" as "KX-200", "wifi" as "Wi-Fi", "1000" as "1,000"."""
    known = {_bare(w): w for text in texts for w in _TOGETHER.findall(text)} if strange else {}
    for word in strange:
        question = _replaced(question, word, known.get(_bare(word)))
    return question


def _bare(word: str) -> str:
    return _JOINT.sub("", word).lower()


def _replaced(question: str, word: str, meant: str | None) -> str:
    return re.sub(rf"\b{re.escape(word)}\b", meant, question) if meant else question


def mended(question: str, strange: Collection[str], texts: Iterable[str]) -> str:
    """The question with each of its words that are `strange` replaced by the first one in the texts
    from which it is one slip away: a letter too many, too few or another, or two that changed
    places, but not the first. An ending more or less is no slip ("chose", "chosen")."""
    known = dict.fromkeys(w for text in texts for w in _WORD.findall(text.lower()))
    for word in strange:
        meant = next((w for w in known if _is_slip(word.lower(), w)), None)
        question = _replaced(question, word, meant)
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
