"""The tab in which quotations from elsewhere are checked."""

from __future__ import annotations

import pytest
from chatting import LOOKS, SIZES, ChatPage
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser
ANSWER = """A chatbot says: “The ferry sails at eight from the northern quay.” It adds that
“Penguins may not board the ferry free of charge” (harbour.txt), that “Nobody feeds them” and
that “the king of Mars plays the flute”.
"""


def check(chat: ChatPage, text: str, said: str = "") -> Locator:
    """Paste a text into the tab, and give the line that says what came of it."""
    chat.page.get_by_role("tab", name="Check a quote").click()
    chat.page.get_by_label("A quotation, or a whole answer that quotes").fill(text)
    chat.page.get_by_label("Said to be from (optional)").fill(said)
    chat.page.get_by_role("button", name="Check", exact=True).click()
    return chat.page.locator("#checks .tally")


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_an_answer_of_a_chatbot_is_checked(chat: ChatPage) -> None:
    """Every passage between quotation marks gets its verdict, the differences stand in the text,
    and a number opens the place in the source."""
    expect(check(chat, ANSWER)).to_have_text("1 of 4 quotations holds.")

    checks = chat.page.locator("#checks .check")
    expect(checks.locator("h3")).to_contain_text(["Altered", "Altered", "Exact", "Not found"])
    expect(checks.nth(0).locator("del")).to_contain_text("eight")
    expect(checks.nth(0).locator("ins")).to_contain_text("seven")
    expect(checks.nth(1).locator("del")).to_contain_text("not")
    expect(checks.nth(3).get_by_role("button")).to_have_count(0)

    checks.nth(1).get_by_role("button", name="Show place 1 of quotation 2 in its source").click()
    expect(chat.page.get_by_role("tab", name="Source")).to_have_attribute("aria-selected", "true")
    expect(chat.mark).to_have_text("Penguins may board the ferry free of charge")
    expect(chat.mark).to_be_in_viewport()

    chat.page.get_by_role("tab", name="Check a quote").click()
    expect(checks.nth(1).locator(".chip.last")).to_be_in_viewport()


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_checking_takes_no_mouse(chat: ChatPage) -> None:
    """Shift+Enter checks, the result is read out, Tab goes on to its numbers, Enter opens one."""
    box = chat.page.get_by_label("A quotation, or a whole answer that quotes")
    chat.page.get_by_role("tab", name="Check a quote").press("Enter")
    box.fill("“Nobody feeds them”")
    box.press("Shift+Enter")

    expect(chat.page.locator("#checks .tally")).to_be_focused()
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Enter")
    expect(chat.mark).to_have_text("Nobody feeds them")


def test_what_is_typed_into_the_form_stays(chat: ChatPage) -> None:
    """While a text is checked, and over a reload; the ring around a field is seen on all sides."""
    page = chat.page
    check(chat, "“Nobody feeds them”")
    field = page.get_by_label("A quotation, or a whole answer that quotes")
    field.press_sequentially(" and “The ferry sails at seven from the northern quay.”")
    expect(page.locator("#checks .tally")).to_have_text("This quotation holds.")
    typed = "“Nobody feeds them” and “The ferry sails at seven from the northern quay.”"
    expect(field).to_have_value(typed)
    page.reload()
    page.get_by_role("tab", name="Check a quote").click()
    expect(field).to_have_value(typed)
    above = "e => { const all = []; while ((e = e.parentElement)) all.push(e); return all; }"
    clipping = f"e => ({above})(e).find(a => getComputedStyle(a).overflow !== 'visible').id"
    assert field.evaluate(clipping) == "tab-check"


def test_the_document_that_it_is_said_to_be_from_counts(chat: ChatPage) -> None:
    check(chat, "“Nobody feeds them”", "hostile")
    checks = chat.page.locator("#checks")
    expect(checks.locator("h3")).to_contain_text("Misattributed")
    expect(checks).to_contain_text("It is said to be from hostile.md, but stands in:")

    check(chat, "“Nobody feeds them”", "nowhere.pdf")
    expect(checks.get_by_role("alert")).to_contain_text("No document here is called “nowhere.pdf”")


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_whatever_is_pasted_is_text(chat: ChatPage) -> None:
    """Markup in what is pasted does nothing, and a word without end doesn't widen the page."""
    hostile = "<img src=x onerror=window.hacked=1> ${window.hacked=2} " + "wombat" * 99
    check(chat, f"“{hostile}” “{'x' * 900}”", "")
    expect(chat.page.locator("#checks blockquote").first).to_have_text(hostile)
    assert chat.page.evaluate("window.hacked") is None
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chat.page.evaluate(width) == 0


def test_what_cannot_be_checked_is_told_in_a_sentence(chat: ChatPage) -> None:
    check(chat, "")
    alert = chat.page.locator("#checks").get_by_role("alert")
    expect(alert).to_have_text("Nothing was pasted; paste a quotation, or an answer that quotes.")
    check(chat, "word " * 10_001)
    expect(alert).to_contain_text("the most is 50,000")
