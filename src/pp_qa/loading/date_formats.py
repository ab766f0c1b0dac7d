"""Dates and times as a spreadsheet shows them: `d mmm yyyy` is `5 Mar 2024`."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence

Moment = dt.datetime | dt.time | dt.timedelta

_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<blank>.)|\*(?P<filled>.)'
    r"|\[\$[^\]\-]*-(?P<locale>[^\]]*)\]|\[(?P<elapsed>h+|m+|s+)\]|(?P<colour>\[[^\]]*\])"
    r"|(?P<half>am/pm|a/p)|(?P<field>y+|m+|d+|h+|s+(?:\.0+)?)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_LEFT_OPEN = re.compile(r"mm-dd-yy|m/d/yy h:mm|(?:yyyy-mm-dd)?\W*(?:hh?:mm:ss)?", re.IGNORECASE)
"""Formats that stand for what each computer has set, and those that programs give to what they
write, with a midnight after each date."""
_ENGLISH, _LANGUAGE = 0x09, 0x3FF
"""What of the number of a country's usage tells its language."""

_Part = tuple[str, str]
"""What a part of a format is, and its text."""


def shown(moment: Moment, number_format: str) -> str:
    """A moment as its format shows it, with the English names of months and days. As ISO 8601
    writes it where the format leaves that to the computer, or is in another language."""
    if isinstance(moment, dt.timedelta) and moment < dt.timedelta():
        return f"-{shown(-moment, number_format)}"
    parts = None if _LEFT_OPEN.fullmatch(number_format) else _parts(number_format)
    texts = [_text(moment, parts, i) for i in range(len(parts))] if parts else [None]
    found = [text for text in texts if text is not None]
    return "".join(found).strip() if len(found) == len(texts) else _iso(moment)


def _parts(number_format: str) -> list[_Part] | None:
    """The parts of a format's first section, `m` told apart as month and minute; None where it
    is of another language."""
    parts: list[_Part] = []
    for match in _PART.finditer(number_format):
        kind, text = match.lastgroup or "", match.group(match.lastgroup or 0)
        if kind == "other" and text == ";":
            break
        if kind == "locale" and not _is_english(text):
            return None
        if kind in ("field", "elapsed"):
            text = text.lower()
        if kind not in ("locale", "colour", "filled"):
            parts.append((kind, text))
    fields = [i for i, (kind, _) in enumerate(parts) if kind in ("field", "elapsed")]
    for at, i in enumerate(fields):
        after_hour = at > 0 and parts[fields[at - 1]][1][0] == "h"
        before_second = at + 1 < len(fields) and parts[fields[at + 1]][1][0] == "s"
        if parts[i][1] in ("m", "mm") and (after_hour or before_second):
            parts[i] = (parts[i][0], parts[i][1].replace("m", "n"))
    return parts


def _is_english(locale: str) -> bool:
    if re.fullmatch(r"[0-9A-Fa-f]{1,8}", locale):
        number = int(locale, 16) & 0xFFFF
        return number == 0 or number & _LANGUAGE == _ENGLISH
    return locale.lower().startswith("en")


def _text(moment: Moment, parts: Sequence[_Part], i: int) -> str | None:
    """What a part of a format shows of a moment; None where it shows what a moment lacks."""
    kind, text = parts[i]
    if kind in ("quoted", "escaped"):
        return text
    if kind == "blank":
        return " "
    if kind == "elapsed":
        return _elapsed(moment, text)
    if kind == "half":
        return None if isinstance(moment, dt.timedelta) else _half(moment, text)
    if kind == "other":
        return None if text.isalpha() or text == "@" else text
    if text[0] in "ymd":
        return _day(moment, text) if isinstance(moment, dt.datetime) else None
    return _clock(moment, text, halved=any(kind == "half" for kind, _ in parts))


def _day(day: dt.datetime, field: str) -> str:
    letter, length = field[0], len(field)
    if letter == "y":
        return f"{day.year:04}" if length > 2 else f"{day.year % 100:02}"
    number = day.month if letter == "m" else day.day
    if length < 3:
        return f"{number:0{length}}"
    name = calendar.month_name[number] if letter == "m" else calendar.day_name[day.weekday()]
    return {3: name[:3], 4: name}.get(length, name[:1] if letter == "m" else name)


def _clock(moment: Moment, field: str, *, halved: bool) -> str:
    letter, _, decimals = field.partition(".")
    seconds, micro = _seconds(moment)
    value = {"h": seconds // 3600 % 24, "n": seconds // 60 % 60, "s": seconds % 60}[letter[0]]
    if letter[0] == "h" and halved:
        value = value % 12 or 12
    fraction = f".{micro:06}"[: 1 + len(decimals)] if decimals else ""
    return f"{value:0{min(2, len(letter))}}{fraction}"


def _elapsed(moment: Moment, field: str) -> str:
    unit = {"h": 3600, "m": 60, "n": 60, "s": 1}[field[0]]
    return f"{_seconds(moment)[0] // unit:0{len(field)}}"


def _half(moment: dt.datetime | dt.time, text: str) -> str:
    return ("AM" if moment.hour < 12 else "PM")[: len(text) // 2]


def _seconds(moment: Moment) -> tuple[int, int]:
    """The seconds since midnight, or that went by, and the millionths of one more."""
    if isinstance(moment, dt.timedelta):
        return moment.days * 86_400 + moment.seconds, moment.microseconds
    return moment.hour * 3600 + moment.minute * 60 + moment.second, moment.microsecond


def _iso(moment: Moment) -> str:
    """A date, a time or both, as ISO 8601 writes them for people: no midnight, no seconds where
    there are none."""
    if isinstance(moment, dt.timedelta):
        return str(moment)
    time = moment.time() if isinstance(moment, dt.datetime) else moment
    clock = time.isoformat("seconds" if time.second else "minutes")
    if isinstance(moment, dt.time):
        return clock
    day = moment.date().isoformat()
    return day if time == dt.time() else f"{day} {clock}"
