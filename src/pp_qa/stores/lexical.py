"""BM25 over passages in a tantivy folder, by passage number.

tantivy keeps its words in segments of its own, whose files never change: the next generation
links them, deletes and adds. What was deleted counts in the statistics of BM25 until tantivy
merges it away or the index is written anew, which it is whenever the oldest segment is.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy

from pp_qa.datelines import as_asked
from pp_qa.errors import IndexWriteError
from pp_qa.words import NAME, analyzer, words

_WRITER_BYTES = 64_000_000
LOCK = ".lock"
"""How names of files end that each folder of tantivy has for itself."""


class LexicalIndex:
    """Read-only once written."""

    def __init__(self, folder: Path) -> None:
        place = self._lockable(folder)
        with _panics():
            self._index = _open(place)
            # A generation never changes: no thread need watch it, and lock files to read it anew.
            self._index.config_reader(reload_policy="manual")
            self._searcher = self._index.searcher()

    def _lockable(self, folder: Path) -> Path:
        """tantivy locks even what it only reads: of a folder that can't be written, another one
        that shows the same files."""
        if all(os.access(path, os.W_OK) for path in (folder, *folder.glob(f"*{LOCK}"))):
            return folder
        try:
            place = tempfile.mkdtemp(prefix="pp_qa-")
        except OSError as error:
            raise IndexWriteError(
                f"{folder} can't be written to, nor can a folder for its locks be made"
                f" ({error.strerror or error}); set TMPDIR to a folder that can be written to"
            ) from error
        weakref.finalize(self, shutil.rmtree, place, ignore_errors=True)
        for path in folder.resolve().iterdir():
            if not path.name.endswith(LOCK):
                _symlink_or_copy(path, Path(place) / path.name)
        return Path(place)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(
        self, text: str, n: int, doc_ids: Collection[str] | None = None
    ) -> list[tuple[int, float]]:
        """The `n` best (number, BM25 score), best first; `doc_ids` restricts it beforehand."""
        asked = dict.fromkeys(words(text))
        n = min(n, self._searcher.num_docs)  # tantivy sets room aside for as many as it is asked
        if not asked or n < 1 or (doc_ids is not None and not doc_ids):
            return []
        schema = _schema()
        should = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(schema, "body", word, "freq"))
                for word in asked
            ]
        )
        clauses = [(tantivy.Occur.Must, should)]
        if doc_ids is not None:
            chosen = tantivy.Query.term_set_query(schema, "doc_id", sorted(doc_ids))
            clauses.append((tantivy.Occur.Must, tantivy.Query.const_score_query(chosen, 0.0)))
        query = tantivy.Query.boolean_query(clauses) if len(clauses) > 1 else should
        with _panics():
            found = self._searcher.search(query, n, count=False).hits
            numbers = self._searcher.fast_field_values("number", [at for _, at in found])
        return [
            (int(number or 0), float(score))
            for number, (score, _) in zip(numbers, found, strict=True)
        ]


def add(
    folder: Path, passages: Iterable[tuple[int, str, str]], removed: Collection[str] = ()
) -> None:
    """Remove documents from the index in `folder`, which may be empty, and add (number, doc_id,
    text) triples."""
    # One thread, so that the same passages always make the same index.
    with _panics():
        writer = _open(folder).writer(heap_size=_WRITER_BYTES, num_threads=1)
        for doc_id in removed:
            writer.delete_documents_by_term("doc_id", doc_id)
        for number, doc_id, text in passages:
            writer.add_document(tantivy.Document(number=number, doc_id=doc_id, body=as_asked(text)))
        writer.commit()
        writer.wait_merging_threads()


@contextmanager
def _panics() -> Iterator[None]:
    """Raises RuntimeError where tantivy panics over a file that is not what it wrote: what it raises
    itself then is no Exception."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise RuntimeError(f"the words can't be read ({error})") from error


def _open(folder: Path) -> tantivy.Index:
    index = tantivy.Index(_schema(), path=str(folder), reuse=True)
    index.register_tokenizer(NAME, analyzer())
    return index


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("number", fast=True)
    builder.add_text_field("doc_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("body", tokenizer_name=NAME, index_option="freq")
    return builder.build()


def _symlink_or_copy(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source)
    except OSError:  # a system that gives that right to few
        shutil.copyfile(source, target)
