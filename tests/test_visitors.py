"""Whose is what, over HTTP: a browser's conversations are its own, and so are its pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Visit, browser, served

from pp_qa.assistant import Assistant
from pp_qa.interfaces.web.history import History
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import ChangeSet

TEXT = "The penguins of Ashdown live behind the lighthouse.\n\nThe ferry sails at seven.\n"
QUESTION = "Where do the penguins of Ashdown live?"


def make_assistant() -> Assistant:
    embedder = FakeEmbedder()
    changes = ChangeSet((make_entry(make_document(TEXT, "a.txt"), embedder),))
    store = MemoryStore().apply(changes)
    return Assistant(store, embedder, FakeReader(), Settings(), threshold=0.5)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def url(state: Path) -> Iterator[str]:
    with served(make_assistant(), state) as address:
        yield address


def chosen(state: Path) -> tuple[str, str]:
    """The ids of the newest conversation and of its first answer, read from the file."""
    history = History(state / "chats.sqlite")
    row = history._connection.execute(
        "SELECT c.id, e.id FROM conversations c JOIN exchanges e ON e.conversation = c.id"
        " ORDER BY c.changed DESC, e.number LIMIT 1"
    ).fetchone()
    history.close()
    return str(row[0]), str(row[1])


def test_a_browser_comes_back_to_its_conversation_and_no_other_sees_it(
    url: str, state: Path
) -> None:
    """By the cookie alone; ids of conversations and answers open nothing for another browser."""
    with browser(url) as ann, browser(url) as ben:
        assert "lighthouse" in Visit(ann).ask(QUESTION)
        conversation, answer = chosen(state)

        for query in ({}, {"chat": conversation}, {"answer": answer}):
            assert "lighthouse" in Visit(ann).arrive(**query)
            assert "lighthouse" not in Visit(ben).arrive(**query)
        assert "isn\\u2019t yours" in Visit(ben).arrive(answer=answer)
        assert "penguins" in Visit(ann).event("select", "tab-chats")[0]
        assert "penguins" not in Visit(ben).event("select", "tab-chats")[0]
        for deed in ("open", "rename", "delete", "delete-all"):
            wish = {"deed": deed, "id": conversation, "title": "Ben’s"}
            assert "lighthouse" not in json.dumps(Visit(ben).event("click", "chats", wish))
        assert "penguins" in Visit(ann).event("select", "tab-chats")[0]

        forged = browser(url)
        forged.cookies.set("pp_qa_browser", "0" * 32)
        assert "lighthouse" not in Visit(forged).arrive()
        forged.close()


def test_files_are_saved_by_their_owner_alone(url: str, state: Path) -> None:
    """A chat and an answer in each format, under a safe name; to others there is none."""
    with browser(url) as ann, browser(url) as ben, browser(url) as nobody:
        Visit(ann).ask(QUESTION)
        conversation, answer = chosen(state)
        for path in (f"/page/chats/{conversation}", f"/page/answers/{answer}"):
            for ending in ("md", "html", "json"):
                file = ann.get(f"{path}.{ending}")
                assert "lighthouse" in file.text
                assert file.headers["content-disposition"].startswith('attachment; filename="pp_qa')
                assert file.headers["cache-control"] == "no-store"
                for other in (Visit(ben).client, nobody):
                    assert other.get(f"{path}.{ending}").status_code == 404
            for name in (path, f"{path}.exe", f"{path}.", f"{path}.md.x", f"{path}/../x.md"):
                assert ann.get(name).status_code == 404


def test_a_browser_is_known_by_a_cookie_that_nothing_else_gets_at(url: str, state: Path) -> None:
    """HttpOnly and SameSite=Strict; random; not in the file of conversations."""
    with browser(url) as ann, browser(url) as ben:
        sent = ann.get("/").headers.get_list("set-cookie")
        (line,) = (c for c in sent if c.startswith("pp_qa_browser="))
        assert "HttpOnly" in line
        assert "SameSite=Strict" in line
        assert "set-cookie" not in ann.get("/config").headers
        ben.get("/")
        token = ann.cookies["pp_qa_browser"]
        assert token != ben.cookies["pp_qa_browser"]
        Visit(ann).ask(QUESTION)
        assert token.encode() not in (state / "chats.sqlite").read_bytes()


def test_a_browser_that_comes_back_is_known_for_another_year(url: str) -> None:
    """Both cookies are kept as long again; else the chats of who comes daily would be lost."""
    with browser(url) as ann:
        first, second = (ann.get("/").headers.get_list("set-cookie") for _ in range(2))
        assert first == second
        assert all("Max-Age=31536000;" in line for line in second)


def test_a_chat_that_is_deleted_is_gone_from_the_page_that_shows_it(tmp_path: Path) -> None:
    """From no other one of the same browser, whichever was opened last."""
    with served(make_assistant(), tmp_path) as url, browser(url) as ann:
        one, other = Visit(ann), Visit(ann)
        one.ask(QUESTION)
        first, _ = chosen(tmp_path)
        other.event("click", "anew")
        other.ask("When does the ferry sail at seven?")
        second, _ = chosen(tmp_path)
        assert first != second

        def delete(page: Visit, chat: str) -> str:
            return json.dumps(page.event("click", "chats", {"deed": "delete", "id": chat}))

        assert "Ask your documents" not in delete(one, second)
        other.ask("When does the ferry sail at seven?")
        assert "Ask your documents" in delete(one, first)


def test_a_link_from_elsewhere_makes_no_stranger_of_a_browser(url: str) -> None:
    """A browser keeps the strict cookie back when another site leads here; it gets no new one."""
    with browser(url) as ann:
        ann.get("/")
        token = ann.cookies["pp_qa_browser"]
        arrived = ann.get("/", headers={"Cookie": "pp_qa_known=1"})
        assert "set-cookie" not in arrived.headers
        assert ann.cookies["pp_qa_browser"] == token


def test_a_page_is_its_owners_alone(url: str) -> None:
    """Who learns the number of another's page can't send events to it, read what comes of them,
    or end it."""
    with browser(url) as ann, browser(url) as ben, browser(url) as nobody:
        hers = Visit(ann)
        hers.ask(QUESTION)
        his = Visit(ben, hers.page)
        load = next(d["id"] for d in his.config["dependencies"] if d["targets"][0][1] == "load")
        assert his.join(load, [None]).status_code == 403
        query = {"session_hash": hers.page}
        for other in (ben, nobody):
            for path in ("queue/data", f"heartbeat/{hers.page}", f"stream/{hers.page}/1/1/x"):
                assert other.get(f"/gradio_api/{path}", params=query).status_code == 403
            body = {**query, "fn_index": 0, "event_id": "x", "data": []}
            for path in ("reset", "cancel", "component_server", "queue/join", "run/predict"):
                assert other.post(f"/gradio_api/{path}", json=body).status_code == 403
        assert "lighthouse" in hers.ask("And " + QUESTION)


def test_an_event_of_the_page_has_bounds(url: str) -> None:
    """A body of more than two megabytes is refused before it is read to its end."""
    with browser(url) as ann:
        page = Visit(ann)
        assert page.join(0, ["x" * 3_000_000]).status_code == 413


def test_conversations_outlive_the_server(tmp_path: Path) -> None:
    """The same browser finds its conversation on a server that was started again."""
    with served(make_assistant(), tmp_path) as first, browser(first) as ann:
        Visit(ann).ask(QUESTION)
        token = ann.cookies["pp_qa_browser"]
    with served(make_assistant(), tmp_path) as second, browser(second) as ann:
        ann.cookies.set("pp_qa_browser", token, domain="127.0.0.1")
        assert "lighthouse" in Visit(ann).arrive()
        Visit(ann).event("click", "anew")
        assert "lighthouse" not in Visit(ann).arrive()
        assert "penguins" in Visit(ann).event("select", "tab-chats")[0]


def test_a_page_that_the_server_has_forgotten_goes_on_with_its_conversation(
    tmp_path: Path,
) -> None:
    """A page sends which answers it shows: after a restart, as after a day, its quotes open, its
    next question follows the others and the index may change; nobody else's answers are given."""
    with served(make_assistant(), tmp_path) as first, browser(first) as ann:
        page = Visit(ann)
        page.ask(QUESTION)
        page.ask("And the ferry?")
        token, number = ann.cookies["pp_qa_browser"], page.page
    _, answer = chosen(tmp_path)
    shown = {answer: 7}
    with served(make_assistant(), tmp_path) as second:
        with browser(second) as ben:
            click = {"turn": 7, "number": 1, "shown": shown}
            assert "Ask the question again" in Visit(ben).event("click", "conversation", click)[0]
        with browser(second) as ann:
            ann.cookies.set("pp_qa_browser", token, domain="127.0.0.1")
            page = Visit(ann, number)
            assert "<mark" in page.event("click", "conversation", click)[0]
            assert QUESTION in page.event("changed", "library", {"shown": shown})[2]
            wish = {"question": "When does the ferry sail?", "shown": shown}
            conversation = page.event("submit", "conversation", wish)[0]
            assert 'data-turn="7"' in conversation
            assert 'data-turn="8"' in conversation
            assert "And the ferry?" not in conversation
