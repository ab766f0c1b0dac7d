"""Pictures of the page's main views, over the shipped article and a small folder made up here.
`make screenshots` runs this; the pictures stand in docs/screenshots."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import get_chromium
from playwright.sync_api import Browser, Page, sync_playwright
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from pp_qa.composing import ready
from pp_qa.interfaces.web.server import listen, make_server
from pp_qa.settings import load_settings

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "screenshots"
WIDE, PHONE = (1280, 800), (390, 844)
ASKED = "Who met in Miami?"

HANDBOOK = (
    ("Handbook of the Ashdown ferry", "For the crew and everybody who works on the quay."),
    (
        "Sailing times",
        "The ferry sails at seven from the northern quay and at nine from the lighthouse. In winter"
        " the second crossing is left out. A crossing takes forty minutes when the tide is high.",
    ),
    (
        "Fog",
        "The captain may delay a crossing when the lighthouse can't be seen from the bridge. After"
        " two hours of fog the crossing is cancelled and tickets are paid back in full.",
    ),
    (
        "Animals on board",
        "Dogs travel on a lead. Penguins may board the ferry free of charge, but only with a keeper"
        " who carries a lantern.",
    ),
)
MINUTES = """# Minutes of the harbour council

## Repairs

The council approved 48,000 crowns for the northern quay. Work begins on 3 March and ends before
the ferry's summer timetable.

## Lighthouse

The keeper asked for a second lantern. The council put the matter off until May.
"""
FARES = "Ticket,Price,Valid\nAdult,12 crowns,one crossing\nChild,6 crowns,one crossing\n"
PASTED = (
    "According to the handbook, “The ferry sails at eight from the northern quay”, and “Penguins may"
    " not board the ferry free of charge”. The minutes say: “The council approved 48,000 crowns for"
    " the northern quay.” A guide adds that “the lighthouse was painted red in 1911”."
)


@contextmanager
def named_folder() -> Iterator[Path]:
    """A temporary folder with a name that can stand in a picture: the page says where the documents
    are."""
    folder = Path(tempfile.gettempdir()) / "ashdown-ferry"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def write(corpus: Path) -> None:
    corpus.mkdir()
    for file in (ROOT / "docs_corpus").glob("*.txt"):
        shutil.copy(file, corpus)
    (corpus / "minutes.md").write_text(MINUTES, encoding="utf-8")
    (corpus / "fares.csv").write_text(FARES, encoding="utf-8")
    styles = getSampleStyleSheet()
    story = []
    for title, text in HANDBOOK:
        story += [Paragraph(title, styles["Heading1"]), Paragraph(text, styles["BodyText"])]
        story.append(PageBreak())
    SimpleDocTemplate(str(corpus / "handbook.pdf"), pagesize=A5, title=HANDBOOK[0][0]).build(story)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    write(folder / "documents")
    settings = load_settings(corpus_dir=folder / "documents", index_dir=folder / "index")
    assistant = ready(settings, say=print)
    with listen("127.0.0.1", 0) as listening:
        server = make_server(assistant, "127.0.0.1")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@contextmanager
def opened(
    browser: Browser, url: str, size: tuple[int, int] = WIDE, dark: bool = False
) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    page.get_by_role("heading", name="Ask your documents").wait_for()
    yield page
    page.goto("about:blank")
    context.close()


def ask(page: Page, question: str) -> None:
    turns = page.locator("article.turn").count()
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    page.locator("article.turn").nth(turns).locator(".quotes, .refusal").first.wait_for()


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def check(page: Page) -> None:
    tab(page, "Check a quote")
    page.get_by_label("A quotation, or a whole answer that quotes").fill(PASTED)
    page.get_by_role("button", name="Check", exact=True).click()
    page.locator("#checks .tally").wait_for()


def keep(page: Page, name: str) -> None:
    page.wait_for_timeout(1_500)  # what moves has come to rest
    page.screenshot(path=PICTURES / f"{name}.png")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with (
        named_folder() as folder,
        serving(folder) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=get_chromium.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        with opened(browser, url) as page:
            ask(page, ASKED)
            page.locator("#source mark").first.wait_for()
            keep(page, "answer")
            ask(page, "Who won the football match in Lisbon?")
            keep(page, "abstention")
            ask(page, "When is a crossing cancelled because of fog?")
            page.locator("#source mark").first.wait_for()
            page.locator("#source").get_by_text("Pages", exact=True).click()
            keep(page, "pdf")
            tab(page, "Documents")
            keep(page, "documents")
            tab(page, "Chats")
            keep(page, "chats")
            check(page)
            keep(page, "check")
        with opened(browser, url, dark=True) as page:
            ask(page, ASKED)
            page.locator("#source mark").first.wait_for()
            keep(page, "dark")
        with opened(browser, url, PHONE) as page:
            ask(page, ASKED)
            keep(page, "phone")
        browser.close()


if __name__ == "__main__":
    main()
