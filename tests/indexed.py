"""An index in memory over a folder of files, for tests of what follows what."""

from __future__ import annotations

import atexit
from pathlib import Path

from pp_qa.indexing import Options, make_parsers, update
from pp_qa.protocols import IndexStore, ProgressCallback
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder
from pp_qa.types import UpdateReport

PARSERS = make_parsers(Settings())
"""One process for all tests: to start it for each would take most of their time."""
atexit.register(PARSERS.close)


class Index:
    """An index in memory that is brought up to date again and again."""

    def __init__(self, corpus: Path) -> None:
        self.corpus = corpus
        self.embedder = FakeEmbedder()
        self.settings = Settings(corpus_dir=corpus)
        self.store: IndexStore = MemoryStore()
        self.left: Path | None = None

    def update(self, progress: ProgressCallback = lambda _: None, **options: bool) -> UpdateReport:
        self.embedder.embedded.clear()
        self.store, report = update(
            self.store,
            self.embedder,
            self.corpus,
            self.settings,
            progress,
            Options(**options),
            left=self.left,
            parsers=PARSERS,
        )
        assert report.embedded == len(self.embedder.embedded)
        assert report.generation == self.store.manifest.generation
        return report

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.corpus / f"{name}.txt").write_text(text)

    def doc_ids(self) -> list[str]:
        return [d.doc_id for d in self.store.documents()]

    def finds(self, word: str) -> bool:
        return bool(self.store.search_lexical(word, 1))


def reasons(report: UpdateReport) -> dict[str, str]:
    return {f.source: f.reason for f in report.failed}
