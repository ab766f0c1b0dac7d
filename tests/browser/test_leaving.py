"""A page that is closed while its question runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from chatting import ChatPage, House, begin

from pp_qa.interfaces.web.chat import Chat

pytestmark = pytest.mark.browser


def test_a_question_ends_with_its_page(
    chat: ChatPage, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stage that runs comes to its end, and no other begins."""
    begun, gate, left, ended = (threading.Event() for _ in range(4))
    embed, ask, leave = house.embedder.embed, Chat.ask, Chat.leave
    came: list[object] = []

    def slow(texts: Sequence[str]) -> Any:
        if any("slow" in text for text in texts):
            begun.set()
            assert gate.wait(60)
        return embed(texts)

    def asked(*args: Any, **more: Any) -> Any:
        came.append(ask(*args, **more))
        ended.set()
        return came[-1]

    def leaving(self: Chat, page: str) -> None:
        leave(self, page)
        left.set()

    monkeypatch.setattr(house.embedder, "embed", slow)
    monkeypatch.setattr(Chat, "ask", asked)
    monkeypatch.setattr(Chat, "leave", leaving)
    begin(chat, "How slow are the penguins?")
    for _ in range(600):  # the page's requests go through this thread
        if begun.is_set():
            break
        chat.page.wait_for_timeout(100)
    assert begun.is_set()
    chat.page.close()
    assert left.wait(60)
    gate.set()
    assert ended.wait(60)
    assert came == [None]
