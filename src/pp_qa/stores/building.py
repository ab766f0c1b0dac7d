"""Making a generation: what is new into a segment, small segments into one, the rest linked."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path

from pp_qa.stores import files, lexical
from pp_qa.stores.generations import KnownFiles, damage
from pp_qa.stores.segments import Segment, SegmentFacts, SegmentWriter, first_to_merge, settle
from pp_qa.types import ChangeSet

LEXICAL = "lexical"


def build(
    place: Path, old: Sequence[Segment], known: KnownFiles, changes: ChangeSet
) -> list[SegmentFacts]:
    """Write into `place` all files of the generation that the changes make of these segments, whose
    files are `known`: what other programs put beside them is left behind. Returns its segments."""
    new, gone, replaced = _write_new(place, old, changes)
    with ExitStack() as opened:
        segments = [
            opened.enter_context(closing(Segment(segment.folder.parent, segment.without(keys))))
            for segment, keys in zip(old, gone, strict=True)
        ]
        if new.documents:
            segments.append(opened.enter_context(closing(Segment(place, new))))
        else:
            shutil.rmtree(place / new.name)
        first = first_to_merge([s.size for s in segments])
        kept, merging = segments[:first], segments[first:]
        for segment in kept:
            if segment.folder.parent != place:
                _link(segment.folder.parent, place, _within(segment.facts.name, known), known)
        added_to = bool(old and kept)
        if added_to:
            words = [n for n in _within(LEXICAL, known) if not n.endswith(lexical.LOCK)]
            _link(old[0].folder.parent, place, words, known)
            texts = segments[-1].catalog.texts() if new.documents else ()
            lexical.add(place / LEXICAL, texts, replaced)
            merged = (name for name in words if not (place / name).exists())
            _check(old[0].folder.parent, merged, known)
        facts = [s.facts for s in kept]
        if merging:
            facts += _merge(place, merging, known)
        elif new.documents:
            facts[-1] = settle(place, new)
    if not added_to:
        _write_words(place, facts)
    return facts


def _link(before: Path, place: Path, names: Iterable[str], known: KnownFiles) -> None:
    """Show files of the generation before in the new one. A copy is written down anew: raises
    IndexDamaged for what is not as it was written before."""
    for name in files.link(before, place, names):
        if not files.is_sound(place / name, known[name], whole=True):
            raise damage(before.parent, f"{before / name} is not what was written")


def _write_new(
    place: Path, old: Sequence[Segment], changes: ChangeSet
) -> tuple[SegmentFacts, list[set[int]], set[str]]:
    """The new documents in a segment; by segment those of the old that have gone with it; and
    the doc_ids of these."""
    gone: list[set[int]] = [set() for _ in old]
    replaced: set[str] = set()

    def drop(doc_ids: Sequence[str]) -> None:
        for segment, keys in zip(old, gone, strict=True):
            if found := segment.catalog.keys(doc_ids):
                keys.update(found)
                replaced.update(doc_ids)

    number = max((s.facts.end_number for s in old), default=0)
    name = f"segment-{_generation(place)}"
    with closing(SegmentWriter(place, name, number)) as writer:
        drop(changes.removed)
        for entry in changes.entries:
            drop([entry.document.doc_id])
            writer.add(entry)
        return writer.finish(), gone, replaced


def _merge(place: Path, segments: Sequence[Segment], known: KnownFiles) -> list[SegmentFacts]:
    """One segment of what has not gone of these; none where all has. What is damaged is never taken
    for sound by being written anew: raises IndexDamaged."""
    for segment in segments:
        if segment.folder.parent != place:
            _check(segment.folder.parent, _within(segment.facts.name, known), known)
    name = f"merged-{_generation(place)}"
    with closing(SegmentWriter(place, name, segments[0].facts.first_number)) as writer:
        for segment in segments:
            writer.copy(segment)
        merged = writer.finish()
    for segment in segments:
        if segment.folder.parent == place:
            shutil.rmtree(segment.folder)
    if merged.documents:
        return [settle(place, merged)]
    shutil.rmtree(writer.folder)
    return []


def _check(before: Path, names: Iterable[str], known: KnownFiles) -> None:
    """Raises IndexDamaged for a file of the generation before that is not as it was written."""
    for name in names:
        if not files.is_sound(before / name, known[name], whole=True):
            raise damage(before.parent, f"{before / name} is not what was written")


def _write_words(place: Path, segments: Iterable[SegmentFacts]) -> None:
    (place / LEXICAL).mkdir()
    with ExitStack() as opened:
        catalogs = [opened.enter_context(closing(Segment(place, s))).catalog for s in segments]
        lexical.add(place / LEXICAL, chain.from_iterable(c.texts() for c in catalogs))


def _within(folder: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name.startswith(f"{folder}/"))


def _generation(place: Path) -> str:
    return place.name.rpartition("-")[2]
