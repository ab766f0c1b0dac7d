"""An index that grew by many small changes is the same as one made at a stroke, whatever pieces it
lies in, and a large one finds nearly all that an exact search would."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from contracts.store_contract import EMBEDDER, StoreContract, change, entry, places
from hypothesis import given, settings
from hypothesis import strategies as st
from test_stores import scratch

from pp_qa.errors import IndexDamaged, IndexWriteError
from pp_qa.protocols import IndexStore
from pp_qa.stores import segments, vectors
from pp_qa.stores.local import LocalStore
from pp_qa.stores.memory import MemoryStore
from pp_qa.stores.segments import Size, first_to_merge
from pp_qa.types import DocumentEntry

if TYPE_CHECKING:
    from pp_qa.types import Vectors


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """No index is so small that it is written anew at each change."""
    monkeypatch.setattr(segments, "WHOLE", 0)


class TestLocalStoreInSegments(StoreContract):
    @pytest.fixture(autouse=True)
    def _in_pieces(self, pieces: None) -> None: ...

    def empty(self, tmp_path: Path) -> IndexStore:
        return LocalStore.empty(tmp_path / "index")


class TestLocalStoreWithApproximateSearch(StoreContract):
    @pytest.fixture(autouse=True)
    def _approximate(self, pieces: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(vectors, "EXACT_ROWS", 0)
        monkeypatch.setattr(vectors, "EXACTLY_AMONG", 0)

    def empty(self, tmp_path: Path) -> IndexStore:
        return LocalStore.empty(tmp_path / "index")


# ── merging ──────────────────────────────────────────────────────────────────

_SIZES = st.builds(
    lambda live, gone: Size(live + gone, gone), st.integers(0, 50_000), st.integers(0, 20_000)
)


@given(st.lists(_SIZES, max_size=8))
def test_segments_stay_few_and_fresh(sizes: list[Size]) -> None:
    """After merging, each segment is several times as large as all after it, and none has lost
    more than a part of its documents; where that holds already, nothing is merged."""
    first = first_to_merge(sizes)
    merged = sum(s.live for s in sizes[first:])
    after = [*sizes[:first], *([Size(merged, 0)] if merged else [])]
    for at, size in enumerate(after):
        assert 4 * size.gone <= size.all
        later = sum(s.live for s in after[at + 1 :])
        assert at == len(after) - 1 or size.live >= max(segments.WHOLE, 4 * later)
    assert first_to_merge(after) == len(after)


_NAMES = st.integers(0, 9).map(lambda n: f"{n}.txt")
_WORDS = st.sampled_from(["plan", "peace", "Miami", "talks", "envoys", "rose", "Paris", "the"])
_TEXTS = st.lists(_WORDS, max_size=60).map(lambda words: " ".join(words) + ".")
_CHANGES = st.tuples(st.dictionaries(_NAMES, _TEXTS, max_size=3), st.sets(_NAMES, max_size=2))


@given(
    st.lists(_CHANGES, min_size=1, max_size=8), _TEXTS, st.integers(1, 9), st.sampled_from((0, 5))
)
@settings(max_examples=25)
def test_many_small_changes_equal_one_large_one(
    changes: list[tuple[dict[str, str], set[str]]], question: str, k: int, whole: int
) -> None:
    """Documents, dense ranking and scores are the oracle's after each of many changes, lexical
    search finds the same passages, and nothing in the index contradicts the rest of it."""
    vector = EMBEDDER.embed([question])
    with scratch() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "WHOLE", whole)
        exact: IndexStore = MemoryStore()
        local = LocalStore.empty(Path(folder))
        for texts, removed in changes:
            made = change(*(entry(t, i, 32) for i, t in texts.items()), removed=tuple(removed))
            exact, local = exact.apply(made), local.apply(made)
            assert local.documents() == exact.documents()
            assert local.manifest.documents == exact.manifest.documents
            assert local.manifest.passages == exact.manifest.passages
            assert local.search_dense(vector, k) == exact.search_dense(vector, k)
            theirs = exact.search_lexical(question, 1000)
            assert set(places(local.search_lexical(question, 1000))) == set(places(theirs))
        assert local.problems() == []
        for info in exact.documents():
            assert local.document(info.doc_id) == exact.document(info.doc_id)
            passages = exact.passages(info.doc_id)
            assert local.passages(info.doc_id) == passages
            assert local.search_dense(vector, k, {info.doc_id}) == exact.search_dense(
                vector, k, {info.doc_id}
            )
            known = local.known_vectors(passages)
            for text, stored in exact.known_vectors(passages).items():
                assert np.array_equal(known[text], stored)


def inodes(store: LocalStore) -> dict[str, int]:
    """The file behind each name of the current generation."""
    place = store.root / store.pointer.split()[0]
    return {
        p.relative_to(place).as_posix(): p.stat().st_ino
        for p in place.rglob("*")
        if p.is_file() and p.suffix != ".lock"
    }


@pytest.fixture
def grown(tmp_path: Path, pieces: None) -> LocalStore:
    """A segment of eight documents and one of a ninth."""
    store = LocalStore.empty(tmp_path / "index")
    store = store.apply(change(*(entry(f"Envoy {n} met in Miami.", f"{n}.txt") for n in range(8))))
    return store.apply(change(entry("Shares rose in Paris.", "8.txt")))


def test_what_did_not_change_is_not_written_again(grown: LocalStore) -> None:
    """A removal leaves the files of the segments, and most of the words, as they are."""
    before = inodes(grown)
    after = inodes(grown.apply(change(removed=("3.txt",))))
    first = [name for name in before if name.startswith("segment-000001/")]
    assert len(first) == 3
    assert {name: before[name] for name in first}.items() <= after.items()
    words = {before[name] for name in before if name.startswith("lexical/")}
    assert len(words & set(after.values())) > len(words) / 2


def test_an_index_grows_where_nothing_can_be_linked(
    grown: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system without links, files are copied."""

    def refuse(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    now = grown.apply(change(removed=("3.txt",)))
    assert len(now.documents()) == 8
    assert now.problems() == []


@pytest.mark.parametrize("name", ["segment-000001", "segment-000002", "lexical"])
def test_damage_is_found_in_every_piece(grown: LocalStore, name: str) -> None:
    """A byte that changed in a file that was linked is found as one in a new file is."""
    place = grown.root / grown.pointer.split()[0]
    for path in sorted(p for p in (place / name).iterdir() if p.stat().st_size):
        sound = path.read_bytes()
        path.write_bytes(bytes([sound[0] ^ 1]) + sound[1:])
        with pytest.raises(IndexDamaged, match=path.name):
            LocalStore.open(grown.root)
        path.write_bytes(sound)
    assert LocalStore.open(grown.root).problems() == []


def test_what_other_programs_put_there_is_left_behind(grown: LocalStore) -> None:
    """A file or a folder that a file manager or a drive keeps in every folder, and changes as it
    likes, is no part of the index, now or later."""
    place = grown.root / grown.pointer.split()[0]
    for folder in (place / "segment-000001", place / "lexical"):
        (folder / ".DS_Store").write_text("seen")
        (folder / "@eaDir").mkdir()
    now = grown.apply(change(removed=("3.txt",)))
    assert len(now.documents()) == 8
    assert [p.name for p in now.root.rglob("*") if p.name in (".DS_Store", "@eaDir")] == []


def test_a_failed_change_leaves_linked_files_alone(
    grown: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When writing fails after files were linked, the old generation is whole."""

    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pp_qa.stores.lexical.add", full)
        with pytest.raises(IndexWriteError, match="No space"):
            grown.apply(change(removed=("8.txt",)))
    now = LocalStore.open(grown.root, whole=True)
    assert len(now.documents()) == 9
    assert now.problems() == []


# ── tiers ────────────────────────────────────────────────────────────────────


def clustered(documents: int, seed: int = 0) -> Iterator[DocumentEntry]:
    """Documents of 20 windows around a centre of their own."""
    rng = np.random.default_rng(seed)
    for n in range(documents):
        one = entry(f"Document {n}.", f"{seed}/{n}.txt")
        rows = rng.standard_normal(32) + 0.5 * rng.standard_normal((20, 32))
        unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        yield replace(one, passages=one.passages[:1], vectors=unit, window_counts=(20,))


def questions() -> Vectors:
    return np.concatenate([e.vectors[:1] for e in clustered(40)])


def tiers(store: LocalStore) -> list[str]:
    return [s.facts.tier for s in store._segments]


@pytest.mark.parametrize(
    ("exact_rows", "sq8_rows", "tier"),
    [(10**6, 10**6, "exact"), (100, 10**6, "sq8"), (100, 200, "ivf,sq8")],
)
def test_a_large_segment_finds_nearly_all(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    exact_rows: int,
    sq8_rows: int,
    tier: str,
) -> None:
    """Each tier finds at least 95 of 100 of the ten nearest, never scored too high, and all that
    there is when a filter leaves little; updates on top of it are found too."""
    monkeypatch.setattr(vectors, "EXACT_ROWS", exact_rows)
    monkeypatch.setattr(vectors, "SQ8_ROWS", sq8_rows)
    monkeypatch.setattr(vectors, "EXACTLY_AMONG", 100)
    monkeypatch.setattr(vectors, "_LEAST_PROBES", 64)  # of 256 lists: what lies in few is strewn
    monkeypatch.setattr(segments, "WHOLE", 0)
    whole = change(*clustered(400))
    later = change(*clustered(4, seed=1), removed=("0/7.txt", "0/8.txt"))
    local = LocalStore.empty(tmp_path / "index").apply(whole).apply(later)
    oracle = MemoryStore().apply(whole).apply(later)
    assert tiers(local) == [tier, "exact"]
    exact = oracle.search_dense(questions(), 10)
    found = local.search_dense(questions(), 10)
    shared = [set(places(a)) & set(places(b)) for a, b in zip(exact, found, strict=True)]
    assert sum(map(len, shared)) >= 0.95 * 10 * len(exact)
    scores = {(n, h.passage.passage_id): h.score for n, hits in enumerate(exact) for h in hits}
    for n, hits in enumerate(found):
        for hit in hits:
            assert scores.get((n, hit.passage.passage_id), hit.score) >= hit.score
        assert all(a.score >= b.score for a, b in pairwise(hits))
    for among in ({"0/3.txt", "1/2.txt", "0/7.txt"}, {f"0/{n}.txt" for n in range(30)}):
        ours, theirs = (s.search_dense(questions(), 40, among) for s in (local, oracle))
        assert [set(places(hits)) for hits in ours] == [set(places(hits)) for hits in theirs]


def test_a_segment_changes_its_tier_as_it_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Merging takes an index from one tier to the next, and back when it shrinks."""
    monkeypatch.setattr(vectors, "EXACT_ROWS", 100)
    monkeypatch.setattr(vectors, "SQ8_ROWS", 2_000)
    store = LocalStore.empty(tmp_path / "index").apply(change(*clustered(4)))
    assert tiers(store) == ["exact"]
    store = store.apply(change(*clustered(20, seed=1)))
    assert tiers(store) == ["sq8"]
    store = store.apply(change(*clustered(120, seed=2)))
    assert tiers(store) == ["ivf,sq8"]
    assert store.problems() == []
    names = [d.doc_id for d in store.documents()]
    store = store.apply(change(removed=tuple(names[3:])))
    assert tiers(store) == ["exact"]
    assert [d.doc_id for d in store.documents()] == names[:3]
    assert store.problems() == []
