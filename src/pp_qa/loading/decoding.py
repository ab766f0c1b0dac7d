"""Bytes → canonical text, for formats that are text."""

from __future__ import annotations

import codecs
import re

from pp_qa.errors import LoadError
from pp_qa.text import canonical

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL = 0.01
"""The share of control bytes above which a file is binary: text has next to none."""


def decode(content: bytes) -> str:
    """Canonical text in whatever encoding it was saved.

    UTF-8 first, then what a byte-order mark or the zero bytes of UTF-16 say, then the most
    likely legacy encoding. Raises LoadError for what isn't text.
    """
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    encoding = encoding or _utf16_by_zeros(content)
    if encoding is None and len(_CONTROL.findall(content)) > _MOST_CONTROL * len(content):
        raise LoadError("holds binary data, not text; convert it to text or remove it")
    for candidate in (encoding, "utf-8") if encoding else ("utf-8",):
        try:
            return canonical(content.decode(candidate))
        except UnicodeDecodeError:
            continue
    return canonical(_legacy(content))


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

    best = from_bytes(content).best()
    if best is None:
        raise LoadError("is in no encoding that could be recognised; save it as UTF-8")
    return str(best)
