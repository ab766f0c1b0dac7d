"""How it holds up: an index of 10⁴, 10⁵ or 10⁶ passages. `make bench-scale` runs this.

Texts are made of words as frequent as words are in English, vectors lie in clusters: what is
measured is the store, without the model. Everything goes through `LocalStore`, as documents of
some fifty passages, one by one.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from keeping import keep
from numpy.typing import NDArray

from pp_qa.retrieval import POOL, fuse
from pp_qa.stores.local import LocalStore
from pp_qa.types import (
    Block,
    ChangeSet,
    Document,
    DocumentEntry,
    Hit,
    Passage,
    Sentence,
    Span,
)

if TYPE_CHECKING:
    from pp_qa.types import Vectors

DIMENSION = 384
PASSAGES = 50
"""In a document."""
TOPICS = 3_000
WORDS = 200_000
QUESTIONS = 200
UPDATES = 5
_FREQUENCY = 1 / np.arange(1, WORDS + 1) ** 1.07
_CUMULATIVE = np.cumsum(_FREQUENCY / _FREQUENCY.sum())


_STOP = (
    "the of and to in a is that for it as was with be by on not he this are or his from at which "
    "an had they you were their we can her has there been if when will would who so no"
)
"""The most frequent words, which the lexical index leaves out."""


def word(rank: int) -> str:
    """A made-up word, short when it is frequent."""
    letters = ""
    while True:
        rank, at = divmod(rank, 100)
        letters += "bcdfghjklmnprstvwxyz"[at // 5] + "aeiou"[at % 5]
        if not rank:
            return letters


def unit(rows: NDArray[Any]) -> Vectors:
    scaled: Vectors = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


class Corpus:
    """The same documents each time: document `n` is made from the seed `n`."""

    def __init__(self) -> None:
        self.words = np.array([*_STOP.split(), *map(word, range(WORDS))][:WORDS])
        self.topics = unit(np.random.default_rng(0).standard_normal((TOPICS, DIMENSION)))

    def text(self, rng: np.random.Generator, size: int) -> str:
        ranks = np.searchsorted(_CUMULATIVE, rng.random(size))
        return " ".join(self.words[np.minimum(ranks, WORDS - 1)])

    def vectors(self, rng: np.random.Generator, topic: int, count: int) -> Vectors:
        """A topic, what is the document's own, and what is each window's own."""
        own, each = rng.standard_normal(DIMENSION), rng.standard_normal((count, DIMENSION))
        return unit(self.topics[topic] + (0.6 * own + 0.8 * each) / DIMENSION**0.5)

    def entry(self, n: int, edition: int = 0) -> DocumentEntry:
        """Passages of 60 to 260 words in sentences of some 20; a window for each 100 words."""
        rng = np.random.default_rng((1, n, edition))
        doc_id, passages, counts, at = f"folder-{n % 97}/document-{n}.txt", [], [], 0
        for ordinal in range(PASSAGES):
            sizes = [20] * int(rng.integers(3, 13))
            lines = [self.text(rng, size) + ". " for size in sizes]
            text, sentences, start = "".join(lines), [], at
            for line in lines:
                sentences.append(Sentence(Span(at, at + len(line) - 1)))
                at += len(line)
            passages.append(
                Passage(
                    f"{doc_id}#{ordinal}",
                    doc_id,
                    ordinal,
                    Span(start, at),
                    text,
                    ("A heading",),
                    len(text) // 5,
                    tuple(sentences),
                )
            )
            counts.append(-(-sum(sizes) // 100))
        blocks = tuple(Block(p.span) for p in passages)
        text = "".join(p.text for p in passages)
        document = Document(doc_id, f"/{doc_id}", doc_id, text, f"{n}/{edition}", blocks=blocks)
        vectors = self.vectors(rng, int(rng.integers(TOPICS)), sum(counts))
        return DocumentEntry(document, tuple(passages), vectors, tuple(counts))

    def entries(self, passages: int) -> Iterator[DocumentEntry]:
        return (self.entry(n) for n in range(passages // PASSAGES))

    def questions(self, passages: int) -> list[tuple[str, Vectors]]:
        """Some words of a passage and some others; a vector near one of its windows."""
        rng = np.random.default_rng(2)
        found = []
        for n in rng.integers(passages // PASSAGES, size=QUESTIONS):
            entry = self.entry(int(n))
            said = entry.passages[int(rng.integers(PASSAGES))].text.replace(".", "").split()
            words = rng.choice([w for w in said if w not in _STOP.split()], 6)
            near = entry.vectors[int(rng.integers(len(entry.vectors)))]
            noise = rng.standard_normal(DIMENSION) / DIMENSION**0.5
            found.append((" ".join([*words, self.text(rng, 4)]), unit(near + 0.7 * noise)))
        return found


def seconds(task: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = task(*given)
    return time.perf_counter() - started, result


def timed(entries: Iterator[DocumentEntry], spent: list[float]) -> Iterator[DocumentEntry]:
    """The entries; what making them takes is noted, for it is none of the store's."""
    while True:
        took, entry = seconds(next, entries, None)
        spent.append(took)
        if entry is None:
            return
        yield entry


def fill(folder: Path, corpus: Corpus, passages: int) -> dict[str, Any]:
    """Build, then change and remove documents one at a time."""
    making: list[float] = []
    whole = ChangeSet(entries=timed(corpus.entries(passages), making))
    took, store = seconds(LocalStore.empty(folder).apply, whole)
    updates, deletes = [], []
    for n in range(UPDATES):
        spent, store = seconds(store.apply, ChangeSet(entries=[corpus.entry(n, edition=1)]))
        updates.append(spent)
    for n in range(UPDATES):
        names = tuple(corpus.entry(10 + 2 * n + i).document.doc_id for i in range(2))
        spent, store = seconds(store.apply, ChangeSet(removed=names))
        deletes.append(spent)
    store.close()
    return {
        "build_seconds": took - sum(making),
        "update_50_passages_seconds": statistics.median(updates),
        "delete_100_passages_seconds": statistics.median(deletes),
        "disk_mb": sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6,
    }


def memory_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def ask(folder: Path, corpus: Corpus, passages: int) -> dict[str, Any]:
    """In a process of its own: opening, then each question for the second time. `processor` is
    the time of `both` in which it was computed, whatever else the machine was at."""
    questions = corpus.questions(passages)
    opening, store = seconds(lambda: LocalStore.open(folder))
    times: dict[str, list[float]] = {}
    hits: list[list[Hit]] = []
    for _ in range(2):
        times = {"dense": [], "lexical": [], "both": [], "processor": []}
        hits = []
        for text, vector in questions:
            processor, started = time.thread_time(), time.perf_counter()
            dense = store.search_dense(vector[None], POOL)[0]
            between = time.perf_counter()
            lexical = store.search_lexical(text, POOL)
            found = time.perf_counter()
            fuse(dense, lexical, 10)
            times["dense"].append(between - started)
            times["lexical"].append(found - between)
            times["both"].append(time.perf_counter() - started)
            times["processor"].append(time.thread_time() - processor)
            hits.append(dense[:10])
    facts: dict[str, Any] = {"open_seconds": opening, "memory_mb": memory_mb()}
    for leg, values in times.items():
        facts[f"{leg}_p50_ms"] = 1000 * statistics.median(values)
        facts[f"{leg}_p95_ms"] = 1000 * sorted(values)[int(0.95 * len(values))]
    facts["segments"] = [f"{s.facts.tier}: {s.facts.rows} rows" for s in store._segments]
    return facts | {"recall_at_10": recall(store, [v for _, v in questions], hits)}


def recall(store: LocalStore, vectors: list[Vectors], hits: list[list[Hit]]) -> float:
    """The share of the ten nearest passages, found by looking at every row, that were hit."""
    best: list[dict[int, float]] = [{} for _ in vectors]
    for segment in store._segments:
        rows = segment.vectors
        for at in range(0, len(rows), 65_536):
            part = rows.stretch(at, min(65_536, len(rows) - at)) @ np.stack(vectors).T
            if segment.live is not None:
                part[~segment.live[at : at + len(part)]] = -2
            for scores, found in zip(part.T, best, strict=True):
                for row in np.argpartition(-scores, min(40, len(scores) - 1))[:40]:
                    number, score = int(rows.numbers[at + row]), float(scores[row])
                    found[number] = max(score, found.get(number, -2.0))
    shares = []
    for found, ours in zip(best, hits, strict=True):
        nearest = sorted(found, key=lambda n: -found[n])[:10]
        passages = store._look_up(lambda catalog, ns: catalog.passage_ids(ns), nearest)
        shares.append(
            len(set(passages.values()) & {h.passage.passage_id for h in ours}) / len(nearest)
        )
    return statistics.fmean(shares)


def measure(passages: int) -> dict[str, Any]:
    corpus = Corpus()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        facts = fill(folder, corpus, passages)
        answer = subprocess.run(
            [sys.executable, __file__, "--ask", str(folder), str(passages)],
            check=True,
            capture_output=True,
            text=True,
        )
        shutil.rmtree(folder)
    asked: dict[str, Any] = json.loads(answer.stdout)
    return {"passages": passages} | facts | asked


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the store at these sizes.")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("passages", nargs="*", type=int, default=[10_000, 100_000])
    chosen = parser.parse_args()
    if chosen.ask:
        print(json.dumps(ask(chosen.ask, Corpus(), chosen.passages[0])))
        return
    for passages in chosen.passages:
        facts = measure(passages)
        for key, value in facts.items():
            print(f"{key:<32} {value:.3f}" if isinstance(value, float) else f"{key:<32} {value}")
        print(f"kept in {keep(f'scale-{passages}', facts)}\n", flush=True)


if __name__ == "__main__":
    main()
