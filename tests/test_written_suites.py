"""Suites that people write by hand: texts, and questions beside them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pp_qa.errors import UsageError
from pp_qa.evaluation.commands import keep_mistakes
from pp_qa.evaluation.suites import Gold, load_suite
from pp_qa.types import Span

TEXT = "Rents\n\nThe flat costs 700 euros. A parking place costs 50 euros.\n"


def write(folder: Path, *rows: object) -> Path:
    (folder / "flat.txt").write_text(TEXT, encoding="utf-8", newline="\r\n")
    (folder / "flat.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder


def test_excerpts_are_gold_wherever_they_stand(tmp_path: Path) -> None:
    rent = {"question": "What is the rent?", "answers": ["700 euros"]}
    costs = {"question": "What costs what?", "answers": ["costs"], "need": "all", "split": "tune"}
    suite = load_suite(write(tmp_path, rent, costs, {"question": "And a garden?", "answers": []}))
    (text,) = suite.documents
    found = [[g.span.of(text.text) for g in q.gold if g.span] for q in suite.questions]
    assert found == [["700 euros"], ["costs", "costs"], []]
    assert [q.answerable for q in suite.questions] == [True, True, False]
    assert [(q.need, q.split) for q in suite.questions[:2]] == [("any", "report"), ("all", "tune")]
    assert {q.scope for q in suite.questions} == {"flat"}
    assert suite.questions[0].gold == (Gold("flat", Span(22, 31)),)
    assert len(load_suite(tmp_path, "tune").questions) == 1


def test_a_file_may_be_as_editors_write_it(tmp_path: Path) -> None:
    """With a mark of its bytes' order, blank lines, and line ends within a question that only
    Unicode knows."""
    write(tmp_path, {"question": "", "answers": []})
    line = json.dumps({"question": "The\u2028rent?", "answers": ["700"]}, ensure_ascii=False)
    (tmp_path / "flat.jsonl").write_text(f"{line}\n\n{line}\n\n", encoding="utf-8-sig")
    (tmp_path / "flat.txt").write_text(TEXT, encoding="utf-8-sig")
    suite = load_suite(tmp_path)
    assert [q.text for q in suite.questions] == ["The rent?"] * 2
    assert suite.questions[0].gold == (Gold("flat", Span(22, 25)),)


def test_the_mistakes_of_a_suite_may_be_kept_beside_it(tmp_path: Path) -> None:
    """A list of mistakes in the folder makes no suite written by hand of it."""
    row = {"id": "q", "question": "Rent?", "answerable": False, "gold": [], "need": "any"}
    files = {
        "corpus": {"id": "a", "title": "A", "text": TEXT},
        "questions": row | {"split": "tune"},
    }
    for name, value in files.items():
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write(json.dumps(value) + "\n")
    keep_mistakes(tmp_path / "wrong.jsonl", [])
    assert len(load_suite(tmp_path, "tune").questions) == 1


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"question": "Rent?", "answers": ["800 euros"]}, "the text doesn't have '800 euros'"),
        ({"question": "Rent?", "answers": [""]}, "the text doesn't have ''"),
        ({"question": "Rent?", "answers": [], "split": "test"}, "split: 'test' is none of"),
        ({"question": "Rent?"}, "'answers'"),
        ({"question": "Rent?", "answers": "700 euros"}, "answers: '700 euros' is no list"),
        ({"question": 7, "answers": []}, "the question is 7"),
        ({"question": " ", "answers": []}, "the question has no words"),
        ([], "is no question"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, row: object, why: str) -> None:
    good = {"question": "What is the rent?", "answers": ["700 euros"]}
    with pytest.raises(UsageError, match=r"flat\.jsonl, line 2") as error:
        load_suite(write(tmp_path, good, row))
    assert why in str(error.value)
