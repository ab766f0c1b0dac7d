"""Files put into the corpus folder, and put aside, by a program for its user: under safe names,
whole or not at all, and never one over another."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pp_qa import loading
from pp_qa.errors import CorpusError, LoadError
from pp_qa.reaching import MISSING, lacking
from pp_qa.refusing import reason
from pp_qa.scanning import ABOUT_THE_FOLDER, HIDDEN, NO_TEXT, UNPRINTABLE, too_large

ASIDE = ".removed"
"""The folder, in the corpus and passed over by scans, where removed files are kept."""
_PARTIAL, _ENDING = ".pp_qa-", ".part"
"""How the name of a file that is still coming begins and ends; scans pass it over."""
_LEFT_AFTER = 24 * 3600
"""Seconds after which a file that never came to its end is taken for left over."""
_LONGEST = 180
"""Bytes of a name: file systems take 255, and a number may be added."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that Windows takes for devices, with any ending."""
_SPECIAL = re.compile(r'[<>:"|?*\\/]')
"""Characters that some file systems don't take."""


def safe_name(given: str) -> str:
    """A name for a file under which it can be stored, shown and found again on any system,
    whatever it was called elsewhere: without folders, control and special characters."""
    name = re.split(r"[\\/]", given.rstrip("\\/"))[-1]
    name = unicodedata.normalize("NFC", name)
    name = " ".join(_SPECIAL.sub("_", UNPRINTABLE.sub("", name)).split())
    name = name.lstrip(".~$ ").rstrip(". ")
    stem, ending = _parts(name or "document")
    if _RESERVED.fullmatch(stem.partition(".")[0].rstrip()):
        stem = f"_{stem}"
    return _shortened(stem, _LONGEST - len(ending.encode())) + ending


def _parts(name: str) -> tuple[str, str]:
    """Stem and ending; what is too long for an ending is none."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem and len(ending.encode()) <= _LONGEST // 4 else (name, "")


def _shortened(text: str, most: int) -> str:
    """As much of a text as has so many bytes."""
    return text.encode()[:most].decode(errors="ignore").rstrip()


def refusal(name: str, size: int, most: int) -> str | None:
    """Why a file can't be taken, as a scan of the folder would say it; None when it can."""
    if why := reason(safe_name(name)):
        return why
    if size > most:
        return too_large(size, most)
    return None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a file: its name in the folder, and whether the same content stood there
    under that name before."""

    name: str
    known: bool = False


class Incoming:
    """A file on its way into a folder: hidden until it is whole, and gone if it never is."""

    def __init__(self, corpus: Path, given: str, most: int) -> None:
        """Raises LoadError for a kind that can't be read, CorpusError where nothing can be
        written."""
        if why := refusal(given, 0, most):
            raise LoadError(why)
        self._corpus = corpus
        self.name = safe_name(given)
        self._most = most
        self._size = 0
        self._hash = hashlib.sha256()
        try:
            corpus.mkdir(parents=True, exist_ok=True)
            self._path = corpus / f"{_PARTIAL}{secrets.token_hex(8)}{_ENDING}"
            self._file = self._path.open("xb")
        except OSError as error:
            raise _unwritable(corpus, error) from error

    @property
    def content(self) -> str:
        """The hash of what has come."""
        return self._hash.hexdigest()

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):  # it has its name by now, or is given up
            self._path.unlink()

    def write(self, piece: bytes) -> None:
        """Raises LoadError when it becomes larger than is allowed, CorpusError when the disk is
        full."""
        self._size += len(piece)
        if why := refusal(self.name, self._size, self._most):
            raise LoadError(why)
        self._hash.update(piece)
        try:
            self._file.write(piece)
        except OSError as error:
            raise _unwritable(self._corpus, error) from error

    def store(self, twins: Iterable[str] = ()) -> Stored:
        """Give it its name, or another where other content has that. Where the same content
        stands in the folder under its name or as one of the `twins`, it stays as it is."""
        content = self.content
        for twin in twins:
            if _holds(self._corpus / twin, content):
                return Stored(twin, known=True)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            for name in _numbered(self.name):
                if name == ABOUT_THE_FOLDER:
                    continue  # a scan passes it over
                if _holds(self._corpus / name, content):
                    return Stored(name, known=True)
                if _moved(self._path, self._corpus / name):
                    return Stored(name)
        except OSError as error:
            raise _unwritable(self._corpus, error) from error
        raise AssertionError("there are always more numbers")


def sweep(corpus: Path) -> None:
    """Remove what is left of files that never came to their end."""
    for path in corpus.glob(f"{_PARTIAL}*{_ENDING}"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _LEFT_AFTER:
                path.unlink()


# ── putting aside ────────────────────────────────────────────────────────────


def put_aside(corpus: Path, doc_id: str) -> str:
    """Move a document's file out of the way, and say where in `ASIDE` it lies. Raises CorpusError
    when it isn't there or can't be moved."""
    path = _within(corpus, doc_id)
    if lacking(path) == MISSING and not path.is_symlink():
        raise CorpusError(f"{doc_id} is no longer in {corpus}; the next update sees that")
    return _put(path, corpus / ASIDE / doc_id).relative_to(corpus / ASIDE).as_posix()


def aside(corpus: Path) -> list[str]:
    """What lies aside, by name. Left out are names that no text can say, and hidden files, which a
    desktop puts into every folder that it shows and which were no documents."""
    place = corpus / ASIDE
    found = (Path(folder, name) for folder, _, names in os.walk(place) for name in names)
    shown = (path for path in found if not path.name.startswith(HIDDEN))
    names = [path.relative_to(place).as_posix() for path in shown]
    return sorted(name for name in names if not NO_TEXT.search(name))


def bring_back(corpus: Path, name: str, doc_id: str) -> Path:
    """Move what lies aside under a name back, beside what has its own by now. Raises CorpusError
    when it can't be."""
    return _put(corpus / ASIDE / name, _within(corpus, doc_id))


def _put(path: Path, wanted: Path) -> Path:
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        for name in _numbered(wanted.name):
            if _moved(path, wanted.with_name(name)):
                return wanted.with_name(name)
    except OSError as error:
        raise CorpusError(
            f"{path} can't be moved ({error.strerror or error}); check its permissions"
        ) from error
    raise AssertionError("there are always more numbers")


def _within(corpus: Path, doc_id: str) -> Path:
    """The path of a document's file. Raises CorpusError for one that leads out of the folder."""
    path = corpus / doc_id
    parts = PurePosixPath(doc_id)
    if not parts.name or parts.is_absolute() or ".." in parts.parts:
        raise CorpusError(f"{doc_id!r} is no file of {corpus}")
    if not path.parent.resolve().is_relative_to(corpus.resolve()):
        raise CorpusError(f"{doc_id} lies outside {corpus}; change it there")
    return path


def unwritable(corpus: Path) -> str:
    """Why no file can be put into a folder; "" where one can, or where the folder can be made."""
    why = lacking(corpus)
    if not why:
        may = os.access(corpus, os.W_OK | os.X_OK)
        return "" if may else f"the folder {corpus} can't be written to; check its permissions"
    return "" if why == MISSING else f"{corpus} {why}; name a folder of documents"


# ── names ────────────────────────────────────────────────────────────────────


def _numbered(name: str) -> Iterator[str]:
    stem, ending = _parts(name)
    yield name
    number = 2
    while True:
        yield f"{stem} ({number}){ending}"
        number += 1


def _holds(path: Path, content: str) -> bool:
    try:
        return path.is_file() and loading.revision(path) == content
    except (LoadError, OSError):
        return False


def _moved(path: Path, to: Path) -> bool:
    """Give a file another name, unless something has it."""
    try:
        os.link(path, to, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: looked first, then moved
        if os.path.lexists(to):
            return False
        path.rename(to)
    else:
        try:
            path.unlink()
        except OSError:  # it would lie in two places
            to.unlink()
            raise
    return True


def _unwritable(corpus: Path, error: OSError) -> CorpusError:
    return CorpusError(
        f"nothing can be put into {corpus} ({error.strerror or error});"
        " check the folder, its permissions and the space on its disk"
    )
