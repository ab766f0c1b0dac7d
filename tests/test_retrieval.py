"""Two rankings become one, and the fakes that tests stand on keep their word."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from contracts.store_contract import ARTICLE, places
from hypothesis import given
from hypothesis import strategies as st
from strategies import texts

from pp_qa.errors import ModelError
from pp_qa.models.embedding import embed_long
from pp_qa.retrieval import DENSE_WEIGHT, fuse, rerank, retrieve
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import (
    ChangeSet,
    Channel,
    Hit,
    Passage,
    Reading,
    Sentence,
    SentenceScore,
    Span,
)

PASSAGES = [Passage(f"{n}#0", str(n), 0, Span(0, 1), str(n), (), 1) for n in range(9)]


def hits(scores: dict[int, float], channel: Channel) -> list[Hit]:
    order = sorted(scores, key=lambda n: (-scores[n], n))
    return [Hit(PASSAGES[n], scores[n], r, channel) for r, n in enumerate(order, start=1)]


_legs = st.dictionaries(st.integers(0, 8), st.floats(0.001, 1.0), max_size=9)


@given(_legs, st.dictionaries(st.integers(0, 8), st.floats(0.001, 50.0)), st.integers(0, 12))
def test_fusion_ranks_what_either_leg_found(
    dense: dict[int, float], lexical: dict[int, float], k: int
) -> None:
    """Every passage of either leg is ranked once, by falling scores of at most 1, ties by
    passage_id; each hit keeps the scores of its legs."""
    fused = fuse(hits(dense, "dense"), hits(lexical, "lexical"), k)
    assert len(fused) == min(k, len(dense.keys() | lexical.keys()))
    assert [(h.score, h.passage.passage_id) for h in fused] == sorted(
        ((h.score, h.passage.passage_id) for h in fused), key=lambda pair: (-pair[0], pair[1])
    )
    assert [h.rank for h in fused] == list(range(1, len(fused) + 1))
    for hit in fused:
        assert hit.channel == "fused"
        assert hit.score <= 1.0 + 1e-9
        assert hit.score == pytest.approx(
            DENSE_WEIGHT * hit.legs["dense"] + (1 - DENSE_WEIGHT) * hit.legs["lexical"]
        )


def test_the_best_lexical_hit_counts_as_1() -> None:
    """BM25 is divided by the question's best, so that both legs are on one scale."""
    fused = fuse([], hits({1: 20.0, 2: 5.0}, "lexical"), 9)
    assert [h.legs["lexical"] for h in fused] == [1.0, 0.25]


def test_a_passage_that_one_leg_missed_is_no_better_than_its_last() -> None:
    """Being absent from the dense leg is no advantage over being last in it."""
    fused = fuse(hits({1: 0.9, 2: 0.4}, "dense"), hits({3: 1.0}, "lexical"), 9)
    assert {h.passage.doc_id: h.legs["dense"] for h in fused} == {"1": 0.9, "2": 0.4, "3": 0.4}


@given(_legs, st.lists(st.tuples(st.integers(0, 8), st.floats(0, 1))))
def test_what_was_read_goes_by_its_best_sentence_and_by_how_it_was_found(
    found: dict[int, float], read: list[tuple[int, float]]
) -> None:
    """No hit is lost; those that were read come first, and none before another that was found as
    well and has a better sentence; those that were not keep their order; ranks count from 1
    and scores fall."""
    fused = fuse(hits(found, "dense"), [], 9)
    sentence = Sentence(Span(0, 1))
    ordered = sorted(read, key=lambda pair: -pair[1])
    scores = tuple(SentenceScore(sentence, PASSAGES[n], p) for n, p in ordered)
    after = rerank(fused, Reading(scores, 0.5))
    best = {PASSAGES[n].passage_id: p for n, p in reversed(ordered)}
    known = [h for h in after if h.passage.passage_id in best]
    assert after[: len(known)] == known
    assert [h.legs["read"] for h in known] == [best[h.passage.passage_id] for h in known]
    fused_score = {h.passage.passage_id: h.score for h in fused}
    for first, second in combinations(known, 2):
        one, other = (h.passage.passage_id for h in (first, second))
        assert best[one] >= best[other] or fused_score[one] > fused_score[other]
    assert {h.passage.passage_id for h in after} == {h.passage.passage_id for h in fused}
    others = [h.passage for h in fused if h.passage.passage_id not in best]
    assert [h.passage for h in after[len(known) :]] == others
    assert [h.rank for h in after] == list(range(1, len(after) + 1))
    assert [h.score for h in after] == sorted((h.score for h in after), reverse=True)


def test_of_passages_that_read_alike_the_better_found_comes_first() -> None:
    """A sentence that is a little better doesn't outweigh a passage that is much nearer; one that
    is much better does."""
    fused = fuse(hits({1: 0.9, 2: 0.1}, "dense"), [], 9)

    def first(read: float) -> str:
        scores = [(2, read), (1, 0.5)]
        found = tuple(SentenceScore(Sentence(Span(0, 1)), PASSAGES[n], p) for n, p in scores)
        return rerank(fused, Reading(found, 0.5))[0].passage.doc_id

    assert first(0.55) == "1"
    assert first(0.8) == "2"


def test_retrieval_finds_by_meaning_and_by_word() -> None:
    """The best passage of the two legs together comes first, within the chosen documents."""
    embedder = FakeEmbedder()
    entries = (
        make_entry(make_document(ARTICLE), embedder),
        make_entry(make_document("Zebras cross bridges.", "b.txt"), embedder),
    )
    store = MemoryStore().apply(ChangeSet(entries=entries))
    assert places(retrieve(store, embedder, "zebras", 1)) == ["b.txt#0"]
    assert {h.passage.doc_id for h in retrieve(store, embedder, "zebras", 9, {"a.txt"})} == {
        "a.txt"
    }


@given(texts.filter(lambda t: t.strip() != ""))
def test_a_question_of_any_length_has_a_unit_vector(question: str) -> None:
    """A question above the embedder's limit is embedded whole, by its windows."""
    embedder = FakeEmbedder(max_tokens=24)
    vector = embed_long(embedder, question)
    assert vector.shape == (1, embedder.dimension)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
    assert "".join(embedder.embedded) == question


# ── fakes ────────────────────────────────────────────────────────────────────


def test_the_fake_embedder_is_deterministic_and_knows_shared_words() -> None:
    """Equal words give equal vectors on every machine; shared words bring texts nearer."""
    embedder = FakeEmbedder()
    vectors = embedder.embed(["envoys met in Miami", "Miami: MET envoys in", "in Miami", "zebras"])
    assert np.array_equal(vectors, FakeEmbedder().embed(embedder.embedded))
    assert np.array_equal(vectors[0], vectors[1])
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[3]
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-6)
    assert not np.array_equal(vectors, FakeEmbedder(fingerprint="2").embed(embedder.embedded))


def test_the_fake_embedder_truncates_nothing() -> None:
    """A text above the limit raises, as the real embedder does."""
    with pytest.raises(ModelError, match="at most 8"):
        FakeEmbedder(max_tokens=8).embed(["one two three four five six seven"])


def test_the_fake_reader_is_as_sure_as_words_are_shared() -> None:
    """A sentence with all the question's words is worth 1, one with none 0."""
    entry = make_entry(make_document("Zebras cross bridges. Nobody knows."), FakeEmbedder())
    found = [Hit(entry.passages[0], 1.0, 1, "fused")]
    assert FakeReader().read("zebras cross", found).confidence == 1.0
    assert [s.score for s in FakeReader().read("zebras sleep", found).scores] == [0.5, 0.0]
    assert FakeReader().read("anything", []).confidence == 0.0
