"""Where the rules are in doubt, the documents say what a follow-up asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from changing_subjects import CONVERSATIONS, DOCUMENTS, Asked

from pp_qa.assistant import Assistant
from pp_qa.composing import ready
from pp_qa.followups import Legs, follow
from pp_qa.settings import load_settings
from pp_qa.testing import FakeEmbedder, make_document, make_entry
from pp_qa.types import Hit, Passage, Reply, Turn

MIAMI = [Turn("user", "Who met in Miami?"), Turn("assistant", "The envoys did.")]


def passage_of(text: str, name: str) -> Passage:
    (passage,) = make_entry(make_document(text, name), FakeEmbedder()).passages
    return passage


TALKS = passage_of("The envoys met in Miami.", "talks.txt")
HOUSE = passage_of("The director of the house is Ann.", "house.txt")


def found(**scores: float) -> Legs:
    """Dense hits of these likenesses, and no lexical ones."""
    passages = {"talks": TALKS, "house": HOUSE}
    best_first = sorted(scores, key=lambda name: -scores[name])
    return [Hit(passages[n], scores[n], i, "dense") for i, n in enumerate(best_first, 1)], []


def documents_that_say(by_itself: Legs, leaning: Legs) -> Callable[[str], Legs]:
    """Searches that find the one for a question as it was typed, and else the other."""
    return lambda text: leaning if "Miami" in text else by_itself


@pytest.mark.parametrize(
    ("question", "house", "talks", "leans"),
    [
        ("Who is the director?", 0.8, 0.1, False),  # the old subject has nothing to do with it
        ("What was the outcome?", 0.5, 0.4, True),  # it suits what was talked of nearly as well
        ("What was the outcome?", 0.4, 0.5, False),  # it finds that by itself
        ("And when was that?", 0.8, 0.1, True),  # it surely leans, whatever the documents say
        ("Who signed the treaty of Lisbon in Portugal?", 0.5, 0.4, False),
    ],
)
def test_the_documents_decide_what_is_doubtful(
    question: str, house: float, talks: float, leans: bool
) -> None:
    """A question that may lean does so where it and the conversation meet in a passage."""
    find = documents_that_say(found(house=house, talks=talks), found(talks=0.9, house=0.2))
    followed = follow(question, MIAMI, find)
    assert followed.query == (f"{question} (met Miami)" if leans else question)


def test_the_question_before_has_a_say_in_the_order() -> None:
    """Of two passages nearly as good for a new question, the one on what was asked before is first;
    each keeps the legs that the question itself gave it."""
    find = documents_that_say(found(house=0.50, talks=0.48), found(talks=0.6, house=0.3))
    question = "Who signed the treaty of Lisbon in Portugal?"
    first, second = follow(question, MIAMI, find).hits(5)
    assert (first.passage, second.passage) == (TALKS, HOUSE)
    assert (first.legs["dense"], second.legs["dense"]) == (0.48, 0.50)
    assert [h.passage for h in follow(question, [], find).hits(5)] == [HOUSE, TALKS]


def test_what_only_the_question_before_finds_is_among_the_hits() -> None:
    """A passage that one of both rankings lacks counts there as the last one."""
    find = documents_that_say(found(house=0.5), found(talks=0.9, house=0.1))
    hits = follow("Who signed the treaty of Lisbon in Portugal?", MIAMI, find).hits(5)
    assert {h.passage for h in hits} == {TALKS, HOUSE}
    assert [h.rank for h in hits] == [1, 2]


def test_nothing_found_is_no_obstacle() -> None:
    """An index without a passage gives none."""
    assert follow("What was the outcome?", MIAMI, lambda _: ([], [])).hits(5) == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("They went from Ukraine to Turkey.", "How did Ukraine react?"),
        ("He sold ukraine and Ukraine.", "what about ukraine? (Turkey react)"),
        ("Nothing of it.", "what about ukraine? (Turkey react)"),
    ],
)
def test_a_name_in_lower_case_is_known_by_the_documents(text: str, query: str) -> None:
    """What they always write with a capital is a name, and takes another's place."""
    passage = passage_of(text, "a.txt")
    history = [Turn("user", "How did Turkey react?"), Turn("assistant", "Warmly.")]
    followed = follow("what about ukraine?", history, lambda _: ([Hit(passage, 1, 1, "dense")], []))
    assert followed.query == query
    shouted = follow("WHAT ABOUT UKRAINE?", history, lambda _: ([Hit(passage, 1, 1, "dense")], []))
    assert shouted.query == query


# ── held-out conversations ───────────────────────────────────────────────────

Played = list[tuple[Asked, Reply, bool]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Assistant:
    corpus, index = (tmp_path_factory.mktemp(name) for name in ("corpus", "index"))
    for name, text in DOCUMENTS.items():
        (corpus / name).write_text(text, encoding="utf-8")
    return ready(load_settings(corpus_dir=corpus, index_dir=index, cache_dir=model_cache))


@pytest.fixture(scope="module")
def played(town: Assistant) -> Played:
    """Each question of each conversation with its reply, whatever the confidence, and whether
    that would be shown."""
    return [p for conversation in CONVERSATIONS.values() for p in play(town, conversation)]


def play(town: Assistant, conversation: list[Asked]) -> Played:
    said: list[Turn] = []
    out = []
    for asked in conversation:
        reply = town.ask(asked.question, said, min_confidence=0)
        shown = reply.answered and reply.confidence >= town.threshold
        out.append((asked, reply, shown))
        text = " ".join(c.quote.text for c in reply.citations) if shown and reply.answered else ""
        said += [Turn("user", asked.question, reply.search_query), Turn("assistant", text)]
    return out


@pytest.mark.model
def test_a_new_subject_drags_nothing_along(played: Played) -> None:
    """A complete question is searched for as it stands, whatever was asked before."""
    changed = {a.question: r.search_query for a, r, _ in played if not a.leans}
    assert changed == {question: question for question in changed}


@pytest.mark.model
def test_questions_and_follow_ups_find_their_quotes(played: Played) -> None:
    """At least nine in ten have their answer among the quotes."""
    wanted = [(a.quoted, r) for a, r, _ in played if a.quoted]
    right = [r.answered and any(q in c.quote.text for c in r.citations) for q, r in wanted]
    assert sum(right) >= 0.9 * len(right)


@pytest.mark.model
def test_only_what_is_no_word_is_misspelt(town: Assistant) -> None:
    """A word that the documents haven't is not taken for a similar one, only what is none."""
    slip = town.ask("When does the libary open, and who is the direktor?")
    assert slip.search_query == "When does the library open, and who is the director?"
    for question in ("What does the parting cost?", "Who is the harbour matter?"):
        assert town.ask(question).search_query == question
