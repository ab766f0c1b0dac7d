"""A real page in a real browser, over a small corpus and the deterministic fakes."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import get_chromium
import pytest
from chatting import HARBOUR, HOSTILE, STALE, ChatPage, House, served
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from pp_qa.types import Hit, Reading

expect.set_options(timeout=20_000)  # a busy machine is no failure
CI = os.environ.get("CI", "").lower() == "true"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
LEFT = ("AbortError: signal is aborted", "Unexpected error Connection errored out")
"""What the console says of requests that were under way when a page was left."""


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    corpus = tmp_path_factory.mktemp("corpus")
    (corpus / "harbour.txt").write_text(HARBOUR, encoding="utf-8")
    (corpus / "hostile.md").write_text(HOSTILE, encoding="utf-8")
    (corpus / "almanac.txt").write_text(STALE, encoding="utf-8")
    (corpus / "broken.pdf").write_bytes(b"this is no PDF")
    house = House(corpus)
    house.index()
    (corpus / "almanac.txt").write_text("The almanac was lost.\n", encoding="utf-8")
    with served(house, notice="One thing to know."):
        yield house


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = get_chromium.find()
    if found is None:
        (pytest.fail if CI else pytest.skip)(get_chromium.MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def look(request: pytest.FixtureRequest) -> tuple[str, tuple[int, int]]:
    """Colour scheme and window size; a test of several looks gives it by `parametrize`."""
    return getattr(request, "param", ("light", (1280, 800)))


@pytest.fixture
def blank(chromium: Browser, look: tuple[str, tuple[int, int]]) -> Iterator[Page]:
    """An empty page. What it asks of another machine is refused, and fails the test, as does
    any error on its console."""
    scheme, (width, height) = look
    foreign: list[str] = []
    faults: list[str] = []

    def only_local(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            route.abort()

    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.route("**/*", only_local)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
            else foreign.append(r.url)
        ),
    )
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert foreign == []
    assert [f for f in faults if not f.startswith(LEFT)] == []


@pytest.fixture
def chat(blank: Page, house: House) -> ChatPage:
    blank.goto(house.url)
    expect(blank.get_by_role("heading", name="Ask your documents")).to_be_visible()
    return ChatPage(blank)


@pytest.fixture
def apart(chromium: Browser, house: House) -> Iterator[ChatPage]:
    """A page on whose console errors may stand: the browser notes there what is refused."""
    page = chromium.new_page()
    page.goto(house.url)
    yield ChatPage(page)
    page.close()


@pytest.fixture
def gate(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A question with the word "slow" is answered when this is set."""
    gate = threading.Event()
    read = house.assistant.reader.read

    def wait(question: str, hits: Sequence[Hit]) -> Reading:
        if "slow" in question:
            assert gate.wait(30)
        return read(question, hits)

    monkeypatch.setattr(house.assistant.reader, "read", wait)
    yield gate
    gate.set()


@pytest.fixture
def lone(chromium: Browser) -> Iterator[Page]:
    """A page that may ask of another machine, and whose console may tell of what failed."""
    context = chromium.new_context()
    page = context.new_page()
    yield page
    context.close()
