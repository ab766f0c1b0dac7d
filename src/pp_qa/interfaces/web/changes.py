"""What the Documents tab may change: files come, go aside and come back, and the index follows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pp_qa import adding
from pp_qa.errors import CorpusError, FilterError, LoadError, UsageError
from pp_qa.interfaces.web.updates import Updates
from pp_qa.mentions import mention
from pp_qa.reaching import lacking, resolved

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant

_REMEMBERED = 1_000
"""Removals whose names are known, and uploads whose sizes are counted together."""
_OFF = (
    "adding and removing is switched off, as it is wherever the page is served to other machines;"
    " start it with --allow-write to switch it on"
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a file in the index: its passages, or why it could not be read, or neither
    when it isn't there yet. `empty` is one without text; `written` is how a question names it."""

    name: str
    passages: int
    reason: str
    written: str
    empty: bool


class Changes:
    """Thread-safe. Raises UsageError where nothing may be changed."""

    def __init__(self, assistant: Assistant, *, allowed: bool) -> None:
        self._assistant = assistant
        self._allowed = allowed
        self.updates = Updates(assistant)
        self._names: OrderedDict[str, str] = OrderedDict()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        if allowed:
            adding.sweep(self.corpus)

    @property
    def corpus(self) -> Path:
        return resolved(self._assistant.corpus)

    @property
    def refusal(self) -> str:
        """Why nothing can be changed, if nothing can. A folder that has gone with its documents is
        not made anew: they would all leave the index for the first file that is added."""
        if not self._allowed:
            return _OFF
        corpus = self.corpus
        if self._assistant.manifest.documents and (why := lacking(corpus)):
            return f"the folder of these documents, {corpus}, {why}; bring it back, then go on here"
        return adding.unwritable(corpus)

    @property
    def most_together(self) -> int:
        """The most bytes of one upload."""
        return self._assistant.settings.max_upload_mb * 1_000_000

    @property
    def most(self) -> int:
        """The most bytes of a file."""
        return min(self._assistant.settings.max_file_mb * 1_000_000, self.most_together)

    def check(self) -> None:
        if self.refusal:
            raise UsageError(self.refusal)

    # ── adding ───────────────────────────────────────────────────────────────

    def refusals(self, files: Iterable[tuple[str, int]]) -> list[str | None]:
        """Why each file, of a name and a size, can't be taken, before anything is sent."""
        self.check()
        found: list[str | None] = []
        together = 0
        for name, size in files:
            why = adding.refusal(name, size, self.most)
            together += 0 if why else size
            if not why and together > self.most_together:
                why = self._too_much()
            found.append(why)
        return found

    def incoming(self, name: str) -> adding.Incoming:
        """A file to be written. Raises LoadError for a kind that can't be read."""
        self.check()
        return adding.Incoming(self.corpus, name, self.most)

    def count(self, upload: str, size: int) -> None:
        """So many bytes more of one upload. Raises LoadError when it becomes too large."""
        self._sizes[upload] = self._sizes.get(upload, 0) + size
        while len(self._sizes) > _REMEMBERED:
            self._sizes.popitem(last=False)
        if self._sizes[upload] > self.most_together:
            raise LoadError(self._too_much())

    def store(self, file: adding.Incoming) -> adding.Stored:
        """Put a file that has come whole into the folder, unless its content is there already."""
        ending = PurePosixPath(file.name).suffix.lower()
        twins = [
            d.doc_id
            for d in self._assistant.documents()
            if d.content_hash == file.content and PurePosixPath(d.doc_id).suffix.lower() == ending
        ]
        return file.store(twins)

    def fates(self, names: Sequence[str]) -> list[Fate]:
        store = self._assistant.store
        documents = store.documents()
        passages = {d.doc_id: d.passage_count for d in documents}
        reasons = {f.source: f.reason for f in store.manifest.failures}
        empty = {d.doc_id for d in documents if not d.window_count}
        return [
            Fate(n, passages.get(n, 0), reasons.get(n, ""), mention(n, documents), n in empty)
            for n in names
        ]

    def _too_much(self) -> str:
        return (
            f"is too much at once: the most is {self.most_together / 1e6:,.0f} MB (max_upload_mb)"
        )

    # ── removing ─────────────────────────────────────────────────────────────

    def remove(self, doc_id: str) -> tuple[str, int]:
        """Put a document's file aside and let the index follow; gives what brings it back, and
        after which update the index does.

        Raises FilterError for what is no document, CorpusError when it can't be moved.
        """
        self.check()
        store = self._assistant.store
        others = [d.doc_id for d in store.documents() if d.doc_id != doc_id]
        known = {f.source for f in store.manifest.failures}
        if len(others) == store.manifest.documents and doc_id not in known:
            raise FilterError(f"{doc_id!r} is no document here; it may have been removed already")
        if not lacking(self.corpus / doc_id):
            raise CorpusError(f"{doc_id} is a folder; remove it from {self.corpus} yourself")
        aside = adding.put_aside(self.corpus, doc_id)
        self._names[aside] = doc_id
        while len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)
        return aside, self.updates.ask(allow_empty=not others)

    def removed(self) -> list[str]:
        """What lies aside and can be brought back, also from before the server's start."""
        return [] if self.refusal else adding.aside(self.corpus)

    def restore(self, aside: str) -> tuple[str, int]:
        """Bring back what was removed, under the name that it had if that is still known; gives
        its name, and after which update the index has it. Raises FilterError for what doesn't lie there, CorpusError when it can't be
        moved."""
        self.check()
        if aside not in self.removed():
            raise FilterError(
                f"{aside!r} is no longer in {adding.ASIDE}, the folder of removed files"
            )
        place = adding.bring_back(self.corpus, aside, self._names.get(aside, aside))
        self._names.pop(aside, None)
        return place.relative_to(self.corpus).as_posix(), self.updates.ask()

    # ── the index ────────────────────────────────────────────────────────────

    def update(self, *, rebuild: bool = False) -> int:
        """Gives after which update the index is brought up to date."""
        self.check()
        return self.updates.ask(rebuild=rebuild)

    def close(self) -> None:
        self.updates.close()
