"""Find a Chromium for the page's tests, or get one. `make browser` runs this.

Exits 0 in any case: without a browser those tests are skipped with the reason, except where CI
is set to true, where they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

GIVEN = os.environ.get("TEST_CHROMIUM", "")
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "no Chromium was found: install one (Debian: apt-get install chromium), or set"
    " TEST_CHROMIUM to the path of one"
)


@cache
def find() -> str | None:
    """The path of a Chromium that starts, or None."""
    candidates = [GIVEN] if GIVEN else [found for name in NAMES if (found := shutil.which(name))]
    for candidate in candidates:
        if _starts(candidate):
            return candidate
    own = None if GIVEN else _playwrights_own()
    return own if own and _starts(own) else None


def _starts(path: str) -> bool:
    # A stand-in that only says how to install the real thing exits with an error.
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _playwrights_own() -> str | None:
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    except Exception as error:
        _say(f"Playwright can't be asked for its browser: {error}")
        return None
    return path if Path(path).is_file() else None


def get() -> str | None:
    """Install one, by whichever way is open here."""
    ways = [[[sys.executable, "-m", "playwright", "install", "chromium"]]]
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        ways.append([["apt-get", "update"], ["apt-get", "install", "--yes", "chromium"]])
    for commands in ways:
        if all(_run(command) for command in commands):
            find.cache_clear()
            if found := find():
                return found
    return None


def _run(command: list[str]) -> bool:
    _say(f"Getting a Chromium for the page's tests: {' '.join(command)}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        _say(f"  it failed: {error}")
        return False
    if done.returncode:
        _say("  it failed: " + (done.stderr.strip().splitlines() or ["no reason given"])[-1])
    return done.returncode == 0


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    if not (find() or get()):
        _say(f"The page's tests will be skipped: {MISSING}.")
