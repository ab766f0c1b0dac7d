"""Values → what people and programs read: terminal text, Markdown and JSON."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
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
    Quote,
    Reply,
    Span,
    UpdateReport,
)

_REASONS = {
    "nothing_asked": "Nothing to look up. Ask about what the documents say.",
    "empty_index": "The index holds no text to search.",
    "nothing_near": "Nothing in these documents is near the question.",
    "not_mentioned": "Some passages are near, but none answers the question.",
    "no_answer": "Some passages are near, but none answers the question.",
}
_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_LISTED = 20
"""Names printed of one kind before the rest is counted."""
_ALIKE = 3
"""Names printed of those that failed for one reason."""
_ALSO = 3
"""Other documents of the same text that are named, not only counted."""
_ABSENT = 4
"""Words of a question that are named as standing nowhere."""
_EXCERPT = 300
"""Code points shown of a passage that is no answer."""


def nowhere(absent: Sequence[str]) -> str:
    """A sentence on the words of a question that no document has; nothing where there are none."""
    if not absent:
        return ""
    names = [f"“{word}”" for word in absent[:_ABSENT]]
    if len(absent) > _ABSENT:
        names.append(f"{len(absent) - _ABSENT} more of its words")
    *most, last = names
    return f"None of them has {', '.join(most)} or {last}." if most else f"None of them has {last}."


# ── JSON ─────────────────────────────────────────────────────────────────────


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
        "absent": list(reply.absent) if isinstance(reply, Abstention) else [],
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
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """One quote with its address; `highlight` is a range into the document, as `start` and
    `end` are."""
    quote = citation.quote
    return {
        "number": citation.number,
        "text": quote.text,
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


# ── text ─────────────────────────────────────────────────────────────────────


def address(doc_id: str, span: Span) -> str:
    """What `pp-qa show` takes."""
    return f"{doc_id}:{span.start}-{span.end}"


def reply_text(reply: Reply) -> str:
    """A reply for the terminal."""
    if isinstance(reply, Abstention):
        if reply.reason == "nothing_asked":
            return _REASONS[reply.reason]
        head = f"Not in these documents. {_REASONS[reply.reason]}"
        parts = [f"{head} {nowhere(reply.absent)}".strip(), _searched(reply)]
        if reply.closest:
            parts.append("Nearest passages (no answer):")
        parts += [_citation_text(c, _excerpt(c.quote)) for c in reply.closest]
    else:
        parts = [_citation_text(c, c.quote.text) for c in reply.citations]
        parts.append(f"confidence {reply.confidence:.0%}")
    if reply.search_query != reply.question:
        parts.insert(0, f"searching for: {reply.search_query}")
    return "\n\n".join(printable(part) for part in parts)


def _searched(reply: Abstention) -> str:
    coverage = reply.coverage
    line = (
        f"Searched {count(coverage.documents, 'document')}, {count(coverage.passages, 'passage')}"
    )
    if coverage.unread:
        line += f"; {len(coverage.unread)} could not be read: {listed(coverage.unread)}"
    return f"{line}. Confidence {reply.confidence:.0%}."


def _excerpt(quote: Quote) -> str:
    """The part of a passage that comes nearest, `…` standing for what is left out."""
    start, end = quote.highlight.start - quote.span.start, quote.highlight.end - quote.span.start
    text = quote.text[start:end]
    if len(text) > _EXCERPT:
        text = text[:_EXCERPT].rsplit(maxsplit=1)[0]
    return f"{'…' if start else ''}{text}{'…' if start + len(text) < len(quote.text) else ''}"


def _citation_text(citation: Citation, text: str) -> str:
    quote = citation.quote
    lines = text.splitlines()
    return "\n".join(
        [
            *(
                f"{f'[{citation.number}]' if not i else '':<4}{line}"
                for i, line in enumerate(lines)
            ),
            f"    — {place_name(citation)}",
            f"      {address(quote.doc_id, quote.span)}{also(citation.also_in)}",
        ]
    )


def place_name(citation: Citation) -> str:
    path = citation.heading_path
    titled = path[:1] == (citation.title,)
    place = " › ".join(path if titled else (citation.title, *path))
    if citation.page_name:
        place += f", {citation.page_name}"
    if not citation.current:
        place += " [changed since indexing]"
    return place


def also(documents: Sequence[str]) -> str:
    """What is put after an address of text that other documents have too."""
    if not documents:
        return ""
    names = f" ({', '.join(documents)})" if len(documents) <= _ALSO else ""
    return f"  also in {count(len(documents), 'file')}{names}"


def hits_text(hits: Sequence[Hit]) -> str:
    """Passages for the terminal."""
    blocks = []
    for hit in hits:
        passage = hit.passage
        legs = ", ".join(f"{name} {score:.2f}" for name, score in hit.legs.items())
        place = f"{address(passage.doc_id, passage.span)}{also(hit.also_in)}"
        head = f"{hit.rank}. {place}  {hit.score:.3f} ({legs})"
        blocks.append(
            "\n".join([head, *(f"   {line}" for line in passage.text.strip().splitlines())])
        )
    return printable("\n\n".join(blocks) or "No passages.")


def is_news(report: UpdateReport) -> bool:
    """Whether an update did, or failed to do, anything worth telling."""
    return bool(
        report.added
        or report.changed
        or report.renamed
        or report.removed
        or report.failed
        or report.notes
    )


def report_text(report: UpdateReport) -> str:
    """What an update did, or would do, every file that is not simply unchanged by name."""
    renamed = [f"{old} → {new}" for old, new in report.renamed]
    lines = [*report.notes]
    for word, names in (
        ("added", report.added),
        ("changed", report.changed),
        ("renamed", renamed),
        ("removed", report.removed),
        ("empty", report.empty),
    ):
        if names:
            lines.append(f"{word:>9}: {listed(names)}")
    lines += failure_lines("   failed", report.failed)
    lines.append(_summary(report))
    return printable("\n".join(lines))


def update_line(report: UpdateReport) -> str:
    """What an update did, in one line."""
    did = []
    sized = {i: f"{i} ({count(n, 'passage')})" for i, n in report.sizes.items()}
    for word, names in (
        ("added", [sized.get(i, i) for i in report.added]),
        ("changed", [sized.get(i, i) for i in report.changed]),
        ("renamed", [f"{old} → {new}" for old, new in report.renamed]),
        ("removed", report.removed),
    ):
        if names:
            did.append(f"{word} {listed(names, most=3)}")
    parts = [*report.notes, *did] or [f"up to date with {count(report.passages, 'passage')}"]
    return printable(f"{', '.join(parts)}, generation {report.generation}".replace("\n", " "))


def _summary(report: UpdateReport) -> str:
    counted = ", ".join(
        f"{len(files):,} {word}"
        for word, files in (
            ("added", report.added),
            ("changed", report.changed),
            ("renamed", report.renamed),
            ("removed", report.removed),
            ("unchanged", report.unchanged),
            ("failed", report.failed),
        )
        if files
    )
    if report.dry_run:
        return f"dry run, nothing was written: {counted or 'no files'}"
    return (
        f"{counted or 'no files'}; {count(report.passages, 'passage')} in generation"
        f" {report.generation}, {count(report.embedded, 'window')} embedded, {report.seconds:.1f} s"
    )


def span_text(document: Document, span: Span, around: int = 300) -> str:
    """A range of a document in its context, marked by `⟦` and `⟧`."""
    text = document.text
    start, end = max(0, span.start - around), min(len(text), span.end + around)
    before, after = text[start : span.start], text[span.end : end]
    return printable(
        f"{'…' if start else ''}{before}⟦{span.of(text)}⟧{after}{'…' if end < len(text) else ''}"
    )


def printable(text: str) -> str:
    """Text that does nothing to a terminal but be read: control characters other than line
    ends and tabs, and marks that turn the direction of writing, are shown, not sent."""
    return "".join(_shown(c) if _commands(c) else c for c in text)


def printable_json(value: Any, indent: int | None = None) -> str:
    """JSON of which a terminal may show every character: the others are escaped, and read as
    what they are."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(f"\\u{ord(c):04x}" if _commands(c) else c for c in text)


def _commands(character: str) -> bool:
    control = unicodedata.category(character) == "Cc" and character not in "\n\t"
    return control or unicodedata.bidirectional(character) in _DIRECTIONS


def _shown(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def failure_lines(word: str, failures: Sequence[Failure]) -> list[str]:
    """A line for each failure; those of the same reason share one, so that many don't hide the
    others, and reasons beyond the first are counted."""
    sources: dict[str, list[str]] = {}
    for failure in failures:
        sources.setdefault(failure.reason, []).append(failure.source)
    shown = list(sources.items())[:_LISTED]
    lines = [f"{word}: {listed(names, _ALIKE)}: {reason}" for reason, names in shown]
    if rest := len(failures) - sum(len(names) for _, names in shown):
        lines.append(f"{word}: {rest:,} more; --json lists them all")
    return lines


def listed(names: Iterable[str], most: int = _LISTED) -> str:
    known = list(names)
    more = f" and {len(known) - most:,} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """An error's line as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
