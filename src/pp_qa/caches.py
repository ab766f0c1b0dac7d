"""What one run leaves to the next: the hashes of files, and the vectors of a build that did not
come to its end. Both lie beside the generations, and may be lost or damaged without harm: that
they can't be written is no news, but where nothing can be, the store says so."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pp_qa import loading
from pp_qa.scanning import Stamp

if TYPE_CHECKING:
    from pp_qa.types import Vectors

log = logging.getLogger("pp_qa")
_ANY = Stamp(-1, -1, -1, -1)
"""The stamp of no file: of one that has another by the next run, or may have."""
_VARIABLES = 500
"""Values in one `IN (…)`: SQLite takes at least 999."""


class KnownFiles:
    """The SHA-256 of files by doc_id and stamp, so that what didn't change isn't read again.

    A file that changed just before it was looked at is kept without its stamp: it could change
    once more and have the same. What this process has looked at `earlier` is not read again either.
    """

    def __init__(self, path: Path | None, corpus: Path, earlier: KnownFiles | None = None) -> None:
        self._path = path
        self._corpus = corpus
        self._looked = time.time_ns()
        self._before = self._read()
        self._earlier = earlier._now if earlier else {}
        self._now: dict[str, tuple[Stamp, str]] = {}

    def revision(self, doc_id: str, stamp: Stamp) -> str:
        """The SHA-256 of a file's bytes. Raises LoadError when it can't be opened."""
        kept = (of.get(doc_id, (_ANY, "")) for of in (self._before, self._earlier))
        revision = next((revision for known, revision in kept if known == stamp), "")
        revision = revision or loading.revision(self._corpus / doc_id)
        self._now[doc_id] = stamp if stamp.settled(self._looked) else _ANY, revision
        return revision

    def is_as_before(self, doc_id: str, revision: str) -> bool:
        """Whether the last run saw the file with the same bytes."""
        return doc_id in self._before and self._before[doc_id][1] == revision

    def has_changed(self, doc_id: str, revision: str) -> bool:
        """Whether the last run saw the file with other bytes, or could not open it. Where nothing
        is left of that run, nothing is known to have changed."""
        return bool(self._before) and not self.is_as_before(doc_id, revision)

    def save(self) -> None:
        """Leave what was asked for to the next run, unless that is what it was left."""
        if self._path is None or self._now == self._before:
            return
        pending = self._path.with_suffix(".tmp")
        files = {doc_id: [*stamp, revision] for doc_id, (stamp, revision) in self._now.items()}
        try:
            pending.write_text(json.dumps({"corpus": str(self._corpus), "files": files}))
            pending.replace(self._path)
        except OSError as error:
            log.info("%s can't be written (%s); the next run reads all files", pending, error)

    def _read(self) -> Mapping[str, tuple[Stamp, str]]:
        try:
            kept = json.loads(self._path.read_bytes()) if self._path else {}
            if kept.get("corpus") != str(self._corpus):
                return {}
            return {i: (Stamp(*facts[:4]), str(facts[4])) for i, facts in kept["files"].items()}
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return {}


def seen_last(path: Path) -> tuple[str, frozenset[str]]:
    """Of which folder `KnownFiles` were left there, and the names of its files; "" for none."""
    try:
        kept = json.loads(path.read_bytes())
        return str(kept["corpus"]), frozenset(map(str, kept["files"]))
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return "", frozenset()


class KnownVectors:
    """Vectors of windows by text and embedder, in a file that is written as they are made: what
    a killed run had embedded, the next one finds. Without a path, a temporary file.

    Where the file can't be used, a run goes on without it. For one thread at a time.
    """

    def __init__(self, path: Path | None, fingerprint: str) -> None:
        self._path = path
        self._fingerprint = fingerprint.encode()
        self._connection: sqlite3.Connection | None = None
        self._left = 0
        self.resumed = 0
        """How many vectors that an earlier run left were of use."""

    def get(self, texts: Collection[str]) -> dict[str, Vectors]:
        """The vectors, shape (dim,), of those texts that are known."""
        keys = {self._key(text): text for text in texts}
        pending = list(keys)
        found: dict[str, Vectors] = {}
        for at in range(0, len(pending), _VARIABLES):
            part = pending[at : at + _VARIABLES]
            marks = ", ".join("?" * len(part))
            rows = self._execute(
                f"SELECT rowid, key, vector FROM vectors WHERE key IN ({marks})", part
            )
            for number, key, vector in rows:
                self.resumed += number <= self._left
                found[keys[key]] = np.frombuffer(vector, dtype=np.float32)
        return found

    def keep(self, vectors: Mapping[str, Vectors]) -> None:
        """Remember vectors, shape (dim,), by text; once this returns, they outlive the process."""
        marks = ", ".join(["(?, ?)"] * len(vectors))
        values = [value for t, v in vectors.items() for value in (self._key(t), v.tobytes())]
        if values:
            self._execute(f"INSERT OR REPLACE INTO vectors VALUES {marks}", values)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def discard(self) -> None:
        """Close it and remove it: what was built holds its vectors now."""
        self.close()
        if self._path is not None:
            with suppress(OSError):  # the next run tries again
                _remove(self._path)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(self._fingerprint + b"\0" + text.encode()).digest()

    def _execute(self, sql: str, values: Sequence[bytes]) -> list[tuple[int, bytes, bytes]]:
        try:
            try:
                return self._open().execute(sql, values).fetchall()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) or self._path is None:
                    raise  # the disk or the system, not the file
                self.close()
                _remove(self._path)  # damaged, as it may be after a power cut
                return self._open().execute(sql, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            self._go_without(error)
            return []

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self._path)
            (self._left,) = self._connection.execute(
                "SELECT coalesce(max(rowid), 0) FROM vectors"
            ).fetchone()
        return self._connection

    def _go_without(self, error: Exception) -> None:
        log.info(
            "%s can't be used (%s); if this run is interrupted, the next embeds again",
            self._path,
            error,
        )
        self.close()
        self._path, self._left = None, 0


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False)
    try:
        # A write-ahead log outlives the process at each step and is never half applied.
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _remove(path: Path) -> None:
    for name in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        name.unlink(missing_ok=True)
