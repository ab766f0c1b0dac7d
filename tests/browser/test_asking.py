"""Asking, stopping, mending and copying: the conversation in a user's hands."""

from __future__ import annotations

import threading

import pytest
from chatting import LOOKS, PENGUINS, SIZES, ChatPage, begin, questions
from playwright.sync_api import Locator, Route, expect

pytestmark = pytest.mark.browser
FERRY = "When does the ferry sail?"
SLOW = "Where, after a slow while, do the penguins of Ashdown live?"
ZOOMED = [
    pytest.param((scheme, (640, 400)), id=f"desktop-{scheme}-200%") for scheme in ("light", "dark")
]

WATCH_JUMPS = """() => {
    window.jumps = [];
    const seen = (list) => window.jumps.push(...list.getEntries().map((e) => e.value));
    new PerformanceObserver(seen).observe({ type: "layout-shift" });
}"""


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_a_question_is_shown_at_once_and_stays_in_its_place(
    chat: ChatPage, gate: threading.Event
) -> None:
    """What is on screen doesn't jump when the answer comes, and a reading aid hears of it."""
    chat.ask(FERRY)
    asking = begin(chat, SLOW)

    expect(asking.locator("h2")).to_have_text(SLOW)
    expect(asking).to_contain_text("Searching the documents")
    expect(asking).to_have_attribute("aria-busy", "true")
    expect(asking.locator("h2")).to_be_in_viewport()
    expect(chat.page.get_by_label("Your question")).to_have_value("")
    chat.page.wait_for_timeout(700)  # what moves within half a second of a key is no jump
    before = asking.locator("h2").bounding_box()
    chat.page.evaluate(WATCH_JUMPS)
    gate.set()

    answer = chat.turns.nth(1)
    expect(answer.locator("blockquote").first).to_be_visible()
    chat.page.wait_for_timeout(300)
    assert answer.locator("h2").bounding_box() == before
    assert chat.page.evaluate("window.jumps") == []
    expect(chat.page.locator("[aria-busy]")).to_have_count(0)
    expect(chat.page.get_by_role("log", name="Conversation")).to_have_attribute(
        "aria-live", "polite"
    )


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_a_question_that_was_stopped_is_gone_and_the_page_is_free_at_once(
    chat: ChatPage, gate: threading.Event
) -> None:
    """Its answer comes too late: it is not shown, and no follow-up is understood from it."""
    asking = begin(chat, SLOW)
    chat.page.get_by_role("button", name="Stop").click()

    expect(asking).to_have_count(0)
    expect(chat.page.get_by_role("button", name="Stop")).to_be_hidden()
    expect(chat.page.get_by_label("Your question")).to_have_value(SLOW)
    chat.ask(FERRY)
    gate.set()
    chat.page.wait_for_timeout(700)

    assert questions(chat) == [FERRY]
    follow_up = chat.ask("And from where?")
    expect(follow_up.locator(".searching")).to_contain_text("ferry")
    expect(follow_up.locator(".searching")).not_to_contain_text("penguins")


def test_a_double_click_on_ask_asks(chat: ChatPage, gate: threading.Event) -> None:
    """Its second click falls on *Stop*, which stands there by then."""
    chat.page.get_by_label("Your question").fill(SLOW)
    chat.page.get_by_role("button", name="Ask", exact=True).dblclick()
    expect(chat.page.locator(".asking")).to_have_count(1)
    gate.set()
    expect(chat.turns).to_have_count(1)


def test_escape_stops_and_the_opening_comes_back(chat: ChatPage, gate: threading.Event) -> None:
    asking = begin(chat, SLOW)
    expect(asking).to_have_count(1)
    chat.page.keyboard.press("Escape")

    expect(asking).to_have_count(0)
    expect(chat.page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    gate.set()
    chat.page.wait_for_timeout(500)
    expect(chat.turns).to_have_count(0)


def test_an_answer_that_was_on_its_way_when_it_was_stopped_is_taken_back(chat: ChatPage) -> None:
    """The word to stop comes to the server after the answer has left it."""
    held: list[Route] = []
    chat.page.route(
        "**/run/predict*",
        lambda r: r.continue_() if held else held.append(r),
    )
    begin(chat, PENGUINS)
    chat.page.keyboard.press("Escape")

    expect(chat.page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    chat.page.wait_for_timeout(1500)
    held[0].continue_()
    expect(chat.turns).to_have_count(0)
    expect(chat.page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    follow_up = chat.ask("And when?")
    expect(follow_up.locator(".searching")).to_have_count(0)


def test_a_new_chat_has_no_answer_of_the_old_one(chat: ChatPage, gate: threading.Event) -> None:
    begin(chat, SLOW)
    chat.page.get_by_role("button", name="New chat").click()
    expect(chat.page.get_by_role("heading", name="Ask your documents")).to_be_visible()
    gate.set()
    chat.page.wait_for_timeout(500)

    expect(chat.turns).to_have_count(0)


def test_what_is_asked_before_another_chat_is_there_is_asked_in_it(chat: ChatPage) -> None:
    """The word to begin it, or to open it, is long on its way to the server."""
    page = chat.page

    def ask_meanwhile(button: Locator, question: str) -> None:
        held: list[Route] = []
        page.route("**/queue/join*", lambda r: r.continue_() if held else held.append(r))
        button.click()
        begin(chat, question)
        page.wait_for_timeout(700)
        held[0].continue_()
        expect(chat.turns.last.locator("h2")).to_have_text(question)

    chat.ask("When does the ferry once sail?")
    page.get_by_role("tab", name="Chats").click()
    earlier = page.locator("#chats .open").filter(has_text="ferry once")
    expect(earlier).to_have_count(1)
    ask_meanwhile(page.get_by_role("button", name="New chat"), PENGUINS)
    assert questions(chat) == [PENGUINS]

    page.wait_for_timeout(500)  # the list is made anew
    ask_meanwhile(earlier, "And from where?")
    assert questions(chat) == ["When does the ferry once sail?", "And from where?"]


def test_no_answer_comes_into_another_chat(chat: ChatPage, gate: threading.Event) -> None:
    chat.ask("How many moons counts the almanac over Ashdown?")
    chat.start_anew()
    begin(chat, SLOW)
    chat.page.get_by_role("tab", name="Chats").click()
    chat.page.locator("#chats .open").filter(has_text="How many moons").first.click()
    expect(chat.turns).to_have_count(1)
    gate.set()
    chat.page.wait_for_timeout(700)

    assert questions(chat) == ["How many moons counts the almanac over Ashdown?"]
    expect(chat.page.locator(".asking")).to_have_count(0)


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_an_earlier_question_is_edited_and_what_followed_it_is_dropped(chat: ChatPage) -> None:
    """It says so before, and Esc leaves everything as it was."""
    for question in (PENGUINS, FERRY, "How many moons counts the almanac?"):
        chat.ask(question)
    second = chat.turns.nth(1)
    edit = second.get_by_role("button", name="Edit question")
    edit.click()
    field = second.get_by_role("textbox", name="Question")

    expect(field).to_have_value(FERRY)
    expect(field).to_be_focused()
    expect(second).to_contain_text("What follows it will be removed: 1 more.")
    field.press("Escape")
    expect(field).to_have_count(0)
    expect(edit).to_be_focused()
    assert len(questions(chat)) == 3

    edit.click()
    field.fill("From which quay does the ferry sail?")
    field.press("Enter")
    expect(chat.turns).to_have_count(2)
    assert questions(chat) == [PENGUINS, "From which quay does the ferry sail?"]
    expect(chat.turns.nth(1).locator("blockquote").first).to_contain_text("northern quay")


def test_stopping_an_edited_question_keeps_what_was_there(
    chat: ChatPage, gate: threading.Event
) -> None:
    chat.ask(PENGUINS)
    chat.ask(FERRY)
    chat.turns.first.get_by_role("button", name="Edit question").click()
    field = chat.turns.first.get_by_role("textbox", name="Question")
    field.fill(SLOW)
    field.press("Enter")
    expect(chat.page.locator(".asking h2")).to_have_text(SLOW)
    expect(chat.turns.first).to_be_hidden()
    chat.page.keyboard.press("Escape")

    expect(chat.turns).to_have_count(2)
    assert questions(chat) == [PENGUINS, FERRY]
    gate.set()
    chat.page.wait_for_timeout(500)
    assert questions(chat) == [PENGUINS, FERRY]


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_the_last_question_is_asked_again_in_its_place(chat: ChatPage) -> None:
    chat.ask(PENGUINS)
    chat.ask(FERRY)
    again = chat.page.get_by_role("button", name="Ask again")
    expect(again.locator("visible=true")).to_have_count(1)
    run = chat.turns.nth(1).get_attribute("data-run")

    again.last.click()

    expect(chat.turns.nth(1)).not_to_have_attribute("data-run", run or "")
    assert questions(chat) == [PENGUINS, FERRY]
    expect(chat.mark).to_have_count(1)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_what_was_searched_for_is_changed_in_its_place_and_asked_alone(chat: ChatPage) -> None:
    chat.ask(PENGUINS)
    follow_up = chat.ask("And when?")
    follow_up.get_by_role("button", name="Change").click()
    field = follow_up.get_by_role("textbox", name="Search for")
    understood = follow_up.locator(".searching").text_content() or ""
    expect(field).to_have_value(understood.removeprefix("searching for: "))
    assert "penguins" in understood

    field.fill("And when does it sail?")
    field.press("Enter")

    expect(chat.turns).to_have_count(3)
    expect(chat.turns.nth(2).locator("h2")).to_have_text("And when does it sail?")
    expect(chat.turns.nth(2).locator(".searching")).to_have_count(0)
    chat.turns.nth(2).get_by_role("button", name="Ask again").click()
    expect(chat.page.locator(".asking")).to_have_count(0)
    expect(chat.turns.nth(2).locator(".searching")).to_have_count(0)


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_an_answer_is_copied_with_its_addresses(chat: ChatPage) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = chat.ask(PENGUINS)
    turn.get_by_role("button", name="Copy", exact=True).click()

    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    text = chat.page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(
        f"{PENGUINS}\n\n[1] “The penguins of Ashdown live behind the old lighthouse.”\n"
        "— The harbour of Ashdown › Where the penguins live (harbour.txt:49-104)\n"
    )


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_why_a_quote_is_there_opens_under_it_and_stays_open(chat: ChatPage) -> None:
    """It opens no source, and the next answer doesn't close it; a new chat has none open."""
    turn = chat.ask(PENGUINS)
    expect(chat.mark).to_have_count(1)
    why = turn.locator("details").nth(1)
    why.get_by_text("Why this").click()

    expect(why.locator("dl")).to_be_visible()
    expect(why).to_contain_text("an answer needs 50%")
    expect(turn.locator(".chip").first).to_have_attribute("aria-current", "true")
    chat.ask(FERRY)
    expect(why.locator("dl")).to_be_visible()
    expect(chat.page.locator("details[open]")).to_have_count(1)
    chat.start_anew()
    chat.ask(PENGUINS)
    expect(chat.page.locator("details[open]")).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_the_keyboard_alone_is_enough(chat: ChatPage) -> None:
    """Letters are letters in the box, and go between quotes in the conversation only."""
    box = chat.page.get_by_label("Your question")
    keys = chat.page.keyboard
    box.press("Escape")
    expect(chat.page.get_by_role("log")).to_be_focused()
    keys.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    keys.type("Where do the/")
    keys.press("Shift+Enter")
    keys.type("penguins live? jk")
    expect(box).to_have_value("Where do the/\npenguins live? jk")
    keys.press("Enter")
    expect(chat.turns).to_have_count(1)
    expect(chat.mark).to_have_count(1)

    keys.press("Escape")
    keys.press("j")
    expect(chat.page.get_by_role("button", name="Show 1 in its source")).to_be_focused()
    keys.press("j")
    expect(chat.page.get_by_role("button", name="Show 2 in its source")).to_be_focused()
    keys.press("k")
    expect(chat.page.get_by_role("button", name="Show 1 in its source")).to_be_focused()
    keys.press("j")
    keys.press("Enter")
    expect(chat.source.locator(".label")).to_contain_text("Quote 2 of")
    expect(chat.mark).to_be_in_viewport()
    keys.press("Control+k")
    expect(box).to_be_focused()


def test_a_question_that_finds_no_place_in_the_queue_is_kept(apart: ChatPage) -> None:
    chat, page = apart, apart.page
    chat.ask(PENGUINS)
    page.route(
        "**/queue/join*",
        lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}),
    )
    asking = begin(chat, FERRY)

    expect(asking.get_by_role("alert")).to_contain_text("No answer came")
    expect(page.get_by_label("Your question")).to_have_value(FERRY)
    assert questions(chat) == [PENGUINS]
    page.unroute("**/queue/join*")
    chat.ask(FERRY)
    expect(page.locator(".asking")).to_have_count(0)
    assert questions(chat) == [PENGUINS, FERRY]


@pytest.mark.parametrize("look", [*LOOKS[1::2], *ZOOMED], indirect=True)
def test_nothing_is_lost_on_a_small_screen(chat: ChatPage) -> None:
    """Nor does the page scroll sideways, whatever is open."""
    chat.ask(PENGUINS)
    turn = chat.ask("And when?")
    turn.locator("summary").first.click()
    turn.get_by_role("button", name="Change").click()

    for part in (
        turn.get_by_role("textbox", name="Search for"),
        turn.locator("blockquote").first,
        turn.locator("dl").first,
        turn.get_by_role("button", name="Copy", exact=True),
        turn.get_by_role("button", name="Ask again"),
    ):
        part.scroll_into_view_if_needed()
        expect(part).to_be_in_viewport()
    expect(chat.page.get_by_label("Your question")).to_be_in_viewport(ratio=1)
    expect(chat.page.get_by_role("button", name="Ask", exact=True).last).to_be_in_viewport(ratio=1)
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chat.page.evaluate(width) == 0
