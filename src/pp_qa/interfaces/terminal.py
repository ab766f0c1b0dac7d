"""What the terminal shows beside results: complaints and progress, on standard error."""

from __future__ import annotations

import codecs
import io
import json
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from pp_qa.protocols import ProgressCallback
    from pp_qa.types import Progress
    from pp_qa.watching import News

_STAGES = {
    "reading": "Reading files",
    "embedding": "Embedding",
    "writing": "Writing the index",
    "asking": "Asking",
}


def complain(line: str) -> None:
    """One line on standard error."""
    from pp_qa.render.printing import printable

    _aside(f"pp-qa: {printable(' '.join(line.split()))}")


def _aside(line: str) -> None:
    """What can't be said, as to a log on a full disk, ends nothing that still works."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201


def escape_the_unprintable() -> None:
    """Have standard output show by its code, as JSON does, what its encoding lacks."""
    codecs.register_error("escaped", _escaped)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="escaped")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def tell(news: News, aside: bool = False) -> None:
    """A line on what a watcher did: on standard output, or `aside`; problems are complaints."""
    from pp_qa.render.printing import printable
    from pp_qa.render.updates import update_line

    now = f"{datetime.now():%H:%M:%S}"
    if news.kind == "problem":
        complain(f"{now}  {news.text}")
        return
    text = update_line(news.report) if news.report else printable(news.text)
    if aside:
        _aside(f"{now}  {text}")
    else:
        print(f"{now}  {text}", flush=True)  # noqa: T201


def tell_json(news: News) -> None:
    """The same as a line of JSON on standard output, problems too."""
    from pp_qa.render.json import report_json
    from pp_qa.render.printing import printable_json

    facts = report_json(news.report) if news.report else {"message": news.text}
    value = {"time": datetime.now().astimezone().isoformat("T", "seconds"), "event": news.kind}
    print(printable_json(value | facts), flush=True)  # noqa: T201


@contextmanager
def as_interrupt() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def log_crash() -> str:
    """Keep the traceback of the exception being handled, and say where."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="pp-qa-", suffix=".log", delete=False, encoding="utf-8"
        ) as file:
            traceback.print_exc(file=file)
    except OSError as error:
        return f"the details can't be kept ({error.strerror or error})"
    return f"the details are in {file.name}"


@contextmanager
def progress_bar() -> Iterator[ProgressCallback]:
    """A callback that draws each stage as a bar with its pace and the time left; nothing is
    drawn until there is something to do, nor where no one is looking."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    bars = Bars(
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}{task.fields[pace]}"),
        console=console,
        disable=not console.is_terminal,
    )
    tasks: dict[str, TaskID] = {}
    started: dict[str, float] = {}

    def show(at: Progress) -> None:
        if not at.total:
            return
        if at.stage not in tasks:
            bars.start()
            started[at.stage] = time.monotonic()
            tasks[at.stage] = bars.add_task(
                _STAGES[at.stage], total=at.total, unit=at.unit, pace=""
            )
        pace = pace_text(at, time.monotonic() - started[at.stage])
        bars.update(tasks[at.stage], completed=at.done, total=at.total, pace=pace)

    try:
        yield show
    finally:
        bars.stop()


def pace_text(at: Progress, seconds: float) -> str:
    """How fast a stage that has run for so long goes, and how long the rest will take."""
    parts = [f"{at.per_second:,.1f} windows/s"] if at.windows else []
    left = at.seconds_left
    if left is None and at.done:
        left = seconds * (at.total - at.done) / at.done
    if left is not None and left >= 1:
        parts.append(f"{_duration(left)} left")
    return "".join(f" · {part}" for part in parts)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes}:{seconds:02d} min"
