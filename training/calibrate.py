"""Fits the calibration that ships: `python -m training.calibrate SUITES`. On the tune splits, and of
the articles that the network was trained on only those held out, since it knows the others."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from pp_qa.composing import make_embedder, make_observer
from pp_qa.evaluation.calibrating import MOST, Example, collect, fit
from pp_qa.evaluation.run import is_scoped, suite_index
from pp_qa.evaluation.suites import Question, load_suite
from pp_qa.models.calibration import SHIPPED
from pp_qa.settings import load_settings
from training.corpus import is_held_out

SUITES = ("squad", "squad2", "clapnq", "mtrag")
EVERYDAY = Path(__file__).parent.parent / "benchmarks" / "everyday"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", type=Path)
    parser.add_argument("--limit", type=int, default=MOST, help="questions of one suite")
    given = parser.parse_args()
    settings = load_settings()
    embedder = make_embedder(settings)
    observer = make_observer(settings, embedder)
    examples: list[Example] = []
    for place in (*(given.suites / name for name in SUITES), EVERYDAY):
        name, whole = place.name, load_suite(place)
        tuned = tuple(q for q in whole.questions if q.split == "tune" and _is_unseen(name, q))
        store = suite_index(whole, embedder, settings, lambda _: None)
        suite = replace(whole, questions=tuned)
        examples += collect(
            suite, store, embedder, observer, settings, is_scoped(suite, store), given.limit
        )
        print(f"{name}: {len(tuned)} questions, {len(examples)} examples in all", flush=True)
    fitted = fit(examples, observer)
    target = Path(__file__).parent.parent / "src/pp_qa/models" / SHIPPED[settings.reader]
    fitted.save(target)
    for name, figures in fitted.figures.items():
        print(name, figures)


def _is_unseen(suite: str, question: Question) -> bool:
    if suite not in ("squad", "squad2"):
        return True
    return is_held_out(suite, question.scope or question.gold[0].doc_id)


if __name__ == "__main__":
    main()
