"""Updates that are asked for on the page: one at a time, in a thread, while the old index answers."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pp_qa.errors import CorpusEmptied, IndexLocked, PpQaError
from pp_qa.render.printing import count, listed, printable, sentence
from pp_qa.render.updates import is_news, update_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pp_qa.assistant import Assistant
    from pp_qa.types import Failure, Progress, UpdateReport

log = logging.getLogger("pp_qa")

_LOOK_AGAIN = 0.5
"""Seconds between two tries where another process is writing the index."""
_PATIENCE = 5.0
"""Seconds for which an update is waited for when the server ends."""
_REMEMBERED = 20
"""Updates whose ends are known, for those who asked for them."""
_NAMED = 3
"""Files named of those that could not be read; those that were read until now, or not there, come first."""
_FAULT = "something went wrong that shouldn't; the log says what"
_EMPTIED = "the folder holds no documents any more; put them back, or add others, and update again"

Outcome = Literal["", "done", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class State:
    """How far the update is: `at` while it runs, `waiting` for whom where another process writes.
    Afterwards `outcome` with its `report` or its `problem`. `number` counts those that ended."""

    running: bool = False
    at: Progress | None = None
    waiting: str = ""
    outcome: Outcome = ""
    report: UpdateReport | None = None
    problem: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class End:
    """What came of an update, in words: its `line`, and what could not be `unread`, or "". `outcome`
    is "" where no update has ended."""

    outcome: Outcome = ""
    line: str = ""
    unread: str = ""


@dataclass(slots=True)
class _Wish:
    rebuild: bool = False
    allow_empty: bool = False


class Updates:
    """Thread-safe. What is asked for while an update runs is done by one more after it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._next: _Wish | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._state = State()
        self._ends: dict[int, End] = {}

    @property
    def state(self) -> State:
        return self._state

    def ask(self, *, rebuild: bool = False, allow_empty: bool = False) -> int:
        """Bring the index up to date, as soon as that can be. Gives the number of the update that
        comes before the one that does so: one that runs already may have seen the files before."""
        with self._lock:
            before = self._state.number + self._state.running
            wish = self._next or _Wish()
            self._next = _Wish(wish.rebuild or rebuild, wish.allow_empty or allow_empty)
            if not self._state.running:
                self._state = replace(self._state, running=True, at=None, waiting="", outcome="")
                self._thread = threading.Thread(
                    target=self._run, args=(self._take(),), name="pp_qa-update", daemon=True
                )
                self._thread.start()
            return before

    def end(self, after: int) -> End:
        """What came of the update after that of a number, once none runs. Where it was given up
        before it began, that is what came of the last one."""
        return self._ends.get(after + 1) or self._ends.get(self._state.number, End())

    def stop(self) -> None:
        """Give up the update that runs, and those that wait. The old index stands."""
        with self._lock:
            self._next = None
            self._stop.set()

    def close(self) -> None:
        self.stop()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _run(self, wish: _Wish | None) -> None:
        meanwhile = False
        while wish is not None:
            ended = self._update(wish)
            with self._lock:
                number = self._state.number + 1
                self._ends[number] = _end(ended, self._state if meanwhile else None)
                self._ends.pop(number - _REMEMBERED, None)
                self._state = replace(ended, number=number)
                wish, meanwhile = self._take(), True

    def _take(self) -> _Wish | None:
        """What is to be done next, under the lock; where that is nothing, no update runs."""
        wish, self._next = self._next, None
        self._stop.clear()
        if wish is None:
            self._state = replace(self._state, running=False, at=None, waiting="")
        return wish

    def _update(self, wish: _Wish) -> State:
        """One update, once nobody else writes."""
        while True:
            try:
                known = frozenset(self._assistant.manifest.failures)
                report = self._assistant.update(
                    progress=self._note, rebuild=wish.rebuild, allow_empty=wish.allow_empty
                )
                report = replace(
                    report, failed=tuple(sorted(report.failed, key=known.__contains__))
                )
                return State(running=True, outcome="done", report=report)
            except IndexLocked as error:
                self._state = replace(self._state, waiting=str(error).partition(";")[0])
                if self._stop.wait(_LOOK_AGAIN):
                    return State(running=True, outcome="stopped")
            except _Stopped:
                return State(running=True, outcome="stopped")
            except CorpusEmptied:  # what it says is for those with a command line
                return State(running=True, outcome="failed", problem=_EMPTIED)
            except PpQaError as error:
                return State(running=True, outcome="failed", problem=str(error))
            except Exception:
                log.exception("an update asked for on the page failed")
                return State(running=True, outcome="failed", problem=_FAULT)

    def _note(self, at: Progress) -> None:
        if self._stop.is_set():
            raise _Stopped
        self._state = replace(self._state, at=at, waiting="")


class _Stopped(Exception):
    """An update is given up because that was asked for."""


# ── in words ─────────────────────────────────────────────────────────────────


def progress(state: State) -> str:
    """What an update that runs is doing."""
    if state.waiting:
        return f"Waiting: {state.waiting}"
    at = state.at
    if at is None or not at.total:
        return "Looking at the files"
    if at.stage == "writing":
        return "Writing the index"
    if at.stage == "reading" and at.done == at.total:
        return "Reading what is new"
    if at.stage == "reading":
        return f"Looking at the files: {at.done:,} of {at.total:,}"
    parts = [f"Reading and embedding: {at.done:,} of {count(at.total, 'file')}"]
    parts += [f"{count(at.windows, 'window')} done"] if at.windows else []
    if at.seconds_left is not None and at.seconds_left >= 1:
        parts.append(f"about {_duration(at.seconds_left)} left")
    return " · ".join(parts)


def share(state: State) -> float | None:
    """How much of an update is done, where that can be told."""
    at = state.at
    if state.waiting or at is None or not at.total:
        return None
    if at.seconds_left is not None and at.per_second:
        elapsed = at.windows / at.per_second
        return elapsed / (elapsed + at.seconds_left) if elapsed else 0.0
    return at.done / at.total if at.stage == "reading" and at.done < at.total else None


def _end(state: State, before: State | None) -> End:
    """What came of an update. Where it was asked for while another ran, that is the one `before`,
    which may have left nothing to do."""
    report, earlier = state.report, before.report if before else None
    if report is None:
        return End(state.outcome, _undone(state))
    line = update_line(report)
    if earlier and _changed(earlier) and not _changed(report):
        line = f"another update was under way already and did it: {update_line(earlier)}"
    return End(state.outcome, sentence(line), _unread(report.failed))


def _changed(report: UpdateReport) -> bool:
    return is_news(replace(report, failed=()))


def _undone(state: State) -> str:
    if state.outcome == "failed":
        return f"The index was not updated: {state.problem}. The old one still answers."
    return (
        "Stopped: the old index still answers. The files stay in the folder; the next update reads"
        " them."
    )


def _unread(failed: Sequence[Failure]) -> str:
    """The files that could not be read, some by name."""
    if not failed:
        return ""
    names = printable(listed((f.source for f in failed), most=_NAMED))
    return f"{count(len(failed), 'file')} could not be read: {names}. The list below says why."


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes:,} min {seconds:02d} s" if minutes else f"{seconds} s"
