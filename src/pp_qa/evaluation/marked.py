"""A question suite made of what people marked on the page, for `pp-qa eval` and `calibrate`.

A quote that was liked is gold, wherever its text stands now. A question all of whose quotes were
called wrong, or whose abstention was called right, is one that had better be refused. An abstention
that was called wrong is an answerable question; its gold is the nearest text that was liked, if
any. Half of the questions, by their words, are for fitting (`tune`), half for measuring (`report`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pp_qa.errors import FilterError, UsageError
from pp_qa.feedback import Mark
from pp_qa.protocols import IndexStore


@dataclass(frozen=True, slots=True)
class Made:
    """What became of the marks: questions by split, and why some are of no use."""

    answerable: int
    unanswerable: int
    splits: dict[str, int]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Asked:
    """What was said of one question, by everybody."""

    liked: list[Mark] = field(default_factory=list)
    wrong: list[Mark] = field(default_factory=list)


def write_suite(folder: Path, marks: Sequence[Mark], store: IndexStore) -> Made:
    """The suite in a folder. Raises UsageError when there is nothing to make it of, or the folder
    can't be written."""
    asked: dict[str, _Asked] = {}
    for mark in (m for m in marks if m.mark):
        of = asked.setdefault(" ".join(mark.question.split()), _Asked())
        (of.liked if mark.mark == "like" else of.wrong).append(mark)
    rows, lost, open_ = [], 0, 0
    for question, said in asked.items():
        row, missing = _question(question, said, store)
        lost += missing
        open_ += row is None
        rows += [row] if row else []
    if not rows:
        raise UsageError(
            "nothing was marked that a suite could be made of; mark quotes on the page first"
        )
    notes = [f"{lost} marks are on text that the documents no longer have"] if lost else []
    notes += (
        [f"{open_} questions are left out: what was marked doesn't decide them"] if open_ else []
    )
    documents = [store.document(d.doc_id) for d in store.documents()]
    texts = ({"id": d.doc_id, "title": d.title, "text": d.text} for d in documents)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "corpus.jsonl.gz", texts)
        _write(folder / "questions.jsonl.gz", rows)
    except OSError as error:
        raise UsageError(f"{folder} can't be written ({error.strerror}); name another") from error
    splits = [r["split"] for r in rows]
    return Made(
        sum(r["answerable"] for r in rows),
        sum(not r["answerable"] for r in rows),
        {name: splits.count(name) for name in ("tune", "report")},
        tuple(notes),
    )


def _question(text: str, said: _Asked, store: IndexStore) -> tuple[dict[str, Any] | None, int]:
    """A row of the suite, or None where the marks don't decide; and how many marks are lost."""
    quotes = [m for m in said.liked if m.number]
    places = [place for m in quotes if (place := _place(m, store))]
    gold = [g for n, g in enumerate(places) if g not in places[:n]]
    there = any(not m.number for m in said.wrong)
    right_no = any(not m.number for m in said.liked)
    if not (gold or there or right_no or _all_wrong(said)) or (right_no and (gold or there)):
        return None, len(quotes) - len(places)
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    row = {
        "id": digest[:16],
        "question": text,
        "answerable": bool(gold) or there,
        "gold": gold,
        "need": "any",
        "split": "tune" if int(digest[:8], 16) % 2 else "report",
    }
    return row, len(quotes) - len(places)


def _all_wrong(said: _Asked) -> bool:
    """Whether every quote of one answer was called wrong."""
    answers: dict[tuple[str, str], set[int]] = {}
    for m in said.wrong:
        answers.setdefault((m.owner, m.answer), set()).add(m.number)
    return any(
        len(answers[m.owner, m.answer]) == m.quotes for m in said.wrong if m.answered and m.number
    )


def _place(mark: Mark, store: IndexStore) -> dict[str, Any] | None:
    """Where a marked text stands now: in its place, or in the only one where its document has it."""
    try:
        text = store.document(mark.document).text
    except FilterError:
        return None
    start = mark.start
    if not mark.text or text[mark.start : mark.end] != mark.text:
        if not mark.text or text.count(mark.text) != 1:
            return None
        start = text.index(mark.text)
    return {"doc": mark.document, "start": start, "end": start + len(mark.text)}


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8", errors="replace") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
