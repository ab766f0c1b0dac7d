"""Whether what is in the page can be seen, by the colours that the browser computes (WCAG AA)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

_JS = (Path(__file__).parent / "colours.js").read_text(encoding="utf-8").rstrip().rstrip(";")


def contrast(locator: Locator) -> float:
    """The contrast of a text against what lies under it."""
    return float(locator.evaluate(f"(e) => {_JS}.ofText(e)"))


def faint(page: Page) -> list[str]:
    """The texts that don't stand out from their ground by 4.5:1, or large letters by 3:1."""
    texts = page.evaluate(f"() => {_JS}.texts()")
    assert texts
    return [f"{t['name']}: {t['contrast']:.2f}" for t in texts if t["contrast"] < t["least"]]


def ring(page: Page) -> dict[str, Any]:
    """Of what has the keyboard: its name, and the width and the contrast of the ring around it."""
    found: dict[str, Any] = page.evaluate(f"() => {_JS}.ring()")
    return found
