"""Parsing in a process of its own: a file that makes its parser hang, die or take all memory
is reported, and the others are read.

    with Parsers() as parsers:
        for doc_id, outcome in parsers.load(files):
            ...  # a Document, or a Failure

Why a process, JSON and one worker: docs/decisions/0006.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from pp_qa import loading
from pp_qa.errors import CorpusError
from pp_qa.loading import worker
from pp_qa.loading.checking import from_json
from pp_qa.types import Document, Failure

_AHEAD = 32
_AHEAD_BYTES = 8_000_000
"""So many files, and so many bytes of them, are read before they are asked for."""
_PIPE_BYTES = 16_000
"""What every system's pipe takes in while nobody reads it."""
_SECONDS_PER_MB = 5
_START_SECONDS = 60
_END_SECONDS = 10
_MOMENT = 1.0
"""What a reply that is late still gets: the machine may have slept."""
_MAIN = """
import json, sys
setup = json.loads(sys.argv[1])
sys.path[:] = setup["path"]
from pp_qa import loading
loading.__path__[:] = setup["formats"]
from pp_qa.loading import worker
worker.main(setup["memory_mb"])
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take: `seconds`, and more for each MB of it; memory is limited on Linux
    only, where the system can."""

    seconds: float = 30
    memory_mb: int = 2_000

    def seconds_for(self, size: int) -> float:
        """What a file of so many bytes may take."""
        return self.seconds + _SECONDS_PER_MB * size / 1e6


@dataclass(frozen=True, slots=True)
class _File:
    doc_id: str
    path: Path
    size: int
    seconds: float
    request: bytes


class Stopped(Exception):
    """A worker gave no reply, and why; `late` when it was given up for taking too long."""

    def __init__(self, reason: str, late: bool = False) -> None:
        super().__init__(reason)
        self.late = late


class Parsers:
    """Loads files in a worker process, which is started with the first one and replaced when it
    stops. For one `load` at a time: another waits until that is closed or at its end."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._worker: Worker | None = None
        self._loading = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker. The next file that is loaded starts another."""
        if self._worker:
            self._worker.close()
        self._worker = None

    def load(self, files: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, Document | Failure]]:
        """What each file is, by doc_id and in the order given. The next files are read while the
        caller works on one, so `files` is asked for them early.

        Raises CorpusError when no worker can be started.
        """
        coming = iter(files)
        ahead: deque[_File] = deque()
        # An update that failed may leave a thread that waits for a file still.
        with self._loading:
            try:
                while self._ask(ahead, coming):
                    outcome = self._outcome(ahead[0])
                    if outcome is not None:
                        yield ahead.popleft().doc_id, outcome
            finally:
                if ahead:  # its replies are for nobody
                    self.close()

    def _ask(self, ahead: deque[_File], coming: Iterator[tuple[str, Path]]) -> bool:
        """Have the worker read as far ahead as is allowed. False at the end."""
        while not ahead or (
            len(ahead) < _AHEAD
            and sum(file.size for file in ahead) < _AHEAD_BYTES
            and sum(len(file.request) for file in ahead) < _PIPE_BYTES
        ):
            if (following := next(coming, None)) is None:
                break
            ahead.append(self._file(*following))
        if ahead and self._worker is None:
            self._worker = Worker(self._limits)
        if self._worker:
            for file in islice(ahead, self._worker.waiting, None):
                self._worker.send(file.request)
        return bool(ahead)

    def _file(self, doc_id: str, path: Path) -> _File:
        size = 0
        with suppress(OSError):  # the worker will say what is wrong
            size = path.stat().st_size
        seconds = self._limits.seconds_for(size)
        asked = {"path": str(path), "doc_id": doc_id, "seconds": seconds}
        return _File(doc_id, path, size, seconds, json.dumps(asked).encode() + b"\n")

    def _outcome(self, file: _File) -> Document | Failure | None:
        """What a file is; None when it is to be asked for again: a worker that has read others
        may have stopped for what they left behind."""
        assert self._worker
        try:
            return from_json(self._worker.receive(file.seconds), file.doc_id, file.path)
        except Stopped as stopped:
            is_to_blame = stopped.late or not self._worker.has_replied
            self.close()
            return Failure(file.doc_id, str(stopped)) if is_to_blame else None


class Worker:
    """A process that runs `worker.main`, and the thread that takes its replies in."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.waiting = 0
        self.has_replied = False
        self._since = 0.0
        try:
            self._process = _start(limits)
        except OSError as error:
            raise _cannot_start(str(error)) from error
        self._replies: SimpleQueue[tuple[bytes, float]] = SimpleQueue()
        self._thread = threading.Thread(target=self._take_in, daemon=True)
        self._thread.start()
        with suppress(Empty):
            if self._replies.get(timeout=_START_SECONDS)[0] == worker.READY:
                return
        self._process.kill()
        assert self._process.stderr
        said = self._process.stderr.read().decode(errors="replace").split("\n")
        self.close()
        why = " ".join(said[-2:]).strip() or f"exit status {self._process.returncode}"
        raise _cannot_start(why)

    def send(self, request: bytes) -> None:
        if not self.waiting:
            self._since = time.monotonic()
        self.waiting += 1
        assert self._process.stdin
        with suppress(OSError):  # it has stopped: `receive` will say so
            self._process.stdin.write(request)
            self._process.stdin.flush()

    def receive(self, seconds: float) -> bytes:
        """The next reply. Raises Stopped when it takes longer than `seconds`, counted from the
        reply before it, or when there will be none."""
        left = self._since + seconds - time.monotonic()
        try:
            line, self._since = self._replies.get(timeout=max(_MOMENT, left))
        except Empty:
            raise self._stopped(seconds, late=True) from None
        if not line.endswith(b"\n"):
            raise self._stopped(seconds, late=False)
        self.waiting -= 1
        self.has_replied = True
        return line

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe
            with suppress(OSError):  # what was written and never read
                pipe.close()

    def _take_in(self) -> None:
        assert self._process.stdout
        most = self._limits.memory_mb * 1_000_000
        line = b"\n"
        while line.endswith(b"\n"):
            line = self._process.stdout.readline(most)
            self._replies.put((line, time.monotonic()))

    def _stopped(self, seconds: float, late: bool) -> Stopped:
        if not late:
            with suppress(subprocess.TimeoutExpired):  # its pipe closes before it has ended
                self._process.wait(_END_SECONDS)
        self.close()
        status = self._process.returncode
        if late or status == -getattr(signal, "SIGPROF", 0):
            reason = f"takes longer than {seconds:.0f} s to read; split it or raise parse_seconds"
            return Stopped(reason, late=True)
        if status == worker.OUT_OF_MEMORY:
            return Stopped(
                f"takes more than {self._limits.memory_mb} MB of memory to read;"
                " split it or raise parse_memory_mb"
            )
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        return Stopped(
            f"made its parser stop ({how}); open it in its program and save it anew, or remove it"
        )


def _start(limits: Limits) -> subprocess.Popen[bytes]:
    """The process, away from the terminal's signals, with the formats that are known here."""
    setup = {
        "path": [str(Path(place).absolute()) for place in sys.path],
        "formats": list(loading.__path__),
        "memory_mb": limits.memory_mb,
    }
    new_group = 0
    if sys.platform == "win32":
        new_group = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-c", _MAIN, json.dumps(setup)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        start_new_session=True,
        creationflags=new_group,
    )


def _cannot_start(reason: str) -> CorpusError:
    return CorpusError(
        f"no process can be started to read documents in ({reason});"
        " check that the system allows it, and the installation with `pp-qa doctor`"
    )
