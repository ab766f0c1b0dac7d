"""Numbers as a spreadsheet shows them: `0.125` under `0.0%` is `12.5%`."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

_SECTION = re.compile(r'((?:"[^"]*"|\\.|[^;"\\])*)(?:;|$)')
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<blank>[_*].)'
    r"|\[\$(?P<currency>[^\]\-]*)[^\]]*\]|\[(?P<bracket>[^\]]*)\]"
    r"|(?P<digits>[#0?][#0?,]*(?:\.[0#?]*)?,*|\.[0#?]+)|(?P<other>.)",
    re.DOTALL,
)
_LARGE, _SMALL = 15, -10
"""Powers of ten from which on numbers are not written out."""
_SIGNIFICANT = 10
"""Digits that a cell without a format shows."""
_LITERALS = frozenset("%$-+()!^&'~{} :€£¥")
"""Characters that stand for themselves."""
_PLACES = frozenset("0#?")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_HOLDS = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "<>": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


class _Pattern(NamedTuple):
    """One section of a format: what stands around the digits, and how many there are."""

    before: str
    after: str
    whole: int
    """The fewest digits before the point."""
    decimals: tuple[int, int]
    """The fewest and the most after it."""
    grouped: bool
    power: int
    """Of ten, by which the number is multiplied first."""
    has_digits: bool
    """False for words that stand for a number, as `"Yes";"No"`."""
    parted: str
    """The places of digits with what stands between them, as `000-0000`; "" where nothing does."""
    condition: tuple[str, Decimal] | None
    """The numbers that it is for, where it says so: `[<1000]`."""


def shown(number: int | float, number_format: str) -> str:
    """A number as its format shows it; as it is where the format says nothing simple."""
    value = Decimal(repr(number))
    if not value.is_finite() or value.adjusted() >= _LARGE:
        return str(number)
    sections = _sections(number_format)
    at = _section(value, sections)
    pattern = sections[at] if sections else None
    if pattern is None:
        return _plain(value)
    minus = "-" if value < 0 and not _is_for_negatives(at, sections) else ""
    digits = _digits(abs(value).scaleb(pattern.power), pattern) if pattern.has_digits else ""
    return f"{minus}{pattern.before}{digits}{pattern.after}".strip()


def _section(value: Decimal, sections: Sequence[_Pattern | None]) -> int:
    """Which section is for a number: the first whose condition holds, where they have some."""
    conditions = [pattern.condition if pattern else None for pattern in sections]
    if any(conditions):
        held = (i for i, c in enumerate(conditions) if c is None or _HOLDS[c[0]](value, c[1]))
        return next(held, len(sections) - 1)
    return 2 if value == 0 and len(sections) > 2 else 1 if value < 0 and len(sections) > 1 else 0


def _is_for_negatives(at: int, sections: Sequence[_Pattern | None]) -> bool:
    """Whether a section is for negative numbers only, and writes their sign itself."""
    conditions = [pattern.condition if pattern else None for pattern in sections]
    if own := conditions[at]:
        return own[0] in ("<", "<=") and own[1] <= 0
    return at == 1 and not any(conditions)


def _plain(value: Decimal) -> str:
    """As many digits as fit in a cell."""
    if value == value.to_integral():
        return f"{int(value)}"
    if value.adjusted() < _SMALL:
        return f"{value.normalize():.3E}"
    text = f"{round(value, max(0, _SIGNIFICANT - 1 - value.adjusted())):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=1024)
def _sections(number_format: str) -> tuple[_Pattern | None, ...]:
    """The patterns for positive, negative and zero; None for one that is not understood."""
    if number_format in ("General", "@", ""):
        return ()
    return tuple(_pattern(part) for part in _SECTION.findall(number_format)[:-1])


def _pattern(section: str) -> _Pattern | None:
    before, after = "", ""
    digits: str | None = None
    parted = ""
    condition = None
    for part in _PART.finditer(section):
        kind, text = part.lastgroup, part.group(part.lastgroup or 0)
        if kind == "digits":
            between = _PLACES.intersection(after)
            if digits is not None and (between or not _PLACES.issuperset(digits + text)):
                return None
            parted = f"{parted or digits}{after}{text}" if digits is not None else ""
            digits, after = (digits or "") + text, ""
        elif kind in ("quoted", "escaped", "currency") or (kind == "other" and text in _LITERALS):
            before, after = (before + text, after) if digits is None else (before, after + text)
        elif kind == "bracket" and (found := _CONDITION.fullmatch(text)):
            condition = found[1], Decimal(found[2])
        elif kind == "other":
            return None
    if digits is None and not before:
        return None
    has_digits, digits = digits is not None, digits or ""
    whole, _, decimals = digits.rstrip(",").partition(".")
    thousands = len(digits) - len(digits.rstrip(","))
    percents = (before + after).count("%")
    if percents > 1 or thousands > 3 or len(decimals) > _SIGNIFICANT:
        return None
    return _Pattern(
        before,
        after,
        whole=whole.count("0"),
        decimals=(decimals.count("0"), len(decimals)),
        grouped="," in whole,
        power=2 * percents - 3 * thousands,
        has_digits=has_digits,
        parted=parted,
        condition=condition,
    )


def _digits(value: Decimal, pattern: _Pattern) -> str:
    fewest, most = pattern.decimals
    rounded = value.quantize(Decimal(1).scaleb(-most), rounding=ROUND_HALF_UP)
    whole, _, decimals = f"{rounded:f}".partition(".")
    if pattern.parted:
        return _parted(whole, pattern.parted)
    kept = decimals[:fewest] + decimals[fewest:].rstrip("0")
    whole = whole.lstrip("0").zfill(pattern.whole)
    if pattern.grouped and whole:
        whole = f"{int(whole):,}".zfill(len(whole))
    return f"{whole}.{kept}" if kept else whole


def _parted(digits: str, places: str) -> str:
    """Digits at their places, from the last to the first, which takes all that are left."""
    left = list(digits.lstrip("0"))
    first = next(i for i, place in enumerate(places) if place in _PLACES)
    written = []
    for place in reversed(places[first:]):
        if place in _PLACES:
            written.append(left.pop() if left else "0" if place == "0" else "")
        else:
            written.append(place)
    return "".join([*left, *reversed(written)])
