"""Every store keeps the contract, and the one on disk agrees with the exact one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from contracts.store_contract import EMBEDDER, StoreContract, change, entry, places
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import texts

from pp_qa.errors import LoadError
from pp_qa.protocols import IndexStore
from pp_qa.stores.local import LocalStore
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import make_document


class TestMemoryStore(StoreContract):
    def empty(self, tmp_path: Path) -> IndexStore:
        return MemoryStore()


class TestLocalStore(StoreContract):
    def empty(self, tmp_path: Path) -> IndexStore:
        return LocalStore.empty(tmp_path / "index")


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for one example. A reader just opened takes tantivy's lock in a thread of its own,
    and may do so while the folder is being removed."""
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


_WORDS = st.sampled_from(
    ["plan", "peace", "Miami", "talks", "envoys", "met", "rose", "Paris", "the", "security"]
)
_SENTENCES = st.lists(_WORDS, min_size=1, max_size=12).map(lambda words: " ".join(words) + ". ")
_CORPORA = st.lists(st.lists(_SENTENCES, max_size=8).map("".join), min_size=1, max_size=8)


@given(_CORPORA, _CORPORA, _SENTENCES, st.integers(1, 12), st.data())
@settings(max_examples=25)
def test_the_local_store_agrees_with_the_exact_one(
    first: list[str], second: list[str], question: str, k: int, data: st.DataObject
) -> None:
    """After any two changes, dense ranking and scores are exactly the oracle's; lexical search
    finds the same passages with nearly the same scores (tantivy rounds lengths)."""
    documents = data.draw(st.none() | st.sets(st.integers(0, 9).map(lambda n: f"{n}.txt")))
    vector = EMBEDDER.embed([question])
    with scratch() as folder:
        exact: IndexStore = MemoryStore()
        local: IndexStore = LocalStore.empty(Path(folder))
        for corpus in (first, second):
            changes = change(
                *[entry(text, f"{n}.txt", 32) for n, text in enumerate(corpus)], removed=("3.txt",)
            )
            exact, local = exact.apply(changes), local.apply(changes)
        assert local.documents() == exact.documents()
        assert local.search_dense(vector, k, documents) == exact.search_dense(vector, k, documents)
        ours = local.search_lexical(question, 1000, documents)
        theirs = exact.search_lexical(question, 1000, documents)
        assert set(places(ours)) == set(places(theirs))
        scores = {h.passage.passage_id: h.score for h in theirs}
        assert all(h.score == pytest.approx(scores[h.passage.passage_id], rel=0.1) for h in ours)


@given(texts, st.integers(32, 100))
@settings(max_examples=30)
def test_any_text_makes_the_round_trip(text: str, limit: int) -> None:
    """Whatever a document says, the store on disk gives it back to the letter."""
    try:
        document = make_document(text)
    except LoadError:
        return
    with scratch() as folder:
        one = entry(text, passage_tokens=limit)
        store = LocalStore.empty(Path(folder)).apply(change(one))
        assert store.document("a.txt") == document
        assert store.passages("a.txt") == list(one.passages)


def test_a_store_that_held_nothing_can_be_written_when_its_generation_is_gone(
    tmp_path: Path,
) -> None:
    """An update that is stopped right after it switched leaves its caller with the store of before."""
    before = LocalStore.empty(tmp_path).apply(change())
    before.apply(change(entry("Bees like heather."))).close()
    after = before.apply(change(entry("Bees like lime trees.")))
    assert after.document("a.txt").text == "Bees like lime trees."
    after.close()
    before.close()
