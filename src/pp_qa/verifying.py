"""The first promise: a quote is its document's text at its place, or it is not shown."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.errors import VerificationError
from pp_qa.leading import leading
from pp_qa.types import Citation

if TYPE_CHECKING:
    from pp_qa.types import Document, Quote


def verify(quote: Quote, document: Document) -> None:
    """Raises VerificationError unless `document.text[start:end] == quote.text` and the
    highlight lies inside."""
    if quote.doc_id != document.doc_id or quote.span.of(document.text) != quote.text:
        raise VerificationError(
            f"the quote at {quote.doc_id}:{quote.span.start}-{quote.span.end} is not the"
            " document's text; run: pp-qa index --rebuild"
        )
    if not quote.span.contains(quote.highlight) or not quote.text:
        raise VerificationError(f"the highlight {quote.highlight} lies outside its quote")


def cite(number: int, quote: Quote, document: Document) -> Citation:
    """The quote's address, once it is verified. Raises VerificationError as `verify` does."""
    verify(quote, document)
    start = quote.span.start
    paths = [s.heading_path for s in document.sections if s.span.start <= start < s.span.end]
    before = leading(quote, document)
    pages = [p for p in document.pages if p.span.start <= start < p.span.end]
    return Citation(
        number=number,
        quote=quote,
        title=document.title,
        source=document.source,
        heading_path=paths[0] if paths else (),
        page=pages[0].number if pages else None,
        current=is_current(document),
        page_label=pages[0].label if pages else "",
        before=before.of(document.text) if before else "",
    )


def is_current(document: Document) -> bool:
    """Whether the file is still the revision that was indexed."""
    path = Path(document.source)
    try:
        facts = path.stat()
        return _hash(path, facts.st_size, facts.st_mtime_ns) == document.content_hash
    except OSError:
        return False


@lru_cache(maxsize=1024)
def _hash(path: Path, size: int, modified: int) -> str:
    """The SHA-256 of a file; `size` and `modified` only tell its states apart."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
