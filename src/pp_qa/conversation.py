"""A follow-up made into a question that stands alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pp_qa.types import Turn

_POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|the (?:former|latter|other|same))\b"
    r"|\b(?:this|that|these|those|there|one|ones|else|same|such|then)\s*(?:[?.!,]|$)"
    r"|^(?:why|how|when|where|what|who|which|is|was|does|did|do|can|could)\s+"
    r"(?:\w+\s+)?(?:this|that|these|those)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=\s)[A-Z][\w’'-]+")
_GOES_ON = re.compile(
    r"(?:and|but|so|or|also|then|what about|how about|what else|who else|tell me more|more|why"
    r"|really|yes|no|ok|okay|i mean|i meant)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 3
"""A question this short ("When?", "In which year?") leaves something out."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The text to search for: where `question` is a follow-up, the user's previous question and
    this one, so that what "it" and "he" stand for is searched for too; else `question` alone,
    for a new question must not be answered from the old one's passages."""
    before = [turn.text.strip() for turn in history if turn.role == "user" and turn.text.strip()]
    return f"{before[-1]} {question}" if before and is_follow_up(question) else question


def is_follow_up(question: str) -> bool:
    """Whether a question can't be understood without what was said before it: it is very
    short, goes on from something, or says "he" or "that" before it names anyone."""
    if len(question.split()) <= _FEW_WORDS or _GOES_ON.match(question):
        return True
    back, name = _POINTS_BACK.search(question), _NAME.search(question)
    return back is not None and (name is None or back.start() < name.start())
