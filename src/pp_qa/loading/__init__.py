"""File → Document. A format is one module here that has a `LOADER`; nothing else names it."""

from __future__ import annotations

import hashlib
import importlib
import os
import pkgutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from pp_qa.errors import LoadError

if TYPE_CHECKING:
    from pp_qa.protocols import Loader
    from pp_qa.types import Document

__all__ = ["content_hash", "load", "loaders", "read", "revision", "suffixes"]


@cache
def loaders() -> dict[str, Loader]:
    """The loader of each file ending, from every module of this package that has a `LOADER`."""
    found: dict[str, Loader] = {}
    for module in pkgutil.iter_modules(__path__):
        loader = getattr(importlib.import_module(f"{__name__}.{module.name}"), "LOADER", None)
        if loader is not None:
            found.update(dict.fromkeys(loader.suffixes, loader))
    return found


def suffixes() -> tuple[str, ...]:
    """The endings of the files that can be read."""
    return tuple(sorted(loaders()))


def read(path: Path) -> bytes:
    """A file's bytes. Raises LoadError with the reason when it can't be opened."""
    with _opened(path) as file:
        return file.read()


def revision(path: Path) -> str:
    """The hash of a file's content, for which it is never in memory as a whole. Raises LoadError
    when it can't be opened."""
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:  # a pipe would wait for its writer
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise LoadError("is no regular file; remove it")
            yield file
    except OSError as error:
        raise LoadError(
            f"can't be opened ({error.strerror or error}); check it and its permissions"
        ) from error


def load(path: Path, doc_id: str, content: bytes) -> Document:
    """The document that a file's bytes are. Raises LoadError with the reason when they are not
    what the ending says."""
    return loaders()[path.suffix.lower()].load(path, doc_id, content)


def content_hash(content: bytes) -> str:
    """A file's revision: the SHA-256 of its bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
