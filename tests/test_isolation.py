"""A file that makes its parser hang, die or take all memory takes only itself with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from deeds import deeds

from pp_qa import loading
from pp_qa.errors import CorpusError
from pp_qa.loading.checking import from_json
from pp_qa.loading.isolation import Limits, Parsers
from pp_qa.types import Document, Failure

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
ON_UNIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
TIGHT = Limits(seconds=1, memory_mb=400)


@pytest.fixture(autouse=True)
def _deeds(tmp_path: Path) -> Iterator[None]:
    """A format whose files say what their parser does."""
    with deeds(tmp_path / "formats"):
        yield


def files(folder: Path, *deeds: str) -> list[tuple[str, Path]]:
    """A file for each deed, numbered."""
    made = [folder / f"{i}.deed" for i in range(len(deeds))]
    for path, deed in zip(made, deeds, strict=True):
        path.write_text(deed)
    return [(path.name, path) for path in made]


def outcomes(folder: Path, *deeds: str, limits: Limits = TIGHT) -> list[str]:
    """The text of each file, or the reason why it has none."""
    with Parsers(limits) as parsers:
        asked = files(folder, *deeds)
        loaded = list(parsers.load(asked))
    assert [doc_id for doc_id, _ in loaded] == [doc_id for doc_id, _ in asked]
    return [o.reason if isinstance(o, Failure) else o.text for _, o in loaded]


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if ON_PROC else True


ON_PROC = Path("/proc/self/stat").exists()


def wait_for(path: Path) -> int:
    """The process id that a parser writes into a file when it starts on it."""
    deadline = time.monotonic() + 60
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(path.read_text())


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 60
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ── what comes back ──────────────────────────────────────────────────────────


def test_a_document_is_the_same_as_in_this_process(tmp_path: Path, article: Path) -> None:
    """Nothing is lost on the way: text, spans, leads, sections, details."""
    note = tmp_path / "note.md"
    note.write_text(
        "# Zoë 👩‍👩‍👧‍👦\n\nThe plan has:\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    with Parsers() as parsers:
        found = list(parsers.load([("x/note.md", note), ("a.txt", article)]))
    assert found == [
        ("x/note.md", loading.load(note, "x/note.md", note.read_bytes())),
        ("a.txt", loading.load(article, "a.txt", article.read_bytes())),
    ]


def test_no_files_start_no_process() -> None:
    """An update without anything to read costs nothing."""
    threads = threading.active_count()
    with Parsers() as parsers:
        assert list(parsers.load([])) == []
        assert threading.active_count() == threads


def test_many_files_come_in_order(tmp_path: Path) -> None:
    """More files than are read ahead come back as they were given, for each call."""
    words = [f"w{i}" for i in range(100)]
    asked = files(tmp_path, *words)
    with Parsers() as parsers:
        for _ in range(2):
            assert [o.text for _, o in parsers.load(asked) if isinstance(o, Document)] == words


def test_files_are_read_ahead_within_bounds(tmp_path: Path) -> None:
    """While the caller works on one file the next ones are read, and not all of them."""
    asked = files(tmp_path, *["x"] * 500)
    taken: list[str] = []

    def coming() -> Iterator[tuple[str, Path]]:
        for doc_id, path in asked:
            taken.append(doc_id)
            yield doc_id, path

    with Parsers() as parsers:
        loaded = parsers.load(coming())
        next(loaded)
        assert 2 <= len(taken) <= 64
        loaded.close()
        assert [doc_id for doc_id, _ in parsers.load(asked[:3])] == ["0.deed", "1.deed", "2.deed"]


def test_a_refusal_is_told_as_it_is(tmp_path: Path) -> None:
    """A LoadError's own words are the reason."""
    assert outcomes(tmp_path, "refuse", "good") == ["is refused; mend it", "good"]


def test_a_file_that_went_away_is_told(tmp_path: Path) -> None:
    """A file may be gone, or no file any more, when its turn comes."""
    (tmp_path / "folder.txt").mkdir()
    gone = [("gone.txt", tmp_path / "gone.txt"), ("folder.txt", tmp_path / "folder.txt")]
    with Parsers() as parsers:
        found = dict(parsers.load(gone))
    assert "No such file" in str(found["gone.txt"])
    assert isinstance(found["folder.txt"], Failure)


@ON_UNIX
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A name that became a pipe is refused, for nobody writes to it."""
    os.mkfifo(tmp_path / "pipe.txt")
    with Parsers() as parsers:
        [(_, found)] = parsers.load([("pipe.txt", tmp_path / "pipe.txt")])
    assert isinstance(found, Failure)
    assert "no regular file" in found.reason


# ── what a parser may do ─────────────────────────────────────────────────────


@ON_UNIX
@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("sleep", "longer than 1 s"),
        ("loop", "longer than 1 s"),
        ("crash", "made its parser stop (signal 11); open it"),
        ("exit", "made its parser stop (exit status 3)"),
        ("leave", "made its parser stop (exit status 4)"),
        ("deepen", "RecursionError"),
        ("raise", "KeyError"),
        ("connect", "may not use socket."),
        ("run", "may not use os.system"),
        ("surrogate", "can't be read"),
        ("outside", "blocks lie outside of the text"),
    ],
)
def test_a_bad_file_takes_only_itself_with_it(tmp_path: Path, deed: str, reason: str) -> None:
    """Whatever a parser does, its file gets a reason and the files around it are read."""
    first, found, *rest = outcomes(tmp_path, "one", deed, "two", "three")
    assert (first, rest) == ("one", ["two", "three"])
    assert reason in found
    assert found.isprintable()
    assert len(found) < 500


@ON_LINUX
def test_memory_is_limited(tmp_path: Path) -> None:
    """A parser that takes more memory than it may is told so, and the machine keeps its own."""
    assert outcomes(tmp_path, "one", "eat", "two", limits=Limits(60, 400)) == [
        "one",
        "takes more than 400 MB of memory to read; split it or raise parse_memory_mb",
        "two",
    ]


def test_what_a_parser_prints_is_lost(tmp_path: Path) -> None:
    """A library that prints does no harm to the replies."""
    assert outcomes(tmp_path, "print", "good") == ["print", "good"]


def test_nobody_is_blamed_for_an_earlier_file(tmp_path: Path) -> None:
    """A file on which a used worker stops is tried once more in a fresh one."""
    assert outcomes(tmp_path, "one", "crash-unless-first", "two") == [
        "one",
        "crash-unless-first",
        "two",
    ]


def test_bad_files_in_a_row(tmp_path: Path) -> None:
    """Each of many bad files is reported, however many workers they take."""
    found = outcomes(tmp_path, *["exit", "good"] * 5, "exit", "exit")
    assert [text == "good" for text in found] == [False, True] * 5 + [False, False]


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"no JSON",
        b"[]",
        b'{"document": 3, "reason": ""}',
        b'{"document": {"doc_id": "a"}, "reason": ""}',
    ],
)
def test_a_reply_is_not_trusted(reply: bytes) -> None:
    """What is no document makes a failure."""
    found = from_json(reply, "a", Path("a"))
    assert isinstance(found, Failure)
    assert "read wrongly" in found.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("doc_id", "../b.txt"),
        ("source", "elsewhere"),
        ("text", "e\u0301"),
        ("text", "a\r\n"),
        ("text", 3),
        ("content_hash", "0"),
        ("sections", [{"heading_path": [], "span": {"start": 0, "end": 5}}]),
        ("sections", [{"heading_path": [], "span": {"start": 2, "end": 1}}]),
        ("sections", [{"heading_path": [], "span": {"start": -1, "end": 1}}]),
        ("pages", [{"number": 1, "label": "", "span": {"start": 0, "end": 9}}]),
        ("blocks", [{"span": {"start": 0, "end": 1}, "kind": "unknown", "lead": None}]),
        ("blocks", [{"span": {"start": 1, "end": 2}}, {"span": {"start": 0, "end": 1}}]),
        ("blocks", [{"span": {"start": 0, "end": 1}, "lead": {"start": 0, "end": 9}}]),
        ("details", {"a": 1}),
    ],
)
def test_a_document_that_breaks_a_promise_is_refused(field: str, value: object) -> None:
    """Every type and every span is checked against the text before a document is used."""
    sound = {
        "doc_id": "a.txt",
        "source": "a.txt",
        "title": "A",
        "text": "text",
        "content_hash": "0" * 64,
    }
    reply = json.dumps({"document": sound, "reason": ""}).encode()
    assert isinstance(from_json(reply, "a.txt", Path("a.txt")), Document)
    reply = json.dumps({"document": {**sound, field: value}, "reason": ""}).encode()
    assert isinstance(from_json(reply, "a.txt", Path("a.txt")), Failure)


# ── processes ────────────────────────────────────────────────────────────────


def test_threads_may_load_side_by_side(tmp_path: Path) -> None:
    """Each thread with Parsers of its own gets its own files."""
    found: dict[int, list[str]] = {}

    def load(n: int) -> None:
        folder = tmp_path / str(n)
        folder.mkdir()
        found[n] = outcomes(folder, *[f"{n}-{i}" for i in range(20)])

    threads = [threading.Thread(target=load, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: [f"{n}-{i}" for i in range(20)] for n in range(3)}


def test_an_update_waits_for_the_one_before_to_let_go(tmp_path: Path) -> None:
    """One that failed while a file was being read leaves the thread that waits for it: the next one,
    with the same Parsers, gets its own files all the same."""
    slow, *asked = files(tmp_path, f"sleep {tmp_path / 'pid'}", "one", "two", "three")
    with Parsers(Limits(seconds=2)) as parsers:
        thread = threading.Thread(target=lambda: list(parsers.load([slow])))
        thread.start()
        wait_for(tmp_path / "pid")
        found = [o.text for _, o in parsers.load(asked) if isinstance(o, Document)]
        thread.join()
    assert found == ["one", "two", "three"]


@pytest.mark.skipif(not ON_PROC, reason="counts what /proc shows")
def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """After good and bad files no process, thread or open file is left."""
    outcomes(tmp_path, "warm")
    before = (threading.active_count(), len(list(Path("/proc/self/fd").iterdir())))
    pids = [tmp_path / f"{i}.pid" for i in range(4)]
    deeds = ("good", "sleep", "exit", "good")
    outcomes(tmp_path, *[f"{deed} {pid}" for deed, pid in zip(deeds, pids, strict=True)])
    assert (threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))) == before
    assert not any(is_running(int(pid.read_text())) for pid in pids)


PARENT = """
import sys
from pathlib import Path
from pp_qa import loading
from pp_qa.loading.isolation import Limits, Parsers
loading.__path__.append(sys.argv[1])
with Parsers(Limits(seconds=float(sys.argv[3]))) as parsers:
    print(list(parsers.load([("0.deed", Path(sys.argv[2]))])))
"""


def parent(tmp_path: Path, deed: str, seconds: float) -> subprocess.Popen[bytes]:
    """A process that loads one file."""
    [(_, path)] = files(tmp_path, f"{deed} {tmp_path / 'pid'}")
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path / "formats", path, str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@ON_UNIX
@pytest.mark.parametrize(("deed", "seconds"), [("sleep", 100), ("loop", 1)])
def test_a_parser_ends_with_the_process_that_asks(
    tmp_path: Path, deed: str, seconds: float
) -> None:
    """A killed parent leaves no parser behind: one that waits ends at once, and one that
    computes when its time is up."""
    with parent(tmp_path, deed, seconds) as process:
        pid = wait_for(tmp_path / "pid")
        process.kill()
        wait_for_end(pid)


@ON_UNIX
def test_an_interrupt_ends_the_parser_too(tmp_path: Path) -> None:
    """Ctrl-C ends both, and the parser says nothing of it."""
    with parent(tmp_path, "sleep", 100) as process:
        pid = wait_for(tmp_path / "pid")
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate()[1].decode()
        wait_for_end(pid)
    assert said.count("KeyboardInterrupt") == 1


def test_a_system_without_processes_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no process can be started there is one line that says so."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(CorpusError, match=r"no process can be started.*No such file"):
        outcomes(tmp_path, "good")


def test_a_worker_that_fails_to_start_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pp_qa can't be imported in the worker, the reason is passed on."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(CorpusError, match=r"no process can be started.*No module named"):
        outcomes(tmp_path, "good")


def test_a_worker_imports_nothing_heavy() -> None:
    """A worker starts with what loading needs and no more."""
    script = "import sys, pp_qa.loading.worker as w; w.loading.loaders(); print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    heavy = {"faiss", "gradio", "numpy", "onnxruntime", "pydantic", "tantivy", "tiktoken", "torch"}
    assert not heavy & set(result.stdout.split())
