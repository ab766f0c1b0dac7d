"""Text in an encoding of one byte a character that nothing names: which one it is.

What languages write tells it where it can: in the wrong encoding letters become signs inside
words, capitals after small letters, or accents one after the other. Statistics decide the rest.
"""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import pairwise

from pp_qa.errors import LoadError

COMMONEST = "cp1252"
_TOSS_UP = 0.1

_WESTERN = "àâçéèêëîïôùûÿœæäöüßáíóúñãõåøìòÀÂÇÉÈÊËÎÏÔÙÛŸŒÆÄÖÜÁÍÓÚÑÃÕÅØÌÒ"
_WRITTEN_IN = (
    ("cp1252", _WESTERN),
    ("cp1254", "âçîöûüğışÂÇÎÖÛÜĞİŞ"),
    ("cp1252", "áéíóúýðþæöÁÉÍÓÚÝÐÞÆÖ"),
    ("iso8859_2", "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"),
    ("iso8859_2", "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ"),
    ("cp1255", "אבגדהוזחטיךכלםמןנסעףפץצקרשת"),
    ("cp850", _WESTERN),
    ("mac_roman", _WESTERN),
)
"""Encodings with the letters beyond ASCII of those who use them, the commonest first."""
_SIGNS = "\u00a0¡¿«»“”„‚‘’‹›–—…•·´¨°ªº²³¹½¼¾×±µ§¶©®™€£¥¢"
_ODD = re.compile(
    r"[^\W\d_][^\w\s!-/:-@\[-`{-~’‘–—·ªº\u00a0]+[^\W\d_]|[²³¹ªº][^\W\d_]|[À-ſ]{4}|\b[À-ſ]{3}\b"
)
"""Signs inside or before words, and what hardly any word has: nothing but accents, four in a row."""


def guessed(content: bytes) -> str:
    """The most likely text. Raises LoadError where none can be told."""
    for encoding, letters in _WRITTEN_IN:
        with suppress(UnicodeDecodeError):
            if _is_written(text := content.decode(encoding), letters):
                return text
    return _by_statistics(content)


def _is_written(text: str, letters: str) -> bool:
    """Whether a text looks as those who use these letters write."""
    beyond = {c for c in text if not c.isascii()}
    if beyond - {*letters, *_SIGNS} or _ODD.search(text):
        return False
    return not any(b.isupper() and not b.isascii() and a.islower() for a, b in pairwise(text))


def _by_statistics(content: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(content)
    best = matches.best()
    if best is None:
        raise LoadError("is in no encoding that could be recognised; save it as UTF-8")
    for match in matches:
        # Between encodings that fit about as well, the guess is a toss-up: take the commonest.
        near = match.coherence >= best.coherence and match.chaos <= best.chaos + _TOSS_UP
        if near and COMMONEST in match.could_be_from_charset:
            return content.decode(COMMONEST)
    return str(best)
