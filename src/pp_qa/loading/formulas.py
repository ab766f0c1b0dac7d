"""Formulas and exponents written on one line: `10⁶`, `(a+b)/2`, `√x`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_EXPONENT = re.compile(r"\s*[+\-−]?\d+\s*")
SUPERSCRIPTS = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")


def raised(text: str) -> str:
    """Digits above the line as the characters for that; any other text as it is."""
    return text.strip().translate(SUPERSCRIPTS) if _EXPONENT.fullmatch(text) else text


def power(exponent: str) -> str:
    """An exponent after its base."""
    if not any(map(str.isalnum, exponent)):  # a prime, a star
        return exponent
    written = raised(exponent)
    return written if written != exponent else f"^{_grouped(exponent)}"


def fraction(above: str, below: str) -> str:
    return f"{_grouped(above)}/{_grouped(below)}"


def root(text: str) -> str:
    return f"√{_grouped(text)}"


def office(element: _Element) -> str:
    """A formula of Office, whose brackets, bars and roots stand nowhere as text."""
    name = element.tag.removeprefix(MATH)
    if name == "t":
        return element.text or ""
    if name == "f":
        return fraction(_of(element, "num"), _of(element, "den"))
    if name == "rad":
        return _of(element, "deg").translate(SUPERSCRIPTS) + root(_of(element, "e"))
    inner = "".join(office(child) for child in element.iterchildren("*"))
    if name == "d":
        between = _sign(element, "sepChr", "|").join(map(office, element.iterfind(f"{MATH}e")))
        return f"{_sign(element, 'begChr', '(')}{between}{_sign(element, 'endChr', ')')}"
    if name == "nary":
        return _sign(element, "chr", "∫") + inner
    return power(inner) if name == "sup" else inner


def _of(element: _Element, name: str) -> str:
    return "".join(map(office, element.iterfind(f"{MATH}{name}")))


def _sign(element: _Element, name: str, default: str) -> str:
    """A sign of an element as its properties say."""
    found = element.find(f"{element.tag}Pr/{MATH}{name}")
    return default if found is None else found.get(f"{MATH}val", "")


def _grouped(text: str) -> str:
    return text if text.isalnum() else f"({text})"
