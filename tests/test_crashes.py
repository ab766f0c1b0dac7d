"""Whatever kills an update or keeps it from writing: the old index answers or the new one does,
whole, and the next update mends the rest.

`CRASHES=5000 pytest tests/test_crashes.py` (or `make crashes`) kills more often than usual, at other
moments each time.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from contracts.store_contract import ARTICLE, EMBEDDER

from pp_qa import composing
from pp_qa.errors import IndexLocked
from pp_qa.settings import Settings
from pp_qa.stores import generations
from pp_qa.stores.local import LocalStore

KILLS = int(os.environ.get("CRASHES", "200"))
SEED = 20251121 if KILLS == 200 else random.SystemRandom().randrange(10**9)
SCRIPT = Path(__file__).with_name("crashing.py")
COMMAND = """
import sys
from pp_qa import composing
from pp_qa.interfaces import cli
from pp_qa.testing import FakeEmbedder
composing.make_embedder = lambda _: FakeEmbedder()
cli.main(sys.argv[1:])
"""
"""`pp-qa`, but that its embedder is the fake one."""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
AS_ANYBODY: tuple[str, ...] = ()
"""Put before a command so that it must keep to what the modes of files allow: root need not."""
if hasattr(os, "geteuid") and os.geteuid() == 0:
    lacking = "-dac_override,-dac_read_search"
    AS_ANYBODY = ("setpriv", "--bounding-set", lacking, "--inh-caps", lacking)


def crash(folder: Path, mode: str, seed: int, kills: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), str(folder), mode, str(seed), str(kills)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def outcome(run: subprocess.Popen[str]) -> dict[str, int]:
    out, err = run.communicate()
    assert run.returncode == 0, err
    done: dict[str, int] = json.loads(out)
    assert done["faults"] == 0, f"{err}\nwith the seed {SEED}"
    return done


@needs_fork
@pytest.mark.timeout(60 + 3 * KILLS)
def test_a_kill_at_any_moment_leaves_one_index_whole(tmp_path: Path) -> None:
    """Updates, rebuilds and first builds are killed at random moments, and before each step that
    changes the disk. Each time the index is the old or the new one, every passage is found, no
    process is left behind, and the next update repairs and sweeps."""
    runs = [crash(tmp_path / f"at-random-{i}", "moments", SEED + i, KILLS // 2) for i in (0, 1)]
    by_step = crash(tmp_path / "steps", "steps", SEED)
    done = [outcome(run) for run in runs]
    assert sum(n for each in done for what, n in each.items() if "killed" in what) >= KILLS
    steps = outcome(by_step)
    for kind in ("update", "rebuild"):  # the moment of the switch was met from both sides
        assert steps[f"{kind} killed: old"] > 3
        assert steps[f"{kind} killed: new"] > 0


@needs_fork
def test_an_update_that_may_not_write_says_so(tmp_path: Path) -> None:
    """Files that may only grow to some size, as on a full disk, or too few that may be open: the
    update ends with one of our errors, and the old index answers."""
    done = outcome(crash(tmp_path / "limits", "limits", SEED))
    assert done["IndexWriteError"] > 5
    assert done["updated"] > 0


# ── the real command ─────────────────────────────────────────────────────────


def index(root: Path, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """`pp-qa index` of the folder `corpus` beside the index."""
    return command(root, "index", before=before)


def command(
    root: Path, *arguments: str, before: tuple[str, ...] = (), **where: str
) -> subprocess.CompletedProcess[str]:
    """`pp-qa` over the folder `corpus` and the index beside it, unless `where` says others."""
    folders = {"PP_QA_CORPUS_DIR": str(root / "corpus"), "PP_QA_INDEX_DIR": str(root / "index")}
    if before and shutil.which(before[0]) is None:
        pytest.skip(f"root may write anywhere, but for {before[0]}, which is not there")
    return subprocess.run(
        [*before, sys.executable, "-c", COMMAND, *arguments],
        env=os.environ | folders | where,
        capture_output=True,
        text=True,
        timeout=60,
    )


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line of an error that ended `pp-qa` with code 1."""
    assert ended.returncode == 1, ended
    (line,) = ended.stderr.splitlines()
    assert line.startswith("pp-qa: ")
    return line


def documents(root: Path) -> list[str]:
    """What the index holds, when all of it is whole."""
    store = LocalStore.open(root / "index", whole=True)
    assert store.problems() == []
    return [info.doc_id for info in store.documents()]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with an index of a.txt, and a corpus in which b.txt has been added since."""
    prepare(tmp_path)
    return tmp_path


def prepare(root: Path) -> None:
    (root / "corpus").mkdir(exist_ok=True)
    (root / "corpus" / "a.txt").write_text(ARTICLE)
    composing.update_index(Settings(corpus_dir=root / "corpus", index_dir=root / "index"), EMBEDDER)
    (root / "corpus" / "b.txt").write_text("Shares rose in Paris.\n" * 20)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a megabyte, for those who may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = shutil.which("mount") and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True
    ).returncode  # fmt: skip
    if not mounted:
        pytest.skip("a disk can be mounted by root only")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_told_in_one_line(small_disk: Path) -> None:
    """On a disk that is full the old index answers; with room again, the next update works."""
    prepare(small_disk)
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while shutil.disk_usage(small_disk).free > 16_384:
            file.write(bytes(4096))
    assert "the old one still answers" in refused(index(small_disk))
    assert documents(small_disk) == ["a.txt"]
    ballast.unlink()
    assert index(small_disk).returncode == 0
    assert documents(small_disk) == ["a.txt", "b.txt"]
    assert generations.leftovers(small_disk / "index") == []


def test_a_disk_that_turns_read_only_is_told_in_one_line(small_disk: Path) -> None:
    """As systems make a disk read-only when it fails: the index on it goes on answering."""
    prepare(small_disk)
    change = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(change, check=True)
    assert "can't be written" in refused(index(small_disk))
    assert documents(small_disk) == ["a.txt"]
    subprocess.run([*change[:2], "remount,rw", str(small_disk)], check=True)
    assert index(small_disk).returncode == 0


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_a_folder_that_may_not_be_written_is_told_in_one_line(root: Path) -> None:
    """Where the permission is lacking, or is lost between two updates, the command says so; the
    index answers, and is updated once the permission is there again."""
    (root / "index").chmod(0o555)
    assert "permissions" in refused(index(root, before=AS_ANYBODY))
    assert documents(root) == ["a.txt"]
    (root / "index").chmod(0o755)
    assert index(root, before=AS_ANYBODY).returncode == 0
    assert documents(root) == ["a.txt", "b.txt"]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize("what", ["all", "files"])
def test_an_index_that_may_only_be_read_is_read(root: Path, what: str) -> None:
    """Whoever made its folders, or its files, read-only: it answers as before, and is left alone."""
    (root / "index").chmod(0o555)
    for path in (root / "index").rglob("*"):
        if path.is_file() or what == "all":
            path.chmod(0o555 if path.is_dir() else 0o444)
    ended = command(root, "search", "Who met in Miami?", before=AS_ANYBODY)
    assert (ended.returncode, "a.txt" in ended.stdout) == (0, True), ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize("name", ["ask", "index", "watch"])
def test_folders_that_may_not_be_reached_are_told_in_one_line(root: Path, name: str) -> None:
    """Of the documents, or of the index, where a folder above them lets nobody in."""
    locked = root / ("index" if name == "ask" else "corpus")
    locked.rename(locked.with_name("moved"))
    (locked / "in").mkdir(parents=True)
    locked.chmod(0o000)
    where = {f"PP_QA_{locked.name.upper()}_DIR": str(locked / "in")}
    said = refused(command(root, name, *["who?"][: name == "ask"], before=AS_ANYBODY, **where))
    locked.chmod(0o755)
    assert "shouldn't" not in said
    assert "(Permission denied)" in said


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
@pytest.mark.parametrize("part", ["CURRENT", "generation-*/manifest.json", "**/catalog.sqlite"])
@pytest.mark.parametrize("name", ["ask", "index"])
def test_an_index_that_may_not_be_read_is_not_damaged(root: Path, part: str, name: str) -> None:
    """It is left as it is: made anew, it would lack what may not be read of its documents either."""
    (path,) = (root / "index").glob(part)
    path.chmod(0o000)
    said = refused(command(root, name, *["who?"][: name == "ask"], before=AS_ANYBODY))
    path.chmod(0o644)
    assert "so it was left as it is" in said
    assert documents(root) == ["a.txt"]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_an_old_generation_that_may_not_be_removed_is_left(root: Path) -> None:
    """An update does its work where it can't sweep, and what is left goes when that is possible."""
    old = next((root / "index").glob("generation-*"))
    old.chmod(0o555)
    assert index(root, before=AS_ANYBODY).returncode == 0
    assert documents(root) == ["a.txt", "b.txt"]
    assert generations.leftovers(root / "index") == [old]
    old.chmod(0o755)
    assert index(root, before=AS_ANYBODY).returncode == 0
    assert generations.leftovers(root / "index") == []


@pytest.mark.parametrize("name", ["CURRENT.tmp", ".lock", ".lock-holder", "generation-000002"])
def test_what_is_in_the_way_is_told_or_removed(root: Path, name: str) -> None:
    """A folder or a file where the index writes another kind: the command makes room or says what
    is wrong, the old index answers, and without it all is well."""
    place = root / "index" / name
    place.unlink(missing_ok=True)
    if name == "generation-000002":
        place.write_text("in the way")
    else:
        (place / "deep").mkdir(parents=True)
    ended = index(root)
    if ended.returncode:
        refused(ended)
        assert documents(root) == ["a.txt"]
        shutil.rmtree(place)
        assert index(root).returncode == 0
    assert documents(root) == ["a.txt", "b.txt"]
    assert generations.leftovers(root / "index") == []


def test_the_command_killed_as_it_writes_is_repaired_by_the_next(root: Path) -> None:
    """A `pp-qa index` that is killed leaves no lock that holds, and the next one does the work."""
    for number in range(3):
        (root / "corpus" / f"{number}.txt").write_text(f"Envoy {number} met envoy {number + 1}.")
        running = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "index", "--corpus", root / "corpus"],
            cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        holder = root / "index" / ".lock-holder"
        while not holder.exists() and running.poll() is None:
            time.sleep(0.001)
        time.sleep(0.02 * number)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert "a.txt" in documents(root)
    ended = index(root)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert documents(root) == ["0.txt", "1.txt", "2.txt", "a.txt", "b.txt"]
    assert generations.leftovers(root / "index") == []
    assert not holder.exists()


# ── two writers ──────────────────────────────────────────────────────────────


def test_a_second_writer_waits_for_the_first(root: Path) -> None:
    """An update that finds another one writing says who it is, waits for it, and then works."""
    settings = Settings(corpus_dir=root / "corpus", index_dir=root / "index")
    said: list[str] = []
    told = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        told.set()

    with generations.writing(settings.index_dir):
        work = threading.Thread(
            target=composing.update_index,
            args=(settings, EMBEDDER),
            kwargs={"wait": 60, "say": say},
        )
        work.start()
        assert told.wait(60)
        assert documents(root) == ["a.txt"]
    work.join(60)
    assert documents(root) == ["a.txt", "b.txt"]
    assert len(said) == 1
    assert f"process {os.getpid()}" in said[0]


def test_a_second_writer_does_not_wait_for_ever(root: Path) -> None:
    """After its time it says who holds the index, and leaves it alone."""
    settings = Settings(corpus_dir=root / "corpus", index_dir=root / "index")
    with (
        generations.writing(settings.index_dir),
        pytest.raises(IndexLocked, match=f"process {os.getpid()} since"),
    ):
        composing.update_index(settings, EMBEDDER, wait=0.2)
    assert documents(root) == ["a.txt"]
