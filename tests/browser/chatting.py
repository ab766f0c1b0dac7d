"""What the page's tests share: a small corpus with its page, and the page as its user sees it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from pp_qa.assistant import Assistant
from pp_qa.indexing import update
from pp_qa.interfaces.web.server import listen, make_server
from pp_qa.protocols import IndexStore
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader

DESKTOP, PHONE = (1280, 800), (390, 844)
LOOKS = [
    pytest.param(("light", DESKTOP), id="desktop-light"),
    pytest.param(("light", PHONE), id="phone-light"),
    pytest.param(("dark", DESKTOP), id="desktop-dark"),
    pytest.param(("dark", PHONE), id="phone-dark"),
]
"""What a test of everything that a point of the page promises runs in: README.md says which."""
SIZES = LOOKS[::3]
"""For a test of what depends on the size: each size in a scheme of its own."""
SCHEMES = LOOKS[::2]

HARBOUR = """The harbour of Ashdown

Where the penguins live

The penguins of Ashdown live behind the old lighthouse. Nobody feeds them.

The keeper may enter the colony only with:
- a lantern
- two witnesses
- a dry coat

When the ferry sails

The ferry sails at seven from the northern quay. Penguins may board the ferry free of charge.
"""
PENGUINS = "Where do the penguins of Ashdown live?"
"""What it answers."""
HOSTILE = """# Manual <script>window.hacked = 1</script>

The wombat password needs <img src=http://evil.example/a.png onerror="window.hacked=2"> twelve \
letters, `code`, $x^2$, ![x](http://evil.example/b.png) and [a link](http://evil.example/c).

The wombat template says ${window.hacked=3} and {{value}} and \u202egnihton\u202c else.

<iframe src="http://evil.example/d"></iframe> is how a wombat frame looks.
"""
STALE = "The almanac counts nineteen moons over Ashdown.\n"


@dataclass
class House:
    """A corpus, an assistant over it, and the page served from a thread."""

    corpus: Path
    store: IndexStore = field(default_factory=MemoryStore)
    url: str = ""

    def __post_init__(self) -> None:
        self.settings = Settings(corpus_dir=self.corpus)
        self.embedder = FakeEmbedder()
        self.assistant = Assistant(
            self.store, self.embedder, FakeReader(), self.settings, 0.5, lambda _: self.store
        )

    def index(self) -> None:
        self.store, _ = update(self.store, self.embedder, self.corpus, self.settings)

    def text(self, doc_id: str) -> str:
        return self.store.document(doc_id).text


@dataclass
class ChatPage:
    """The page as its user sees it."""

    page: Page

    def ask(self, question: str) -> Locator:
        """Type a question, press Enter, and give the new exchange, with what came of it."""
        self.to_conversation()
        before = self.turns.count()
        box = self.page.get_by_label("Your question")
        box.fill(question)
        box.press("Enter")
        expect(self.turns).to_have_count(before + 1)
        return self.turns.nth(before)

    def to_conversation(self) -> None:
        """On a narrow window another pane may be in front."""
        aside = self.page.get_by_role("tab", name="Conversation", selected=False)
        if aside.count():
            aside.click()

    def documents(self) -> Locator:
        """The list of documents, after its tab was opened."""
        self.page.get_by_role("tab", name="Documents").click()
        return self.page.get_by_role("list", name="Documents")

    def start_anew(self) -> None:
        self.page.get_by_role("button", name="New chat").click()
        expect(self.turns).to_have_count(0)

    @property
    def turns(self) -> Locator:
        """The exchanges that are done."""
        return self.page.locator("article.turn:not(.asking)")

    @property
    def source(self) -> Locator:
        return self.page.locator("#source")

    @property
    def mark(self) -> Locator:
        return self.source.locator("mark")


@contextmanager
def served(house: House, notice: str = "") -> Iterator[None]:
    """The page of a house, while this lasts; `url` says where."""
    with listen("127.0.0.1", free_port()) as listening:
        house.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server = make_server(house.assistant, "127.0.0.1", notice=notice)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive(), "the server did not stop"


@contextmanager
def served_at(house: House, port: int, state: Path, auth: Path | None = None) -> Iterator[str]:
    """The address of the page of a house, on a port and with conversations that outlast it."""
    with listen("127.0.0.1", port) as listening:
        server = make_server(house.assistant, "127.0.0.1", state=state, auth=auth)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
    assert not thread.is_alive(), "the server did not stop"


def begin(chat: ChatPage, question: str) -> Locator:
    """Ask without waiting for what comes of it."""
    box = chat.page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    return chat.page.locator(".asking")


def questions(chat: ChatPage) -> list[str]:
    return chat.turns.locator("h2").all_inner_texts()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
