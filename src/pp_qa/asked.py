"""What may be asked: questions, conversations and the documents to ask, checked before anything
is searched."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from pp_qa.errors import FilterError, QuestionError
from pp_qa.mentions import ALL_DOCUMENTS, has_mentions, may_name, resolve, without_mentions
from pp_qa.small_talk import is_courtesy
from pp_qa.types import Turn

if TYPE_CHECKING:
    from pp_qa.protocols import IndexStore

Leans = Callable[[str, Sequence[Turn], "frozenset[str] | None"], bool]
"""Whether a question is understood from these turns, asked of these documents (None: of all)."""
LONGEST_QUESTION = 2_000
"""Code points. A longer text is no question."""
LONGEST_TEXT = 50_000
"""Code points of a text whose quotations are verified."""
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""What copied text has where a line may be broken."""


def checked_question(question: str) -> str:
    """The question without white space around it. Raises QuestionError for what can't be one."""
    if not isinstance(question, str):
        raise QuestionError(f"the question is {question!r}; give it as a str")
    question = " ".join(_composed(question).split())
    if not any(c.isalnum() for c in question):
        raise QuestionError("the question has no words; ask about something in the documents")
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters, the most is {LONGEST_QUESTION:,};"
            " ask one thing at a time"
        )
    return question


def checked_text(text: str) -> str:
    """A text whose quotations are to be verified. Raises QuestionError for what can't be one."""
    if not isinstance(text, str):
        raise QuestionError(f"the text is {text!r}; give it as a str")
    if not any(c.isalnum() for c in text):
        raise QuestionError("the text has no words; paste a quotation, or a text with some")
    if len(text) > LONGEST_TEXT:
        raise QuestionError(
            f"the text has {len(text):,} characters, the most is {LONGEST_TEXT:,};"
            " verify it in parts"
        )
    return _well_formed(text)


def _well_formed(text: str) -> str:
    """Halves of surrogate pairs, which no encoding takes, are joined or replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _composed(text: str) -> str:
    """Well-formed, with each accented letter as one and nothing unseen inside words, as the
    documents have it."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", _well_formed(text)))


def checked_turns(history: Sequence[Turn], store: IndexStore) -> list[Turn]:
    """The history as turns of well-formed text, in which nothing is left of the documents that
    were named."""
    if not isinstance(history, Sequence) or not all(isinstance(t, Turn) for t in history):
        raise QuestionError(
            "the history is no list of turns; give each one as pp_qa.Turn(role, text)"
        )
    for turn in history:
        said = isinstance(turn.text, str) and isinstance(turn.about, str)
        if not said or turn.role not in ("user", "assistant"):
            raise QuestionError(
                f'the history has {turn!r}; a turn is of "user" or "assistant", with its text as a str'
            )
    return [replace(t, text=_without_names(t, store), about=_composed(t.about)) for t in history]


def _without_names(turn: Turn, store: IndexStore) -> str:
    text = without_mentions(_composed(turn.text))
    if turn.role != "user" or has_mentions(turn.text) or not may_name(text):
        return text
    return resolve(text, store.documents()).question


def asked(
    question: str, documents: Sequence[str] | str | None, store: IndexStore
) -> tuple[str, frozenset[str] | None, tuple[str, ...]]:
    """What is asked, of which documents (None: of all), and the names by which the question says so
    itself, which it may where none are given. Raises as `checked_question`, `chosen` and
    `mentions.resolve` do."""
    question = checked_question(question)
    if documents is not None or not may_name(question):
        return question, chosen(store, documents), ()
    scoped = resolve(question, store.documents(), store.manifest.failures)
    if scoped.documents is None or ALL_DOCUMENTS in (f"@{name}" for name in scoped.names):
        return checked_question(scoped.question), None, ()
    within = frozenset(scoped.documents)
    return checked_question(scoped.question), within, scoped.names


def gone_on(
    question: str, history: Sequence[Turn], store: IndexStore, leans: Leans
) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """The documents, and their names, that the last question of a history to name some was asked of,
    where all that was asked since, and `question`, leans on that, of these documents and of all."""
    said = checked_turns(history, store)
    users = [i for i, turn in enumerate(history) if turn.role == "user"]
    for place in reversed([i for i in users if may_name(history[i].text)]):
        with suppress(FilterError, QuestionError):  # what it named is gone, or it is no question
            _, within, named = asked(history[place].text, None, store)
            if not named and not has_mentions(history[place].text):
                continue  # what looked like a file's name is none
            since = [(said[i].text, said[:i]) for i in users if i > place and said[i].text.strip()]
            since = [turn for turn in since if not is_courtesy(turn[0])] + [(question, said)]
            if within and all(leans(*turn, among) for turn in since for among in (None, within)):
                return within, named
        break
    return None, ()


def chosen(store: IndexStore, patterns: Sequence[str] | str | None) -> frozenset[str] | None:
    """The doc_ids that the patterns or folders name, of which one may be given alone; None, for
    all, when there are none.

    Raises FilterError for an empty list, and naming a pattern that matches none.
    """
    if patterns is None:
        return None
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(patterns, Collection) or not all(isinstance(p, str) for p in patterns):
        raise FilterError(f"{patterns!r} names no documents; give a list of names or patterns")
    if not patterns:
        raise FilterError("an empty list names no documents; name some, or leave it out for all")
    found = {d.doc_id for d in store.documents(patterns)}  # a document's own name is no pattern
    if found.issuperset(patterns):
        return frozenset(found)  # without going through all documents
    known = [d.doc_id for d in store.documents()]
    for pattern in [p for p in patterns if p not in found]:
        matching = {i for i in known if _takes(pattern, i)}
        if not matching:
            raise FilterError(
                f"no document matches {pattern!r}; `pp-qa status` lists the {len(known)} there are"
            )
        found |= matching
    return frozenset(found)


def _takes(pattern: str, doc_id: str) -> bool:
    """Whether a pattern, or the name of a folder, takes in a document. Some systems write an
    accented letter of a name as two, which nobody sees or types."""
    name, wanted = (unicodedata.normalize("NFC", text) for text in (doc_id, pattern))
    inside = name.startswith(f"{wanted.rstrip('/')}/")
    return name == wanted or inside or fnmatch.fnmatchcase(name, wanted)
