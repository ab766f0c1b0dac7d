"""The process that parses: requests come in a line each, replies go out a line each, as JSON.

It imports nothing but loading, so that it starts quickly. `isolation` starts and stops it.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

from pp_qa import loading
from pp_qa.errors import LoadError
from pp_qa.loading.checking import Outcome, Shown
from pp_qa.loading.pdf_view import PageText, PdfView
from pp_qa.types import Span

READY = b"ready\n"
OUT_OF_MEMORY = 70
"""The exit status that says so."""
_LONGEST_REASON = 300
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
)
"""What no parser does unless a file makes it."""


def main(memory_mb: int) -> None:
    """Reply to requests until the process that asks is gone."""
    asking, telling = _own_pipes()
    _confine(memory_mb)
    requests: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_receive, args=(asking, requests), daemon=True).start()
    telling.write(READY)
    while True:
        telling.flush()
        try:
            telling.write(reply(**json.loads(requests.get())))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def reply(path: str, doc_id: str, seconds: float, shown: dict[str, Any] | None = None) -> bytes:
    """The document that a file is, or what is to be `shown` of it, or the reason why it can't be
    read, as a line of JSON."""
    _limit_cpu(seconds)
    try:
        place = Path(path)
        if shown is not None:
            return _line(show(place, **shown))
        document = loading.load(place, doc_id, loading.read(place))
        return _line(Outcome(document))
    except LoadError as error:
        return _line(Outcome(reason=_in_one_line(str(error))))
    except MemoryError:
        raise
    except Exception as error:  # what a library raises for damage that it didn't expect
        what = _in_one_line(f"{type(error).__name__}: {error}")
        remedy = "open it in its program and save it anew, or remove it"
        return _line(Outcome(reason=f"can't be read ({what}); {remedy}"))
    finally:
        _limit_cpu(0)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the other process, out of reach of libraries that print."""
    asking, telling = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123
        for standard in (0, 1, 2):
            os.dup2(nothing.fileno(), standard)
    return asking, telling


def _receive(asking: BinaryIO, requests: SimpleQueue[bytes]) -> None:
    """Take requests in while others are parsed, and end with the process that sends them."""
    for line in asking:
        requests.put(line)
    os._exit(0)


def _confine(memory_mb: int) -> None:
    """Give up what parsing doesn't need: memory beyond the limit, the network, processes."""
    sys.addaudithook(_refuse)
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the limit can be set and is ignored
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 1_000_000,) * 2)


def _refuse(event: str, _: Any) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"a parser may not use {event}")


def _limit_cpu(seconds: float) -> None:
    """The kernel ends a process that computes longer, even where nobody is left to stop it and
    no other thread gets its turn, as in a regular expression. 0 takes the limit away."""
    with suppress(AttributeError):  # not on Windows
        signal.setitimer(signal.ITIMER_PROF, seconds)


def show(
    path: Path,
    revision: str,
    page: int | None = None,
    width: int = 0,
    spans: Sequence[tuple[int, int]] | None = None,
    pages: Sequence[tuple[int, int, str]] = (),
) -> Shown:
    """The picture of a page, where spans of the text stand, or else the sizes of all pages."""
    view = _view(path, revision)
    if page is not None:
        return Shown(picture=base64.b64encode(view.picture(page, width)).decode())
    if spans is not None:
        return Shown(boxes=view.boxes([Span(*s) for s in spans], [PageText(*p) for p in pages]))
    return Shown(sizes=view.sizes())


@lru_cache(maxsize=1)
def _view(path: Path, revision: str) -> PdfView:
    """A file that is looked at, which is often asked for again."""
    content = loading.read(path)
    if loading.content_hash(content) != revision:
        raise LoadError("has changed since it was indexed; update the index")
    return PdfView(content)


def _line(outcome: Outcome | Shown) -> bytes:
    return json.dumps(outcome, default=_members, ensure_ascii=False).encode() + b"\n"


def _members(value: Any) -> Any:
    """A value of `types`, by the names of its fields."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return dict(value)  # a mapping that is no dict


def _in_one_line(text: str) -> str:
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
