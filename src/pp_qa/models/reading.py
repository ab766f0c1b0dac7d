"""The default Reader: sentences scored by a trained network, likeness, shared words and the kind
of answer, all weighed as they proved right on questions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pp_qa.errors import ModelError
from pp_qa.models.embedding import embed_long
from pp_qa.models.features import (
    FURTHER_FEATURES,
    READ_REPLY_FEATURES,
    READ_SENTENCE_FEATURES,
    REPLY_FEATURES,
    SENTENCE_FEATURES,
    Candidate,
    candidates,
    further_features,
    read_features,
    read_reply_features,
    reply_features,
    sentence_features,
)
from pp_qa.models.looks import read_candidates
from pp_qa.types import Hit, Reading, SentenceScore, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pp_qa.models.calibration import Calibration
    from pp_qa.models.looks import Networks
    from pp_qa.models.network import Read
    from pp_qa.protocols import Embedder
    from pp_qa.types import Vectors

BEND = ("right", "wrong")
"""What is bent (`sides`): the logarithms of being right and of being wrong."""
UNBENT = {"right": 1.0, "wrong": 1.0, "bias": 0.0}
_KEPT = 20_000
"""Sentence vectors kept in memory (30 MB), so that a passage read twice is embedded once."""


class CalibratedReader:
    """Linear over what an Observer sees, with weights from a Calibration. Thread-safe."""

    def __init__(self, observer: Observer, calibration: Calibration) -> None:
        """Raises ModelError when the calibration was fitted for other features."""
        if not observer.takes(calibration):
            raise ModelError(
                "the calibration was fitted by another version of pp_qa;"
                " make it again with: pp-qa calibrate"
            )
        self._observer = observer
        self._calibration = calibration
        self.fingerprint = calibration.fingerprint

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        seen = self._observer.observe(question, candidates(hits))
        found = seen.found
        if not found:
            return Reading((), 0.0)
        scores = linear(
            seen.features, self._observer.sentence_features, self._calibration.sentence_weights
        )
        further = linear(
            further_features(found, scores), FURTHER_FEATURES, self._calibration.further_weights
        )
        reply = seen.reply(scores)[None]
        sure = linear(reply, self._observer.reply_features, self._calibration.reply_weights)
        best_first = sorted(
            (
                SentenceScore(c.sentence, c.passage, float(score), seen.answer(i), float(also))
                for i, (c, score, also) in enumerate(
                    zip(found, sigmoid(scores), sigmoid(further), strict=True)
                )
            ),
            key=lambda s: (-s.score, s.passage.doc_id, s.sentence.span),
        )
        return Reading(tuple(best_first), float(bent(sure, self._calibration.bend)[0]))


@dataclass(frozen=True, slots=True)
class Seen:
    """What an Observer saw of a question's candidates: a row of `features` for each of `found`
    and, where a network read them, what it made of each."""

    question: str
    found: tuple[Candidate, ...]
    features: NDArray[np.float64]
    reads: tuple[Read, ...] | None = None

    def reply(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """What tells whether the best of these scores answers: float64, a number for each of
        the Observer's `reply_features`."""
        seen = reply_features(self.question, self.found, self.features, scores)
        if self.reads is None:
            return seen
        return np.concatenate([seen, read_reply_features(self.found, self.reads, scores)])

    def answer(self, i: int) -> Span | None:
        """Where in the document the answer of candidate `i` stands, if that was seen: a full stop
        is none."""
        if self.reads is None:
            return None
        start, end = self.reads[i].answer
        span = self.found[i].sentence.span
        if not start < end <= len(span):
            return None
        answer = Span(span.start + start, span.start + end)
        says = any(c.isalnum() for c in self.found[i].passage.slice(answer))
        return answer if says else None


class Observer:
    """Sees the features of candidates; keeps the vectors of the sentences it saw. Thread-safe."""

    def __init__(self, embedder: Embedder, networks: Networks | None = None) -> None:
        self._embedder = embedder
        self._networks = networks
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        read = networks is not None
        self.sentence_features = SENTENCE_FEATURES + READ_SENTENCE_FEATURES * read
        self.reply_features = REPLY_FEATURES + READ_REPLY_FEATURES * read

    def without_networks(self) -> Observer:
        """One that sees likeness and words only, and keeps its vectors together with this one."""
        other = Observer(self._embedder)
        other._vectors, other._lock = self._vectors, self._lock
        return other

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same candidates would be seen otherwise."""
        read = f"+reader/{self._networks.fingerprint}" if self._networks else ""
        return f"{self._embedder.fingerprint}{read}"

    def takes(self, calibration: Calibration) -> bool:
        """Whether the calibration weighs just what is seen here."""
        weighed = (
            (calibration.sentence_weights, self.sentence_features),
            (calibration.further_weights, FURTHER_FEATURES),
            (calibration.reply_weights, self.reply_features),
            (calibration.bend, BEND),
        )
        return all(set(weights) == {*names, "bias"} for weights, names in weighed)

    def observe(self, question: str, found: Sequence[Candidate]) -> Seen:
        """What is seen of each candidate: `features` has shape (len(found),
        len(sentence_features))."""
        vector = embed_long(self._embedder, question)
        vectors = self._embed([c.text for c in found])
        features = sentence_features(question, found, vector, vectors)
        if self._networks is None:
            return Seen(question, tuple(found), features)
        likeness = features[:, self.sentence_features.index("cosine")].tolist()
        reads = read_candidates(self._networks, question, found, likeness)
        features = np.hstack([features, read_features(reads)])
        return Seen(question, tuple(found), features, tuple(reads))

    def _embed(self, texts: Sequence[str]) -> Vectors:
        with self._lock:
            known = {t: self._vectors[t] for t in texts if t in self._vectors}
        fresh = [t for t in dict.fromkeys(texts) if t not in known]
        short = [t for t in fresh if self._embedder.count_tokens(t) <= self._embedder.max_tokens]
        known |= zip(short, self._embedder.embed(short), strict=True)
        known |= {t: embed_long(self._embedder, t)[0] for t in fresh if t not in known}
        with self._lock:
            for text in fresh:
                self._vectors[text] = known[text]
            while len(self._vectors) > _KEPT:
                self._vectors.popitem(last=False)
        empty = np.empty((0, self._embedder.dimension), dtype=np.float32)
        return np.stack([known[t] for t in texts]) if texts else empty


def linear(
    features: NDArray[np.float64], names: Sequence[str], weights: Mapping[str, float]
) -> NDArray[np.float64]:
    """shape (n, len(names)) → shape (n,): the bias and the weighted sum."""
    w = np.asarray([weights[n] for n in names], dtype=np.float64)
    return np.asarray(features @ w + weights["bias"], dtype=np.float64)


def bent(x: NDArray[np.float64], bend: Mapping[str, float]) -> NDArray[np.float64]:
    """Log-odds → probabilities whose own log-odds follow the sure side and the unsure side at two
    rates (beta calibration: Kull, Silva Filho and Flach, 2017). `UNBENT`: the sigmoid."""
    return sigmoid(linear(sides(x), BEND, bend))


def sides(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds, shape (n,) → shape (n, 2): the logarithm of being right, and less that of being
    wrong."""
    return np.column_stack([-np.logaddexp(0, -x), np.logaddexp(0, x)])


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Into (0, 1), without overflow."""
    return 0.5 * (1 + np.tanh(x / 2))
