"""Asking: answers and abstentions are values whose every quote is the document's own text."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from contracts.store_contract import ARTICLE, change, entry
from hypothesis import given, settings
from hypothesis import strategies as st
from indexed import PARSERS
from strategies import markdown, texts

from pp_qa import composing
from pp_qa.asked import LONGEST_QUESTION, chosen
from pp_qa.assistant import Assistant
from pp_qa.errors import (
    CorpusError,
    FilterError,
    IndexDamaged,
    IndexMissing,
    LoadError,
    QuestionError,
    UsageError,
    VerificationError,
)
from pp_qa.protocols import IndexStore
from pp_qa.render.json import reply_json
from pp_qa.render.replies import reply_text
from pp_qa.replying import reason
from pp_qa.settings import Settings
from pp_qa.stores.local import LocalStore
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import (
    Abstention,
    Answer,
    ChangeSet,
    Citation,
    Document,
    Failure,
    Hit,
    Quote,
    Reading,
    Reply,
    Span,
    Turn,
    UpdateReport,
)
from pp_qa.verifying import verify

PARIS = "Shares rose in Paris.\n\nNobody knows why they rose."


def make_assistant(*documents: Document, failures: tuple[Failure, ...] = ()) -> Assistant:
    embedder = FakeEmbedder()
    entries = tuple(make_entry(d, embedder) for d in documents)
    store = MemoryStore().apply(ChangeSet(entries=entries, failures=failures))
    return Assistant(store, embedder, FakeReader(), Settings(), threshold=0.5)


def citations(reply: Reply) -> tuple[Citation, ...]:
    return reply.citations if isinstance(reply, Answer) else reply.closest


@pytest.fixture
def assistant() -> Assistant:
    return make_assistant(make_document(ARTICLE), make_document(PARIS, "sub/b.txt"))


# ── answers and abstentions ──────────────────────────────────────────────────


def test_an_answer_quotes_its_evidence(assistant: Assistant) -> None:
    """A question the documents answer gets a numbered quote with its address."""
    reply = assistant.ask("  Who met\nin Miami in October? ")
    assert isinstance(reply, Answer)
    assert reply.answered
    assert reply.question == "Who met in Miami in October?"
    assert reply.confidence >= assistant.threshold
    assert reply.generation == 1
    first = reply.citations[0]
    assert first.number == 1
    assert first.quote.text.startswith("The envoys met in Miami in October")
    assert first.heading_path == ("Envoys Meet in Miami",)
    assert [c.number for c in reply.citations] == list(range(1, len(reply.citations) + 1))
    assert set(reply.timings) == {"retrieve", "read", "total"}


def test_a_question_without_an_answer_gets_the_nearest_text(assistant: Assistant) -> None:
    """An abstention is a value too, with its reason and what came nearest."""
    reply = assistant.ask("Which planet has the most moons?")
    assert isinstance(reply, Abstention)
    assert not reply.answered
    assert reply.reason == "not_mentioned"
    assert reply.absent == ("planet", "moons")
    assert reply.closest
    assert reply.confidence < assistant.threshold


def test_what_is_refused_names_its_words_that_stand_nowhere(assistant: Assistant) -> None:
    """In any form, in the documents that were asked, and none of those that say nothing."""
    asked = assistant.ask("Which envoy meets whom on the Moon, and which moons?", min_confidence=1)
    assert isinstance(asked, Abstention)
    assert asked.absent == ("Moon",)
    said = assistant.ask("Hi, does someone else say something very sharp too?", min_confidence=1)
    assert said.absent == ("sharp",)
    short = assistant.ask("Don’t I meet him if I'm in Miami, and WHAT'S Bo's?", min_confidence=1)
    assert short.absent == ("Bo's",)
    assert assistant.ask("Pls, whats a meeting I cant meet? Thx", min_confidence=1).absent == ()
    known = assistant.ask("The envoys meeting?", min_confidence=1)
    assert isinstance(known, Abstention)
    assert (known.reason, known.absent) == ("no_answer", ())


@pytest.mark.parametrize(
    ("likeness", "lexical", "absent", "why"),
    [
        (0.2, 3.0, (), "no_answer"),
        (0.2, 3.0, ("lozenge",), "nothing_near"),
        (0.2, 0.0, (), "nothing_near"),
        (0.3, 3.0, ("lozenge",), "not_mentioned"),
    ],
)
def test_what_the_documents_have_all_words_of_is_near(
    likeness: float, lexical: float, absent: tuple[str, ...], why: str
) -> None:
    """Nothing near is said where nothing is alike and a word is missing, or there was none."""
    store = make_assistant(make_document("Whoever forgets the tablet takes none.")).store
    (passage,) = store.passages("a.txt")
    hit = Hit(passage, 1.0, 1, "fused", legs={"dense": likeness, "lexical": lexical})
    assert reason(store, [hit], absent) == why


def test_a_number_in_a_name_has_to_stand_somewhere_too() -> None:
    """A P-50 is no P-40, though both are a P."""
    manual = make_assistant(make_document("The P-40 weighs 11 kg. The P-30 is gone."))
    reply = manual.ask("Is the P-40 or the P-50 as heavy as the P-30’s case?", min_confidence=0)
    assert reply.absent == ("P-50",)


def test_a_question_about_the_assistant_is_told_what_can_be_asked(assistant: Assistant) -> None:
    """Only where the documents don't answer it: they may be about files themselves."""
    question = "What files are there?"
    reply = assistant.ask(question)
    assert isinstance(reply, Abstention)
    assert (reply.reason, reply.absent, reply.closest) == ("about_pp_qa", (), ())
    assert "`pp-qa status` lists the documents" in reply_text(reply)
    archive = make_assistant(make_document("What files there are, nobody knows."))
    assert archive.ask(question).answered


@pytest.mark.parametrize("name", ["@b.txt", "@sub/", "sub/b.txt", "b.txt"])
def test_a_question_may_name_its_documents(assistant: Assistant, name: str) -> None:
    """The same for every interface: they alone are asked, and the reply says so. Who gives documents
    has said it all."""
    question = f"Who met in Miami in {name}?"
    reply = assistant.ask(question, min_confidence=0)
    assert (reply.question, reply.absent) == ("Who met in Miami?", ("Miami",))
    assert {c.quote.doc_id for c in citations(reply)} == {"sub/b.txt"}
    assert {h.passage.doc_id for h in assistant.retrieve(question)} == {"sub/b.txt"}
    assert reply_text(reply).startswith("asked only: ")
    assert reply_json(reply)["searched"]["named"] == [name.removeprefix("@")]
    article = assistant.ask(question, documents="a.txt", min_confidence=0)
    assert {c.quote.doc_id for c in citations(article)} == {"a.txt"}
    assert "asked only" not in reply_text(article)
    everywhere = assistant.ask("@* who met in Miami?")
    assert everywhere.coverage == assistant.ask("Who met in Miami?").coverage


def test_a_document_that_was_named_is_no_subject(assistant: Assistant) -> None:
    """A follow-up goes on with what was asked, not with where."""
    said = [Turn("user", "@sub/b.txt Who met in Miami?"), Turn("assistant", "The envoys did.")]
    assert assistant.ask("And when?", said).search_query == "And when? (met Miami)"


@pytest.mark.parametrize(
    "first",
    ["@sub/b.txt Who met in Miami?", "Who met in Miami in sub/b.txt?", "@b.txt Who met in Miami?"],
)
def test_a_follow_up_is_asked_of_the_documents_that_were_named(
    assistant: Assistant, first: str
) -> None:
    """Until something else is asked, or others are named; what was named is no subject."""
    said = [Turn("user", first), Turn("assistant", "The envoys did.")]
    thanks = [*said, Turn("user", "Thanks!"), Turn("assistant", "")]
    for history in (said, thanks, [*thanks, Turn("user", "Why?"), Turn("assistant", "So.")]):
        reply = assistant.ask("And when?", history, min_confidence=0)
        assert {c.quote.doc_id for c in citations(reply)} == {"sub/b.txt"}
        assert reply.coverage.named == ("sub/b.txt",) or "@b.txt" in first
        assert "Miami" in reply.search_query
        assert "txt" not in reply.search_query
    for question, history in (
        ("Which planet has the most moons of all?", said),
        ("@* And when?", said),
        ("And when?", [*said, Turn("user", "@* And why?"), Turn("assistant", "So.")]),
        ("And when?", [*said, Turn("user", "Which planet has the most moons of all?")]),
        ("And when?", [Turn("user", "@gone.txt Who met in Miami?")]),
    ):
        assert assistant.ask(question, history).coverage.named == ()
    given = assistant.ask("And when?", said, documents="a.txt", min_confidence=0)
    assert {c.quote.doc_id for c in citations(given)} == {"a.txt"}


def test_a_name_alone_asks_nothing(assistant: Assistant) -> None:
    """As on the page: one line says what is missing."""
    with pytest.raises(QuestionError, match="has no words"):
        assistant.ask("@b.txt?")


def test_an_answer_names_the_names_and_numbers_that_stand_nowhere(assistant: Assistant) -> None:
    """A quote about another year or person is no longer taken for what was asked: the reply says
    which names and figures no document has. Other words may stand there in other terms."""
    reply = assistant.ask(
        "Did envoys gather with Rubio in Miami in October 1742?", min_confidence=0
    )
    assert isinstance(reply, Answer)
    assert reply.absent == ("Rubio", "1742")
    assert "None of these documents has “Rubio” or “1742”." in reply_text(reply)
    assert reply_json(reply)["absent"] == ["Rubio", "1742"]
    plain = assistant.ask("Who met in Miami in October?")
    assert isinstance(plain, Answer)
    assert plain.absent == ()
    assert reply_text(plain).endswith(f"confidence {plain.confidence:.0%}")


@pytest.mark.parametrize(("confidence", "said"), [(0.9999, "99%"), (0.0001, "1%")])
def test_a_probability_is_never_said_to_be_certain(
    assistant: Assistant, confidence: float, said: str
) -> None:
    """In a terminal as on the page: no answer is sure, and none impossible."""
    for least in (0.0, 1.0):
        reply = assistant.ask("Who met in Miami?", min_confidence=least)
        text = reply_text(replace(reply, confidence=confidence))
        assert re.search(rf"onfidence {said}\.?$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("question", "absent"),
    [
        ("WHO MET IN MIAMI ON HOLIDAY IN 1742?", ("1742",)),
        ("Who met all 1,742 envoys in Miami?", ("1,742",)),
        ("Who Met In Miami On The Holiday?", ()),
        ("Is it OK to meet in Miami?", ()),
        ("Who met Rubio in Miami, and was I there?", ("Rubio",)),
    ],
)
def test_capitals_tell_a_name_only_where_other_words_have_none(
    assistant: Assistant, question: str, absent: tuple[str, ...]
) -> None:
    """Not in a question that is shouted or written as a headline."""
    assert assistant.ask(question, min_confidence=0).absent == absent


def test_a_misspelt_question_is_asked_as_it_is_meant(assistant: Assistant) -> None:
    """Where that makes it surer; what is searched for says so. A name may be another's."""
    reply = assistant.ask("Who met in Miami with the envyos?")
    assert reply.question == "Who met in Miami with the envyos?"
    assert reply.search_query == "Who met in Miami with the envoys?"
    for question in ("Did Envyos meet in Miami?", "Who are the envyors and elephants?"):
        assert assistant.ask(question).search_query == question


def test_a_polite_question_is_asked_plainly(assistant: Assistant) -> None:
    """Where that makes it surer; what is searched for says so."""
    reply = assistant.ask(
        "Good morning! I was wondering whether you could tell me who met in Miami."
    )
    assert reply.answered
    assert reply.search_query == "who met in Miami."


def test_what_is_asked_of_a_document_by_name_goes_on_from_nothing(assistant: Assistant) -> None:
    """It is also asked as "What about Paris?", which is no follow-up then."""
    said = [Turn("user", "Who met in Miami?"), Turn("assistant", "The envoys did.")]
    reply = assistant.ask("What does sub/b.txt say about Paris?", said, min_confidence=0)
    assert reply.search_query in ("What does say about Paris?", "What about Paris?")


def test_a_date_is_found_however_it_is_written() -> None:
    """In words or in figures: what makes the answer surer is searched for."""
    words = make_assistant(make_document("The club was founded on 12 May 2021."))
    figures = make_assistant(make_document("The club was founded on 12.05.2021."))
    question = "Was the club founded on 12.05.2021?"
    found = words.ask(question)
    assert (found.search_query, found.absent) == ("Was the club founded on 12 May 2021?", ())
    assert figures.ask(question).search_query == question
    month = make_assistant(make_document("The club was founded on 2021-06-12."))
    assert month.ask("What was founded on 2021-06-12?").absent == ()
    assert words.ask("What was founded on the 12th or on May 12th?").absent == ()
    assert words.ask("What was founded on the 13th?").absent == ("13th",)


def test_accents_of_a_question_are_those_that_are_seen() -> None:
    """Some systems write an accented letter as two, and what is copied keeps that, and places where a
    word may be broken."""
    assistant = make_assistant(make_document("The bridge in Zürich is old."))
    apart = assistant.ask(unicodedata.normalize("NFD", "Where in Zürich is the bridge?"))
    assert (apart.question, apart.absent) == ("Where in Zürich is the bridge?", ())
    copied = assistant.ask("\ufeffWhere in Zü\u00adrich is the\u200b bridge?")
    assert (copied.question, copied.absent) == ("Where in Zürich is the bridge?", ())
    before = Turn("user", unicodedata.normalize("NFD", "Where in Zürich is the bridge?"))
    assert assistant.ask("And how old is it?", [before]).search_query.endswith("(Zürich bridge)")


def test_two_figures_of_a_number_leave_room_for_the_quote() -> None:
    """What is printed can be verified as it stands."""
    assistant = make_assistant(make_document("\n\n".join(f"Bee {n} flew." for n in range(12))))
    assistant.settings = Settings(max_quotes=12, top_k=20)
    printed = reply_text(assistant.ask("Which bee flew?", min_confidence=0))
    assert re.search(r"^\[10\] Bee", printed, re.MULTILINE)
    assert all(check.verdict == "exact" for check in assistant.verify(printed).checks)


def test_a_word_with_other_hyphens_stands_somewhere() -> None:
    """No answer is said to be about something else, and the one in the document is found."""
    reply = make_assistant(make_document("The form E-12 is for claims.")).ask(
        "What is form E12 for?"
    )
    assert (reply.answered, reply.absent) == (True, ())
    assert reply.search_query == "What is form E-12 for?"
    for stored, asked in (("12,000", "12000"), ("12000", "12,000"), ("1,012,000", "1012000")):
        fine = make_assistant(make_document(f"The fine was {stored} euros."))
        found = fine.ask(f"Was the fine {asked} euros?")
        assert (found.search_query, found.absent) == (f"Was the fine {stored} euros?", ())
    assert fine.ask("Was the fine 1013000 euros?").absent == ("1013000",)


def test_an_empty_index_says_so() -> None:
    """Without passages there is nothing to cite and the reason is the empty index."""
    reply = make_assistant().ask("Who met in Miami?")
    assert isinstance(reply, Abstention)
    assert (reply.reason, reply.closest) == ("empty_index", ())


def test_a_reply_says_what_was_searched() -> None:
    """Coverage counts the documents asked and names the files that could not be read."""
    assistant = make_assistant(
        make_document(ARTICLE),
        make_document(PARIS, "b.txt"),
        failures=(Failure("c.pdf", "has no format"),),
    )
    assert assistant.ask("Who met in Miami?").coverage.documents == 2
    reply = assistant.ask("Who met in Miami?", documents=["b.txt"])
    assert (reply.coverage.documents, reply.coverage.passages) == (1, 1)
    assert reply.coverage.unread == ("c.pdf",)


def test_the_threshold_can_be_given(assistant: Assistant) -> None:
    """min_confidence takes the threshold's place, for one question or by the settings."""
    question = "Who met in Miami in October?"
    assert assistant.ask(question, min_confidence=0).answered
    assert not assistant.ask(question, min_confidence=1).answered
    assistant.settings = Settings(min_confidence=1.0)
    assert not assistant.ask(question).answered
    assert assistant.ask(question, min_confidence=0).answered


def test_a_follow_up_is_searched_with_what_was_asked_before(assistant: Assistant) -> None:
    """The question before is part of what is searched for; the reply's question is not."""
    history = [Turn("user", "Who met in Miami?"), Turn("assistant", "The envoys.")]
    reply = assistant.ask("And when?", history=history)
    assert reply.question == "And when?"
    assert "Miami" in reply.search_query
    assert citations(reply)[0].quote.doc_id == "a.txt"


@given(
    st.lists(st.one_of(texts, markdown), min_size=1, max_size=4),
    st.sampled_from(["Who met in Miami?", "the plan for peace", "item", "a 1 2", "نص 文 한국어"]),
    st.sampled_from([0.0, 0.3, 1.0]),
)
@settings(max_examples=50)
def test_every_quote_is_the_documents_own_text(
    corpus: list[str], question: str, threshold: float
) -> None:
    """Whatever the documents, each quote of each reply is their text at its place, and its
    highlight lies inside it."""
    documents = []
    for n, text in enumerate(corpus):
        try:
            documents.append(make_document(text, f"{n}.{'md' if n % 2 else 'txt'}"))
        except LoadError:
            continue
    assistant = make_assistant(*documents)
    reply = assistant.ask(question, min_confidence=threshold)
    for citation in citations(reply):
        quote = citation.quote
        text = assistant.document(quote.doc_id).text
        assert quote.span.of(text) == quote.text == quote.text.strip() != ""
        assert quote.span.contains(quote.highlight)
    if isinstance(reply, Answer):
        assert reply.citations
        spans = [(c.quote.doc_id, c.quote.span) for c in reply.citations]
        for i, (doc_id, span) in enumerate(spans):
            assert not any(d == doc_id and s.overlap(span) for d, s in spans[:i])


@pytest.mark.parametrize(
    ("span", "text", "highlight"),
    [
        (Span(0, 5), "Share.", Span(0, 5)),
        (Span(0, 6), "shares", Span(0, 6)),
        (Span(1, 6), "Share", Span(1, 6)),
        (Span(0, 6), "Shares", Span(0, 7)),
        (Span(0, 0), "", Span(0, 0)),
    ],
)
def test_a_wrong_quote_is_never_shown(span: Span, text: str, highlight: Span) -> None:
    """A quote that isn't its document's text, or is none, raises VerificationError."""
    document = make_document(PARIS)
    verify(Quote("a.txt", "a.txt#0", Span(0, 6), "Shares", 1.0, Span(0, 6)), document)
    with pytest.raises(VerificationError):
        verify(Quote("a.txt", "a.txt#0", span, text, 1.0, highlight), document)


def test_a_quote_of_another_document_is_wrong() -> None:
    """The same words in another document are another quote."""
    with pytest.raises(VerificationError):
        verify(
            Quote("b.txt", "b.txt#0", Span(0, 6), "Shares", 1.0, Span(0, 6)), make_document(PARIS)
        )


class LyingReader(FakeReader):
    """Marks something outside of the sentence it found."""

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        reading = super().read(question, hits)
        return replace(
            reading, scores=tuple(replace(s, highlight=Span(0, 10**6)) for s in reading.scores)
        )


def test_a_reader_that_errs_is_found_out() -> None:
    """Whatever a Reader claims, no citation is made of what the document doesn't say."""
    assistant = make_assistant(make_document(ARTICLE))
    assistant.reader = LyingReader()
    with pytest.raises(VerificationError):
        assistant.ask("Who met in Miami in October?")


# ── what can be asked ────────────────────────────────────────────────────────


@pytest.mark.parametrize("question", ["", " \n\t", "?!…", "👍🏽👩‍👩‍👧‍👦", "\x00", "x" * 10_000])
def test_what_is_no_question_is_refused(assistant: Assistant, question: str) -> None:
    """Empty, wordless and endless questions raise QuestionError, asked either way."""
    with pytest.raises(QuestionError):
        assistant.ask(question)
    with pytest.raises(QuestionError):
        assistant.retrieve(question)


def test_a_long_question_is_asked_whole(assistant: Assistant) -> None:
    """The longest question allowed is answered, though it is more than one window."""
    question = ("Who met in Miami? " * 200)[:LONGEST_QUESTION].strip()
    assert assistant.embedder.count_tokens(question) > assistant.embedder.max_tokens
    assert assistant.retrieve(question)[0].passage.doc_id == "a.txt"


def test_a_long_history_is_no_obstacle(assistant: Assistant) -> None:
    """What is searched for stays within bounds, keeps the question, and cuts no word."""
    reply = assistant.ask("Did they meet in Miami?", history=[Turn("user", "zebras " * 5_000)])
    assert reply.search_query == "Did they meet in Miami? (zebras)"
    reply = assistant.ask("And why?", history=[Turn("user", "zebra" * 500)])
    assert reply.search_query == "And why?"


@pytest.mark.parametrize("text", ["thanks!", "Ok, thank you.", "Hello"])
def test_a_courtesy_is_not_looked_up(assistant: Assistant, text: str) -> None:
    """What asks nothing gets no answer and no nearest text, and nothing is searched for it."""
    reply = assistant.ask(text, history=[Turn("user", "Who met in Miami?")])
    assert isinstance(reply, Abstention)
    assert (reply.reason, reply.closest, reply.coverage.passages) == ("nothing_asked", (), 0)
    assert reply.search_query == text


@pytest.mark.parametrize("k", [0, -1, 2.0, "3", None, True])
def test_at_least_one_passage_is_asked_for(assistant: Assistant, k: Any) -> None:
    """k below 1, or no whole number, is refused."""
    with pytest.raises(QuestionError, match="k is"):
        assistant.retrieve("Who met in Miami?", k=k)


@pytest.mark.parametrize("question", [None, 7, b"Who met in Miami?", ["Who?"]])
def test_a_question_is_text(assistant: Assistant, question: Any) -> None:
    """What is no str is refused as a question, asked either way."""
    with pytest.raises(QuestionError, match="str"):
        assistant.ask(question)
    with pytest.raises(QuestionError, match="str"):
        assistant.retrieve(question)


def test_a_question_with_half_a_character_is_asked(assistant: Assistant) -> None:
    """Lone surrogates, which no encoding takes, are replaced, in the question and before it."""
    reply = assistant.ask("And who\ud83d met?", history=[Turn("user", "In Miami\udc00?")])
    reply.question.encode()
    reply.search_query.encode()
    assert citations(reply)


@pytest.mark.parametrize(
    "history", ["Who?", ["Who?"], [("user", "Who?")], [{"role": "user", "text": "Who?"}], None, 7]
)
def test_a_history_is_made_of_turns(assistant: Assistant, history: Any) -> None:
    """Turns of another kind are refused with the kind that is taken."""
    with pytest.raises(QuestionError, match=r"pp_qa\.Turn\(role, text\)"):
        assistant.ask("And when?", history=history)


def test_more_passages_than_there_are(assistant: Assistant) -> None:
    """k above what there is gives all there is, ranked from 1 by falling scores."""
    hits = assistant.retrieve("Who met in Miami?", k=500)
    assert len(hits) == assistant.manifest.passages
    assert [h.rank for h in hits] == list(range(1, len(hits) + 1))
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


def test_what_answers_comes_before_what_is_only_near(assistant: Assistant) -> None:
    """Passages are read before they are ranked: the sentence counts, not its surroundings."""
    (first, *_) = assistant.retrieve("The envoys met in Miami in October")
    assert "met in Miami in October" in first.passage.text
    assert first.legs["read"] == max(h.legs["read"] for h in assistant.retrieve("met in Miami"))


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan"), float("inf"), "0.5", True])
def test_a_confidence_lies_between_0_and_1(assistant: Assistant, confidence: Any) -> None:
    """min_confidence out of its range is refused with the range."""
    with pytest.raises(QuestionError, match="between 0 and 1"):
        assistant.ask("Who met in Miami?", min_confidence=confidence)


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["a.txt"], {"a.txt"}),
        (["*.txt"], {"a.txt", "sub/b.txt"}),
        (["sub/*"], {"sub/b.txt"}),
        ("sub/*", {"sub/b.txt"}),
        ("sub/", {"sub/b.txt"}),
        ("sub", {"sub/b.txt"}),
        (["?.txt", "sub/[ab].txt"], {"a.txt", "sub/b.txt"}),
        (None, {"a.txt", "sub/b.txt"}),
    ],
)
def test_documents_can_be_chosen_by_name_and_pattern(
    assistant: Assistant, patterns: list[str] | str | None, found: set[str]
) -> None:
    """Only the documents that a name, a folder or a pattern takes are searched."""
    hits = assistant.retrieve("Shares rose in Miami and Paris", k=50, documents=patterns)
    assert {h.passage.doc_id for h in hits} == found


def test_accents_of_names_are_those_that_are_seen() -> None:
    """A name that came from a system which takes its letters apart is chosen as it is read."""
    store = MemoryStore().apply(
        change(*(entry("Shares rose.", i) for i in ("U\u0308ber [1].txt", "b.txt")))
    )
    for typed in ("\u00dcber [1].txt", "\u00dcber*", "U\u0308ber [1].txt"):
        assert chosen(store, typed) == {"U\u0308ber [1].txt"}


@pytest.mark.parametrize("patterns", [["nowhere.txt"], ["a.txt", "*.pdf"], ["A.TXT"]])
def test_a_pattern_that_takes_nothing_is_named(assistant: Assistant, patterns: list[str]) -> None:
    """A pattern without a document raises FilterError naming it."""
    with pytest.raises(FilterError, match=patterns[-1].replace("*", r"\*")):
        assistant.ask("Who met in Miami?", documents=patterns)


@pytest.mark.parametrize("patterns", [[], (), [1], 7, [None]])
def test_a_choice_names_documents(assistant: Assistant, patterns: Any) -> None:
    """No name at all, or what is no name, is a FilterError: it never means all documents."""
    with pytest.raises(FilterError, match="names no documents"):
        assistant.ask("Who met in Miami?", documents=patterns)


def test_a_name_that_looks_like_a_pattern_is_a_name() -> None:
    """A document whose name has brackets can be chosen by it, alone."""
    assistant = make_assistant(make_document(PARIS, "a[1].txt"), make_document(ARTICLE, "a1.txt"))
    hits = assistant.retrieve("Shares rose", documents=["a[1].txt"])
    assert {h.passage.doc_id for h in hits} == {"a[1].txt"}


# ── over an index that changes ───────────────────────────────────────────────


@pytest.mark.parametrize(
    "turn",
    [("user", None), ("user", 7), ("user", "Who?", None), ("system", "Who?"), (None, "Who?")],
)
def test_a_turn_has_a_role_and_a_text(assistant: Assistant, turn: Any) -> None:
    """A turn of anything else is shown as it was given."""
    with pytest.raises(QuestionError, match=r"Turn\(role=.*as a str"):
        assistant.ask("And when?", history=[Turn(*turn)])


@pytest.mark.parametrize(
    "folder", [5, b"docs_corpus", ["docs_corpus"], "", "a\0b", "\ud800", Path("a\0b")]
)
def test_a_corpus_is_a_path(assistant: Assistant, folder: Any) -> None:
    """What is no path to update from is refused in words."""
    with pytest.raises(UsageError, match="path of a folder"):
        assistant.update(folder)


@pytest.mark.parametrize("name", [None, 5, ["a.txt"], "", "a.txt\0", "\ud800"])
def test_a_document_is_asked_for_by_its_name(assistant: Assistant, name: Any) -> None:
    """What names no document is refused in words."""
    with pytest.raises(FilterError):
        assistant.document(name)


@pytest.fixture
def following(corpus: Path, tmp_path: Path) -> Iterator[Assistant]:
    """An Assistant over an index on disk, which follows it as `Assistant.open` does."""
    (corpus / "a.txt").write_text(ARTICLE)
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index")
    embedder = FakeEmbedder()
    composing.update_index(settings, embedder)
    store = LocalStore.open(settings.index_dir)
    made = Assistant(store, embedder, FakeReader(), settings, 0.5, composing._follow)
    yield made
    made.close()


def test_a_running_assistant_follows_the_index(following: Assistant) -> None:
    """What another process indexes is answered from at the next question."""
    assert not following.ask("Do zebras cross bridges?").answered
    (following.settings.corpus_dir / "z.txt").write_text("Zebras do cross bridges.")
    composing.update_index(following.settings, FakeEmbedder())
    reply = following.ask("Do zebras cross bridges?")
    assert reply.answered
    assert reply.generation == 2


def test_an_index_that_went_missing_is_told_once(
    following: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    """The old generation goes on answering, and not every question says so again."""
    shutil.rmtree(following.settings.index_dir)
    for _ in range(3):
        assert following.ask("Who met in Miami in October?").answered
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("still answering from generation 1: there is no index")


def test_an_assistant_updates_its_own_index(following: Assistant) -> None:
    """`update` indexes the folder of the settings and is seen at once; a dry run only says what
    would be."""
    (following.settings.corpus_dir / "z.txt").write_text("Zebras do cross bridges.")
    assert following.update(dry_run=True).added == ("z.txt",)
    assert following.manifest.generation == 1
    assert following.update().added == ("z.txt",)
    assert following.manifest.generation == 2
    assert [d.doc_id for d in following.documents()] == ["a.txt", "z.txt"]


def test_an_update_goes_to_the_folder_that_the_index_follows(
    following: Assistant, tmp_path: Path
) -> None:
    """Whatever the settings say, `update` reads the folder that was indexed; where it is gone,
    the one of the settings."""
    followed = following.settings.corpus_dir
    other = tmp_path / "other"
    other.mkdir()
    (other / "z.txt").write_text("Zebras do cross bridges.")
    following.settings = following.settings.model_copy(update={"corpus_dir": other})
    assert following.update().unchanged == ("a.txt",)
    with pytest.raises(CorpusError, match="--rebuild"):
        following.update(other)
    followed.rename(tmp_path / "moved")
    (tmp_path / "moved" / "a.txt").rename(other / "a.txt")
    assert following.update().added == ("z.txt",)
    assert following.manifest.corpus == str(other)


@pytest.fixture
def _fake_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `composing` opens has the fake embedder and reader."""
    monkeypatch.setattr(composing, "make_embedder", lambda _: FakeEmbedder())
    monkeypatch.setattr(composing, "make_reader", lambda *_: (FakeReader(), 0.5))


@pytest.mark.usefixtures("_fake_parts")
def test_an_index_is_built_where_a_corpus_is_given(corpus: Path, tmp_path: Path) -> None:
    """`Assistant.open` with a corpus builds an index that is missing or damaged; without one it
    only opens what is there."""
    (corpus / "a.txt").write_text(ARTICLE)
    index = tmp_path / "index"
    for corpus_dir in ({}, {"corpus_dir": None}):
        with pytest.raises(IndexMissing):
            Assistant.open(index, **corpus_dir)
    assert not index.exists()
    assert Assistant.open(index, corpus_dir=corpus).manifest.documents == 1
    next(index.rglob("vectors.f32")).write_bytes(b"")
    with pytest.raises(IndexDamaged):
        Assistant.open(index)
    assert Assistant.open(index, corpus_dir=corpus).manifest.documents == 1
    assert Assistant.open(index).manifest.documents == 1


@pytest.mark.usefixtures("_fake_parts")
def test_an_index_of_other_settings_is_brought_up_to_date(corpus: Path, tmp_path: Path) -> None:
    """`ready` reads the documents again where passages are to have another size, and says so;
    where they are gone, the index answers as it is."""
    (corpus / "a.txt").write_text(ARTICLE)
    first = Settings(corpus_dir=corpus, index_dir=tmp_path / "index", passage_tokens=360)
    other = first.model_copy(update={"passage_tokens": 32})
    said: list[str] = []
    before = composing.ready(first, say=said.append).manifest
    assert composing.ready(first).manifest == before
    said.clear()
    after = composing.ready(other, say=said.append).manifest
    assert (after.generation, after.documents) == (before.generation + 1, before.documents)
    assert after.passages > before.passages
    assert len(said) == 1
    assert "other settings" in said[0]
    (corpus / "a.txt").unlink()
    corpus.rmdir()
    assert composing.ready(first, say=said.append).manifest == after
    assert "does not exist" in said[-1]


@pytest.mark.usefixtures("_fake_parts")
def test_what_is_served_comes_with_its_report(corpus: Path, tmp_path: Path) -> None:
    """`open_fresh` gives the Assistant and what the update did, or a notice of why it failed."""
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index")

    def fresh() -> tuple[Assistant | None, str, UpdateReport | None]:
        return composing.open_fresh(settings, lambda _: None, lambda _: None)

    assistant, notice, report = fresh()
    assert (assistant, report) == (None, None)
    assert "no documents" in notice
    (corpus / "a.txt").write_text(ARTICLE)
    assistant, notice, report = fresh()
    assert assistant
    assert report
    assert (notice, report.added) == ("", ("a.txt",))
    (corpus / "a.txt").unlink()
    assistant, notice, report = fresh()
    assert assistant
    assert "no documents" in notice


def test_an_index_that_breaks_is_answered_from_as_it_was(following: Assistant) -> None:
    """Damage to the files on disk doesn't stop an Assistant that has them open."""
    for damage in ("generation-000009 0", ""):
        (following.settings.index_dir / "CURRENT").write_text(damage)
        assert following.ask("Who met in Miami in October?").generation == 1
    (following.settings.index_dir / "CURRENT").unlink()
    assert following.ask("Who met in Miami in October?").answered


def test_a_citation_knows_whether_its_file_is_current(following: Assistant) -> None:
    """`current` turns False when the file changes or goes, and True when it comes back."""
    path = following.settings.corpus_dir / "a.txt"

    def current() -> bool:
        return citations(following.ask("Who met in Miami in October?"))[0].current

    assert current()
    path.write_text(ARTICLE + "One more line.\n")
    assert not current()
    path.write_text(ARTICLE)
    assert current()
    path.write_text(ARTICLE.replace("October", "Octuber"))  # as long as before
    os.utime(path, (1, 1))
    assert not current()
    path.unlink()
    assert not current()


def test_nobody_waits_while_a_generation_is_opened(following: Assistant) -> None:
    """To open a large index takes a while: other questions are answered from the one before."""
    begun, end = threading.Event(), threading.Event()
    before = following.store

    def slowly(store: IndexStore) -> IndexStore:
        begun.set()
        assert end.wait(60)
        return composing._follow(store)

    (following.settings.corpus_dir / "z.txt").write_text("Zebras do cross bridges.")
    composing.update_index(following.settings, FakeEmbedder(), parsers=PARSERS)
    following._reopen = slowly
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(following.ask, "Do zebras cross bridges?")
        assert begun.wait(60)
        assert following.store is before
        assert following.ask("Who met in Miami in October?").generation == 1
        end.set()
        assert opening.result().generation == 2
    assert following.store.manifest.generation == 2


def test_questions_during_updates_see_one_generation_each(following: Assistant) -> None:
    """While documents come, change and go, and every update sweeps the generation before, each
    reply to many threads is of one generation from first to last: its quotes stand, letter for
    letter, where it says in that generation's documents, and it searched as many as there were."""
    corpus = following.settings.corpus_dir
    truth: dict[int, dict[str, str]] = {1: {"a.txt": ARTICLE}}
    replies: list[Reply] = []
    done = threading.Event()

    def ask(number: int) -> None:
        while not done.is_set():
            at = following.pinned() if number % 2 else following
            replies.append(at.ask("Who met in Miami?", min_confidence=number % 3 / 2))
            time.sleep(0.005)  # or the updates hardly get their turn

    def edit(generation: int) -> dict[str, str]:
        texts = {
            f"{(generation + n) % 7}.txt": f"{'Well! ' * n}Envoy {generation} met in Miami. " * 3
            for n in range(1 + generation % 4)
        }
        for path in corpus.iterdir():
            path.unlink()
        for name, text in texts.items():
            (corpus / name).write_text(text)
        return texts

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(ask, number) for number in range(6)]
        try:
            for generation in range(2, 14):
                truth[generation] = edit(generation)
                report = composing.update_index(following.settings, FakeEmbedder(), parsers=PARSERS)
                assert report.generation == generation
        finally:
            done.set()
        for thread in running:
            thread.result()
    assert len({reply.generation for reply in replies}) > 3
    for reply in replies:
        texts = truth[reply.generation]
        assert reply.coverage.documents == len(texts)
        assert citations(reply)
        for citation in citations(reply):
            quote = citation.quote
            assert quote.text
            assert texts[quote.doc_id][quote.span.start : quote.span.end] == quote.text
