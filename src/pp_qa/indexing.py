"""Corpus folder → index: survey, then read, cut and embed what is new, and apply."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pp_qa.caches import KnownFiles, KnownVectors
from pp_qa.chunking import passage_id
from pp_qa.loading.isolation import Limits, Parsers
from pp_qa.loading.structure import title_from_name
from pp_qa.reaching import resolved
from pp_qa.streaming import Failures, Pace, Work, entries
from pp_qa.surveying import Survey, great_loss, refuse_loss, refuse_nothing, survey
from pp_qa.types import (
    ChangeSet,
    DocumentEntry,
    DocumentInfo,
    Failure,
    IndexManifest,
    Progress,
    UpdateReport,
)
from pp_qa.words import NAME as WORDS

if TYPE_CHECKING:
    from pp_qa.protocols import Embedder, IndexStore, ProgressCallback
    from pp_qa.settings import Settings

_PIPELINE_VERSION = 11
"""Raise it when loading or chunking give other passages for the same file."""
_WINDOWS_VERSION = 1
"""Raise it when the same passage would be embedded in other windows."""
FILES, VECTORS = "files.json", "vectors.sqlite"
"""What runs leave to each other, beside the generations."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to update. `allow_empty` lets a folder without documents empty the index; `rebuild`
    reads every file again; `dry_run` says what would be done, and does nothing; without `retry`,
    files that failed the last time and haven't changed since are left alone."""

    allow_empty: bool = False
    rebuild: bool = False
    dry_run: bool = False
    retry: bool = True


def fingerprints(embedder: Embedder, settings: Settings) -> dict[str, str]:
    """What shapes an index. Where one of these differs, files must be read again; vectors of
    text that stays the same hold as long as `embedder` and `windows` do."""
    window = min(settings.window_tokens, embedder.max_tokens)
    return {
        "embedder": embedder.fingerprint,
        "windows": f"{_WINDOWS_VERSION}/{window}",
        "pipeline": f"{_PIPELINE_VERSION}/{settings.passage_tokens}/{WORDS}",
    }


def update(
    store: IndexStore,
    embedder: Embedder,
    corpus: Path,
    settings: Settings,
    progress: ProgressCallback = lambda _: None,
    options: Options = Options(),
    *,
    beside: IndexStore | None = None,
    left: Path | None = None,
    parsers: Parsers | None = None,
) -> tuple[IndexStore, UpdateReport]:
    """Make the index follow the folder, and say what was done to each file.

    A file that can't be read is reported and stays answerable as it was last read; text that
    didn't change is never embedded again. Nothing is written when nothing changed. Where
    everything is made again, that is done in the empty store `beside`, if there is one. `left` is
    the folder where runs leave to each other what spares work; `parsers`, which stay open, spare
    starting a process.

    Raises CorpusError when the folder is missing, has no document left while the index has
    some and that is not allowed, or is another than the index follows and lacks some of its
    documents; IndexWriteError when the index can't be written.
    """
    started = time.monotonic()
    corpus = resolved(corpus)
    cache = KnownFiles(left and left / FILES, corpus)
    wanted = fingerprints(embedder, settings)
    known = store if _holds_vectors(store.manifest, wanted) else None
    if options.rebuild and beside is not None and store.manifest.corpus != str(corpus):
        store = beside  # another folder's documents are nothing to go by
    seen = survey(store, corpus, settings, cache, progress)
    if not options.rebuild:
        refuse_loss(seen, settings.index_dir)
    job = _Update(store, seen, wanted, options)
    if options.dry_run:
        job.refuse_nothing(unless=bool(seen.revisions))
        return store, job.report(store, started)
    vectors = KnownVectors(left and left / VECTORS, embedder.fingerprint)
    pace = Pace(job.sizes(), progress, job.failures)
    work = job.work(nullcontext(parsers) if parsers else make_parsers(settings))
    try:
        with closing(entries(work, known, embedder, settings, vectors, job.failures, pace)) as made:
            after = job.apply(made, beside, progress)
    finally:
        vectors.close()
    vectors.discard()
    cache.save()  # not before: what failed and has changed since is told by what the last run saw
    return after, job.report(after, started, pace.embedded, vectors.resumed)


def make_parsers(settings: Settings) -> Parsers:
    """Parsers within the limits that are set; to be closed."""
    return Parsers(Limits(settings.parse_seconds, memory_mb=settings.parse_memory_mb))


class _Update:
    """One update: what is to be done, and what came of it."""

    def __init__(
        self, store: IndexStore, seen: Survey, wanted: Mapping[str, str], options: Options
    ) -> None:
        self.store = store
        self.seen = seen
        self.wanted = dict(wanted)
        self.options = options
        self._made: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self._gaps: list[str] = []
        found = seen.found
        self.differs = bool(seen.known) and dict(seen.manifest.fingerprints) != self.wanted
        self.remake = self.differs or options.rebuild
        again = found.unchanged if self.remake else self._moved()
        hopeless: Mapping[str, Failure] = {}
        if (options.dry_run or not options.retry) and not self.remake:
            hopeless = seen.failed_before
        self.failures = Failures((*seen.failures, *hopeless.values()))
        self._fresh = [i for i in (*found.added, *found.changed, *again) if i not in hopeless]

    def _moved(self) -> tuple[str, ...]:
        """The files that are as they were, in another place on disk."""
        seen = self.seen
        folder = str(seen.corpus / "_")[:-1]
        return tuple(i for i in seen.found.unchanged if seen.known[i].source != f"{folder}{i}")

    def sizes(self) -> dict[str, int]:
        """The bytes of each file that is read."""
        return {i: self.seen.stamps[i].size for i in self._fresh}

    def work(self, parsers: AbstractContextManager[Parsers]) -> Generator[Work]:
        """The documents to store: those that are known under another name, then the others."""
        twins = {} if self.remake else self._twins()
        for doc_id, twin in twins.items():
            yield self._again(doc_id, twin)
        if self.remake:  # what can't be read again is made from its stored text
            for doc_id in self.seen.found.unread:
                yield self.store.document(doc_id), None
        with parsers as parsing:
            files = [(i, self.seen.corpus / i) for i in self._fresh if i not in twins]
            for doc_id, outcome in parsing.load(files):
                if not isinstance(outcome, Failure):
                    yield outcome, None
                    continue
                self.failures.add(outcome)
                if self.remake and doc_id in self.seen.known:
                    yield self.store.document(doc_id), None

    def _twins(self) -> dict[str, str]:
        """For each file to be read, a document of the same bytes and format, if there is one that
        would have the same title: one that may come from the old name takes reading to tell."""
        known, revisions = self.seen.known, self.seen.revisions
        wanted = {revisions[i] for i in self._fresh}
        twins = {
            (info.content_hash, PurePosixPath(i).suffix): i
            for i, info in known.items()
            if info.content_hash in wanted
        }
        places = {i: (revisions[i], PurePosixPath(i).suffix) for i in self._fresh}
        found = {i: twins[place] for i, place in places.items() if place in twins}
        return {i: twin for i, twin in found.items() if _keeps_title(known[twin], i)}

    def _again(self, doc_id: str, twin: str) -> Work:
        """A document and its passages under another name."""
        document = self.store.document(twin)
        passages = [
            replace(p, doc_id=doc_id, passage_id=passage_id(doc_id, p.ordinal))
            for p in self.store.passages(twin)
        ]
        source = str(self.seen.corpus / doc_id)
        return replace(document, doc_id=doc_id, source=source), passages

    def apply(
        self, made: Iterator[DocumentEntry], beside: IndexStore | None, progress: ProgressCallback
    ) -> IndexStore:
        """The store that holds the entries too; the same one when there is nothing to write."""
        made = self._count(made)
        first = next(made, None)  # with none, all failures are known now
        self.refuse_nothing(unless=first is not None)
        changes = ChangeSet(
            entries=_then(chain([first], made), progress) if first is not None else (),
            removed=tuple(self.seen.known) if self.remake else self.seen.found.removed,
            failures=self.failures.all,
            fingerprints=self.wanted,
            corpus=str(self.seen.corpus),
        )
        base = beside if beside is not None and self.remake else self.store
        if not (first is not None or changes.removed or _differs(base.manifest, changes)):
            return self.store
        after = base.apply(changes)
        progress(Progress("writing", 1, 1, "generation"))
        return after

    def _count(self, made: Iterator[DocumentEntry]) -> Iterator[DocumentEntry]:
        for entry in made:
            self._made[entry.document.doc_id] = len(entry.vectors)
            self._sizes[entry.document.doc_id] = len(entry.passages)
            if unread := entry.document.details.get("unread"):
                self._gaps.append(f"{entry.document.doc_id}: {unread}")
            yield entry

    def refuse_nothing(self, unless: bool) -> None:
        """Raises CorpusError where no document would be left. An index that says why nothing
        could be read may be made, but not of one that had documents."""
        some = unless or self.seen.found.kept or self.options.allow_empty
        if not some and (self.seen.known or not self.failures.all):
            refuse_nothing(self.seen)

    def report(
        self, after: IndexStore, started: float, embedded: int = 0, resumed: int = 0
    ) -> UpdateReport:
        found, failed = self.seen.found, {f.source for f in self.failures.all}
        renamed = tuple((old, new) for old, new in found.renamed if new not in failed)
        gone, come = {old for old, _ in renamed}, {new for _, new in renamed}
        return UpdateReport(
            added=tuple(i for i in found.added if i not in come and i not in failed),
            changed=tuple(i for i in found.changed if i not in failed),
            renamed=renamed,
            removed=tuple(i for i in found.removed if i not in gone),
            unchanged=tuple(i for i in found.unchanged if i not in failed),
            failed=tuple(self.failures.all),
            empty=self._blank(),
            generation=after.manifest.generation,
            passages=after.manifest.passages,
            embedded=embedded,
            seconds=time.monotonic() - started,
            notes=self._notes(resumed),
            dry_run=self.options.dry_run,
            sizes=self._sizes,
        )

    def _blank(self) -> tuple[str, ...]:
        """The documents without text: those made now, and those that stay as they were."""
        known, blank = self.seen.known, {i for i, windows in self._made.items() if not windows}
        kept = (i for i in self.seen.found.kept if i not in self._made)
        return tuple(sorted(blank | {i for i in kept if not known[i].window_count}))

    def _notes(self, resumed: int) -> tuple[str, ...]:
        notes = (*great_loss(self.seen.found), *self._gaps)
        if self.differs and not self.options.rebuild:
            verb = "would be" if self.options.dry_run else "were"
            notes += (
                "the index was made with other settings or by another version:"
                f" all files {verb} read again",
            )
        if resumed:
            notes += (f"{resumed:,} windows had been embedded by a run that was interrupted",)
        return notes


def _keeps_title(twin: DocumentInfo, doc_id: str) -> bool:
    """Whether a document surely has the same title under another name."""
    old, new = (title_from_name(PurePosixPath(i).stem) for i in (twin.doc_id, doc_id))
    return old == new or twin.title != old


def _then(made: Iterable[DocumentEntry], progress: ProgressCallback) -> Iterator[DocumentEntry]:
    """The entries; after the last one, writing is all that is left."""
    yield from made
    progress(Progress("writing", 0, 1, "generation"))


def _holds_vectors(manifest: IndexManifest, wanted: Mapping[str, str]) -> bool:
    """Whether an index has vectors, and they are those that the same text would get now."""
    have = manifest.fingerprints
    same = all(have.get(name) == wanted[name] for name in ("embedder", "windows"))
    return same and manifest.passages > 0


def _differs(manifest: IndexManifest, changes: ChangeSet) -> bool:
    """Whether anything but the documents differs from what the index says of itself."""
    return (
        manifest.generation == 0
        or dict(manifest.fingerprints) != dict(changes.fingerprints)
        or manifest.failures != tuple(changes.failures)
        or manifest.corpus != changes.corpus
    )
