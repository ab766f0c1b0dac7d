"""A follow-up made into a question that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pp_qa.types import Turn


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The text to search for: the user's previous question and this one, so that what "it" and
    "he" stand for is searched for too; the question alone where nothing was asked before."""
    before = [turn.text.strip() for turn in history if turn.role == "user" and turn.text.strip()]
    return f"{before[-1]} {question}" if before else question
