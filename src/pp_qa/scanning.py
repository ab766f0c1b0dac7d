"""The corpus folder → which files are to be read, and which can't be, each with its reason."""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pp_qa.errors import CorpusError, LoadError
from pp_qa.reaching import MISSING, lacking, resolved
from pp_qa.refusing import reason
from pp_qa.types import Failure

ABOUT_THE_FOLDER = "README.md"
"""At the top of the corpus it tells people about the folder and is no document."""

HIDDEN = (".", "~$")
"""How the names of hidden files and of Word's lock files begin."""
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters, line ends, turns of the direction of writing, bytes that are no text: in a
name they could pass for something else wherever it is shown."""
NO_TEXT = re.compile("[\ud800-\udfff]")
"""What stands for bytes of a name that are no UTF-8."""
_GRAIN = 2_000_000_000
"""Nanoseconds of the coarsest clock that a file system in use has (FAT)."""


class Stamp(NamedTuple):
    """What tells a file's states apart without reading it. A file with another stamp may have
    changed; one with the same has not, if its stamp was taken when it had `settled`."""

    size: int
    modified: int
    changed: int
    inode: int

    def settled(self, now: int) -> bool:
        """Whether a change after `now` (nanoseconds since 1970) is sure to give another stamp:
        clocks of file systems have grains of up to two seconds."""
        return max(self.modified, self.changed) < now - _GRAIN


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies in a corpus folder: the stamp of each file by doc_id, and `failures`. Hidden
    files and the README at the top are neither."""

    corpus: Path
    stamps: dict[str, Stamp]
    failures: tuple[Failure, ...]

    def path(self, doc_id: str) -> Path:
        return self.corpus / doc_id


def scan(corpus: Path, max_bytes: int, index: Path) -> Scan:
    """Every file below `corpus`, sorted by doc_id; links that lead out of it are refused, and
    an index folder that lies in it is passed over.

    Raises CorpusError when there is no such folder, or none that can be looked into.
    """
    place = _looked_into(corpus)
    stamps: dict[str, Stamp] = {}
    failures: list[Failure] = []
    for doc_id, entry in _walk(corpus, _name_within(place, resolved(index)), failures):
        if doc_id == ABOUT_THE_FOLDER:
            continue
        try:
            stamps[doc_id] = _check(doc_id, entry, place, max_bytes)
        except FileNotFoundError:
            continue  # it has gone since its folder was listed
        except LoadError as error:
            failures.append(Failure(printable(doc_id), str(error)))
    return Scan(
        corpus,
        dict(sorted(stamps.items())),
        tuple(sorted(failures, key=lambda f: f.source)),
    )


def _looked_into(corpus: Path) -> Path:
    """The full name of the folder. Raises CorpusError where it is none to read documents from."""
    if why := lacking(corpus):
        remedy = "create it and put documents in it" if why == MISSING else "see to that"
        raise CorpusError(f"the corpus folder {corpus} {why}; {remedy}, or name another folder")
    place = resolved(corpus)
    if NO_TEXT.search(str(place)):
        raise CorpusError(
            f"the corpus folder {printable(str(place))} has bytes in its name that are no text;"
            " rename it"
        )
    return place


def _name_within(corpus: Path, index: Path) -> str | None:
    return index.relative_to(corpus).as_posix() if index.is_relative_to(corpus) else None


def _walk(
    corpus: Path, index: str | None, failures: list[Failure]
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file and link that is not hidden, with its doc_id. Links are not followed, so that
    each name leads where it says; `os.scandir` spares a Path and two look-ups for each file."""
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(corpus / folder) as listing:
                for entry in listing:
                    name = f"{folder}{entry.name}"
                    if entry.name.startswith(HIDDEN) or name == index:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(f"{name}/")
                    else:
                        yield name, entry
        except OSError as error:
            denied = isinstance(error, PermissionError)
            remedy = "check its permissions" if denied else "see to that, and try again"
            failures.append(
                Failure(
                    printable(folder.rstrip("/") or "."),
                    f"can't be listed ({error.strerror}); {remedy}",
                )
            )


def _check(doc_id: str, entry: os.DirEntry[str], corpus: Path, max_bytes: int) -> Stamp:
    """Raises LoadError when the file is not to be read at all, FileNotFoundError for none."""
    if UNPRINTABLE.search(doc_id):
        raise LoadError("has a name, or is in a folder, that can't be printed as it is; rename it")
    try:
        facts = entry.stat()
        if entry.is_symlink() and not Path(entry).resolve(strict=True).is_relative_to(corpus):
            raise LoadError("is a link that leads out of the corpus; copy the file in instead")
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, on Python 3.11
        if isinstance(error, FileNotFoundError) and not entry.is_symlink():
            raise
        why = getattr(error, "strerror", None) or "it leads in a circle"
        denied = isinstance(error, PermissionError)
        remedy = "check the permissions of its folder" if denied else "remove the link or mend it"
        raise LoadError(f"can't be found ({why}); {remedy}") from error
    if stat.S_ISDIR(facts.st_mode):
        raise LoadError("is a link to a folder, which is not followed; name the files themselves")
    if not stat.S_ISREG(facts.st_mode):
        raise LoadError("is no regular file; remove it")
    if why := reason(doc_id):
        raise LoadError(why)
    if facts.st_size > max_bytes:
        raise LoadError(f"{too_large(facts.st_size, max_bytes)}; split it or raise max_file_mb")
    return Stamp(facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino)


def too_large(size: int, most: int) -> str:
    """What is said of a file of so many bytes, rounded so that it never seems to be small enough."""
    return f"has {math.ceil(size / 1e5) / 10:,} MB, the most is {most / 1e6:,.0f}"


def printable(name: str) -> str:
    """A file name that can be printed and stored, whatever bytes it was made of."""
    return UNPRINTABLE.sub(_escaped, name)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no text
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
