"""The suites of our own: what is learned from, calibrated by and measured is kept apart."""

from __future__ import annotations

from pathlib import Path

from pp_qa.evaluation.suites import Suite, load_suite

ROOT = Path(__file__).parent.parent


def splits(suite: Suite) -> dict[str, set[str]]:
    """The documents by the split of their questions."""
    found: dict[str, set[str]] = {}
    for question in suite.questions:
        found.setdefault(question.split, set()).add(question.scope or "")
    return found


def test_no_document_is_learned_from_and_measured_too() -> None:
    learned = splits(load_suite(ROOT / "training" / "everyday"))
    measured = splits(load_suite(ROOT / "benchmarks" / "everyday"))
    assert learned.keys() == {"train"}
    assert measured.keys() == {"tune", "report"}
    assert learned["train"].isdisjoint(measured["tune"] | measured["report"])
    assert measured["tune"].isdisjoint(measured["report"])


def test_every_document_has_questions_with_and_without_an_answer() -> None:
    for folder in ("training", "benchmarks"):
        suite = load_suite(ROOT / folder / "everyday")
        for document in suite.documents:
            own = [q.answerable for q in suite.questions if q.scope == document.doc_id]
            assert True in own, document.doc_id
            assert False in own, document.doc_id
