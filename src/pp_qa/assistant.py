"""Asking: question → retrieval → reading → evidence → a verified reply.

`Assistant` works on the seams of `protocols`; `composing` picks the concrete classes. Importing
this module loads neither torch nor faiss nor onnxruntime: they come with the first index.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pp_qa.asked import asked, checked_text, checked_turns, chosen, gone_on
from pp_qa.errors import FilterError, QuestionError, UsageError
from pp_qa.mentions import has_mentions
from pp_qa.reaching import lacking, why_no_name
from pp_qa.replying import found, nothing_asked, reason, timings
from pp_qa.types import (
    Abstention,
    Answer,
    Coverage,
    Document,
    DocumentInfo,
    Hit,
    IndexManifest,
    Reading,
    Reply,
    Turn,
    UpdateReport,
    Verification,
)

if TYPE_CHECKING:
    from pp_qa.followups import Followed, Legs
    from pp_qa.protocols import Embedder, IndexStore, ProgressCallback, Reader
    from pp_qa.settings import Settings

_AROUND = 50
"""Passages whose words tell what was meant by one that is misspelt."""


class _Looked(NamedTuple):
    """What came of looking for a question: what was searched for, the passages that were read and
    what was made of them, the texts around, and when all was found."""

    query: str
    hits: list[Hit]
    reading: Reading
    texts: list[str]
    retrieved: float


class Assistant:
    """Questions over one index. Thread-safe; follows the index when another process updates it.

    `Assistant.open(folder)` is the usual way in; the constructor takes the parts themselves.
    """

    def __init__(
        self,
        store: IndexStore,
        embedder: Embedder,
        reader: Reader,
        settings: Settings,
        threshold: float,
        reopen: Callable[[IndexStore], IndexStore] = lambda store: store,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.threshold = threshold
        self.reader = reader
        self.embedder = embedder
        self._store = store
        self._reopen = reopen
        self._check = check
        self._lock = threading.RLock()

    @classmethod
    def open(cls, index: str | Path | None = None, **settings: Any) -> Assistant:
        """The index in a folder, with settings by name over those of pp_qa.toml and PP_QA_*.

        With `corpus_dir=…` an index that is missing, damaged or made with other settings is
        built from that folder first; without it, nothing is ever written.

        Raises IndexMissing, IndexDamaged or IndexIncompatible (without a `corpus_dir`),
        CorpusError, IndexLocked or IndexWriteError (with one), ModelError or SettingsError.
        """
        from pp_qa.composing import open_assistant, ready
        from pp_qa.settings import load_settings

        wanted = load_settings(index_dir=index, **settings)
        return open_assistant(wanted) if settings.get("corpus_dir") is None else ready(wanted)

    # ── asking ───────────────────────────────────────────────────────────────

    def retrieve(
        self, question: str, k: int = 5, documents: Sequence[str] | str | None = None
    ) -> list[Hit]:
        """The best `k` passages, best first: found by likeness and words, and the first `top_k`
        of them read by the Reader and put in order by what it made of them.

        `documents` restricts the search to doc_ids, folders or patterns such as
        `"reports/*.txt"`; one may be given alone. Without it the question itself may name some
        (`mentions`).
        Raises QuestionError, or FilterError when no document matches.
        """
        from pp_qa.retrieval import rerank, retrieve

        if not isinstance(k, int) or isinstance(k, bool) or k < 1:
            raise QuestionError(f"k is {k!r}; ask for a whole number of passages, at least 1")
        store = self.store
        question, within, _ = asked(question, documents, store)
        read = self.settings.top_k
        hits = retrieve(store, self.embedder, question, max(k, read), within)
        self._check()
        return rerank(hits, self.reader.read(question, hits[:read]))[:k]

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        documents: Sequence[str] | str | None = None,
        min_confidence: float | None = None,
    ) -> Reply:
        """An Answer with verified quotes, or an Abstention with the nearest passages.

        `history` is the conversation so far, oldest turn first: a follow-up to a question that names
        documents is asked of these too, unless `documents` are given. `min_confidence` in [0, 1]
        takes the place of the calibrated threshold. Raises as `retrieve` does.
        """
        from pp_qa import evidence
        from pp_qa.absence import names_among
        from pp_qa.duplicates import also_in
        from pp_qa.retrieval import rerank
        from pp_qa.small_talk import is_about_assistant, is_courtesy
        from pp_qa.verifying import cite

        started = time.perf_counter()
        said, store, typed = history, self.store, question
        history = checked_turns(said, store)
        question, within, named = asked(typed, documents, store)
        if is_courtesy(question):
            return nothing_asked(question, store.manifest.generation, started)
        if documents is None and not named and not has_mentions(typed):
            within, named = gone_on(question, said, store, partial(self._leans, store))
        threshold = self._threshold(min_confidence)
        looked, absent = self._look_well(question, history, store, within)
        hits, reading = looked.hits, looked.reading
        document = lru_cache(maxsize=None)(store.document)
        quotes = evidence.select(looked.query, reading, self.settings.max_quotes, document)
        answered = bool(quotes) and reading.confidence >= threshold
        if not answered:
            quotes = evidence.closest(rerank(hits, reading), reading, self.settings.max_quotes)
        citations = tuple(
            replace(
                cite(n, q, document(q.doc_id)),
                also_in=also_in(q, hits, store),
                found=found(q, hits),
            )
            for n, q in enumerate(quotes, start=1)
        )
        common: dict[str, Any] = {
            "question": question,
            "search_query": looked.query,
            "confidence": reading.confidence,
            "generation": store.manifest.generation,
            "coverage": self._coverage(store, within, named),
            "timings": timings(started, looked.retrieved),
            "threshold": threshold,
        }
        if answered:
            return Answer(citations=citations, absent=names_among(absent, question), **common)
        why = reason(store, hits, absent)
        if why != "empty_index" and is_about_assistant(question):
            return Abstention(closest=(), reason="about_pp_qa", **common)
        return Abstention(closest=citations, reason=why, absent=absent, **common)

    def leans(
        self,
        question: str,
        history: Sequence[Turn],
        documents: Sequence[str] | str | None = None,
    ) -> bool:
        """Whether a question, asked of these documents, is understood from what was said before
        it. Raises as `ask` does."""
        from pp_qa.small_talk import is_courtesy

        store = self.store
        question, within, _ = asked(question, documents, store)
        leans = self._leans(store, question, checked_turns(history, store), within)
        return leans and not is_courtesy(question)

    def verify(self, text: str, source: Sequence[str] | str | None = None) -> Verification:
        """Whether the documents say what a text quotes: a passage, or the whole answer of a
        chatbot. Without quotation marks each of its sentences is looked up.

        `source` names the document, or a pattern for several, that the text is said to be from;
        by default what the text itself says counts ("report.txt", "p. 3", "[1]").
        Raises QuestionError for a text without words or too long, FilterError for a source
        that is no document.
        """
        from pp_qa.checking import check

        text, store = checked_text(text), self.store
        within = chosen(store, source)
        return check(text, store, self.embedder, within, self._check)

    # ── the index ────────────────────────────────────────────────────────────

    @property
    def store(self) -> IndexStore:
        """The current generation; while another thread opens that, the one before. Hold on to it
        to see one generation from first to last."""
        if self._lock.acquire(blocking=False):
            try:
                self._store = self._reopen(self._store)
            finally:
                self._lock.release()
        return self._store

    def pinned(self, check: Callable[[], None] = lambda: None) -> Assistant:
        """An Assistant over the current generation, which sees no later one: for several
        questions about the same state of the documents. `check` is called between the stages of
        each, and of a verification; what it raises gives that up."""
        return Assistant(
            self.store, self.embedder, self.reader, self.settings, self.threshold, check=check
        )

    @property
    def manifest(self) -> IndexManifest:
        return self.store.manifest

    @property
    def corpus(self) -> Path:
        """The folder that updates follow: the one the index follows or, where that is gone or
        there is no index yet, the one of the settings."""
        return self._followed or self.settings.corpus_dir

    @property
    def _followed(self) -> Path | None:
        """The folder that the index follows, if it is there."""
        followed = Path(self.manifest.corpus)
        return followed if self.manifest.corpus and not lacking(followed) else None

    def documents(self) -> list[DocumentInfo]:
        """The documents that can be asked, by doc_id."""
        return self.store.documents()

    def document(self, doc_id: str) -> Document:
        """One document's stored text and structure. Raises FilterError when it isn't there."""
        if not isinstance(doc_id, str):
            raise FilterError(f"{doc_id!r} names no document; give its name as a str")
        return self.store.document(doc_id)

    def update(
        self,
        corpus: str | Path | None = None,
        progress: ProgressCallback = lambda _: None,
        *,
        allow_empty: bool = False,
        rebuild: bool = False,
        dry_run: bool = False,
    ) -> UpdateReport:
        """Make the index follow the folder: by default the one it follows already or, where that
        is gone, the one of the settings. Questions are answered from the old generation until
        the new one is complete. `rebuild` reads every file again; `dry_run` only says what would
        be done.

        Raises CorpusError, IndexLocked or IndexWriteError; the old index then still answers.
        UsageError for what is no path.
        """
        from pp_qa.composing import update_index
        from pp_qa.indexing import Options

        if not isinstance(corpus, str | Path | None):
            raise UsageError(f"the corpus is {corpus!r}; give the path of a folder")
        if corpus is not None and (why := why_no_name(corpus)):
            raise UsageError(
                f"the corpus can't be {str(corpus)!r}: {why}; give the path of a folder"
            )
        report = update_index(
            self.settings,
            self.embedder,
            progress,
            Options(allow_empty=allow_empty, rebuild=rebuild, dry_run=dry_run),
            corpus=self._followed if corpus is None else Path(corpus),
        )
        with self._lock:  # the next question is to see it
            self._store = self._reopen(self._store)
        return report

    def close(self) -> None:
        with self._lock:
            self._store.close()

    def _look_well(
        self,
        question: str,
        history: Sequence[Turn],
        store: IndexStore,
        within: frozenset[str] | None,
    ) -> tuple[_Looked, tuple[str, ...]]:
        """What came of looking for a question as it stands or, if that makes the reader surer, put
        plainly and as the documents spell it; and those of its words that they have in no spelling."""
        from pp_qa.absence import absent_words, names_among
        from pp_qa.small_talk import asks_what_is_said, plainly
        from pp_qa.spelling import mended, with_dates_in_words, with_hyphens

        respelt = with_dates_in_words(plainly(question))
        looked = self._look(question, history, store, within)
        absent = absent_words(respelt, store, within)
        respelt = with_hyphens(respelt, absent, looked.texts)
        absent = tuple(word for word in absent if word in question and word in respelt)
        names = names_among(absent, question)
        strange = [word for word in absent if word not in names and not self._knows(word)]
        respelt = mended(respelt, strange, looked.texts)
        if respelt != question:
            alone = looked.query == question and asks_what_is_said(question)
            again = self._look(respelt, () if alone else history, store, within)
            looked = max(looked, again, key=lambda one: one.reading.confidence)
        return looked, absent

    def _knows(self, word: str) -> bool:
        """Whether a word is spelt right: the embedder takes a common one as it is, and a misspelt one
        apart."""
        return self.embedder.count_tokens(word) == self.embedder.count_tokens("a")

    def _look(
        self,
        question: str,
        history: Sequence[Turn],
        store: IndexStore,
        within: frozenset[str] | None,
    ) -> _Looked:
        followed = self._follow(question, history, store, within)
        found = followed.hits(max(_AROUND, self.settings.top_k))
        hits = found[: self.settings.top_k]
        retrieved = time.perf_counter()
        self._check()
        reading = self.reader.read(followed.query, hits)
        self._check()
        return _Looked(followed.query, hits, reading, [h.passage.text for h in found], retrieved)

    def _follow(
        self,
        question: str,
        history: Sequence[Turn],
        store: IndexStore,
        within: frozenset[str] | None,
    ) -> Followed:
        from pp_qa.followups import follow
        from pp_qa.retrieval import search

        def find(query: str) -> Legs:
            self._check()
            return search(store, self.embedder, query, self.settings.top_k, within)

        return follow(question, history, find)

    def _leans(
        self,
        store: IndexStore,
        question: str,
        history: Sequence[Turn],
        within: frozenset[str] | None,
    ) -> bool:
        return self._follow(question, history, store, within).query != question

    def _threshold(self, given: float | None) -> float:
        wanted = given if given is not None else self.settings.min_confidence
        if wanted is None:
            return self.threshold
        number = isinstance(wanted, int | float) and not isinstance(wanted, bool)
        if not number or not 0 <= wanted <= 1:
            raise QuestionError(f"min_confidence is {wanted!r}; it must lie between 0 and 1")
        return wanted

    @staticmethod
    def _coverage(
        store: IndexStore, within: frozenset[str] | None, named: tuple[str, ...]
    ) -> Coverage:
        manifest = store.manifest
        unread = tuple(f.source for f in manifest.failures)
        if within is None:
            return Coverage(manifest.documents, manifest.passages, unread)
        searched = store.documents(within)
        return Coverage(len(searched), sum(d.passage_count for d in searched), unread, named)
