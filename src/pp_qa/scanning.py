"""The corpus folder → which files are to be read, and which can't be, each with its reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pp_qa import loading
from pp_qa.errors import CorpusError, LoadError
from pp_qa.types import Failure

_ABOUT_THE_FOLDER = "README.md"
"""At the top of the corpus it tells people about the folder and is no document."""

_HIDDEN = (".", "~$")
"""How the names of hidden files and of Word's lock files begin."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What lies in a corpus folder: `files` by doc_id, and `failures`. Hidden files and the
    README at the top are neither."""

    files: dict[str, Path]
    failures: tuple[Failure, ...]


def scan(corpus: Path, max_bytes: int, index: Path) -> Scan:
    """Every file below `corpus`, sorted by doc_id; links that lead out of it are refused, and
    an index folder that lies in it is passed over.

    Raises CorpusError when there is no such folder.
    """
    if not corpus.is_dir():
        what = "is a file" if corpus.exists() else "does not exist"
        raise CorpusError(
            f"the corpus folder {corpus} {what}; create it and put documents in it,"
            " or name another folder"
        )
    files: dict[str, Path] = {}
    failures: list[Failure] = []
    for path in _walk(corpus, index.resolve(), failures):
        doc_id = path.relative_to(corpus).as_posix()
        if any(part.startswith(_HIDDEN) for part in doc_id.split("/")):
            continue
        if doc_id == _ABOUT_THE_FOLDER:
            continue
        try:
            _check(path, corpus, max_bytes)
            files[doc_id] = path
        except LoadError as error:
            failures.append(Failure(printable(doc_id), str(error)))
    return Scan(dict(sorted(files.items())), tuple(sorted(failures, key=lambda f: f.source)))


def _walk(corpus: Path, index: Path, failures: list[Failure]) -> Iterator[Path]:
    def report(error: OSError) -> None:
        place = printable(Path(error.filename or corpus).relative_to(corpus).as_posix())
        failures.append(
            Failure(place, f"can't be listed ({error.strerror}); check its permissions")
        )

    for folder, folders, names in os.walk(corpus, onerror=report):
        for name in [*names, *(f for f in folders if (Path(folder) / f).is_symlink())]:
            yield Path(folder) / name
        folders[:] = [
            name
            for name in folders
            if not name.startswith(_HIDDEN) and (Path(folder) / name).resolve() != index
        ]


def _check(path: Path, corpus: Path, max_bytes: int) -> None:
    """Raises LoadError when the file is not to be read at all."""
    try:
        str(path.relative_to(corpus)).encode()
    except UnicodeEncodeError as error:
        raise LoadError(
            "has a name, or is in a folder, that is not valid text; rename it"
        ) from error
    try:
        if not path.resolve(strict=True).is_relative_to(corpus.resolve()):
            raise LoadError("is a link that leads out of the corpus; copy the file in instead")
        facts = path.stat()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, on Python 3.11
        raise LoadError(f"can't be found ({error}); remove the link or mend it") from error
    if stat.S_ISDIR(facts.st_mode):
        raise LoadError("is a link to a folder, which is not followed; name the files themselves")
    if not stat.S_ISREG(facts.st_mode):
        raise LoadError("is no regular file; remove it")
    if path.suffix.lower() not in loading.suffixes():
        raise LoadError(
            f"has no format that can be read ({', '.join(loading.suffixes())});"
            " convert it or move it away"
        )
    if facts.st_size > max_bytes:
        raise LoadError(
            f"has {facts.st_size / 1e6:.0f} MB, the most is {max_bytes / 1e6:.0f};"
            " split it or raise max_file_mb"
        )


def printable(name: str) -> str:
    """A file name that can be printed and stored, whatever bytes it was made of."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
