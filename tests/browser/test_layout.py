"""Where the parts of the page stand: beside each other, or on a narrow window one at a time."""

from __future__ import annotations

import re

import pytest
from chatting import LOOKS, PENGUINS, ChatPage, House
from playwright.sync_api import Locator, expect

from pp_qa.testing import make_document, make_entry
from pp_qa.types import ChangeSet

pytestmark = pytest.mark.browser
NARROW = [LOOKS[1]]
TABS = ("Source", "Documents", "Check a quote", "Chats")
FERRY = "When does the ferry sail?"


def tab(chat: ChatPage, name: str) -> Locator:
    return chat.page.get_by_role("tab", name=name)


def conversation(chat: ChatPage) -> Locator:
    return chat.page.get_by_role("log", name="Conversation")


def scrolled(chat: ChatPage) -> float:
    return float(chat.page.locator("#conversation").evaluate("e => e.scrollTop"))


@pytest.mark.parametrize("look", NARROW, indirect=True)
def test_a_narrow_window_shows_one_pane_at_a_time(chat: ChatPage) -> None:
    """However long the conversation is, the bar is there, and nothing scrolls but the pane."""
    for _ in range(3):
        chat.ask(PENGUINS)
    for name in (*TABS, "Conversation"):
        tab(chat, name).click()
        expect(tab(chat, name)).to_have_attribute("aria-selected", "true")
        expect(chat.page.locator("[role=tab][aria-selected=true]:visible")).to_have_count(1)
        expect(tab(chat, name)).to_be_in_viewport(ratio=1)
        expect(conversation(chat)).to_be_visible(visible=name == "Conversation")
        expect(chat.page.get_by_label("Your question")).to_be_visible(
            visible=name == "Conversation"
        )
    height = "document.documentElement.scrollHeight - document.documentElement.clientHeight"
    assert chat.page.evaluate(height) == 0


@pytest.mark.parametrize("look", NARROW, indirect=True)
def test_from_a_number_to_its_source_and_back(chat: ChatPage) -> None:
    """The source takes the whole window; back, the conversation is where it was."""
    chat.ask(FERRY)
    chat.ask(PENGUINS)
    chip = chat.turns.first.locator(".chip").first
    chip.scroll_into_view_if_needed()
    before = scrolled(chat)
    chip.click()
    expect(chat.mark).to_be_in_viewport()
    expect(conversation(chat)).to_be_hidden()
    width = chat.source.evaluate("e => e.clientWidth / document.documentElement.clientWidth")
    assert width == 1
    expect(chat.source.locator(".text")).to_be_focused()

    chat.page.get_by_role("button", name="Back to the conversation").press("Enter")
    expect(chip).to_be_in_viewport()
    expect(chip).to_be_focused()
    assert abs(scrolled(chat) - before) < 2


@pytest.mark.parametrize("look", NARROW, indirect=True)
def test_what_is_done_to_the_conversation_brings_it_to_the_front(chat: ChatPage) -> None:
    """A new chat, a chat that is opened, and the key to the question."""
    chat.ask(PENGUINS)
    tab(chat, "Documents").click()
    chat.page.keyboard.press("/")
    expect(chat.page.get_by_label("Your question")).to_be_focused()
    tab(chat, "Documents").click()
    chat.page.get_by_role("button", name="New chat").click()
    expect(chat.page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    tab(chat, "Chats").click()
    chat.page.locator("#chats .open").first.click()
    expect(chat.turns.first).to_be_visible()


@pytest.mark.parametrize("look", NARROW, indirect=True)
def test_what_came_of_a_check_is_seen(chat: ChatPage) -> None:
    """Nothing lies over it, however long the text that was pasted."""
    tab(chat, "Check a quote").click()
    text = "“Nobody feeds them” " * 12
    chat.page.get_by_label("A quotation, or a whole answer that quotes").fill(text)
    chat.page.get_by_role("button", name="Check", exact=True).click()
    tally = chat.page.locator("#checks .tally")
    expect(tally).to_be_in_viewport(ratio=1)
    on_top = """e => {
        const r = e.getBoundingClientRect();
        return e.contains(document.elementFromPoint(r.left + r.width / 2, r.bottom - 4));
    }"""
    assert tally.evaluate(on_top)
    expect(chat.page.locator("#checks .check").first).to_be_in_viewport(ratio=1)


def test_an_answer_leaves_the_tab_that_is_read(chat: ChatPage) -> None:
    """The tab of the source says that there is something new, and shows it when it is opened."""
    tab(chat, "Documents").click()
    chat.page.get_by_role("searchbox").fill("harbour")
    chat.ask(PENGUINS)
    expect(chat.turns.first.locator(".chip[aria-current]")).to_have_count(1)
    expect(tab(chat, "Documents")).to_have_attribute("aria-selected", "true")
    fresh = chat.page.get_by_role("tab", name=re.compile("Source.*new"))
    expect(fresh).to_be_visible()

    fresh.click()
    expect(chat.mark).to_be_in_viewport()
    expect(fresh).to_have_count(0)
    tab(chat, "Chats").click()
    chat.turns.first.locator(".chip").first.click()
    expect(tab(chat, "Source")).to_have_attribute("aria-selected", "true")


def test_a_quote_that_was_opened_unseen_is_in_view_when_its_tab_is_opened(chat: ChatPage) -> None:
    text = chat.source.locator(".text")
    chat.ask(PENGUINS)
    chat.page.set_viewport_size({"width": 1280, "height": 420})
    tab(chat, "Chats").click()
    chat.ask("What may penguins do at the ferry: board free of charge?")
    tab(chat, "Source").click()
    expect(chat.mark).to_be_in_viewport()
    assert text.evaluate("e => e.scrollTop") > 0


@pytest.mark.parametrize("width", [320, 360, 900, 930, 960, 1280, 1600])
def test_every_tab_is_there_at_every_width(chat: ChatPage, width: int) -> None:
    """None is cut off, or hidden in a menu."""
    chat.page.set_viewport_size({"width": width, "height": 700})
    chat.ask(PENGUINS)
    chat.page.wait_for_timeout(300)
    for name in (*TABS, "Conversation")[: 5 if width < 900 else 4]:
        expect(tab(chat, name)).to_be_in_viewport(ratio=1)
    expect(chat.page.locator(".overflow-menu:visible button")).to_have_count(0)


@pytest.mark.parametrize("look", NARROW, indirect=True)
def test_a_long_name_is_cut_before_its_ending(
    chat: ChatPage, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the address over a source, which is short there; all of it is copied and told."""
    name = "The annual report of the harbour council, second edition.txt"
    entry = make_entry(make_document("The heron of Oslo fishes.\n", name), house.embedder)
    monkeypatch.setattr(house, "store", house.store.apply(ChangeSet(entries=(entry,))))
    chat.ask("Where does the heron of Oslo fish?").locator(".chip").first.click()
    code = chat.source.locator("code.copied")
    expect(code).to_have_text(f"{name}:0-25")
    expect(code).to_have_attribute("title", f"{name}:0-25")
    expect(code).to_be_visible()
    room, end = code.bounding_box(), code.locator(".end").bounding_box()
    assert room
    assert end
    assert code.locator(".stem").evaluate("e => e.scrollWidth > e.clientWidth")
    assert end["x"] + end["width"] <= room["x"] + room["width"] <= 390
