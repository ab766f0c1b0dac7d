"""What fails on the page, or comes at an odd moment: it is said where it was done, nothing hangs, and
it can be done again."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatting import PENGUINS, SIZES, ChatPage, House, begin, free_port, served_at
from playwright.sync_api import Browser, Page, Route, expect

pytestmark = pytest.mark.browser
SLOW = "Where, after a slow while, do the penguins of Ashdown live?"
SEVERAL = "What may penguins do at the ferry: board free of charge?"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


@pytest.fixture
def cut(lone: Page, house: House) -> Iterator[ChatPage]:
    """A page whose requests may fail; none of its scripts does."""
    faults: list[str] = []
    lone.on("pageerror", lambda error: faults.append(str(error)))
    lone.goto(house.url)
    expect(lone.get_by_role("heading", name="Ask your documents")).to_be_visible()
    yield ChatPage(lone)
    assert faults == []


def test_without_a_clipboard_one_copies_too_and_twice(chat: ChatPage) -> None:
    """As on plain http; and the button has its name again afterwards."""
    page, box = chat.page, chat.page.get_by_label("Your question")
    page.evaluate(NO_CLIPBOARD)
    turn = chat.ask(PENGUINS)
    expect(chat.mark).to_have_count(1)
    chat.mark.evaluate("mark => mark.remove()")  # as when its part of the text is far away
    for button, copied in (
        (turn.locator('[data-action="copy"]'), "[1] “The penguins"),
        (chat.source.locator(".copy[data-text]"), "— The harbour of Ashdown ›"),
        (chat.source.locator(".copy:not([data-text])"), "harbour.txt:49-104"),
    ):
        name = button.inner_text()
        button.click()
        expect(button).to_have_text("Copied")
        button.click()
        expect(button).to_have_text(name)
        box.fill("")
        box.press("Control+v")
        expect(box).to_have_value(re.compile(re.escape(copied)))
    box.fill("")


def test_what_cannot_be_done_is_said(cut: ChatPage) -> None:
    """Choosing, marking and an update whose end is lost; nothing looks done that isn't."""
    page = cut.page
    page.route("**/page/marks", lambda route: route.abort())
    turn = cut.ask(PENGUINS)
    good = turn.get_by_role("button", name="Good quote, quote 1")
    good.click()
    expect(turn.get_by_role("alert")).to_have_text("This couldn’t be kept.")
    expect(good).to_have_attribute("aria-pressed", "false")
    page.unroute("**/page/marks")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(turn.get_by_role("alert")).to_have_count(0)
    good.click()

    cut.documents()
    news = page.locator(".news")
    page.route("**/page/documents/ids*", lambda route: route.abort())
    page.get_by_label("Filter documents").fill("almanac")
    found = page.get_by_label("Ask all of these")
    found.click()
    expect(news).to_contain_text("can’t be chosen")
    expect(found).to_be_checked()

    idle = {"running": False, "line": "", "share": None, "number": 0, "ended": "", "outcome": ""}
    page.route(
        "**/page/update*",
        lambda route: route.fulfill(json={"after": 7} if route.request.post_data else idle),
    )
    page.get_by_role("button", name="Rebuild the index").click()
    expect(news).to_contain_text("The server was started again")


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_a_source_that_does_not_come_is_said_in_its_pane(
    chromium: Browser, look: tuple[str, tuple[int, int]], house: House, tmp_path: Path
) -> None:
    """Of a quote and of a document, where the server is gone; what is open stays. Once it is back,
    the same number opens it."""
    _, (width, height) = look
    page = chromium.new_page(viewport={"width": width, "height": height})
    port = free_port()
    with served_at(house, port, tmp_path) as url:
        page.goto(url)
        chat = ChatPage(page)
        chips = chat.ask(SEVERAL).locator(".chip")
        first = chat.mark.text_content() or ""
        document = chat.documents().get_by_role("button", name="The harbour of Ashdown")
        expect(document).to_be_visible()
    said = chat.source.get_by_role("alert")
    document.click()
    expect(said).to_be_visible()
    expect(said).to_contain_text("harbour.txt can’t be opened: the page’s server doesn’t answer")
    check = page.get_by_label("A quotation, or a whole answer that quotes")
    page.get_by_role("tab", name="Check a quote").click()  # Gradio's own word lies not over it
    check.fill("“Nobody feeds them”")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("Not checked: the server doesn’t answer.")).to_be_visible()
    page.get_by_role("tab", name="Source").click()
    chat.to_conversation()
    chips.nth(1).click()
    expect(said).to_contain_text("Quote 2 can’t be opened")
    expect(said).to_contain_text("Choose it again")
    expect(said).to_be_visible()
    expect(chat.mark).to_have_text(first)

    with served_at(house, port, tmp_path):
        expect(said).to_have_count(0)  # Gradio loads the page anew
        chat.to_conversation()
        chips.nth(1).click()
        expect(chat.source.locator(".label")).to_contain_text("Quote 2 of")
        expect(said).to_have_count(0)
        page.close()


def test_a_source_that_is_refused_is_said_and_opens_at_the_next_click(cut: ChatPage) -> None:
    """As where too many questions wait, or nobody is logged in any more."""
    page = cut.page
    chips = cut.ask(SEVERAL).locator(".chip")
    expect(cut.mark).to_have_count(1)
    said = cut.source.get_by_role("alert")
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "full"}))
    chips.nth(1).click()
    expect(said).to_contain_text("Quote 2 can’t be opened: too many questions wait")
    page.route("**/app_id", lambda route: route.fulfill(status=401))
    chips.nth(2).click()
    expect(said).to_contain_text("Quote 3 can’t be opened: you are no longer logged in")
    expect(said.get_by_role("link", name="Log in again")).to_be_visible()
    page.unroute("**/app_id")
    page.unroute("**/queue/join*")
    chips.nth(1).click()
    expect(cut.source.locator(".label")).to_contain_text("Quote 2 of")
    expect(said).to_have_count(0)


def test_where_the_server_is_lost_an_update_is_not_shown_as_going_on(cut: ChatPage) -> None:
    """Its bar goes away, and it is said in words of ours."""
    page = cut.page
    cut.documents()
    running = {"running": True, "line": "Reading what is new", "share": 0.7, "number": 0}
    lost = threading.Event()

    def answer(route: Route) -> None:
        if lost.is_set():
            route.abort()
        else:
            route.fulfill(json={"after": 0} if route.request.post_data else running)

    page.route("**/page/update*", answer)
    page.get_by_role("button", name="Rebuild the index").click()
    expect(page.locator(".updating")).to_contain_text("Reading what is new")
    lost.set()
    expect(page.locator(".news")).to_contain_text("The server doesn’t answer; try again.")
    expect(page.locator(".updating")).to_be_hidden()
    page.get_by_role("button", name="Rebuild the index").click()
    expect(page.locator(".news li")).to_have_count(2)


def test_all_that_is_ticked_singly_is_all(chat: ChatPage) -> None:
    found = chat.documents()
    every = chat.page.get_by_label("Ask all", exact=True)
    every.uncheck()
    expect(chat.page.locator("#scope")).to_contain_text("Asking none of 3 documents")
    for name in ("almanac.txt", "harbour.txt", "hostile.md"):
        assert not every.is_checked()
        found.get_by_label(f"Ask {name}").check()
    expect(every).to_be_checked()
    assert every.evaluate("box => box.indeterminate") is False
    expect(chat.page.locator(".scope")).to_have_count(0)


def test_escape_closes_a_dialog_first_and_stops_what_is_not_shown_too(
    chat: ChatPage, gate: threading.Event
) -> None:
    """A question goes on while the dialog has the keys. It is stopped also where Gradio has just
    made the conversation anew, and what shows it isn't there yet."""
    page = chat.page
    asking = begin(chat, SLOW)
    chat.documents()
    page.get_by_role("button", name="Remove harbour.txt").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(asking).to_have_count(1)

    page.evaluate("document.querySelector('.asking').remove()")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Your question")).to_have_value(SLOW)
    page.get_by_label("Your question").fill("")
