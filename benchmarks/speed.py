"""How fast: building an index, a warm question, a cold `pp-qa ask`. `make bench` runs this."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from keeping import keep

from pp_qa.composing import make_embedder, ready, update_index
from pp_qa.models.embedding import available_cores
from pp_qa.settings import load_settings
from pp_qa.stores.local import LocalStore
from pp_qa.types import Passage

CORPUS = Path(__file__).parents[1] / "docs_corpus"
COPIES = 25
"""The article so many times, each with a word of its own in every line, so that no text repeats."""


def passages(index: Path) -> list[Passage]:
    """Every passage of an index."""
    store = LocalStore.open(index)
    return [p for d in store.documents() for p in store.passages(d.doc_id)]


def build_rate(folder: Path) -> dict[str, float]:
    """Passages per second of wall-clock and per second of processor time, export excluded."""
    corpus = folder / "copies"
    corpus.mkdir()
    lines = next(CORPUS.glob("*.txt")).read_text(encoding="utf-8").split("\n")
    for i in range(COPIES):
        text = "\n".join(line.replace(" ", f" copy{i} ", 1) for line in lines)
        (corpus / f"{i}.txt").write_text(text, encoding="utf-8")
    settings = load_settings(corpus_dir=corpus, index_dir=folder / "index-of-copies")
    embedder = make_embedder(settings)
    embedder.embed(["warm up"])
    wall, processor = time.perf_counter(), time.process_time()
    report = update_index(settings, embedder)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    tokens = sum(p.token_count for p in passages(settings.index_dir))
    return {
        "passages": report.passages,
        "tokens_per_passage": tokens / report.passages,
        "build_passages_per_second": report.passages / wall,
        "build_passages_per_core_second": report.passages / processor,
    }


def warm(folder: Path) -> dict[str, float]:
    """Milliseconds of `ask` on the shipped article, the second time each question is asked."""
    assistant = ready(load_settings(corpus_dir=CORPUS, index_dir=folder / "index"), say=print)
    headings = [h for d in assistant.documents() for h in assistant.document(d.doc_id).sections]
    questions = [f"What about: {s.heading_path[-1]}?" for s in headings if s.heading_path]
    for question in questions:
        assistant.ask(question)
    times = []
    for question in questions * 10:
        started = time.perf_counter()
        assistant.ask(question)
        times.append(1000 * (time.perf_counter() - started))
    return {
        "warm_ask_p50_ms": statistics.median(times),
        "warm_ask_p95_ms": sorted(times)[int(0.95 * len(times))],
    }


def cold(folder: Path) -> dict[str, float]:
    """Seconds from starting `pp-qa ask` to its end, the index and the exported model there."""
    command = [sys.executable, "-m", "pp_qa.interfaces.cli", "ask", "Who met in Miami?"]
    command += ["--index", str(folder / "index"), "--corpus", str(CORPUS)]
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return {"cold_ask_seconds": statistics.median(times)}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        facts = build_rate(folder) | warm(folder) | cold(folder)
    for key, value in facts.items():
        print(f"{key:<32} {value:.1f}")
    print(f"on {available_cores()} cores; kept in {keep('speed', facts)}")


if __name__ == "__main__":
    main()
