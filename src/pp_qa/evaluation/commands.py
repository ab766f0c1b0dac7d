"""`pp-qa eval` and `pp-qa calibrate`, as functions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pp_qa.composing import load_calibration, make_embedder, make_observer
from pp_qa.errors import UsageError
from pp_qa.evaluation.calibrating import collect, fit
from pp_qa.evaluation.mistakes import describe, kind_of
from pp_qa.evaluation.report import figures, stage_figures
from pp_qa.evaluation.run import Outcome, is_scoped, run_stages, suite_index
from pp_qa.evaluation.stages import make_stages
from pp_qa.evaluation.suites import load_suite
from pp_qa.models.reading import CalibratedReader
from pp_qa.types import Progress

if TYPE_CHECKING:
    from pp_qa.models.calibration import Calibration
    from pp_qa.protocols import ProgressCallback
    from pp_qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is measured on a suite, and the questions that went wrong, each as a JSON value."""

    facts: dict[str, Any]
    mistakes: list[dict[str, Any]]


def evaluate_on(
    folder: Path,
    split: str,
    limit: int | None,
    scoped: bool | None,
    settings: Settings,
    progress: ProgressCallback,
    *,
    by_stage: bool = False,
) -> Evaluation:
    """One suite's figures, at the threshold in force; with those of each stage of the pipeline
    under `stages` when asked for. Raises UsageError when the folder is no suite."""
    suite = load_suite(folder, split)
    embedder = make_embedder(settings)
    observer = make_observer(settings, embedder)
    fitted = load_calibration(settings, observer)
    reader = CalibratedReader(observer, fitted)
    threshold = fitted.threshold if settings.min_confidence is None else settings.min_confidence
    store = suite_index(suite, embedder, settings, progress)
    within = is_scoped(suite, store) if scoped is None else scoped
    questions = list(suite.questions)
    if limit is not None:
        questions = random.Random(0).sample(questions, min(limit, len(questions)))
    stages = make_stages(observer, reader, settings)[0 if by_stage else -1 :]
    outcomes: dict[str, list[Outcome]] = {stage.name: [] for stage in stages}
    asked = run_stages(questions, store, embedder, stages, settings, within)
    for done, found in enumerate(asked, start=1):
        for name, outcome in found.items():
            outcomes[name].append(outcome)
        progress(Progress("asking", done, len(questions), "questions"))
    whole = outcomes[stages[-1].name]
    facts: dict[str, Any] = {"split": split, "scoped": within, "reader": settings.reader}
    facts["passage_tokens"] = settings.passage_tokens
    facts |= figures(whole, threshold)
    if by_stage:
        facts["stages"] = {name: stage_figures(those) for name, those in outcomes.items()}
    kinds = [(outcome, kind_of(outcome, threshold)) for outcome in whole]
    return Evaluation(facts, [describe(o, kind, store) for o, kind in kinds if kind])


def check_writable(file: Path) -> None:
    """Raises UsageError when a file can't be written. What it holds stays."""
    try:
        file.open("a").close()
    except OSError as error:
        raise UsageError(f"can't write to {file} ({error.strerror})") from error


def keep_mistakes(file: Path, mistakes: Sequence[dict[str, Any]]) -> None:
    """One JSON value a line. Raises UsageError when the file can't be written."""
    lines = (json.dumps(mistake, ensure_ascii=False) + "\n" for mistake in mistakes)
    try:
        file.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"can't write to {file} ({error.strerror})") from error


def calibrate_on(
    folders: Sequence[Path],
    split: str,
    settings: Settings,
    progress: ProgressCallback,
    say: Callable[[str], None],
) -> Calibration:
    """A calibration for the settings' model. Raises UsageError when a folder is no suite."""
    embedder = make_embedder(settings)
    observer = make_observer(settings, embedder)
    examples = []
    # All are read first: what is no suite is said before the others are asked for an hour.
    for whole, asked in [(load_suite(f), load_suite(f, split)) for f in folders]:
        store = suite_index(whole, embedder, settings, progress)
        scoped = is_scoped(asked, store)
        found = list(collect(asked, store, embedder, observer, settings, scoped))
        say(f"{asked.name}: {len(found)} questions, {'scoped' if scoped else 'open'}")
        examples += found
    return fit(examples, observer)
