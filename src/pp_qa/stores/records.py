"""Values as they are written into a catalog, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from pp_qa.types import Block, Document, Page, Passage, Section, Sentence, Span

PASSAGE = "passage_id, doc_id, ordinal, start, end, text, heading_path, token_count, sentences"
"""The columns that `passage_from_row` takes."""


def text_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def passage_to_row(passage: Passage) -> tuple[Any, ...]:
    return (
        passage.passage_id,
        passage.doc_id,
        passage.ordinal,
        passage.span.start,
        passage.span.end,
        passage.text,
        json.dumps(passage.heading_path),
        passage.token_count,
        _sentences_to_json(passage.sentences),
    )


def passage_from_row(row: Sequence[Any]) -> Passage:
    passage_id, doc_id, ordinal, start, end, text, heading_path, tokens, sentences = row
    return Passage(
        passage_id,
        doc_id,
        ordinal,
        Span(start, end),
        text,
        tuple(json.loads(heading_path)),
        tokens,
        _sentences_from_json(sentences),
    )


def structure_to_json(document: Document) -> str:
    return json.dumps(
        {
            "sections": [[s.heading_path, _span_to_json(s.span)] for s in document.sections],
            "pages": [[p.number, p.label, _span_to_json(p.span)] for p in document.pages],
            "blocks": [
                [b.span.start, b.span.end, b.kind, _span_to_json(b.lead)] for b in document.blocks
            ],
        },
        ensure_ascii=False,
    )


def structure_from_json(text: str) -> dict[str, Any]:
    """The arguments of a Document that hold its structure."""
    stored = json.loads(text)
    return {
        "sections": tuple(Section(tuple(path), Span(*span)) for path, span in stored["sections"]),
        "pages": tuple(Page(number, label, Span(*span)) for number, label, span in stored["pages"]),
        "blocks": tuple(
            Block(Span(a, b), kind, _span_from_json(lead)) for a, b, kind, lead in stored["blocks"]
        ),
    }


def _span_to_json(span: Span | None) -> list[int] | None:
    return None if span is None else [span.start, span.end]


def _span_from_json(pair: list[int] | None) -> Span | None:
    return None if pair is None else Span(*pair)


def _sentences_to_json(sentences: Iterable[Sentence]) -> str:
    return json.dumps(
        [[s.span.start, s.span.end, s.kind, _span_to_json(s.lead)] for s in sentences]
    )


def _sentences_from_json(text: str) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(Span(a, b), k, None if lead is None else Span(*lead))
        for a, b, k, lead in json.loads(text)
    )
