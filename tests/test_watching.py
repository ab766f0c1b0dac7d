"""Files that are saved become answerable; what is half-written, hidden or gone does no harm."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import watchfiles
from contracts.store_contract import ARTICLE
from hypothesis import given
from hypothesis import strategies as st
from test_crashes import COMMAND

from pp_qa import composing, watching
from pp_qa.errors import IndexMissing
from pp_qa.loading import isolation
from pp_qa.loading.isolation import Limits
from pp_qa.reaching import lacking
from pp_qa.settings import Settings
from pp_qa.stores import generations
from pp_qa.stores.local import LocalStore
from pp_qa.testing import FakeEmbedder
from pp_qa.watching import PATIENCE, News, Settling

REST = 0.25
LONG = 60
"""Seconds until a test gives up waiting; it waits no longer than it must."""


class Follower:
    """A watcher of `corpus` at work, and all it told."""

    def __init__(self, settings: Settings, embedder: FakeEmbedder) -> None:
        self.settings = settings
        self.embedder = embedder
        self.corpus = settings.corpus_dir
        self.news: list[News] = []

    def told(self, kind: str) -> list[News]:
        return [news for news in list(self.news) if news.kind == kind]

    def names(self) -> list[str]:
        """What the index holds."""
        try:
            store = LocalStore.open(self.settings.index_dir)
        except IndexMissing:
            return []
        try:
            return [info.doc_id for info in store.documents()]
        finally:
            store.close()

    def text(self, name: str) -> str:
        store = LocalStore.open(self.settings.index_dir)
        try:
            return store.document(name).text if name in self.names() else ""
        finally:
            store.close()

    def until(self, true: Callable[[], object]) -> None:
        """Wait for it, with a bound."""
        until = time.monotonic() + LONG
        while not true():
            assert time.monotonic() < until, self.news
            time.sleep(0.05)

    def holds(self, *names: str) -> None:
        self.until(lambda: self.names() == list(names))


@contextmanager
def watched(settings: Settings, embedder: FakeEmbedder | None = None) -> Iterator[Follower]:
    follower = Follower(settings, embedder or FakeEmbedder())
    with watching.watching(settings, follower.embedder, follower.news.append):
        yield follower
    assert not any(thread.name == "pp_qa-watching" for thread in threading.enumerate())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that write one file at a time need not wait long for it to rest."""
    monkeypatch.setattr(watching, "REST", REST)


@pytest.fixture
def settings(corpus: Path, tmp_path: Path) -> Settings:
    (corpus / "a.txt").write_text(ARTICLE)
    return Settings(corpus_dir=corpus, index_dir=tmp_path / "index")


@pytest.fixture
def follower(settings: Settings) -> Iterator[Follower]:
    """A watcher whose index is up to date."""
    with watched(settings) as follower:
        follower.holds("a.txt")
        follower.until(lambda: follower.told("update"))
        follower.news.clear()
        yield follower


# ── saving ───────────────────────────────────────────────────────────────────


def test_a_saved_file_is_in_the_index(follower: Follower) -> None:
    """Files that come, change, are renamed and go are followed, each told once by name."""
    (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
    follower.holds("a.txt", "b.txt")
    (follower.corpus / "b.txt").write_text("Shares fell in Paris.")
    follower.until(lambda: "fell" in follower.text("b.txt"))
    (follower.corpus / "b.txt").rename(follower.corpus / "c.txt")
    follower.holds("a.txt", "c.txt")
    (follower.corpus / "c.txt").unlink()
    follower.holds("a.txt")
    follower.until(lambda: len(follower.told("update")) == 4)
    reports = [news.report for news in follower.news if news.report]
    assert [(r.added, r.changed, r.renamed, r.removed) for r in reports] == [
        (("b.txt",), (), (), ()),
        ((), ("b.txt",), (), ()),
        ((), (), (("b.txt", "c.txt"),), ()),
        ((), (), (), ("c.txt",)),
    ]
    assert len(follower.news) == 4


def test_saving_by_rename_is_saving(follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that writes another file and gives it the name leaves one changed file."""
    monkeypatch.setattr(watching, "REST", 1.0)
    for name in (".a.txt.swp", "~$a.txt"):
        (follower.corpus / name).write_text("hidden")
    (follower.corpus / "a.txt").rename(follower.corpus / "a.txt~")
    (follower.corpus / ".new").write_text("Zebras do cross bridges.")
    (follower.corpus / ".new").replace(follower.corpus / "a.txt")
    (follower.corpus / "a.txt~").unlink()
    follower.until(lambda: "Zebras" in follower.text("a.txt"))
    follower.until(lambda: follower.news)
    assert [(n.kind, n.report and n.report.changed) for n in follower.news] == [
        ("update", ("a.txt",))
    ]


def test_files_in_new_folders_are_followed(follower: Follower) -> None:
    """So is what comes into a folder later, and a folder that is moved in whole."""
    deep = follower.corpus / "notes" / "old"
    deep.mkdir(parents=True)
    (deep / "n.txt").write_text("Zebras do cross bridges.")
    follower.holds("a.txt", "notes/old/n.txt")
    (deep / "m.txt").write_text("Zebras don't.")
    follower.holds("a.txt", "notes/old/m.txt", "notes/old/n.txt")
    outside = follower.corpus.with_name("outside")
    (follower.corpus / "notes").rename(outside)
    follower.holds("a.txt")
    outside.rename(follower.corpus / "moved")
    follower.holds("a.txt", "moved/old/m.txt", "moved/old/n.txt")


def test_many_files_at_once_are_few_updates(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A burst of files is waited for, and becomes one update."""
    monkeypatch.setattr(watching, "REST", 2.0)
    names = [f"{n:03}.txt" for n in range(100)]
    for name in names:
        (follower.corpus / name).write_text(f"Envoy {name} met in Miami.")
    follower.holds(*names, "a.txt")
    follower.until(lambda: follower.told("update"))
    assert len(follower.told("update")) == 1


def test_a_file_that_is_being_copied_is_waited_for(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file that grows, the index never holds a part."""
    monkeypatch.setattr(watching, "REST", 2.0)
    with (follower.corpus / "b.txt").open("w") as file:
        for n in range(20):
            print(f"Envoy {n} met in Miami.", file=file, flush=True)
            time.sleep(0.05)
            assert follower.names() == ["a.txt"]
    follower.holds("a.txt", "b.txt")
    assert follower.text("b.txt").count("\n") == 20
    follower.until(lambda: follower.news)
    assert [news.kind for news in follower.news] == ["update"]


def test_a_file_that_is_written_for_ever_is_read(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that never comes to rest is named, read as it is, and holds up no other."""
    monkeypatch.setattr(watching, "PATIENCE", 2.0)
    monkeypatch.setattr(watching, "REST", 1.0)
    done = threading.Event()

    def write() -> None:
        with (follower.corpus / "log.txt").open("w") as file:
            while not done.wait(0.05):
                print("One more line.", file=file, flush=True)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        follower.holds("a.txt", "log.txt")
        follower.until(lambda: follower.told("note"))
        assert follower.told("note")[0].text.endswith(": log.txt")
        (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
        follower.holds("a.txt", "b.txt", "log.txt")
    finally:
        done.set()
        writer.join()
    follower.until(
        lambda: follower.text("log.txt") == (follower.corpus / "log.txt").read_text()
    )  # the end of it too


class Busy(FakeEmbedder):
    """Does something as it embeds for the first time."""

    def __init__(self, deed: Callable[[], object]) -> None:
        super().__init__()
        self.deeds = [deed]

    def embed(self, texts: Any) -> Any:
        while self.deeds:
            self.deeds.pop()()
        return super().embed(texts)


def test_what_changes_during_an_update_is_in_the_next(settings: Settings) -> None:
    """A file that is saved while another one is indexed is not forgotten."""
    late = settings.corpus_dir / "late.txt"
    with watched(settings, Busy(lambda: late.write_text("Shares rose in Paris."))) as follower:
        follower.holds("a.txt", "late.txt")
        follower.until(lambda: len(follower.told("update")) == 2)
    (first, second) = (news.report for news in follower.told("update") if news.report)
    assert (first.added, second.added) == (("a.txt",), ("late.txt",))


def test_an_update_is_given_up_when_watching_ends(settings: Settings) -> None:
    """A long update does not keep a server from stopping, and leaves the index as it was."""
    started, end = threading.Event(), threading.Event()
    embedder = Busy(lambda: (started.set(), end.wait(LONG)))
    for number in range(300):
        (settings.corpus_dir / f"{number}.txt").write_text(f"Envoy {number} met in Miami.")
    watcher = watching.Watcher(settings, embedder, lambda _: None)
    stop = threading.Event()
    thread = threading.Thread(target=watcher.run, args=(stop,))
    thread.start()
    assert started.wait(LONG)
    stop.set()
    end.set()
    thread.join(LONG)
    assert not thread.is_alive()
    assert not (settings.index_dir / "CURRENT").exists()
    assert len(embedder.embedded) < 301


# ── trouble ──────────────────────────────────────────────────────────────────


def test_a_file_that_cannot_be_read_is_told_once(follower: Follower) -> None:
    """Its reason is told when it comes, not again with every update, and its end is an update."""
    (follower.corpus / "bad.txt").write_bytes(bytes(range(256)) * 9)
    follower.until(lambda: follower.told("problem"))
    (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
    follower.holds("a.txt", "b.txt")
    follower.until(lambda: follower.told("update"))
    (follower.corpus / "bad.txt").unlink()
    follower.until(lambda: len(follower.told("update")) == 2)
    assert [news.kind for news in follower.news] == ["problem", "update", "update"]
    assert follower.news[0].text.startswith("bad.txt: ")


def test_an_update_that_fails_is_tried_again(follower: Follower) -> None:
    """While another process writes the index that is told once; then the update is made without
    any file having changed again."""
    with generations.writing(follower.settings.index_dir):
        (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
        follower.until(lambda: follower.told("problem"))
        time.sleep(2.5)  # two more attempts
    assert f"process {os.getpid()}" in follower.told("problem")[0].text
    follower.holds("a.txt", "b.txt")
    follower.until(lambda: follower.told("update"))
    assert [news.kind for news in follower.news] == ["problem", "update"]


def test_an_index_that_cannot_be_written_is_told_and_tried_again(settings: Settings) -> None:
    """Where the index can't be written one line says so; once it can be, it is."""
    settings.index_dir.write_text("in the way")
    with watched(settings) as follower:
        follower.until(lambda: follower.told("problem"))
        settings.index_dir.unlink()
        follower.holds("a.txt")
        follower.until(lambda: follower.told("update"))
    assert [news.kind for news in follower.news] == ["problem", "update"]


def test_a_folder_that_goes_and_comes_back(follower: Follower) -> None:
    """The index stays as it is while its folder is gone, and follows the one that comes."""
    away = follower.corpus.with_name("away")
    follower.corpus.rename(away)
    follower.until(lambda: follower.told("problem"))
    assert follower.names() == ["a.txt"]
    (away / "b.txt").write_text("Shares rose in Paris.")
    away.rename(follower.corpus)
    follower.holds("a.txt", "b.txt")
    (follower.corpus / "c.txt").write_text("Shares fell in Paris.")
    follower.holds("a.txt", "b.txt", "c.txt")
    assert "does not exist" in follower.told("problem")[0].text


def test_a_folder_that_is_cut_off_is_waited_for(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system can't say what is there, as of a drive whose connection has gone, that is
    told, and watching goes on when it is back."""
    original = Path.stat

    def cut_off(path: Path, **options: Any) -> os.stat_result:
        if path == follower.corpus:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")
        return original(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", cut_off)
        follower.until(lambda: follower.told("problem"))
    (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
    follower.holds("a.txt", "b.txt")
    assert "can't be reached (Transport" in follower.told("problem")[0].text


def test_another_folder_of_the_same_name_is_followed(follower: Follower) -> None:
    """A folder that is exchanged within a moment, as by an unpacked archive, is noticed."""
    other = follower.corpus.with_name("other")
    other.mkdir()
    (other / "b.txt").write_text("Shares rose in Paris.")
    follower.corpus.rename(follower.corpus.with_name("away"))
    other.rename(follower.corpus)
    follower.holds("b.txt")
    (follower.corpus / "c.txt").write_text("Shares fell in Paris.")
    follower.holds("b.txt", "c.txt")


def test_an_empty_folder_empties_nothing(follower: Follower) -> None:
    """Where all files go the index stays, a line says so, and the next file is followed."""
    (follower.corpus / "a.txt").unlink()
    follower.until(lambda: follower.told("problem"))
    assert "no documents" in follower.told("problem")[0].text
    assert follower.names() == ["a.txt"]
    (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
    follower.holds("b.txt")


def test_the_index_in_its_own_corpus_wakes_nobody(tmp_path: Path) -> None:
    """An index folder inside the folder of documents is no change to follow."""
    (tmp_path / "a.txt").write_text(ARTICLE)
    settings = Settings(corpus_dir=tmp_path, index_dir=tmp_path / "index")
    with watched(settings) as follower:
        follower.holds("a.txt")
        time.sleep(2)
        assert len(follower.news) == 1


def test_a_bug_ends_watching_with_a_word(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """What should not happen is logged and told; nobody goes on believing that files are
    followed."""
    told: list[News] = []

    def tell(news: News) -> None:
        told.append(news)
        if news.kind == "update":
            raise ValueError("nobody listens")

    with watching.watching(settings, FakeEmbedder(), tell) as watcher:
        until = time.monotonic() + LONG
        while not watcher.problem and time.monotonic() < until:
            time.sleep(0.05)
    assert "no longer watched (nobody listens)" in watcher.problem
    assert told[-1].text == watcher.problem
    assert "nobody listens" in caplog.text


def test_the_folder_of_the_index_is_watched_where_no_other_is(
    settings: Settings,
) -> None:
    """No folder was given, and the usual one is not there: then that of the index is watched, as an
    update would read it."""
    composing.update_index(settings, FakeEmbedder())
    ungiven = Settings(index_dir=settings.index_dir)
    assert lacking(ungiven.corpus_dir)
    with watched(ungiven) as follower:
        (settings.corpus_dir / "b.txt").write_text("Shares rose in Paris.")
        follower.holds("a.txt", "b.txt")
    assert follower.told("problem") == []


def test_what_failed_before_is_read_again_only_when_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a limit was raised, a file that took too much is read though it hasn't changed."""
    path = settings.corpus_dir / "b.txt"
    path.write_text("Shares rose in Paris.")
    with monkeypatch.context() as slow:
        slow.setattr(Limits, "seconds_for", lambda *_: 0.000_001)
        slow.setattr(isolation, "_MOMENT", 0.000_001)
        composing.update_index(settings, FakeEmbedder())
    for retry in (False, True):
        watching.Watcher(settings, FakeEmbedder(), lambda _: None).update(retry=retry)
        assert bool(LocalStore.open(settings.index_dir).manifest.failures) is not retry


# ── systems that tell little ─────────────────────────────────────────────────


def test_polling_serves_as_well(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the setting that watchfiles has for it, files are looked at instead of waited for."""
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    with watched(settings) as follower:
        follower.holds("a.txt")
        (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
        follower.holds("a.txt", "b.txt")


def test_polling_takes_over_where_the_system_cannot_watch(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that has no watches left is told, and polling does it."""
    original = watchfiles.watch

    def limited(*paths: Path, force_polling: bool | None, **options: Any) -> Any:
        if not force_polling:
            raise OSError("OS file watch limit reached.")
        return original(*paths, force_polling=True, **options)

    monkeypatch.setattr(watchfiles, "watch", limited)
    with watched(settings) as follower:
        follower.holds("a.txt")
        (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
        follower.holds("a.txt", "b.txt")
    assert ["limit reached" in news.text for news in follower.told("note")] == [True]


def test_changes_that_nobody_tells_are_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk of another machine a system may tell nothing: the folder is looked at anyway."""

    def deaf(*_: Path, stop_event: threading.Event, **__: Any) -> Iterator[set[Any]]:
        while not stop_event.wait(0.05):
            yield set()

    monkeypatch.setattr(watchfiles, "watch", deaf)
    monkeypatch.setattr(watching, "_LOOK_AGAIN", 1.0)
    with watched(settings) as follower:
        follower.holds("a.txt")
        (follower.corpus / "b.txt").write_text("Shares rose in Paris.")
        follower.holds("a.txt", "b.txt")


# ── settling ─────────────────────────────────────────────────────────────────


def test_one_file_is_due_once_it_rests() -> None:
    """A file is read when it has stayed as it is for a moment, and then no more."""
    state: dict[Path, object] = {}
    settling = Settling(state.get)
    file = Path("a.txt")
    assert not settling.due(0)
    settling.note([file], 0)
    state[file] = "grown"
    assert not settling.due(REST)
    assert not settling.due(1.9 * REST)
    assert settling.due(2 * REST)
    assert settling.take() == []
    assert not settling.due(100)


def test_a_file_that_never_rests_is_waited_for_in_vain_once() -> None:
    """After PATIENCE it is read, and named; from then on it holds up no other file."""
    restless, calm = Path("log.txt"), Path("a.txt")
    clock = [0.0]
    settling = Settling(lambda path: clock[0] if path == restless else "still")

    def due_at(now: float) -> bool:
        clock[0] = now
        return settling.due(now)

    settling.note([restless], 0)
    assert not due_at(PATIENCE - 0.1)
    assert due_at(PATIENCE)
    assert settling.take() == [restless]
    settling.note([restless, calm], 20)
    assert not due_at(20 + REST / 2)
    assert due_at(20 + REST)
    assert settling.take() == []


@given(st.lists(st.tuples(st.floats(0.01, 3), st.sets(st.integers(0, 3))), min_size=1))
def test_nothing_is_read_early_nor_forgotten(moments: list[tuple[float, set[int]]]) -> None:
    """Whatever changes when: no file is read that changed within REST, unless something has
    waited for PATIENCE; and all that changed is read in the end."""
    changed: dict[Path, float] = {}
    settling = Settling(changed.get)
    now, oldest = 0.0, None
    unread: set[Path] = set()
    gave_up: set[Path] = set()
    for pause, files in [*moments, (REST, set()), (PATIENCE, set()), (REST, set())]:
        now += pause
        paths = {Path(f"{n}.txt") for n in files}
        changed |= dict.fromkeys(paths, now)
        settling.note(paths, now)
        unread |= paths
        oldest = now if oldest is None and paths else oldest
        if settling.due(now):
            moving = {p for p in unread if now - changed[p] < REST} - gave_up
            assert oldest is not None
            assert not moving or now - oldest >= PATIENCE
            gave_up |= set(settling.take())
            unread, oldest = set(), None
    assert not unread


# ── the command ──────────────────────────────────────────────────────────────


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`pp-qa watch`, but that its embedder is the fake one."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "watch", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_a_line_for_each_update(
    settings: Settings, ending: signal.Signals
) -> None:
    """`pp-qa watch` says in one line what each update did; Ctrl-C and SIGTERM end it cleanly."""
    folders = ["--corpus", str(settings.corpus_dir), "--index", str(settings.index_dir)]
    with command(*folders) as process:
        assert process.stdout
        assert "added a.txt" in process.stdout.readline()
        (settings.corpus_dir / "b.txt").write_text("Shares rose in Paris.")
        assert process.stdout.readline().endswith("  added b.txt (1 passage), generation 2\n")
        process.send_signal(ending)
        assert process.wait(LONG) == 0
        assert process.communicate() == ("", "")


def test_the_command_prints_json_for_programs(settings: Settings) -> None:
    """With `--json` each line is an object with its time: updates as `pp-qa index --json` prints
    them, and problems with their message."""
    folders = ["--corpus", str(settings.corpus_dir), "--index", str(settings.index_dir)]
    with command(*folders, "--json") as process:
        assert process.stdout
        first = json.loads(process.stdout.readline())
        assert (first["event"], first["added"], first["generation"]) == ("update", ["a.txt"], 1)
        (settings.corpus_dir / "a.txt").unlink()
        second = json.loads(process.stdout.readline())
        assert second["event"] == "problem"
        assert "no documents" in second["message"]
        assert first["time"] <= second["time"]


def test_the_command_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A misspelt folder is told at once, not waited for."""
    with command("--corpus", str(tmp_path / "nowhere")) as process:
        _, complaint = process.communicate(timeout=LONG)
        assert process.returncode == 1
        assert "does not exist" in complaint
        assert complaint.count("\n") == 1


def test_an_assistant_waits_for_its_first_document(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over an index that isn't there yet an Assistant finds nothing, and answers as soon as there
    is one."""
    monkeypatch.setattr(composing, "make_embedder", lambda _: FakeEmbedder())
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index")
    assistant = composing.open_empty(settings)
    assert assistant.documents() == []
    assert assistant.retrieve("zebras") == []
    (corpus / "a.txt").write_text("Zebras do cross bridges.")
    composing.update_index(settings, FakeEmbedder())
    assert [hit.passage.doc_id for hit in assistant.retrieve("zebras")] == ["a.txt"]
