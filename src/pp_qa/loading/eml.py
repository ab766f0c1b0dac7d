"""E-mail messages: the subject is the title, and who wrote to whom and when can be quoted with it.

The body is the plain text, or the HTML where there is little else. A forwarded message is read as
a part; other attachments are named in the text, and not read.
"""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from typing import cast

from pp_qa.errors import LoadError
from pp_qa.loading import plain
from pp_qa.loading.building import Parsed, TextBuilder, document
from pp_qa.loading.decoding import decode
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
_NO_SUBJECT = "(no subject)"
_DEEPEST = 4
"""Messages in messages that are read."""
_LITTLE = 0.2
"""Plain text shorter than this part of the HTML's only says that there is HTML."""


class MailLoader:
    suffixes = (".eml",)

    def load(self, path: Path, doc_id: str, content: bytes) -> Document:
        builder = TextBuilder()
        with parsing("e-mail message"):
            message = message_from_bytes(content, policy=policy.default)
            if not any(message[name] for name in (*_HEADERS, "Subject")):
                raise LoadError(
                    "has no sender, date or subject, so it is no e-mail; save it as .txt"
                )
            _add_message(builder, message, 1)
            subject, date = _header(message, "Subject"), _header(message, "Date")
        details = {"date": date} if date else {}
        return document(path, doc_id, content, builder.parsed(subject), details=details)


def _add_message(builder: TextBuilder, message: EmailMessage, level: int) -> None:
    """A message under its subject, `level` deep in others."""
    subject = builder.heading(_header(message, "Subject") or _NO_SUBJECT, level)
    for name in _HEADERS:
        _add_line(builder, name, _header(message, name), subject)
    attached = list(message.iter_attachments())
    names = [file for part in attached if (file := part.get_filename())]
    _add_line(builder, "Attachments (not read)", ", ".join(names), subject)
    builder.include(_lower(_body(message), level))
    for part in attached:
        if part.get_content_type() == "message/rfc822" and level < _DEEPEST:
            _add_message(builder, cast(EmailMessage, part.get_content()), level + 1)
        elif part.get_content_type() == "text/plain" and not part.get_filename():
            builder.include(_lower(_plain(part), level))


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


def _body(message: EmailMessage) -> Parsed:
    written = message.get_body(("plain",))
    marked_up = message.get_body(("html",))
    text = _plain(written) if written else Parsed("", (), ())
    if marked_up is None:
        return text
    page = parse_html(_text(marked_up))
    return text if len(text.text) > _LITTLE * len(page.text) else page


def _plain(part: MIMEPart) -> Parsed:
    text = canonical(_text(part).strip())
    blocks, headings = plain.parse(text)
    return Parsed(text, blocks, tuple(headings))


def _text(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    return decode(content, part.get_content_charset()) if isinstance(content, bytes) else ""


def _lower(parsed: Parsed, level: int) -> Parsed:
    """A body whose headings lie under its subject."""
    return replace(
        parsed, headings=tuple(h._replace(level=h.level + level) for h in parsed.headings)
    )


LOADER = MailLoader()
