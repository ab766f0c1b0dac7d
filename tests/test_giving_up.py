"""A question whose answer nobody waits for is given up between two stages of its work."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from serving import serving

from pp_qa.assistant import Assistant
from pp_qa.interfaces.api import gate
from pp_qa.interfaces.web.chat import Chat
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import ChangeSet, Hit, Reading

if TYPE_CHECKING:
    from pp_qa.types import Vectors

QUESTION = "Do zebras cross bridges?"


class Stages:
    """The chat over one document; `during` is called once, in the middle of a stage by name, and
    `done` names the stages that were worked on."""

    def __init__(self) -> None:
        self.during: dict[str, Callable[[], object]] = {}
        self.done: list[str] = []
        stages = self

        class Embedder(FakeEmbedder):
            def embed(self, texts: Sequence[str]) -> Vectors:
                stages.work("search")
                return super().embed(texts)

        class Reader(FakeReader):
            def read(self, question: str, hits: Sequence[Hit]) -> Reading:
                stages.work("read")
                return super().read(question, hits)

        entry = make_entry(make_document("Zebras do cross bridges."), FakeEmbedder())
        store = MemoryStore().apply(ChangeSet((entry,)))
        self.assistant = Assistant(store, Embedder(), Reader(), Settings(), 0.1)
        self.chat = Chat(self.assistant)

    def work(self, stage: str) -> None:
        self.done.append(stage)
        self.during.pop(stage, lambda: None)()


@pytest.fixture
def stages() -> Stages:
    return Stages()


@pytest.mark.parametrize("stage", ["search", "read"])
@pytest.mark.parametrize("by", ["stop", "leave"])
def test_the_work_ends_with_the_stage_that_runs(
    stages: Stages, stage: str, by: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether the question was stopped or its page was closed; the same question is answered
    when it is asked again."""
    chat = stages.chat
    give_up = {"stop": lambda: chat.stop("one", ()), "leave": lambda: chat.leave("tab")}
    stages.during[stage] = give_up[by]
    assert chat.ask(QUESTION, (), run="one", page="tab") is None
    assert stages.done[-1] == stage
    assert caplog.records == []
    done = chat.ask(QUESTION, (), run="two", page="tab")
    assert done is not None
    assert done[2][0].answers


def test_what_is_asked_on_another_page_goes_on(stages: Stages) -> None:
    """Also where both ask the same."""
    stages.during["search"] = lambda: stages.chat.leave("another tab")
    assert stages.chat.ask(QUESTION, (), run="one", page="tab") is not None


def test_no_source_is_made_for_an_answer_that_was_stopped(
    stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents can be long: not even the answer's own are opened."""
    opened: list[str] = []
    monkeypatch.setattr(MemoryStore, "document", lambda _, doc_id: opened.append(doc_id))
    stages.during["read"] = lambda: stages.chat.stop("one", ())
    assert stages.chat.ask(QUESTION, (), run="one") is None
    assert opened == []


# ── programs ─────────────────────────────────────────────────────────────────


class Program:
    """A program that sends one request and can go away."""

    def __init__(self, url: str, path: str, **asked: Any) -> None:
        self._url = httpx.URL(url)
        self._socket = socket.create_connection((self._url.host, self._url.port or 0))
        body = json.dumps(asked).encode()
        head = f"POST /api/{path} HTTP/1.1\r\nHost: {self._url.host}:{self._url.port}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)

    def leave(self) -> None:
        self._socket.close()
        self.heard()

    def heard(self) -> None:
        """Whatever was sent or closed before, the server knows once it has answered others."""
        for _ in range(2):
            assert httpx.get(self._url.join("/healthz"), trust_env=False).status_code == 200


@pytest.fixture
def url(stages: Stages, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that works on one request at a time."""
    monkeypatch.setattr(gate, "CONCURRENT", 1)
    with serving(stages.assistant) as url:
        yield url


def ask(url: str) -> dict[str, Any]:
    """An answer to a program that waits for it."""
    reply = httpx.post(f"{url}/api/ask", json={"question": QUESTION}, timeout=60, trust_env=False)
    found: dict[str, Any] = reply.json()
    return found


@pytest.mark.parametrize(
    ("path", "asked", "stage", "done"),
    [
        ("ask", {"question": QUESTION}, "search", ["search"]),
        ("search", {"question": QUESTION}, "search", ["search"]),
        ("verify", {"text": "“Cows fly.” “Cows swim.” “Cows sing.”"}, "search", ["search"]),
    ],
)
def test_the_work_ends_when_its_program_goes_away(
    stages: Stages,
    url: str,
    path: str,
    asked: dict[str, str],
    stage: str,
    done: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With the stage that runs, and without a word; the next request is answered."""
    working, gone = threading.Event(), threading.Event()
    stages.during[stage] = lambda: (working.set(), gone.wait(30))
    program = Program(url, path, **asked)
    assert working.wait(30)
    program.leave()
    gone.set()
    assert ask(url)["answered"]
    assert stages.done == [*done, "search", "read"]
    assert [record for record in caplog.records if record.name.startswith("pp_qa")] == []


def test_a_program_that_goes_away_leaves_the_queue(stages: Stages, url: str) -> None:
    """What it asked is never worked on, and what others asked is."""
    working, go_on = threading.Event(), threading.Event()
    stages.during["read"] = lambda: (working.set(), go_on.wait(30))
    first = Program(url, "ask", question=QUESTION)
    assert working.wait(30)
    waiting = Program(url, "ask", question=QUESTION)
    waiting.heard()
    waiting.leave()
    go_on.set()
    assert ask(url)["answered"]
    assert stages.done == ["search", "read"] * 2
    first.leave()
