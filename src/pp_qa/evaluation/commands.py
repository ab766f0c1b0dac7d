"""`pp-qa eval` and `pp-qa calibrate`, as functions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pp_qa.composing import make_embedder, make_observer, make_reader
from pp_qa.evaluation.calibrating import collect, fit
from pp_qa.evaluation.report import figures
from pp_qa.evaluation.run import Outcome, is_scoped, run, suite_index
from pp_qa.evaluation.suites import load_suite
from pp_qa.types import Progress

if TYPE_CHECKING:
    from pp_qa.models.calibration import Calibration
    from pp_qa.protocols import ProgressCallback
    from pp_qa.settings import Settings


def evaluate_on(
    folder: Path,
    split: str,
    limit: int | None,
    scoped: bool | None,
    settings: Settings,
    progress: ProgressCallback,
) -> dict[str, Any]:
    """The figures of one suite. Raises UsageError when the folder is no suite."""
    suite = load_suite(folder, split)
    embedder = make_embedder(settings)
    reader, threshold = make_reader(settings, embedder)
    store = suite_index(suite, embedder, settings, progress)
    within = is_scoped(suite, store) if scoped is None else scoped
    questions = list(suite.questions)
    if limit is not None:
        questions = random.Random(0).sample(questions, min(limit, len(questions)))
    outcomes: list[Outcome] = []
    for outcome in run(questions, store, embedder, reader, settings, within):
        outcomes.append(outcome)
        progress(Progress("asking", len(outcomes), len(questions), "questions"))
    return {"scoped": float(within)} | figures(outcomes, threshold)


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
    for folder in folders:
        whole, asked = load_suite(folder), load_suite(folder, split)
        store = suite_index(whole, embedder, settings, progress)
        scoped = is_scoped(asked, store)
        found = list(collect(asked, store, embedder, observer, settings, scoped))
        say(f"{asked.name}: {len(found)} questions, {'scoped' if scoped else 'open'}")
        examples += found
    return fit(examples, observer)
