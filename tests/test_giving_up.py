"""A question whose answer nobody waits for is given up between two stages of its work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import pytest

from pp_qa.assistant import Assistant
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
        self.chat = Chat(Assistant(store, Embedder(), Reader(), Settings(), 0.1))

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
