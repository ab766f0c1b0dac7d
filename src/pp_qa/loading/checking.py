"""What a worker replies, checked: a parser is not trusted, and neither is what it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.loading.pdf_view import Box
from pp_qa.text import canonical
from pp_qa.types import Document, Failure, Span

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a worker replies: the document, or the reason why there is none."""

    document: Document | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a worker shows of a PDF: one of these, or the reason why there is none. `picture` is
    a PNG in base 64."""

    sizes: Sequence[tuple[float, float]] = ()
    boxes: Sequence[Sequence[Box]] = ()
    picture: str = ""
    reason: str = ""


def from_json(reply: bytes, doc_id: str, path: Path) -> Document | Failure:
    """The document or the failure that a worker's reply is. A reply that is no Outcome, or whose
    document doesn't hold what `types` promises, is a failure too."""
    try:
        outcome = _outcomes().validate_json(reply, strict=True)
        document = outcome.document
        if document is None:
            return Failure(doc_id, outcome.reason)
        if (document.doc_id, document.source) != (doc_id, str(path)):
            raise ValueError("another document than was asked for")
        check(document)
    except ValueError as error:
        why = str(error).splitlines()[0]
        return Failure(doc_id, f"was read wrongly ({why}); please report it with the file")
    return document


def check(document: Document) -> None:
    """Raises ValueError where a document doesn't hold what `types` promises of one."""
    text = document.text
    if canonical(text) != text:
        raise ValueError("the text is not canonical")
    if not _HASH.fullmatch(document.content_hash):
        raise ValueError("the hash is none")
    _check_order("sections", (s.span for s in document.sections), len(text))
    _check_order("pages", (p.span for p in document.pages), len(text))
    _check_order("blocks", (b.span for b in document.blocks), len(text))
    if any(b.lead and b.lead.end > len(text) for b in document.blocks):
        raise ValueError("a lead lies outside of the text")


def _check_order(what: str, spans: Iterable[Span], length: int) -> None:
    end = 0
    for span in spans:
        if span.start < end:
            raise ValueError(f"{what} overlap or are out of order")
        end = span.end
    if end > length:
        raise ValueError(f"{what} lie outside of the text")


def shown_from_json(reply: bytes) -> Shown:
    """What a worker shows. Raises ValueError for a reply that is nothing of the kind."""
    return _shown().validate_json(reply)


@cache
def _shown() -> TypeAdapter[Shown]:
    from pydantic import TypeAdapter

    return TypeAdapter(Shown)


@cache
def _outcomes() -> TypeAdapter[Outcome]:
    from pydantic import TypeAdapter

    return TypeAdapter(Outcome)
