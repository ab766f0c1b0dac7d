"""What a question takes for granted and no document says: its words that stand nowhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pp_qa.words import words

if TYPE_CHECKING:
    from pp_qa.protocols import IndexStore

_WORD = re.compile(r"\d+(?:[.,]\d+)+|\w[\w’'-]*")
_ASKING = (
    "many much often long far old big most more less few kind sort tell say said give name list"
    " mean happen get make please exactly else also very ok too even ever still compare difference"
    " someone somebody something anyone anybody anything everyone everybody everything"
    " hi hello thanks thank all whether"
    " pls plz thx dont doesnt didnt isnt arent wasnt cant wont couldnt wouldnt shouldnt whats whos"
    " wheres im ive"
)
"""Words that belong to the asking, not to what is asked about."""
_SHORT = re.compile(r"\w*n[’']t|(?P<whole>\w+)[’'](?:s|m|d|re|ve|ll)", re.IGNORECASE)
"""Two words as they are spoken, of which the second says nothing: "I'm", "what's", "don't"."""
_DAY = re.compile(r"\b(\d\d?)(?:st|nd|rd|th)\b", re.IGNORECASE)
_MOST = 40
"""Words of a question that are looked up."""


def names_among(absent: Sequence[str], question: str) -> tuple[str, ...]:
    """Those of a question's absent words that look like names or have figures: other words may
    stand in the documents in other terms. The first word has its capital anyway, and where words like
    "the" have theirs, or all is shouted, no capital tells anything."""
    first, *rest = _WORD.findall(question) or [""]
    telling = not question.isupper() and not any(
        w.istitle() and w != "I" and not words(w) for w in rest
    )
    return tuple(
        word
        for word in absent
        if any(c.isdigit() for c in word) or (telling and word[0].isupper() and word != first)
    )


def absent_words(
    question: str, store: IndexStore, documents: Collection[str] | None = None
) -> tuple[str, ...]:
    """The words of the question, as it has them and in its order, of which no passage of
    `documents` (None: of all) has any form, nor a number in one ("P-50"). Words that only ask
    ("which", "many") don't count."""
    asked: dict[tuple[str, ...], str] = {}
    asking = set(words(_ASKING))
    for word in _WORD.findall(question):
        stems = words(_at_length(word))
        if stems and not asking.issuperset(stems):
            asked.setdefault((stems[0], *_numbers(stems[1:])), word)
    return tuple(
        word
        for (_, *numbers), word in list(asked.items())[:_MOST]
        if not all(store.search_lexical(_either(part), 1, documents) for part in (word, *numbers))
    )


def _at_length(word: str) -> str:
    short = _SHORT.fullmatch(word)
    return (short["whole"] or "") if short else word


def _either(part: str) -> str:
    """The day "24th" stands in "24 May" too."""
    return _DAY.sub(r"\1 \g<0>", part)


def _numbers(stems: Sequence[str]) -> list[str]:
    return [stem for stem in stems if any(c.isdigit() for c in stem)]
