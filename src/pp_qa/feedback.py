"""What people say of quotes and abstentions on the page: a line of JSON for each word of theirs.

A line has `time`, `owner`, `answer` (what the answer is called by), `number` (of the quote; 0 for
an abstention as a whole), `mark` (`like`, `wrong`, or "" where a mark is taken back), `question`
(as it was searched for), `answered`, `quotes` (how many the answer had) and, of a quote,
`document`, `start`, `end` and `text`. The last line on an answer's number is what counts.
`evaluation.marked` makes a question suite of it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import BinaryIO, Literal

log = logging.getLogger("pp_qa")

FILE = "feedback.jsonl"
"""Its name, in the folder of the index."""
Said = Literal["like", "wrong", ""]
_TYPES = {"str": str, "int": int, "bool": bool, "Said": str}


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody said of a quote, or of an abstention (`number` 0)."""

    time: str
    owner: str
    answer: str
    number: int
    mark: Said
    question: str
    answered: bool
    quotes: int
    document: str = ""
    start: int = 0
    end: int = 0
    text: str = ""


class Feedback:
    """The marks of a file, or, without one, of this process. Thread-safe."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._marks = {_key(mark): mark for mark in read(path)} if path else {}

    def add(self, mark: Mark) -> bool:
        """Keep a mark; False where it can't be written."""
        line = json.dumps(asdict(mark)).encode("ascii") + b"\n"
        with self._lock:
            try:
                if self._path:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    self._path.touch(mode=0o600)
                    with self._path.open("a+b") as file:
                        file.write(_break_before(file) + line)
            except OSError as error:
                log.warning("%s can't be written (%s)", self._path, error.strerror)
                return False
            self._marks[_key(mark)] = mark
        return True

    def of(self, owner: str) -> dict[tuple[str, int], Said]:
        """What an owner said, by answer and number."""
        with self._lock:
            found = [m for m in self._marks.values() if m.owner == owner and m.mark]
        return {(m.answer, m.number): m.mark for m in found}


def read(path: Path) -> list[Mark]:
    """The marks of a file that count, in its order; lines that are none are left out."""
    found: dict[tuple[str, str, int], Mark] = {}
    for mark in _lines(path):
        found.pop(_key(mark), None)
        found[_key(mark)] = mark
    return list(found.values())


def _lines(path: Path) -> Iterator[Mark]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("%s can't be read (%s)", path, error.strerror)
        return
    kinds = {f.name: f.type for f in fields(Mark)}
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
            mark = Mark(**{k: v for k, v in value.items() if k in kinds})
            typed = all(isinstance(getattr(mark, k), _TYPES[str(kinds[k])]) for k in kinds)
            if not (typed and mark.mark in ("like", "wrong", "")):
                raise ValueError("no mark")
            yield mark
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            log.warning("line %d of %s is no mark (%s)", number, path, error)


def _break_before(file: BinaryIO) -> bytes:
    """What a file that is written on ends its last line with first, which a full disk may have cut
    off: it is not to take the next one with it."""
    if not file.tell():
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read() == b"\n" else b"\n"


def _key(mark: Mark) -> tuple[str, str, int]:
    return mark.owner, mark.answer, mark.number
