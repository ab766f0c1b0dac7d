"""Bytes → canonical text, for formats that are text."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from typing import NamedTuple

from pp_qa.errors import LoadError
from pp_qa.loading.guessing import COMMONEST, guessed
from pp_qa.text import canonical

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")
_MOST_CONTROL = 0.01
"""The share of control characters above which a file is binary: text has next to none."""
_WRITTEN = re.compile(
    "[\t\n\r -~\u00a0-\u024f\u0370-\u06ff\u0900-\u0e7f\u2010-\u203a\u3000-\u30ff\u4e00-\u9fff"
    "\uac00-\ud7a3\uff00-\uffef]"
)
"""The characters of the scripts that most people write."""
_MOSTLY = 0.9
_LOW = 0x09
"""Below it lie the higher bytes of the scripts of Europe and the Near East in UTF-16, and from it on
the line ends of any text."""
_HEAD = 4096
"""How far into a file it is looked at for signs of UTF-16."""
_STRAY = re.compile("[\udc80-\udcff]")
"""How a byte is decoded that is no part of UTF-8."""
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_RTF = b"{\\rtf"
_CUT = "the last character is cut off"

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
_TO_JAPANESE = (b"\x1b$B", b"\x1b$@")
"""How a text of seven bits goes over to Japanese."""


class Decoded(NamedTuple):
    """Canonical text; `unread` says what of it is not sure to be as it was written, and what to
    do about it ("" where all is)."""

    text: str
    unread: str = ""


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Canonical text in whatever encoding it was saved.

    What a byte-order mark or the bytes of UTF-16 say, then UTF-8, then what the file itself has
    `declared`, then UTF-8 with some bytes that are none, then the most likely legacy encoding.
    Raises LoadError for what isn't text.
    """
    if content.startswith(_RTF):
        raise LoadError("is in RTF, an office format; save it as .docx or as text")
    if wide := _marked(content) or _utf16_by_high_bytes(content) or _utf16_by_script(content):
        with suppress(UnicodeDecodeError):
            return _wide(content, wide)
    known = _known(declared)
    if known is None and any(escape in content for escape in _TO_JAPANESE):
        known = "iso2022_jp"
    for candidate in _in_order(known):
        with suppress(UnicodeDecodeError):
            return Decoded(canonical(_text(content.decode(candidate))))
    _text(content.decode("latin-1"))  # tells binary data from text before the slow guess
    if mended := _mended(content):
        return mended
    if known == COMMONEST:
        with suppress(UnicodeDecodeError):
            return Decoded(canonical(content.decode(known)))
    return Decoded(canonical(_text(guessed(content))))


def _known(declared: str | None) -> str | None:
    """The codec of a declared encoding, taken as browsers take it; None for what they wouldn't."""
    name = (declared or "").lower().replace("_", "-")
    name = _TAKEN_AS.get(name, name)
    if not _DECLARABLE.fullmatch(name):
        return None
    with suppress(LookupError):
        return codecs.lookup(name).name
    return None


def _in_order(declared: str | None) -> tuple[str, ...]:
    """Text in another encoding is hardly ever valid UTF-8, but for those of seven bits. Any bytes
    are text in the commonest one, which is declared by who doesn't know: it comes later."""
    if declared in (None, COMMONEST):
        return ("utf-8",)
    return (declared, "utf-8") if declared in _SEVEN_BITS else ("utf-8", declared)


def _text(decoded: str) -> str:
    """`decoded` itself. Raises LoadError when it holds too many control characters."""
    if _is_binary(decoded):
        raise LoadError("holds binary data, not text; convert it to text or remove it")
    return decoded


def _is_binary(decoded: str) -> bool:
    return len(_CONTROL.findall(decoded)) > _MOST_CONTROL * len(decoded)


def _marked(content: bytes) -> str | None:
    return next((name for mark, name in _MARKS if content.startswith(mark)), None)


def _utf16_by_high_bytes(content: bytes) -> str | None:
    """UTF-16 without a mark shows as zero bytes at every other place in Latin text, and as bytes
    that are next to zero in scripts like Cyrillic."""
    head = content[: min(_HEAD, len(content)) // 2 * 2]
    half = max(1, len(head) // 2)
    both = head[0::2], head[1::2]
    even, odd = (part.count(0) / half for part in both)
    even_low, odd_low = (sum(byte < _LOW for byte in part) / half for part in both)
    if (odd > 0.4 and even < 0.05) or (odd_low > _MOSTLY and even_low < 1 - _MOSTLY):
        return "utf-16-le"
    wide = (even > 0.4 and odd < 0.05) or (even_low > _MOSTLY and odd_low < 1 - _MOSTLY)
    return "utf-16-be" if wide else None


def _utf16_by_script(content: bytes) -> str | None:
    """UTF-16 without a mark in other scripts is no UTF-8 and looks binary; read in the right order
    of bytes, nearly all its characters are those that people write."""
    head = content[:_HEAD]
    if _begins_as(head, "utf-8") is not None or not _is_binary(head.decode("latin-1")):
        return None
    shares = {"": _MOSTLY}
    for encoding in ("utf-16-le", "utf-16-be"):
        if text := _begins_as(head, encoding):
            shares[encoding] = len(_WRITTEN.findall(text)) / len(text)
    return max(shares, key=shares.__getitem__) or None


def _begins_as(head: bytes, encoding: str) -> str | None:
    """The beginning of a text, where it is in this encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return None


def _wide(content: bytes, encoding: str) -> Decoded:
    """UTF-16 or UTF-32, which may be cut off, or have a byte too many, at its end."""
    decoder = codecs.getincrementaldecoder(encoding)()
    text = canonical(_text(decoder.decode(content)))
    return Decoded(text, f"{_CUT}; get it anew" if decoder.getstate()[0] else "")


def _mended(content: bytes) -> Decoded | None:
    """UTF-8 that other bytes got into, or that is cut off; None where most bytes that aren't
    ASCII are such. Each of them is taken for what it is in the commonest encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text = decoder.decode(content)
    cut, stray = decoder.getstate()[0], _STRAY.findall(text)
    beyond = len(content) - len(content.translate(None, _BEYOND_ASCII))
    if 2 * (len(stray) + len(cut)) >= beyond:
        return None
    unread = []
    if stray:
        line = canonical(text[: text.index(stray[0])]).count("\n") + 1
        count = "1 byte" if len(stray) == 1 else f"{len(stray)} bytes, the first"
        unread.append(f"{count} in line {line}, not in UTF-8 and taken for Windows-1252")
    if cut:
        text += "\ufffd"
        unread.append(_CUT)
    mended = _STRAY.sub(_as_commonest, text)
    remedy = "get it anew" if cut else "save it anew as UTF-8"
    return Decoded(canonical(mended), f"{', and '.join(unread)}; {remedy}")


def _as_commonest(stray: re.Match[str]) -> str:
    return bytes([ord(stray.group()) - 0xDC00]).decode(COMMONEST, "replace")
