"""Values → JSON that programs read: of the command line, over HTTP and by MCP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pp_qa.types import (
    Abstention,
    Citation,
    Coverage,
    Document,
    DocumentInfo,
    Failure,
    Found,
    Hit,
    IndexManifest,
    Reply,
    Span,
    UpdateReport,
)


def reply_json(reply: Reply) -> dict[str, Any]:
    """The JSON that `pp-qa ask --json` prints."""
    answered: list[Citation] = []
    nearest: list[Citation] = []
    if isinstance(reply, Abstention):
        nearest = list(reply.closest)
    else:
        answered = list(reply.citations)
    return {
        "question": reply.question,
        "search_query": reply.search_query,
        "answered": reply.answered,
        "reason": reply.reason if isinstance(reply, Abstention) else None,
        "absent": list(reply.absent),
        "confidence": round(reply.confidence, 4),
        "threshold": round(reply.threshold, 4),
        "generation": reply.generation,
        "quotes": [citation_json(c) for c in answered],
        "closest": [citation_json(c) for c in nearest],
        "searched": coverage_json(reply.coverage),
        "timings_ms": {k: round(v, 1) for k, v in reply.timings.items()},
    }


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    return {
        "documents": coverage.documents,
        "passages": coverage.passages,
        "unread": list(coverage.unread),
        "named": list(coverage.named),
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """One quote with its address; `highlight` is a range into the document, as `start` and
    `end` are."""
    quote = citation.quote
    return {
        "number": citation.number,
        "text": quote.text,
        "before": citation.before or None,
        "document": quote.doc_id,
        "title": citation.title,
        "start": quote.span.start,
        "end": quote.span.end,
        "page": citation.page,
        "page_label": citation.page_label or None,
        "heading": list(citation.heading_path),
        "score": round(quote.score, 4),
        "highlight": [quote.highlight.start, quote.highlight.end],
        "current": citation.current,
        "also_in": list(citation.also_in),
        "found": found_json(citation.found) if citation.found else None,
    }


def found_json(found: Found) -> dict[str, Any]:
    """How retrieval found the passage of a quote."""
    return {
        "rank": found.rank,
        "of": found.of,
        "score": round(found.score, 4),
        "legs": {k: round(v, 4) for k, v in found.legs.items()},
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """One passage that `pp-qa search --json` found."""
    passage = hit.passage
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "legs": {k: round(v, 4) for k, v in hit.legs.items()},
        "document": passage.doc_id,
        "passage": passage.passage_id,
        "start": passage.span.start,
        "end": passage.span.end,
        "heading": list(passage.heading_path),
        "also_in": list(hit.also_in),
        "text": passage.text,
    }


def report_json(report: UpdateReport) -> dict[str, Any]:
    """What `pp-qa index --json` prints."""
    return {
        "added": list(report.added),
        "changed": list(report.changed),
        "renamed": [list(pair) for pair in report.renamed],
        "removed": list(report.removed),
        "unchanged": list(report.unchanged),
        "failed": [failure_json(f) for f in report.failed],
        "empty": list(report.empty),
        "generation": report.generation,
        "passages": report.passages,
        "embedded": report.embedded,
        "seconds": round(report.seconds, 3),
        "notes": list(report.notes),
        "dry_run": report.dry_run,
    }


def status_json(manifest: IndexManifest, documents: Iterable[DocumentInfo]) -> dict[str, Any]:
    """What `pp-qa status --json` prints."""
    return {
        "generation": manifest.generation,
        "corpus": manifest.corpus,
        "fingerprints": dict(manifest.fingerprints),
        "passages": manifest.passages,
        "documents": [document_json(d) for d in documents],
        "failed": [failure_json(f) for f in manifest.failures],
    }


def document_json(info: DocumentInfo) -> dict[str, Any]:
    return {
        "document": info.doc_id,
        "title": info.title,
        "passages": info.passage_count,
        "characters": info.character_count,
        **info.details,
    }


def span_json(document: Document, span: Span, current: bool) -> dict[str, Any]:
    """What `pp-qa show --json` prints."""
    return {
        "document": document.doc_id,
        "title": document.title,
        "start": span.start,
        "end": span.end,
        "text": span.of(document.text),
        "current": current,
    }


def failure_json(failure: Failure) -> dict[str, str]:
    return {"source": failure.source, "reason": failure.reason}
