"""The load test says which of its aims are missed, and tells one chat from another."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asking
import load
import pytest
from serving import on_disk, serving

GOOD: dict[str, Any] = {
    "page_wrong": 0,
    "page_p95_s": 8.0,
    "api_wrong": 0,
    "api_p95_s": 5.1,
    "one_p95_ms": 500,
}


def test_nothing_is_missed_at_the_aims_themselves() -> None:
    assert load.missed(GOOD) == []


@pytest.mark.parametrize(
    ("fact", "says"),
    [
        ({"page_wrong": 1}, "page: 1 wrong: a reply is missing, or is another's"),
        ({"api_wrong": 2}, "api: 2 wrong: a reply is missing, or is another's"),
        ({"page_p95_s": 8.001}, "page: p95 of 8.001 s for 32 people, aim 8 s"),
        ({"api_p95_s": 9.0}, "api: p95 of 9.0 s for 32 people, aim 8 s"),
        ({"one_p95_ms": 501}, "one person: p95 of 501 ms from Enter to quotes, aim 500 ms"),
    ],
)
def test_what_is_missed_is_said(fact: dict[str, Any], says: str) -> None:
    assert load.missed(GOOD | fact) == [says]


def test_a_conversation_is_its_questions_and_the_newest_quotes() -> None:
    turn = '<article class="turn"><h2 class="asked">{}</h2><blockquote>{}</blockquote></article>'
    pending = '<template><article><h2 class="asked"></h2></article></template>'
    shown = asking.Shown(
        turn.format("Who?", "Ann &amp; Bo.") + turn.format("When?", "On <b>3</b> May.") + pending
    )
    assert (shown.questions, shown.quotes) == (["Who?", "When?"], ["On 3 May."])


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """What comes of it, in a thread of its own: this one may have playwright's event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


CHATS = [("Who met in Miami?", "And when?"), ("Which shares rose in Lisbon?", "Who was it?")]


@pytest.mark.parametrize("begin", [asking.by_page, asking.by_api], ids=["page", "api"])
def test_many_have_the_chats_that_one_has(
    corpus: Path, begin: asking.Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Follow-ups too; a reply that is another's is noticed."""
    monkeypatch.setattr(load, "PEOPLE", 3)
    monkeypatch.setattr(load, "SECONDS", 0)
    (corpus / "a.txt").write_text("The envoys met in Miami.\n\nShares rose in Lisbon.\n")
    with serving(on_disk(corpus)) as url:
        alone = finished(load.one_by_one(url, CHATS, begin))
        asked = finished(load.many(url, CHATS, begin, alone))
        others = {chat: ["another's"] for chat in alone}
        mixed = finished(load.many(url, CHATS, begin, others))
    assert list(alone) == [chat[:n] for chat in CHATS for n in (1, 2)]
    assert asked.wrong == []
    facts = asked.facts("page")
    assert (facts["page_answers"], facts["page_fewest_of_one"]) == (6, 2)
    assert "was answered otherwise than alone" in mixed.wrong[0]
