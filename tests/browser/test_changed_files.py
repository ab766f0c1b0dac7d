"""What changes in the folder while the page is open: marked in the list, brought in by a button."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from chatting import HARBOUR, LOOKS, ChatPage
from playwright.sync_api import Locator, Page, expect
from serving import on_disk, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def gate() -> threading.Event:
    """Text of otters is embedded when this is set."""
    return threading.Event()


@pytest.fixture
def page(
    blank: Page, corpus: Path, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    """The tab Documents, over three files of which each has changed in its own way."""
    (corpus / "almanac.txt").write_text("Nineteen moons rise over Ashdown.\n", encoding="utf-8")
    (corpus / "harbour.txt").write_text(HARBOUR, encoding="utf-8")
    (corpus / "fares.txt").write_text("A crossing costs twelve crowns.\n", encoding="utf-8")
    assistant = on_disk(corpus)
    embed = assistant.embedder.embed

    def slow(texts: Sequence[str]) -> Any:
        if any("otters" in text for text in texts):
            assert gate.wait(120)
        return embed(texts)

    monkeypatch.setattr(assistant.embedder, "embed", slow)
    with serving(assistant) as url:
        blank.goto(url)
        blank.get_by_role("tab", name="Documents").click()
        expect(row(blank, "harbour.txt")).to_be_visible()
        expect(blank.locator(".behind")).to_be_hidden()
        (corpus / "fares.txt").write_text("A crossing costs fifteen crowns.\n", encoding="utf-8")
        (corpus / "otters.txt").write_text("The otters sleep afloat.\n", encoding="utf-8")
        (corpus / "almanac.txt").unlink()
        blank.evaluate("window.dispatchEvent(new Event('focus'))")  # one comes back to the page
        yield blank
        gate.set()
        blank.close()


def row(page: Page, name: str) -> Locator:
    rows = page.get_by_role("list", name="Documents").get_by_role("listitem")
    return rows.filter(has_text=name)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_what_changed_is_marked(page: Page) -> None:
    """As soon as one comes back to the page; nothing of it is too wide."""
    expect(page.locator(".behind")).to_contain_text(
        "In the folder since the last update: 1 new · 1 changed · 1 gone"
    )
    expect(row(page, "otters.txt")).to_contain_text("New, not indexed yet")
    assert "+" not in row(page, "otters.txt").inner_text()  # it would look like a button
    expect(row(page, "fares.txt")).to_contain_text("Changed since it was indexed")
    expect(row(page, "almanac.txt")).to_contain_text("No longer in the folder")
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) == 0
    box = page.get_by_role("button", name="Update", exact=True).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24


def test_an_update_brings_in_what_changed(page: Page, gate: threading.Event) -> None:
    """By the keyboard: the old index answers meanwhile, and what was marked is no more."""
    page.get_by_role("button", name="Update", exact=True).press("Enter")
    expect(page.get_by_role("progressbar", name="Update of the index")).to_be_visible()
    expect(page.locator(".behind")).to_be_hidden()
    turn = ChatPage(page).ask("Where do the penguins of Ashdown live?")
    expect(turn.locator("blockquote").first).to_contain_text("behind the old lighthouse")
    gate.set()
    expect(page.locator(".news")).to_contain_text("Added otters.txt (1 passage), changed fares.txt")
    expect(page.locator(".updating")).to_be_hidden()
    expect(page.locator(".behind")).to_be_hidden()
    expect(row(page, "otters.txt")).to_contain_text("1 passage")
    expect(row(page, "almanac.txt")).to_have_count(0)
    expect(page.locator(".library .late")).to_have_count(0)


def test_the_keyboard_goes_on_after_an_update(page: Page, gate: threading.Event) -> None:
    """The button that was pressed is gone; the one beside it has the focus."""
    gate.set()
    page.get_by_role("button", name="Update", exact=True).press("Enter")
    expect(page.locator(".behind")).to_be_hidden()
    expect(page.get_by_role("button", name="Rebuild the index")).to_be_focused()


def test_two_windows_that_update_at_once_are_both_told_what_came_in(
    page: Page, corpus: Path, gate: threading.Event
) -> None:
    """The one whose update it was, the other that it was under way; both, what could not be read."""
    (corpus / "broken.pdf").write_bytes(b"this is no PDF")
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("tab", name="Documents").click()
    for window in (page, other):
        window.get_by_role("button", name="Update", exact=True).click()
    expect(other.locator(".updating")).to_be_visible()
    gate.set()
    news = [window.locator(".news li") for window in (page, other)]
    expect(news[0].last).to_contain_text("Added otters.txt (1 passage), changed fares.txt")
    expect(news[1].last).to_contain_text("Another update was under way already and did it: added")
    for told in news:
        expect(told.first).to_contain_text("1 file could not be read: broken.pdf. The list below")
    other.close()
