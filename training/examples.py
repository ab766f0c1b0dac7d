"""Examples → what one training step sees: a question as people type it, and a stretch of
sentences that answers it, or doesn't though it looks so.

The kinds of negatives, and why: questions that people wrote to look answerable; paragraphs that
retrieval finds (what the reader meets most), some of them beside the one that answers, to be told
from it; the paragraph with its answer cut out; a question with one name, number, date or other word
exchanged, denied or turned into its opposite (Rajpurkar et al., 2018, found such near misses hardest),
or narrowed to a time, place or name that the paragraph doesn't have.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pp_qa.types import Span
from pp_qa.words import words
from training.corpus import VAGUE, Example, Text

KINDS = {
    "answer": 0.38, "unanswerable": 0.22, "ranked": 0.12, "retrieved": 0.07, "cut": 0.04,
    "exchanged": 0.17,
}  # fmt: skip
"""How often each kind is drawn."""
RIVALS = 2
"""Stretches without the answer that a *ranked* one is told from."""
SHARE = {
    "squad": 0.18, "squad2-train44": 0.24, "squadshifts-new_wiki": 0.16,
    "squadshifts-amazon_reviews": 0.08, "policyqa": 0.08, "qed-train": 0.22, "nq-gold": 0.04,
    "everyday": 0.4,
}  # fmt: skip
"""How often an answerable question of each suite is drawn, beside the others."""
UNANSWERABLE = {
    "squad2": 0.4, "squad2-train44": 0.35, "squad2-extra-unanswerable": 0.25, "everyday": 0.7,
}  # fmt: skip
"""How often a question of each suite is drawn that was written to look answerable."""
WHOLE = {"everyday"}
"""Suites whose unanswerable questions the whole document doesn't answer; those of others, so far as is
known, the nearest paragraph."""
LONGEST, SHORTEST = 900, 150
"""Characters of a stretch that is read."""
_ENTITY = re.compile(
    r"\b\d[\d,.]*\d\b|\b\d\b|\b(?:[A-Z][\w’'-]+)(?: (?:of |the |de )?[A-Z][\w’'-]+)*"
)
_OPPOSITES = (
    "first last", "largest smallest", "most least", "more fewer", "before after", "oldest newest",
    "highest lowest", "increase decrease", "increased decreased", "won lost", "north south",
    "east west", "northern southern", "eastern western", "early late", "earliest latest",
    "older younger", "longest shortest", "higher lower", "larger smaller", "began ended",
    "begin end", "start stop", "started stopped", "allowed forbidden", "required optional",
    "supported opposed", "accepted rejected", "accept reject", "public private", "male female",
    "men women", "father mother", "son daughter", "brother sister", "husband wife", "minimum maximum",
    "positive negative", "cause prevent", "causes prevents", "strong weak", "stronger weaker",
    "bought sold", "buy sell", "inside outside", "above below", "with without", "always never",
    "major minor", "best worst", "gained lost", "joined left", "built destroyed", "created abolished",
    "majority minority", "rural urban", "upper lower", "rich poor", "richest poorest",
    "imports exports", "imported exported", "ally enemy", "allies enemies", "victory defeat",
    "birth death", "born killed", "arrived departed", "teachers students", "legal illegal",
    "possible impossible", "common rare", "known unknown", "similar different", "natural artificial",
    "internal external", "domestic foreign", "modern ancient", "direct indirect", "old new",
    "temporary permanent", "simple complex", "young elderly", "hot cold", "dry wet", "deep shallow",
    "fast slow", "agreed disagreed", "approved refused", "included excluded", "encouraged discouraged",
    "attacked defended", "advantage disadvantage", "advantages disadvantages", "strength weakness",
    "heaviest lightest", "cheap expensive", "safe dangerous", "friendly hostile", "rose fell",
    "entered left", "opened closed", "open close", "appointed dismissed", "income spending",
)  # fmt: skip
_OPPOSITE = {a: b for pair in _OPPOSITES for a, b in [pair.split(), pair.split()[::-1]]}
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_KIND_ASKED = {"what", "which", "whose", "many", "much"}
"""After these stands what kind of answer is wanted ("what percentage"): another word there may
ask for the same."""
_ENDINGS = ("ed", "ing", "ly", "s")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|did|does|do|can|could|will|would|has|have|had)\b")
_QUALIFIER = re.compile(
    r"\b(?:in|at|during|by|for|under|near|from|with|after|before|until|since) "
    r"(?:the )?(?:(?:1\d{3}|20\d\d)\b(?!s)|[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2})"
)
"""A time, a place or a name that narrows what is asked for: "in 1742", "by Henry Ford"."""
_OPEN_END = re.compile(
    r"\b(?:in|at|during|by|for|under|near|from|with|after|before|until|since|to|of|as|on|about|what)$"
)
"""The end of a question to which nothing can be added."""
_YEAR = re.compile(r"\b(?:1\d{3}|20\d\d)\b(?!s)")
_FARTHEST = 60
"""Years between one of the document and one that is made up."""
_TODAY = "2015"
_ADDED = 0.2
"""The share of answered questions that are asked with a qualifier of the sentence that answers."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question with the stretch to read: its sentences in document coordinates and the gold
    ranges inside it; none where it has no answer. `every`: all of them together answer."""

    question: str
    context: str
    text: str
    sentences: tuple[Span, ...]
    gold: tuple[Span, ...]
    every: bool = False


class Sampler:
    """Draws without end, the same for the same seed."""

    def __init__(
        self, texts: Mapping[str, Text], examples: Sequence[Example], rng: random.Random
    ) -> None:
        self._texts, self._rng = texts, rng
        self._answerable = {s: [e for e in examples if e.suite == s and e.gold] for s in SHARE}
        self._unanswerable = {
            s: [e for e in examples if e.suite == s and not e.gold] for s in UNANSWERABLE
        }
        self._near = {s: [e for e in found if e.negatives] for s, found in self._answerable.items()}
        self._entities: dict[str, list[str]] = {}
        self._asked: dict[str, list[str]] = defaultdict(list)
        for example in examples:
            self._asked[example.doc].append(example.question)
        self._qualifiers: dict[str, list[str]] = {}
        self._followers: dict[str, dict[str, list[str]]] = {}

    def draw(self) -> list[Drawn]:
        """One question with a stretch or, to be told apart, several: the first one answers."""
        rng = self._rng
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "unanswerable":
            example = _drawn(self._unanswerable, UNANSWERABLE, rng)
            return [self._elsewhere(example, self._nearby(example))]
        pools = self._near if kind in ("retrieved", "ranked") else self._answerable
        example = self._placed(_drawn(pools, SHARE, rng))
        if kind == "retrieved":
            return [self._elsewhere(example, rng.choice(example.negatives))]
        if kind == "ranked":
            rivals = rng.sample(example.negatives, min(RIVALS, len(example.negatives)))
            drawn = [self._at(example), *(self._elsewhere(example, place) for place in rivals)]
            return [replace(d, question=drawn[0].question) for d in drawn]
        if kind == "cut":
            return [
                self._stretch(example.question, example.doc, example.paragraph, (), example.gold)
            ]
        if kind == "exchanged" and (other := self._near_miss(example)) is not None:
            return [self._stretch(other, example.doc, example.paragraph, (), None)]
        if kind == "answer" and rng.random() < _ADDED:
            return [self._at(replace(example, question=self._narrowed(example)))]
        return [self._at(example)]

    def _nearby(self, example: Example) -> tuple[str, int]:
        """A paragraph in which a question without an answer is read."""
        nearest = (example.doc, example.paragraph)
        others = example.negatives if example.suite in WHOLE else ()
        return self._rng.choice([nearest, nearest, *others])

    def _elsewhere(self, example: Example, place: tuple[str, int]) -> Drawn:
        return self._stretch(example.question, *place, (), None)

    def _placed(self, example: Example) -> Example:
        """An answered one at any of the paragraphs that answer it."""
        paragraphs = self._texts[example.doc].paragraphs
        holding = [
            n
            for n, p in enumerate(paragraphs)
            if any(s.overlap(g) for s in p for g in example.gold)
        ]
        return replace(example, paragraph=self._rng.choice(holding))

    def _at(self, example: Example) -> Drawn:
        drawn = self._stretch(example.question, example.doc, example.paragraph, example.gold, None)
        return replace(drawn, every=example.every)

    def _stretch(
        self,
        question: str,
        doc: str,
        paragraph: int,
        gold: Sequence[Span],
        cut: Sequence[Span] | None,
    ) -> Drawn:
        """A stretch of random length around the paragraph's answer, which may reach into the
        paragraphs beside it; the sentences of `cut` are left out. What begins with an item of a list gets
        the line that introduces it."""
        rng, text = self._rng, self._texts[doc]
        sentences = [s for p in text.paragraphs[max(0, paragraph - 1) : paragraph + 2] for s in p]
        own = text.paragraphs[paragraph]
        near = [s for s in own if any(s.overlap(g) for g in (*gold, *(cut or ())))] or list(own)
        first = last = sentences.index(rng.choice(near))
        budget = rng.randint(SHORTEST, LONGEST)
        size = len(sentences[first])
        inside = rng.random() < 0.6
        low = sentences.index(own[0]) if inside else 0
        high = sentences.index(own[-1]) if inside else len(sentences) - 1
        while first > low or last < high:
            back = first > low and (last >= high or rng.random() < 0.5)
            more = sentences[first - 1] if back else sentences[last + 1]
            size += len(more)
            if size > budget:
                break
            first, last = (first - 1, last) if back else (first, last + 1)
        taken = sentences[first : last + 1]
        if cut is not None:
            taken = [s for s in taken if not any(s.overlap(g) for g in cut)] or [
                s for s in sentences if not any(s.overlap(g) for g in cut)
            ][:6]
            if not taken:  # nothing else stands there: an answered question after all
                return self._stretch(question, doc, paragraph, cut, None)
        lead = text.leads.get(taken[0].start)
        if lead and not any(s.overlap(lead) for s in (*taken, *(cut or ()))):
            taken = [lead, *taken]
        whole = [g for g in gold if any(s.start <= g.start and g.end <= s.end for s in taken)]
        context = text.title if rng.random() < 0.5 else ""
        asked = typed(question, rng)
        return Drawn(asked, context, text.text, tuple(taken), tuple(whole))

    def _near_miss(self, example: Example) -> str | None:
        """A question that looks like the example's and that its paragraph doesn't answer."""
        roll = self._rng.random()
        if roll < 0.33:
            return self._exchanged(example)
        if roll < 0.66:
            return self._reworded(example)
        if roll < 0.84:
            return self._misplaced(example)
        return _turned(example.question) if roll < 0.97 else _denied(example.question)

    def _exchanged(self, example: Example) -> str | None:
        """The question with one name or number taken for another of the document that the
        paragraph doesn't hold; None where there is none."""
        text = self._texts[example.doc]
        if example.doc not in self._entities:
            found = {m.group() for m in _ENTITY.finditer(text.text)}
            self._entities[example.doc] = sorted(e for e in found if words(e))
        spans = text.paragraphs[example.paragraph]
        here = text.text[spans[0].start : spans[-1].end].casefold()
        places = [m for m in _ENTITY.finditer(example.question) if m.start() and words(m.group())]
        if not places:
            return None
        old = self._rng.choice(places)
        numeric = old.group()[0].isdigit()
        others = [
            e
            for e in self._entities[example.doc]
            if e[0].isdigit() == numeric
            and len(e) in range(len(old.group()) - 8, len(old.group()) + 9)
            and e.casefold() not in here
            and e.casefold() not in example.question.casefold()
        ]
        if not others:
            return None
        new = self._rng.choice(others)
        return example.question[: old.start()] + new + example.question[old.end() :]

    def _narrowed(self, example: Example) -> str:
        """The question with a qualifier of a sentence that answers it, such that the answer stays
        right; unchanged where there is none."""
        text = self._texts[example.doc]
        qualifiers = [
            match.group()
            for s in text.paragraphs[example.paragraph]
            if any(s.overlap(g) for g in example.gold)
            for match in _QUALIFIER.finditer(text.text, s.start, s.end)
            if not any(Span(*match.span()).overlap(g) for g in example.gold)
        ]
        return _qualified(example.question, qualifiers, self._rng) or example.question

    def _misplaced(self, example: Example) -> str | None:
        """The question narrowed to a time, place or name that its paragraph doesn't hold; None
        where the document has none such, or the question is narrowed already."""
        if example.suite in VAGUE:
            return None
        text = self._texts[example.doc]
        spans = text.paragraphs[example.paragraph]
        here = text.text[spans[0].start : spans[-1].end].casefold()
        if example.doc not in self._qualifiers:
            found = _QUALIFIER.findall(text.text)
            self._qualifiers[example.doc] = sorted(set(found))
        year = self._rng.choice(_YEAR.findall(text.text) or [_TODAY])
        other = f"in {int(year) + self._rng.randint(-_FARTHEST, _FARTHEST)}"
        elsewhere = [
            q
            for q in (other, *self._qualifiers[example.doc])
            if not any(n.casefold() in here for n in _ENTITY.findall(q) if words(n))
        ]
        return _qualified(example.question, elsewhere, self._rng)

    def _reworded(self, example: Example) -> str | None:
        """The question with one word that its paragraph holds taken for another that the paragraph
        doesn't hold, and that follows the same word elsewhere in the document or in questions
        about it; None where there is none."""
        if example.suite in VAGUE:
            return None
        text = self._texts[example.doc]
        if example.doc not in self._followers:
            self._followers[example.doc] = _followers([text.text, *self._asked[example.doc]])
        follow = self._followers[example.doc]
        spans = text.paragraphs[example.paragraph]
        here = set(words(text.text[spans[0].start : spans[-1].end]))
        known = here | set(words(example.question))
        choices = [
            (old, new)
            for before, old in pairwise(_WORD.finditer(example.question))
            if before.group().lower() not in _KIND_ASKED
            and _is_content(old.group())
            and here.issuperset(words(old.group()))
            for new in follow.get(before.group().lower(), ())
            if _ending(new) == _ending(old.group()) and known.isdisjoint(words(new))
        ]
        if not choices:
            return None
        place = self._rng.choice(sorted({old.start() for old, _ in choices}))
        old, new = self._rng.choice([(o, n) for o, n in choices if o.start() == place])
        return example.question[: old.start()] + new + example.question[old.end() :]


def _followers(texts: Sequence[str]) -> dict[str, list[str]]:
    """Content words by the word that they follow somewhere in the texts."""
    found: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        for before, word in pairwise(_WORD.findall(text)):
            if _is_content(word):
                found[before.lower()].add(word)
    return {before: sorted(after) for before, after in found.items()}


def _qualified(question: str, qualifiers: Sequence[str], rng: random.Random) -> str | None:
    """The question with a qualifier at its end that says nothing it says already."""
    asked = set(words(question))
    new = [q for q in qualifiers if asked.isdisjoint(words(q))]
    plain = question.rstrip(" ?")
    if not new or _QUALIFIER.search(question) or _OPEN_END.search(plain):
        return None
    more = rng.choice(new)
    return f"{plain} {more.lower() if plain.islower() else more}{question[len(plain) :]}"


def _is_content(word: str) -> bool:
    return len(word) > 3 and word.islower() and bool(words(word))


def _ending(word: str) -> str:
    return next((e for e in _ENDINGS if word.endswith(e)), "")


def _drawn(
    pools: Mapping[str, Sequence[Example]], shares: Mapping[str, float], rng: random.Random
) -> Example:
    """One of the examples of a suite that is drawn by its share, of those that have any."""
    suites = [s for s in shares if pools[s]]
    return rng.choice(pools[rng.choices(suites, [shares[s] for s in suites])[0]])


def _turned(question: str) -> str | None:
    """The question with one word turned into its opposite; None where it has none such."""
    parts = question.split(" ")
    for i, word in enumerate(parts):
        if (other := _OPPOSITE.get(word.lower())) is not None:
            return " ".join([*parts[:i], other, *parts[i + 1 :]])
    return None


def _denied(question: str) -> str | None:
    """The question with a "not"; None where it can't be put in."""
    found = _AUXILIARY.search(question)
    if found is None or " not " in question or "n't" in question:
        return None
    return f"{question[: found.end()]} not{question[found.end() :]}"


def typed(question: str, rng: random.Random) -> str:
    """A question as it may be typed: without its mark, as key words, or with a slip."""
    roll = rng.random()
    if roll < 0.25:
        return question.rstrip(" ?")
    if roll < 0.3 and len(kept := [w for w in question.rstrip(" ?").split() if words(w)]) >= 2:
        return " ".join(kept)
    if roll < 0.36:
        return _with_slip(question, rng)
    return question


def _with_slip(question: str, rng: random.Random) -> str:
    parts = question.split(" ")
    long = [i for i, w in enumerate(parts) if len(w) > 4 and w.isalpha()]
    if not long:
        return question
    i = rng.choice(long)
    word, at = parts[i], rng.randrange(1, len(parts[i]) - 1)
    parts[i] = rng.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + rng.choice(_LETTERS) + word[at + 1 :],
        ]
    )
    return " ".join(parts)
