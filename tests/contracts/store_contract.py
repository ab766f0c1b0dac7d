"""What every `IndexStore` promises. Subclass `StoreContract`, say how an empty store is made, and
pytest runs it all:

    class TestMyStore(StoreContract):
        def empty(self, tmp_path):
            return MyStore(tmp_path)
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from pp_qa.errors import FilterError
from pp_qa.protocols import IndexStore
from pp_qa.testing import FakeEmbedder, make_document, make_entry
from pp_qa.types import ChangeSet, Document, DocumentEntry, Failure, Hit, Page, Passage, Span

EMBEDDER = FakeEmbedder()

ARTICLE = """\
Envoys Meet in Miami
The envoys met in Miami in October and worked for three days on the plan for peace.
The plan rests on these pillars:
- security guarantees for Ukraine
- a ceasefire with clear enforcement
Must Read: the history of the talks

Markets React
Shares rose in Frankfurt and in Paris as the news of the plan came out late on Monday.
"""


def entry(text: str, doc_id: str = "a.txt", passage_tokens: int = 64) -> DocumentEntry:
    return make_entry(make_document(text, doc_id), EMBEDDER, passage_tokens)


def change(*entries: DocumentEntry, removed: tuple[str, ...] = ()) -> ChangeSet:
    return ChangeSet(
        entries=entries, removed=removed, fingerprints={"embedder": "fake/1"}, corpus="/corpus"
    )


def places(hits: list[Hit]) -> list[str]:
    return [h.passage.passage_id for h in hits]


class StoreContract:
    """Subclass it and define `empty`."""

    def empty(self, tmp_path: Path) -> IndexStore:
        """A store of generation 0 that holds nothing."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> IndexStore:
        return self.empty(tmp_path)

    @pytest.fixture
    def three(self, store: IndexStore) -> IndexStore:
        """Three documents of one passage each."""
        return store.apply(
            change(
                entry("The envoys met in Miami.", "a.txt"),
                entry("Shares rose in Paris.", "b.txt"),
                entry("The envoys left Miami for Paris.", "c.txt"),
            )
        )

    # ── an empty index ───────────────────────────────────────────────────────

    def test_an_empty_store_has_nothing(self, store: IndexStore) -> None:
        """Generation 0 has no documents and finds nothing."""
        assert store.manifest.generation == 0
        assert store.documents() == []
        assert store.search_dense(EMBEDDER.embed(["Miami"]), 5) == [[]]
        assert store.search_lexical("Miami", 5) == []
        assert store.known_vectors(entry("Miami").passages) == {}

    def test_a_store_can_be_emptied_and_filled_again(self, three: IndexStore) -> None:
        """Removing every document leaves a store that finds nothing and takes new ones."""
        bare = three.apply(change(removed=("a.txt", "b.txt", "c.txt")))
        assert bare.documents() == []
        assert bare.search_dense(EMBEDDER.embed(["Miami"]), 5) == [[]]
        assert bare.search_lexical("Miami", 5) == []
        filled = bare.apply(change(entry("The envoys met in Miami.", "d.txt")))
        assert places(filled.search_lexical("Miami", 5)) == ["d.txt#0"]
        assert places(filled.search_dense(EMBEDDER.embed(["Miami"]), 5)[0]) == ["d.txt#0"]

    def test_a_document_without_words_is_kept(self, store: IndexStore) -> None:
        """Empty documents and those of white space are listed, and are found by no search."""
        now = store.apply(change(entry("", "empty.txt"), entry(" \n\n", "white.txt")))
        assert [(d.doc_id, d.character_count) for d in now.documents()] == [
            ("empty.txt", 0),
            ("white.txt", 3),
        ]
        assert now.passages("empty.txt") == []
        assert now.document("white.txt").text == " \n\n"
        assert now.search_dense(EMBEDDER.embed(["Miami"]), 5) == [[]]
        assert now.search_lexical("Miami", 5) == []
        more = now.apply(change(entry("Miami.", "a.txt"), entry(" \n\n", "again.txt")))
        assert places(more.search_dense(EMBEDDER.embed(["Miami"]), 5)[0]) == ["a.txt#0"]

    # ── searching ────────────────────────────────────────────────────────────

    def test_hits_are_ranked_best_first(self, three: IndexStore) -> None:
        """Scores fall, ranks count from 1, and the channel is named, on both legs."""
        dense = three.search_dense(EMBEDDER.embed(["envoys met in Miami"]), 3)[0]
        lexical = three.search_lexical("envoys met in Miami", 3)
        for hits, channel in ((dense, "dense"), (lexical, "lexical")):
            assert hits[0].passage.doc_id == "a.txt"
            assert [h.rank for h in hits] == list(range(1, len(hits) + 1))
            assert all(a.score >= b.score for a, b in pairwise(hits))
            assert {h.channel for h in hits} == {channel}
        assert all(-1.00001 <= h.score <= 1.00001 for h in dense)
        assert all(h.score > 0 for h in lexical)

    def test_a_dense_score_is_the_cosine(self, three: IndexStore) -> None:
        """A text has the cosine 1 with itself."""
        hit = three.search_dense(EMBEDDER.embed(["Shares rose in Paris."]), 1)[0][0]
        assert hit.passage.doc_id == "b.txt"
        assert hit.score == pytest.approx(1.0, abs=1e-6)

    def test_one_list_for_each_vector(self, three: IndexStore) -> None:
        """Several vectors give their lists in order; none give none."""
        vectors = EMBEDDER.embed(["envoys met in Miami", "Shares rose in Paris"])
        both = three.search_dense(vectors, 2)
        assert [hits[0].passage.doc_id for hits in both] == ["a.txt", "b.txt"]
        assert both == [three.search_dense(v[None], 2)[0] for v in vectors]
        assert three.search_dense(EMBEDDER.embed([]), 2) == []

    @pytest.mark.parametrize("k", [4, 100, 1_000_000_000])
    def test_more_than_there_is_gives_all_there_is(self, three: IndexStore, k: int) -> None:
        """k above the number of passages gives every passage, on both legs."""
        assert len(three.search_dense(EMBEDDER.embed(["Miami"]), k)[0]) == 3
        assert len(three.search_lexical("Miami Paris", k)) == 3

    @pytest.mark.parametrize("k", [0, -1])
    def test_asking_for_nothing_gives_nothing(self, three: IndexStore, k: int) -> None:
        """k of 0 or less gives no hits."""
        assert three.search_dense(EMBEDDER.embed(["Miami"]), k) == [[]]
        assert three.search_lexical("Miami", k) == []

    def test_a_smaller_k_gives_the_head_of_a_larger_one(self, three: IndexStore) -> None:
        """The best k are the first k of the best k + 1."""
        vector = EMBEDDER.embed(["envoys in Paris"])
        all_dense = three.search_dense(vector, 3)[0]
        all_lexical = three.search_lexical("envoys in Paris", 3)
        for k in (1, 2):
            assert three.search_dense(vector, k)[0] == all_dense[:k]
            assert three.search_lexical("envoys in Paris", k) == all_lexical[:k]

    @pytest.mark.parametrize(
        "text", ["", "?!", "zebra", "👍🏽", '"unbalanced (quote AND', "doc_id:a"]
    )
    def test_a_search_without_a_word_in_common_finds_nothing(
        self, three: IndexStore, text: str
    ) -> None:
        """The lexical leg takes any text as words, and finds only what shares one."""
        assert three.search_lexical(text, 3) == []

    def test_words_match_whatever_their_form(self, three: IndexStore) -> None:
        """Case, accents and English endings make no difference to the lexical leg."""
        assert places(three.search_lexical("MIÁMI envoy", 3)) == ["a.txt#0", "c.txt#0"]

    def test_filters_apply_before_the_best_are_taken(self, three: IndexStore) -> None:
        """The best of the chosen documents are found, however far down they rank."""
        vector = EMBEDDER.embed(["The envoys met in Miami."])
        assert places(three.search_dense(vector, 1, {"b.txt"})[0]) == ["b.txt#0"]
        assert places(three.search_dense(vector, 3, {"b.txt", "c.txt"})[0]) == [
            "c.txt#0",
            "b.txt#0",
        ]
        assert places(three.search_lexical("met in Miami Paris", 1, {"b.txt"})) == ["b.txt#0"]
        assert places(three.search_lexical("envoys in Miami", 3, {"c.txt"})) == ["c.txt#0"]

    def test_a_filter_of_nothing_finds_nothing(self, three: IndexStore) -> None:
        """No documents, or unknown ones, leave nothing to find."""
        vector = EMBEDDER.embed(["Miami"])
        for documents in (set[str](), {"unknown.txt"}):
            assert three.search_dense(vector, 3, documents) == [[]]
            assert three.search_lexical("Miami", 3, documents) == []

    def test_a_filter_does_not_change_scores(self, three: IndexStore) -> None:
        """A passage scores the same with a filter and without one."""
        vector = EMBEDDER.embed(["envoys in Paris"])
        dense = {h.passage.doc_id: h.score for h in three.search_dense(vector, 3)[0]}
        lexical = {h.passage.doc_id: h.score for h in three.search_lexical("envoys in Paris", 3)}
        (one,) = three.search_dense(vector, 3, {"c.txt"})[0]
        (other,) = three.search_lexical("envoys in Paris", 3, {"c.txt"})
        assert one.score == dense["c.txt"]
        assert other.score == pytest.approx(lexical["c.txt"], rel=1e-6)

    @pytest.mark.parametrize("k", [1, 3, 7, 12, 24, 25])
    def test_ties_go_by_passage_id(self, store: IndexStore, k: int) -> None:
        """Equal passages are ranked by passage_id, across the k-th place too."""
        names = [f"{n}.txt" for n in (7, 3, 11, 1, 20, 2, 5, 9, 15, 4, 8, 12)]
        names += [f"x/{name}" for name in names]
        entries = [entry("The envoys met in Miami.", name) for name in names]
        now = store.apply(change(*entries, entry("Shares rose in Paris.", "0.txt")))
        order = [f"{name}#0" for name in sorted(names)]
        dense = now.search_dense(EMBEDDER.embed(["envoys in Miami"]), k)[0]
        assert places(dense)[:24] == order[:k]
        assert places(now.search_lexical("envoys in Miami", k))[:24] == [
            place for place in order[:k] if place != "0.txt#0"
        ]

    def test_a_passage_scores_by_its_best_window(self, store: IndexStore) -> None:
        """Of a passage's several windows the best one counts, and it is found once."""
        one = entry("Miami. " + "Paris and Frankfurt. " * 30, passage_tokens=220)
        windows = EMBEDDER.embed(["Miami", "Paris and Frankfurt"])
        (passage,) = replace(one, passages=one.passages[:1]).passages
        many = DocumentEntry(one.document, (passage,), windows, (2,))
        now = store.apply(change(many, entry("Miami and Paris.", "b.txt")))
        hits = now.search_dense(EMBEDDER.embed(["Miami"]), 5)[0]
        assert places(hits) == ["a.txt#0", "b.txt#0"]
        assert hits[0].score == pytest.approx(1.0, abs=1e-6)

    def test_windows_do_not_crowd_passages_out(self, store: IndexStore) -> None:
        """The best k passages are found though one has more windows than k."""
        text = "Miami is warm."
        document = make_document(text)
        (passage,) = entry(text).passages
        vectors = np.repeat(EMBEDDER.embed(["Miami"]), 50, axis=0)
        crowd = DocumentEntry(document, (passage,), vectors, (50,))
        now = store.apply(change(crowd, entry("Miami, Paris.", "b.txt"), entry("Paris.", "c.txt")))
        found = now.search_dense(EMBEDDER.embed(["Miami"]), 3)[0]
        assert {h.passage.doc_id for h in found} == {"a.txt", "b.txt", "c.txt"}

    # ── generations ──────────────────────────────────────────────────────────

    def test_apply_makes_the_next_generation(self, three: IndexStore) -> None:
        """Each change makes a generation, whose manifest counts what is there."""
        now = three.apply(change(entry("A new one.", "d.txt"), removed=("a.txt",)))
        assert (three.manifest.generation, now.manifest.generation) == (1, 2)
        assert (now.manifest.documents, now.manifest.passages) == (3, 3)
        assert now.manifest.fingerprints == {"embedder": "fake/1"}
        assert now.manifest.corpus == "/corpus"

    def test_the_old_store_goes_on_showing_its_generation(self, three: IndexStore) -> None:
        """What a reader holds doesn't change under it."""
        vector = EMBEDDER.embed(["envoys met in Miami"])
        before = (
            three.documents(),
            three.document("a.txt"),
            three.search_dense(vector, 3),
            three.search_lexical("Miami", 3),
        )
        now = three.apply(change(entry("No word of it.", "a.txt"), removed=("c.txt",)))
        now.apply(change(removed=("a.txt", "b.txt")))
        assert before == (
            three.documents(),
            three.document("a.txt"),
            three.search_dense(vector, 3),
            three.search_lexical("Miami", 3),
        )

    def test_a_removed_document_is_gone(self, three: IndexStore) -> None:
        """What was removed is found by no search and by no name."""
        now = three.apply(change(removed=("a.txt",)))
        assert [d.doc_id for d in now.documents()] == ["b.txt", "c.txt"]
        assert "a.txt#0" not in places(now.search_lexical("envoys Miami", 9))
        assert "a.txt#0" not in places(now.search_dense(EMBEDDER.embed(["Miami"]), 9)[0])
        with pytest.raises(FilterError):
            now.document("a.txt")

    def test_a_changed_document_is_replaced(self, three: IndexStore) -> None:
        """A document that comes again takes the place of the old one."""
        now = three.apply(change(entry("Zebras crossed the road. " * 20, "a.txt")))
        assert len(now.documents()) == 3
        assert now.document("a.txt").text.startswith("Zebras")
        assert places(now.search_lexical("met", 3)) == []
        assert now.manifest.passages == 2 + len(now.passages("a.txt")) > 3

    def test_removing_what_is_not_there_changes_nothing(self, three: IndexStore) -> None:
        """An unknown doc_id among those to remove is passed over."""
        assert three.apply(change(removed=("z.txt",))).documents() == three.documents()

    def test_failures_are_those_of_the_last_change(self, store: IndexStore) -> None:
        """The manifest names the files that could not be read the last time."""
        failures = (Failure("x.pdf", "no format"), Failure("y/z.txt", "can't be opened"))
        now = store.apply(replace(change(entry("One.")), failures=failures))
        assert now.manifest.failures == failures
        assert now.apply(change()).manifest.failures == ()

    def test_entries_are_taken_one_by_one(self, three: IndexStore) -> None:
        """Entries may be made while they are stored, from what this store knows, and the failures
        that making them shows are in the manifest."""
        failures: list[Failure] = []

        def entries() -> Iterator[DocumentEntry]:
            for name in ("a.txt", "d.txt", "e.txt"):
                old = entry("The envoys met in Miami.", name)
                assert "The envoys met in Miami." in three.known_vectors(old.passages)
                yield replace(old, vectors=three.known_vectors(old.passages)[old.passages[0].text])
                failures.append(Failure(f"not-{name}", "can't be opened"))

        now = three.apply(replace(change(), entries=entries(), failures=failures))
        assert [d.doc_id for d in now.documents()] == [f"{c}.txt" for c in "abcde"]
        assert now.manifest.failures == tuple(failures)
        assert len(failures) == 3

    @pytest.mark.parametrize("error", [ValueError("x"), OSError("x"), KeyboardInterrupt()])
    def test_an_error_in_making_entries_comes_through(
        self, three: IndexStore, error: BaseException
    ) -> None:
        """What goes wrong while entries are made is not taken for a failure to write, nothing is
        stored, and the next change is."""

        def entries() -> Iterator[DocumentEntry]:
            yield entry("A new one.", "d.txt")
            raise error

        with pytest.raises(type(error)) as caught:
            three.apply(replace(change(), entries=entries()))
        assert caught.value is error
        now = three.apply(change(entry("Another.", "e.txt")))
        assert [d.doc_id for d in now.documents()] == ["a.txt", "b.txt", "c.txt", "e.txt"]

    def test_the_last_of_two_entries_for_a_document_counts(self, store: IndexStore) -> None:
        """A document that comes twice in one change is there once, as it came last."""
        twice = change(entry("Miami.", "a.txt"), entry("Paris.", "a.txt"))
        now = store.apply(twice)
        assert now.document("a.txt").text == "Paris."
        assert (now.manifest.documents, now.manifest.passages) == (1, 1)
        assert now.search_lexical("Miami", 3) == []
        assert places(now.search_dense(EMBEDDER.embed(["Miami"]), 3)[0]) == ["a.txt#0"]

    # ── values ───────────────────────────────────────────────────────────────

    def test_documents_come_back_as_they_were(self, store: IndexStore) -> None:
        """The whole Document value, its structure included, makes the round trip."""
        plain = make_document(ARTICLE)
        rich = replace(
            make_document(f"# Ü\n\n| a |\n|---|\n| 1 |\n\n{'É. ' * 50}\x00 👩‍👩‍👧‍👦\n", "x/ü.md"),
            pages=(Page(1, "i", Span(0, 3)), Page(2, "", Span(3, 20))),
            details={"publisher": "Ünited", "date": "2025-11-19"},
            title='A title\'s "quotes"',
        )
        now = store.apply(change(make_entry(plain, EMBEDDER), make_entry(rich, EMBEDDER)))
        assert plain.sections
        assert any(b.lead for b in plain.blocks)
        assert now.document("a.txt") == plain
        assert now.document("x/ü.md") == rich

    def test_passages_come_back_as_they_were(self, store: IndexStore) -> None:
        """Passages, and those that hits hold, are equal to those that were stored."""
        one = entry(ARTICLE, passage_tokens=32)
        now = store.apply(change(one))
        assert now.passages("a.txt") == list(one.passages)
        assert len(one.passages) > 1
        for hit in now.search_lexical("plan", 9) + now.search_dense(one.vectors[:1], 9)[0]:
            assert hit.passage == one.passages[hit.passage.ordinal]

    def test_documents_are_listed_by_doc_id(self, store: IndexStore) -> None:
        """The catalog is in order and counts each document's passages and characters."""
        entries = [entry(ARTICLE, name, 32) for name in ("b.txt", "a/z.txt", "B.txt", "a.txt")]
        now = store.apply(change(*entries))
        assert [d.doc_id for d in now.documents()] == ["B.txt", "a.txt", "a/z.txt", "b.txt"]
        for info in now.documents():
            document = now.document(info.doc_id)
            assert info.passage_count == len(now.passages(info.doc_id))
            assert info.character_count == len(document.text)
            assert info.window_count == info.passage_count
            assert (info.title, info.content_hash) == (document.title, document.content_hash)

    def test_documents_can_be_looked_up_by_name(self, three: IndexStore) -> None:
        """Of the doc_ids given, those that are there are listed, in order."""
        asked = three.documents({"c.txt", "a.txt", "z.txt"})
        assert [d.doc_id for d in asked] == ["a.txt", "c.txt"]
        assert asked == [d for d in three.documents() if d.doc_id != "b.txt"]
        assert three.documents(()) == []

    def test_an_unknown_document_is_named(self, three: IndexStore) -> None:
        """Asking for a document that isn't there raises FilterError with its name."""
        with pytest.raises(FilterError, match="nowhere"):
            three.document("nowhere.txt")
        with pytest.raises(FilterError, match="nowhere"):
            three.passages("nowhere.txt")
        with pytest.raises(FilterError, match="ud800"):  # half a surrogate pair
            three.document("\ud800")
        assert three.documents(["\ud800"]) == []

    def test_known_vectors_are_those_that_were_stored(self, store: IndexStore) -> None:
        """Vectors come back exactly, by the passage's text, whatever document it is in."""
        one = entry(ARTICLE, passage_tokens=32)
        other = entry("Something else.", "b.txt")
        now = store.apply(change(one)).apply(change(entry("Third.", "c.txt")))
        known = now.known_vectors([*one.passages, *other.passages])
        assert set(known) == {p.text for p in one.passages}
        assert np.array_equal(np.concatenate([known[p.text] for p in one.passages]), one.vectors)

    # ── threads ──────────────────────────────────────────────────────────────

    def test_threads_may_share_a_store(self, store: IndexStore) -> None:
        """Searches and look-ups from several threads give what one thread gets."""
        now = store.apply(change(*[entry(ARTICLE, f"{n}.txt", 32) for n in range(6)]))

        def work(n: int) -> tuple[list[Hit], list[Hit], Document, list[Passage]]:
            doc_id = f"{n % 6}.txt"
            return (
                now.search_dense(EMBEDDER.embed(["plan for peace"]), 5)[0],
                now.search_lexical("plan", 5, {doc_id}),
                now.document(doc_id),
                now.passages(doc_id),
            )

        expected = [work(n) for n in range(6)]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(60))) == expected * 10
