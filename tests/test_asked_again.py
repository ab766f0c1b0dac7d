"""What a follow-up was understood to ask, asked once more: as it was, or changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pp_qa.assistant import Assistant
from pp_qa.interfaces.web.chat import Chat
from pp_qa.interfaces.web.exchanges import Exchange, Exchanges
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import ChangeSet, Reply

MIAMI = """The envoys met in Miami in October.

The budget was settled in Miami in March.
"""
OSLO = """The ministers met in Oslo in June.

The treaty was signed in Oslo in May, when the ministers met again.
"""


@pytest.fixture
def chat() -> Chat:
    embedder = FakeEmbedder()
    entries = [
        make_entry(make_document(text, name), embedder, passage_tokens=12)
        for name, text in (("miami.txt", MIAMI), ("oslo.txt", OSLO))
    ]
    store = MemoryStore().apply(ChangeSet(tuple(entries)))
    return Chat(Assistant(store, embedder, FakeReader(), Settings(), 0.1))


def ask(chat: Chat, question: str, before: Exchanges = (), *, alone: bool = False) -> Exchanges:
    done = chat.ask(question, before, alone=alone)
    assert done is not None
    return done[2]


def lasting(exchange: Exchange) -> Reply:
    """What came of a question, but for how long it took."""
    assert exchange.reply is not None
    return replace(exchange.reply, timings={})


@pytest.mark.parametrize("first", ["Who met in Oslo?", "@oslo.txt Who met there?"])
def test_what_was_understood_gets_the_same_answer_when_it_is_asked_again(
    chat: Chat, first: str
) -> None:
    """In the same order, of the same documents, whatever was asked meanwhile; and so does asking
    that again."""
    said = ask(chat, "And in which month?", ask(chat, first))
    follow_up = said[-1]
    assert follow_up.understood != follow_up.question
    said = ask(chat, "What was settled in Miami?", said)
    for _ in range(2):
        said = ask(chat, f" {said[1].understood}\n", said, alone=True)
        assert lasting(said[-1]) == lasting(follow_up)
        assert said[-1].scope == follow_up.scope


def test_what_follows_a_changed_question_follows_that(chat: Chat) -> None:
    """What was said before it is as if it had not been said."""
    said = ask(chat, "And in which month?", ask(chat, "Who met in Oslo?"))
    changed = ask(chat, "Who met in Miami?", said, alone=True)
    after = ask(chat, "And in which month?", changed)[-1]
    fresh = ask(chat, "And in which month?", ask(chat, "Who met in Miami?"))[-1]
    assert lasting(after) == lasting(fresh)


def test_what_was_changed_is_asked_as_it_was_typed(chat: Chat) -> None:
    """As if nothing had been said before."""
    said = ask(chat, "And in which month?", ask(chat, "Who met in Oslo?"))
    changed = said[-1].understood.replace("Oslo", "Miami")
    assert changed != said[-1].understood
    (fresh,) = ask(chat, changed)
    assert lasting(ask(chat, changed, said, alone=True)[-1]) == lasting(fresh)
    assert fresh.reply is not None
    assert fresh.reply.search_query == changed
