"""What can be seen of a question and a sentence without a trained reader: numbers in [-1, 1]."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from pp_qa.datelines import as_asked
from pp_qa.models.numbers import all_numbers, stated
from pp_qa.types import Hit, Passage, Sentence, Span
from pp_qa.words import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pp_qa.models.network import Read
    from pp_qa.types import Vectors

_MUCH_NEWS = 8
"""Words that the question doesn't have, from which on more make no difference."""

_LONGEST_READ = 1_000
"""Code points of a list that are read with the line that introduces it."""

SENTENCE_FEATURES = (
    "cosine",
    "coverage",
    "context_coverage",
    "passage_cosine",
    "passage_bm25",
    "answer_type",
    "position",
    "news",
)
_PASSAGE_COSINE = SENTENCE_FEATURES.index("passage_cosine")
REPLY_FEATURES = (
    "score",
    "margin",
    "cosine",
    "coverage",
    "passage_coverage",
    "unseen",
    "passage_cosine",
    "passage_lead",
    "passage_bm25",
    "answer_type",
    "news",
    "absent_number",
    "alone",
    "alone_cosine",
)

FURTHER_FEATURES = ("score", "best", "lead", "same_passage", "next", "before")
"""What is seen of a sentence beside the best one. Scores here are log-odds."""

READ_SENTENCE_FEATURES = ("read", "read_span")
READ_REPLY_FEATURES = ("read", "read_span", "read_any", "alone_read")
"""What is seen in addition where a network has read the candidates."""
_SURE = 10.0
"""Log-odds that count as 1."""

_DATE = re.compile(
    r"\b(?:1\d{3}|20\d\d|January|February|March|April|June|July|August|September|October"
    r"|November|December|May \d|\d{1,2}(?:st|nd|rd|th)? May|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"|century|decade|today|yesterday|tomorrow|\d{1,2}(?::\d\d)? ?[ap]\.?m|\d{1,2}:\d\d)\b|\d0s\b"
)
_QUESTION = re.compile(r"[?？][\"'”’»)\]*_]*$")
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
    r"|thousands?|millions?|billions?|half|third|quarter|twice|once|several|many|few)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|reasons?|so that|in order to|caused?|causes"
    r"|result(?:s|ed)?|led to|therefore|thus|hence|in response|aimed at|in view of)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[\w,;:)”’\"'] )(?:[\"“‘(])?[A-Z][\w’'-]+|^[\W\d]*[A-Z][\w’'-]+ [A-Z]")
_EXPECTED = (
    (re.compile(r"\bwhy\b", re.IGNORECASE), _REASON),
    (
        re.compile(r"\b(?:when|(?:what|which) (?:year|date|day|month|century|decade))\b", re.I),
        _DATE,
    ),
    (
        re.compile(
            r"\bhow (?:many|much|long|old|far|large|big|tall|often)\b|\bwhat (?:number|percent\w*|share|price|cost|age)\b",
            re.I,
        ),
        _NUMBER,
    ),
    (
        re.compile(
            r"\b(?:who|whose|whom)\b|\b(?:what|which) (?:person|man|woman|country|city|state|company|team|name)\b|\bwhere\b",
            re.I,
        ),
        _NAME,
    ),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, as it is read (`text`), with the one before it."""

    sentence: Sentence
    hit: Hit
    text: str
    before: str

    @property
    def passage(self) -> Passage:
        return self.hit.passage


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Every sentence of the hits that can be quoted as an answer, in the order of the hits: no
    question, and no heading that introduces nothing. What introduces a list, or an answer, is
    read together with it, for so it is quoted; what names the columns of a table stands before
    each of its rows."""
    listed: dict[tuple[str, Span], list[str]] = {}
    for hit in hits:
        for sentence in hit.passage.sentences:
            if sentence.lead:
                key = (hit.passage.doc_id, sentence.lead)
                listed.setdefault(key, []).append(hit.passage.slice(sentence.span))
    found = []
    for hit in hits:
        names: dict[Span | None, str] = {}
        before = " ".join(hit.passage.heading_path[-1:])
        for sentence in hit.passage.sentences:
            text = as_asked(hit.passage.slice(sentence.span))
            items = listed.get((hit.passage.doc_id, sentence.span), [])
            whole = "\n".join([text, *items])[:_LONGEST_READ]
            if items and sentence.kind == "item":
                names[sentence.span] = whole = text
            if items or (sentence.kind in ("prose", "item") and not _QUESTION.search(text)):
                before = names.get(sentence.lead, before)
                found.append(Candidate(sentence, hit, whole, before))
            before = text
    return found


def sentence_features(
    question: str, found: Sequence[Candidate], vector: Vectors, vectors: Vectors
) -> NDArray[np.float64]:
    """float64, shape (len(found), len(SENTENCE_FEATURES)). `vector`: shape (1, dim), the
    question's; `vectors`: shape (len(found), dim), the sentences'."""
    asked = set(words(question))
    have = [set(words(c.text)) for c in found]
    weight = _weights(asked, have)
    most = max((c.hit.legs.get("lexical", 0.0) for c in found), default=0.0) or 1.0
    headings = {
        c.hit.passage.passage_id: set(words(" ".join(c.passage.heading_path))) for c in found
    }
    rows = []
    for i, candidate in enumerate(found):
        near = set(words(candidate.before)) | headings[candidate.passage.passage_id]
        rows.append(
            (
                float(vectors[i] @ vector[0]),
                covered(asked, have[i], weight),
                covered(asked, have[i] | near, weight),
                candidate.hit.legs.get("dense", candidate.hit.score),
                candidate.hit.legs.get("lexical", 0.0) / most,
                answer_type(question, candidate.text),
                1.0 if candidate.sentence is candidate.passage.sentences[0] else 0.0,
                _news(asked, have[i]),
            )
        )
    return np.asarray(rows, dtype=np.float64).reshape(len(found), len(SENTENCE_FEATURES))


def read_features(reads: Sequence[Read]) -> NDArray[np.float64]:
    """float64, shape (len(reads), len(READ_SENTENCE_FEATURES))."""
    rows = [(_sure(r.odds), _sure(r.span_odds)) for r in reads]
    return np.asarray(rows, dtype=np.float64).reshape(len(reads), len(READ_SENTENCE_FEATURES))


def reply_features(
    question: str,
    found: Sequence[Candidate],
    features: NDArray[np.float64],
    scores: NDArray[np.float64],
) -> NDArray[np.float64]:
    """float64, shape (len(REPLY_FEATURES),): how the best sentence stands out, and how much is found
    in one document alone, where that a passage is near tells less. Zeros when there is no sentence."""
    if not found:
        return np.zeros(len(REPLY_FEATURES))
    best, other = _best_two(found, scores)
    asked = set(words(question))
    have = [set(words(c.text)) for c in found]
    weight = _weights(asked, have)
    in_passage = set(words(found[best].passage.text)) | set(
        words(" ".join(found[best].passage.heading_path))
    )
    named = dict(zip(SENTENCE_FEATURES, features[best], strict=False))
    cosines = {
        c.passage.passage_id: row[_PASSAGE_COSINE] for c, row in zip(found, features, strict=True)
    }
    nearest, alone = max(cosines.values()), _alone(found)
    return np.asarray(
        [
            scores[best],
            0.0 if other is None else scores[best] - scores[other],
            named["cosine"],
            named["coverage"],
            covered(asked, in_passage, weight),
            1.0 - covered(asked, set().union(*have), weight),
            nearest,
            nearest - fmean(cosines.values()),
            named["passage_bm25"],
            named["answer_type"],
            named["news"],
            _absent_number(question, found),
            alone,
            alone * nearest,
        ]
    )


def _alone(found: Sequence[Candidate]) -> float:
    """1 where all that was found stands in one document; one part of as many as there are."""
    return 1 / len({c.passage.doc_id for c in found})


def _absent_number(question: str, found: Sequence[Candidate]) -> float:
    """1 where the question states a number that nothing has of what was found, neither a passage
    nor a heading nor a document's name: of tune questions of which that is so, one in ten is answered."""
    asked = stated(question)
    if not asked:
        return 0.0
    passages = {c.passage.passage_id: c.passage for c in found}.values()
    have = {n for p in passages for n in all_numbers(" ".join((p.text, *p.heading_path, p.doc_id)))}
    return 0.0 if asked <= have else 1.0


def read_reply_features(
    found: Sequence[Candidate], reads: Sequence[Read], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64, shape (len(READ_REPLY_FEATURES),): what the network makes of the best sentence,
    and of all together. Zeros when there is no sentence."""
    if not reads:
        return np.zeros(len(READ_REPLY_FEATURES))
    own = reads[int(np.argmax(scores))]
    any_of_them = float(np.logaddexp.reduce([r.odds for r in reads]))
    sure = _sure(own.odds)
    return np.asarray([sure, _sure(own.span_odds), _sure(any_of_them), _alone(found) * sure])


def further_features(
    found: Sequence[Candidate], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    """float64, shape (len(found), len(FURTHER_FEATURES)): how each sentence stands to the best one:
    how far behind the second one it is (`lead`), and whether it stands in the same passage, right
    after or before it."""
    if not found:
        return np.empty((0, len(FURTHER_FEATURES)))
    order = np.argsort(-scores, kind="stable")
    best = found[int(order[0])]
    second = scores[int(order[min(1, len(found) - 1)])]
    places = {s.span: i for i, s in enumerate(best.passage.sentences)}
    at = places[best.sentence.span]
    rows = []
    for candidate, score in zip(found, scores, strict=True):
        same = candidate.passage.passage_id == best.passage.passage_id
        step = places[candidate.sentence.span] - at if same else 0
        rows.append((score, scores[order[0]], score - second, same, step == 1, step == -1))
    return np.asarray(rows, dtype=np.float64)


def _best_two(found: Sequence[Candidate], scores: NDArray[np.float64]) -> tuple[int, int | None]:
    """The best candidate and the best of another document or, where there is none, the next."""
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    best = order[0]
    others = [i for i in order[1:] if found[i].passage.doc_id != found[best].passage.doc_id]
    return best, next(iter(others or order[1:]), None)


def _sure(odds: float) -> float:
    """Log-odds into [-1, 1]."""
    return max(-1.0, min(1.0, odds / _SURE))


def _news(asked: set[str], have: set[str]) -> float:
    """How much a sentence says beyond the question, in [0, 1]: a title or an echo says little."""
    return min(1.0, len(have - asked) / _MUCH_NEWS)


def _weights(asked: set[str], have: Sequence[set[str]]) -> dict[str, float]:
    """How telling each word of the question is: the fewer sentences have it, the more."""
    counts = Counter(w for sentence in have for w in sentence & asked)
    return {w: math.log(1 + (len(have) + 1) / (counts[w] + 0.5)) for w in asked}


def covered(asked: set[str], have: set[str], weight: dict[str, float]) -> float:
    """The weighted share of the question's words that are there, in [0, 1]."""
    total = sum(weight.values())
    return sum(weight[w] for w in asked & have) / total if total else 0.0


def answer_type(question: str, text: str) -> float:
    """1 where the question asks for a date, a number or a name and the text has one, -1 where
    it hasn't, 0 where the question asks for none of them."""
    for asks, shows in _EXPECTED:
        if asks.search(question):
            return 1.0 if shows.search(text) else -1.0
    return 0.0
