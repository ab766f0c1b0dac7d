"""A page as a program sees it: the requests that its script sends, over a real socket."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from pp_qa.assistant import Assistant
from pp_qa.interfaces.web.server import listen, make_server


@contextmanager
def served(
    assistant: Assistant | None, state: Path | None = None, auth: Path | None = None
) -> Iterator[str]:
    """The address of a page that is served meanwhile."""
    with listen("127.0.0.1", 0) as listening:
        server = make_server(assistant, "127.0.0.1", state=state, auth=auth)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
    assert not thread.is_alive(), "the server did not stop"


@dataclass
class Visit:
    """One open page of one browser."""

    client: httpx.Client
    page: str = field(default_factory=lambda: secrets.token_hex(6))

    def __post_init__(self) -> None:
        self.client.get("/")
        self.config: dict[str, Any] = self.client.get("/config").json()

    def event(self, name: str, part: str = "", wish: Any = None, **query: str) -> list[Any]:
        """What an event of a part of the page gives, a value for each output; `part` is the
        elem_id, "" the page itself."""
        ids = {c["props"].get("elem_id"): c["id"] for c in self.config["components"]}
        (event,) = (
            d
            for d in self.config["dependencies"]
            if any(t[1] == name and (t[0] == ids[part] if part else True) for t in d["targets"])
        )
        joined = self.join(event["id"], [None] * len(event["inputs"]), wish, **query)
        joined.raise_for_status()
        with self.client.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": self.page}
        ) as stream:
            stream.raise_for_status()
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data: ")) if line else {}
                if message.get("msg") == "process_completed":
                    assert message["success"], message
                    return list(message["output"]["data"])
        raise AssertionError("the page gave no answer")

    def join(self, event: int, data: list[Any], wish: Any = None, **query: str) -> httpx.Response:
        body = {"data": data, "event_data": wish, "fn_index": event, "session_hash": self.page}
        return self.client.post("/gradio_api/queue/join", json=body, params=query)

    def ask(self, question: str) -> str:
        """The conversation after one more question."""
        return str(self.event("submit", "conversation", {"question": question})[0])

    def arrive(self, **query: str) -> str:
        """All that the page shows when it is opened."""
        return json.dumps(self.event("load", **query))


def browser(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=60, trust_env=False)
