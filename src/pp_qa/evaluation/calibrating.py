"""Fitting what `models.calibration` holds: the weights of a sentence's score, of further ones', of a
reply's confidence, and the threshold, on the questions of suites."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pp_qa.evaluation.confidence import auroc
from pp_qa.evaluation.metrics import covers, sentence_f1
from pp_qa.evaluation.suites import Question, Suite
from pp_qa.followups import follow
from pp_qa.models.calibration import Calibration
from pp_qa.models.features import FURTHER_FEATURES, Candidate, candidates, further_features
from pp_qa.models.reading import Observer, Seen, bent, linear, sides, sigmoid
from pp_qa.retrieval import search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pp_qa.protocols import Embedder, IndexStore
    from pp_qa.settings import Settings
    from pp_qa.types import Hit, Passage

    Array = NDArray[np.float64]

MOST = 1_200
"""Questions taken of one suite, at random with a fixed seed: more add time, not knowledge."""
_RUNNERS_UP = 11
"""Sentences after the best one that are looked at."""
_FAR = 20.0
"""Log-odds of what is as good as certain."""
WITHHELD = 0.5
"""The share of answerable questions asked a second time without their answer."""
FALSE_REFUSALS = 0.1
"""The share of answerable questions that the threshold may refuse."""
_SENTENCE = 400
"""Code points of the longest gold range that is taken for a sentence."""
_RIDGE, _SENTENCE_RIDGE = 10.0, 1e-3
"""What keeps the weights of a confidence and of a score small, in units of the features' own
spread: chosen by fitting on three quarters of the tune questions and looking at the fourth."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with what is seen of its candidates; `right[i]` where candidate i answers it.
    `pointed`: what answers are sentences, no whole passages. `withheld`: it was asked without the
    passages that answer it."""

    suite: str
    seen: Seen
    right: NDArray[np.bool_]
    pointed: bool = True
    withheld: bool = False

    @property
    def features(self) -> Array:
        return self.seen.features


def collect(
    suite: Suite,
    store: IndexStore,
    embedder: Embedder,
    observer: Observer,
    settings: Settings,
    scoped: bool,
    limit: int = MOST,
) -> Iterator[Example]:
    """The suite's questions with what is seen of their candidates. Some are asked a second time
    with the passages that answer them withheld: a suite's own unanswerable questions were
    written to look answerable, while people ask what a text on their subject might have said."""
    chooser = random.Random(suite.name)
    questions = list(suite.questions)
    chooser.shuffle(questions)
    for question in questions[:limit]:
        within = frozenset({question.scope}) if scoped and question.scope else None
        find = partial(search, store, embedder, k=2 * settings.top_k, documents=within)
        followed = follow(question.text, question.history, find)
        query, hits = followed.query, followed.hits(2 * settings.top_k)
        yield _example(suite.name, question, query, hits[: settings.top_k], observer)
        if question.answerable and chooser.random() < WITHHELD:
            rest = [h for h in hits if not _holds(h.passage, question)][: settings.top_k]
            without = _example(suite.name, question, query, rest, observer)
            yield replace(without, withheld=True)


def _example(
    suite: str, question: Question, query: str, hits: Sequence[Hit], observer: Observer
) -> Example:
    found = candidates(hits)
    right = np.asarray([_answers(c, question) for c in found], dtype=bool)
    pointed = all(g.span is not None and len(g.span) <= _SENTENCE for g in question.gold)
    return Example(suite, observer.observe(query, found), right, pointed)


def _holds(passage: Passage, question: Question) -> bool:
    """Whether any of a gold range lies in a passage."""
    return any(
        g.doc_id == passage.doc_id and (g.span is None or passage.span.overlap(g.span))
        for g in question.gold
    )


def _answers(candidate: Candidate, question: Question) -> bool:
    place = (candidate.passage.doc_id, candidate.sentence.span)
    if question.need == "any":
        return covers(place, question.gold)
    return sentence_f1([place], question.gold) > 0


def fit(examples: Sequence[Example], observer: Observer) -> Calibration:
    """Weights by maximum likelihood: of a sentence's score over the candidates of each question
    (a softmax), of the confidence that the best one answers (a logistic regression).

    Each suite counts alike. What tells right from wrong is learned with both as frequent; then that
    is bent (models.reading.bent) to the questions as they were asked, none withheld from its
    answer, so that confidence is the share that comes true among such questions."""
    names = observer.sentence_features
    weights = _fit_sentences([e for e in examples if e.right.any()], len(names))
    scale, offset = _fit_bias(examples, weights)
    sentence = dict(zip((*names, "bias"), map(float, (*(scale * weights), offset)), strict=True))
    further = _fit_further([e for e in examples if e.pointed and e.right.any()], names, sentence)
    rows, right = _replies(examples, names, sentence)
    reply = _logistic(rows, right.astype(float), _balance([e.suite for e in examples], right))
    fitted = dict(zip((*observer.reply_features, "bias"), map(float, reply), strict=True))
    sure = linear(rows, observer.reply_features, fitted)
    bend = _fit_bend(examples, sure, right)
    confidence = bent(sure, bend)
    threshold = _threshold(examples, confidence)
    figures = _figures(examples, confidence, right, threshold)
    return Calibration(observer.fingerprint, sentence, further, fitted, bend, threshold, figures)


def _fit_sentences(examples: Sequence[Example], width: int) -> Array:
    """Gradient ascent on the mean log-probability that the softmax gives the right sentences."""
    suites = [e.suite for e in examples]
    weight = np.asarray([1 / suites.count(s) for s in suites])
    weight /= weight.sum()
    spread = _spread(np.concatenate([e.features for e in examples]))
    rows = [e.features / spread for e in examples]
    w, speed = np.zeros(width), np.zeros(width)
    for _ in range(300):
        gradient = -_SENTENCE_RIDGE * w
        for x, example, share in zip(rows, examples, weight, strict=True):
            p = np.exp(x @ w - np.max(x @ w))
            p /= p.sum()
            q = p * example.right
            q /= max(q.sum(), 1e-12)
            gradient += share * ((q - p) @ x)
        speed = 0.9 * speed + gradient
        w += 0.1 * speed
    fitted: Array = w / spread
    return fitted


def _fit_bias(examples: Sequence[Example], weights: Array) -> Array:
    """Scale and offset that make a sentence's score the probability that it answers."""
    scores = np.concatenate([e.features @ weights for e in examples])
    right = np.concatenate([e.right for e in examples])
    share = np.ones(len(right))
    return _logistic(scores[:, None], right.astype(float), share)


def _fit_further(
    examples: Sequence[Example], names: Sequence[str], weights: dict[str, float]
) -> dict[str, float]:
    """Weights of the probability that a sentence answers beside the best one, learned from the
    `_RUNNERS_UP` that come after it."""
    rows, right, suites = [], [], []
    for example in examples:
        scores = linear(example.features, names, weights)
        after = np.argsort(-scores, kind="stable")[1 : 1 + _RUNNERS_UP]
        rows.append(further_features(example.seen.found, scores)[after])
        right.append(example.right[after])
        suites += [example.suite] * len(after)
    if not suites:  # no question says which sentences answer: none is quoted beside the best
        return dict.fromkeys((*FURTHER_FEATURES, "bias"), 0.0) | {"bias": -_FAR}
    labels = np.concatenate(right).astype(float)
    fitted = _logistic(np.concatenate(rows), labels, _balance(suites))
    return dict(zip((*FURTHER_FEATURES, "bias"), map(float, fitted), strict=True))


def _replies(
    examples: Sequence[Example], names: Sequence[str], weights: dict[str, float]
) -> tuple[Array, NDArray[np.bool_]]:
    rows, right = [], []
    for example in examples:
        scores = linear(example.features, names, weights)
        rows.append(example.seen.reply(scores))
        right.append(bool(len(scores)) and bool(example.right[int(np.argmax(scores))]))
    return np.asarray(rows), np.asarray(right, dtype=bool)


def _fit_bend(
    examples: Sequence[Example], sure: Array, right: NDArray[np.bool_]
) -> dict[str, float]:
    """What bends log-odds so that they come true; both rates are the same (Platt, 1999) where one
    alone would fall as the other rises."""
    asked = np.asarray([not e.withheld for e in examples])
    weight = _balance([e.suite for e in examples if not e.withheld])
    labels = right[asked].astype(float)
    rising, falling, offset = _logistic(sides(sure[asked]), labels, weight)
    if min(rising, falling) < 0:
        rising, offset = _logistic(sure[asked, None], labels, weight)
        falling = rising
    return {"right": float(rising), "wrong": float(falling), "bias": float(offset)}


def _balance(suites: Sequence[str], right: NDArray[np.bool_] | None = None) -> Array:
    """Every suite and, where it is told who is right, every class in it weighs the same."""
    classes = [None] * len(suites) if right is None else right.tolist()
    keys = list(zip(suites, classes, strict=True))
    counts = {k: keys.count(k) for k in set(keys)}
    return np.asarray([len(keys) / len(counts) / counts[k] for k in keys])


def _logistic(rows: Array, labels: Array, weights: Array) -> Array:
    """Weights and, last, the bias, by Newton's method with a ridge on what stands for a
    feature's spread."""
    spread = np.append(_spread(rows), 1.0)
    x = np.column_stack([rows, np.ones(len(rows))]) / spread
    w = np.zeros(x.shape[1])
    ridge = np.full(len(w), _RIDGE)
    ridge[-1] = 0
    for _ in range(50):
        p = sigmoid(x @ w)
        gradient = x.T @ (weights * (labels - p)) - ridge * w
        curvature = (x * (weights * p * (1 - p) + 1e-9)[:, None]).T @ x + np.diag(ridge + 1e-9)
        change = np.linalg.solve(curvature, gradient)
        w += change
        if np.abs(change).max() < 1e-6:
            break
    fitted: Array = w / spread
    return fitted


def _spread(rows: Array) -> Array:
    """The standard deviation of each column; 1 for one that is all the same."""
    found = rows.std(axis=0)
    return np.where(found > 1e-6, found, 1.0)


def _threshold(examples: Sequence[Example], confidence: Array) -> float:
    """The confidence that FALSE_REFUSALS of the answerable questions stay below, each suite
    alike."""
    answerable = np.asarray([e.right.any() for e in examples])
    suites = np.asarray([e.suite for e in examples])[answerable]
    values = confidence[answerable]
    weight = np.asarray([1 / (suites == s).sum() for s in suites])
    order = np.argsort(values)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][int(np.searchsorted(share, FALSE_REFUSALS))])


def _figures(
    examples: Sequence[Example], confidence: Array, right: NDArray[np.bool_], threshold: float
) -> dict[str, dict[str, float]]:
    """What was reached on the data of the fit, by suite."""
    figures = {}
    for suite in sorted({e.suite for e in examples}):
        of = np.asarray([e.suite == suite for e in examples])
        answerable = np.asarray([e.right.any() for e in examples])[of]
        refused = confidence[of] < threshold
        shares = {
            "n": float(of.sum()),
            "first_right": float(right[of][answerable].mean()),
            "auroc": float(auroc(confidence[of], answerable)[0]),
            "answerable_refused": float(refused[answerable].mean()),
        }
        if not answerable.all():
            shares["unanswerable_refused"] = float(refused[~answerable].mean())
        figures[suite] = {k: round(v, 4) for k, v in shares.items() if v == v}
    return figures
