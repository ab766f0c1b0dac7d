"""Chats over HTTP: as the page has them, and as programs do."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from typing import Any

import httpx

Ask = Callable[[str], Awaitable[list[str]]]
"""Asks the next question of a chat, and gives the quotes shown. Raises ValueError where they are
another's."""
Begin = Callable[[httpx.AsyncClient], Ask]
"""Begins a chat."""


def by_api(client: httpx.AsyncClient) -> Ask:
    history: list[dict[str, str]] = []

    async def ask(question: str) -> list[str]:
        body = {"question": question, "history": history}
        reply = await client.post("/api/ask", json=body)
        found = reply.raise_for_status().json()
        if found["question"] != question:
            raise ValueError(f"asked {question!r}, answered {found['question']!r}")
        quotes = [q["text"] for q in found["quotes"]]
        history.append({"role": "user", "text": question, "about": found["search_query"]})
        history.append({"role": "assistant", "text": " ".join(quotes)})
        return quotes

    return ask


def by_page(client: httpx.AsyncClient) -> Ask:
    """As the page does: an event into the queue, and the stream of what becomes of it."""
    page, asked = f"{random.getrandbits(64):x}", list[str]()

    async def ask(question: str) -> list[str]:
        asked.append(question)
        event = {**client.asking, "session_hash": page}  # type: ignore[attr-defined]
        wish = {"question": question, "run": f"{page}-{len(asked)}"}
        reply = await client.post("/gradio_api/queue/join", json={**event, "event_data": wish})
        reply.raise_for_status()
        stream = client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page})
        async with stream as lines:
            async for line in lines.aiter_lines():
                heard = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if heard.get("msg") == "process_completed":
                    if not heard["success"]:
                        raise ValueError(f"{question!r} failed: {heard['output']}")
                    shown = Shown(heard["output"]["data"][0])
                    if shown.questions != asked:
                        raise ValueError(f"asked {asked!r}, answered {shown.questions!r}")
                    return shown.quotes
        raise ValueError(f"{question!r} got no answer")

    return ask


class Shown(HTMLParser):
    """The questions of a conversation's HTML, and the quotes of the newest."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.questions, self.quotes = list[str](), list[str]()
        self._in, self._over = "", False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "template":  # of a question that is still asked
            self._over = True
        if self._over:
            return
        if tag == "article":
            self.quotes = []
        if tag == "h2" and ("class", "asked") in attrs:
            self._in = tag
            self.questions.append("")
        if tag == "blockquote":
            self._in = tag
            self.quotes.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = "" if tag == self._in else self._in

    def handle_data(self, data: str) -> None:
        if self._in == "h2":
            self.questions[-1] += data
        elif self._in == "blockquote":
            self.quotes[-1] += data


def asking(url: str) -> dict[str, Any]:
    """The event by which the page asks, with nothing in its inputs."""
    config = httpx.get(f"{url}/config", trust_env=False, timeout=120).json()
    parts = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
    found = next(
        d
        for d in config["dependencies"]
        if any(event == "submit" and parts[at] == "conversation" for at, event in d["targets"])
    )
    return {"fn_index": found["id"], "data": [None] * len(found["inputs"])}
