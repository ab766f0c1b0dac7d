"""Files that never change once written: linked, checksummed, synced."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pp_qa.reaching import out_of_reach

Facts = Mapping[str, Any]
"""Of a file: its `size`, the `sha256` of all of it, and the `sample` of some."""

_BLOCK, _BLOCKS = 4096, 16
"""A sample is so many blocks of so many bytes, the first and the last among them."""
_SOUND: Final[set[tuple[object, ...]]] = set()
"""Files that this process has written or read and found sound, so that it need not read them
again: generations share most of their files."""
_SOUND_KEPT = 10_000


def link(source: Path, target: Path, names: Iterable[str]) -> list[str]:
    """Show these files of a folder in another one: the same files, or copies where the file system
    links none. Gives those that were copied."""
    copied = []
    for name in names:
        (target / name).parent.mkdir(exist_ok=True)
        try:
            os.link(source / name, target / name)
        except OSError:
            shutil.copyfile(source / name, target / name)
            copied.append(name)
    return copied


def facts_of(path: Path) -> Facts:
    """What to write down of a file, to know it again."""
    facts = {"size": path.stat().st_size, "sha256": _sha256(path), "sample": _sample(path)}
    _remember(path, facts)
    return facts


def is_sound(path: Path, facts: Facts, *, whole: bool, again: bool = False) -> bool:
    """Whether a file is the one written: by its size and a sample, or the `whole` of it; one
    that was found sound is not read `again` unless that is asked for.

    Raises OSError when it is out of reach: then nobody knows."""
    try:
        if path.stat().st_size != facts["size"] or not path.is_file():
            return False
        if not whole:
            return bool(_sample(path) == facts["sample"])
        if _identity(path, facts) in _SOUND and not again:
            return True
        if _sha256(path) != facts["sha256"]:
            return False
        _remember(path, facts)
    except OSError as error:
        if out_of_reach(error):
            raise
        return False
    return True


def sync(path: Path) -> None:
    """Have the system write a file or a folder to the disk."""
    is_folder = path.is_dir()
    if os.name == "nt" and is_folder:
        return  # Windows syncs no folders
    # Windows syncs what it may write only; no system opens a folder for that.
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remember(path: Path, facts: Facts) -> None:
    if len(_SOUND) >= _SOUND_KEPT:
        _SOUND.clear()
    _SOUND.add(_identity(path, facts))


def _identity(path: Path, facts: Facts) -> tuple[object, ...]:
    """Changes when a file is written to, whatever it is called and however many links it has."""
    state = path.stat()
    return (state.st_dev, state.st_ino, state.st_mtime_ns, facts["size"], facts["sha256"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sample(path: Path) -> str:
    """The SHA-256 of blocks from the first to the last, evenly apart."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        last = max(0, path.stat().st_size - _BLOCK)
        for n in range(_BLOCKS):
            file.seek(last * n // (_BLOCKS - 1))
            digest.update(file.read(_BLOCK))
    return digest.hexdigest()
