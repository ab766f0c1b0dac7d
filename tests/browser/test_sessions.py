"""What ends meanwhile: the server, a session, the page itself. Nothing that was typed is lost."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from chatting import ChatPage, House, begin, free_port, questions, served_at
from playwright.sync_api import Page, expect

from pp_qa.interfaces import users

pytestmark = pytest.mark.browser
PENGUINS = "Where do the penguins of Ashdown live?"
FERRY = "When does the ferry sail from the northern quay?"
SLOW = "Where, after a slow while, do the penguins of Ashdown live?"
OPENING = "Ask your documents"


def opened(page: Page, url: str) -> ChatPage:
    page.goto(url)
    expect(page.get_by_role("heading", name=OPENING)).to_be_visible()
    return ChatPage(page)


def log_in(page: Page) -> None:
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.locator(".who")).to_contain_text("ann")


def test_a_server_that_is_gone_is_told_and_the_question_asked_once_it_is_back(
    lone: Page, house: House, tmp_path: Path
) -> None:
    """The page goes on with its conversation, which the new server has never seen."""
    port = free_port()
    box = lone.get_by_label("Your question")
    with served_at(house, port, tmp_path) as url:
        chat = opened(lone, url)
        chat.ask(PENGUINS)
    asking = begin(chat, FERRY)
    expect(asking.get_by_role("alert")).to_contain_text("server doesn’t answer", timeout=5_000)
    expect(asking.get_by_text("Searching the documents")).to_be_hidden()
    expect(box).to_have_value(FERRY)

    with served_at(house, port, tmp_path):
        asking.get_by_role("button", name="Ask again").click()
        expect(chat.turns).to_have_count(2)
        assert questions(chat) == [PENGUINS, FERRY]
        expect(box).to_have_value("")
        lone.reload()
        expect(chat.turns).to_have_count(2)
        expect(box).to_have_value("")
        lone.close()


def test_a_server_that_goes_while_a_question_runs_is_told(
    lone: Page, house: House, gate: threading.Event
) -> None:
    """The question stands in the box again, after a reload too."""
    chat = opened(lone, house.url)
    asking = begin(chat, SLOW)
    expect(asking).to_contain_text("Searching the documents")
    lone.route("**/app_id", lambda route: route.abort())
    expect(asking.get_by_role("alert")).to_contain_text("server doesn’t answer", timeout=8_000)
    box = lone.get_by_label("Your question")
    expect(box).to_have_value(SLOW)
    lone.unroute("**/app_id")
    lone.reload()
    expect(box).to_have_value(SLOW)


def test_what_is_typed_outlasts_the_page(chat: ChatPage) -> None:
    """Until it is answered; another tab has its own."""
    box = chat.page.get_by_label("Your question")
    box.fill(PENGUINS)
    chat.page.reload()
    expect(box).to_have_value(PENGUINS)
    box.press("Enter")
    expect(chat.turns).to_have_count(1)
    chat.page.reload()
    expect(chat.turns).to_have_count(1)
    expect(box).to_have_value("")


def test_a_session_that_has_ended_leads_to_the_login_and_back(
    lone: Page, house: House, tmp_path: Path
) -> None:
    """After a restart nobody is logged in: the page says so, and the question is not lost. Who
    logs out leaves nothing to the next."""
    users.add(tmp_path / "users", "ann", "correct horse")
    port = free_port()
    box = lone.get_by_label("Your question")
    with ExitStack() as first:
        url = first.enter_context(served_at(house, port, tmp_path, tmp_path / "users"))
        lone.goto(url)
        log_in(lone)
        chat = ChatPage(lone)
        chat.ask(PENGUINS)
    with served_at(house, port, tmp_path, tmp_path / "users"):
        asking = begin(chat, FERRY)
        expect(asking.get_by_role("alert")).to_contain_text("You are no longer logged in")
        lone.get_by_role("link", name="Log in again").click()
        log_in(lone)
        expect(chat.turns).to_have_count(1)
        expect(box).to_have_value(FERRY)
        box.press("Enter")
        expect(chat.turns).to_have_count(2)

        box.fill("A word that is nobody’s")
        lone.route("**/logout", lambda route: route.abort())
        lone.get_by_role("button", name="Log out").click()
        expect(lone.locator(".who").get_by_role("alert")).to_contain_text("Not logged out")
        lone.unroute("**/logout")
        lone.get_by_role("button", name="Log out").click()
        log_in(lone)
        expect(chat.turns).to_have_count(2)
        expect(box).to_have_value("")
        lone.close()


def test_enter_asks_nothing_where_nothing_is_typed(chat: ChatPage) -> None:
    box = chat.page.get_by_label("Your question")
    box.fill("  \n ")
    box.press("Enter")
    chat.page.get_by_role("button", name="Ask", exact=True).click()
    expect(box).to_be_focused()
    expect(chat.page.locator(".asking")).to_have_count(0)
    expect(chat.page.get_by_role("heading", name=OPENING)).to_be_visible()


def test_a_second_question_waits_for_the_first(chat: ChatPage, gate: threading.Event) -> None:
    """It stands in the box meanwhile and is said to wait; stopping the first one keeps it there."""
    box = chat.page.get_by_label("Your question")
    asking = begin(chat, SLOW)
    box.fill(FERRY)
    box.press("Enter")
    expect(asking.get_by_role("status")).to_contain_text("when this one is answered")
    expect(box).to_have_value(FERRY)
    gate.set()
    expect(chat.turns).to_have_count(2)
    assert questions(chat) == [SLOW, FERRY]
    expect(box).to_have_value("")

    gate.clear()
    begin(chat, SLOW)
    box.fill(PENGUINS)
    box.press("Enter")
    chat.page.keyboard.press("Escape")
    gate.set()
    chat.page.wait_for_timeout(500)
    expect(box).to_have_value(PENGUINS)
    assert questions(chat) == [SLOW, FERRY]
