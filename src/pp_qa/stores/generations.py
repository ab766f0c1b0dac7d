"""Generations on disk: built aside, checksummed, synced, switched to at one stroke.

    index/
      CURRENT                 the name of the generation and the SHA-256 of its manifest
      generation-000003/
        manifest.json         format, fingerprints, counts, segments, what to know each file by
        segment-000001/  segment-000003/  lexical/

A generation never changes once CURRENT names it. Files that it shares with the one before are
the same files, linked. A crash leaves CURRENT naming the old one or the new one, both complete;
what else lies there is swept by the next writer.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pp_qa.errors import (
    IndexDamaged,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexNewer,
    IndexWriteError,
)
from pp_qa.reaching import out_of_reach, there
from pp_qa.stores import files

KnownFiles = Mapping[str, files.Facts]
"""By name, in the form `folder/file`."""

FORMAT_VERSION = 2
_CURRENT, _PENDING = "CURRENT", "CURRENT.tmp"
_MANIFEST = "manifest.json"
_PREFIX = "generation-"
_VERIFY_BYTES = 128_000_000
"""Indexes up to this size are read whole when they are opened (a third of a second at most), but
for files that this process knows already; of larger ones sizes and samples are checked, and all
of it by `pp-qa doctor`."""


def command(root: Path) -> str:
    """What makes the index, or mends it: typed in the folder that a relative `root` is in."""
    place = "" if root == Path("index") else f" --index {shlex.quote(str(root))}"
    return f"pp-qa index{place}"


def damage(root: Path, what: str) -> IndexDamaged:
    """The error of an index that was opened and turns out not to be whole: of a large one not
    every byte is looked at before."""
    return IndexDamaged(f"the index in {root} is damaged: {what}; run: {command(root)} --rebuild")


def folder(root: Path, generation: int) -> Path:
    return root / f"{_PREFIX}{generation:06d}"


def current(root: Path) -> str:
    """The pointer as it stands: it differs when a new generation has been switched to.

    Raises IndexMissing when there is none, IndexWriteError when it is out of reach.
    """
    try:
        with _reached(root):
            return (root / _CURRENT).read_text()
    except FileNotFoundError:
        raise IndexMissing(f"there is no index in {root} yet; run: {command(root)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(
            f"{root / _CURRENT} can't be read ({error}); run: {command(root)}"
        ) from error


def read(root: Path, *, whole: bool = False) -> tuple[Path, dict[str, Any]]:
    """The current generation's folder and manifest, after checking its files.

    Raises IndexMissing, IndexDamaged (naming the file), IndexIncompatible (an older
    format) or IndexNewer; IndexWriteError when it is out of reach.
    """
    with _reached(root):
        return _read(root, whole)


def _read(root: Path, whole: bool) -> tuple[Path, dict[str, Any]]:
    pointer = current(root).split()
    if len(pointer) != 2:
        raise IndexDamaged(f"{root / _CURRENT} is not what was written; run: {command(root)}")
    place = root / pointer[0]
    try:
        content = (place / _MANIFEST).read_bytes()
    except OSError as error:
        if out_of_reach(error):
            raise
        raise IndexDamaged(
            f"the index in {root} has no readable manifest; run: {command(root)}"
        ) from error
    if hashlib.sha256(content).hexdigest() != pointer[1]:
        raise IndexDamaged(f"{place / _MANIFEST} is not what was written; run: {command(root)}")
    manifest: dict[str, Any] = json.loads(content)
    found = manifest["format_version"]
    if found > FORMAT_VERSION:
        raise IndexNewer(
            f"the index in {root} was made by a newer version of pp_qa (format {found}, this one"
            f" reads {FORMAT_VERSION}); upgrade pp_qa, or run: {command(root)} --rebuild"
        )
    if found < FORMAT_VERSION:
        raise IndexIncompatible(
            f"the index in {root} has the older format {found}; run: {command(root)}"
        )
    total = sum(facts["size"] for facts in manifest["files"].values())
    for name, facts in manifest["files"].items():
        path = place / name
        if not files.is_sound(path, facts, whole=whole or total <= _VERIFY_BYTES, again=whole):
            raise IndexDamaged(f"{path} is missing or not what was written; run: {command(root)}")
    return place, manifest


def begin(root: Path, generation: int) -> Path:
    """An empty folder to build `generation` in; what an interrupted run left there is gone."""
    place = folder(root, generation)
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    return place


def finish(
    root: Path, place: Path, manifest: dict[str, Any], before: Path | None, known: KnownFiles
) -> None:
    """Checksum and sync the files of `place`, switch to it, and sweep what isn't current. Files
    that it shares with the generation `before`, whose files are `known`, are so already; that one may
    be gone, where an update was interrupted right after it had switched to another."""
    manifest["files"] = {}
    for path in sorted(p for p in place.rglob("*") if p.is_file()):
        name = path.relative_to(place).as_posix()
        old = before / name if before and name in known else None
        if old and there(old) and path.samefile(old):
            manifest["files"][name] = known[name]
        else:
            manifest["files"][name] = files.facts_of(path)
            files.sync(path)
    content = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
    # The pointer lies ready before the manifest does: where a first build is killed between them,
    # `was_complete` sees that the index never came to be.
    pending = root / _PENDING
    pending.write_text(f"{place.name} {hashlib.sha256(content).hexdigest()}\n")
    files.sync(pending)
    (place / _MANIFEST).write_bytes(content)
    for path in [place / _MANIFEST, *(p for p in place.rglob("*") if p.is_dir()), place, root]:
        files.sync(path)
    pending.replace(root / _CURRENT)
    files.sync(root)
    sweep(root)


def leftovers(root: Path) -> list[Path]:
    """What lies there beside the current generation: older ones, and what a crash left. Nothing
    is left over where no pointer says what is current."""
    try:
        keep = root / current(root).partition(" ")[0]
    except (IndexMissing, IndexDamaged, IndexWriteError):
        return []
    if not there(keep / _MANIFEST):
        return []
    others = (p for p in root.glob(f"{_PREFIX}*") if p != keep)
    return sorted([*others, *root.glob(_PENDING)])


def sweep(root: Path) -> None:
    """Remove what is left over. Readers that hold an old generation open keep it; what can't be
    removed now (Windows, an open file) is swept by the next writer."""
    for place in leftovers(root):
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
            # tantivy's reader may just have been taking a lock in it: once more.
            shutil.rmtree(place, ignore_errors=True)
        else:
            with suppress(OSError):
                place.unlink()


def was_complete(root: Path) -> bool:
    """Whether any generation there came to its end, as one that a first build left did not."""
    with _looking_into(root):
        if (root / _CURRENT).exists():
            return True
        pending = root / _PENDING
        begun = pending.read_text().partition(" ")[0] if pending.is_file() else ""
        return any(path.parent.name != begun for path in _manifests(root))


def corpora(root: Path) -> Iterator[str]:
    """The folders that manifests say their generations follow, damaged ones too, newest first."""
    for path in _manifests(root):
        with suppress(OSError, ValueError, TypeError, LookupError, RecursionError):
            yield str(json.loads(path.read_bytes())["corpus"])


def _manifests(root: Path) -> list[Path]:
    """Newest first."""
    with _looking_into(root):
        return sorted(root.glob(f"{_PREFIX}*/{_MANIFEST}"), reverse=True)


@contextmanager
def _reached(root: Path) -> Iterator[None]:
    """Raises IndexWriteError when a file is out of reach: that is no damage, to be mended by an index
    that is made anew."""
    try:
        yield
    except OSError as error:
        if not out_of_reach(error):
            raise
        why, remedy = f"can't be read now ({error.strerror})", "that"
        if isinstance(error, PermissionError):
            why, remedy = f"may not be read ({error.filename})", "the permissions of its files"
        raise IndexWriteError(
            f"the index in {root} {why}, so it was left as it is; see to {remedy} and try again"
        ) from error


@contextmanager
def _looking_into(root: Path) -> Iterator[None]:
    """Raises IndexWriteError when the folder can't be looked into."""
    try:
        yield
    except OSError as error:
        raise IndexWriteError(
            f"the index folder {root} can't be looked into ({error.strerror or error}), so it was"
            " left as it is; see to that and try again"
        ) from error


def latest_number(root: Path) -> int:
    """The highest generation number any folder bears, so that none is used twice."""
    numbers = [0]
    for place in root.glob(f"{_PREFIX}*"):
        with suppress(ValueError):
            numbers.append(int(place.name.removeprefix(_PREFIX)))
    with suppress(IndexMissing, IndexDamaged, IndexWriteError, ValueError):
        numbers.append(int(current(root).partition(" ")[0].removeprefix(_PREFIX)))
    return max(numbers)


@contextmanager
def writing(
    root: Path, wait: float = 0, say: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold the index for writing. A dead process holds nothing: the system lets go of its lock.

    Where another process is writing, `say` is told and up to `wait` seconds are waited for it.
    Raises IndexLocked, naming the holder, when it is writing still, and IndexWriteError when the
    folder can't be written.
    """
    from filelock import FileLock, Timeout

    holder = root / ".lock-holder"
    lock = FileLock(root / ".lock", timeout=0)
    try:
        root.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            if wait:
                say(f"the index in {root} is being written by {_who(holder)}; waiting for it")
            lock.acquire(timeout=wait)
    except Timeout:
        raise IndexLocked(
            f"the index in {root} is being written by {_who(holder)}; wait for it to end"
        ) from None
    except OSError as error:
        raise IndexWriteError(
            f"the index can't be written to {root} ({error.strerror or error}); check the folder"
            " and its permissions, or set PP_QA_INDEX_DIR to another one"
        ) from error
    try:
        with suppress(OSError):  # its name is a help to others, no need
            holder.write_text(f"process {os.getpid()} since {time.strftime('%H:%M:%S')}")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def writer(root: Path) -> str:
    """Who is writing the index now, in words; "" for nobody."""
    from filelock import FileLock, Timeout

    if not there(root / ".lock"):
        return ""
    try:
        with FileLock(root / ".lock", timeout=0):
            return ""
    except Timeout:
        return _who(root / ".lock-holder")
    except OSError:  # it can't be written by us: nor do we know by whom it is
        return ""


def _who(holder: Path) -> str:
    try:
        return holder.read_text()
    except (OSError, UnicodeDecodeError):
        return "another process"
