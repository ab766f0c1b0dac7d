"""Suites are read, run, reported and fitted on, with a suite small enough to know by heart."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pp_qa.errors import ModelError, UsageError
from pp_qa.evaluation.calibrating import collect, fit
from pp_qa.evaluation.report import figures, table
from pp_qa.evaluation.run import is_scoped, run, suite_index
from pp_qa.evaluation.suites import load_suite
from pp_qa.models import calibration
from pp_qa.models.reading import CalibratedReader, Observer
from pp_qa.settings import load_settings
from pp_qa.testing import FakeEmbedder

ANIMALS = ("heron", "badger", "otter", "lynx", "marten", "beaver", "falcon", "adder")
PLACES = ("river", "forest", "lake", "mountain", "meadow", "swamp", "cliff", "heath")


def write_suite(folder: Path, rows: list[dict[str, Any]], texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    corpus = [{"id": k, "title": k, "text": v} for k, v in texts.items()]
    for name, lines in (("corpus", corpus), ("questions", rows)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return folder


@pytest.fixture
def suite_folder(tmp_path: Path) -> Path:
    """A document for each animal; questions about where it lives, and about what none says."""
    texts, rows = {}, []
    for animal, place in zip(ANIMALS, PLACES, strict=True):
        fact = f"The {animal} lives by the {place} in summer."
        texts[animal] = f"\ufeffA page on one animal.\r\n\r\n{fact} It sleeps a lot."
        start = texts[animal].index(fact)
        gold = [{"doc": animal, "start": start, "end": start + len(fact)}]
        asked = {"need": "any", "split": "tune"}
        rows.append(
            {
                "id": f"{animal}-1",
                "question": f"Where does the {animal} live in summer?",
                "answerable": True,
                "gold": gold,
                **asked,
            }
        )
        rows.append(
            {
                "id": f"{animal}-2",
                "question": f"Who painted portraits of king {place}?",
                "answerable": False,
                "gold": [],
                **asked,
            }
        )
    return write_suite(tmp_path / "animals", rows, texts)


def test_gold_is_moved_to_canonical_text(suite_folder: Path) -> None:
    """A mark and carriage returns that loading takes away don't shift the gold ranges."""
    suite = load_suite(suite_folder)
    texts = {d.doc_id: d.text for d in suite.documents}
    for question in suite.questions:
        for gold in question.gold:
            assert gold.span is not None
            assert gold.span.of(texts[gold.doc_id]).startswith("The ")
            assert gold.span.of(texts[gold.doc_id]).endswith("summer.")


def test_what_is_no_suite_is_named(tmp_path: Path, suite_folder: Path) -> None:
    """A folder without the files, and a split without questions, are errors in a line."""
    with pytest.raises(UsageError, match="no question suite"):
        load_suite(tmp_path)
    with pytest.raises(UsageError, match="no questions of the split 'report'"):
        load_suite(suite_folder, "report")


def test_fitting_on_a_suite_tells_answerable_from_not(suite_folder: Path) -> None:
    """From the suite to a calibration that answers what has an answer and refuses the rest."""
    suite = load_suite(suite_folder, "tune")
    settings = load_settings()
    embedder = FakeEmbedder()
    store = suite_index(suite, embedder, settings, lambda _: None)
    observer = Observer(embedder)
    examples = list(collect(suite, store, embedder, observer, settings, scoped=False))
    fitted = fit(examples, observer)
    assert observer.takes(fitted)
    reader = CalibratedReader(observer, fitted)
    outcomes = list(run(suite.questions, store, embedder, reader, settings, scoped=False))
    facts = figures(outcomes, fitted.threshold)
    assert facts["first_quote_right"] == 1.0
    assert facts["recall@1"] == 1.0
    assert facts["auroc"] > 0.95
    assert facts["unanswerable_refused"] > 0.8
    assert facts["answerable_refused"] < 0.3
    assert "recall@5" in table("animals", facts)


def test_a_calibration_is_kept_and_read_again(tmp_path: Path) -> None:
    """What `calibrate` saves is what `ask` uses."""
    shipped = calibration.shipped("similarity")
    shipped.save(tmp_path / "deep" / "calibration.json")
    assert calibration.load(tmp_path / "deep" / "calibration.json") == shipped


def test_a_calibration_for_other_features_is_refused() -> None:
    """Weights that don't fit the features are named, not a crash at the first question."""
    shipped = calibration.shipped("similarity")
    for weights in ({"bias": 0.0}, dict(shipped.reply_weights) | {"charm": 1.0}):
        with pytest.raises(ModelError, match="pp-qa calibrate"):
            CalibratedReader(Observer(FakeEmbedder()), replace(shipped, reply_weights=weights))


def test_a_suite_is_indexed_once(suite_folder: Path) -> None:
    """The second run of a suite embeds nothing."""
    suite = load_suite(suite_folder)
    settings = load_settings()
    suite_index(suite, FakeEmbedder(), settings, lambda _: None)
    again = FakeEmbedder()
    suite_index(suite, again, settings, lambda _: None)
    assert again.embedded == []


def test_questions_are_scoped_only_where_there_is_something_to_find(tmp_path: Path) -> None:
    """A question written for one document is asked in it when it has several passages."""
    long = "\n\n".join(f"Sentence {i} of the page. " * 40 for i in range(20))
    for name, text, expected in (("long", long, True), ("short", "One sentence.", False)):
        rows = [
            {
                "id": "1",
                "question": "Which sentence?",
                "answerable": False,
                "gold": [],
                "need": "any",
                "split": "tune",
                "scope": "d",
            }
        ]
        suite = load_suite(write_suite(tmp_path / name, rows, {"d": text}))
        store = suite_index(suite, FakeEmbedder(), load_settings(), lambda _: None)
        assert is_scoped(suite, store) is expected
