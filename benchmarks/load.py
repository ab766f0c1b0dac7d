"""Many people at once, and one: `make bench-load SUITE=path/to/suite` runs this.

A server over the shipped article and some of a suite's documents is asked over HTTP, by so many
people for a minute, through the page's queue and through /api/ask. Everybody has one chat after the
other, a question and what follows up on it. Each chat is had alone before, and what the many get
must be the same. Then one person asks in a real browser. It ends with 1 where an aim is missed.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from asking import Ask, Begin, asking, by_api, by_page
from keeping import keep

from pp_qa.evaluation.suites import load_suite
from pp_qa.interfaces.sockets import listen

ARTICLE = Path(__file__).parents[1] / "docs_corpus"
PEOPLE = 32
SECONDS = 60
DOCUMENTS = 10
"""Of the suite, at random with a fixed seed: of squad, articles of some forty passages each."""
CHATS = 40
FOLLOW_UPS = ("And when?", "Who was it?", "And where?", "What about the others?")
FOLLOWING = 2
"""Of a chat's questions."""
ALONE = 30
"""Questions that one person asks in a browser."""
MANY_P95_S = 8.0
"""At most, on two cores with nothing else to do."""
ONE_P95_MS = 500
"""At most, from Enter to quotes on the screen."""

Chat = tuple[str, ...]
"""Questions, each after the first a follow-up."""


@dataclass
class Asked:
    """What many people saw: seconds by person, and what went wrong."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def facts(self, name: str) -> dict[str, Any]:
        times = sorted(t for own in self.seconds.values() for t in own)
        counts = [len(self.seconds.get(p, [])) for p in range(PEOPLE)]
        p95 = times[int(0.95 * len(times))]
        return {
            f"{name}_answers": len(times),
            f"{name}_wrong": len(self.wrong),
            f"{name}_p50_s": round(statistics.median(times), 3),
            f"{name}_p95_s": round(p95, 3),
            f"{name}_max_s": round(times[-1], 3),
            f"{name}_p95_over_p50": round(p95 / statistics.median(times), 2),
            f"{name}_fewest_of_one": min(counts),
            f"{name}_most_of_one": max(counts),
        }


def missed(facts: Mapping[str, Any]) -> list[str]:
    """The aims that were not reached, a line each."""
    lines = []
    for way in ("page", "api"):
        if wrong := facts[f"{way}_wrong"]:
            lines.append(f"{way}: {wrong} wrong: a reply is missing, or is another's")
        if (p95 := facts[f"{way}_p95_s"]) > MANY_P95_S:
            lines.append(f"{way}: p95 of {p95} s for {PEOPLE} people, aim {MANY_P95_S:g} s")
    if (p95 := facts["one_p95_ms"]) > ONE_P95_MS:
        lines.append(f"one person: p95 of {p95} ms from Enter to quotes, aim {ONE_P95_MS} ms")
    return lines


# ── the server ───────────────────────────────────────────────────────────────


def prepare(suite: Path, corpus: Path) -> list[Chat]:
    """Fill the corpus folder, and give the chats to have about it."""
    shutil.copytree(ARTICLE, corpus, dirs_exist_ok=True)
    loaded, dice = load_suite(suite), random.Random(1)
    for document in dice.sample(loaded.documents, min(DOCUMENTS, len(loaded.documents))):
        name = "".join(c if c.isalnum() else "-" for c in document.doc_id)
        (corpus / f"{name}.txt").write_text(document.text, encoding="utf-8")
    questions = sorted({" ".join(q.text.split()) for q in loaded.questions if not q.history})
    asked = dice.sample([q for q in questions if len(q) < 300], CHATS)
    return [(question, *dice.sample(FOLLOW_UPS, FOLLOWING)) for question in asked]


@contextmanager
def serving(folder: Path, corpus: Path) -> Iterator[str]:
    """A server of its own process, and its address."""
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "pp_qa.interfaces.cli"]
    where = ["--corpus", str(corpus), "--index", str(folder / "index")]
    subprocess.run([*command, "index", *where], check=True)
    with subprocess.Popen(
        [*command, "serve", *where], env=os.environ | {"PORT": str(port)}, cwd=folder
    ) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=url, trust_env=False, timeout=5) as client:
                for _ in range(600):
                    try:
                        client.get("/healthz").raise_for_status()
                        break
                    except httpx.TransportError:
                        time.sleep(0.2)
            yield url
        finally:
            server.terminate()


# ── many people ──────────────────────────────────────────────────────────────


async def many(url: str, chats: list[Chat], begin: Begin, alone: dict[Chat, list[str]]) -> Asked:
    """Everybody has a chat, and one after the other until the time is over."""
    asked, event = Asked(), asking(url)

    async def person(p: int) -> None:
        dice, own = random.Random(p), asked.seconds.setdefault(p, [])
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=120) as client:
            client.asking = event  # type: ignore[attr-defined]
            await client.get("/")  # opens the page, as everybody does
            await have(dice.choice(chats), begin(client), own)
            while time.perf_counter() < end:
                await have(dice.choice(chats), begin(client), own)

    async def have(chat: Chat, ask: Ask, own: list[float]) -> None:
        for n, question in enumerate(chat, start=1):
            started = time.perf_counter()
            try:
                if await ask(question) != alone[chat[:n]]:
                    asked.wrong.append(f"{chat[:n]!r} was answered otherwise than alone")
            except (httpx.HTTPError, ValueError) as error:
                asked.wrong.append(f"{type(error).__name__}: {error}")
                return  # what follows has nothing to follow
            finally:
                own.append(time.perf_counter() - started)

    end = time.perf_counter() + SECONDS
    await asyncio.gather(*(person(p) for p in range(PEOPLE)))
    return asked


async def one_by_one(url: str, chats: list[Chat], begin: Begin) -> dict[Chat, list[str]]:
    """The quotes of each question, after those before it, when nobody else asks."""
    alone = {}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=120) as client:
        client.asking = asking(url)  # type: ignore[attr-defined]
        for chat in chats:
            ask = begin(client)
            for n, question in enumerate(chat, start=1):
                alone[chat[:n]] = await ask(question)
    return alone


# ── one person ───────────────────────────────────────────────────────────────

_FROM_ENTER = """n => { window.shown = new Promise(done => {
    let from = 0;
    addEventListener("keydown", e => { if (e.key === "Enter") from ||= performance.now(); }, true);
    const look = () => {
        const last = [...document.querySelectorAll("article.turn")][n];
        if (last?.querySelector("blockquote, .refusal"))
            requestAnimationFrame(() => done(performance.now() - from));
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
}); }"""


def one(url: str, questions: list[str]) -> dict[str, Any]:
    """Milliseconds from Enter to quotes on the screen of a real browser."""
    sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))
    import get_chromium  # type: ignore[import-not-found]
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=get_chromium.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(url)
        for n, question in enumerate(questions):
            page.evaluate(_FROM_ENTER, n)
            box = page.get_by_label("Your question")
            box.fill(question)
            box.press("Enter")
            times.append(page.evaluate("window.shown"))
        page.goto("about:blank")
        browser.close()
    times.sort()
    return {
        "one_p50_ms": round(statistics.median(times)),
        "one_p95_ms": round(times[int(0.95 * len(times))]),
        "one_max_ms": round(times[-1]),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chats = prepare(Path(sys.argv[1]), folder / "corpus")
        with serving(folder, folder / "corpus") as url:
            facts: dict[str, Any] = {"people": PEOPLE, "seconds": SECONDS, "documents": DOCUMENTS}
            ways: dict[str, Begin] = {"page": by_page, "api": by_api}
            for way, begin in ways.items():
                alone = asyncio.run(one_by_one(url, chats, begin))
                asked = asyncio.run(many(url, chats, begin, alone))
                facts |= asked.facts(way)
                for line in sorted(set(asked.wrong))[:10]:
                    print("wrong:", line)
            facts |= one(url, random.Random(2).sample([c[0] for c in chats], ALONE))
    facts["load_average"] = round(os.getloadavg()[2], 1)
    for key, value in facts.items():
        print(f"{key:<24} {value}")
    print(f"kept in {keep('load', facts)}")
    for line in missed(facts):
        print("missed:", line)
    sys.exit(bool(missed(facts)))


if __name__ == "__main__":
    main()
