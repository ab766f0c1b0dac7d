"""A follow-up that puts one thing in another's place: "And Turkey?" after "How did Russia react?".

What it can be put in place of shows in the question before: a name, a year, the one thing asked
about, one of its kind, a phrase at the end. Pure.
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
_PREPOSITION = "(?:in|at|for|from|by|of|on|to|with|without|after|before|during|under|over)"
_ALIKE = ("(?:in|at|on)", "(?:after|before|during)")
"""What puts one phrase in another's place: where something is, and when."""
_INSTEAD = re.compile(
    r"(?:(?:no|sorry)\b,? )*"
    r"(?:(?P<surely>i meant?|(?:(?:and|or|so|but|well|then),? )?(?:what|how) about|and|or) )?"
    rf"(?:(?P<with>{_PREPOSITION}) )?"
    r"(?P<name>(?:the )?[A-Z][^?!.,;:]*?|\d{4}|\d{1,3} [^?!.,;:]*?)"
    r"(?:,? (?:please|though|too))?[?!.]*$",
    re.IGNORECASE,
)
SUBJECT = re.compile(r" ?\([^()]+\)$")
"""How what the conversation is about is put after a question. One that ends so has been understood already."""
_MAY = re.compile(r"may(?: \d{4})?", re.IGNORECASE)
"""The month, which asks nothing."""
_YEAR = re.compile(r"\b\d{4}\b")
_OF_A_THING = re.compile(
    r"(?P<asks>(?:who|what|when|where|how(?: \w+)?) (?:is|are|was|were) )the [\w’'-]+"
    r"(?: (?!(?:about|at|by|for|from|in|of|on|to|with)\b)[\w’'-]+){0,3} ?\?*",
    re.IGNORECASE,
)
"""A question of one thing, and no more: "How long is the notice period?"."""
_DETERMINER = "(?:the|an?|my|your|our)"
_THING = re.compile(rf"{_DETERMINER} (?:[\w’'-]+ ){{1,2}}(?P<kind>[\w’'-]+)", re.IGNORECASE)
"""A thing told from others of its kind: "the family plan"."""
_PHRASE_WORDS = 5
_OWNING = re.compile(r"[’']s$")


def instead(question: str) -> re.Match[str] | None:
    """What a question puts in another's place: `surely`, or perhaps where it is but a phrase ("In
    Turkey?"). "And who …?" does no such thing."""
    new = _INSTEAD.match(question)
    if new is None or (ASKS.match(new["name"]) and not _MAY.fullmatch(new["name"])):
        return None
    name = new["name"].split()
    asks = any(ASKS.fullmatch(word) for word in name[1:])
    phrase = new["with"] is not None and len(name) < _PHRASE_WORDS and not asks
    return new if new["surely"] or phrase else None


def exchanged(question: str, before: str) -> str:
    """The question before, of what this one puts in its place or adds to it. Nothing where it does
    neither, and where the one before doesn't show what is meant to go."""
    new = instead(question)
    if new is None:
        return ""
    name = new["name"].strip()
    if put := _of_its_kind(name, before) or _of_a_name(name, new["with"], before):
        return put
    asked = SUBJECT.sub("", before) if name.islower() else before  # where a name is, it may go
    put = _with_phrase(name, new["with"], asked) if new["with"] else _of_a_thing(name, asked)
    return put and put + before[len(asked) :]


def _of_its_kind(name: str, before: str) -> str:
    """ "The first floor" for "the second floor"."""
    thing = _THING.fullmatch(name)
    if thing is None:
        return ""
    kind = rf"\b{_DETERMINER} (?:[\w’'-]+ ){{0,2}}?{re.escape(thing['kind'])}(?![\w’'-])"
    places = list(re.finditer(kind, before, re.IGNORECASE))
    return _put(name, places[0], before) if len(places) == 1 else ""


def _of_a_name(name: str, preposition: str | None, before: str) -> str:
    """A name for a name, a year for a year."""
    if name.isdecimal():
        places = list(_YEAR.finditer(before))
    elif name.removeprefix("the ")[:1].isupper():
        places = _names(before, preposition)
    else:
        places = []
    return _put(name, places[0], before, before_it="the ") if len(places) == 1 else ""


def _of_a_thing(name: str, before: str) -> str:
    asked = _OF_A_THING.fullmatch(before)
    return f"{asked['asks']}{name}?" if asked and name.startswith("the ") else ""


def _with_phrase(name: str, preposition: str, before: str) -> str:
    """ "For adolescents" for the "for adults" at its end, or behind a question without a "for"."""
    known = not name.islower() and NAME.search(before)
    if known or "(" in before or preposition.lower() == "to" or len(name.split()) > _PHRASE_WORDS:
        return ""
    asked = before.rstrip(" ?.!")
    like = next((p for p in _ALIKE if re.fullmatch(p, preposition, re.I)), preposition)
    places = list(re.finditer(rf"\b{like}\b", asked, re.IGNORECASE))
    last = re.compile(rf"{like}(?: (?!{_PREPOSITION}\b)[\w’'-]+){{1,{_PHRASE_WORDS}}}", re.I)
    if len(places) > 1 or (places and not last.fullmatch(asked, places[0].start())):
        return ""
    kept = asked[: places[0].start()] if places else f"{asked} "
    return f"{kept}{preposition.lower()} {name}?"


def _put(name: str, place: re.Match[str], before: str, before_it: str = "") -> str:
    owning = _OWNING.search(place[0])
    name += owning[0] if owning and not _OWNING.search(name) else ""
    return before[: place.start()].removesuffix(before_it) + name + before[place.end() :]


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
    """The name in lower case, or shouted, that a follow-up puts in another's place ("what about ukraine?"), if
    it is one: `as_written` tells."""
    new = instead(question)
    name = re.sub("^the ", "", new["name"].strip(), flags=re.IGNORECASE) if new else ""
    return name if name.islower() or question.isupper() else ""


def as_written(question: str, name: str, texts: Sequence[str]) -> str:
    """The question with the name in the capitals that all of the texts give it."""
    inside = re.compile(rf"(?<=[\w,] ){re.escape(name)}\b", re.IGNORECASE)
    forms = {match[0] for text in texts for match in inside.finditer(text)}
    form = forms.pop() if len(forms) == 1 else name
    return question.replace(name, form) if form.istitle() else question
