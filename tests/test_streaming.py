"""Stages run ahead of each other within bounds; a file that can't be cut takes no other along;
what an interrupted run had embedded is not embedded again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from contracts.store_contract import ARTICLE
from indexed import Index, reasons

from pp_qa import composing, streaming
from pp_qa.caches import KnownVectors
from pp_qa.errors import ModelError
from pp_qa.indexing import VECTORS
from pp_qa.settings import Settings
from pp_qa.streaming import Failures, Pace, Work, ahead, entries
from pp_qa.testing import FakeEmbedder
from pp_qa.types import Document, Passage, Progress

if TYPE_CHECKING:
    from pp_qa.types import Vectors


# ── ahead ────────────────────────────────────────────────────────────────────


def test_ahead_gives_the_same_items() -> None:
    """Nothing is lost, doubled or out of order."""
    assert list(ahead(range(1000), 3)) == list(range(1000))
    assert list(ahead([], 1)) == []


def test_ahead_is_bounded() -> None:
    """No more items are made than are to lie ready, and the one in hand."""
    made: list[int] = []
    items = ahead((made.append(n) or n for n in range(100)), 3)  # type: ignore[func-returns-value]
    assert next(items) == 0
    time.sleep(0.3)
    assert len(made) <= 5
    items.close()


def test_an_error_comes_through_in_its_place() -> None:
    """What was made before the error is given before it is raised."""

    def items() -> Iterator[int]:
        yield from (1, 2)
        raise ValueError("third")

    found = ahead(items(), 5)
    assert [next(found), next(found)] == [1, 2]
    with pytest.raises(ValueError, match="third"):
        next(found)


def test_to_stop_early_ends_every_stage() -> None:
    """When nobody takes the items any more, the threads end and what they hold is closed."""
    closed: list[str] = []

    def items() -> Iterator[int]:
        try:
            yield from range(1_000_000)
        finally:
            closed.append(threading.current_thread().name)

    before = threading.active_count()
    found = ahead(ahead(items(), 2), 2)
    next(found)
    assert threading.active_count() == before + 2
    found.close()
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
    assert len(closed) == 1


def test_an_update_that_fails_lets_go_of_what_it_reads_from(index: Index) -> None:
    """At once, though its error may be kept: the next one reads with the same process."""
    closed: list[bool] = []

    def work() -> Generator[Work]:
        try:
            yield from ((index.store.document(i), None) for i in ["a.txt"] * 500)
        finally:
            closed.append(True)

    reading = work()
    cache, failures = KnownVectors(None, "fake"), Failures()
    pace = Pace({}, lambda _: None, failures)
    made = entries(reading, None, index.embedder, index.settings, cache, failures, pace)
    next(made)
    made.close()
    assert (closed, reading.gi_frame) == ([True], None)


# ── one file's fault ─────────────────────────────────────────────────────────


def test_a_file_that_can_not_be_cut_takes_only_itself(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault while cutting is reported for the file; it stays as it was, the others follow."""
    original = streaming.chunk

    def fail(document: Document, limit: int) -> list[Passage]:
        if document.doc_id == "b.txt":
            raise ZeroDivisionError("by zero")
        return original(document, limit)

    monkeypatch.setattr(streaming, "chunk", fail)
    index.write(b="Shares fell in Lisbon.", c="Zebras crossed.")
    report = index.update()
    assert "by zero" in reasons(report)["b.txt"]
    assert (report.added, report.changed, report.unchanged) == (("c.txt",), (), ("a.txt",))
    assert index.store.document("b.txt").text == "Shares rose in Lisbon."
    monkeypatch.undo()
    assert index.update().changed == ("b.txt",)


class Picky(FakeEmbedder):
    """Refuses a word."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        if any("zebra" in text.casefold() for text in texts):
            raise ModelError("zebras are not embedded")
        return super().embed(texts)


def test_a_file_that_can_not_be_embedded_takes_only_itself(index: Index) -> None:
    """A text that the model refuses is the failure of its file, not of those embedded with it."""
    index.embedder = Picky()
    index.write(c="Zebras crossed.", d="Bridges stood.")
    report = index.update()
    assert reasons(report) == {"c.txt": "zebras are not embedded"}
    assert report.added == ("d.txt",)
    assert index.finds("bridges")


# ── embedded once ────────────────────────────────────────────────────────────


def test_the_same_text_is_embedded_once(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A passage that stands in many files is embedded for the first of them, however many files
    lie between."""
    monkeypatch.setattr(streaming, "_TOGETHER", 4)
    index = Index(corpus)
    for n in range(30):
        index.write(**{f"f{n:02}": ARTICLE if n % 3 else f"Text {n} alone."})
    index.update()
    assert len(index.embedder.embedded) == len(set(index.embedder.embedded))
    parts = [index.store.passages(f"f{n:02}.txt") for n in (1, 28)]
    assert [p.text for p in parts[0]] == [p.text for p in parts[1]]


def test_vectors_are_found_again_by_text_and_embedder(tmp_path: Path) -> None:
    """What one object kept the next one finds, bit for bit; another embedder finds nothing."""
    path = tmp_path / "vectors.sqlite"
    vectors = {f"text {n}": np.random.default_rng(n).random(8, np.float32) for n in range(1200)}
    kept = KnownVectors(path, "one")
    kept.keep(vectors)
    kept.close()
    again = KnownVectors(path, "one")
    found = again.get([*vectors, "unknown"])
    assert found.keys() == vectors.keys()
    assert all(np.array_equal(found[t], vectors[t]) for t in vectors)
    assert again.resumed == len(vectors)
    assert KnownVectors(path, "two").get(vectors) == {}
    again.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_of_vectors_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    """What a power cut left unreadable is as good as nothing."""
    path = tmp_path / "vectors.sqlite"
    path.write_bytes(damage)
    cache = KnownVectors(path, "one")
    assert cache.get(["a"]) == {}
    cache.keep({"a": np.ones(3, np.float32)})
    cache.close()
    assert set(KnownVectors(path, "one").get(["a", "b"])) == {"a"}


def test_a_file_of_vectors_that_is_damaged_further_on_is_begun_anew(tmp_path: Path) -> None:
    """It opens, and can't be searched: from then on no run could be taken up, nor would it go."""
    path = tmp_path / "vectors.sqlite"
    kept = KnownVectors(path, "one")
    kept.keep({f"text {n}": np.ones(99, np.float32) for n in range(500)})
    kept.close()
    content = bytearray(path.read_bytes())
    for page in range(8192, len(content), 4096):
        content[page : page + 200] = b"\xff" * 200
    path.write_bytes(content)
    cache = KnownVectors(path, "one")
    assert cache.get([f"text {n}" for n in range(500)]) == {}
    cache.keep({"a": np.ones(3, np.float32)})
    cache.close()
    assert set(KnownVectors(path, "one").get(["a", "text 1"])) == {"a"}


def test_vectors_that_can_not_be_kept_are_no_failure(
    index: Index, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no file can be written, the run goes on; the log says what an interruption costs."""
    caplog.set_level("INFO")
    index.left = tmp_path / "nowhere"
    index.write(c="Zebras crossed.")
    assert index.update().added == ("c.txt",)
    assert "vectors.sqlite" in caplog.text


# ── interrupted and taken up again ───────────────────────────────────────────

BUILD = """
    import sys, time
    from pp_qa import composing, streaming
    from pp_qa.settings import Settings
    from pp_qa.testing import FakeEmbedder

    class Slow(FakeEmbedder):
        def embed(self, texts):
            time.sleep(0.05)
            print(len(texts), flush=True)
            return super().embed(texts)

    streaming._SLICE = 4
    composing.update_index(Settings(), Slow())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("slices", [1, 4, 9])
def test_a_killed_build_is_taken_up_where_it_was(corpus: Path, tmp_path: Path, slices: int) -> None:
    """What was embedded before a SIGKILL is not embedded again, and the report says so; after
    that nothing is left over."""
    for n in range(60):
        (corpus / f"{n}.txt").write_text(f"Text {n} of its own.")
    environment = os.environ | {"PP_QA_CORPUS_DIR": str(corpus), "PYTHONWARNINGS": "error"}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(BUILD)],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    ) as process:
        assert process.stdout
        kept = sum(int(process.stdout.readline()) for _ in range(slices))
        assert process.stdout.readline()  # with the next slice begun, these are certainly kept
        process.kill()
    embedder = FakeEmbedder()
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index")
    assert (settings.index_dir / VECTORS).exists()
    report = composing.update_index(settings, embedder)
    assert len(report.added) == 60
    assert report.embedded == len(embedder.embedded) <= 60 - kept
    (note,) = report.notes
    assert f"{60 - report.embedded} windows had been embedded" in note
    assert not list(settings.index_dir.glob(f"{VECTORS}*"))
    assert composing.update_index(settings, embedder).notes == ()


def test_an_interruption_from_the_keyboard_keeps_what_was_embedded(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control-C in the middle leaves the old index and the vectors made so far."""
    monkeypatch.setattr(streaming, "_SLICE", 2)
    index.left = tmp_path
    index.write(**{f"n{n}": f"Number {n} stands alone." for n in range(20)})

    def interrupt(at: Progress) -> None:
        if at.windows >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.update(interrupt)
    assert index.doc_ids() == ["a.txt", "b.txt"]
    assert len(index.update().added) == 20
    assert len(index.embedder.embedded) <= 10
    with pytest.raises(sqlite3.Error):
        sqlite3.connect(f"file:{tmp_path / VECTORS}?mode=ro", uri=True).execute("SELECT 1")


# ── progress ─────────────────────────────────────────────────────────────────


def test_progress_tells_pace_and_time_left(corpus: Path) -> None:
    """While embedding, windows, their pace and the time left are told; windows and files only
    grow, and in the end nothing is left."""
    index = Index(corpus)
    index.write(**{f"n{n:03}": f"Number {n} stands alone." for n in range(200)})
    seen: list[Progress] = []
    index.update(seen.append)
    embedding = [at for at in seen if at.stage == "embedding"]
    assert [at.windows for at in embedding] == sorted(at.windows for at in embedding)
    assert [at.done for at in embedding] == sorted(at.done for at in embedding)
    assert (embedding[-1].done, embedding[-1].total, embedding[-1].windows) == (200, 200, 200)
    assert embedding[-1].seconds_left == pytest.approx(0, abs=1e-6)
    assert all(at.per_second > 0 for at in embedding if at.windows)
    lefts = [at.seconds_left for at in embedding]
    assert all(left is not None and left >= 0 for left in lefts)


@pytest.mark.parametrize("bad", ["n0", "n9", "all"])
def test_progress_ends_with_the_files_that_failed(index: Index, bad: str) -> None:
    """What can't be read is done with, whichever file it is: the bar doesn't stop before its end."""
    index.write(**{f"n{n}": f"Number {n} stands alone." for n in range(10)})
    for path in index.corpus.glob("n?.txt" if bad == "all" else f"{bad}.txt"):
        path.write_bytes(bytes(range(256)) * 40)
    seen: list[Progress] = []
    report = index.update(seen.append)
    done = [at.done for at in seen if at.stage == "embedding"]
    assert len(report.failed) == (10 if bad == "all" else 1)
    assert (done[-1], done) == (10, sorted(done))
