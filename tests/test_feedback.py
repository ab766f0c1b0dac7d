"""What people mark on the page is kept, and measures and fits the answers to come."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsing import Visit, browser, served
from test_visitors import QUESTION, chosen, make_assistant

from pp_qa.assistant import Assistant
from pp_qa.composing import ready
from pp_qa.errors import UsageError
from pp_qa.evaluation.marked import write_suite
from pp_qa.evaluation.suites import load_suite
from pp_qa.feedback import FILE, Feedback, Mark, read
from pp_qa.settings import load_settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, make_document, make_entry
from pp_qa.types import ChangeSet

TEXT = "The penguins live in a cave.\n\nThe ferry sails at seven. Nobody knows why it does.\n"


def mark(number: int, said: str, text: str = "", question: str = "Where?", **more: object) -> Mark:
    start = TEXT.index(text) if text else 0
    made = Mark(
        "2026-11-24T00:00:00+00:00", "ann", "a1", number, said,  # type: ignore[arg-type]
        question, bool(text), 2, "a.txt" if text else "", start, start + len(text), text,
    )  # fmt: skip
    return replace(made, **more)


def store(text: str = TEXT) -> MemoryStore:
    embedder = FakeEmbedder()
    return MemoryStore().apply(ChangeSet((make_entry(make_document(text, "a.txt"), embedder),)))


# ── the file ─────────────────────────────────────────────────────────────────


def test_the_last_word_counts(tmp_path: Path) -> None:
    """Each owner's own on each quote; a mark that is taken back is none; another process reads
    the same."""
    file = tmp_path / FILE
    feedback = Feedback(file)
    assert feedback.add(mark(1, "like", "The ferry sails at seven."))
    assert feedback.add(mark(1, "wrong", "The ferry sails at seven."))
    assert feedback.add(mark(2, "like", "Nobody knows why it does."))
    assert feedback.add(mark(2, "", "Nobody knows why it does."))
    assert feedback.add(mark(1, "like", "The ferry sails at seven.", owner="ben"))
    for again in (feedback, Feedback(file)):
        assert again.of("ann") == {("a1", 1): "wrong"}
        assert again.of("ben") == {("a1", 1): "like"}
    assert len(file.read_text().splitlines()) == 5


def test_a_damaged_line_costs_itself_only(tmp_path: Path) -> None:
    """What is no mark is left out; a file that can't be read is as none."""
    file = tmp_path / FILE
    Feedback(file).add(mark(1, "like", "The ferry sails at seven."))
    for line in ("{", "[]", '{"mark": "like"}', "\ud800".encode("utf-8", "replace").decode(), "7"):
        with file.open("a") as out:
            out.write(line + "\n")
    assert [m.mark for m in read(file)] == ["like"]
    whole = json.loads(file.read_text().splitlines()[0])
    for name, value in (("owner", []), ("question", 5), ("quotes", None), ("start", "3")):
        with file.open("a") as out:
            out.write(json.dumps(whole | {name: value}) + "\n")
    assert [m.mark for m in read(file)] == ["like"]
    with file.open("a") as out:
        out.write('{"mark": "li')  # as a full disk cuts it off
    assert Feedback(file).add(mark(2, "like"))
    assert [m.number for m in read(file)] == [1, 2]
    (tmp_path / "folder").mkdir()
    assert read(tmp_path / "folder") == []
    assert not Feedback(tmp_path / "folder").add(mark(0, "like"))


def test_one_marks_what_one_was_answered(tmp_path: Path) -> None:
    """Over HTTP: kept with the quote's place; another's answer, or a quote that isn't there, is
    none; marks are their owner's to see."""
    with served(make_assistant(), tmp_path) as url, browser(url) as ann, browser(url) as ben:
        Visit(ann).ask(QUESTION)
        Visit(ben)
        _, answer = chosen(tmp_path)

        def say(client, number: object, said: object, of: str = answer) -> int:  # type: ignore[no-untyped-def]
            body = {"answer": of, "number": number, "mark": said}
            return int(client.post("/page/marks", content=json.dumps(body)).status_code)

        assert say(ann, 1, "like") == 204
        assert ann.get("/page/marks").json() == {f"{answer}:1": "like"}
        assert ben.get("/page/marks").json() == {}
        assert say(ben, 1, "wrong") == 404
        assert [say(ann, n, "like") for n in (0, 9, -1)] == [404] * 3
        assert [say(ann, 1, m) for m in ("hate", None, 7)] == [400] * 3
        assert [say(ann, n, "like") for n in ("1", None, True)] == [400] * 3
        assert [say(ann, 1, "like", of=a) for a in ("nothing", "\ud800")] == [404] * 2
        for body in (b"", b"{", b"[1]", b"x" * 5_000, b"[" * 900):
            assert ann.post("/page/marks", content=body).status_code == 400
        foreign = {"Origin": "http://evil.example"}
        assert ann.post("/page/marks", json={}, headers=foreign).status_code == 403
    (kept,) = read(tmp_path / FILE)
    assert (kept.document, kept.text, kept.mark) == (
        "a.txt", "The penguins of Ashdown live behind the lighthouse.", "like",
    )  # fmt: skip


def test_who_goes_before_a_mark_is_said_leaves_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection that is cut in the middle of the body is nothing to log."""
    with served(make_assistant(), tmp_path) as url, browser(url) as ann:
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port)) as cut:
            head = "POST /page/marks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n{"
            cut.sendall(head.encode())
        ann.get("/page/marks")
    assert "failed" not in caplog.text


# ── the suite ────────────────────────────────────────────────────────────────


def rows(folder: Path) -> dict[str, tuple[bool, list[str]]]:
    """Each question with whether it is answerable and the text of its gold."""
    suite = load_suite(folder)
    texts = {d.doc_id: d.text for d in suite.documents}
    gold = {q.text: [g.span.of(texts[g.doc_id]) for g in q.gold if g.span] for q in suite.questions}
    return {q.text: (q.answerable, gold[q.text]) for q in suite.questions}


def test_marks_become_questions(tmp_path: Path) -> None:
    """Liked quotes are gold; where all were wrong, or the refusal was right, refusing is; where a
    refusal was wrong there is an answer; what decides nothing is left out."""
    seven, why = "The ferry sails at seven.", "Nobody knows why it does."
    marks = [
        mark(1, "like", seven, "When?"),
        mark(2, "wrong", why, "When?"),
        mark(1, "like", seven, "when  exactly?", answer="a2"),
        mark(1, "wrong", seven, "Who?", answer="a3"),
        mark(2, "wrong", why, "Who?", answer="a3"),
        mark(1, "wrong", seven, "One of two?", answer="a4"),
        mark(0, "like", "", "Mars?", answer="a5"),
        mark(0, "wrong", "", "Penguins?", answer="a6"),
        mark(1, "like", why, "Near?", answer="a7", answered=False),
    ]
    made = write_suite(tmp_path / "suite", marks, store())
    assert rows(tmp_path / "suite") == {
        "When?": (True, [seven]),
        "when exactly?": (True, [seven]),
        "Who?": (False, []),
        "Mars?": (False, []),
        "Penguins?": (True, []),
        "Near?": (True, [why]),
    }
    assert (made.answerable, made.unanswerable) == (4, 2)
    assert sum(made.splits.values()) == 6
    assert made.notes == ("1 questions are left out: what was marked doesn't decide them",)


def test_gold_follows_its_text(tmp_path: Path) -> None:
    """It is where the text stands now; text that is gone, or stands twice, is said to be lost."""
    seven = "The ferry sails at seven."
    marks = [mark(1, "like", seven)]
    write_suite(tmp_path / "moved", marks, store("New.\n\n" + TEXT))
    assert rows(tmp_path / "moved") == {"Where?": (True, [seven])}
    for text in ("All is new.\n", f"New.\n\n{seven} {seven}\n"):
        with pytest.raises(UsageError, match="nothing was marked"):
            write_suite(tmp_path / "lost", marks, store(text))


@pytest.mark.model
def test_marks_measure_and_fit(tmp_path: Path, article: Path, model_cache: Path) -> None:
    """From the file that the page writes to the figures of `eval` and the threshold of
    `calibrate`, on the command line."""
    corpus, index = tmp_path / "docs", tmp_path / "index"
    corpus.mkdir()
    (corpus / article.name).write_bytes(article.read_bytes())
    settings = load_settings(corpus_dir=corpus, index_dir=index, cache_dir=model_cache)
    assistant = ready(settings)
    feedback = Feedback(index / FILE)
    for n, question in enumerate(ANSWERED + REFUSED):
        feedback.add(_said(assistant, question, f"a{n}", question in ANSWERED))

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "pp_qa.interfaces.cli", *arguments]
        environment = {"PP_QA_CACHE_DIR": str(model_cache)}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path,
            env=os.environ | environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    told = run("feedback", "suite", "--index", str(index))
    assert "6 answerable and 6 unanswerable questions" in told
    for split in ("tune", "report"):
        figures = json.loads(
            run("eval", "suite", "--split", split, "--index", str(index), "--json")
        )
        assert figures["questions"] > 0
    run("calibrate", "suite", "--index", str(index))
    assert 0 < json.loads((index / "calibration.json").read_text())["threshold"] < 1


ANSWERED = (
    "Who met in Miami?", "What is the framework called?", "Who is the Russian envoy?",
    "When did the envoys meet?", "How many pillars does the framework have?",
    "What did the White House official say?",
)  # fmt: skip
REFUSED = (
    "How many soldiers have died?", "What does a loaf of bread cost?", "Who won the football match?",
    "When was the moon landing?", "Which recipe uses saffron?", "Where is the nearest library?",
)  # fmt: skip


def _said(assistant: Assistant, question: str, answer: str, like: bool) -> Mark:
    reply = assistant.ask(question, min_confidence=0)
    assert reply.answered
    quote = reply.citations[0].quote
    return Mark(
        "2026-11-24T00:00:00+00:00", "ann", answer, 1, "like" if like else "wrong", question,
        True, 1, quote.doc_id, quote.span.start, quote.span.end, quote.text,
    )  # fmt: skip
