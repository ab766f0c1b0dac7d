"""Conversations are kept, marked, saved, linked to, and their owner's alone."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from chatting import LOOKS, PENGUINS, SIZES, ChatPage, House, free_port, served_at
from colours import faint
from playwright.sync_api import Page, expect

from pp_qa.interfaces import users
from pp_qa.interfaces.web.history import History

pytestmark = pytest.mark.browser
FERRY = "When does the ferry sail from the northern quay?"
EMPEROR = "Which emperor crossed granite mountains yesterday?"


@pytest.fixture
def url(house: House, tmp_path: Path, blank: Page) -> Iterator[str]:
    with served_at(house, free_port(), tmp_path) as address:
        yield address
        blank.goto("about:blank")  # a page that loses its server says so on its console


def begun(page: Page, url: str) -> ChatPage:
    page.goto(url)
    expect(page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    return ChatPage(page)


def show_chats(page: Page) -> None:
    page.get_by_role("tab", name="Chats").click()
    expect(page.locator(".chats")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_conversations_survive_a_restart(house: House, blank: Page, tmp_path: Path) -> None:
    """The page comes back to the last one; an older one opens from the list, its quotes too."""
    port = free_port()
    with served_at(house, port, tmp_path) as url:
        chat = begun(blank, url)
        chat.ask(PENGUINS)
        chat.ask(FERRY)
        chat.start_anew()
        chat.ask(EMPEROR)
        blank.goto("about:blank")
    with served_at(house, port, tmp_path) as url:
        blank.goto(url)
        expect(chat.turns).to_have_count(1)
        expect(chat.turns.locator(".asked")).to_have_text(EMPEROR)

        show_chats(blank)
        expect(blank.locator(".chat")).to_have_count(2)
        blank.get_by_role("button", name=PENGUINS, exact=True).click()
        expect(chat.turns).to_have_count(2)
        chat.turns.first.get_by_role("button", name="Show 1 in its source").click()
        expect(chat.mark.first).to_have_text(re.compile("live behind the old lighthouse"))
        expect(chat.source).not_to_contain_text("has changed since")

        blank.reload()
        expect(chat.turns).to_have_count(2)
        blank.goto("about:blank")


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_the_list_finds_renames_and_deletes(blank: Page, url: str, tmp_path: Path) -> None:
    """By the keyboard too; nothing is deleted before it is confirmed; the page never scrolls
    sideways."""
    chat = begun(blank, url)
    chat.ask(PENGUINS)
    chat.start_anew()
    chat.ask(EMPEROR)
    show_chats(blank)
    rows = blank.locator(".chat")
    expect(rows).to_have_count(2)

    blank.get_by_label("Search your chats").fill("penguins")
    expect(rows).to_have_count(1)
    blank.get_by_role("button", name=f"Rename: {PENGUINS}").click()
    blank.get_by_label("New name of this chat").fill("About birds")
    blank.keyboard.press("Enter")
    expect(blank.get_by_role("button", name="About birds", exact=True)).to_be_visible()
    blank.get_by_label("Search your chats").fill("")
    expect(rows).to_have_count(2)
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert blank.evaluate(width) == 0

    blank.get_by_role("button", name="Delete: About birds").focus()
    blank.keyboard.press("Enter")
    blank.keyboard.press("Enter")  # the focus is on Keep
    expect(rows).to_have_count(2)
    blank.get_by_role("button", name=f"Delete: {EMPEROR}").click()
    rows.first.get_by_role("button", name="Delete", exact=True).click()
    expect(rows).to_have_count(1)
    expect(chat.turns).to_have_count(0)  # it was open
    blank.get_by_role("button", name="Delete all chats…").click()
    blank.get_by_role("button", name="Delete all", exact=True).click()
    expect(blank.locator(".chats")).to_contain_text("Your chats will be listed here")
    assert b"penguins" not in (tmp_path / "chats.sqlite").read_bytes().lower()


def test_enter_that_ends_a_composition_ends_no_renaming(blank: Page, url: str) -> None:
    """An input method takes Enter and Esc for itself while it puts a word together."""
    begun(blank, url).ask(PENGUINS)
    show_chats(blank)
    blank.get_by_role("button", name=f"Rename: {PENGUINS}").click()
    field = blank.get_by_label("New name of this chat")
    field.fill("企鹅")
    for key in ("Enter", "Escape"):
        field.dispatch_event("keydown", {"key": key, "isComposing": True})
        expect(field).to_have_value("企鹅", timeout=2_000)
    field.press("Enter")
    expect(blank.get_by_role("button", name="Rename: 企鹅")).to_be_visible()


@pytest.mark.parametrize("deed", ["rename", "delete"])
def test_a_late_reply_does_not_bring_back_the_list_of_an_earlier_search(
    blank: Page, url: str, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    """One types on while a chat is renamed or deleted: the list is that of what stands in the
    search, with what was done."""
    chat = begun(blank, url)
    for question in (PENGUINS, EMPEROR):
        chat.ask(question)
        chat.start_anew()
    gate, act = threading.Event(), getattr(History, deed)

    def slow(*given: str) -> None:
        assert gate.wait(30)
        act(*given)

    monkeypatch.setattr(History, deed, slow)
    show_chats(blank)
    rows, search = blank.locator(".chat"), blank.get_by_label("Search your chats")
    search.fill("penguins")
    expect(rows).to_have_count(1)
    if deed == "rename":
        blank.get_by_role("button", name=f"Rename: {PENGUINS}").click()
        blank.get_by_label("New name of this chat").fill("About birds")
        blank.keyboard.press("Enter")
    else:
        blank.get_by_role("button", name=f"Delete: {PENGUINS}").click()
        rows.get_by_role("button", name="Delete", exact=True).click()
    search.fill("")
    expect(rows).to_have_count(2)
    gate.set()
    there = 2 if deed == "rename" else 1
    expect(blank.get_by_role("button", name="Rename: About birds")).to_have_count(there - 1)
    expect(rows).to_have_count(there)
    blank.wait_for_timeout(1_000)  # nothing else comes
    expect(rows).to_have_count(there)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_quotes_and_abstentions_are_marked(blank: Page, url: str, tmp_path: Path) -> None:
    """What was said stays after a reload and the next question, and can be taken back."""
    file = tmp_path / "feedback.jsonl"
    chat = begun(blank, url)
    turn = chat.ask(PENGUINS)
    good = turn.get_by_role("button", name="Good quote, quote 1")
    wrong = turn.get_by_role("button", name="Wrong quote, quote 1")
    source = chat.source.inner_text()
    with blank.expect_response("**/page/marks"):
        good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    assert chat.source.inner_text() == source
    with blank.expect_response("**/page/marks"):
        wrong.click()
    expect(good).to_have_attribute("aria-pressed", "false")
    refusal = chat.ask(EMPEROR)
    expect(wrong).to_have_attribute("aria-pressed", "true")
    with blank.expect_response("**/page/marks"):
        refusal.get_by_role("button", name="The documents do answer this").click()

    blank.reload()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    with blank.expect_response("**/page/marks"):
        wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "false")
    said = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(m["number"], m["mark"]) for m in said] == [
        (1, "like"), (1, "wrong"), (0, "wrong"), (1, ""),
    ]  # fmt: skip
    assert said[0]["text"] == "The penguins of Ashdown live behind the old lighthouse."


def test_chats_and_answers_are_saved(blank: Page, url: str, tmp_path: Path) -> None:
    """Each format, of a chat and of an answer; the page that is saved loads nothing and runs
    nothing."""
    chat = begun(blank, url)
    turn = chat.ask(PENGUINS)
    chat.ask("What does the wombat password need?")
    turn.locator("summary", has_text="Save").click()
    show_chats(blank)
    saved = {}
    for place, of in ((turn, "this answer"), (blank.locator(".chat"), f"“{PENGUINS}”")):
        for kind in ("Markdown", "Web page", "JSON"):
            with blank.expect_download() as waiting:
                place.get_by_role("link", name=f"Save {of} as {kind}").click()
            file = tmp_path / waiting.value.suggested_filename
            assert re.fullmatch(r"pp_qa-Where-do-the-penguins-of-Ashdown-live\.\w+", file.name)
            waiting.value.save_as(file)
            saved[of, kind] = file.read_text(encoding="utf-8")
    assert all("live behind the old lighthouse" in text for text in saved.values())
    assert all(("wombat" in text) is (of != "this answer") for (of, _), text in saved.items())
    message = json.loads(saved["this answer", "JSON"])["messages"][1]
    assert message["content"][0]["citations"][0]["type"] == "char_location"

    whole = saved[f"“{PENGUINS}”", "Web page"]
    asked: list[str] = []
    blank.on("request", lambda request: asked.append(request.url))
    blank.set_content(whole)
    assert asked == []
    assert blank.evaluate("window.hacked") is None
    expect(blank.get_by_text("onerror=", exact=False).first).to_be_visible()


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_a_link_leads_to_one_answer(blank: Page, url: str) -> None:
    """With its quotes, and the way to the whole chat; a wrong one says so."""
    chat = begun(blank, url)
    chat.ask(PENGUINS)
    turn = chat.ask(FERRY)
    address = turn.get_by_role("button", name="Copy link").get_attribute("data-text")
    assert re.fullmatch(r"/\?answer=[0-9a-f]{24}", address or "")

    blank.goto(url.rstrip("/") + (address or ""))
    expect(chat.turns).to_have_count(1)
    expect(chat.turns.locator(".asked")).to_have_text(FERRY)
    expect(blank.locator("#notice")).to_contain_text("This is one answer of the chat")
    blank.get_by_role("link", name="Show the whole chat").click()
    expect(chat.turns).to_have_count(2)

    blank.goto(url + "?answer=none")
    expect(blank.locator("#notice")).to_contain_text("There is no such answer here")


def test_a_chat_goes_on_from_a_link(blank: Page, url: str) -> None:
    """What is asked there is still there after a reload, with the chat that it belongs to."""
    chat = begun(blank, url)
    address = chat.ask(PENGUINS).get_by_role("button", name="Copy link").get_attribute("data-text")
    chat.ask(FERRY)
    blank.goto(url.rstrip("/") + (address or ""))
    expect(chat.turns).to_have_count(1)
    chat.ask(EMPEROR)
    blank.reload()
    expect(chat.turns.locator(".asked")).to_have_text([PENGUINS, FERRY, EMPEROR])


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_users_log_in_and_out(house: House, blank: Page, tmp_path: Path) -> None:
    """A wrong password is said to be one; after logging in the page is as ever, after logging
    out there is nothing of it."""
    users.add(tmp_path / "users", "ann", "correct horse")
    with served_at(house, free_port(), tmp_path, auth=tmp_path / "users") as url:
        blank.goto(url)
        assert faint(blank) == []
        blank.get_by_label("Name").fill("ann")
        blank.get_by_label("Password").fill("correct horse")
        blank.keyboard.press("Enter")
        expect(blank.locator(".who")).to_contain_text("ann")
        chat = ChatPage(blank)
        chat.ask(PENGUINS)
        blank.get_by_role("button", name="Log out").click()
        expect(blank.get_by_role("button", name="Log in")).to_be_visible()
        assert "penguins" not in blank.content()
        blank.go_back()
        expect(blank.get_by_role("button", name="Log in")).to_be_visible()
        blank.goto("about:blank")
