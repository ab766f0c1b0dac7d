"""How good: `pp-qa eval` over every suite in a folder, and our own, stage by stage; then the figures are drawn and
set into the documentation. `make bench-suites SUITES=…` runs this."""

from __future__ import annotations

import sys
from pathlib import Path

import figures
from keeping import keep

from pp_qa.errors import UsageError
from pp_qa.evaluation.commands import evaluate_on
from pp_qa.evaluation.report import table
from pp_qa.interfaces.terminal import progress_bar
from pp_qa.settings import load_settings

EVERYDAY = Path(__file__).parent / "everyday"
LIMIT = 2_000
"""Questions asked of one suite, at random with a fixed seed, unless another number is given."""


def main() -> None:
    folder = Path(sys.argv[1])
    limit = int(sys.argv[2]) if len(sys.argv) > 2 else LIMIT
    settings = load_settings()
    suites = sorted(p for p in folder.iterdir() if (p / "questions.jsonl.gz").is_file())
    for suite in (*suites, EVERYDAY):
        try:
            with progress_bar() as progress:
                found = evaluate_on(suite, "report", limit, None, settings, progress, by_stage=True)
        except UsageError:
            continue  # a suite without a report split is there to be trained on
        print(table(suite.resolve().name, found.facts), flush=True)
        keep(f"suite-{suite.resolve().name}", found.facts)
    figures.main()


if __name__ == "__main__":
    main()
