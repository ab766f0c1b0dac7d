"""How quick the page feels: `make bench-page` runs this.

A real browser paints the page, opens a text and a PDF of 300 pages at a quote, shows the PDF's
pages, and scrolls through both. Times are from the click to what the click was for on the screen.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keeping import keep
from load import serving
from playwright.sync_api import Page, sync_playwright
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

PAGES = 300
LINES = 40
"""Of a page."""
TIMES = 7
QUESTIONS = {
    "pdf": "Where does the narwhal of Bergen dive?",
    "text": "Where does the walrus of Tromso sleep?",
}
QUOTES = {
    "pdf": "The narwhal of Bergen dives under the ice of the northern bay.",
    "text": "The walrus of Tromso sleeps on the stones under the lighthouse.",
}
NAMES = [
    "ship",
    "harbour",
    "pilot",
    "captain",
    "merchant",
    "island",
    "lighthouse",
    "sailor",
    "anchor",
    "fleet",
    "cargo",
]
DOES = [
    "leaves",
    "reaches",
    "guards",
    "visits",
    "repairs",
    "describes",
    "counts",
    "refuses",
    "paints",
    "sells",
]


def written(kind: str) -> Iterator[list[str]]:
    """The lines of each page, of nothing in particular but for one, two thirds through."""
    dice = random.Random(kind)
    for number in range(1, PAGES + 1):
        lines = [
            f"The {dice.choice(NAMES)} {dice.choice(DOES)} the {dice.choice(NAMES)} of pier {n}."
            for n in range(LINES)
        ]
        if number == PAGES * 2 // 3:
            lines[LINES // 2] = QUOTES[kind]
        yield [f"Chapter {number}", *lines]


def write(corpus: Path) -> None:
    text = "\n\n".join("\n".join(lines) for lines in written("text"))
    (corpus / "text.txt").write_text(text, encoding="utf-8")
    canvas = Canvas(str(corpus / "book.pdf"), pagesize=(595, 842), invariant=True)
    for lines in written("pdf"):
        for n, line in enumerate(lines):
            canvas.setFont("Helvetica-Bold" if n == 0 else "Helvetica", 14 if n == 0 else 11)
            canvas.drawString(60, 800 - 18 * n, line)
        canvas.showPage()
    canvas.save()


# ── in the browser ───────────────────────────────────────────────────────────

_AFTER_CLICK = """([button, shown]) => new Promise((done) => {
    const from = performance.now();
    const look = () => {
        const part = document.querySelector(shown);
        const { top = -1, height = 0 } = part?.getBoundingClientRect() ?? {};
        const ready = height && top >= 0 && top < innerHeight && part.complete !== false;
        ready ? done(performance.now() - from) : requestAnimationFrame(look);
    };
    document.querySelector(button).click();
    requestAnimationFrame(look);
})"""
_SCROLL = """(selector) => new Promise((done) => {
    const part = document.querySelector(selector), frames = [];
    let before = performance.now();
    const step = (now) => {
        frames.push(now - before);
        before = now;
        part.scrollTop -= 60;
        frames.length < 240 ? requestAnimationFrame(step) : done(frames.slice(1));
    };
    requestAnimationFrame(step);
})"""
_PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""


def first_paint(page: Page, url: str) -> tuple[float, float]:
    """Milliseconds until anything is painted, and until a question can be typed."""
    page.goto(url)
    page.get_by_label("Your question").wait_for()
    usable = page.evaluate("performance.now()")
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    return page.evaluate(_PAINTED), usable


def after_click(page: Page, button: str, shown: str) -> float:
    found: float = page.evaluate(_AFTER_CLICK, [button, shown])
    return found


def opening(page: Page) -> dict[str, list[float]]:
    """Each text opened at its quote, the other one having been open."""
    chips = {
        kind: f'.turn[data-turn="{turn}"] .chip' for turn, kind in enumerate(QUESTIONS, start=1)
    }
    times: dict[str, list[float]] = {kind: [] for kind in chips}
    for _ in range(TIMES):
        for kind, chip in list(chips.items())[::-1]:
            turn = chip.split('"')[1]
            mark = f'.source[data-turn="{turn}"] mark'
            times[kind].append(after_click(page, chip, mark))
            page.wait_for_timeout(500)
    return times


def looking(page: Page) -> dict[str, Any]:
    """The pages of the PDF: the first time, when its process starts and reads it, and again."""
    number = PAGES * 2 // 3
    sheet = f'.sheet[data-page="{number}"] img'
    cold = after_click(page, '[data-view="pages"]', sheet)
    page.locator(".box.open").wait_for()
    boxed = page.evaluate("performance.now()") - page.evaluate("window.clicked")
    warm = []
    for _ in range(TIMES):
        page.locator('[data-view="text"]').click()
        page.wait_for_timeout(300)
        warm.append(after_click(page, '[data-view="pages"]', ".box.open"))
    return {
        "pages_first_picture_ms": round(cold),
        "pages_first_boxes_ms": round(boxed),
        **facts("pages_again", warm),
    }


def facts(name: str, times: list[float]) -> dict[str, int]:
    return {f"{name}_p50_ms": round(statistics.median(times)), f"{name}_max_ms": round(max(times))}


def scrolling(page: Page, name: str, selector: str) -> dict[str, int]:
    frames = page.evaluate(_SCROLL, selector)
    late = sum(f > 50 for f in frames)
    return {f"{name}_worst_frame_ms": round(max(frames)), f"{name}_frames_over_50_ms": late}


def measure(browser: Any, url: str) -> dict[str, Any]:
    paints = []
    for _ in range(TIMES):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        paints.append(first_paint(page, url))
        page.close()
    painted, usable = map(list, zip(*paints, strict=True))
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(120_000)
    first_paint(page, url)
    page.evaluate("addEventListener('click', () => (window.clicked = performance.now()), true)")
    for turn, question in enumerate(QUESTIONS.values(), start=1):
        box = page.get_by_label("Your question")
        box.fill(question)
        box.press("Enter")
        page.locator(f'.turn[data-turn="{turn}"] .quotes').first.wait_for()
    page.wait_for_timeout(1_000)
    opened = opening(page)
    found = {**facts("first_paint", painted), **facts("usable", usable)}
    for kind, times in opened.items():
        found |= facts(f"open_{kind}", times)
    page.locator('.turn[data-turn="2"] .chip').first.click()
    page.wait_for_timeout(1_000)
    found |= scrolling(page, "scroll_text", "#source .text")
    page.locator('.turn[data-turn="1"] .chip').first.click()
    page.wait_for_timeout(1_000)
    found |= looking(page)
    found |= scrolling(page, "scroll_pages", "#source .sheets")
    page.goto("about:blank")
    return found


@contextmanager
def browsing() -> Iterator[Any]:
    sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
    import get_chromium  # type: ignore[import-not-found]

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=get_chromium.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = folder / "corpus"
        corpus.mkdir()
        write(corpus)
        with serving(folder, corpus) as url, browsing() as browser:
            found = {"pages": PAGES, **measure(browser, url)}
    found["load_average"] = round(os.getloadavg()[0], 1)
    for key, value in found.items():
        print(f"{key:<28} {value}")
    print(f"kept in {keep('page', found)}")


if __name__ == "__main__":
    main()
