"""Documents and passages of one segment in SQLite: the source of truth of an index on disk.

A document's text is not stored apart: its passages tile it, so joining them gives it back.
Documents count from 0 in the order in which they came; the passages of one have consecutive
numbers and its windows consecutive rows of the vectors, so a document's line says where both lie.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from pp_qa.errors import IndexDamaged, UsageError
from pp_qa.stores import generations
from pp_qa.stores.records import (
    PASSAGE,
    passage_from_row,
    passage_to_row,
    structure_from_json,
    structure_to_json,
    text_hash,
)
from pp_qa.types import Document, DocumentEntry, DocumentInfo, Passage

_SCHEMA = """
CREATE TABLE documents (
    document INTEGER PRIMARY KEY, doc_id TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL,
    content_hash TEXT NOT NULL, text_hash BLOB NOT NULL, character_count INTEGER NOT NULL,
    details TEXT NOT NULL, first_number INTEGER NOT NULL, passage_count INTEGER NOT NULL,
    first_row INTEGER NOT NULL, window_count INTEGER NOT NULL
);
CREATE TABLE structures (document INTEGER PRIMARY KEY, structure TEXT NOT NULL);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, passage_id TEXT NOT NULL, doc_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,
    heading_path TEXT NOT NULL, token_count INTEGER NOT NULL, sentences TEXT NOT NULL,
    text_hash BLOB NOT NULL, first_row INTEGER NOT NULL, window_count INTEGER NOT NULL
);
"""
_INDEXES = """
CREATE INDEX documents_by_id ON documents (doc_id);
CREATE INDEX passages_by_text ON passages (text_hash) WHERE window_count > 0;
"""
_COPY = """
INSERT INTO documents SELECT document + :document, doc_id, source, title, content_hash, text_hash,
    character_count, details, first_number, passage_count, first_row + :row, window_count
    FROM old.documents WHERE document >= :first AND document < :end;
INSERT INTO structures SELECT document + :document, structure
    FROM old.structures WHERE document >= :first AND document < :end;
INSERT INTO passages SELECT number, passage_id, doc_id, ordinal, start, end, text, heading_path,
    token_count, sentences, text_hash, first_row + :row, window_count
    FROM old.passages WHERE number >= :first_number AND number < :end_number
"""
_VARIABLES = 500
"""Values in one `IN (…)`: SQLite takes at least 999."""


class Catalog:
    """The catalog of a segment that is complete. `gone` are documents that it passes over."""

    def __init__(self, path: Path, gone: Collection[int] = ()) -> None:
        self.path = path
        self._gone = frozenset(gone)
        self._connection = sqlite3.connect(_read_only(path), uri=True, check_same_thread=False)
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def documents(self, among: Collection[str] | None = None) -> list[DocumentInfo]:
        rows = self._documents(
            "doc_id, source, title, content_hash, passage_count, character_count, window_count,"
            " details",
            among,
        )
        return [DocumentInfo(*(*facts, json.loads(said))) for *facts, said in rows]

    def document(self, doc_id: str) -> Document | None:
        for key, source, title, content_hash, expected, details, *place in self._documents(
            "document, source, title, content_hash, text_hash, details, first_number,"
            " passage_count",
            [doc_id],
        ):
            text = "".join(t for (t,) in self._numbered("text", *place))
            if text_hash(text) != expected:
                raise self._damaged(f"the stored text of {doc_id} is not what was indexed")
            ((structure,),) = self._rows(
                "SELECT structure FROM structures WHERE document = ?", (key,)
            )
            parts = structure_from_json(structure)
            said = json.loads(details)
            return Document(doc_id, source, title, text, content_hash, **parts, details=said)
        return None

    def passages(self, doc_id: str) -> list[Passage] | None:
        for place in self._documents("first_number, passage_count", [doc_id]):
            return [passage_from_row(row) for row in self._numbered(PASSAGE, *place)]
        return None

    def by_number(self, numbers: Collection[int]) -> dict[int, Passage]:
        """Raises IndexDamaged for a number that no passage has, or one of a document that has gone,
        and for a passage whose text is not what was indexed."""
        rows = self._in(
            f"SELECT number, text_hash, {PASSAGE} FROM passages WHERE number IN", numbers
        )
        found = {number: passage_from_row(row) for number, _, *row in rows}
        if any(text_hash(found[number].text) != expected for number, expected, *_ in rows):
            raise self._damaged("the stored text of a passage is not what was indexed")
        if not found.keys() >= set(numbers) or (self._gone and not self._are_live(found)):
            raise self._damaged("a search found what is no passage")
        return found

    def _are_live(self, passages: Mapping[int, Passage]) -> bool:
        documents = {p.doc_id for p in passages.values()}
        places = self._documents("doc_id, first_number, passage_count", documents)
        live = {doc_id: range(first, first + count) for doc_id, first, count in places}
        return all(number in live.get(p.doc_id, ()) for number, p in passages.items())

    def passage_ids(self, numbers: Collection[int]) -> dict[int, str]:
        return dict(self._in("SELECT number, passage_id FROM passages WHERE number IN", numbers))

    def keys(self, doc_ids: Collection[str]) -> list[int]:
        """Which documents these are."""
        return [key for (key,) in self._documents("document", doc_ids)]

    def rows_of(self, doc_ids: Collection[str]) -> list[tuple[int, int]]:
        """(first row, how many) of each of these documents."""
        return self._documents("first_row, window_count", doc_ids)

    def rows_gone(self) -> list[tuple[int, int]]:
        """(first row, how many) of each document that has gone."""
        return self._in(
            "SELECT first_row, window_count FROM documents WHERE document IN", self._gone
        )

    def count_passages(self, keys: Collection[int]) -> int:
        """How many these documents have."""
        counts = self._in("SELECT passage_count FROM documents WHERE document IN", keys)
        return sum(count for (count,) in counts)

    def rows_by_text(self, texts: Collection[str]) -> dict[str, tuple[int, int]]:
        """(first row, how many) of a passage of exactly this text, for those there are."""
        hashes = {text_hash(t): t for t in texts}
        rows = self._in(
            "SELECT text_hash, first_row, window_count FROM passages"
            " WHERE window_count > 0 AND text_hash IN",
            list(hashes),
        )
        return {hashes[h]: (first, count) for h, first, count in rows}

    def texts(self) -> Iterator[tuple[int, str, str]]:
        """(number, doc_id, text) of every passage, by number. The cursor is its own, so that they
        need not all be in memory."""
        with closing(sqlite3.connect(_read_only(self.path), uri=True)) as connection:
            for document, *passage in connection.execute(
                "SELECT document, number, p.doc_id, text FROM documents d JOIN passages p"
                " ON number >= first_number AND number < first_number + passage_count"
                " ORDER BY document, number"
            ):
                if document not in self._gone:
                    yield (passage[0], passage[1], passage[2])

    def windows(self) -> int:
        """How many windows the passages have by their own account."""
        ((count,),) = self._rows("SELECT coalesce(sum(window_count), 0) FROM passages")
        return int(count)

    # ── SQL ──────────────────────────────────────────────────────────────────

    def _documents(self, columns: str, among: Collection[str] | None) -> list[Any]:
        """Those of all documents, or of these doc_ids, that have not gone."""
        sql = f"SELECT document, {columns} FROM documents"
        rows = self._rows(sql) if among is None else self._in(f"{sql} WHERE doc_id IN", among)
        return [row[1:] for row in rows if row[0] not in self._gone]

    def _numbered(self, columns: str, first: int, count: int) -> list[Any]:
        return self._rows(
            f"SELECT {columns} FROM passages WHERE number >= ? AND number < ? ORDER BY number",
            (first, first + count),
        )

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(sql, values).fetchall()
        except UnicodeEncodeError:  # half a surrogate pair is asked for, and no row has it
            return []
        except sqlite3.ProgrammingError as error:
            raise UsageError("the index has been closed; open it again") from error
        except sqlite3.DatabaseError as error:
            raise self._damaged(f"the catalog can't be read ({error})") from error

    def _damaged(self, what: str) -> IndexDamaged:
        return generations.damage(self.path.parents[2], what)

    def _in(self, sql: str, values: Collection[Any]) -> list[Any]:
        rows: list[Any] = []
        pending = list(values)
        for at in range(0, len(pending), _VARIABLES):
            part = pending[at : at + _VARIABLES]
            rows += self._rows(f"{sql} ({', '.join('?' * len(part))})", part)
        return rows


class CatalogWriter:
    """Makes a catalog, document by document."""

    def __init__(self, path: Path) -> None:
        self.documents = self.passages = 0
        self._connection = sqlite3.connect(
            path.resolve().as_uri(), uri=True, isolation_level=None, check_same_thread=False
        )
        # Durability is the generation's business: the file is synced before it is switched to.
        self._connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
        )
        self._connection.executescript(_SCHEMA)

    def add(self, entry: DocumentEntry, first_number: int, first_row: int) -> None:
        document = entry.document
        self._connection.execute("BEGIN")
        self._connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.documents,
                document.doc_id,
                document.source,
                document.title,
                document.content_hash,
                text_hash(document.text),
                len(document.text),
                json.dumps(dict(document.details)),
                first_number,
                len(entry.passages),
                first_row,
                sum(entry.window_counts),
            ),
        )
        self._connection.execute(
            "INSERT INTO structures VALUES (?, ?)", (self.documents, structure_to_json(document))
        )
        self._connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _passage_rows(entry, first_number, first_row),
        )
        self._connection.execute("COMMIT")
        self.documents += 1
        self.passages += len(entry.passages)

    def copy(
        self, source: Path, runs: Collection[tuple[int, int]], row: int
    ) -> list[tuple[int, int]]:
        """Take over the documents of another segment's catalog that lie in `runs`, half-open
        ranges; their windows come to lie at `row` and on. Which rows they had there, run by run.
        """
        taken = []
        self._connection.execute("ATTACH ? AS old", (_read_only(source),))
        for first, end in runs:
            ((first_number, end_number, first_row, end_row),) = self._connection.execute(
                "SELECT min(first_number), max(first_number + passage_count), min(first_row),"
                " max(first_row + window_count) FROM old.documents"
                " WHERE document >= ? AND document < ?",
                (first, end),
            )
            places = {
                "document": self.documents - first,
                "row": row - first_row,
                "first": first,
                "end": end,
                "first_number": first_number,
                "end_number": end_number,
            }
            self._connection.execute("BEGIN")
            for statement in _COPY.split(";"):
                copied = self._connection.execute(statement, places).rowcount
            self._connection.execute("COMMIT")
            self.documents += end - first
            self.passages += copied
            row += end_row - first_row
            taken.append((first_row, end_row - first_row))
        self._connection.execute("DETACH old")
        return taken

    def finish(self) -> None:
        self._connection.executescript(_INDEXES)
        self.close()

    def close(self) -> None:
        self._connection.close()


def _read_only(path: Path) -> str:
    # A generation never changes, so SQLite need not look for other writers.
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _passage_rows(entry: DocumentEntry, number: int, first_row: int) -> Iterator[tuple[Any, ...]]:
    for passage, count in zip(entry.passages, entry.window_counts, strict=True):
        yield (number, *passage_to_row(passage), text_hash(passage.text), first_row, count)
        number, first_row = number + 1, first_row + count
