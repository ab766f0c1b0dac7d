"""What stands in several files is found once, quoted once, and said to stand in the others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from contracts.store_contract import ARTICLE

from pp_qa.assistant import Assistant
from pp_qa.duplicates import also_in
from pp_qa.evaluation.report import is_right
from pp_qa.evaluation.run import Outcome
from pp_qa.evaluation.suites import Gold, Question
from pp_qa.evidence import select
from pp_qa.render.json import reply_json
from pp_qa.render.replies import also, reply_text
from pp_qa.retrieval import POOL, retrieve
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import ChangeSet, Quote, Span

EMBEDDER = FakeEmbedder()
MET = "The envoys met in Miami in October."


def store_of(texts: Mapping[str, str]) -> MemoryStore:
    entries = [make_entry(make_document(t, name), EMBEDDER) for name, t in texts.items()]
    return MemoryStore().apply(ChangeSet(entries))


def assistant(texts: Mapping[str, str]) -> Assistant:
    return Assistant(store_of(texts), EMBEDDER, FakeReader(), Settings(), 0.3)


def test_copies_are_one_hit() -> None:
    """Of copies the first is the hit, and it names the others; what is spaced otherwise is a copy
    too, and what differs in a word is none."""
    store = store_of(
        {
            "b.txt": MET,
            "a.txt": MET,
            "c.txt": f"\n{MET.replace(' ', '  ')}\n",
            "d.txt": MET.replace("October", "November"),
        }
    )
    hits = retrieve(store, EMBEDDER, "envoys met in Miami in October", 9)
    assert [(h.passage.doc_id, h.also_in) for h in hits] == [
        ("a.txt", ("b.txt", "c.txt")),
        ("d.txt", ()),
    ]
    assert [h.rank for h in hits] == [1, 2]


def test_a_text_repeated_in_one_file_is_in_no_other() -> None:
    """A file that says a thing twice is no other file."""
    section = f"# Talks\n\n{MET}\n\n"
    store = store_of({"a.md": section * 2})
    (hit,) = retrieve(store, EMBEDDER, "envoys met", 9)
    assert len(hit.copies) == 1
    assert hit.also_in == ()


@pytest.mark.parametrize("copies", [2, 50, 300])
def test_copies_crowd_nothing_out(copies: int) -> None:
    """However many copies rank first, as many different passages are found as were asked for."""
    texts = {f"copy-{n:03}.txt": MET for n in range(copies)}
    others = {f"other-{n}.txt": f"Envoys met somewhere, says note {n}." for n in range(8)}
    hits = retrieve(store_of(texts | others), EMBEDDER, "envoys met in Miami in October", 6)
    assert len(hits) == 6
    assert hits[0].passage.doc_id == "copy-000.txt"
    assert len(hits[0].also_in) == copies - 1
    assert all(h.passage.doc_id.startswith("other") for h in hits[1:])


def test_copies_beyond_all_bounds_are_searched_within_bounds() -> None:
    """Where thousands of copies stand in the way, the search ends with what it has."""
    searched: list[int] = []

    class Noted(MemoryStore):
        def search_lexical(self, text, k, documents=None):  # type: ignore[no-untyped-def]
            searched.append(k)
            return super().search_lexical(text, k, documents)

    texts = {f"copy-{n:04}.txt": MET for n in range(20 * POOL)}
    entries = [make_entry(make_document(t, name), EMBEDDER) for name, t in texts.items()]
    store = Noted({e.document.doc_id: e for e in entries})
    (hit,) = retrieve(store, EMBEDDER, "envoys met in Miami", 6)
    assert searched == [POOL, 4 * POOL, 16 * POOL]
    assert len(hit.also_in) >= 16 * POOL - 1


def test_only_documents_that_were_asked_are_named() -> None:
    """A filter leaves copies outside it unnamed, and finds the copy that is inside."""
    store = store_of({"a.txt": MET, "b.txt": MET, "c.txt": MET})
    (hit,) = retrieve(store, EMBEDDER, "envoys met", 9, {"b.txt", "c.txt"})
    assert (hit.passage.doc_id, hit.also_in) == ("b.txt", ("c.txt",))
    reply = assistant({"a.txt": MET, "b.txt": MET}).ask("envoys met in Miami", documents="b.txt")
    assert reply.answered
    assert reply.citations[0].also_in == ()


def test_a_citation_names_the_files_that_say_the_same() -> None:
    """A copy of the file, and another file that has the sentence among others; in text, counted,
    and by name where they are few."""
    texts = {
        "a.txt": ARTICLE,
        "copy.txt": ARTICLE,
        "press.md": f"# Press\n\nIt was cold. {ARTICLE[21:104]} Nobody knew.",
    }
    reply = assistant(texts).ask("Who met in Miami in October?")
    assert reply.answered
    first = reply.citations[0]
    assert first.quote.text in texts["press.md"]
    assert first.also_in == ("copy.txt", "press.md")
    assert "also in 2 files (copy.txt, press.md)" in reply_text(reply)
    assert reply_json(reply)["quotes"][0]["also_in"] == ["copy.txt", "press.md"]


def test_many_files_are_counted_only() -> None:
    """A long list of names is left to the JSON."""
    assert also(["a.txt"]) == "  also in 1 file (a.txt)"
    assert also([f"{n}.txt" for n in range(4)]) == "  also in 4 files"
    assert also([]) == ""


def test_no_reply_repeats_a_sentence_from_another_file() -> None:
    """The same sentence in files that differ otherwise is quoted once."""
    texts = {f"{n}.txt": f"Note {n} of the day. {MET} It rained {n} mm." for n in range(5)}
    reply = assistant(texts).ask("Who met in Miami in October?")
    assert reply.answered
    assert [c.quote.text for c in reply.citations].count(MET) == 1
    assert reply.citations[0].also_in == ("1.txt", "2.txt", "3.txt", "4.txt")


def test_half_a_word_is_not_the_same() -> None:
    """A quote is also in a passage where it stands in whole words."""
    store = store_of({"a.txt": "The price is 5", "b.txt": "The price is 50 today."})
    hits = retrieve(store, EMBEDDER, "price", 9)
    quote = Quote("a.txt", "a.txt#0", Span(0, 14), "The price is 5", 1.0, Span(0, 14))
    assert also_in(quote, hits, store) == ()


def test_a_quote_longer_than_a_passage_is_in_the_same_file_only() -> None:
    """Of a list over several passages no passage has all: files of the same bytes do."""
    items = "".join(f"- pillar number {n} of the plan that the envoys made\n" for n in range(30))
    text = f"The plan has pillars:\n{items}"
    store = store_of({"a.txt": text, "b.txt": text, "c.txt": f"{text}\nNothing more."})
    whole = text.strip()
    quote = Quote("a.txt", "a.txt#0", Span(0, len(whole)), whole, 1.0, Span(0, len(whole)))
    hits = retrieve(store, EMBEDDER, "The plan has pillars", 9)
    assert len(store.passages("a.txt")) > 1
    assert also_in(quote, hits, store) == ("b.txt",)


@pytest.mark.parametrize("gold", ["a.md", "b.md"])
def test_a_copy_of_the_right_document_is_right(gold: str) -> None:
    """An evaluation takes a hit and its quote for those of whichever copy the question is of."""
    texts = {"a.md": f"# Talks\n\n{MET}", "b.md": f"{'It rained. ' * 60}\n\n# Talks\n\n{MET}"}
    store = store_of(texts)
    hits = retrieve(store, EMBEDDER, "envoys met in Miami in October", 9)
    reading = FakeReader().read("envoys met in Miami in October", hits)
    quotes = select("", reading, 1, store.document)
    start = store.document(gold).text.index(MET)
    found = Gold(gold, Span(start, start + len(MET)))
    question = Question("1", "Who met?", True, (found,), "any", "report")
    assert [h.also_in for h in hits if MET in h.passage.text] == [("b.md",)]
    assert is_right(Outcome(question, question.text, tuple(hits), reading, tuple(quotes), 1.0))
