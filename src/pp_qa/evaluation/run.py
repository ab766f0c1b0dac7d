"""Asking a suite's questions of a suite's documents, as a user would."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from pp_qa import evidence
from pp_qa.caches import KnownVectors
from pp_qa.errors import IndexDamaged, IndexMissing
from pp_qa.evaluation.suites import Question, Suite
from pp_qa.followups import follow
from pp_qa.indexing import fingerprints
from pp_qa.retrieval import rerank, search
from pp_qa.stores.local import LocalStore
from pp_qa.streaming import Failures, Pace, entries
from pp_qa.types import ChangeSet, Hit, Quote, Reading

if TYPE_CHECKING:
    from pp_qa.protocols import Embedder, IndexStore, ProgressCallback, Reader
    from pp_qa.settings import Settings
    from pp_qa.types import Channel

HITS = 30
"""Passages retrieved for a question; the first `top_k` of them are read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question; `query` is what it was understood to ask."""

    question: Question
    query: str
    hits: tuple[Hit, ...]
    reading: Reading
    quotes: tuple[Quote, ...]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the pipeline: which leg finds the passages, what reads them, and whether they
    are put in order by that."""

    name: str
    leg: Channel
    reader: Reader
    reranks: bool = True


def suite_index(
    suite: Suite, embedder: Embedder, settings: Settings, progress: ProgressCallback
) -> IndexStore:
    """The suite's documents, indexed; kept in the cache folder, so that a second run is quick."""
    wanted = fingerprints(embedder, settings)
    content = [(d.doc_id, d.content_hash) for d in suite.documents]
    key = hashlib.sha256(json.dumps([wanted, content]).encode()).hexdigest()[:16]
    root = settings.cache_dir / "suites" / f"{suite.name}-{key}"
    try:
        return LocalStore.open(root)
    except (IndexMissing, IndexDamaged):
        work = ((document, None) for document in suite.documents)
        sizes = {d.doc_id: len(d.text) for d in suite.documents}
        cache = KnownVectors(None, embedder.fingerprint)
        failures = Failures()
        pace = Pace(sizes, progress, failures)
        new = entries(work, None, embedder, settings, cache, failures, pace)
        with closing(new):
            return LocalStore.empty(root).apply(ChangeSet(new, fingerprints=wanted))


def is_scoped(suite: Suite, store: IndexStore) -> bool:
    """Whether questions are to be asked within the document they were written for: where they
    name one, and documents are more than a single passage, which would leave nothing to find."""
    sizes = [d.passage_count for d in store.documents()]
    return all(q.scope for q in suite.questions) and median(sizes) > 1


def run(
    questions: Sequence[Question],
    store: IndexStore,
    embedder: Embedder,
    reader: Reader,
    settings: Settings,
    scoped: bool,
) -> Iterator[Outcome]:
    """Retrieve, read and choose quotes for each question."""
    whole = Stage("whole", "fused", reader)
    for outcomes in run_stages(questions, store, embedder, [whole], settings, scoped):
        yield outcomes[whole.name]


def run_stages(
    questions: Sequence[Question],
    store: IndexStore,
    embedder: Embedder,
    stages: Sequence[Stage],
    settings: Settings,
    scoped: bool,
) -> Iterator[dict[str, Outcome]]:
    """What each stage makes of each question, by its name. A question is searched for once. The
    last stage goes first: what it embeds is kept for the others, so that its time alone counts.
    """
    depth = max(HITS, settings.top_k)
    for question in questions:
        started = time.perf_counter()
        within = frozenset({question.scope}) if scoped and question.scope else None
        find = partial(search, store, embedder, k=depth, documents=within)
        followed = follow(question.text, question.history, find)
        query = followed.query
        outcomes = {}
        for stage in reversed(stages):
            hits = followed.hits(depth, stage.leg)
            reading = stage.reader.read(query, hits[: settings.top_k])
            quotes = evidence.select(query, reading, settings.max_quotes, store.document)
            elapsed = 1000 * (time.perf_counter() - started)
            if stage.reranks:
                hits = rerank(hits, reading)
            outcomes[stage.name] = Outcome(
                question, query, tuple(hits), reading, tuple(quotes), elapsed
            )
        yield outcomes
