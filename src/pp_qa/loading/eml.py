"""E-mail messages: the subject is the title, and who wrote to whom and when can be quoted with it.

All texts of a message are read in their order. Of alternatives it is the plain text, or the HTML
where there is little else. A forwarded message is read as a part; other attachments are named in
the text, and not read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import Any, NamedTuple, cast

from pp_qa.errors import LoadError
from pp_qa.loading import plain
from pp_qa.loading.building import Parsed, TextBuilder, document
from pp_qa.loading.decoding import Decoded, decode
from pp_qa.loading.foreign import parsing
from pp_qa.loading.html import parse_html
from pp_qa.text import canonical
from pp_qa.types import Document, Span

_HEADERS = ("From", "To", "Cc", "Date")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHARSET = re.compile(rb"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_NO_SUBJECT = "(no subject)"
_DEEPEST = 4
"""Messages in messages that are read."""
_LITTLE = 0.2
"""Plain text shorter than this part of the HTML's only says that there is HTML."""
_ENCODINGS = ("", "7bit", "8bit", "binary")
"""How a message may be packed into another; some programs pack it otherwise, against the rules."""


class _Text(NamedTuple):
    """A part that is text, with what of it is not sure."""

    parsed: Parsed
    unread: str


class _Parts(NamedTuple):
    """What a message or a part of one holds, each in order; `others` are named and not read."""

    texts: Sequence[_Text] = ()
    messages: Sequence[EmailMessage] = ()
    others: Sequence[str] = ()

    @property
    def length(self) -> int:
        return sum(len(text.parsed.text) for text in self.texts)


class _Forgiving(policy.EmailPolicy):
    """A header that Python's parser fails over loses its parameters, or is a text without form."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        forms = [value]
        if name.lower().startswith("content-"):
            forms.append(value.partition(";")[0])
        for form in forms:
            with suppress(LookupError, AttributeError, TypeError, ValueError):
                return super().header_fetch_parse(name, form)
        return super().header_fetch_parse("Subject", value)


_POLICY = cast("policy.EmailPolicy[EmailMessage]", _Forgiving())


class MailLoader:
    suffixes = (".eml",)

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        builder = TextBuilder()
        with parsing("e-mail message"):
            message, doubt = _opened(content)
            if not any(message[name] for name in (*_HEADERS, "Subject")):
                raise LoadError(
                    "has no sender, date or subject, so it is no e-mail; save it as .txt"
                )
            unread = [*doubt, *_add_message(builder, message, 1)]
            subject, date = _header(message, "Subject"), _header(message, "Date")
        details = {"date": date, "unread": "; ".join(unread)}
        return document(path, doc_id, content, builder.parsed(subject), details=details)


def _opened(content: bytes) -> tuple[EmailMessage, list[str]]:
    """A message, and what of its head is not sure: old programs write a head in any encoding."""
    content = content.removeprefix(codecs.BOM_UTF8).lstrip()
    border = _HEAD_END.search(content)
    head, body = (
        (content[: border.start()], content[border.start() :]) if border else (content, b"")
    )
    if head.isascii():
        return message_from_bytes(content, policy=_POLICY), []
    declared = _CHARSET.search(head)
    text, unread = decode(head, declared[1].decode() if declared else None)
    message = message_from_bytes(text.encode() + body, policy=_POLICY)
    return message, [f"in its head, {unread}"] if unread else []


def _add_message(builder: TextBuilder, message: EmailMessage, level: int) -> list[str]:
    """A message under its subject, `level` deep in others. Gives what of it is not sure."""
    subject = builder.heading(_header(message, "Subject") or _NO_SUBJECT, level)
    for name in _HEADERS:
        _add_line(builder, name, _header(message, name), subject)
    parts = _parts(message)
    others = [*parts.others]
    if level == _DEEPEST:
        others += [f"the message “{_header(m, 'Subject') or _NO_SUBJECT}”" for m in parts.messages]
    _add_line(builder, "Attachments (not read)", ", ".join(others), subject)
    unread = [text.unread for text in parts.texts if text.unread]
    for text in parts.texts:  # before the messages, under whose subjects they would lie
        builder.include(_lower(text.parsed, level))
    for inner in parts.messages if level < _DEEPEST else ():
        unread += _add_message(builder, inner, level + 1)
    return unread


def _add_line(builder: TextBuilder, name: str, text: str, lead: Span) -> None:
    if text:
        builder.add(f"{name}: {text}", "item", gap="\n", lead=lead)


def _header(message: EmailMessage, name: str) -> str:
    """A header as people write it: decoded, on one line, a date with the name of its month."""
    header = message[name]
    moment = getattr(header, "datetime", None)
    if moment is None:
        return " ".join(str(header or "").split())
    day = f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return f"{day}, {moment:%H:%M %z}".rstrip()


def _parts(part: MIMEPart) -> _Parts:
    kind = part.get_content_type()
    if kind.startswith("multipart/") and part.is_multipart():
        found = [_part_of_many(inner) for inner in cast(list[MIMEPart], part.get_payload())]
        kept = [_best(found)] if kind == "multipart/alternative" else found
        return _Parts(
            [text for inner in kept for text in inner.texts],
            [message for inner in found for message in inner.messages],
            [name for inner in found for name in inner.others],
        )
    if kind == "message/rfc822" and part.get("Content-Transfer-Encoding", "").lower() in _ENCODINGS:
        return _Parts(messages=cast(list[EmailMessage], part.get_payload()))
    if kind == "text/html" and not part.is_attachment():
        markup, unread = _text(part)
        return _Parts([_Text(parse_html(markup), unread)])
    if kind.startswith(("text/plain", "multipart/")) and not part.is_attachment():
        return _Parts([_plain(part)])  # a multipart that isn't divided is text
    return _named(part)


def _part_of_many(part: MIMEPart) -> _Parts:
    """A part that can't be read leaves the others whole."""
    try:
        return _parts(part)
    except LoadError:
        return _named(part)


def _named(part: MIMEPart) -> _Parts:
    return _Parts(others=[" ".join((part.get_filename() or part.get_content_type()).split())])


def _best(alternatives: Sequence[_Parts]) -> _Parts:
    """Which of several forms of the same text is read: the first, unless it says little."""
    longest = max((parts.length for parts in alternatives), default=0)
    return next((p for p in alternatives if p.length >= _LITTLE * longest), _Parts())


def _plain(part: MIMEPart) -> _Text:
    text, unread = _text(part)
    text = canonical(text.strip())
    blocks, headings = plain.parse(text)
    return _Text(Parsed(text, blocks, tuple(headings)), unread)


def _text(part: MIMEPart) -> Decoded:
    content = part.get_payload(decode=True)
    return decode(cast(bytes, content), part.get_content_charset())


def _lower(parsed: Parsed, level: int) -> Parsed:
    """A body whose headings lie under its subject."""
    return replace(
        parsed, headings=tuple(h._replace(level=h.level + level) for h in parsed.headings)
    )


LOADER = MailLoader()
