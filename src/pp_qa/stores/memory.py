"""Everything in memory, everything exact: the oracle that other stores are compared with."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from pp_qa.datelines import as_asked
from pp_qa.errors import FilterError
from pp_qa.stores.hits import cosines, ranked
from pp_qa.types import (
    ChangeSet,
    Document,
    DocumentEntry,
    DocumentInfo,
    Hit,
    IndexManifest,
    Passage,
)
from pp_qa.words import words

if TYPE_CHECKING:
    from pp_qa.types import Vectors

FORMAT_VERSION = 1
_K1, _B = 1.2, 0.75


class MemoryStore:
    """An `IndexStore` of plain Python values, immutable once made."""

    def __init__(
        self,
        entries: Mapping[str, DocumentEntry] | None = None,
        manifest: IndexManifest | None = None,
    ) -> None:
        self._entries = dict(sorted((entries or {}).items()))
        self.manifest = manifest or IndexManifest(FORMAT_VERSION, 0, {}, 0, 0)
        self._words = {
            p.passage_id: Counter(words(as_asked(p.text)))
            for e in self._entries.values()
            for p in e.passages
        }

    def documents(self, among: Collection[str] | None = None) -> list[DocumentInfo]:
        return [document_info(e) for e in self._chosen(among)]

    def document(self, doc_id: str) -> Document:
        return self._entry(doc_id).document

    def passages(self, doc_id: str) -> list[Passage]:
        return list(self._entry(doc_id).passages)

    def search_dense(
        self, vectors: Vectors, k: int, documents: Collection[str] | None = None
    ) -> list[list[Hit]]:
        found = []
        for row in vectors:
            scored = []
            for entry in self._chosen(documents):
                at = 0
                for passage, count in zip(entry.passages, entry.window_counts, strict=True):
                    if count:
                        scored.append((passage, max(cosines(entry.vectors[at : at + count], row))))
                    at += count
            found.append(ranked(scored, k, "dense"))
        return found

    def search_lexical(
        self, text: str, k: int, documents: Collection[str] | None = None
    ) -> list[Hit]:
        """BM25 as Lucene has it, k1 = 1.2 and b = 0.75, statistics of the whole index."""
        asked = set(words(text))
        lengths = {i: sum(c.values()) for i, c in self._words.items()}
        mean = sum(lengths.values()) / max(1, len(lengths)) or 1.0
        idf = {w: self._idf(sum(w in c for c in self._words.values())) for w in asked}
        scored = []
        for entry in self._chosen(documents):
            for passage in entry.passages:
                counts = self._words[passage.passage_id]
                norm = _K1 * (1 - _B + _B * lengths[passage.passage_id] / mean)
                score = sum(
                    idf[w] * counts[w] * (_K1 + 1) / (counts[w] + norm) for w in asked if counts[w]
                )
                if score > 0:
                    scored.append((passage, score))
        return ranked(scored, k, "lexical")

    def known_vectors(self, passages: Iterable[Passage]) -> dict[str, Vectors]:
        wanted = {p.text for p in passages}
        known: dict[str, Vectors] = {}
        for entry in self._entries.values():
            at = 0
            for passage, count in zip(entry.passages, entry.window_counts, strict=True):
                if count and passage.text in wanted:
                    known[passage.text] = entry.vectors[at : at + count]
                at += count
        return known

    def apply(self, changes: ChangeSet) -> MemoryStore:
        entries = {k: e for k, e in self._entries.items() if k not in set(changes.removed)}
        entries |= {e.document.doc_id: e for e in changes.entries}
        manifest = IndexManifest(
            format_version=FORMAT_VERSION,
            generation=self.manifest.generation + 1,
            fingerprints=dict(changes.fingerprints),
            documents=len(entries),
            passages=sum(len(e.passages) for e in entries.values()),
            failures=tuple(changes.failures),
            corpus=changes.corpus,
        )
        return MemoryStore(entries, manifest)

    def close(self) -> None:
        """Nothing to let go of."""

    def _idf(self, frequency: int) -> float:
        n = len(self._words)
        return math.log(1 + (n - frequency + 0.5) / (frequency + 0.5))

    def _entry(self, doc_id: str) -> DocumentEntry:
        if doc_id not in self._entries:
            raise unknown_document(doc_id)
        return self._entries[doc_id]

    def _chosen(self, documents: Collection[str] | None) -> list[DocumentEntry]:
        return [e for k, e in self._entries.items() if documents is None or k in documents]


def document_info(entry: DocumentEntry) -> DocumentInfo:
    """The catalog's line for an entry."""
    document = entry.document
    return DocumentInfo(
        doc_id=document.doc_id,
        source=document.source,
        title=document.title,
        content_hash=document.content_hash,
        passage_count=len(entry.passages),
        character_count=len(document.text),
        window_count=sum(entry.window_counts),
        details=dict(document.details),
    )


def unknown_document(doc_id: str) -> FilterError:
    return FilterError(f"no document {doc_id!r} in the index; `pp-qa status` lists those there are")
