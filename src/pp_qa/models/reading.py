"""The default Reader: sentences scored by likeness, shared words and the kind of answer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pp_qa.errors import ModelError
from pp_qa.models.embedding import embed_long
from pp_qa.models.features import (
    REPLY_FEATURES,
    SENTENCE_FEATURES,
    Candidate,
    candidates,
    reply_features,
    sentence_features,
)
from pp_qa.types import Hit, Reading, SentenceScore

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pp_qa.models.calibration import Calibration
    from pp_qa.protocols import Embedder
    from pp_qa.types import Vectors

_KEPT = 20_000
"""Sentence vectors kept in memory (30 MB), so that a passage read twice is embedded once."""


class SimilarityReader:
    """Linear over `models.features`, with weights from a Calibration. Thread-safe."""

    def __init__(self, embedder: Embedder, calibration: Calibration) -> None:
        """Raises ModelError when the calibration was fitted for other features."""
        for weights, names in (
            (calibration.sentence_weights, SENTENCE_FEATURES),
            (calibration.reply_weights, REPLY_FEATURES),
        ):
            if set(weights) != {*names, "bias"}:
                raise ModelError(
                    "the calibration was fitted by another version of pp_qa;"
                    " make it again with: pp-qa calibrate"
                )
        self._observer = Observer(embedder)
        self._calibration = calibration
        self.fingerprint = f"similarity/{calibration.fingerprint}"

    def read(self, question: str, hits: Sequence[Hit]) -> Reading:
        found = candidates(hits)
        features = self._observer.observe(question, found)
        scores = linear(features, SENTENCE_FEATURES, self._calibration.sentence_weights)
        reply = reply_features(question, found, features, scores)
        confidence = linear(reply[None], REPLY_FEATURES, self._calibration.reply_weights)
        best_first = sorted(
            (
                SentenceScore(c.sentence, c.passage, float(sigmoid(score)))
                for c, score in zip(found, scores, strict=True)
            ),
            key=lambda s: (-s.score, s.passage.doc_id, s.sentence.span),
        )
        return Reading(tuple(best_first), float(sigmoid(confidence)[0]) if found else 0.0)


class Observer:
    """Sees the features of candidates; keeps the vectors of the sentences it saw. Thread-safe."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def observe(self, question: str, found: Sequence[Candidate]) -> NDArray[np.float64]:
        """float64, shape (len(found), len(SENTENCE_FEATURES))."""
        vector = embed_long(self._embedder, question)
        return sentence_features(question, found, vector, self._embed([c.text for c in found]))

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


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Into (0, 1), without overflow."""
    return 0.5 * (1 + np.tanh(x / 2))
