"""What a quote leans on: the sentences just before one that begins with "it" or "she", and the line
that introduces a list of which only an item is quoted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pp_qa.text import sentence_spans
from pp_qa.types import Span

if TYPE_CHECKING:
    from pp_qa.types import Document, Quote

_PRONOUN = re.compile(
    r"(?:he|she|it|they|his|her|its|their|this|that|these|those)\b", re.IGNORECASE
)
_MOST = 3
"""Sentences before a quote that are shown at most."""


def leading(quote: Quote, document: Document) -> Span | None:
    """The sentences before a quote, in its paragraph, up to one that leans on nothing; None where the
    quote doesn't begin with a pronoun, or its paragraph with the quote. Of an item, what introduces
    its list, unless that is a heading, which its address names."""
    start = quote.span.start
    lead = next((b.lead for b in document.blocks if b.span.start <= start < b.span.end), None)
    if lead and lead.end <= start:
        headed = any(b.span == lead and b.kind == "heading" for b in document.blocks)
        return None if headed else lead
    own = next((b for b in document.blocks if b.span.start < start < b.span.end), None)
    if own is None:
        return None
    first = start
    for before in reversed(sentence_spans(document.text, Span(own.span.start, start))[-_MOST:]):
        if not _PRONOUN.match(document.text, first):
            break
        first = before.start
    return Span(first, len(document.text[:start].rstrip())) if first < start else None
