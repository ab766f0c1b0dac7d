"""Replies, passages and ranges of documents → what people read at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from pp_qa.render.printing import count, listed, percent, printable
from pp_qa.types import Abstention, Answer, Citation, Document, Hit, Quote, Reply, Span

_REASONS = {
    "nothing_asked": "Nothing to look up. Ask about what the documents say.",
    "about_pp_qa": "pp_qa quotes sentences of the documents, word for word; it sums nothing up and"
    " writes nothing of its own. `pp-qa status` lists the documents that can be asked.",
    "empty_index": "The index holds no text to search.",
    "nothing_near": "Nothing in these documents is near the question.",
    "not_mentioned": "Some passages are near, but none answers the question.",
    "no_answer": "Some passages are near, but none answers the question.",
}
_ALSO = 3
"""Other documents of the same text that are named, not only counted."""
_ABSENT = 4
"""Words of a question that are named as standing nowhere."""
_EXCERPT = 300
"""Code points shown of a passage that is no answer."""


def reply_text(reply: Reply) -> str:
    """A reply for the terminal."""
    if isinstance(reply, Abstention):
        if reply.reason in ("nothing_asked", "about_pp_qa"):
            return _REASONS[reply.reason]
        head = f"Not in these documents. {_REASONS[reply.reason]}"
        parts = [f"{head} {nowhere(reply.absent)}".strip(), _searched(reply)]
        if reply.closest:
            parts.append("Nearest passages (no answer):")
        parts += [_citation_text(c, _excerpt(c.quote)) for c in reply.closest]
    else:
        parts = [_citation_text(c, c.quote.text, c.before) for c in reply.citations]
        parts.append("\n".join([f"confidence {percent(reply.confidence)}", *caution(reply)]))
    if reply.search_query != reply.question:
        parts.insert(0, f"searching for: {reply.search_query}")
    if reply.coverage.named:
        parts.insert(0, f"asked only: {listed(reply.coverage.named)}")
    return "\n\n".join(printable(part) for part in parts)


def nowhere(absent: Sequence[str], them: str = "them") -> str:
    """A sentence on the words of a question that no document has; nothing where there are none."""
    if not absent:
        return ""
    names = [f"“{word}”" for word in absent[:_ABSENT]]
    if len(absent) > _ABSENT:
        names.append(f"{len(absent) - _ABSENT} more of its words")
    *most, last = names
    every = f"{', '.join(most)} or {last}" if most else last
    return f"None of {them} has {every}."


def caution(answer: Answer) -> tuple[str, ...]:
    """A sentence on names and numbers of the question that no document has, if there are any."""
    if not answer.absent:
        return ()
    return (f"{nowhere(answer.absent, 'these documents')} The quotes may be about something else.",)


def _searched(reply: Abstention) -> str:
    coverage = reply.coverage
    line = (
        f"Searched {count(coverage.documents, 'document')}, {count(coverage.passages, 'passage')}"
    )
    if coverage.unread:
        line += f"; {len(coverage.unread)} could not be read: {listed(coverage.unread)}"
    return f"{line}. Confidence {percent(reply.confidence)}."


def _excerpt(quote: Quote) -> str:
    """The part of a passage that comes nearest, `…` standing for what is left out."""
    start, end = quote.highlight.start - quote.span.start, quote.highlight.end - quote.span.start
    text = quote.text[start:end]
    if len(text) > _EXCERPT:
        text = text[:_EXCERPT].rsplit(maxsplit=1)[0]
    return f"{'…' if start else ''}{text}{'…' if start + len(text) < len(quote.text) else ''}"


def _citation_text(citation: Citation, text: str, before: str = "") -> str:
    quote = citation.quote
    lines = text.splitlines()
    return "\n".join(
        [
            *(f"    ({line})" for line in before.splitlines()),
            *(
                f"{f'[{citation.number}]' if not i else '':<3} {line}"
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


def address(doc_id: str, span: Span) -> str:
    """What `pp-qa show` takes."""
    return f"{doc_id}:{span.start}-{span.end}"


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


def span_text(document: Document, span: Span, around: int = 300) -> str:
    """A range of a document in its context, marked by `⟦` and `⟧`."""
    text = document.text
    start, end = max(0, span.start - around), min(len(text), span.end + around)
    before, after = text[start : span.start], text[span.end : end]
    return printable(
        f"{'…' if start else ''}{before}⟦{span.of(text)}⟧{after}{'…' if end < len(text) else ''}"
    )
