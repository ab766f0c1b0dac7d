"""Documents in other scripts: shown in their own direction, asked and quoted as they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chatting import LOOKS, ChatPage, House, served
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ARABIC = "ميناء أشدون\n\nتعيش البطاريق خلف المنارة القديمة. لا أحد يطعمها.\n"
HEBREW = "הנמל של אשדון\n\nהפינגווינים גרים מאחורי המגדלור הישן. איש אינו מאכיל אותם.\n"
CHINESE = "阿什当港\n\n企鹅 住在 旧灯塔 后面。没有人喂它们。\n"
ASKED = {
    "أين تعيش البطاريق خلف المنارة القديمة؟": ("تعيش البطاريق خلف المنارة القديمة.", "rtl"),
    "איפה הפינגווינים גרים, מאחורי המגדלור הישן?": (
        "הפינגווינים גרים מאחורי המגדלור הישן.",
        "rtl",
    ),
    "企鹅 住在 旧灯塔 后面 ?": ("企鹅 住在 旧灯塔 后面。", "ltr"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    corpus = tmp_path_factory.mktemp("scripts")
    for name, text in (("ar.txt", ARABIC), ("he.txt", HEBREW), ("zh.txt", CHINESE)):
        (corpus / name).write_text(text, encoding="utf-8")
    house = House(corpus)
    house.index()
    with served(house):
        yield house


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_text_keeps_the_direction_of_its_script(chat: ChatPage) -> None:
    """The question where it is typed and where it is repeated, the quote, and its source."""
    box = chat.page.get_by_label("Your question")
    assert box.evaluate("e => getComputedStyle(e).unicodeBidi") == "plaintext"
    for question, (says, direction) in ASKED.items():
        turn = chat.ask(question)
        quote = turn.locator("blockquote").first
        expect(quote).to_have_text(says)
        expect(chat.mark).to_have_text(says)
        for shown in (turn.locator("h2"), quote, chat.mark):
            assert shown.evaluate("e => getComputedStyle(e).direction") == direction
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert chat.page.evaluate(width) == 0


def test_enter_that_ends_a_composition_asks_nothing(chat: ChatPage) -> None:
    """An input method takes Enter for itself while it puts a word together."""
    box = chat.page.get_by_label("Your question")
    box.fill("企鹅")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    chat.page.wait_for_timeout(300)

    expect(chat.page.locator("article.turn")).to_have_count(0)
    expect(box).to_have_value("企鹅")
