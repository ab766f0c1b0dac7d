"""Whatever happens to a folder: after an update the index is as if it were made anew."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from indexed import PARSERS

from pp_qa.errors import CorpusError
from pp_qa.indexing import Options, update
from pp_qa.protocols import IndexStore, ProgressCallback
from pp_qa.settings import Settings
from pp_qa.stores.local import LocalStore
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder
from pp_qa.types import Document, Progress, UpdateReport

NAMES = st.sampled_from(["a.txt", "b.txt", "c.md", "x/a.txt", "x/y/d.md", "Ü b.txt"])
BROKEN = bytes(range(256)) * 8
TEXTS = st.one_of(
    st.sampled_from(["", " \n", "Shares rose in Lisbon.", "# Talks\n\nThe envoys met.\n"]),
    st.lists(
        st.sampled_from(["The envoys met. ", "# Plan\n\n", "- one\n", "It rained. " * 9, "\n\n"]),
        min_size=1,
        max_size=9,
    ).map("".join),
)


class Following(RuleBasedStateMachine):
    """Files come, change, go, move and break between updates of every kind."""

    @initialize(on_disk=st.booleans())
    def begin(self, on_disk: bool) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.corpus = self.root / "corpus"
        self.corpus.mkdir()
        self.settings = Settings(index_dir=self.root / "index", passage_tokens=32)
        self.on_disk = on_disk
        self.store = self.empty()
        self.embedder = FakeEmbedder()
        self.held: dict[str, str] = {}
        """What the index should hold, by doc_id."""

    def teardown(self) -> None:
        if hasattr(self, "root"):
            self.store.close()
            shutil.rmtree(self.root)

    def empty(self) -> IndexStore:
        return LocalStore.empty(self.settings.index_dir) if self.on_disk else MemoryStore()

    def files(self) -> list[Path]:
        return sorted(p for p in self.corpus.rglob("*") if p.is_file())

    # ── what happens to files ────────────────────────────────────────────────

    @rule(name=NAMES, text=TEXTS)
    def write(self, name: str, text: str) -> None:
        path = self.corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @rule(name=NAMES)
    def break_it(self, name: str) -> None:
        if (self.corpus / name).exists():
            (self.corpus / name).write_bytes(BROKEN)

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        (self.corpus / name).unlink(missing_ok=True)

    @rule(name=NAMES, other=NAMES, copy=st.booleans())
    def move_or_copy(self, name: str, other: str, copy: bool) -> None:
        path = self.corpus / name
        if path.exists() and name != other:
            (self.corpus / other).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copy2 if copy else shutil.move)(path, self.corpus / other)

    @rule()
    def move_all(self) -> None:
        moved = self.corpus.with_name(f"{self.corpus.name}+")
        self.corpus.rename(moved)
        self.corpus = moved

    # ── what happens to the index ────────────────────────────────────────────

    @rule(tokens=st.sampled_from([32, 48]))
    def set_passage_tokens(self, tokens: int) -> None:
        self.settings = self.settings.model_copy(update={"passage_tokens": tokens})

    @rule(rebuild=st.booleans(), retry=st.booleans(), beside=st.booleans())
    def follow(self, rebuild: bool, retry: bool, beside: bool) -> None:
        options = Options(allow_empty=True, rebuild=rebuild, retry=retry)
        older = self.store
        here = str(self.corpus.resolve())
        if rebuild and beside and older.manifest.corpus != here:
            self.held = {}  # another folder is begun with nothing
        refused = True
        with suppress(CorpusError):
            self.store, report = self.update(options, beside)
            refused = False
        if refused:  # documents went while the folder moved
            assert older.manifest.corpus not in ("", here)
            return
        if self.store is not older:
            older.close()
        texts = {p.relative_to(self.corpus).as_posix(): p.read_bytes() for p in self.files()}
        whole = {i: content.decode() for i, content in texts.items() if content != BROKEN}
        self.held = whole | {i: t for i, t in self.held.items() if texts.get(i) == BROKEN}
        seen = [*report.added, *report.changed, *report.unchanged]
        seen += [new for _, new in report.renamed] + [f.source for f in report.failed]
        assert sorted(seen) == sorted(texts)
        self.compare()

    def update(
        self, options: Options, beside: bool, progress: ProgressCallback = lambda _: None
    ) -> tuple[IndexStore, UpdateReport]:
        return update(
            self.store,
            self.embedder,
            self.corpus,
            self.settings,
            progress,
            options,
            beside=self.empty() if beside else None,
            left=self.root,
            parsers=PARSERS,
        )

    @rule(steps=st.integers(0, 9))
    def be_interrupted(self, steps: int) -> None:
        left = steps

        def interrupt(_: Progress) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

        before = self.store.manifest
        with suppress(KeyboardInterrupt, CorpusError):
            self.store, _ = self.update(Options(allow_empty=True), False, interrupt)
        if self.store.manifest != before:
            self.follow(rebuild=False, retry=True, beside=False)

    def compare(self) -> None:
        """With an index that is made at once of what should be in this one."""
        place = self.root / "fresh"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for doc_id, text in self.held.items():
            (place / doc_id).parent.mkdir(parents=True, exist_ok=True)
            (place / doc_id).write_text(text)
        fresh, report = update(
            MemoryStore(),
            self.embedder,
            place,
            self.settings,
            options=Options(allow_empty=True),
            parsers=PARSERS,
        )
        assert not report.failed
        assert [d.doc_id for d in self.store.documents()] == sorted(self.held)
        for info, wanted in zip(self.store.documents(), fresh.documents(), strict=True):
            assert replace(info, source="") == replace(wanted, source="")
            doc_id = info.doc_id
            assert placeless(self.store.document(doc_id)) == placeless(fresh.document(doc_id))
            passages = self.store.passages(doc_id)
            assert passages == fresh.passages(doc_id)
            have, want = self.store.known_vectors(passages), fresh.known_vectors(passages)
            assert have.keys() == want.keys()
            assert all(np.array_equal(have[t], want[t]) for t in have)


def placeless(document: Document) -> Document:
    return replace(document, source="")


TestFollowing = Following.TestCase
TestFollowing.settings = settings(max_examples=20, stateful_step_count=20)
