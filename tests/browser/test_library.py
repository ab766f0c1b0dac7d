"""The Documents tab: what is there, which of it is asked, and `@name` in a question."""

from __future__ import annotations

import re

import pytest
from chatting import LOOKS, PENGUINS, SIZES, ChatPage, House
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_every_document_is_listed_with_its_facts(chat: ChatPage, house: House) -> None:
    """Titles, files, passages and sizes; of a file that failed, why."""
    found = chat.documents()
    expect(found.get_by_role("listitem")).to_have_count(4)
    harbour = found.get_by_role("listitem").filter(has_text="harbour.txt")
    expect(harbour).to_contain_text("The harbour of Ashdown")
    expect(harbour).to_contain_text(re.compile(r"2 passages · \d+ bytes"))
    expect(found.get_by_role("listitem").first).to_contain_text(
        re.compile(r"broken\.pdf\s*Not read: it \w+")
    )
    expect(chat.page.locator(".count")).to_have_text("3 documents · 1 file not read")
    expect(found).to_contain_text("Manual <script>window.hacked = 1</script>")
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chat.page.evaluate(width) == 0


def test_the_list_is_filtered_as_one_types(chat: ChatPage) -> None:
    """By words of the title or the name; what fits nothing says so."""
    found = chat.documents()
    chat.page.get_by_label("Filter documents").fill("ashdown harb")
    expect(found.get_by_role("listitem")).to_have_count(1)
    expect(chat.page.locator(".count")).to_have_text("1 of 3 documents")
    chat.page.get_by_label("Filter documents").fill("nothing")
    expect(found.get_by_role("listitem")).to_have_count(0)
    expect(chat.page.locator(".count")).to_have_text("0 of 3 documents")


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_a_document_opens_from_its_beginning(chat: ChatPage) -> None:
    """Its title is a button that shows its text in the Source tab."""
    chat.documents().get_by_role("button", name="The harbour of Ashdown").click()
    expect(chat.source.locator("h2")).to_have_text("The harbour of Ashdown")
    expect(chat.source.locator(".text")).to_contain_text("The ferry sails at seven")
    expect(chat.mark).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_only_what_is_ticked_is_asked(chat: ChatPage) -> None:
    """The line over the question says how many are asked, and asks all again by its button."""
    found = chat.documents()
    scope = chat.page.locator("#scope")
    found.get_by_label("Ask harbour.txt").uncheck()
    expect(scope).to_contain_text("Asking 2 of 3 documents")
    turn = chat.ask(PENGUINS)
    expect(turn.get_by_role("heading", name="Not in these documents")).to_be_visible()
    expect(turn).to_contain_text("asked only: almanac.txt, hostile.md")
    expect(turn).to_contain_text("Searched 2 documents")

    chat.page.get_by_role("button", name="Ask all documents").click()
    expect(scope.locator(".scope")).to_have_count(0)
    turn = chat.ask(PENGUINS)
    expect(turn.locator("blockquote").first).to_contain_text("behind the old lighthouse")
    chat.documents()
    expect(found.get_by_label("Ask harbour.txt")).to_be_checked()


def test_a_choice_lasts_and_none_asks_nothing(chat: ChatPage) -> None:
    """A new chat keeps what is ticked; where nothing is, that is said."""
    found = chat.documents()
    chat.page.get_by_label("Ask all", exact=True).uncheck()
    expect(chat.page.locator("#scope")).to_contain_text("Asking none of 3 documents")
    turn = chat.ask(PENGUINS)
    expect(turn.get_by_role("alert")).to_contain_text("No document is chosen")
    chat.documents()
    found.get_by_label("Ask harbour.txt").check()
    expect(chat.page.locator("#scope")).to_contain_text("Asking 1 of 3 documents")
    chat.start_anew()
    expect(chat.page.locator("#scope")).to_contain_text("Asking 1 of 3 documents")
    turn = chat.ask(PENGUINS)
    expect(turn).to_contain_text("asked only: harbour.txt")


def test_what_is_ticked_outlasts_the_page(chat: ChatPage) -> None:
    """What is asked after a reload is what was ticked before, as the line over the box says."""
    chat.documents().get_by_label("Ask harbour.txt").uncheck()
    expect(chat.page.locator("#scope")).to_contain_text("Asking 2 of 3 documents")
    chat.page.reload()
    expect(chat.page.locator("#scope")).to_contain_text("Asking 2 of 3 documents")
    turn = chat.ask(PENGUINS)
    expect(turn).to_contain_text("asked only: almanac.txt, hostile.md")
    expect(chat.documents().get_by_label("Ask harbour.txt")).not_to_be_checked()

    chat.page.evaluate(
        "sessionStorage['pp_qa choice'] = JSON.stringify({ every: false, ids: ['gone.txt'] })"
    )
    chat.page.reload()
    chat.documents()
    expect(chat.page.get_by_label("Ask all", exact=True)).to_be_checked()
    expect(chat.page.locator(".scope")).to_have_count(0)


def test_what_was_found_is_chosen_together(chat: ChatPage) -> None:
    """With a filter, all that fit it are chosen at once, and only they."""
    chat.documents()
    chat.page.get_by_label("Filter documents").fill("almanac")
    expect(chat.page.locator(".count")).to_have_text("1 of 3 documents")
    chat.page.get_by_label("Ask all of these").uncheck()
    expect(chat.page.locator("#scope")).to_contain_text("Asking 2 of 3 documents")
    chat.page.get_by_label("Filter documents").fill("")
    expect(chat.page.get_by_label("Ask almanac.txt")).not_to_be_checked()
    expect(chat.page.get_by_label("Ask harbour.txt")).to_be_checked()


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_a_name_is_completed_from_the_keyboard(chat: ChatPage) -> None:
    """After an @ the documents are offered; arrows move, Enter takes one and asks nothing yet."""
    box = chat.page.get_by_label("Your question")
    offered = chat.page.get_by_role("listbox", name="Documents to ask")
    box.press_sequentially("@")
    expect(offered.get_by_role("option")).to_have_count(3)
    box.press_sequentially("h")
    expect(offered.get_by_role("option")).to_have_count(2)
    box.press("ArrowDown")
    expect(offered.get_by_role("option", selected=True)).to_contain_text("hostile.md")
    box.press("ArrowUp")
    expect(box).to_have_attribute("aria-activedescendant", "name-0")
    box.press("Enter")
    expect(offered).not_to_be_visible()
    expect(box).to_have_value("@harbour.txt ")
    expect(chat.turns).to_have_count(0)
    box.press_sequentially("where do the penguins live?")
    box.press("Enter")
    turn = chat.turns.first
    expect(turn.locator("blockquote").first).to_contain_text("behind the old lighthouse")
    expect(turn).to_contain_text("asked only: harbour.txt")


def test_the_list_of_names_can_be_left(chat: ChatPage) -> None:
    """Escape closes it and keeps what was typed; a click takes a name too."""
    box = chat.page.get_by_label("Your question")
    offered = chat.page.get_by_role("listbox", name="Documents to ask")
    box.press_sequentially("what about @alm")
    expect(offered).to_be_visible()
    box.press("Escape")
    expect(offered).not_to_be_visible()
    expect(box).to_have_value("what about @alm")
    box.press_sequentially("a")
    offered.get_by_role("option").first.click()
    expect(box).to_have_value("what about @almanac.txt ")
    expect(box).to_be_focused()


def test_a_name_that_fits_nothing_asks_nothing(chat: ChatPage) -> None:
    """It is told with what may have been meant, and the question stays to be mended."""
    turn = chat.ask("@harbor.txt where do the penguins live?")
    expect(turn.get_by_role("alert")).to_contain_text("did you mean @harbour.txt?")
    turn = chat.ask("@broken.pdf what is it?")
    expect(turn.get_by_role("alert")).to_contain_text("Broken.pdf can't be asked")
