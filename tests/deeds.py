"""A format whose files say what their parser does: a word, and a file to write its process to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pp_qa import loading

FORMAT = """
import os, re, signal, socket, sys, time
from pathlib import Path
from pp_qa.errors import LoadError
from pp_qa.types import Block, Document, Span


def eat():
    taken = []
    while True:
        taken.append(bytearray(10_000_000))


def deepen(n):
    return deepen(n + 1)


DEEDS = {
    "sleep": lambda: time.sleep(1000),
    "loop": lambda: re.match(r"(a+)+$", "a" * 60 + "b"),
    "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "exit": lambda: os._exit(3),
    "leave": lambda: sys.exit(4),
    "eat": eat,
    "deepen": lambda: deepen(0),
    "print": lambda: (print("printed"), os.write(1, b"written"), os.write(2, b"written")),
    "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
    "run": lambda: os.system("true"),
    "raise": lambda: {}["\\x1b[31m\\n" + "x" * 999],
}
OPENED = []


class Loader:
    suffixes = (".deed",)

    def load(self, path, doc_id, content):
        OPENED.append(path.name)
        deed, _, argument = content.decode().partition(" ")
        if argument:
            Path(argument).write_text(str(os.getpid()))
        if deed == "crash-later":
            return Document(doc_id, str(path), "t", ",".join(OPENED), "0" * 64)
        if deed == "crash-unless-first" and len(OPENED) > 1:
            os._exit(9)
        if deed == "refuse":
            raise LoadError("is refused; mend it")
        if deed == "surrogate":
            return Document(doc_id, str(path), "t", "\\ud800", "0" * 64)
        if deed == "outside":
            return Document(doc_id, str(path), "t", "x", "0" * 64, blocks=(Block(Span(0, 9)),))
        DEEDS.get(deed, lambda: None)()
        return Document(doc_id, str(path), "t", deed, "0" * 64)


LOADER = Loader()
"""


@contextmanager
def deeds(folder: Path) -> Iterator[None]:
    """Make `.deed` a format here and in the workers that are started meanwhile."""
    folder.mkdir()
    (folder / "deeds.py").write_text(FORMAT)
    formats = list(loading.__path__)
    loading.__path__.append(str(folder))
    loading.loaders.cache_clear()
    try:
        yield
    finally:
        loading.__path__[:] = formats
        loading.loaders.cache_clear()
