"""`pp-qa eval`, `calibrate` and `feedback`: question suites asked, fitted on, and made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pp_qa.interfaces.options import NO_VALUE, AsJson, Index, print_result, settings_for
from pp_qa.interfaces.terminal import complain, progress_bar


def calibrate(
    suites: Annotated[list[Path], typer.Argument(help="Folders of question suites.")],
    split: Annotated[str, typer.Option(help="Fit on the questions of this split.")] = "tune",
    output: Annotated[
        Path | None, typer.Option(help="Where to; by default the index folder.", show_default=False)
    ] = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Fit the score, the confidence and the threshold for abstaining on question suites."""
    from dataclasses import asdict

    from pp_qa.composing import CALIBRATION
    from pp_qa.evaluation.commands import calibrate_on
    from pp_qa.models.calibration import check_writable

    settings = settings_for(None, index)
    target = output or settings.index_dir / CALIBRATION
    check_writable(target)  # what can't be is said before an hour of asking
    with progress_bar() as progress:
        fitted = calibrate_on(suites, split, settings, progress, complain)
    fitted.save(target)
    lines = [f"{suite}: {facts}" for suite, facts in fitted.figures.items()]
    lines.append(f"abstains below a confidence of {fitted.threshold:.3f}; saved as {target}")
    print_result(asdict(fitted), as_json, "\n".join(lines))


def feedback(
    folder: Annotated[Path, typer.Argument(help="Where to: the folder of a new suite.")],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Make a question suite of what was marked on the page, for eval and calibrate."""
    from dataclasses import asdict

    from pp_qa.evaluation.marked import write_suite
    from pp_qa.feedback import FILE, read
    from pp_qa.stores.local import LocalStore

    root = settings_for(None, index).index_dir
    made = write_suite(folder, read(root / FILE), LocalStore.open(root))
    halves = ", ".join(f"{n} to {name}" for name, n in made.splits.items())
    count = f"{made.answerable} answerable and {made.unanswerable} unanswerable questions"
    print_result(asdict(made), as_json, "\n".join([*made.notes, f"{count} ({halves}) in {folder}"]))


def evaluate(
    suite: Annotated[Path, typer.Argument(help="The folder of a question suite.")],
    split: Annotated[str, typer.Option(help="Ask the questions of this split.")] = "report",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many, at random.", show_default=False)
    ] = None,
    scoped: Annotated[
        bool | None,
        typer.Option(
            "--scoped/--open",
            metavar=NO_VALUE,
            help="Ask within the document a question is for, or all.",
        ),
    ] = None,
    stages: Annotated[
        bool,
        typer.Option(
            "--stages", metavar=NO_VALUE, help="Measure each stage: one leg, both, with a reader."
        ),
    ] = False,
    wrong: Annotated[
        Path | None,
        typer.Option(help="Write what went wrong there, a JSON value a line.", show_default=False),
    ] = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Measure retrieval, quotes and abstention on a question suite."""
    from pp_qa.evaluation.commands import check_writable, evaluate_on, keep_mistakes
    from pp_qa.evaluation.report import table

    settings = settings_for(None, index)
    if wrong:
        check_writable(wrong)  # what can't be is said before an hour of asking
    with progress_bar() as progress:
        found = evaluate_on(suite, split, limit, scoped, settings, progress, by_stage=stages)
    if wrong:
        keep_mistakes(wrong, found.mistakes)
        complain(f"{len(found.mistakes)} questions went wrong; they are in {wrong}")
    print_result(found.facts, as_json, table(f"{suite.resolve().name} ({split})", found.facts))
