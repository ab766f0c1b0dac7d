"""Kills real updates with SIGKILL and looks at what they leave; run by `test_crashes.py`.

    python crashing.py FOLDER moments SEED KILLS    at random moments of time
    python crashing.py FOLDER steps SEED 0          before each step that changes the disk
    python crashing.py FOLDER limits SEED 0         no kills: files that may not grow, or be opened

Everything is imported once; each update, each look at the index and each repair is then a process
of its own, forked from this one, which itself opens no engine. What went wrong is printed, one
line each, and at the end a line of what was done.
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # a process with threads of OpenMP can't be forked

import mmap  # noqa: F401  (what an update imports late is imported before it is forked)

import filelock  # noqa: F401

from pp_qa import composing, loading
from pp_qa.errors import IndexMissing, PpQaError
from pp_qa.indexing import Options
from pp_qa.loading.isolation import Parsers
from pp_qa.settings import Settings
from pp_qa.stores import generations, segments
from pp_qa.stores.local import LocalStore
from pp_qa.testing import FakeEmbedder, make_document, make_entry
from pp_qa.types import Document, Failure

segments.WHOLE = 0  # small as they are, these indexes grow in pieces, as large ones do

Texts = dict[str, str]
"""What an index holds: the text of each document."""
CHANGING = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate")
"""Audit events of steps that change what is on disk; so does opening a file to write to it."""
PLACES = ("Miami", "Paris", "Riga", "Lima", "Oslo", "Quito", "Dakar", "Delhi")


class ParsersHere(Parsers):
    """Reads documents in the process that asks: to start another each time would take long, and
    what becomes of it is told by the tests of `isolation`."""

    def load(self, files: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, Document | Failure]]:
        for doc_id, path in files:
            yield doc_id, loading.load(path, doc_id, loading.read(path))


@dataclass
class World:
    """A corpus that is edited at random, and its index."""

    root: Path
    random: random.Random
    held: Texts | None = None
    """What the index held when it was last looked at; None before there was one."""
    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.corpus = self.root / "corpus"
        self.corpus.mkdir(parents=True)
        self.settings = Settings(
            corpus_dir=self.corpus, index_dir=self.root / "index", passage_tokens=32
        )
        self.edit()

    def texts(self) -> Texts:
        """What an index that follows the corpus holds."""
        files = (p for p in self.corpus.rglob("*.txt"))
        return {p.relative_to(self.corpus).as_posix(): p.read_text() for p in files}

    def edit(self) -> None:
        """Some files come, change, go and are renamed; there are always a few."""
        there = sorted(self.corpus.rglob("*.txt"))
        self.random.shuffle(there)
        while len(there) > 8 or (there and self.random.random() < 0.5):
            path = there.pop()
            if len(there) > 6 or self.random.random() < 0.5:
                path.unlink()
            elif self.random.random() < 0.5:
                path.rename(path.with_name(f"moved-{self.random.randrange(10**9)}.txt"))
            else:
                path.write_text(self.sentences())
        for _ in range(self.random.randint(1, 3)):
            folder = self.corpus / self.random.choice(("", "notes", "notes/old"))
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{self.random.randrange(10**9)}.txt").write_text(self.sentences())

    def sentences(self) -> str:
        return "".join(
            f"Envoy {self.random.randrange(10**6)} met envoy {self.random.randrange(10**6)}"
            f" in {self.random.choice(PLACES)}.\n"
            for _ in range(self.random.randint(1, 12))
        )

    # ── what happens in processes of their own ───────────────────────────────

    def update(self, rebuild: bool = False) -> None:
        composing.update_index(
            self.settings,
            FakeEmbedder(),
            options=Options(rebuild=rebuild),
            parsers=ParsersHere(),
        )

    def look(self) -> tuple[Texts | None, list[str]]:
        """What the index answers with, and what is wrong with that."""
        try:
            store = LocalStore.open(self.settings.index_dir, whole=True)
        except IndexMissing:
            return None, []
        embedder = FakeEmbedder()
        held, faults = {}, store.problems()
        for info in store.documents():
            held[info.doc_id] = store.document(info.doc_id).text
            for passage in store.passages(info.doc_id):
                dense = store.search_dense(embedder.embed([passage.text]), 1, [info.doc_id])[0]
                words = store.search_lexical(passage.text, 1, [info.doc_id])
                if not dense or not words or dense[0].score < 0.999:
                    faults.append(f"{passage.passage_id} is not found")
        if len(held) != store.manifest.documents:
            faults.append(f"{len(held)} of {store.manifest.documents} documents are there")
        return held, faults

    def mended(self) -> tuple[Texts | None, list[str], list[str]]:
        """Update, and look; what is left over comes last."""
        self.update()
        return *self.look(), [p.name for p in generations.leftovers(self.settings.index_dir)]

    # ── one kill, and what comes after ───────────────────────────────────────

    def killed(self, attempt: Callable[[], Any], when: float | None, rebuild: bool) -> bool:
        """Run an update that is killed, and look. Whether it was killed before it ended."""
        child = fork(attempt)
        if when is not None:
            time.sleep(when)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        by_signal = os.WIFSIGNALED(status)
        if not by_signal and os.WEXITSTATUS(status):
            self.faults.append("an update failed; its traceback is above")
        wanted = self.texts()
        held, faults = self.seen(self.look)
        state = "new" if held == wanted else "old" if held == self.held else "neither"
        kind = "rebuild" if rebuild else "update" if self.held is not None else "first"
        self.done[f"{kind} killed: {state}" if by_signal else "in time"] += 1
        self.faults += [f"after {kind}, {state}: {fault}" for fault in faults]
        if state == "neither":
            self.faults.append(f"after {kind}: the index is neither the old nor the new")
        self.held = held
        return by_signal

    def mend(self) -> None:
        """The next update repairs everything and leaves nothing behind."""
        held, faults, left = self.seen(self.mended)
        self.faults += [f"after repair: {fault}" for fault in faults]
        if held != self.texts():
            self.faults.append("after repair: the index does not hold the corpus")
        if left:
            self.faults.append(f"after repair: {left} is left over")
        self.held = held
        self.done["repaired"] += 1

    def lose_index(self) -> None:
        """The next update is a first one: to where no index is."""
        away = self.root / "away"
        shutil.rmtree(away, ignore_errors=True)
        if self.settings.index_dir.exists():
            self.settings.index_dir.rename(away)
        self.held = None

    def time_of_an_update(self) -> float:
        """Seconds, of the slower of two."""
        taken = []
        for _ in range(2):
            self.edit()
            started = time.monotonic()
            self.mend()
            taken.append(time.monotonic() - started)
        return max(taken)

    def seen(self, see: Callable[[], Any]) -> Any:
        """What `see` returns in a process of its own."""
        reading, writing = os.pipe()

        def send() -> None:
            with os.fdopen(writing, "w") as pipe:
                json.dump(see(), pipe)

        child = fork(send)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            content = pipe.read()
        _, status = os.waitpid(child, 0)
        if status:
            raise SystemExit("a look at the index, or its repair, failed: see above")
        return json.loads(content)


def fork(work: Callable[[], Any]) -> int:
    """A new process that does only this."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def warm(world: World) -> None:
    """Have everything imported and every vocabulary read that an update uses."""
    for text in world.texts().values():
        make_entry(make_document(text), FakeEmbedder())


def moments(world: World, kills: int) -> None:
    """Kill at moments drawn from the time that an update takes, until so many were killed. Now
    and then the next update, too, is killed before anything was repaired."""
    length = world.time_of_an_update()
    killed = 0
    while killed < kills:
        world.edit()
        rebuild = world.random.random() < 0.25
        if world.random.random() < 0.05:
            world.lose_index()
        when = world.random.uniform(0, length)
        if world.killed(lambda: world.update(rebuild), when, rebuild):  # noqa: B023
            killed += 1
            length *= 1.01  # how long it takes changes as the machine is busy: one in ten
        else:  # updates is to end in time
            length *= 0.91
        if world.random.random() < 1 / 3:
            world.mend()
    world.mend()


def steps(world: World) -> None:
    """Kill before the first step that changes the disk, before the second, and so on to the last:
    of a first update, of one that adds, changes and deletes, and of a rebuild."""
    for kind in ("first", "update", "rebuild"):
        step, rebuild, killed = 0, kind == "rebuild", True
        while killed:
            step += 1
            world.edit()
            if kind == "first":
                world.lose_index()
            killed = world.killed(lambda: die_before(step, world, rebuild), None, rebuild)  # noqa: B023
            if kind != "first":
                world.mend()
        world.mend()
        world.done[f"steps of {kind}"] = step


def die_before(step: int, world: World, rebuild: bool) -> None:
    """An update that kills itself as it comes to that step."""
    left = step

    def count(event: str, details: tuple[Any, ...]) -> None:
        nonlocal left
        if event in CHANGING or (event == "open" and writes(*details)):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    world.update(rebuild)


def limits(world: World) -> None:
    """Updates whose files may have only so many bytes, as on a disk that is full, or that may
    have only so many files open: each says so in one line, and the old index answers."""
    world.mend()
    open_now = os.dup(0)  # the lowest number that is free
    os.close(open_now)
    for what, among in (
        (resource.RLIMIT_FSIZE, [0, 1, *(2**n for n in range(6, 17))]),
        (resource.RLIMIT_NOFILE, range(open_now, open_now + 24, 2)),
    ):
        for limit in among:
            world.edit()
            world.done[str(world.seen(lambda: said(what, limit, world)))] += 1  # noqa: B023
            held, faults = world.seen(world.look)
            world.faults += [f"at limit {limit}: {fault}" for fault in faults]
            if held not in (world.held, world.texts()):
                world.faults.append(f"at limit {limit}: the index is neither the old nor the new")
            world.mend()


def said(what: int, limit: int, world: World) -> str:
    """How an update under a limit ended; what isn't one line of an error of ours is a fault."""
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (limit, hard))
    try:
        world.update()
    except PpQaError as error:
        if "\n" in str(error):
            raise
        return f"{type(error).__name__}"
    finally:
        resource.setrlimit(what, (hard, hard))
    return "updated"


def writes(_: object, mode: str | None, flags: int) -> bool:
    """Whether a file is opened to be written; a folder, to be synced, is not."""
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


if __name__ == "__main__":
    folder, mode, seed, kills = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    world = World(folder, random.Random(seed))
    warm(world)
    if mode == "moments":
        moments(world, kills)
    else:
        {"steps": steps, "limits": limits}[mode](world)
    sys.stderr.write("\n".join(dict.fromkeys(world.faults)))
    sys.stdout.write(json.dumps({"faults": len(world.faults), **world.done}))
