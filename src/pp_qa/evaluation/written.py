"""Question suites written by hand: a folder of texts, and beside `NAME.txt` what is asked of it, in
`NAME.jsonl`, a line for each question:

    {"question": "…", "answers": ["exact excerpt", …], "need": "any", "split": "report"}

An excerpt is gold wherever it stands in the text; without any, the text doesn't answer. `need` (`any` or
`all` of the excerpts) and `split` may be left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pp_qa.asked import checked_question
from pp_qa.errors import QuestionError, UsageError


def is_written(folder: Path) -> bool:
    return any(text.with_suffix(".jsonl").is_file() for text in folder.glob("*.txt"))


def written_rows(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Documents and questions, as the files of other suites have them. Raises UsageError, with file and
    line, for a question that isn't one, and for an excerpt that its text doesn't have."""
    documents: list[dict[str, Any]] = []
    questions: list[dict[str, Any]] = []
    for place in sorted(folder.glob("*.txt")):
        text = place.read_text(encoding="utf-8-sig")
        title = text.strip().partition("\n")[0]
        documents.append({"id": place.stem, "title": title, "text": text})
        lines = place.with_suffix(".jsonl")
        if lines.is_file():
            questions += _questions(lines, place.stem, text)
    return documents, questions


def _questions(lines: Path, doc_id: str, text: str) -> Iterator[dict[str, Any]]:
    # No other line end: a question may hold one of those that only Unicode knows.
    for number, line in enumerate(lines.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            gold = [place for answer in _answers(row) for place in _places(answer, text)]
            yield {
                "id": f"{doc_id}-{number}",
                "question": checked_question(row["question"]),
                "answerable": bool(gold),
                "gold": [{"doc": doc_id, "start": a, "end": b} for a, b in gold],
                "need": _one_of(row, "need", "any", "all"),
                "split": _one_of(row, "split", "report", "tune", "train"),
                "scope": doc_id,
            }
        except (ValueError, TypeError, KeyError, QuestionError) as error:
            raise UsageError(
                f"{lines.name}, line {number}, is no question ({error}); it needs a question and"
                " answers, a list of exact excerpts of the text"
            ) from error


def _answers(row: Mapping[str, Any]) -> list[str]:
    answers = row["answers"]
    if not isinstance(answers, list):
        raise ValueError(f"answers: {answers!r} is no list")
    return answers


def _places(answer: str, text: str) -> list[tuple[int, int]]:
    found = [m.span() for m in re.finditer(re.escape(answer), text)] if answer else []
    if not found:
        raise ValueError(f"the text doesn't have {answer!r}")
    return found


def _one_of(row: Mapping[str, Any], name: str, *choices: str) -> str:
    """What stands under the name; the first of the choices where nothing does."""
    given = row.get(name, choices[0])
    if given not in choices:
        raise ValueError(f"{name}: {given!r} is none of {', '.join(choices)}")
    return str(given)
