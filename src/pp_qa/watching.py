"""The index follows its folder: a file that is saved is answerable a second or so later.

    Watcher(settings, embedder, tell).run(stop)

What the system says of changed files only wakes it. The update finds out by itself what changed,
so that nothing depends on each word of the system being heard.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pp_qa.composing import update_index
from pp_qa.errors import IndexWriteError, PpQaError
from pp_qa.indexing import Options, make_parsers
from pp_qa.reaching import lacking, resolved
from pp_qa.remains import folder_to_follow
from pp_qa.render.updates import is_news
from pp_qa.scanning import HIDDEN, printable, scan
from pp_qa.stores import generations

if TYPE_CHECKING:
    from watchfiles import Change

    from pp_qa.protocols import Embedder, ProgressCallback
    from pp_qa.settings import Settings
    from pp_qa.types import Failure, Progress, UpdateReport

log = logging.getLogger("pp_qa")

REST = 0.4
"""Seconds for which a file must have stayed as it is before it is read."""
PATIENCE = 10.0
"""Seconds after which files are read though some are still being written."""
_TICK_MS = 100
_LOOK_AGAIN = 60.0
"""Seconds after which the folder is looked at though nobody said that it changed: of files on
other machines no system tells everything."""
_RETRY, _RETRY_MOST = 1.0, 60.0
"""Seconds until an update that failed is tried again, at first and at most."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell: an update that did something (`report`), a file that can't be read or an
    update that failed (`problem`), or something worth knowing (`note`)."""

    kind: Literal["update", "problem", "note"]
    text: str = ""
    report: UpdateReport | None = None


class Watcher:
    """Keeps an index up to date with its folder, with one embedder and one process that reads
    documents, both of which stay warm."""

    def __init__(
        self, settings: Settings, embedder: Embedder, tell: Callable[[News], None]
    ) -> None:
        self._settings = settings
        self._embedder = embedder
        self._tell = tell
        self._corpus = resolved(folder_to_watch(settings))
        self._index = resolved(settings.index_dir)
        self._parsers = make_parsers(settings)
        self._settling = Settling(_facts)
        self._polling: bool | None = None  # leave it to the system, or to WATCHFILES_FORCE_POLLING
        self._failed: frozenset[Failure] | None = None  # not known before the first update
        self.problem = ""
        """Why the index could not be brought up to date the last time, if it could not."""
        self._delay = _RETRY
        self._again_at = float("inf")
        self._seen: object = None
        self._looked_at = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Bring the index up to date, and again whenever files change, until `stop` is set."""
        with self._parsers:
            while not stop.is_set():
                if not (why := lacking(self._corpus)):
                    self._watch(stop)
                    continue
                self._trouble(f"{self._corpus} {why}; the index stays as it is until it is back")
                stop.wait(_TICK_MS / 1000)

    def update(self, progress: ProgressCallback = lambda _: None, *, retry: bool = False) -> None:
        """One update now; with `retry`, of files too that failed before and haven't changed since.
        Where it fails, that is told once, and `run` tries again."""
        self._seen = self._look()
        try:
            report = update_index(
                self._settings,
                self._embedder,
                progress,
                Options(retry=retry),
                corpus=self._corpus if self._settings.given("corpus_dir") else None,
                parsers=self._parsers,
            )
        except PpQaError as error:
            self._again_at = time.monotonic() + self._delay
            self._delay = min(2 * self._delay, _RETRY_MOST)
            self._trouble(str(error))
            return
        self._again_at, self._delay = float("inf"), _RETRY
        self._report(report)

    # ── waking ───────────────────────────────────────────────────────────────

    def _watch(self, stop: threading.Event) -> None:
        """Follow the folder as long as it is the same one: it may go, and another may come."""
        place = _place(self._corpus)
        self._settling.note([self._corpus], time.monotonic())
        for changed in self._changes(stop):
            now = time.monotonic()
            self._settling.note(changed, now)
            if now >= self._again_at or self._differs(now):
                self._again_at = float("inf")
                self._settling.note([self._corpus], now)
            if self._settling.due(now):
                self._say_restless(self._settling.take())
                try:
                    self.update(_ending(stop))
                except _Stopped:
                    return
            if _place(self._corpus) != place:
                return

    def _changes(self, stop: threading.Event) -> Iterator[list[Path]]:
        """The files that changed, and every so often nothing."""
        from watchfiles import watch

        try:
            for changes in watch(
                self._corpus,
                watch_filter=self._concerns,
                debounce=_TICK_MS,
                rust_timeout=_TICK_MS,
                yield_on_timeout=True,
                stop_event=stop,
                force_polling=self._polling,
                ignore_permission_denied=True,
            ):
                yield [Path(path) for _, path in changes]
        except (OSError, RuntimeError) as error:
            if self._polling or lacking(self._corpus):
                stop.wait(_TICK_MS / 1000)
                return
            self._polling = True
            self._tell(
                News("note", f"the system can't watch {self._corpus} ({error}); looking at it anew"
                     " several times a second instead")
            )  # fmt: skip

    def _concerns(self, _: Change, path: str) -> bool:
        """Whether a change may change the index: hidden files and the index itself don't."""
        place = Path(path)
        if place == self._index or self._index in place.parents:
            return False
        parts = place.relative_to(self._corpus).parts if self._corpus in place.parents else ()
        return not any(part.startswith(HIDDEN) for part in parts)

    def _differs(self, now: float) -> bool:
        """Whether, a while after the last look, the folder is not what it was."""
        if now - self._looked_at < _LOOK_AGAIN:
            return False
        return self._look() != self._seen

    def _look(self) -> object:
        self._looked_at = time.monotonic()
        try:
            return scan(self._corpus, self._settings.max_file_mb * 1_000_000, self._index).stamps
        except PpQaError:
            return None  # the update says why

    # ── telling ──────────────────────────────────────────────────────────────

    def _report(self, report: UpdateReport) -> None:
        failed = frozenset(report.failed)
        known = self._failed or frozenset()
        for failure in sorted(failed - known, key=lambda f: f.source):
            self._tell(News("problem", f"{failure.source}: {failure.reason}"))
        changes = is_news(replace(report, failed=()))
        if changes or self.problem or self._failed is None or known - failed:
            self._tell(News("update", report=report))
        self._failed, self.problem = failed, ""

    def _trouble(self, problem: str) -> None:
        """Tell a problem, once until something else happens."""
        if problem != self.problem:
            self._tell(News("problem", problem))
        self.problem = problem

    def _say_restless(self, paths: Iterable[Path]) -> None:
        names = ", ".join(printable(p.relative_to(self._corpus).as_posix()) for p in paths)
        if names:
            self._tell(News("note", f"still being written, and read as it is now: {names}"))


class Settling:
    """Files that changed and may still be changing. `look` gives what tells a file's states
    apart; time is passed in."""

    def __init__(self, look: Callable[[Path], object]) -> None:
        self._look = look
        self._moving: dict[Path, tuple[object, float]] = {}
        self._restless: set[Path] = set()
        self._since: float | None = None
        self._rested = False

    def note(self, paths: Iterable[Path], now: float) -> None:
        """These have changed just now."""
        for path in paths:
            self._moving[path] = (self._look(path), now)
            self._since = now if self._since is None else self._since

    def due(self, now: float) -> bool:
        """Whether it is time to read what changed: all of it is at rest, or has been waited for
        long enough. A file that was waited for in vain holds up the others no more."""
        for path, (facts, since) in list(self._moving.items()):
            found = self._look(path)
            if found != facts:
                self._moving[path] = (found, now)
            elif now - since >= REST:
                del self._moving[path]
                self._restless.discard(path)
                self._rested = True
        if self._since is None:
            return False
        at_rest = self._rested and self._moving.keys() <= self._restless
        return at_rest or now - self._since >= PATIENCE

    def take(self) -> list[Path]:
        """Begin anew. Gives the files that are read though they have not come to rest, but for
        those of which that was known."""
        restless = sorted(self._moving.keys() - self._restless)
        self._restless |= self._moving.keys()
        self._moving, self._since, self._rested = {}, None, False
        return restless


class _Stopped(Exception):
    """An update is given up because the watcher is to stop."""


def _ending(stop: threading.Event) -> ProgressCallback:
    def end(_: Progress) -> None:
        if stop.is_set():
            raise _Stopped

    return end


@contextmanager
def watching(
    settings: Settings, embedder: Embedder, tell: Callable[[News], None]
) -> Iterator[Watcher]:
    """Watch in a thread for as long as the block runs. An error that shouldn't be is logged, and
    told as the end of watching."""
    stop = threading.Event()
    watcher = Watcher(settings, embedder, tell)

    def work() -> None:
        try:
            watcher.run(stop)
        except Exception as error:
            log.exception("watching %s failed", settings.corpus_dir)
            watcher.problem = f"files are no longer watched ({error}); start again to watch them"
            tell(News("problem", watcher.problem))

    thread = threading.Thread(target=work, name="pp_qa-watching", daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        stop.set()
        thread.join()


def folder_to_watch(settings: Settings) -> Path:
    """The folder that updates follow."""
    followed = ""
    with suppress(IndexWriteError):  # the update says what is wrong with the index
        followed = next(generations.corpora(settings.index_dir), "")
    return folder_to_follow(settings, followed)


def _facts(path: Path) -> object:
    """What tells the states of a file apart; None where there is none."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns, facts.st_ino


def _place(folder: Path) -> object:
    """Which folder it is that has this name now."""
    try:
        facts = folder.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
