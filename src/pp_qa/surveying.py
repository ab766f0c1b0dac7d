"""What a corpus folder holds against what an index holds, by doc_id and the bytes of files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pp_qa import loading
from pp_qa.caches import KnownFiles
from pp_qa.errors import CorpusEmptied, CorpusError, LoadError
from pp_qa.scanning import Stamp, scan
from pp_qa.types import DocumentInfo, Failure, IndexManifest, Progress

if TYPE_CHECKING:
    from pp_qa.protocols import IndexStore, ProgressCallback
    from pp_qa.settings import Settings

_OFTEN = 100
"""Files looked at between two reports of progress."""
_MANY = 10
"""So many documents, if they are half of all, are not lost without a word."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Each file and each document in one place. The names of a renaming are in `added` and
    `removed` too."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    unread: tuple[str, ...]
    """Indexed, and there, but not to be read any more: they stay as they are."""
    renamed: tuple[tuple[str, str], ...]

    @property
    def kept(self) -> tuple[str, ...]:
        """All that stay in the index."""
        return self.changed + self.unchanged + self.unread

    @property
    def lost(self) -> int:
        """How many documents are gone, under any name."""
        return len(self.removed) - len(self.renamed)


def compare(
    known: Mapping[str, DocumentInfo],
    revisions: Mapping[str, str],
    failed: Collection[str],
    folders: Collection[str],
) -> Difference:
    """`revisions` has the SHA-256 of every file that can be read, `failed` the names of the
    files and folders that can't; of `folders` nobody knows what is in them."""
    unread = {i for i in known if i not in revisions and (i in failed or _is_in(i, folders))}
    there = [i for i in known if i in revisions]
    added = tuple(i for i in revisions if i not in known)
    removed = tuple(i for i in known if i not in revisions and i not in unread)
    gone: dict[str, list[str]] = {}
    for doc_id in removed:
        gone.setdefault(known[doc_id].content_hash, []).append(doc_id)
    return Difference(
        added=added,
        changed=tuple(i for i in there if known[i].content_hash != revisions[i]),
        removed=removed,
        unchanged=tuple(i for i in there if known[i].content_hash == revisions[i]),
        unread=tuple(i for i in known if i in unread),
        renamed=tuple((same.pop(0), i) for i in added if (same := gone.get(revisions[i]))),
    )


def _is_in(doc_id: str, folders: Collection[str]) -> bool:
    return any(p.as_posix() in folders for p in PurePosixPath(doc_id).parents)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is there before anything is done. `revisions` has the SHA-256 of each file that can be
    opened, `failures` those that can't be taken, and `failed_before` why a file that is as it was
    the last time failed then; those that failed and have changed are `altered`."""

    corpus: Path
    manifest: IndexManifest
    stamps: Mapping[str, Stamp]
    known: Mapping[str, DocumentInfo]
    revisions: Mapping[str, str]
    failures: tuple[Failure, ...]
    failed_before: Mapping[str, Failure]
    altered: frozenset[str]
    found: Difference


def survey(
    store: IndexStore,
    corpus: Path,
    settings: Settings,
    cache: KnownFiles,
    progress: ProgressCallback,
) -> Survey:
    """Look at every file of the folder, and read those that may have changed.

    Raises CorpusError when there is no such folder.
    """
    seen = scan(corpus, settings.max_file_mb * 1_000_000, settings.index_dir)
    known = {info.doc_id: info for info in store.documents()}
    revisions: dict[str, str] = {}
    failures = list(seen.failures)
    for done, (doc_id, stamp) in enumerate(seen.stamps.items()):
        if done % _OFTEN == 0:
            progress(Progress("reading", done, len(seen.stamps), "files"))
        try:
            revisions[doc_id] = cache.revision(doc_id, stamp)
        except LoadError as error:
            failures.append(Failure(doc_id, str(error)))
    progress(Progress("reading", len(seen.stamps), len(seen.stamps), "files"))
    failing = {f.source for f in failures}
    # A file that took a folder's name hides no documents: they have gone with the folder.
    folders = {i for i in failing if not os.path.isfile(corpus / i)}  # noqa: PTH113 (never raises)
    failed = {f.source: f for f in store.manifest.failures if f.source in revisions}
    return Survey(
        corpus,
        store.manifest,
        seen.stamps,
        known,
        revisions,
        tuple(failures),
        {i: f for i, f in failed.items() if cache.is_as_before(i, revisions[i])},
        frozenset(i for i in failed if cache.has_changed(i, revisions[i])),
        compare(known, revisions, failing, folders),
    )


@dataclass(frozen=True, slots=True)
class Behind:
    """The files by which an index is behind its folder: what an update would do something about.
    `changed` and `gone` are documents, or files that could not be read."""

    new: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def behind(seen: Survey) -> Behind:
    """What could not be read then is neither new nor changed, unless its bytes are others now."""
    failed = {f.source for f in seen.manifest.failures}
    failing = {f.source for f in seen.failures}
    new = {*seen.found.added} | (failing - seen.known.keys())
    changed = {*seen.found.changed} | (failing & seen.known.keys())
    gone = {*seen.found.removed} | (failed - failing - seen.revisions.keys())
    return Behind(
        frozenset(new - failed), frozenset(changed - failed | seen.altered), frozenset(gone)
    )


def refuse_loss(survey: Survey, index: Path) -> None:
    """Raises CorpusError where following another folder than before would lose documents. A
    folder that merely moved loses none."""
    followed, lost = survey.manifest.corpus, survey.found.lost
    if lost and followed and followed != str(survey.corpus):
        raise CorpusError(
            f"the index {index} follows {followed}, and {survey.corpus} lacks {lost} of its"
            f" documents; give --corpus {followed}, or --rebuild --corpus {survey.corpus} to make it"
            " follow that"
        )


def refuse_nothing(survey: Survey) -> None:
    """Raises CorpusError: no document is left, or there was none from the beginning."""
    said = (
        f"the corpus folder {survey.corpus} holds no documents"
        f" (it takes {', '.join(loading.suffixes())}); put documents in it"
    )
    if survey.known:
        raise CorpusEmptied(f"{said}, or give --allow-empty to empty the index too")
    raise CorpusError(said)


def great_loss(found: Difference) -> tuple[str, ...]:
    """A line where half of the documents or more are gone at once: a folder in the corpus may
    not be mounted, and who meant to delete them loses nothing by being told."""
    before = len(found.removed) + len(found.kept)
    if found.lost < _MANY or 2 * found.lost < before:
        return ()
    folders = Counter(_top(doc_id) for doc_id in found.removed)
    ((most, _),) = folders.most_common(1)
    return (
        f"{found.lost:,} of {before:,} documents are gone from the folder, most of them from"
        f" {most}; if that was not meant, bring them back and run this again",
    )


def _top(doc_id: str) -> str:
    folder, slash, _ = doc_id.partition("/")
    return f"{folder}/" if slash else "its top"
