"""Many people at once, and one: `make bench-load SUITE=path/to/suite` runs this.

A server over the shipped article and some of a suite's documents is asked over HTTP, by so many
people for a minute, through the page's queue and through /api/ask. Each question is asked alone
before, and what the many get must be the same. Then one person asks in a real browser.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
from keeping import keep

from pp_qa.evaluation.suites import load_suite
from pp_qa.interfaces.sockets import listen

ARTICLE = Path(__file__).parents[1] / "docs_corpus"
PEOPLE = 32
SECONDS = 60
DOCUMENTS = 10
"""Of the suite, at random with a fixed seed: of squad, articles of some forty passages each."""
QUESTIONS = 100
ALONE = 30
"""Questions that one person asks in a browser."""


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


class Last(HTMLParser):
    """The newest question of a conversation's HTML, and its quotes."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.question, self.quotes = "", list[str]()
        self._in, self._over = "", False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "template":  # of a question that is still asked
            self._over = True
        if self._over:
            return
        if tag == "article":
            self.question, self.quotes = "", []
        if tag == "h2" and ("class", "asked") in attrs:
            self._in = tag
        if tag == "blockquote":
            self._in = tag
            self.quotes.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = "" if tag == self._in else self._in

    def handle_data(self, data: str) -> None:
        if self._in == "h2":
            self.question += data
        elif self._in == "blockquote":
            self.quotes[-1] += data


# ── the server ───────────────────────────────────────────────────────────────


def prepare(suite: Path, corpus: Path) -> list[str]:
    """Fill the corpus folder, and give what to ask about it."""
    shutil.copytree(ARTICLE, corpus, dirs_exist_ok=True)
    loaded, dice = load_suite(suite), random.Random(1)
    for document in dice.sample(loaded.documents, min(DOCUMENTS, len(loaded.documents))):
        name = "".join(c if c.isalnum() else "-" for c in document.doc_id)
        (corpus / f"{name}.txt").write_text(document.text, encoding="utf-8")
    questions = sorted({" ".join(q.text.split()) for q in loaded.questions if not q.history})
    return dice.sample([q for q in questions if len(q) < 300], QUESTIONS)


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

Ask = Callable[[httpx.AsyncClient, str], Awaitable[list[str]]]
"""Asks a question, and gives the quotes shown. Raises ValueError where they are another's."""


async def by_api(client: httpx.AsyncClient, question: str) -> list[str]:
    reply = await client.post("/api/ask", json={"question": question})
    found = reply.raise_for_status().json()
    if found["question"] != question:
        raise ValueError(f"asked {question!r}, answered {found['question']!r}")
    return [q["text"] for q in found["quotes"]]


async def by_page(client: httpx.AsyncClient, question: str) -> list[str]:
    """As the page does: an event into the queue, and the stream of what becomes of it."""
    page = f"{random.getrandbits(64):x}"
    event = {"fn_index": client.asking, "data": [None] * 9, "session_hash": page}  # type: ignore[attr-defined]
    wish = {"question": question, "run": page}
    reply = await client.post("/gradio_api/queue/join", json={**event, "event_data": wish})
    reply.raise_for_status()
    stream = client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page})
    async with stream as lines:
        async for line in lines.aiter_lines():
            heard = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if heard.get("msg") == "process_completed":
                if not heard["success"]:
                    raise ValueError(f"{question!r} failed: {heard['output']}")
                shown = Last(heard["output"]["data"][0])
                if shown.question != question:
                    raise ValueError(f"asked {question!r}, answered {shown.question!r}")
                return shown.quotes
    raise ValueError(f"{question!r} got no answer")


def asking(url: str) -> int:
    """The number of the event by which the page asks."""
    config = httpx.get(f"{url}/config", trust_env=False).json()
    parts = {c["id"]: c["props"].get("elem_id") for c in config["components"]}
    number = next(
        d["id"]
        for d in config["dependencies"]
        if any(event == "submit" and parts[at] == "conversation" for at, event in d["targets"])
    )
    return int(number)


async def many(url: str, questions: list[str], ask: Ask, alone: dict[str, list[str]]) -> Asked:
    """Everybody asks one question after the other until the time is over."""
    asked, number = Asked(), asking(url)

    async def person(p: int) -> None:
        dice, own = random.Random(p), asked.seconds.setdefault(p, [])
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=120) as client:
            client.asking = number  # type: ignore[attr-defined]
            await client.get("/")  # opens the page, as everybody does
            while time.perf_counter() < end:
                question = dice.choice(questions)
                started = time.perf_counter()
                try:
                    quotes = await ask(client, question)
                    if quotes != alone.setdefault(question, quotes):
                        asked.wrong.append(f"{question!r} was answered otherwise than alone")
                except (httpx.HTTPError, ValueError) as error:
                    asked.wrong.append(f"{type(error).__name__}: {error}")
                own.append(time.perf_counter() - started)

    end = time.perf_counter() + SECONDS
    await asyncio.gather(*(person(p) for p in range(PEOPLE)))
    return asked


async def one_by_one(url: str, questions: list[str], ask: Ask) -> dict[str, list[str]]:
    """Each question's quotes when nobody else asks."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=120) as client:
        client.asking = asking(url)  # type: ignore[attr-defined]
        return {question: await ask(client, question) for question in questions}


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
        questions = prepare(Path(sys.argv[1]), folder / "corpus")
        with serving(folder, folder / "corpus") as url:
            facts: dict[str, Any] = {"people": PEOPLE, "seconds": SECONDS, "documents": DOCUMENTS}
            ways: dict[str, Ask] = {"page": by_page, "api": by_api}
            for way, ask in ways.items():
                alone = asyncio.run(one_by_one(url, questions, ask))
                asked = asyncio.run(many(url, questions, ask, alone))
                facts |= asked.facts(way)
                for line in sorted(set(asked.wrong))[:10]:
                    print("wrong:", line)
            facts |= one(url, random.Random(2).sample(questions, ALONE))
    facts["load_average"] = round(os.getloadavg()[2], 1)
    for key, value in facts.items():
        print(f"{key:<24} {value}")
    print(f"kept in {keep('load', facts)}")
    sys.exit(bool(facts["page_wrong"] + facts["api_wrong"]))


if __name__ == "__main__":
    main()
