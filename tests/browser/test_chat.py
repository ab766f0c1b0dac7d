"""The page does what its user sees it do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from chatting import LOOKS, SIZES, ChatPage, House
from playwright.sync_api import Browser, Locator, Page, Route, expect

from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import make_document, make_entry
from pp_qa.types import ChangeSet

pytestmark = pytest.mark.browser
ADDRESS = re.compile(r"^(.+):(\d+)-(\d+)$")


def quoted(source: Locator, house: House) -> str:
    """What the document says at the address that the source pane shows."""
    address = source.locator(".address code").text_content() or ""
    match = ADDRESS.match(address)
    assert match, f"{address!r} is no address"
    return house.text(match[1])[int(match[2]) : int(match[3])]


def in_view(locator: Locator) -> bool:
    """Whether any of it is inside the window and inside what scrolls around it."""
    script = """e => {
        const r = e.getBoundingClientRect();
        const at = document.elementFromPoint(r.left + 4, r.top + 4);
        return at === e || e.contains(at) || !!at?.contains(e);
    }"""
    return bool(locator.evaluate(script))


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_an_answer_is_its_documents_text(chat: ChatPage, house: House) -> None:
    turn = chat.ask("Where do the penguins of Ashdown live?")

    quote = turn.locator("blockquote").first.text_content()
    assert quote == "The penguins of Ashdown live behind the old lighthouse."
    expect(turn).to_contain_text(re.compile(r"confidence · \d+%"))
    expect(turn.locator(".where").first).to_contain_text("Where the penguins live")
    expect(chat.mark).to_have_text(quote)
    assert chat.mark.text_content() == quoted(chat.source, house) == quote
    expect(chat.source.locator(".text")).to_contain_text("Nobody feeds them.")


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_the_page_never_scrolls_sideways(chat: ChatPage) -> None:
    chat.ask("Where do the penguins of Ashdown live?")
    chat.ask("wombat" * 60)

    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chat.page.evaluate(width) == 0


def test_a_number_opens_its_quote(chat: ChatPage, house: House) -> None:
    turn = chat.ask("What may penguins do at the ferry: board free of charge?")
    chips = turn.get_by_role("button", name=re.compile("in its source"))
    assert chips.count() >= 2

    chips.nth(1).click()

    second = turn.locator("blockquote").nth(1).text_content()
    expect(chat.mark).to_have_text(second or "")
    assert chat.mark.text_content() == quoted(chat.source, house) == second
    expect(chips.nth(1)).to_have_attribute("aria-current", "true")
    expect(chips.nth(0)).not_to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_a_number_works_from_the_keyboard_and_shows_the_mark(chat: ChatPage) -> None:
    turn = chat.ask("Where do the penguins of Ashdown live?")
    expect(chat.mark).to_have_count(1)
    chat.page.wait_for_timeout(300)

    turn.get_by_role("button", name="Show 1 in its source").focus()
    chat.page.keyboard.press("Enter")

    expect(chat.mark).to_be_in_viewport()
    chat.page.wait_for_timeout(300)
    assert in_view(chat.mark)


def test_a_list_keeps_its_lines(chat: ChatPage) -> None:
    turn = chat.ask("The keeper may enter the colony only with a lantern?")

    quote = turn.locator("blockquote").first
    expect(quote).to_have_text(re.compile("two witnesses"))
    assert "\n- two witnesses\n" in (quote.text_content() or "")
    assert quote.evaluate("e => getComputedStyle(e).whiteSpace") in ("pre-wrap", "break-spaces")


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_an_abstention_looks_different_and_lists_what_is_near(chat: ChatPage) -> None:
    answer = chat.ask("Where do the penguins of Ashdown live?")
    refusal = chat.ask("Which emperor crossed granite mountains yesterday?")

    expect(refusal.get_by_role("heading", name="Not in these documents")).to_be_visible()
    expect(refusal).to_contain_text("Searched 3 documents")
    expect(refusal).to_contain_text("1 file could not be read: broken.pdf")
    assert refusal.locator(".card").count() > 0
    expect(answer.get_by_role("heading", name="Not in these documents")).to_have_count(0)
    expect(chat.mark).to_have_count(0)
    colour = "e => getComputedStyle(e).backgroundColor"
    assert refusal.locator(".refusal").evaluate(colour) != answer.locator(".card").first.evaluate(
        colour
    )

    refusal.get_by_role("button", name="Show 1 in its source").click()
    expect(chat.source).to_contain_text("Nearest text 1")
    expect(chat.mark).to_have_count(1)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_a_hostile_document_is_only_text(chat: ChatPage) -> None:
    """The fixture of the page fails the test when anything is asked of another machine."""
    first = chat.ask("What does the wombat password need: twelve letters?")
    expect(first.locator("blockquote").first).to_contain_text("<img src=http://evil.example/a.png")
    expect(first.locator("blockquote").first).to_contain_text("![x](http://evil.example/b.png)")
    titles = first.locator(".from, .where .title")
    expect(titles.first).to_contain_text("<script>window.hacked = 1</script>")
    chat.start_anew()
    second = chat.ask("What does the wombat template says and value?")
    expect(second.locator("blockquote").first).to_contain_text("${window.hacked=3} and {{value}}")
    expect(second.locator("blockquote").first.locator(".unseen")).to_have_count(2)
    third = chat.ask("<img src=http://evil.example/q.png onerror=window.hacked=4> wombat frame?")

    expect(third.locator("h2")).to_contain_text("<img src=http://evil.example/q.png")
    foreign = "img, iframe, script"
    outside = f"#conversation :is({foreign}, a:not([download])), #source :is({foreign})"
    assert chat.page.locator(outside).count() == 0
    assert chat.page.evaluate("window.hacked") is None


def test_a_quote_of_a_file_that_changed_says_so(chat: ChatPage) -> None:
    turn = chat.ask("How many moons counts the almanac over Ashdown?")

    expect(turn.locator(".badge").first).to_have_text("changed since indexing")
    expect(chat.source.locator(".badge")).to_have_text("changed since indexing")
    chat.start_anew()
    fresh = chat.ask("Where do the penguins of Ashdown live?")
    expect(fresh.locator(".card").first.locator(".badge")).to_have_count(0)


@pytest.fixture
def rewritten(house: House) -> Iterator[MemoryStore]:
    """An index whose harbour document is no longer what it was; put back afterwards."""
    before = house.store
    document = make_document("Everything in the harbour is different now.", "harbour.txt")
    entry = make_entry(replace(document, source="harbour.txt"), house.embedder)
    yield MemoryStore().apply(ChangeSet(entries=(entry,)))  # type: ignore[misc]
    house.store = before


def test_a_quote_of_an_earlier_index_is_shown_as_it_was(
    chat: ChatPage, house: House, rewritten: MemoryStore
) -> None:
    turn = chat.ask("Where do the penguins of Ashdown live?")
    expect(chat.mark).to_have_count(1)

    house.store = rewritten
    turn.locator(".chip").first.click()

    expect(chat.source).to_contain_text("changed since this was answered")
    expect(chat.mark).to_have_count(1)
    expect(chat.source).not_to_contain_text("Everything in the harbour is different now.")


def test_a_follow_up_says_what_is_searched_for(chat: ChatPage) -> None:
    first = chat.ask("When does the ferry sail?")
    expect(first.locator(".searching")).to_have_count(0)

    second = chat.ask("And from the northern quay?")

    expect(second.locator(".searching")).to_have_text(
        "searching for: When does the ferry sail from the northern quay?"
    )


@pytest.mark.parametrize(
    ("question", "says"),
    [("??!", "The question has no words"), ("why " * 900, "3,599 characters")],
    ids=["no words", "too long"],
)
def test_what_is_no_question_is_said_in_a_line(chat: ChatPage, question: str, says: str) -> None:
    turn = chat.ask(question)

    expect(turn.get_by_role("alert")).to_contain_text(says)
    expect(turn.locator(".card")).to_have_count(0)
    expect(chat.page.get_by_label("Your question")).to_have_value(question)
    chat.ask("Where do the penguins of Ashdown live?")
    expect(chat.mark).to_have_count(1)
    expect(chat.page.get_by_label("Your question")).to_have_value("")


def test_a_fault_is_an_apology_and_no_traceback(
    chat: ChatPage,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(house.assistant.reader, "read", fails)
    turn = chat.ask("Where do the penguins of Ashdown live?")

    expect(turn.get_by_role("alert")).to_contain_text("Something went wrong")
    expect(chat.page.locator("body")).not_to_contain_text("secret detail")
    assert "secret detail" in caplog.text


def test_what_is_no_question_leaves_the_open_quote(chat: ChatPage) -> None:
    chat.ask("Where do the penguins of Ashdown live?")
    expect(chat.mark).to_have_count(1)
    chat.ask("??")

    expect(chat.mark).to_have_count(1)
    expect(chat.page.locator(".chip[aria-current]")).to_have_count(1)


def test_new_chat_forgets(chat: ChatPage) -> None:
    chat.ask("When does the ferry sail?")
    chat.start_anew()

    expect(chat.mark).to_have_count(0)
    turn = chat.ask("Where do the penguins of Ashdown live?")
    expect(turn.locator(".searching")).to_have_count(0)


def test_an_example_can_be_asked_before_the_box_is_there(blank: Page, house: House) -> None:
    """Gradio loads what draws each part by itself: here, what comes after the HTML is late."""
    late: list[Route] = []
    drawn: list[str] = []

    def hold(route: Route) -> None:
        if any("HTML-" in url for url in drawn):
            return late.append(route)
        drawn.append(route.request.url)
        return route.continue_()

    blank.route("**/assets/*.js", hold)
    blank.goto(house.url)
    blank.locator("button.example").first.press("Enter")
    assert blank.locator("#question textarea").count() == 0
    for route in late:
        route.continue_()
    blank.unroute("**/assets/*.js")
    expect(ChatPage(blank).turns).to_have_count(1)


def test_an_example_is_asked_by_a_click(chat: ChatPage) -> None:
    example = chat.page.locator("button.example").first
    question = example.text_content() or ""
    assert any(h in question for h in ("penguins live", "ferry sails")), question

    example.click()

    expect(chat.turns).to_have_count(1)
    expect(chat.turns.first.locator("h2")).to_have_text(question)
    expect(chat.mark).to_have_count(1)


def test_the_question_can_be_sent_by_its_button(chat: ChatPage) -> None:
    chat.page.get_by_label("Your question").fill("When does the ferry sail?")
    chat.page.get_by_role("button", name="Ask", exact=True).click()

    expect(chat.turns).to_have_count(1)


def test_two_pages_are_two_conversations(chat: ChatPage, house: House) -> None:
    chat.ask("When does the ferry sail?")
    other = ChatPage(chat.page.context.new_page())
    other.page.goto(house.url)
    expect(other.turns).to_have_count(1)  # it goes on with the last chat until told otherwise
    other.start_anew()

    turn = other.ask("Where do the penguins of Ashdown live?")

    expect(turn.locator(".searching")).to_have_count(0)
    expect(chat.turns).to_have_count(1)


def test_the_frame_of_the_page(chat: ChatPage) -> None:
    expect(chat.page).to_have_title("pp_qa · ask your documents")
    expect(chat.page.get_by_text("One thing to know.")).to_be_visible()
    expect(chat.page.get_by_role("log", name="Conversation")).to_be_visible()
    expect(chat.page.locator("footer")).not_to_be_visible()
    box = chat.page.get_by_label("Your question")
    expect(box).to_be_focused()


def test_the_policy_stops_what_escaping_would_miss(chromium: Browser, house: House) -> None:
    page = chromium.new_page()
    page.goto(house.url)
    expect(page.locator("#conversation")).to_be_visible()

    blocked = page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener('securitypolicyviolation', (e) => done(e.blockedURI));
            const image = new Image();
            image.onerror = () => setTimeout(() => done('not by policy'), 1000);
            image.src = 'http://evil.invalid/x.png';
        })"""
    )
    page.close()
    assert blocked.startswith("http://evil.invalid")
