"""A follow-up made into a question that stands alone, by rules over what was said before.

Nothing here knows the documents: where a rule is in doubt it says so, and `followups` asks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pp_qa.exchanging import ASKS, NAME, PLACED, SUBJECT, exchanged, instead
from pp_qa.small_talk import is_about_assistant, is_courtesy, without_courtesy
from pp_qa.words import words

if TYPE_CHECKING:
    from pp_qa.types import Turn


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TURNS = 8
"""Turns of a conversation that are looked back on."""
_READ = 600
"""Code points of a turn that count: a reply can quote whole lists."""
_LAST, _BEFORE, _SAID, _FADING, _LEAST = 2.0, 1.5, 1.0, 0.8, 2.0
"""What a word is worth that stands in the last question, in one before, in a reply; by how much
less for each question in between; and how much makes it part of the subject: to have been asked
last, or to recur."""
_SUBJECT_WORDS = 4
_OWN_WORDS = 2
"""A question with more words than these that weren't asked about before is on a subject of its own;
with more before its pronoun, it may have named what that stands for."""

_WORD = re.compile(r"[^\W_][\w’'-]*")
_CAPITALS = re.compile(r"\b[A-Z][\w-]+(?: [A-Z][\w-]+)+")
_POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|the (?:former|latter|other|same))\b"
    r"|\b(?:this|that|these|those|there|one|ones|else|same|such|then|so)\s*(?:[?.!,]|$)"
    r"|^(?:why|how(?: \w+)?|when|where|what|who|which|is|was|does|did|do|can|could)\s+"
    r"(?:(?:is|was|are|were|does|did|do|can|could|will|would|about|of|many|much)\s+)?"
    r"(?:this|that|these|those)\b(?! (?:article|book|document|file|page|paper|report|text"
    r"|morning|afternoon|evening|week|month|season|year|spring|summer|autumn|winter))"
    r"|^(?:and |so )?what (?:happened|happens|came|comes) (?:next|later|afterwards?)\W*$"
    r"|\b(?:this|that|the same) (?:section|chapter|part|paragraph|passage)\b",
    re.IGNORECASE,
)
_OWN_SUBJECT = re.compile(
    r"(?:and |but )?(?!what\s+\S+\s+(?:about|after|before|for|from|in|of|on|to|with)\s+\w+\W*$)"
    r"(?:which|what|whose|how many)\s+"
    r"(?:(?!(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)\b)"
    r"[\w’'-]+\s+){2,}(?:it|its|them|their|theirs|his|her)\b",
    re.IGNORECASE,
)
"""A subject with its verb comes before the pronoun, which stands for it: "Which towns sell their …",
but not "What happened to it?"."""
_GOES_ON = re.compile(
    r"(?:and|but|so|or|also|then|what about|what if|how about|what else|who else|tell me more|more"
    r"|really|yes|no|ok|okay|i mean|i meant|thanks|thank you)\b",
    re.IGNORECASE,
)
_FRAGMENT = re.compile(
    r"(?:who|whom|whose|what|which|where|when|why|how)(?: many| much)? [\w’'-]+ ?\?*", re.IGNORECASE
)
"""A question word with one other word leaves something out: "who paid?", "how tall?"."""
_POSSESSIVE = re.compile(r"[’']s$")
_SECTION = re.compile(
    r"\b(?:this|that|the same) (?:section|chapter|part|paragraph|passage)\b", re.I
)
_PERSON = re.compile(r"\b(?P<he>he|she|him)\b|\b(?P<his>his)\b|\b(?P<her>her)\b", re.IGNORECASE)
_OWNED = re.compile(
    r" (?!(?:about|after|again|and|as|at|because|before|by|during|for|from|how|if|in|into|it"
    r"|of|on|or|out|since|so|that|the|there|this|to|until|what|when|where|which|while|who|why|with"
    r"|without|yesterday)\b)\w",
    re.IGNORECASE,
)
"""What "her" owns, and not how the sentence goes on: "her son", but not "her in Rome"."""
_TITLES = _listed(
    "President Vice Prime Minister Secretary Special Envoy General Chief Chancellor King Queen Prince"
    " Princess Pope Judge Professor Doctor Dr Mr Mrs Ms Sir Lord Lady Senator Governor Mayor Captain"
    " Colonel Engineer Director Chairman Chairwoman Spokesperson Ambassador Former US UK EU Army Staff"
)
_NO_PERSON = _listed(
    "Council House Plan Ministry Department Office Union Nations States Kingdom Summit Agency Bank"
    " University Institute Company Corporation Inc Ltd Court Act City County River Street Road Party"
    " Committee Commission Army Navy Defense Defence Security National International North South"
    " East West New The This Meeting Talks War Peace Must Read"
)
_DEFINITE = re.compile(r"\bthe [a-z]")
_FOREIGN = re.compile(r"[^A-Za-zÀ-ɏ]*")
"""No Latin letter: the rules can't tell what such a question leaves out."""
_BARE = re.compile(r"\W*(?:[\u2e80-\U0003ffff]{1,3}|[^\W\u2e80-\U0003ffff]{1,8})\W*")
"""A word alone, in a script that writes words apart or in one that doesn't: it asks on."""
_NO_BRACKETS = str.maketrans("", "", "()")
_STOP = _listed(
    "a an the of to in on at by for from with as and or if than then that this these those is are was"
    " were be been being am do does did has have had can could will would shall should may might must"
    " it its he she they them his her hers their theirs him i you we my your our me us what which who"
    " whom whose when where why how there here not no so about into any some just also only as more"
    " most very much many like get got go know tell give want need use using used please thank thanks"
    " sorry yes ok okay hi hello between during after before since until within without information specific mean means meant make think really anyway one"
    " ones other others such but out up down over all each every let say said exactly though although while"
    " despite yet meanwhile however explain elaborate clarify example examples details"
)
_BEGINS = {word.capitalize() for word in _STOP - _listed("will may can an do so")} | _listed(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Yesterday Today"
)
"""What stands before a name with a capital of its own."""


Lean = Literal["surely", "perhaps", "not"]
"""Whether a question can't be understood without what was said before it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A question as the conversation makes it stand alone, and whether that is `doubtful`. `along`
    is the question before it with this one behind; "" where there was none."""

    query: str
    along: str = ""
    doubtful: bool = False


def understand(question: str, history: Sequence[Turn]) -> Meaning:
    """The question to search for: a follow-up with what it leaves out put in, and any other as it
    is, for a new question must not be answered from the old one's passages.

    "And Turkey?" takes the name's place in the question before; "he" becomes who was named; after
    any other follow-up stand, in brackets, the words that the conversation is about.
    """
    said = _meant(history[-_TURNS:])
    last = max((i for i, turn in enumerate(said) if turn.role == "user"), default=None)
    if last is None or SUBJECT.search(question) or is_about_assistant(question):
        return Meaning(question)
    asked, question = question, without_courtesy(question)
    if question.isupper() and " " in question:
        question = question.lower()  # where all is shouted, no capitals tell names
    before = (said[last].about or understand(said[last].text, said[:last]).query)[:_READ]
    along, lean = f"{before} {question}", _leans(question, said)
    if lean == "not":
        return Meaning(asked, along)
    query = (
        (not _POINTS_BACK.search(question) and exchanged(question, before))
        or _with_person(question, before, said)
        or _with_subject(question, before, said)
    )
    return Meaning(query, along, doubtful=lean == "perhaps")


def _meant(history: Sequence[Turn]) -> list[Turn]:
    """The turns that say something, without courtesies and what was replied to them."""
    said: list[Turn] = []
    asking = True
    for turn in history:
        if turn.role == "user":
            asking = bool(turn.text.strip()) and not is_courtesy(turn.text)
        if asking:
            said.append(turn)
    return said


# ── does it lean on what was said? ───────────────────────────────────────────


def _leans(question: str, said: Sequence[Turn]) -> Lean:
    """Surely where it points back before it names anything, has hardly more than a question word,
    or puts one thing in another's place; perhaps where it goes on from an answer."""
    if _FOREIGN.fullmatch(question):
        return "surely" if _BARE.fullmatch(question) else "not"
    back = _pointer(question)
    if back is not None and len(_content(question[:back])) <= _OWN_WORDS:
        return "surely"
    new = instead(question)
    if (new and new["surely"]) or not _content(question) or _FRAGMENT.fullmatch(question):
        return "surely"
    if said[-1].role == "assistant" and not said[-1].text.strip():
        return "not"  # the question before found nothing, so there is nothing to go on from
    goes_on = back is not None or new or _GOES_ON.match(question) or _on_the_subject(question, said)
    return "perhaps" if goes_on else "not"


def _pointer(question: str) -> int | None:
    """Where a pronoun stands that comes before any name, or other subject, in the question."""
    if _OWN_SUBJECT.match(question):
        return None
    back, name = _POINTS_BACK.search(question), NAME.search(question)
    return back.start() if back and (name is None or back.start() < name.start()) else None


def _on_the_subject(question: str, said: Sequence[Turn]) -> bool:
    """Whether a question brings hardly a word and no name that wasn't asked about before, and
    shows that it takes the rest as known: it repeats some, says "the", or is no full question."""
    asked = {word for turn in said if turn.role == "user" for word in words(turn.text)}
    own = set(words(question))
    named = {word for name in NAME.findall(question) for word in words(name)}
    return (
        len(own - asked) <= _OWN_WORDS
        and named <= asked
        and (
            bool(own & asked) or _DEFINITE.search(question) is not None or not ASKS.match(question)
        )
    )


# ── what it leaves out ───────────────────────────────────────────────────────


def _with_person(question: str, before: str, said: Sequence[Turn]) -> str:
    """ "What did he say?" with the name of the one who was talked of; nothing where none was."""
    pronoun = _PERSON.search(question)
    points = pronoun is not None and _pointer(question) is not None
    person = _person(before, said) if points else ""
    if pronoun is None or not person:
        return ""
    rest = question[pronoun.end() :]
    owned = pronoun["his"] or (pronoun["her"] and _OWNED.match(rest))
    return f"{question[: pronoun.start()]}{person}{'’s' if owned else ''}{rest}"


def _person(before: str, said: Sequence[Turn]) -> str:
    """Who "he" or "she" is: whom the question before names, unless it asks who; else whom the last
    reply calls what was asked, or names first."""
    replies = [turn.text[:_READ] for turn in reversed(said) if turn.role == "assistant"]
    if not re.match(r"who(?:m|se)?\b", before, re.IGNORECASE):
        known = [p for text in (before, *replies) for p in _people(text)]
        asked = SUBJECT.sub("", before)
        named = [
            _POSSESSIVE.sub("", n[0])
            for n in NAME.finditer(asked)
            if not PLACED.search(asked[: n.start()])
        ]
        whole = [p for name in named for p in known if name in (p, p.split()[-1])]
        if whole or len(named) == 1:
            return (whole or named)[0]
    there = [(p, text) for text in replies[:1] for p in _people(text)]
    told = [p for p, text in there if _is_called(p, _content(before), text)]
    return next(iter(told or [p for p, _ in there]), "")


def _is_called(person: str, asked: Sequence[str], text: str) -> bool:
    """Whether a word that was asked about stands right beside a name: "Rosa Bloom (treasurer)"."""
    name, called = re.escape(person), "|".join(map(re.escape, asked)) or "(?!)"
    beside = rf"{name},? \(?(?:the )?(?:{called})\b|\b(?:{called})[,:]? {name}"
    return re.search(beside, text, re.IGNORECASE) is not None


def _people(text: str) -> Iterator[str]:
    """Names of two or three capitalised words, without titles and what a sentence begins with,
    that name no body or place."""
    for run in _CAPITALS.findall(text):
        name = run.split()
        while name and (name[0] in _TITLES or name[0] in _BEGINS):
            name = name[1:]
        if 2 <= len(name) <= 3 and not set(name) & set(_NO_PERSON):
            yield " ".join(name)


def _with_subject(question: str, before: str, said: Sequence[Turn]) -> str:
    """The question with its subject in brackets: the heading of the last quote where it asks of
    "this section"."""
    heading = next((turn.about for turn in reversed(said) if turn.role == "assistant"), "")
    if heading and _SECTION.search(question):
        return f"{question} ({heading.translate(_NO_BRACKETS)})"
    subject = _subject(question, before, said)
    return f"{question} ({' '.join(subject)})" if subject else question


def _subject(question: str, before: str, said: Sequence[Turn]) -> list[str]:
    """The words that the conversation is about and the question lacks, the weightiest first. The
    last question counts as it was understood, `before`."""
    own = set(words(question))
    worth: dict[tuple[str, ...], float] = {}
    shown: dict[tuple[str, ...], str] = {}
    asked = 0
    for turn in reversed(said):
        last = turn.role == "user" and not asked
        weight = _LAST if last else _SAID if turn.role == "assistant" else _BEFORE
        found: dict[tuple[str, ...], str] = {}
        for word in _content(before if last else turn.text[:_READ]):
            if turn.role == "user":
                word = _POSSESSIVE.sub("", word)
            elif word.isdecimal():
                continue  # a number that is replied is no subject
            found.setdefault(tuple(words(word)), word)
        for stems, word in found.items():
            if not own.issuperset(stems):
                worth[stems] = worth.get(stems, 0.0) + weight * _FADING**asked
                shown.setdefault(stems, word)
        asked += turn.role == "user"
    best = sorted(worth, key=lambda stems: -worth[stems])[:_SUBJECT_WORDS]
    return [shown[stems] for stems in best if worth[stems] >= _LEAST]


def _content(text: str) -> list[str]:
    """The words of a text that say what it is about, as they stand there."""
    return [w for w in _WORD.findall(text) if w.lower() not in _STOP and words(w)]
