"""The Documents tab where it changes what is there: files added, removed, brought back, read anew."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from chatting import HARBOUR, LOOKS, PENGUINS, SIZES, ChatPage
from colours import faint
from playwright.sync_api import Locator, Page, expect
from serving import on_disk, serving

pytestmark = pytest.mark.browser

DROP = """async ([name, text]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([text], name));
    const init = { dataTransfer: carried, bubbles: true, cancelable: true };
    const under = document.getElementById("conversation");
    under.dispatchEvent(new DragEvent("dragover", init));
    const marked = document.body.hasAttribute("data-dropping");
    under.dispatchEvent(new DragEvent("drop", init));
    return marked;
}"""

FOLDER = """(names) => {
    const child = (name) => ({
        name, isFile: true, file: (done) => done(new File([`${name} is about herons.`], name)),
    });
    const parts = [names.map(child), []];
    const folder = {
        isFile: false, createReader: () => ({ readEntries: (done) => done(parts.shift()) }),
    };
    DataTransferItem.prototype.webkitGetAsEntry = () => folder;
}"""
"""Has whatever is dropped be a folder with these files."""


@pytest.fixture
def shelf(blank: Page, tmp_path: Path) -> Iterator[ChatPage]:
    """A page over a folder that isn't there yet."""
    with serving(on_disk(tmp_path / "documents")) as url:
        blank.goto(url)
        expect(blank.get_by_role("heading", name="No documents yet")).to_be_visible()
        expect(blank.get_by_role("tab", name="Documents")).to_be_visible()
        yield ChatPage(blank)
        blank.close()  # a page that loses its server says so on its console


def choose(chat: ChatPage, button: Locator, *paths: Path) -> None:
    with chat.page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files(paths)


@pytest.mark.parametrize("look", LOOKS, indirect=True)
def test_the_first_files_are_added_asked_and_removed_on_the_page(
    shelf: ChatPage, tmp_path: Path
) -> None:
    """From nothing to an answer and back, without starting anything anew; at last all of it is read
    again."""
    page = shelf.page
    assert faint(page) == []
    expect(page.get_by_label("Your question")).to_be_disabled()
    harbour, picture = tmp_path / "harbour.txt", tmp_path / "picture.png"
    harbour.write_text(HARBOUR, encoding="utf-8")
    picture.write_bytes(b"no text")
    choose(
        shelf,
        page.locator("#conversation").get_by_role("button", name="Add files"),
        harbour,
        picture,
    )
    expect(page.locator(".news")).to_contain_text("picture.png is a picture")
    expect(page.locator(".news")).to_contain_text("harbour.txt can be asked: 2 passages")
    assert faint(page) == []
    assert (tmp_path / "documents" / "harbour.txt").read_text(encoding="utf-8") == HARBOUR
    assert not (tmp_path / "documents" / "picture.png").exists()

    page.get_by_role("button", name="Ask it").click()
    expect(page.get_by_label("Your question")).to_have_value("@harbour.txt ")
    turn = shelf.ask(f"@harbour.txt {PENGUINS}")
    expect(turn.locator("blockquote").first).to_contain_text("behind the old lighthouse")

    rows = shelf.documents().get_by_role("listitem")
    page.get_by_role("button", name="Remove harbour.txt").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("it is moved to the folder .removed")
    assert faint(page) == []
    dialog.get_by_role("button", name="Keep it").click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Remove harbour.txt").click()
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(rows).to_have_count(0)
    assert (tmp_path / "documents" / ".removed" / "harbour.txt").exists()
    page.get_by_role("button", name="Bring it back").click()
    expect(rows).to_have_count(1)
    expect(page.locator(".name p")).to_contain_text("1 document")
    page.get_by_role("button", name="Rebuild the index").click()
    expect(page.locator(".news")).to_contain_text("generation 4")
    expect(page.locator(".updating")).not_to_be_visible()


@pytest.mark.parametrize("look", SIZES, indirect=True)
def test_files_are_dropped_anywhere_on_the_page(shelf: ChatPage) -> None:
    """A file that is dropped on the conversation is added too; one of that name beside it."""
    assert shelf.page.evaluate(DROP, ["harbour.txt", HARBOUR])
    news = shelf.page.locator(".news")
    expect(news).to_contain_text("harbour.txt can be asked: 2 passages")
    shelf.page.evaluate(DROP, ["harbour.txt", "Another harbour.\n"])
    expect(news).to_contain_text("harbour.txt is kept as harbour (2).txt")
    expect(news).to_contain_text("harbour (2).txt can be asked: 1 passage")
    shelf.page.evaluate(DROP, ["copy.txt", HARBOUR])
    expect(news).to_contain_text("copy.txt is there already, as harbour.txt")
    expect(shelf.page.get_by_role("list", name="Documents").get_by_role("listitem")).to_have_count(
        2
    )


def test_of_a_folder_that_is_dropped_hidden_files_are_left_out(shelf: ChatPage) -> None:
    """Those too that Office puts beside an open file: they would be stored beside it by its name."""
    shelf.page.evaluate(FOLDER, [".hidden.txt", "~$notes.txt", "notes.txt"])
    shelf.page.evaluate(DROP, ["folder", ""])
    expect(shelf.page.locator(".news")).to_contain_text("notes.txt can be asked: 1 passage")
    listed = shelf.page.get_by_role("list", name="Documents").get_by_role("listitem")
    expect(listed).to_have_count(1)


def test_what_could_not_be_taken_is_told_however_much_could(
    shelf: ChatPage, tmp_path: Path
) -> None:
    """Lines of what went well give way to newer ones; *Clear* puts all of them away."""
    page = shelf.page
    texts = [tmp_path / f"text {n}.txt" for n in range(8)]
    for n, path in enumerate(texts):
        path.write_text(f"The penguin with the number {n} is here.\n", encoding="utf-8")
    program = tmp_path / "penguins.exe"
    program.write_bytes(b"MZ")
    shelf.documents()
    choose(shelf, page.locator(".drop").get_by_role("button", name="Add files"), program, *texts)
    news = page.locator(".news")
    expect(news).to_contain_text("text 7.txt can be asked")
    expect(news.locator(".problem")).to_contain_text("penguins.exe is a program")
    expect(news).not_to_contain_text("text 0.txt can be asked")
    choose(shelf, page.locator(".drop").get_by_role("button", name="Add files"), texts[0])
    expect(news).to_contain_text("text 0.txt is there already")
    expect(news).not_to_contain_text(", as text 0.txt")
    expect(page.locator(".updating")).to_be_hidden()
    page.get_by_role("button", name="Clear what was done").press("Enter")
    expect(page.get_by_label("Filter documents")).to_be_focused()
    expect(news.get_by_role("listitem")).to_have_count(0)
    expect(page.get_by_role("button", name="Clear what was done")).to_be_hidden()


def test_an_update_is_seen_and_the_old_index_answers_meanwhile(
    blank: Page, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bar stands over the list until the new text is embedded; a question doesn't wait."""
    (corpus / "harbour.txt").write_text(HARBOUR, encoding="utf-8")
    assistant = on_disk(corpus)
    embed, gate = assistant.embedder.embed, threading.Event()

    def slow(texts: Sequence[str]) -> Any:
        if any("otters" in text for text in texts):
            assert gate.wait(60)
        return embed(texts)

    monkeypatch.setattr(assistant.embedder, "embed", slow)
    with serving(assistant) as url:
        blank.goto(url)
        chat = ChatPage(blank)
        chat.documents()
        blank.evaluate(DROP, ["otters.txt", "The otters sleep afloat.\n"])
        updating = blank.locator(".updating")
        expect(updating.locator(".line")).to_contain_text(re.compile("Reading|Looking"))
        bar = blank.get_by_role("progressbar", name="Update of the index")
        expect(bar).to_be_visible()
        assert bar.evaluate("e => getComputedStyle(e).appearance") == "none"
        turn = chat.ask(PENGUINS)
        expect(turn.locator("blockquote").first).to_contain_text("behind the old lighthouse")
        chat.documents()
        expect(updating.get_by_role("button", name="Stop")).to_be_visible()
        gate.set()
        expect(blank.locator(".news")).to_contain_text("otters.txt can be asked: 1 passage")
        expect(updating).to_be_hidden()
        blank.close()


def test_what_was_removed_is_brought_back_after_a_reload(shelf: ChatPage) -> None:
    """A folded list under the documents has what lies aside, while there is any."""
    page = shelf.page
    page.evaluate(DROP, ["harbour.txt", HARBOUR])
    expect(page.locator(".news")).to_contain_text("can be asked")
    page.get_by_role("button", name="Remove harbour.txt").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator(".news")).to_contain_text("harbour.txt is removed")
    page.reload()
    rows = shelf.documents().get_by_role("listitem")
    expect(rows).to_have_count(0)
    page.get_by_text("1 removed file").click()
    page.get_by_role("button", name="Bring back harbour.txt").click()
    expect(rows).to_have_count(1)
    expect(page.locator(".aside")).to_be_hidden()


def test_files_that_give_nothing_to_ask_are_told(shelf: ChatPage) -> None:
    """One without text is said to have none, and where there is nothing else, what can't be read
    is named with its reason in place of the conversation."""
    page = shelf.page
    page.evaluate(DROP, ["broken.pdf", "this is no PDF"])
    expect(page.locator(".news")).to_contain_text("broken.pdf was stored and can’t be read")
    opening = page.locator(".opening")
    expect(opening).to_contain_text("1 file in the folder can’t be read")
    expect(opening.get_by_role("listitem")).to_contain_text(re.compile(r"broken\.pdf: it \w+"))
    page.evaluate(DROP, ["empty.txt", ""])
    expect(page.locator(".news")).to_contain_text("empty.txt was stored and has no text")


def test_where_nothing_may_be_added_what_cannot_be_read_is_named(blank: Page, corpus: Path) -> None:
    (corpus / "broken.pdf").write_bytes(b"this is no PDF")
    with serving(on_disk(corpus, allow_write=False)) as url:
        blank.goto(url)
        unread = blank.locator(".opening ul.unread")
        expect(unread).to_contain_text(re.compile(r"broken\.pdf: it \w+"))
        blank.close()


def test_where_nothing_may_be_added_the_page_says_so(blank: Page, corpus: Path) -> None:
    """Served to others, it shows the list without buttons, and a file that is dropped does not
    take the place of the page."""
    (corpus / "harbour.txt").write_text(HARBOUR, encoding="utf-8")
    with serving(on_disk(corpus, allow_write=False)) as url:
        blank.goto(url)
        rows = ChatPage(blank).documents().get_by_role("listitem")
        expect(rows).to_have_count(1)
        expect(blank.locator(".off")).to_contain_text("--allow-write")
        assert blank.evaluate(DROP, ["a.txt", "A text."]) is False
        for name in ("Add files", "Remove harbour.txt", "Rebuild the index"):
            expect(blank.get_by_role("button", name=name)).to_have_count(0)
        blank.close()
    assert [p.name for p in corpus.iterdir()] == ["harbour.txt"]
