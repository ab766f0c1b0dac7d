"""The source pane: a quote in its document, the way to the others, all of a long text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from chatting import LOOKS, SIZES, ChatPage, House
from playwright.sync_api import Locator, expect
from reportlab.pdfgen.canvas import Canvas

from pp_qa.loading import load
from pp_qa.testing import make_document, make_entry
from pp_qa.types import ChangeSet, Hit, Page, Reading, Span

pytestmark = pytest.mark.browser
LINE = "Line {} tells of the sea, the harbour and the ships that lie there in winter, one by one."
LONG = "\n\n".join(
    f"The {'walrus' if n == 1500 else 'octopus'} of Tromso sleeps in the middle of the book."
    if n in (1500, 1504)
    else LINE.format(n)
    for n in range(3_000)
)
ASKED = "Where sleeps the walrus of Tromso, in the middle of the book?"


@pytest.fixture
def library(house: House) -> Iterator[House]:
    """The house with a long book in it; taken out afterwards."""
    before = house.store
    house.store = before.apply(
        ChangeSet(entries=(make_entry(make_document(LONG, "book.txt"), house.embedder, 256),))
    )
    yield house
    house.store = before


def filled(chat: ChatPage) -> Locator:
    return chat.source.locator(".leaf:not(:empty)")


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_the_quotes_of_a_reply_are_walked_through(chat: ChatPage) -> None:
    """By buttons and by keys, the number in the conversation following; the ways end at the ends."""
    turn = chat.ask("What may penguins do at the ferry: board free of charge?")
    quotes = turn.locator("blockquote").all_text_contents()
    assert len(quotes) > 1
    before, after = (
        chat.source.get_by_role("button", name=f"{way} quote") for way in ("Previous", "Next")
    )
    turn.locator(".chip").first.click()
    expect(chat.source.locator(".label")).to_have_text(f"Quote 1 of {len(quotes)}")
    expect(before).to_be_disabled()

    after.click()
    expect(chat.mark).to_have_text(quotes[1])
    expect(turn.locator(".chip").nth(1)).to_have_attribute("aria-current", "true")
    chat.page.keyboard.press("Alt+ArrowUp")
    expect(chat.mark).to_have_text(quotes[0])
    for _ in quotes[1:]:
        after.click()
    expect(chat.mark).to_have_text(quotes[-1])
    expect(after).to_be_disabled()
    expect(chat.mark).to_be_in_viewport()


def test_the_last_of_quick_clicks_and_keys_is_what_opens(chat: ChatPage) -> None:
    """However quick one is: the numbers one after another at once, then back by keys, and on from
    there."""
    turn = chat.ask("What may penguins do at the ferry: board free of charge?")
    quotes = turn.locator("blockquote").all_text_contents()
    assert len(quotes) > 2
    turn.evaluate("turn => turn.querySelectorAll('.chip').forEach(chip => chip.click())")
    expect(chat.mark).to_have_text(quotes[-1])
    for _ in quotes[1:]:
        chat.page.keyboard.press("Alt+ArrowUp")
    expect(chat.mark).to_have_text(quotes[0])
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        chat.page.keyboard.press(f"Alt+{key}")
    expect(chat.mark).to_have_text(quotes[1])


def test_another_quote_in_the_text_opens_by_a_click_or_a_key(chat: ChatPage) -> None:
    """The other quotes of the reply are marked in the document, and lead to themselves."""
    turn = chat.ask("What may penguins do at the ferry: board free of charge?")
    quotes = turn.locator("blockquote").all_text_contents()
    other = chat.source.locator(".other[data-number='2']")
    expect(other).to_have_text(quotes[1])

    other.click()
    expect(chat.mark).to_have_text(quotes[1])
    chat.source.locator(".other[data-number='1']").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.mark).to_have_text(quotes[0])


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_all_of_a_long_document_is_read_by_scrolling(library: House, chat: ChatPage) -> None:
    """Only what is near is in the page; what one looks at stays where it is while more comes."""
    chat.ask(ASKED).locator(".chip").first.click()
    expect(chat.mark).to_have_text(re.compile("walrus of Tromso"))
    expect(chat.mark).to_be_in_viewport()
    text = chat.source.locator(".text")
    assert chat.source.locator(".leaf").count() > 50

    place = chat.mark.evaluate("e => e.getBoundingClientRect().top")
    expect(filled(chat)).not_to_have_count(1)
    chat.page.wait_for_timeout(500)
    assert abs(chat.mark.evaluate("e => e.getBoundingClientRect().top") - place) < 3
    assert filled(chat).count() < 8
    expect(chat.source.locator(".spot")).to_have_text("50 %")

    text.evaluate("e => e.scrollTop = 0")
    expect(text).to_contain_text("Line 0 tells")
    expect(chat.source.locator(".spot")).to_have_text("0 %")
    text.evaluate("e => e.scrollTop = e.scrollHeight")
    expect(text).to_contain_text("Line 2999 tells")
    expect(text).not_to_contain_text("Line 0 tells")
    assert filled(chat).count() < 8


def test_what_is_read_stays_still_while_more_comes_above_it(library: House, chat: ChatPage) -> None:
    """Scrolling upwards by so much moves the text by so much."""
    chat.ask(ASKED)
    expect(filled(chat)).not_to_have_count(1)
    jumps = chat.source.locator(".text").evaluate(
        """async (text) => {
            const jumps = [];
            const wait = () => new Promise((done) => setTimeout(done, 60));
            for (let i = 0; i < 40; i++) {
                const middle = text.getBoundingClientRect().top + text.clientHeight / 2;
                const seen = [...text.querySelectorAll('.leaf')].find((leaf) =>
                    leaf.firstChild && leaf.getBoundingClientRect().bottom > middle);
                const before = seen.getBoundingClientRect().top;
                text.scrollTop -= 200;
                await wait();
                jumps.push(Math.abs(seen.getBoundingClientRect().top - before - 200));
            }
            return jumps;
        }"""
    )
    assert max(jumps) < 3


def test_no_text_of_another_revision_is_put_to_what_is_open(
    library: House, apart: ChatPage
) -> None:
    """When the document changes under the reader, it is said where more of it would stand."""
    chat = apart
    chat.ask(ASKED)
    expect(chat.mark).to_be_in_viewport()
    changed = make_document(LONG.replace("Line 0 tells", "Line 0 sings"), "book.txt")
    library.store = library.store.apply(
        ChangeSet(entries=(make_entry(changed, library.embedder, 256),))
    )
    chat.source.locator(".text").evaluate("e => e.scrollTop = 0")

    expect(chat.source.locator(".failed").first).to_contain_text("open the quote again")
    expect(chat.source.locator(".text")).not_to_contain_text("sings")


def test_what_could_not_be_read_is_read_once_the_server_is_back(
    library: House, apart: ChatPage
) -> None:
    """When one comes to it again."""
    chat, page = apart, apart.page
    chat.ask(ASKED)
    expect(chat.mark).to_be_in_viewport()
    text = chat.source.locator(".text")
    page.route("**/page/text*", lambda route: route.abort())
    text.evaluate("e => e.scrollTop = 0")
    expect(text.locator(".failed").first).to_contain_text("the server doesn’t answer")
    page.unroute("**/page/text*")
    text.evaluate("e => e.scrollTop = e.scrollHeight")
    expect(text).to_contain_text("Line 2999 tells")
    text.evaluate("e => e.scrollTop = 0")
    expect(text).to_contain_text("Line 0 tells")


def test_the_quote_is_copied_with_its_address(chat: ChatPage) -> None:
    """Word for word, with title, place and what `pp-qa show` takes."""
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.ask("Where do the penguins of Ashdown live?")
    expect(chat.mark).to_have_count(1)

    chat.source.get_by_role("button", name="Copy quote").click()

    expect(chat.source.get_by_role("button", name="Copied")).to_be_visible()
    copied = chat.page.evaluate("navigator.clipboard.readText()")
    quote = chat.mark.text_content()
    address = chat.source.locator(".address code").text_content()
    assert copied == f"“{quote}”\n— The harbour of Ashdown › Where the penguins live ({address})"


def book(path: Path) -> None:
    """Thirty pages; one sentence runs from the twelfth to the next."""
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=True)
    for number in range(1, 31):
        lines = [f"Ship {i} of page {number} lies in the harbour until spring." for i in range(40)]
        if number == 12:
            lines[-1] = "A narwhal of Bergen dives under the ice and comes up in the evening at the"
        if number == 13:
            lines[0] = "other side of the bay."
        for i, line in enumerate(lines):
            canvas.drawString(60, 790 - 18 * i, line)
        canvas.showPage()
    canvas.save()


@pytest.fixture
def shelf(house: House) -> Iterator[Path]:
    """A PDF in the house; taken out afterwards."""
    before, path = house.store, house.corpus / "book.pdf"
    book(path)
    document = load(path, "book.pdf", path.read_bytes())
    house.store = before.apply(ChangeSet(entries=(make_entry(document, house.embedder),)))
    yield path
    house.store = before
    path.unlink(missing_ok=True)


@pytest.fixture
def talk(house: House) -> Iterator[None]:
    """Two short slides in the house; taken out afterwards."""
    before = house.store
    document = make_document("The heron of Oslo fishes.\n\nAn otter of Rome swims.\n", "talk.txt")
    pages = (Page(1, "slide 1", Span(0, 25)), Page(2, "slide 2", Span(25, len(document.text))))
    entry = make_entry(replace(document, pages=pages), house.embedder)
    house.store = before.apply(ChangeSet(entries=(entry,)))
    yield
    house.store = before


def test_the_place_that_is_told_is_the_quotes(talk: None, chat: ChatPage) -> None:
    """However little of the document there is to scroll through."""
    for question, slide in (
        ("Where does the heron of Oslo fish?", "slide 1 of 2"),
        ("Where does an otter of Rome swim?", "slide 2 of 2"),
    ):
        chat.ask(question)
        expect(chat.source.locator(".spot")).to_have_text(slide)


def test_the_place_that_is_told_follows_who_scrolls(shelf: Path, chat: ChatPage) -> None:
    """From the first page to the last."""
    chat.ask("Where does the narwhal of Bergen dive under the ice?")
    spot = chat.source.locator(".spot")
    expect(spot).to_have_text(re.compile("^page 12 of 30 · [34]. %$"))
    for to, told in (("0", "page 1 of 30 · 0 %"), ("e.scrollHeight", "page 30 of 30 · 100 %")):
        chat.source.locator(".text").evaluate(f"e => e.scrollTop = {to}")
        chat.page.wait_for_timeout(300)  # what is near is filled in
        chat.source.locator(".text").evaluate(f"e => e.scrollTop = {to}")
        expect(spot).to_have_text(told)


@pytest.fixture
def exact(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader marks the first two words of a sentence as what answers."""
    read = house.assistant.reader.read

    def marking(question: str, hits: Sequence[Hit]) -> Reading:
        reading = read(question, hits)
        marked = (
            replace(s, highlight=Span(s.sentence.span.start, s.sentence.span.start + 9))
            for s in reading.scores
        )
        return replace(reading, scores=tuple(marked))

    monkeypatch.setattr(house.assistant.reader, "read", marking)


def test_the_part_that_answers_is_marked_on_the_page(
    shelf: Path, exact: None, chat: ChatPage
) -> None:
    """Within the box of its quote, by a line under it."""
    chat.ask("Where does the narwhal of Bergen dive under the ice?")
    chat.source.get_by_role("button", name="Pages").click()
    part, quote = (chat.source.locator(f".box.{kind}") for kind in ("answer", "open"))
    expect(part).to_have_count(1)
    inner, outer = part.bounding_box(), quote.first.bounding_box()
    assert inner
    assert outer
    assert outer["x"] - 1 <= inner["x"] < inner["x"] + inner["width"] < outer["x"] + outer["width"]
    assert part.evaluate("e => getComputedStyle(e).borderBottomStyle") == "solid"


@pytest.mark.parametrize("look", SIZES[1:], indirect=True)
def test_a_page_is_large_enough_to_be_read_on_a_phone(shelf: Path, chat: ChatPage) -> None:
    """The quote is in view from where it begins; what one chooses then stays."""
    chat.ask("Where does the narwhal of Bergen dive under the ice?").locator(".chip").first.click()
    pages = chat.source.get_by_role("button", name="Pages")
    pages.click()
    box, first = chat.source.locator(".box.open").first, chat.source.locator(".sheet").first
    expect(box).to_be_in_viewport()
    assert box.evaluate("e => e.getBoundingClientRect().height") >= 10
    assert box.evaluate("e => e.getBoundingClientRect().left") >= 0
    chat.source.get_by_role("button", name="Smaller").click()
    width = first.evaluate("e => e.clientWidth")
    chat.source.get_by_role("button", name="Text").click()
    pages.click()
    expect(box).to_be_in_viewport()
    assert first.evaluate("e => e.clientWidth") == width


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_a_quote_is_boxed_on_the_pages_it_is_on(shelf: Path, chat: ChatPage) -> None:
    """The pages are shown as they look from where the quote begins; few of them are loaded."""
    chat.ask("Where does the narwhal of Bergen dive under the ice?").locator(".chip").first.click()
    expect(chat.source.locator(".where")).to_contain_text("page 12")
    chat.source.get_by_role("button", name="Pages").click()

    boxes = chat.source.locator(".box.open")
    expect(boxes).not_to_have_count(0)
    expect(boxes.first).to_be_in_viewport()
    on = {box.evaluate("e => e.parentElement.dataset.page") for box in boxes.all()}
    assert on == {"12", "13"}
    expect(chat.source.locator(".spot")).to_have_text("page 12 of 30")
    picture = chat.source.get_by_role("img", name="page 12")
    expect(picture).to_be_visible()
    chat.page.wait_for_function(
        "e => e.complete && e.naturalWidth > 0", arg=picture.element_handle()
    )
    assert chat.source.locator(".sheet").count() == 30
    assert chat.source.locator(".sheet img").count() < 8
    width = chat.source.locator(".sheet").first.evaluate(
        "e => e.clientWidth / e.parentElement.clientWidth"
    )
    assert width > 0.85

    chat.source.get_by_role("button", name="Next page").click()
    expect(chat.source.locator(".spot")).to_have_text("page 13 of 30")
    chat.source.get_by_role("button", name="Larger").click()
    expect(chat.source.locator(".spot")).to_have_text("page 13 of 30")
    wider = chat.source.locator(".sheet").first.evaluate(
        "e => e.clientWidth / e.parentElement.clientWidth"
    )
    assert wider > width
    chat.source.get_by_role("button", name="Text").click()
    expect(chat.mark).to_be_in_viewport()


MARKED = """(name) => [...CSS.highlights.get(name)].map((range) => range.toString())"""


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_words_are_found_in_all_of_a_document(library: House, chat: ChatPage) -> None:
    """Whatever their case, from what one sees on, forwards and backwards; Escape ends it."""
    chat.ask(ASKED).locator(".chip").first.click()
    expect(chat.mark).to_be_in_viewport()
    chat.source.locator(".text").focus()
    chat.page.keyboard.press("Control+f")
    field = chat.source.get_by_role("searchbox", name="Find in this document")
    expect(field).to_be_focused()
    tally = chat.source.get_by_role("status")

    field.fill("LINE  29")
    expect(tally).to_have_text("12 of 111")  # Line 29, 290 to 299, 2900 to 2999
    expect(chat.source.locator(".spot")).to_have_text("97 %")
    assert chat.page.evaluate(MARKED, "found") == ["Line 29"]
    assert set(chat.page.evaluate(MARKED, "find")) == {"Line 29"}
    field.press("Shift+Enter")
    expect(tally).to_have_text("11 of 111")
    expect(chat.source.locator(".text")).to_contain_text("Line 299 tells")
    field.press("Enter")
    field.press("Enter")
    expect(tally).to_have_text("13 of 111")

    field.fill("no such words")
    expect(tally).to_have_text("Not found")
    expect(chat.source.get_by_role("button", name="Next find")).to_be_disabled()
    field.press("Escape")
    expect(field).to_have_value("")
    expect(tally).to_have_text("")
    assert chat.page.evaluate(MARKED, "find") == []


def test_where_nothing_could_be_looked_for_it_is_said_why(library: House, apart: ChatPage) -> None:
    """It isn't said that there is nothing; Enter looks again."""
    chat, page = apart, apart.page
    chat.ask(ASKED)
    expect(chat.mark).to_be_in_viewport()
    tally = chat.source.get_by_role("status")
    page.route("**/page/finds*", lambda route: route.abort())
    field = chat.source.get_by_role("searchbox")
    field.fill("line 29")
    expect(tally).to_have_text("Nothing can be found: the server doesn’t answer.")
    page.unroute("**/page/finds*")
    field.press("Enter")
    expect(tally).to_contain_text("of 111")


def test_pages_are_turned_and_come_again_though_something_failed(
    shelf: Path, apart: ChatPage
) -> None:
    """What said why goes when there is a picture."""
    chat, page = apart, apart.page
    for failing in ("**/page/boxes*", "**/page/sheet.png*"):
        page.route(failing, lambda route: route.abort())
    chat.ask("Where does the narwhal of Bergen dive under the ice?")
    chat.source.get_by_role("button", name="Pages").click()
    expect(chat.source.locator(".sheets > .failed")).to_contain_text("the server doesn’t answer")
    at, following = chat.source.locator(".at"), chat.source.get_by_role("button", name="Next page")
    expect(at).to_have_text("page 12 of 30")
    sheet = chat.source.locator('.sheet[data-page="12"]')
    expect(sheet).to_have_text("This page can’t be shown.")
    page.unroute("**/page/sheet.png*")
    for number in range(13, 17):
        following.click()
        expect(at).to_have_text(f"page {number} of 30")
    for number in range(15, 11, -1):
        chat.source.get_by_role("button", name="Previous page").click()
        expect(at).to_have_text(f"page {number} of 30")
    expect(sheet.locator("img")).to_be_visible()
    expect(sheet).to_have_text("")


def test_a_document_is_opened_at_its_first_page(house: House, chat: ChatPage) -> None:
    """Though there is no text on it, as on a cover."""
    path, before = house.corpus / "covered.pdf", house.store
    canvas = Canvas(str(path), pagesize=(595, 842), invariant=True)
    canvas.rect(60, 60, 400, 700)
    canvas.showPage()
    canvas.drawString(60, 790, "The puffins of Reykjavik dig their burrows in spring.")
    canvas.save()
    try:
        document = load(path, "covered.pdf", path.read_bytes())
        house.store = before.apply(ChangeSet(entries=(make_entry(document, house.embedder),)))
        chat.documents().locator('button.read[data-document="covered.pdf"]').click()
        chat.source.get_by_role("button", name="Pages").click()
        expect(chat.source.locator(".at")).to_have_text("page 1 of 2")
    finally:
        house.store = before
        path.unlink()


def test_what_was_found_holds_at_the_next_quote(chat: ChatPage) -> None:
    """It is counted, and the next find is that from the quote on."""
    chat.ask("What may penguins do at the ferry: board free of charge?").locator(
        ".chip"
    ).first.click()
    field, tally = chat.source.get_by_role("searchbox"), chat.source.get_by_role("status")
    field.fill("penguins")
    expect(tally).to_have_text(re.compile("^. of 3$"))
    chat.source.get_by_role("button", name="Next quote").click()
    expect(chat.source.locator(".label")).to_contain_text("Quote 2 of")
    expect(field).to_have_value("penguins")
    expect(tally).to_have_text("3 found")
    chat.source.get_by_role("button", name="Next find").click()
    expect(tally).to_have_text(re.compile("^. of 3$"))
    field.fill("no such words")
    expect(tally).to_have_text("Not found")
    chat.source.get_by_role("button", name="Previous quote").click()
    expect(chat.source.locator(".label")).to_contain_text("Quote 1 of")
    expect(tally).to_have_text("Not found")


def test_more_letters_of_a_word_stay_at_the_same_find(library: House, chat: ChatPage) -> None:
    """Though others stand above it in the window."""
    chat.ask(ASKED).locator(".chip").first.click()
    expect(chat.mark).to_be_in_viewport()
    field, tally = chat.source.get_by_role("searchbox"), chat.source.get_by_role("status")
    field.fill("Line 300")
    expect(tally).to_have_text("1 of 1")
    expect(chat.source.get_by_text("Line 300 tells")).to_be_in_viewport()
    found = []
    for wanted in ("the sh", "the shi", "the shix", "the ship", "the ships"):
        field.fill(wanted)
        expect(tally).to_have_text("Not found" if "x" in wanted else re.compile(" of "))
        chat.page.wait_for_timeout(400)  # typed letter by letter
        found.append(tally.text_content())
    assert len(set(found) - {"Not found"}) == 1


@pytest.fixture
def owls(house: House) -> Iterator[None]:
    """A short text with odd letters in the house; taken out afterwards."""
    before = house.store
    text = "The owl 🦉 of Oslo \u202ehoots.\n\nAn owl of Rome sleeps by the Café.\n"
    entry = make_entry(make_document(text, "owl.txt"), house.embedder)
    house.store = before.apply(ChangeSet(entries=(entry,)))
    yield
    house.store = before


def test_what_is_found_is_marked_where_it_stands(owls: None, chat: ChatPage) -> None:
    """Behind letters that take two units, and beside a sign that is only shown by its code."""
    chat.ask("Where does the owl of Rome sleep?")
    expect(chat.mark).to_have_count(1)
    field = chat.source.get_by_role("searchbox")
    for wanted, found in (("hoots", "hoots"), ("cafe.", "Café."), ("oslo h", "Oslo h")):
        field.fill(wanted)
        chat.page.wait_for_function(f"(found) => ({MARKED})('found')[0] === found", arg=found)


def test_what_is_found_is_boxed_on_the_page(shelf: Path, chat: ChatPage) -> None:
    """Where the pages are shown, one goes there to what is found."""
    chat.ask("Where does the narwhal of Bergen dive under the ice?")
    chat.source.get_by_role("button", name="Pages").click()
    expect(chat.source.locator(".box.open")).not_to_have_count(0)
    field = chat.source.get_by_role("searchbox")
    field.fill("ship 7 of page 25")
    box = chat.source.locator(".box.find")
    expect(box).to_be_in_viewport()
    assert box.evaluate("e => e.parentElement.dataset.page") == "25"
    chat.source.get_by_role("button", name="Text").click()
    field.fill("ship 7 of page 26")
    expect(chat.source.locator(".spot")).to_contain_text("page 26")
    chat.source.get_by_role("button", name="Pages").click()
    expect(box).to_be_in_viewport()
    assert box.evaluate("e => e.parentElement.dataset.page") == "26"
    field.press("Escape")
    expect(box).to_have_count(0)


SEEN = """() => {
    const [range] = CSS.highlights.get("found");
    const at = range.getBoundingClientRect(), room = document.querySelector("#source .text").getBoundingClientRect();
    return range.toString() && at.top > room.top && at.bottom < room.bottom;
}"""


def test_the_same_lines_are_seen_in_a_wider_or_narrower_window(shelf: Path, chat: ChatPage) -> None:
    """The quote as long as one is at it, and else what one has scrolled to."""
    chat.ask("Where does the narwhal of Bergen dive under the ice?").locator(".chip").first.click()
    expect(chat.mark).to_be_in_viewport()
    for width in (1100, 1500, 1700, 1280):
        chat.page.set_viewport_size({"width": width, "height": 800})
        chat.page.wait_for_timeout(500)  # what is near is filled in
        expect(chat.mark).to_be_in_viewport()

    chat.source.get_by_role("searchbox").fill("ship 7 of page 25")
    chat.page.wait_for_function("() => CSS.highlights.get('found')?.size")
    for width in (1700, 1280, 1500, 1100):
        chat.page.set_viewport_size({"width": width, "height": 800})
        chat.page.wait_for_timeout(500)
        assert chat.page.evaluate(SEEN)


@pytest.mark.parametrize("look", [("light", (1680, 950))], indirect=True)
def test_a_wide_window_shows_the_pages_beside_the_text(shelf: Path, chat: ChatPage) -> None:
    """Both at the quote, and both go to the next one, without pages being made anew; a narrower
    window offers the choice."""
    asked: list[str] = []
    chat.page.on("request", lambda r: asked.append(r.url))
    chat.ask("Where does the narwhal of Bergen dive under the ice, and the ship of page 20 lie?")
    box, at = chat.source.locator(".box.open"), chat.source.locator(".turning .at")
    for number in ("1", "2"):
        expect(chat.source.locator(".label")).to_contain_text(f"Quote {number} of")
        expect(chat.mark).to_be_in_viewport()
        expect(box.first).to_be_in_viewport()
        told = chat.source.locator(".where").text_content() or ""
        page = box.first.evaluate("e => e.parentElement.dataset.page")
        assert f"page {page}" in told
        expect(at).to_have_text(f"page {page} of 30")
        chat.page.keyboard.press("Alt+ArrowDown")
    assert sum("page/sheets" in address for address in asked) == 1
    pages = chat.source.get_by_role("button", name="Pages")
    expect(pages).to_be_hidden()

    chat.page.set_viewport_size({"width": 1280, "height": 800})
    expect(pages).to_be_visible()
    expect(chat.source.locator(".sheets")).to_be_hidden()
    chat.page.set_viewport_size({"width": 1680, "height": 950})
    expect(box.first).to_be_in_viewport()
    expect(at).to_contain_text("of 30")

    chat.page.set_viewport_size({"width": 1280, "height": 800})
    pages.click()
    expect(chat.source.locator(".spot")).to_contain_text("of 30")
    expect(at).to_be_hidden()  # the page is told once: on a phone where pages are turned
    chat.page.set_viewport_size({"width": 390, "height": 844})
    chat.page.get_by_role("tab", name="Source").click()
    expect(at).to_be_visible()
    expect(at).to_contain_text("of 30")
    expect(chat.source.locator(".spot")).to_be_hidden()


@pytest.mark.parametrize("look", [("light", (1680, 950))], indirect=True)
def test_pages_and_text_beside_each_other_go_on_together(shelf: Path, chat: ChatPage) -> None:
    """Where one scrolls the one, by wheel, key or button, the other shows the same page; the next quote
    is gone to by both."""
    chat.ask("Where does the narwhal of Bergen dive under the ice, and the ship of page 20 lie?")
    sheets, text = chat.source.locator(".sheets"), chat.source.locator(".text")
    at, spot = chat.source.locator(".turning .at"), chat.source.locator(".spot")
    expect(at).to_contain_text("of 30")
    expect(chat.source.locator(".box.open").first).to_be_in_viewport()

    sheets.focus()
    chat.page.keyboard.press("End")
    expect(at).to_have_text("page 30 of 30")
    expect(spot).to_contain_text("page 30 of 30")
    text.focus()
    chat.page.keyboard.press("Home")
    expect(spot).to_contain_text("page 1 of 30")
    expect(at).to_have_text("page 1 of 30")
    for _ in range(3):
        chat.source.get_by_role("button", name="Next page").click()
    expect(at).to_have_text("page 4 of 30")
    expect(spot).to_contain_text("page 4 of 30")
    sheets.hover()
    chat.page.mouse.wheel(0, 4_000)
    chat.page.wait_for_function(
        """() => {
            const page = (place) => document.querySelector(place).textContent.match(/page (\\d+) of/)?.[1];
            return Number(page(".turning .at")) > 5 && page(".turning .at") === page(".spot");
        }"""
    )
    chat.page.keyboard.press("Alt+ArrowDown")
    expect(chat.mark).to_be_in_viewport()
    expect(chat.source.locator(".box.open").first).to_be_in_viewport()


def test_pages_of_a_file_that_has_changed_are_not_shown(shelf: Path, apart: ChatPage) -> None:
    """It is said why, and the text is there all the same."""
    shelf.write_bytes(shelf.read_bytes() + b"\n")
    chat = apart
    chat.ask("Where does the narwhal of Bergen dive under the ice?")
    expect(chat.mark).to_have_count(1)
    chat.source.get_by_role("button", name="Pages").click()

    expect(chat.source.locator(".sheets")).to_contain_text("has changed, or is gone")
    expect(chat.source.locator(".sheet")).to_have_count(0)
    chat.source.get_by_role("button", name="Text").click()
    expect(chat.mark).to_be_visible()
