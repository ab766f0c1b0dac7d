"""What a text says a quotation is from: a document by its name or title, a page, an address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pp_qa.types import Citation, Document, DocumentInfo, Span

_PAGE = re.compile(
    r"\b(?:pp?\.|pages?|slides?)\s*(\d{1,5})(?:\s*[-–]\s*(\d{1,5}))?\b", re.IGNORECASE
)
_ADDRESS = r":(\d{1,12})-(\d{1,12})\b"
_NUMBER = re.compile(r"\[(\d{1,3})\]")
_TITLE_WORDS = 3
"""Shorter titles are ordinary words too often."""
_DISTINCT = re.compile(r"\w*[\d_-]\w*")
"""A file's name without its ending counts where it looks like a name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`doc_ids` are the documents that are meant, of which there may be several of one name;
    `pages` the first and the last page; `address` a place in the document. None: not said."""

    doc_ids: frozenset[str] | None = None
    pages: tuple[int, int] | None = None
    address: Span | None = None

    def admits(self, parts: Sequence[Citation]) -> bool:
        """Whether a place is where the claim says."""
        first = parts[0]
        if self.doc_ids is not None and first.quote.doc_id not in self.doc_ids:
            return False
        if self.address is not None and not self.address.overlap(first.quote.span):
            return False
        pages = [n for c in parts if c.page is not None for n in _numbers(c.page, c.page_label)]
        if self.pages is None or not pages:
            return True
        return any(self.pages[0] <= page <= self.pages[1] for page in pages)

    def stretches(self, document: Document) -> list[Span]:
        """Where in a document a quotation is said to be; none where that isn't said."""
        if self.doc_ids is not None and document.doc_id not in self.doc_ids:
            return []
        if self.address is not None:
            return [self.address]
        if self.pages is not None and document.pages:
            first, last = self.pages
            numbered = ((page.span, _numbers(page.number, page.label)) for page in document.pages)
            return [span for span, own in numbered if any(first <= n <= last for n in own)]
        return [Span(0, len(document.text))] if self.doc_ids is not None else []

    def words(self) -> tuple[str, ...]:
        """The claim for people."""
        said = sorted(self.doc_ids or ())
        if self.address is not None and len(said) == 1:
            said = [f"{said[0]}:{self.address.start}-{self.address.end}"]
        if self.pages is not None:
            first, last = self.pages
            said.append(f"page {first}" if first == last else f"pages {first}–{last}")
        return tuple(said)


class Names:
    """The documents that a text mentions at all, by the names they go by."""

    def __init__(self, documents: Iterable[DocumentInfo], text: str) -> None:
        folded = _folded(text)
        self._names: dict[str, set[str]] = {}
        for document in documents:
            for name in _names(document):
                if name in folded:
                    self._names.setdefault(name, set()).add(document.doc_id)

    def has(self, text: str) -> bool:
        """Whether a text is a document's name and nothing else."""
        return _folded(text).strip(" \n.,;:") in self._names

    def claim(self, near: Sequence[str], references: Mapping[str, str]) -> Claim:
        """What stretches of text, the likeliest first, say of a quotation's origin."""
        near = [_resolved(stretch, references) for stretch in near]
        mentions = (self._mentioned(_folded(stretch)) for stretch in near)
        doc_ids, address = next((m for m in mentions if m[0]), (frozenset[str](), None))
        page = next((found for stretch in near if (found := _PAGE.search(stretch))), None)
        pages = _range(page[1], page[2]) if page else None
        return Claim(doc_ids or None, pages, address)

    def _mentioned(self, stretch: str) -> tuple[frozenset[str], Span | None]:
        found = {n: m for n in self._names if (m := _mention(n, stretch))}
        names = [n for n in found if not any(n != other and n in other for other in found)]
        for name in names:  # an address says more than a name
            start, end = found[name].groups()
            if start and int(start) <= int(end):
                return frozenset(self._names[name]), Span(int(start), int(end))
        return frozenset(d for n in names for d in self._names[n]), None


def _numbers(number: int, label: str) -> list[int]:
    """The numbers by which a page goes: that of the sheet, and the one that is printed on it."""
    return [number, int(label)] if label.isascii() and label.isdecimal() else [number]


def _range(first: str, last: str | None) -> tuple[int, int]:
    """The pages "123", "123–125" or, with what both have in common said once, "123–25"."""
    last = last or first
    return int(first), int(first[: max(0, len(first) - len(last))] + last)


def _folded(text: str) -> str:
    """Text as names are compared: some systems write an accented letter of a name as two."""
    return unicodedata.normalize("NFC", text).casefold()


def _mention(name: str, stretch: str) -> re.Match[str] | None:
    """Where a name stands that is no part of another one, such as "annual-report.txt"."""
    return re.search(
        rf"(?<!\w)(?<!\w[.-]){re.escape(name)}(?:{_ADDRESS}|(?!\w))",
        stretch,
    )


def _resolved(stretch: str, references: Mapping[str, str]) -> str:
    """With each number in brackets replaced by the source that it stands for."""
    return _NUMBER.sub(lambda m: references.get(m[1], m[0]), stretch)


def _names(document: DocumentInfo) -> set[str]:
    path = _folded(document.doc_id)
    name = path.rpartition("/")[2]
    stem = name.rpartition(".")[0]
    title = " ".join(_folded(document.title).split())
    names = {path, name}
    if _DISTINCT.fullmatch(stem):
        names.add(stem)
    if title.count(" ") >= _TITLE_WORDS - 1:
        names.add(title)
    return names
