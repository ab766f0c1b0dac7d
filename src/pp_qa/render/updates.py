"""What an update did → what people read at a terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence

from pp_qa.render.printing import count, listed, printable
from pp_qa.types import Failure, UpdateReport

_REASONS = 20
"""Reasons of failures that are printed before the rest is counted."""
_ALIKE = 3
"""Names printed of those that failed for one reason."""


def is_news(report: UpdateReport) -> bool:
    """Whether an update did, or failed to do, anything worth telling."""
    return bool(
        report.added
        or report.changed
        or report.renamed
        or report.removed
        or report.failed
        or report.notes
    )


def report_text(report: UpdateReport) -> str:
    """What an update did, or would do, every file that is not simply unchanged by name."""
    renamed = [f"{old} → {new}" for old, new in report.renamed]
    lines = [*report.notes]
    for word, names in (
        ("added", report.added),
        ("changed", report.changed),
        ("renamed", renamed),
        ("removed", report.removed),
        ("empty", report.empty),
    ):
        if names:
            lines.append(f"{word:>9}: {listed(names)}")
    lines += failure_lines("   failed", report.failed)
    lines.append(_summary(report))
    return printable("\n".join(lines))


def update_line(report: UpdateReport) -> str:
    """What an update did, in one line."""
    did = []
    sized = {i: f"{i} ({count(n, 'passage')})" for i, n in report.sizes.items()}
    for word, names in (
        ("added", [sized.get(i, i) for i in report.added]),
        ("changed", [sized.get(i, i) for i in report.changed]),
        ("renamed", [f"{old} → {new}" for old, new in report.renamed]),
        ("removed", report.removed),
    ):
        if names:
            did.append(f"{word} {listed(names, most=3)}")
    parts = [*report.notes, *did] or [f"up to date with {count(report.passages, 'passage')}"]
    return printable(f"{', '.join(parts)}, generation {report.generation}".replace("\n", " "))


def _summary(report: UpdateReport) -> str:
    counted = ", ".join(
        f"{len(files):,} {word}"
        for word, files in (
            ("added", report.added),
            ("changed", report.changed),
            ("renamed", report.renamed),
            ("removed", report.removed),
            ("unchanged", report.unchanged),
            ("failed", report.failed),
        )
        if files
    )
    if report.dry_run:
        return f"dry run, nothing was written: {counted or 'no files'}"
    return (
        f"{counted or 'no files'}; {count(report.passages, 'passage')} in generation"
        f" {report.generation}, {count(report.embedded, 'window')} embedded, {report.seconds:.1f} s"
    )


def failure_lines(word: str, failures: Sequence[Failure]) -> list[str]:
    """A line for each failure; those of the same reason share one, so that many don't hide the
    others, and reasons beyond the first are counted."""
    sources: dict[str, list[str]] = {}
    for failure in failures:
        sources.setdefault(failure.reason, []).append(failure.source)
    shown = list(sources.items())[:_REASONS]
    lines = [f"{word}: {listed(names, _ALIKE)}: {reason}" for reason, names in shown]
    if rest := len(failures) - sum(len(names) for _, names in shown):
        lines.append(f"{word}: {rest:,} more; --json lists them all")
    return lines
