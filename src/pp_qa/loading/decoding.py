"""Bytes → canonical text, for formats that are text."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from pp_qa.errors import LoadError
from pp_qa.text import canonical

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_MOST_CONTROL = 0.01
"""The share of control characters above which a file is binary: text has next to none."""

_DECLARABLE = re.compile(
    r"(?:(?:iso-?8859|windows|cp|koi8|mac|tis|viscii|shift|euc|gb|big5|iso-2022|hz)[\w-]*|x-mac-\w+)"
)
"""Encodings that a file may say it is in; Python has others that decode no text."""
_TAKEN_AS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks-c-5601-1987": "cp949",
    "x-mac-cyrillic": "mac-cyrillic",
}
_SEVEN_BITS = frozenset({"iso2022_jp", "hz", "iso2022_kr"})

_COMMONEST = "cp1252"
_TOSS_UP = 0.1


def decode(content: bytes, declared: str | None = None) -> str:
    """Canonical text in whatever encoding it was saved.

    What a byte-order mark or the zero bytes of UTF-16 say, then UTF-8, then what the file
    itself has `declared`, then the most likely legacy encoding. Raises LoadError for what isn't
    text.
    """
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    encoding = encoding or _utf16_by_zeros(content)
    for candidate in (encoding, *_in_order(_known(declared))):
        with suppress(UnicodeDecodeError):
            if candidate:
                return canonical(_text(content.decode(candidate)))
    _text(content.decode("latin-1"))  # tells binary data from text before the slow guess
    return canonical(_text(_legacy(content)))


def _known(declared: str | None) -> str | None:
    """The codec of a declared encoding, taken as browsers take it; None for what they wouldn't."""
    name = (declared or "").lower().replace("_", "-")
    name = _TAKEN_AS.get(name, name)
    if not _DECLARABLE.fullmatch(name):
        return None
    with suppress(LookupError):
        return codecs.lookup(name).name
    return None


def _in_order(declared: str | None) -> tuple[str | None, ...]:
    """Text in another encoding is hardly ever valid UTF-8, but for those of seven bits."""
    return (declared, "utf-8") if declared in _SEVEN_BITS else ("utf-8", declared)


def _text(decoded: str) -> str:
    """`decoded` itself. Raises LoadError when it holds too many control characters."""
    if len(_CONTROL.findall(decoded)) > _MOST_CONTROL * len(decoded):
        raise LoadError("holds binary data, not text; convert it to text or remove it")
    return decoded


def _utf16_by_zeros(content: bytes) -> str | None:
    """UTF-16 without a mark shows as zero bytes at every other place in Latin text."""
    head = content[:4096]
    half = max(1, len(head) // 2)
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else None


def _legacy(content: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(content)
    best = matches.best()
    if best is None:
        raise LoadError("is in no encoding that could be recognised; save it as UTF-8")
    for match in matches:
        # Between encodings that fit about as well, the guess is a toss-up: take the commonest.
        near = match.coherence >= best.coherence and match.chaos <= best.chaos + _TOSS_UP
        if near and _COMMONEST in match.could_be_from_charset:
            return content.decode(_COMMONEST)
    return str(best)
