"""The page for every hand, eye and ear: names, sizes, and what marks a quote, in light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from chatting import SCHEMES, SIZES, ChatPage
from colours import contrast
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser
TABS = ("Source", "Documents", "Check a quote", "Chats")
CONTROLS = {
    "button", "link", "textbox", "searchbox", "checkbox", "tab", "combobox", "listbox", "option",
    "DisclosureTriangle",
}  # fmt: skip
SEVERAL = "What may penguins do at the ferry: board free of charge?"
LOW = """() => [...document.querySelectorAll(
        '#page :is(button, summary, a[href], select, textarea, input:not([type=checkbox]))')]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }))
    .filter((e) => e.getBoundingClientRect().height < 24)
    .map((e) => `${e.outerHTML.slice(0, 80)}: ${e.getBoundingClientRect().height}`)"""


def style(part: Locator, name: str) -> str:
    return str(part.evaluate("(e, name) => getComputedStyle(e)[name]", name))


def fill(chat: ChatPage) -> None:
    """Something in every tab."""
    chat.ask("Which emperor crossed granite mountains yesterday?")
    answer = chat.ask(SEVERAL)
    answer.locator(".saving summary").click()
    expect(chat.mark).to_have_count(1)
    chat.page.get_by_role("tab", name="Check a quote").click()
    text = "“Penguins may not board the ferry free of charge” and “Nobody feeds them”"
    chat.page.get_by_label("A quotation, or a whole answer that quotes").fill(text)
    chat.page.get_by_role("button", name="Check", exact=True).click()
    expect(chat.page.locator("#checks .tally")).to_be_visible()


def nameless(chat: ChatPage) -> list[dict[str, Any]]:
    """The controls of the accessibility tree without a name."""
    session = chat.page.context.new_cdp_session(chat.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    controls = [n for n in nodes if not n["ignored"] and n["role"]["value"] in CONTROLS]
    assert len(controls) > 5
    return [n for n in controls if not n.get("name", {}).get("value", "").strip()]


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_every_control_has_a_name_and_room_for_a_finger(chat: ChatPage) -> None:
    """In the conversation, in each tab, and in a document that is read. (A box to tick has the
    room around it: WCAG 2.5.8.)"""
    fill(chat)
    for name in (*TABS, "Conversation"):
        tab = chat.page.get_by_role("tab", name=name)
        if not tab.count():  # the conversation of a wide window is always there
            continue
        tab.click()
        chat.page.wait_for_timeout(500)
        assert nameless(chat) == [], name
        assert chat.page.evaluate(LOW) == [], name


def test_the_question_is_a_combobox_while_names_are_offered(chat: ChatPage) -> None:
    """With the list it controls and the option that is chosen; else it is a box for text."""
    box = chat.page.get_by_label("Your question")
    expect(box).to_have_role("textbox")
    box.press_sequentially("@h")
    offered = chat.page.get_by_role("listbox", name="Documents to ask")
    expect(offered).to_be_visible()
    expect(box).to_have_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(box).to_have_attribute("aria-controls", offered.get_attribute("id") or "none")
    for key in ("ArrowDown", "ArrowUp"):
        box.press(key)
        chosen = offered.get_by_role("option", selected=True)
        expect(chosen).to_have_count(1)
        expect(box).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "none")
    box.press("Escape")
    expect(box).to_have_role("textbox")
    for name in ("aria-expanded", "aria-controls", "aria-activedescendant"):
        assert box.get_attribute(name) is None


@pytest.mark.parametrize("look", SCHEMES, indirect=True)
def test_what_marks_a_quote_can_be_told_apart(chat: ChatPage) -> None:
    """The quote strongly, its passage faintly, the part that answers underlined, another quote by
    a line under it: each on a ground of its own, on which its text can be read."""
    chat.ask(SEVERAL)
    marked, other = chat.mark, chat.source.locator(".text .other").first
    passage = chat.source.locator(".text .passage:not(.other)").first
    plain = chat.source.locator(".text")
    grounds = [style(part, "backgroundColor") for part in (marked, passage, plain)]
    assert len(set(grounds)) == 3
    assert style(marked, "boxShadow") != "none"
    assert style(other, "boxShadow") != "none"
    for part in (marked, passage, other, plain, chat.source.locator("h2")):
        assert contrast(part) >= 4.5
    chat.source.evaluate(  # as the server marks it, where the answer is a part only
        "e => { const m = e.querySelector('mark'); m.innerHTML = `<strong>${m.innerHTML}</strong>`; }"
    )
    answer = marked.locator("strong")
    assert style(answer, "textDecorationLine") == "underline"
    assert style(answer, "textDecorationColor") != style(marked, "backgroundColor")
    assert style(answer, "textDecorationColor") not in grounds


def test_one_kind_of_mark_does_not_look_like_another(chat: ChatPage) -> None:
    """The sign of a file that wasn't read has no border; the form of a question no grey slab."""
    chat.ask("When does the ferry sail?")
    chat.page.get_by_role("button", name="Edit question").click()
    choice = chat.page.locator(".editing .choice")
    assert style(choice, "backgroundColor") == "rgba(0, 0, 0, 0)"
    assert style(choice, "padding") == "0px"
    chat.page.get_by_role("tab", name="Documents").click()
    sign = chat.page.locator(".doc.failed .mark")
    assert style(sign, "borderTopWidth") == "0px"
    assert style(sign, "borderRadius") == "0px"
