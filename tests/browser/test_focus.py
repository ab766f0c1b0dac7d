"""Where the keyboard goes on after what has made its button go away. Each time it's where a user of
it would look next: at the answer, at the quote, at the next row of the list."""

from __future__ import annotations

import re

import pytest
from chatting import SIZES, ChatPage
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser
PENGUINS = "Where do the penguins of Ashdown live?"
FERRY = "When does the ferry sail?"
SEVERAL = "What may penguins do at the ferry: board free of charge?"


def press(chat: ChatPage, name: str, within: Locator | None = None) -> None:
    (within or chat.page).get_by_role("button", name=name, exact=True).press("Enter")


def expect_on(chat: ChatPage, turn: Locator) -> None:
    """On the answer, and Tab and `j` go on to its first number."""
    expect(turn).to_be_focused()
    chat.page.keyboard.press("j")
    expect(turn.locator(".chip").first).to_be_focused()


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_after_asking_again(chat: ChatPage) -> None:
    chat.ask(FERRY)
    run = chat.ask(PENGUINS).get_attribute("data-run") or ""
    press(chat, "Ask again", chat.turns.last)
    expect(chat.turns.last).not_to_have_attribute("data-run", run)
    expect_on(chat, chat.turns.last)


def test_after_the_button_that_asks(chat: ChatPage) -> None:
    """It gives its place to *Stop*; the next question can be written."""
    box = chat.page.get_by_label("Your question")
    box.fill(FERRY)
    press(chat, "Ask")
    expect(box).to_be_focused()
    expect(chat.turns).to_have_count(1)
    expect(box).to_be_focused()


def test_after_editing_a_question(chat: ChatPage) -> None:
    chat.ask(FERRY)
    press(chat, "Edit question", chat.turns.last)
    chat.page.get_by_label("Question", exact=True).fill(PENGUINS)
    chat.page.keyboard.press("Enter")
    expect(chat.turns.last.locator("h2")).to_have_text(PENGUINS)
    expect_on(chat, chat.turns.last)


def test_after_changing_what_was_searched_for(chat: ChatPage) -> None:
    chat.ask(FERRY)
    chat.ask("And from the northern quay?")
    press(chat, "Change", chat.turns.last)
    chat.page.get_by_label("Search for").fill(PENGUINS)
    press(chat, "Ask", chat.page.locator("form.editing"))
    expect(chat.turns).to_have_count(3)
    expect_on(chat, chat.turns.last)


def test_after_an_example(chat: ChatPage) -> None:
    chat.page.locator("button.example").first.press("Enter")
    expect(chat.turns).to_have_count(1)
    expect_on(chat, chat.turns.first)


def test_after_stepping_through_the_quotes(chat: ChatPage) -> None:
    """On the same button as long as it leads on; after the last quote in its text."""
    count = chat.ask(SEVERAL).locator("blockquote").count()
    further = chat.source.get_by_role("button", name="Next quote")
    for number in range(2, count + 1):
        further.press("Enter")
        expect(chat.source.locator(".label")).to_have_text(f"Quote {number} of {count}")
        expect(further if number < count else chat.source.locator(".text")).to_be_focused()


def test_after_opening_another_quote_in_the_text(chat: ChatPage) -> None:
    chat.ask(SEVERAL)
    chat.source.locator(".other[data-number='2']").press("Enter")
    expect(chat.source.locator(".label")).to_have_text(re.compile("Quote 2"))
    expect(chat.source.locator(".text")).to_be_focused()


def test_after_deleting_a_chat(chat: ChatPage) -> None:
    """On the chat that takes its place in the list; after the last one, in the search."""
    for question in (PENGUINS, FERRY):
        chat.ask(question)
        chat.start_anew()
    chat.page.get_by_role("tab", name="Chats").press("Enter")
    rows = chat.page.locator("#chats .chat")
    expect(rows).to_have_count(2)
    for left in (1, 0):
        rows.first.get_by_role("button", name=re.compile("^Delete: ")).press("Enter")
        rows.first.get_by_role("button", name="Delete", exact=True).press("Enter")
        expect(rows).to_have_count(left)
        search = chat.page.get_by_label("Search your chats")
        expect(rows.first.locator(".open") if left else search).to_be_focused()


def test_after_renaming_a_chat(chat: ChatPage) -> None:
    chat.ask(PENGUINS)
    chat.page.get_by_role("tab", name="Chats").press("Enter")
    row = chat.page.locator("#chats .chat").first
    row.get_by_role("button", name=re.compile("^Rename")).press("Enter")
    chat.page.get_by_label("New name of this chat").fill("Penguins")
    chat.page.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Rename: Penguins")).to_be_visible()
    expect(row.locator(".open")).to_be_focused()
