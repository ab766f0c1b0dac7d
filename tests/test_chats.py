"""Conversations are kept: exactly, each its owner's, and whatever becomes of their file."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.assistant import Assistant
from pp_qa.interfaces.web import storing
from pp_qa.interfaces.web.chat import Chat
from pp_qa.interfaces.web.chats import Chats
from pp_qa.interfaces.web.exchanges import Exchange
from pp_qa.interfaces.web.history import VERSION, History
from pp_qa.interfaces.web.visitors import Visitor
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import Abstention, Answer, ChangeSet, Citation, Coverage, Quote, Span

if TYPE_CHECKING:
    from pp_qa.types import Reply

ANN, BEN = Visitor("user:ann", "ann"), Visitor("user:ben", "ben")
TEXT = "The penguins live behind the lighthouse.\n\nThe ferry sails at seven.\n"

texts = st.text(st.characters(), max_size=40)
floats = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def citations(draw: st.DrawFn) -> Citation:
    start = draw(st.integers(0, 10**6))
    text = draw(texts)
    span = Span(start, start + len(text))
    quote = Quote(draw(texts), draw(texts), span, text, draw(floats), span)
    page = draw(st.none() | st.integers(1, 9))
    headings, also = draw(st.lists(texts, max_size=2)), draw(st.lists(texts, max_size=2))
    whole = Citation(
        draw(st.integers(1, 9)), quote, draw(texts), draw(texts), tuple(headings), page, True
    )
    return replace(whole, also_in=tuple(also), current=draw(st.booleans()))


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    cited = tuple(draw(st.lists(citations(), max_size=3)))
    coverage = Coverage(draw(st.integers(0, 9)), 7, tuple(draw(st.lists(texts, max_size=2))))
    timings = draw(st.dictionaries(texts, floats, max_size=2))
    question, query, sure = draw(texts), draw(texts), draw(floats)
    reason = draw(st.sampled_from(["empty_index", "nothing_near", "no_answer"]))
    reply: Reply | None = draw(
        st.sampled_from(
            [
                None,
                Answer(question, query, cited, sure, 3, coverage, timings),
                Abstention(question, query, reason, cited, sure, 3, coverage, timings),  # type: ignore[arg-type]
            ]
        )
    )
    return Exchange(draw(st.integers(1, 99)), question, reply, draw(texts))


@given(exchanges())
def test_an_exchange_is_read_as_it_was_written(exchange: Exchange) -> None:
    """Every field of a reply, to the last digit; only the markup is left out."""
    found = storing.loads(storing.dumps(exchange))
    for field in fields(Exchange):
        if field.name != "panes":
            assert getattr(found, field.name) == getattr(exchange, field.name), field.name


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"turn": "x", "question": "q"}', "7", "null"])
def test_what_is_no_exchange_is_refused(text: str) -> None:
    """Damage in a row is a ValueError, never a half-built value."""
    with pytest.raises(ValueError, match=r"."):
        storing.loads(text)


# ── the file ─────────────────────────────────────────────────────────────────


def asked(question: str, turn: int = 1) -> Exchange:
    return Exchange(turn, question, problem="Nobody answers.")


def questions(history: History, owner: str, conversation_id: str) -> list[str]:
    return [k.exchange.question for k in history.load(owner, conversation_id)]


def test_conversations_outlive_the_server(tmp_path: Path) -> None:
    """A second History over the file has what the first one kept, and knows what was open."""
    first, second = asked("Who?"), asked("And where?", 2)
    history = History(tmp_path / "chats.sqlite")
    history.keep("ann", (), (first,))
    history.keep("ann", (first,), (first, second))
    history.close()

    again = History(tmp_path / "chats.sqlite")

    (found,) = again.conversations("ann")
    assert (found.title, found.questions) == ("Who?", 2)
    assert again.current("ann") == found.conversation_id
    assert questions(again, "ann", found.conversation_id) == ["Who?", "And where?"]
    assert again.problem == ""


def test_nobody_reads_or_changes_what_is_anothers() -> None:
    """Knowing the ids of another's conversation and answer is of no use."""
    history, e = History(), asked("Where is the key?")
    history.keep("ann", (), (e,))
    (kept,) = history.conversations("ann")
    chosen = kept.conversation_id

    assert history.conversations("ben") == history.load("ben", chosen) == []
    assert history.answer("ben", e.answer_id) is None
    assert history.title("ben", chosen) == ""
    history.rename("ben", chosen, "Mine")
    history.delete("ben", chosen)
    history.delete_all("ben")
    history.keep("ben", (e,), (asked("Stolen?"),))
    assert history.conversations("ann") == [kept]
    assert questions(history, "ann", chosen) == ["Where is the key?"]


def test_an_edited_question_takes_the_place_of_what_came_after() -> None:
    """What was taken back is deleted, the first question too; what a page no longer shows stays."""
    history = History()
    a, b, c = asked("a", 1), asked("b", 2), asked("c", 3)
    history.keep("ann", (), (a,))
    history.keep("ann", (a,), (a, b))
    history.keep("ann", (a, b), (a, c))
    chosen = history.current("ann")
    assert questions(history, "ann", chosen) == ["a", "c"]

    history.keep("ann", (a, c), (c, d := asked("d", 3)))  # a is older than what is shown
    assert questions(history, "ann", chosen) == ["a", "c", "d"]
    history.keep("ann", (c, d), (c,))
    assert questions(history, "ann", chosen) == ["a", "c"]
    history.keep("ann", (c,), (asked("z", 4),))
    assert questions(history, "ann", chosen) == ["a", "z"]
    assert len(history.conversations("ann")) == 1


def test_the_first_question_can_be_edited_too() -> None:
    """The conversation then goes by the new one; with its last question it is gone itself."""
    history, a, b = History(), asked("a"), asked("b", 2)
    history.keep("ann", (), (a,))
    history.keep("ann", (a,), (b,))
    (found,) = history.conversations("ann")
    assert (found.title, found.questions) == ("b", 1)
    history.keep("ann", (b,), ())
    assert history.conversations("ann") == []


def test_two_pages_of_one_conversation_lose_nothing() -> None:
    """What one page adds is not undone by the other, which doesn't know of it."""
    history, a = History(), asked("a")
    history.keep("ann", (), (a,))
    history.keep("ann", (a,), (a, asked("from one", 2)))
    history.keep("ann", (a,), (a, asked("from the other", 2)))
    found = questions(history, "ann", history.current("ann"))
    assert found == ["a", "from one", "from the other"]


def test_what_was_deleted_gives_no_title(tmp_path: Path) -> None:
    """A page that still shows a deleted conversation goes on in a new one, of what is new."""
    history, a, b = History(tmp_path / "chats.sqlite"), asked("a secret"), asked("b", 2)
    history.keep("ann", (), (a,))
    history.delete("ann", history.current("ann"))
    history.keep("ann", (a,), (a, b))
    assert [c.title for c in history.conversations("ann")] == ["b"]
    assert b"secret" not in (tmp_path / "chats.sqlite").read_bytes()


def test_conversations_are_found_by_their_words() -> None:
    """All words count, in the title, the questions and the quotes, whatever their case."""
    history = History()
    history.keep("ann", (), (asked("Where do PENGUINS live?"),))
    history.keep("ann", (), (asked("Wann fährt die Fähre nach Ästad?"),))
    assert [c.title for c in history.conversations("ann", "penguins WHERE")] == [
        "Where do PENGUINS live?"
    ]
    assert [c.title[:4] for c in history.conversations("ann", "ästad")] == ["Wann"]
    assert history.conversations("ann", "penguins ästad") == []
    assert len(history.conversations("ann", "  ")) == 2


def test_deleting_leaves_nothing_in_the_file(tmp_path: Path) -> None:
    """Deleted questions can't be read from the file's bytes."""
    file = tmp_path / "chats.sqlite"
    history = History(file)
    for secret in ("zebra-one", "zebra-two", "zebra-three"):
        history.keep("ann", (), (asked(f"The {secret} secret?"),))
    assert b"zebra-two" in file.read_bytes()
    (chosen,) = history.conversations("ann", "zebra-two")
    history.delete("ann", chosen.conversation_id)
    history.close()
    assert b"zebra-two" not in file.read_bytes()
    history = History(file)
    history.delete_all("ann")
    history.close()
    assert b"zebra" not in file.read_bytes()


def test_a_name_is_given_and_kept_short() -> None:
    """Another title counts; an empty one doesn't; a long one, or one of odd text, is cut."""
    history = History()
    history.keep("ann", (), (asked("Who?"),))
    chosen = history.current("ann")
    history.rename("ann", chosen, "  ")
    assert history.title("ann", chosen) == "Who?"
    history.rename("ann", chosen, " My \n chat \ud800")
    assert history.title("ann", chosen) == "My chat ?"
    history.rename("ann", chosen, "x" * 500)
    assert len(history.title("ann", chosen)) == 120


def test_only_the_owner_of_the_machine_reads_the_file(tmp_path: Path) -> None:
    """The file is made for its user alone."""
    History(tmp_path / "chats.sqlite").close()
    assert stat.S_IMODE((tmp_path / "chats.sqlite").stat().st_mode) == 0o600


def newer(file: Path) -> None:
    History(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def foreign(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE conversations (x)")


def torn(file: Path) -> None:
    history = History(file)
    for n in range(200):
        history.keep("ann", (), (asked(f"{n} {'x' * 500}?"),))
    history.close()
    content = bytearray(file.read_bytes())
    content[4096:-4096] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (newer, "newer version"),
        (foreign, "no file of pp_qa"),
        (torn, "damaged"),
        (lambda file: file.write_bytes(b"this is no database" * 99), "damaged"),
        (lambda file: file.mkdir(), "can't be used"),
    ],
)
def test_a_file_that_cannot_be_used_stops_nothing(tmp_path: Path, spoil, said: str) -> None:  # type: ignore[no-untyped-def]
    """It is said why, the file is left as it is, and conversations last as long as the server."""
    file = tmp_path / "chats.sqlite"
    spoil(file)
    before = file.read_bytes() if file.is_file() else None
    history = History(file)
    assert said in history.problem
    assert str(file) in history.problem
    history.keep("ann", (), (asked("Who?"),))
    assert [c.title for c in history.conversations("ann")] == ["Who?"]
    history.close()
    assert (file.read_bytes() if file.is_file() else None) == before


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    """It could not be made: that is no file of another program."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, before[1]))
    try:
        history = History(tmp_path / "chats.sqlite")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "chats.sqlite can't be used (disk I/O error)" in history.problem
    history.close()


def test_a_file_that_fails_later_is_told(tmp_path: Path) -> None:
    """Taken away or damaged while it is used, it costs what is in it and nothing else."""
    file = tmp_path / "chats.sqlite"
    history = History(file)
    history.keep("ann", (), (asked("Who?"),))
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE exchanges")
    history.keep("ann", (), (asked("And now?"),))
    assert "can't be read or written" in history.problem
    assert history.load("ann", history.current("ann")) == []


def test_what_could_not_be_kept_is_kept_with_what_follows(tmp_path: Path) -> None:
    """A file that another program holds for a while costs nothing; then nothing is told of it."""
    file = tmp_path / "chats.sqlite"
    history, a, b = History(file), asked("a"), asked("b", 2)
    history._connection.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        history.keep("ann", (), (a,))
        assert "locked" in history.problem
    history.keep("ann", (a,), (a, b))
    assert questions(history, "ann", history.current("ann")) == ["a", "b"]
    assert [c.title for c in history.conversations("ann")] == ["a"]
    assert history.problem == ""


def test_half_a_character_is_no_id() -> None:
    """What a client makes up finds nothing, changes nothing and is no fault of the file."""
    history, half = History(), "\ud800"
    history.keep("ann", (), (asked("Who?"),))
    current = history.current("ann")
    assert history.answer("ann", half) is None
    assert (history.load("ann", half), history.title("ann", half)) == ([], "")
    history.rename("ann", half, "Mine")
    history.delete("ann", half)
    assert (history.current("ann"), history.problem) == (current, "")


def test_a_row_that_cannot_be_read_is_one_answer_lost(tmp_path: Path) -> None:
    """The others of the conversation are shown, and the lost one is said to be lost."""
    file = tmp_path / "chats.sqlite"
    history, a, b = History(file), asked("a"), asked("b", 2)
    history.keep("ann", (), (a, b))
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE exchanges SET value = '{' WHERE id = ?", (a.answer_id,))
    found = [k.exchange for k in history.load("ann", history.current("ann"))]
    assert [(e.question, e.problem) for e in found] == [
        ("", "This answer was kept, but can't be read."),
        ("b", "Nobody answers."),
    ]


# ── opened again ─────────────────────────────────────────────────────────────


def assistant_over(store: MemoryStore) -> Assistant:
    return Assistant(store, FakeEmbedder(), FakeReader(), Settings(), threshold=0.5)


def stored(text: str) -> MemoryStore:
    embedder = FakeEmbedder()
    return MemoryStore().apply(ChangeSet((make_entry(make_document(text, "a.txt"), embedder),)))


def test_an_old_quote_is_verified_when_it_is_opened() -> None:
    """One that its document still says opens in it; one that it doesn't is shown as it was, with
    what stood around it, and said to be that."""
    history, question = History(), "Where do the penguins live behind?"
    before = assistant_over(stored(TEXT))
    _, _, asked_now = Chat(before).ask(question, ())
    Chats(before, history).keep(ANN, (), asked_now)
    chosen = history.current(ANN.owner)

    (same,) = Chats(before, history).open(ANN, chosen)
    assert same.reply == asked_now[0].reply or not same.citations[0].current
    pane = Chat(before).open(1, 1, (same,))
    assert "The ferry sails at seven." in pane
    assert "has changed since" not in pane

    after = assistant_over(stored("All of this is new. Nobody lives here.\n"))
    (changed,) = Chats(after, history).open(ANN, chosen)
    assert changed.citations[0].quote == asked_now[0].citations[0].quote
    assert not changed.citations[0].current
    pane = Chat(after).open(1, 1, (changed,))
    assert "The penguins live behind the lighthouse." in pane
    assert "The ferry sails at seven." in pane
    assert "This is what it said then." in pane
    assert "new" not in pane


def test_a_link_shows_its_answer_to_its_owner_only() -> None:
    """One answer, verified now, with the way to its conversation; to others there is none."""
    history = History()
    chats = Chats(assistant_over(stored(TEXT)), history)
    a, b = asked("a"), asked("b <i>", 2)
    chats.keep(ANN, (), (a, b))

    shown, said = chats.linked(ANN, b.answer_id)
    assert [e.question for e in shown] == ["b <i>"]
    assert f"/?chat={history.current(ANN.owner)}" in said
    assert chats.linked(BEN, b.answer_id)[0] == ()
    assert "isn’t yours" in chats.linked(BEN, b.answer_id)[1]
    assert chats.open(BEN, history.current(ANN.owner)) == ()
    assert "<i>" not in chats.listing(ANN)


def test_without_an_owner_nothing_is_kept() -> None:
    """A request that comes with no cookie leaves nothing."""
    history = History()
    chats = Chats(assistant_over(stored(TEXT)), history)
    chats.keep(Visitor(), (), (asked("a"),))
    chats.begin(Visitor())
    assert history.conversations("") == []
