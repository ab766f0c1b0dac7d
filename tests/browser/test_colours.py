"""What is on the page can be seen, in the light and in the dark: by the colours as computed."""

from __future__ import annotations

from typing import Any

import pytest
from chatting import LOOKS, SIZES, ChatPage
from colours import faint, ring
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
SEVERAL = "What may penguins do at the ferry: board free of charge?"
EMPEROR = "Which emperor crossed granite mountains yesterday?"
CHANGED = "How many moons counts the almanac over Ashdown?"
PASTED = """“The ferry sails at eight from the northern quay.”, “Penguins may not board the ferry free
of charge”, “Nobody feeds them”, “the king of Mars plays the flute” and
“Penguins may board the ferry” (hostile.md)"""


def tab(chat: ChatPage, name: str) -> None:
    chat.page.get_by_role("tab", name=name).click()


def talk(chat: ChatPage) -> None:
    """One of everything that the conversation can show."""
    answer = chat.ask(SEVERAL)
    answer.get_by_text("Why this").first.click()
    answer.get_by_text("Save", exact=True).click()
    answer.get_by_role("button", name="Good quote, quote 1").click()
    follow_up = chat.ask("And when?")
    chat.ask("?!")
    chat.ask(EMPEROR)
    chat.ask(CHANGED)
    follow_up.get_by_role("button", name="Change").click()


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_every_text_stands_out_from_its_ground(chat: ChatPage) -> None:
    """Before anything is asked, in the conversation, and in each tab."""
    page = chat.page
    assert faint(page) == []
    talk(chat)
    assert faint(page) == []
    for opens in (CHANGED, EMPEROR, SEVERAL):
        chat.to_conversation()
        turn = chat.turns.filter(has=page.get_by_role("heading", name=opens, exact=True))
        turn.locator(".chip").first.click()
        expect(chat.mark).to_be_visible()  # on a phone the source is in front now
        expect(chat.mark).to_be_in_viewport()
        assert faint(page) == []

    tab(chat, "Documents")
    expect(page.locator(".doc.failed")).to_be_visible()
    page.get_by_label("Ask harbour.txt").uncheck()
    assert faint(page) == []

    tab(chat, "Check a quote")
    assert faint(page) == []
    page.get_by_label("A quotation, or a whole answer that quotes").fill(PASTED)
    page.get_by_role("button", name="Check", exact=True).click()
    for verdict in ("altered", "exact", "not_found", "misattributed"):
        expect(page.locator(f"#checks .{verdict}").first).to_be_visible()
    assert faint(page) == []

    tab(chat, "Chats")
    page.get_by_role("button", name=f"Rename: {SEVERAL}").first.click()
    page.get_by_role("button", name="Delete all chats…").click()
    assert faint(page) == []


def around(chat: ChatPage) -> list[dict[str, Any]]:
    """The ring of each thing that Tab comes to, on the way around the page."""
    rings = [ring(chat.page)]
    while True:
        chat.page.keyboard.press("Tab")
        rings.append(ring(chat.page))
        if rings[-1]["name"] == rings[0]["name"]:
            return [r for r in rings if not r["name"].startswith("body")]


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_what_has_the_keyboard_is_seen(chat: ChatPage) -> None:
    """A ring of two pixels or more, by 3:1 and more from what it stands on."""
    turn = chat.ask(SEVERAL)
    rings = around(chat)
    turn.locator(".chip").first.press("Enter")
    for name in ("Source", "Documents", "Check a quote", "Chats"):
        chat.page.get_by_role("tab", name=name).press("Enter")
        rings += around(chat)
    assert len(rings) > 60
    assert [r for r in rings if r["width"] < 2 or r["contrast"] < 3] == []
