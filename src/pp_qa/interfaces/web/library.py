"""What the Documents tab shows: every document with its facts, a part of them at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.caches import KnownFiles
from pp_qa.errors import CorpusError
from pp_qa.indexing import FILES
from pp_qa.mentions import mention, natural, suggest
from pp_qa.reaching import resolved
from pp_qa.surveying import Behind, behind, survey
from pp_qa.types import DocumentInfo, Failure

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant
    from pp_qa.protocols import IndexStore


_NOTHING = Behind()


@dataclass(frozen=True, slots=True)
class Row:
    """A document in the list. `size` is that of its file, None where it is gone; `copy_of` the
    first document of the same content; `changed` says that its file has other content by now."""

    info: DocumentInfo
    pages: int
    size: int | None
    copy_of: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """By what a generation of the index was `behind` its folder when that was last looked at, or
    the `problem` why that could not be. Another `number` is another finding."""

    generation: int = 0
    number: int = 0
    behind: Behind = _NOTHING
    problem: str = ""

    @property
    def key(self) -> str:
        return f"{self.generation}.{self.number}"


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the list: `found` documents fit the filter, of `total`. The files that are `new`
    and those that could not be read come with the first part."""

    rows: tuple[Row, ...]
    new: tuple[str, ...]
    failures: tuple[Failure, ...]
    first: int
    found: int
    total: int
    generation: int
    look: Look

    @property
    def more(self) -> int:
        return self.found - self.first - len(self.rows)


@dataclass(frozen=True, slots=True)
class Name:
    """A document that completes what was typed after an @, and how it is written there."""

    doc_id: str
    title: str
    written: str


class Library:
    """The documents of an assistant as people look through them. Where its folder is `watched`,
    the index follows by itself, and nobody looks for what has changed. Thread-safe."""

    def __init__(self, assistant: Assistant, *, watched: bool = False) -> None:
        self.assistant = assistant
        self._watched = watched
        self._looking = threading.Lock()
        self._files: KnownFiles | None = None
        self._look = Look()
        self._listed: tuple[object, tuple[DocumentInfo, ...]] = (None, ())
        self._pages: dict[tuple[str, str], int] = {}

    def look(self) -> Look:
        """Compare the folder with the index. Only files that changed since the last update are
        read, and each of them once."""
        store = self.assistant.store
        if self._watched:
            return self._last_look(store)
        with self._looking:
            found, problem = _NOTHING, ""
            try:
                found = self._compare(store)
            except CorpusError as error:
                problem = str(error)
            look = self._last_look(store)
            if (found, problem) != (look.behind, look.problem):
                look = Look(look.generation, look.number + 1, found, problem)
            self._look = look
            return look

    def _compare(self, store: IndexStore) -> Behind:
        settings, corpus = self.assistant.settings, resolved(self.assistant.corpus)
        self._files = KnownFiles(settings.index_dir / FILES, corpus, self._files)
        return behind(survey(store, corpus, settings, self._files, lambda _: None))

    def _last_look(self, store: IndexStore) -> Look:
        """What was found by the last look; of another generation that says nothing."""
        look, generation = self._look, store.manifest.generation
        return look if look.generation == generation else Look(generation, look.number)

    def listing(self, wanted: str, first: int, count: int) -> Listing:
        """Those whose name or title has all words of `wanted`, by title."""
        store = self.assistant.store
        manifest, look = store.manifest, self._last_look(store)
        found = self._found(store, wanted)
        first = min(first, len(found))  # there may have been more when the last part was given
        firsts = _firsts(self._sorted(store))
        new = [i for i in look.behind.new if _fits(wanted, i)] if not first else []
        failures = [f for f in manifest.failures if _fits(wanted, f.source)] if not first else []
        rows = [self._row(store, info, firsts) for info in found[first : first + count]]
        return Listing(
            tuple(replace(r, changed=r.info.doc_id in look.behind.changed) for r in rows),
            tuple(sorted(new, key=natural)),
            tuple(sorted(failures, key=lambda f: natural(f.source))),
            first,
            len(found),
            manifest.documents,
            manifest.generation,
            look,
        )

    def ids(self, wanted: str) -> list[str]:
        """The doc_ids of all that fit."""
        return [info.doc_id for info in self._found(self.assistant.store, wanted)]

    def names(self, typed: str, most: int) -> list[Name]:
        """What may be meant by what was typed after an @."""
        documents = self._sorted(self.assistant.store)
        return [
            Name(d.doc_id, d.title, mention(d.doc_id, documents))
            for d in suggest(typed, documents, most)
        ]

    def _found(self, store: IndexStore, wanted: str) -> Sequence[DocumentInfo]:
        documents = self._sorted(store)
        if not wanted.strip():
            return documents
        return [d for d in documents if _fits(wanted, f"{d.doc_id} {d.title}")]

    def _sorted(self, store: IndexStore) -> tuple[DocumentInfo, ...]:
        """By title. A store shows one generation, so that its list need be made once."""
        of, documents = self._listed
        if of is not store:
            found = store.documents()
            documents = tuple(sorted(found, key=lambda d: (natural(d.title), natural(d.doc_id))))
            self._listed = store, documents
        return documents

    def _row(self, store: IndexStore, info: DocumentInfo, firsts: dict[str, str]) -> Row:
        original = firsts[info.content_hash]
        return Row(
            info,
            self._count_pages(store, info),
            _size(Path(info.source)),
            "" if original == info.doc_id else original,
        )

    def _count_pages(self, store: IndexStore, info: DocumentInfo) -> int:
        """The pages of a document, counted once: its text is read for it."""
        key = info.doc_id, info.content_hash
        if key not in self._pages:
            self._pages[key] = len(store.document(info.doc_id).pages)
        return self._pages[key]


def _firsts(documents: Sequence[DocumentInfo]) -> dict[str, str]:
    """The first document of each content."""
    return {d.content_hash: d.doc_id for d in reversed(documents)}


def _fits(wanted: str, text: str) -> bool:
    text = text.casefold()
    return all(word in text for word in wanted.casefold().split())


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
