"""Question suites: a folder with `corpus.jsonl.gz` and `questions.jsonl.gz`.

A document is `{"id", "title", "text"}`; a question `{"id", "question", "answerable", "gold",
"need", "split"}` and, where it applies, `history` and `scope`. Gold is a list of `{"doc",
"start", "end"}`, half-open ranges of code points into the document's text; no range means the
whole document. `need` says whether any range is enough or all are asked for. What people write by
hand is simpler: see `evaluation.written`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pp_qa.errors import UsageError
from pp_qa.evaluation.written import is_written, written_rows
from pp_qa.loading.plain import LOADER
from pp_qa.text import canonical
from pp_qa.types import Document, Span, Turn


@dataclass(frozen=True, slots=True)
class Gold:
    """Where an answer stands; no span means that the whole document is relevant."""

    doc_id: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a suite; `scope` is the doc_id it was written for, if any."""

    question_id: str
    text: str
    answerable: bool
    gold: tuple[Gold, ...]
    need: Literal["any", "all"]
    split: str
    history: tuple[Turn, ...] = ()
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Documents and the questions asked of them."""

    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


def load_suite(folder: Path, split: str | None = None) -> Suite:
    """A suite with the questions of one split, or all.

    Raises UsageError when the folder holds none, or none of that split.
    """
    try:
        documents, asked = suite_rows(folder)
        texts = {row["id"]: row for row in documents}
        questions = tuple(
            _question(row, texts) for row in asked if split is None or row["split"] == split
        )
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{folder} is no question suite ({error!r}); it needs texts with questions beside them,"
            " NAME.txt and NAME.jsonl (docs/evaluation.md says how), or corpus.jsonl.gz and"
            " questions.jsonl.gz"
        ) from error
    if not questions:
        raise UsageError(f"{folder} has no questions of the split {split!r}")
    return Suite(folder.resolve().name, tuple(_document(r) for r in texts.values()), questions)


def suite_rows(folder: Path) -> tuple[Iterable[dict[str, Any]], Iterable[dict[str, Any]]]:
    """Documents and questions as they stand there, of a suite of either kind."""
    if is_written(folder):
        return written_rows(folder)
    return _rows(folder / "corpus.jsonl.gz"), _rows(folder / "questions.jsonl.gz")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _document(row: Mapping[str, Any]) -> Document:
    """A suite's text, loaded as the plain text file it would be."""
    return LOADER.load(Path(f"{row['id']}.txt"), row["id"], row["text"].encode())


def _question(row: Mapping[str, Any], texts: Mapping[str, Mapping[str, Any]]) -> Question:
    history = tuple(Turn(turn["role"], turn["text"]) for turn in row.get("history") or ())
    return Question(
        question_id=row["id"],
        text=row["question"],
        answerable=row["answerable"],
        gold=tuple(_gold(g, texts) for g in row["gold"]),
        need=row["need"],
        split=row["split"],
        history=history,
        scope=row.get("scope"),
    )


def _gold(gold: Mapping[str, Any], texts: Mapping[str, Mapping[str, Any]]) -> Gold:
    """A gold range in canonical text, which can be shorter than the suite's own."""
    if gold.get("start") is None:
        return Gold(gold["doc"], None)
    text = texts[gold["doc"]]["text"]
    start, end = (len(canonical(text[: gold[edge]])) for edge in ("start", "end"))
    return Gold(gold["doc"], Span(start, end))
