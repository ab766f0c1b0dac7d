"""Documents and passages in SQLite: the one source of truth of an index on disk.

A document's text is not stored apart: its passages tile it, so joining them gives it back.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pp_qa.errors import IndexDamaged
from pp_qa.stores.memory import unknown_document
from pp_qa.types import (
    Block,
    Document,
    DocumentEntry,
    DocumentInfo,
    Failure,
    Page,
    Passage,
    Section,
    Sentence,
    Span,
)

_SCHEMA = """
CREATE TABLE documents (
    doc_id TEXT PRIMARY KEY, source TEXT NOT NULL, title TEXT NOT NULL,
    content_hash TEXT NOT NULL, text_hash TEXT NOT NULL, character_count INTEGER NOT NULL,
    structure TEXT NOT NULL, details TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, passage_id TEXT NOT NULL, doc_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL,
    heading_path TEXT NOT NULL, token_count INTEGER NOT NULL, sentences TEXT NOT NULL,
    text_hash BLOB NOT NULL, first_window INTEGER NOT NULL, window_count INTEGER NOT NULL
);
CREATE UNIQUE INDEX passages_in_order ON passages (doc_id, ordinal);
CREATE INDEX passages_by_text ON passages (text_hash);
CREATE INDEX passages_by_window ON passages (first_window) WHERE window_count > 0;
CREATE TABLE failures (source TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
"""
_PASSAGE = "passage_id, doc_id, ordinal, start, end, text, heading_path, token_count, sentences"
_VARIABLES = 500
"""Values in one `IN (…)`: SQLite takes at least 999."""


class Catalog:
    """One SQLite file, opened for reading (`open`) or for making a generation (`create`)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Catalog:
        # A generation never changes, so SQLite need not look for other writers.
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        return cls(sqlite3.connect(uri, uri=True, check_same_thread=False))

    @classmethod
    def create(cls, path: Path | Literal[":memory:"]) -> Catalog:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # Durability is the generation's business: the file is synced before it is switched to.
        connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;")
        if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            connection.executescript(_SCHEMA)
        return cls(connection)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # ── reading ──────────────────────────────────────────────────────────────

    def documents(self) -> list[DocumentInfo]:
        rows = self._rows(
            "SELECT d.doc_id, source, title, content_hash, count(number), character_count,"
            " coalesce(sum(window_count), 0), details"
            " FROM documents d LEFT JOIN passages p ON p.doc_id = d.doc_id"
            " GROUP BY d.doc_id ORDER BY d.doc_id"
        )
        return [DocumentInfo(*(*facts, json.loads(said))) for *facts, said in rows]

    def document(self, doc_id: str) -> Document:
        rows = self._rows(
            "SELECT source, title, content_hash, text_hash, structure, details"
            " FROM documents WHERE doc_id = ?",
            (doc_id,),
        )
        if not rows:
            raise unknown_document(doc_id)
        source, title, content_hash, expected, structure, details = rows[0]
        text = "".join(
            t
            for (t,) in self._rows(
                "SELECT text FROM passages WHERE doc_id = ? ORDER BY ordinal", (doc_id,)
            )
        )
        if _text_hash(text).hex() != expected:
            raise IndexDamaged(
                f"the stored text of {doc_id} is not what was indexed; run: pp-qa index --rebuild"
            )
        return Document(
            doc_id,
            source,
            title,
            text,
            content_hash,
            **_structure_from_json(structure),
            details=json.loads(details),
        )

    def passages(self, doc_id: str) -> list[Passage]:
        rows = self._rows(
            f"SELECT {_PASSAGE} FROM passages WHERE doc_id = ? ORDER BY ordinal", (doc_id,)
        )
        if not rows and not self._rows("SELECT 1 FROM documents WHERE doc_id = ?", (doc_id,)):
            raise unknown_document(doc_id)
        return [_passage(row) for row in rows]

    def failures(self) -> tuple[Failure, ...]:
        return tuple(Failure(*r) for r in self._rows("SELECT source, reason FROM failures"))

    def counts(self) -> tuple[int, int]:
        """Documents and passages."""
        (row,) = self._rows(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages)"
        )
        return row[0], row[1]

    def by_number(self, numbers: Collection[int]) -> dict[int, Passage]:
        rows = self._in(f"SELECT number, {_PASSAGE} FROM passages WHERE number IN", numbers)
        return {row[0]: _passage(row[1:]) for row in rows}

    def number_of_window(self, window: int) -> int:
        """The number of the passage that a window belongs to."""
        (row,) = self._rows(
            "SELECT number FROM passages WHERE first_window <= ? AND window_count > 0"
            " ORDER BY first_window DESC LIMIT 1",
            (window,),
        )
        return int(row[0])

    def windows(self, doc_ids: Collection[str]) -> list[tuple[int, int]]:
        """(first window, count) of every passage of these documents."""
        return self._in("SELECT first_window, window_count FROM passages WHERE doc_id IN", doc_ids)

    def windows_by_text(self, texts: Collection[str]) -> dict[str, tuple[int, int]]:
        """(first window, count) of a passage of exactly this text, for those there are."""
        hashes = {_text_hash(t): t for t in texts}
        rows = self._in(
            "SELECT text_hash, first_window, window_count FROM passages"
            " WHERE window_count > 0 AND text_hash IN",
            list(hashes),
        )
        return {hashes[h]: (first, count) for h, first, count in rows}

    def texts(self) -> Iterator[tuple[int, str, str]]:
        """(number, doc_id, text) of every passage, by number."""
        yield from self._connection.execute(
            "SELECT number, doc_id, text FROM passages ORDER BY number"
        )

    # ── writing ──────────────────────────────────────────────────────────────

    def remove(self, doc_ids: Iterable[str]) -> None:
        ids = [(d,) for d in doc_ids]
        self._connection.execute("BEGIN")
        self._connection.executemany("DELETE FROM passages WHERE doc_id = ?", ids)
        self._connection.executemany("DELETE FROM documents WHERE doc_id = ?", ids)
        self._connection.execute("COMMIT")

    def add(self, entry: DocumentEntry, first_number: int, first_window: int) -> None:
        document = entry.document
        self._connection.execute("BEGIN")
        self._connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document.doc_id,
                document.source,
                document.title,
                document.content_hash,
                _text_hash(document.text).hex(),
                len(document.text),
                _structure_to_json(document),
                json.dumps(dict(document.details)),
            ),
        )
        for number, (passage, count) in enumerate(
            zip(entry.passages, entry.window_counts, strict=True), start=first_number
        ):
            self._connection.execute(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    passage.passage_id,
                    passage.doc_id,
                    passage.ordinal,
                    passage.span.start,
                    passage.span.end,
                    passage.text,
                    json.dumps(passage.heading_path),
                    passage.token_count,
                    _sentences_to_json(passage.sentences),
                    _text_hash(passage.text),
                    first_window,
                    count,
                ),
            )
            first_window += count
        self._connection.execute("COMMIT")

    def replace_failures(self, failures: Iterable[Failure]) -> None:
        self._connection.execute("DELETE FROM failures")
        self._connection.executemany(
            "INSERT OR REPLACE INTO failures VALUES (?, ?)",
            [(f.source, f.reason) for f in failures],
        )

    def next_numbers(self) -> tuple[int, int]:
        """The first passage number and the first window number that are free."""
        (row,) = self._connection.execute(
            "SELECT coalesce(max(number) + 1, 0), coalesce(max(first_window + window_count), 0)"
            " FROM passages"
        )
        return int(row[0]), int(row[1])

    # ── SQL ──────────────────────────────────────────────────────────────────

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(
                f"the catalog can't be read ({error}); run: pp-qa index --rebuild"
            ) from error

    def _in(self, sql: str, values: Collection[Any]) -> list[Any]:
        rows: list[Any] = []
        pending = list(values)
        for at in range(0, len(pending), _VARIABLES):
            part = pending[at : at + _VARIABLES]
            rows += self._rows(f"{sql} ({', '.join('?' * len(part))})", part)
        return rows


def _text_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _passage(row: Sequence[Any]) -> Passage:
    passage_id, doc_id, ordinal, start, end, text, heading_path, tokens, sentences = row
    return Passage(
        passage_id,
        doc_id,
        ordinal,
        Span(start, end),
        text,
        tuple(json.loads(heading_path)),
        tokens,
        _sentences_from_json(sentences),
    )


def _span_to_json(span: Span | None) -> list[int] | None:
    return None if span is None else [span.start, span.end]


def _span_from_json(pair: list[int] | None) -> Span | None:
    return None if pair is None else Span(*pair)


def _sentences_to_json(sentences: Iterable[Sentence]) -> str:
    return json.dumps(
        [[s.span.start, s.span.end, s.kind, _span_to_json(s.lead)] for s in sentences]
    )


def _sentences_from_json(text: str) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(Span(a, b), k, _span_from_json(lead)) for a, b, k, lead in json.loads(text)
    )


def _structure_to_json(document: Document) -> str:
    return json.dumps(
        {
            "sections": [[s.heading_path, _span_to_json(s.span)] for s in document.sections],
            "pages": [[p.number, p.label, _span_to_json(p.span)] for p in document.pages],
            "blocks": [
                [b.span.start, b.span.end, b.kind, _span_to_json(b.lead)] for b in document.blocks
            ],
        },
        ensure_ascii=False,
    )


def _structure_from_json(text: str) -> dict[str, Any]:
    stored = json.loads(text)
    return {
        "sections": tuple(Section(tuple(path), Span(*span)) for path, span in stored["sections"]),
        "pages": tuple(Page(number, label, Span(*span)) for number, label, span in stored["pages"]),
        "blocks": tuple(
            Block(Span(a, b), kind, _span_from_json(lead)) for a, b, kind, lead in stored["blocks"]
        ),
    }
