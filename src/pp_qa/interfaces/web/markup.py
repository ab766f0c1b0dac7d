"""The one way by which text gets into HTML: escaped, with what could deceive made visible.

`Html` is text that is markup already; `html` fills a template of ours and escapes every other
value. Nothing else in this package may build an `Html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as _escape


class Html(str):
    """Markup: it may go into a page as it is."""

    __slots__ = ()


_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\u202a-\u202e\u2066-\u2069"  # bidirectional overrides: they show text in another order
    "\ud800-\udfff]"  # halves of a surrogate pair, which no page can carry
)


_UNCARRIED = re.compile("[\x00\ud800-\udfff]")


def escape(text: str) -> Html:
    """Text that shows as itself and does nothing. A character that would hide or reorder text is
    shown by its code: drawn by the style sheet, so that what is copied stays plain text."""
    return Html(_UNSEEN.sub(_shown, _escape(text, quote=True)))


def attribute(text: str) -> Html:
    """Text for an attribute, which holds no elements: what `escape` draws becomes U+FFFD."""
    return Html(visible(_escape(text, quote=True)))


def data(text: str) -> Html:
    """Text for an attribute that is copied or asked and never shown: each character as it is, but
    for those that no page can carry."""
    return Html(_UNCARRIED.sub("\N{REPLACEMENT CHARACTER}", _escape(text)).replace("\r", "&#13;"))


def visible(text: str) -> str:
    """The text with U+FFFD for each character that would hide or reorder text."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def html(template: str, **parts: object) -> Html:
    """The template with its `{names}` filled in; every part that is not Html is escaped."""
    return Html(
        template.format(
            **{k: v if isinstance(v, Html) else escape(str(v)) for k, v in parts.items()}
        )
    )


def join(parts: Iterable[Html], between: str = "") -> Html:
    return Html(escape(between).join(parts))


def _shown(match: re.Match[str]) -> str:
    return f'<span class="unseen" data-code="U+{ord(match[0]):04X}"></span>'
