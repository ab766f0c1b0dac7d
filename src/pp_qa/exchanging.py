"""A follow-up that puts one thing in another's place: "And Turkey?" after "How did Russia react?".

What it can be put in place of shows in the question before: a name, a year, the one thing asked
about. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

NAME = re.compile(r"(?:(?<=[\w,] )|(?<=\())(?!I\b)[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*")
PLACED = re.compile(r"\b(?:in|at|from|to|of|on|near|into) $")
ASKS = re.compile(
    r"(?:what|who|whom|whose|which|where|when|why|how|is|are|was|were|do|does|did|has|have|had|can"
    r"|could|will|would|should|shall|may|tell|name|list|give|explain|describe)\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"(?:(?:no|sorry)\b,? )*(?:i meant?|(?:and |or )?(?:what|how) about|and|or) "
    r"(?:(?P<with>in|at|for|from|by|of|on|to|with) )?(?P<name>(?:the )?[A-Z][^?!.,;:]*|\d{4})[?!.]*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b\d{4}\b")
_OF_A_THING = re.compile(
    r"(?P<asks>(?:who|what|when|where|how(?: \w+)?) (?:is|are|was|were) )the [\w’'-]+"
    r"(?: (?!(?:about|at|by|for|from|in|of|on|to|with)\b)[\w’'-]+){0,3} ?\?*",
    re.IGNORECASE,
)
"""A question of one thing, and no more: "How long is the notice period?"."""


def instead(question: str) -> re.Match[str] | None:
    """What a question puts in another's place. "And who …?" does no such thing."""
    new = _INSTEAD.match(question)
    return None if new is None or ASKS.match(new["name"]) else new


def exchanged(question: str, before: str) -> str:
    """The question before, of what this one puts in its place. Nothing where it puts nothing there,
    and where the one before doesn't show what is meant to go."""
    new = instead(question)
    if new is None:
        return ""
    name = new["name"].strip()
    if name.isdecimal():
        places = list(_YEAR.finditer(before))
    elif name.removeprefix("the ")[:1].isupper():
        places = _names(before, new["with"])
    else:
        places = []
    if len(places) == 1:
        return before[: places[0].start()].removesuffix("the ") + name + before[places[0].end() :]
    asked = _OF_A_THING.fullmatch(before)
    if asked is None or new["with"] or not name.startswith("the "):
        return ""
    return f"{asked['asks']}{name}?"


def _names(before: str, preposition: str | None) -> list[re.Match[str]]:
    """The names of a question, of which one may go: where one comes "in" a place, those of places,
    and those in brackets, of which nothing tells what they are."""
    names = list(NAME.finditer(before))
    if preposition is None:
        return names
    place = f" {preposition.lower()} "
    same = [n for n in names if before[: n.start()].lower().endswith(place)]
    return same or [
        n for n in names if PLACED.search(before[: n.start()]) or "(" in before[: n.start()]
    ]


def name_put_in(question: str) -> str:
    """The name in lower case that a follow-up puts in another's place ("what about ukraine?"), if
    it is one: `as_written` tells."""
    new = instead(question)
    name = new["name"].strip().removeprefix("the ") if new else ""
    return name if name.islower() else ""


def as_written(question: str, name: str, texts: Sequence[str]) -> str:
    """The question with the name in the capitals that all of the texts give it."""
    inside = re.compile(rf"(?<=[\w,] ){re.escape(name)}\b", re.IGNORECASE)
    forms = {match[0] for text in texts for match in inside.finditer(text)}
    form = forms.pop() if len(forms) == 1 else name
    return question.replace(name, form) if form.istitle() else question
