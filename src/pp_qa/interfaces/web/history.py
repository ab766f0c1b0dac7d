"""Conversations in a SQLite file, each its owner's. What can't be read or written never stops
the page: it is said, and the page goes on without.

    conversations   one row each: whose, its title, when it last changed
    exchanges       one row each: its JSON (`storing`), the text around its quotes, its words
    owners          the conversation that each has open

Deleted rows are overwritten.
"""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, TypeVar

from pp_qa.errors import PpQaError
from pp_qa.interfaces.web import storing
from pp_qa.interfaces.web.exchanges import Exchange

log = logging.getLogger("pp_qa")

FILE = "chats.sqlite"
"""Its name, in the folder of the index."""
VERSION = 1
_APPLICATION = 0x70705141  # "ppQA": the file is one of ours
_LONGEST_TITLE = 120
_SCHEMA = f"""
    BEGIN IMMEDIATE;
    CREATE TABLE conversations (id TEXT PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL,
        changed REAL NOT NULL DEFAULT (julianday('now')));
    CREATE INDEX by_owner ON conversations (owner, changed);
    CREATE TABLE exchanges (id TEXT PRIMARY KEY, number INTEGER NOT NULL,
        conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
        value TEXT NOT NULL, around TEXT NOT NULL, words TEXT NOT NULL);
    CREATE INDEX by_conversation ON exchanges (conversation, number);
    CREATE TABLE owners (owner TEXT PRIMARY KEY, current TEXT);
    PRAGMA application_id = {_APPLICATION};
    PRAGMA user_version = {VERSION};
    COMMIT;
"""
_INSERT = (
    "INSERT INTO exchanges VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
    " value = excluded.value, around = excluded.around, words = excluded.words"
    " WHERE conversation = excluded.conversation"
)
_Value = TypeVar("_Value")


class HistoryFault(PpQaError):
    """The file of conversations can't be used."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A line of the list: `changed` is in ISO 8601, UTC."""

    conversation_id: str
    title: str
    changed: str
    questions: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stood before and after a quote when it was cited, and the page that it ended on."""

    before: str = ""
    after: str = ""
    last_page: int | None = None


Around = Mapping[int, Surroundings]
"""By the number of the citation."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An exchange as it was kept, with what stood around its quotes."""

    exchange: Exchange
    around: Around


class History:
    """Conversations by owner, in a file or, without one, for the life of the server. No call
    raises for the file's sake; `problem` says what is the matter with it. Thread-safe."""

    def __init__(self, path: Path | None = None) -> None:
        self.problem = ""
        self._lock = threading.Lock()
        self._missed: set[str] = set()  # what the file couldn't take: tried again with what follows
        try:
            self._connection = _open(path)
        except (HistoryFault, sqlite3.Error, OSError) as error:
            self.problem = f"{_why(path, error)}; conversations are kept until the server stops"
            log.warning(self.problem)
            self._connection = _open(None)
        self._lasting = self.problem

    def close(self) -> None:
        self._connection.close()

    # ── reading ──────────────────────────────────────────────────────────────

    def conversations(self, owner: str, search: str = "") -> list[Conversation]:
        """An owner's conversations, the last one first; of those in which every word of `search`
        is, where there is any."""
        wanted = search.casefold().split()
        sql = (
            "SELECT c.id, c.title, strftime('%Y-%m-%dT%H:%M:%SZ', c.changed),"
            " (SELECT count(*) FROM exchanges e WHERE e.conversation = c.id)"
            " FROM conversations c WHERE c.owner = ? ORDER BY c.changed DESC, c.rowid DESC"
        )

        def work() -> list[Conversation]:
            found = [Conversation(*row) for row in self._connection.execute(sql, (owner,))]
            return [c for c in found if self._mentions(c, wanted)] if wanted else found

        return self._do(work, [])

    def _mentions(self, conversation: Conversation, wanted: Sequence[str]) -> bool:
        sql = "SELECT words FROM exchanges WHERE conversation = ?"
        rows = self._connection.execute(sql, (conversation.conversation_id,))
        text = "\n".join([conversation.title.casefold(), *(words for (words,) in rows)])
        return all(word in text for word in wanted)

    def load(self, owner: str, conversation_id: str) -> list[Kept]:
        """The exchanges of a conversation, in order; none where the owner has no such one."""
        sql = (
            "SELECT e.value, e.around FROM exchanges e JOIN conversations c ON c.id ="
            " e.conversation WHERE c.owner = ? AND c.id = ? ORDER BY e.number, e.rowid"
        )
        return [_kept(*row) for row in self._rows(sql, owner, conversation_id)]

    def answer(self, owner: str, answer_id: str) -> tuple[str, Kept] | None:
        """One exchange with the id of its conversation, where the owner has such a one."""
        sql = (
            "SELECT c.id, e.value, e.around FROM exchanges e JOIN conversations c ON c.id ="
            " e.conversation WHERE c.owner = ? AND e.id = ?"
        )
        rows = self._rows(sql, owner, answer_id)
        return (str(rows[0][0]), _kept(*rows[0][1:])) if rows else None

    def title(self, owner: str, conversation_id: str) -> str:
        sql = "SELECT title FROM conversations WHERE owner = ? AND id = ?"
        return "".join(title for (title,) in self._rows(sql, owner, conversation_id))

    def current(self, owner: str) -> str:
        """The conversation that the owner has open; "" for none."""
        sql = "SELECT current FROM owners WHERE owner = ?"
        return "".join(current or "" for (current,) in self._rows(sql, owner))

    # ── writing ──────────────────────────────────────────────────────────────

    def keep(
        self,
        owner: str,
        before: Sequence[Exchange],
        after: Sequence[Exchange],
        around: Callable[[Exchange], Around] = lambda _: {},
    ) -> None:
        """Keep what a conversation has become. Those of `before` that are not in `after` were
        taken back and are deleted, but for the oldest, which a page shows no more. The
        conversation is the one that any of them is in, or a new one."""
        ids, stay = [e.answer_id for e in before], {e.answer_id for e in after}
        shown = next((n for n, i in enumerate(ids) if i in stay), 0)  # older ones are not shown
        gone = [i for i in ids[shown:] if i not in stay]
        known = {e.answer_id: e for e in before}
        new = [e for e in after if known.get(e.answer_id) != e or e.answer_id in self._missed]
        beside = [json.dumps({n: astuple(s) for n, s in around(e).items()}) for e in new]
        anew = (before[0], after[0]) if before and after and ids[0] in gone else None

        def work() -> bool:
            with self._connection as c:
                where = self._where(owner, [*ids, *stay])
                if where is None and not after:
                    return True
                where = where or self._begin(owner, new or after)
                self._remove(where, gone)
                self._add(where, list(zip(new, beside, strict=True)))
                if anew:
                    titles = [_title(e.question) for e in reversed(anew)]
                    sql = "UPDATE conversations SET title = ? WHERE id = ? AND title = ?"
                    c.execute(sql, (titles[0], where, titles[1]))
                c.execute(
                    "UPDATE conversations SET changed = julianday('now') WHERE id = ?", (where,)
                )
                c.execute("INSERT OR REPLACE INTO owners VALUES (?, ?)", (owner, where))
                c.execute(
                    "DELETE FROM conversations WHERE id = ? AND NOT EXISTS"
                    " (SELECT 1 FROM exchanges WHERE conversation = conversations.id)",
                    (where,),
                )
            return True

        tried = {e.answer_id for e in new}
        if self._do(work, False):
            self._missed -= tried
            self.problem = self._lasting
        else:
            self._missed |= tried

    def set_current(self, owner: str, conversation_id: str) -> None:
        sql = "INSERT OR REPLACE INTO owners VALUES (?, ?)"
        self._write(sql, owner, conversation_id or None)

    def rename(self, owner: str, conversation_id: str, title: str) -> None:
        """Give a conversation another title; an empty one is none."""
        if title := _title(title):
            sql = "UPDATE conversations SET title = ? WHERE owner = ? AND id = ?"
            self._write(sql, title, owner, conversation_id)

    def delete(self, owner: str, conversation_id: str) -> None:
        self._write("DELETE FROM conversations WHERE owner = ? AND id = ?", owner, conversation_id)

    def delete_all(self, owner: str) -> None:
        self._write("DELETE FROM conversations WHERE owner = ?", owner)

    # ── within ───────────────────────────────────────────────────────────────

    def _where(self, owner: str, ids: Sequence[str]) -> str | None:
        for answer_id in ids:
            row = self._connection.execute(
                "SELECT c.id FROM exchanges e JOIN conversations c ON c.id = e.conversation"
                " WHERE c.owner = ? AND e.id = ?",
                (owner, answer_id),
            ).fetchone()
            if row:
                return str(row[0])
        return None

    def _remove(self, where: str, ids: Sequence[str]) -> None:
        sql = "DELETE FROM exchanges WHERE id = ? AND conversation = ?"
        self._connection.executemany(sql, [(i, where) for i in ids])

    def _add(self, where: str, new: Sequence[tuple[Exchange, str]]) -> None:
        sql = "SELECT coalesce(max(number), 0) FROM exchanges WHERE conversation = ?"
        (last,) = self._connection.execute(sql, (where,)).fetchone()
        rows = [
            (e.answer_id, last + n, where, storing.dumps(e), around, _words(e))
            for n, (e, around) in enumerate(new, start=1)
        ]
        self._connection.executemany(_INSERT, rows)

    def _begin(self, owner: str, kept: Sequence[Exchange]) -> str:
        made = secrets.token_hex(12)
        self._connection.execute(
            "INSERT INTO conversations (id, owner, title) VALUES (?, ?, ?)",
            (made, owner, _title(kept[0].question) or "(no question)"),
        )
        return made

    def _rows(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        return self._do(lambda: self._connection.execute(sql, values).fetchall(), [])

    def _write(self, sql: str, *values: str | None) -> None:
        def work() -> None:
            with self._connection as c:
                c.execute(sql, values)

        self._do(work, None)

    def _do(self, work: Callable[[], _Value], otherwise: _Value) -> _Value:
        with self._lock:
            try:
                return work()
            except UnicodeEncodeError:  # half a surrogate pair was sent, and no row has it
                return otherwise
            except sqlite3.Error as error:
                self.problem = f"the conversations can't be read or written ({error})"
                log.warning(self.problem)
                return otherwise


def _open(path: Path | None) -> sqlite3.Connection:
    """Raises HistoryFault, sqlite3.Error or OSError when the file can't be used."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # a conversation is nobody else's business
    connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise HistoryFault(
                f"it was made by a newer version of pp_qa (format {version}, this one reads"
                f" {VERSION}): upgrade pp_qa"
            )
        (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise HistoryFault("it is damaged: move it away")
        if not version:
            _make(connection)
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != _APPLICATION:
            raise HistoryFault("it is no file of pp_qa's: move it away")
    except BaseException:
        connection.close()
        raise
    return connection


def _make(connection: sqlite3.Connection) -> None:
    try:
        connection.executescript(_SCHEMA)
    except sqlite3.OperationalError as error:
        connection.rollback()
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # the disk or the system
            raise  # else another server has made them just now, or the file is another program's


def _why(path: Path | None, error: Exception) -> str:
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        error = HistoryFault("it is damaged: move it away")
    return f"{path} can't be used ({error})"


def _kept(value: str, around: str) -> Kept:
    """An exchange from its row; what can't be read is one with a problem."""
    try:
        beside = {int(n): Surroundings(*facts) for n, facts in json.loads(around).items()}
        return Kept(storing.loads(value), beside)
    except (ValueError, TypeError, AttributeError) as error:
        log.warning("a kept answer can't be read: %s", error)
        return Kept(Exchange(1, "", problem="This answer was kept, but can't be read."), {})


def _title(text: str) -> str:
    whole = " ".join(text.encode("utf-8", "replace").decode().split())
    return whole if len(whole) <= _LONGEST_TITLE else whole[: _LONGEST_TITLE - 1] + "…"


def _words(exchange: Exchange) -> str:
    """What a search looks in: the nearest text of an abstention is no part of what was said."""
    quotes = exchange.citations if exchange.answers else ()
    text = "\n".join([exchange.question, *(c.quote.text for c in quotes)])
    return text.casefold().encode("utf-8", "replace").decode()
