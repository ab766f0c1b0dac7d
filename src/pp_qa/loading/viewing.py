"""The pages of PDFs as pictures, made in a process of its own, within the limits of parsing.

    viewer = Viewer(limits)
    viewer.picture(path, revision, page=3, width=900)  # PNG

A file that is no longer the revision asked for is not shown.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from pp_qa.errors import LoadError
from pp_qa.loading.checking import Shown, shown_from_json
from pp_qa.loading.isolation import Limits, Stopped, Worker
from pp_qa.loading.pdf_view import Box, PageText
from pp_qa.types import Span

_PICTURES_KEPT = 12
_PNG = b"\x89PNG\r\n\x1a\n"
_IDLE_SECONDS = 60
"""After which the process ends: the next look starts another."""


class Viewer:
    """Shows pages. Thread-safe; one look at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._end = threading.Timer(0, self.close)
        self.picture = lru_cache(maxsize=_PICTURES_KEPT)(self._picture)

    def sizes(self, path: Path, revision: str) -> Sequence[tuple[float, float]]:
        """Width and height of each page. Raises LoadError where they can't be shown."""
        return self._ask(path, revision).sizes

    def boxes(
        self, path: Path, revision: str, spans: Sequence[Span], pages: Sequence[PageText]
    ) -> Sequence[Sequence[Box]]:
        """Where each span of the document's text stands; `pages` are those that the spans are on.
        Raises LoadError as `sizes` does."""
        asked = [(s.start, s.end) for s in spans]
        return self._ask(path, revision, spans=asked, pages=pages).boxes

    def _picture(self, path: Path, revision: str, page: int, width: int) -> bytes:
        """A page, counted from 1, as a PNG. Raises LoadError as `sizes` does."""
        made = base64.b64decode(self._ask(path, revision, page=page, width=width).picture)
        if not made.startswith(_PNG):
            raise LoadError("was read wrongly (no picture); please report it with the file")
        return made

    def close(self) -> None:
        """End the process. The next look starts another."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        self._end.cancel()
        if self._worker:
            self._worker.close()
        self._worker = None

    def _ask(self, path: Path, revision: str, **wanted: Any) -> Shown:
        size = 0
        with suppress(OSError):  # the worker will say what is wrong
            size = path.stat().st_size
        seconds = self._limits.seconds_for(size)
        asked = {"revision": revision, **wanted}
        request = {"path": str(path), "doc_id": path.name, "seconds": seconds, "shown": asked}
        with self._lock:
            self._end.cancel()
            self._worker = self._worker or Worker(self._limits)
            try:
                self._worker.send(json.dumps(request).encode() + b"\n")
                shown = shown_from_json(self._worker.receive(seconds))
            except Stopped as stopped:
                self._close()
                raise LoadError(str(stopped)) from stopped
            except ValueError as error:
                raise LoadError("was read wrongly; please report it with the file") from error
            self._end = threading.Timer(_IDLE_SECONDS, self.close)
            self._end.daemon = True
            self._end.start()
        if shown.reason:
            raise LoadError(shown.reason)
        return shown
