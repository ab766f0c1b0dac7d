"""A large index is not read whole when it is opened: what is damaged in it comes to light when it is
asked, as an error of ours, and never as a wrong text."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from stat import S_ISDIR

import numpy as np
import pytest
from contracts.store_contract import ARTICLE, EMBEDDER

from pp_qa import composing
from pp_qa.errors import IndexDamaged, UsageError
from pp_qa.settings import Settings
from pp_qa.stores import files, generations, segments
from pp_qa.stores.local import LocalStore

QUESTION = "Shares rose in Paris"


@pytest.fixture
def index(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of several segments from which a document has gone, of whose files next to nothing is
    looked at when it is opened."""
    monkeypatch.setattr(generations, "_VERIFY_BYTES", 0)
    monkeypatch.setattr(files, "_BLOCK", 1)
    monkeypatch.setattr(segments, "WHOLE", 0)
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index", passage_tokens=32)
    (corpus / "a.txt").write_text(20 * ARTICLE)
    (corpus / "gone.txt").write_text("Shares rose in Paris, it was said.\n")
    composing.update_index(settings, EMBEDDER)
    (corpus / "gone.txt").unlink()
    (corpus / "b.txt").write_text("Shares rose in Paris.\n")
    composing.update_index(settings, EMBEDDER)
    return settings.index_dir


def put(path: Path, content: bytes) -> None:
    """Another file of that name: what is mapped into memory stays as it is."""
    path.unlink()
    path.write_bytes(content)


def seen(index: Path) -> Iterator[tuple[str, str]]:
    """Every text that the index shows, with its document."""
    with closing(LocalStore.open(index)) as store:
        vector = EMBEDDER.embed([QUESTION])
        for hit in [*store.search_dense(vector, 5)[0], *store.search_lexical(QUESTION, 5)]:
            yield hit.passage.doc_id, hit.passage.text
        for info in store.documents():
            for passage in store.passages(info.doc_id):
                yield info.doc_id, passage.text
            yield info.doc_id, store.document(info.doc_id).text
        store.problems()


def test_whatever_byte_is_damaged_nothing_false_is_shown(index: Path, corpus: Path) -> None:
    """One to three bits of a file, as a disk loses them: the right text or IndexDamaged."""
    texts = {p.name: p.read_text() for p in corpus.iterdir()}
    draw = random.Random(1)
    place = next(index.glob("generation-*"))
    paths = sorted(p for p in place.rglob("*") if p.is_file() and p.stat().st_size)
    for _ in range(150):
        path = draw.choice(paths)
        sound = path.read_bytes()
        damaged = bytearray(sound)
        for _ in range(draw.choice((1, 3))):
            damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        put(path, damaged)
        with suppress(IndexDamaged):
            for doc_id, text in seen(index):
                assert text in texts[doc_id], path
        put(path, sound)


def test_a_passage_that_is_not_what_was_indexed_is_not_shown(index: Path) -> None:
    """A search has its text from the catalog, and it is compared with its hash like a document's."""
    for catalog in index.rglob("catalog.sqlite"):
        put(catalog, catalog.read_bytes().replace(b"rose in Paris", b"fell in Paris"))
    store = LocalStore.open(index)
    with pytest.raises(IndexDamaged, match=r"run: pp-qa index --index .* --rebuild"):
        store.search_lexical(QUESTION, 5)


def test_vectors_that_are_none_are_damage(index: Path) -> None:
    """A score that is no number puts nothing in order."""
    store = LocalStore.open(index)
    for path in index.rglob("vectors.f32"):
        with path.open("r+b") as file:  # which is mapped: it never gets shorter
            file.write(np.full(path.stat().st_size // 4, np.inf, np.float32).tobytes())
    with pytest.raises(IndexDamaged, match="vector"):
        store.search_dense(EMBEDDER.embed([QUESTION]), 5)


def test_words_that_lead_to_a_passage_that_has_gone_are_damage(index: Path) -> None:
    """Wherever the numbers of passages are damaged, and whatever tantivy makes of it: it panics over
    some of them."""
    damaged = 0
    for path in index.rglob("*.fast"):
        sound = path.read_bytes()
        for at in range(len(sound)):
            put(path, sound[:at] + bytes([sound[at] ^ 0x55]) + sound[at + 1 :])
            try:
                hits = LocalStore.open(index).search_lexical(QUESTION, 50)
                assert {h.passage.doc_id for h in hits} <= {"a.txt", "b.txt"}
            except IndexDamaged:
                damaged += 1
        put(path, sound)
    assert damaged


def test_a_closed_index_says_so(index: Path) -> None:
    """It is no damage that what was closed can't be asked."""
    store = LocalStore.open(index)
    store.close()
    with pytest.raises(UsageError, match="has been closed"):
        store.documents()


def test_what_an_update_merges_is_checked(index: Path, corpus: Path) -> None:
    """A vector that lost a bit is not written down as sound: the index is made again."""
    for path in index.rglob("vectors.f32"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2 + 1] ^= 1
        put(path, bytes(content))
    settings = Settings(corpus_dir=corpus, index_dir=index, passage_tokens=32)
    (corpus / "c.txt").write_text(20 * "Shares fell in Riga.\n")
    report = composing.update_index(settings, EMBEDDER)
    assert any("vectors.f32 is not what was written; rebuilt" in note for note in report.notes)
    assert {d.doc_id for d in LocalStore.open(index).documents()} == {"a.txt", "b.txt", "c.txt"}
    assert composing.update_index(settings, EMBEDDER).notes == ()


def test_words_that_are_merged_are_checked(index: Path, corpus: Path) -> None:
    """tantivy merges what small updates left without a look at its checksums."""
    settings = Settings(corpus_dir=corpus, index_dir=index, passage_tokens=32)
    notes: list[str] = []
    for number in range(12):
        (corpus / f"{number}.txt").write_text(f"Shares fell in Riga {number} times.\n")
        notes += composing.update_index(settings, EMBEDDER).notes
        for path in index.rglob("*.fieldnorm") if number == 2 else ():
            content = path.read_bytes()
            put(path, content[:1] + bytes([content[1] ^ 1]) + content[2:])
    assert any("fieldnorm is not what was written; rebuilt" in note for note in notes)


def test_what_an_update_copies_is_checked(
    index: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file can be linked, a copy of what is damaged is not written down as sound either."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    largest = max(index.rglob("vectors.f32"), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2 + 1] ^= 1
    put(largest, bytes(content))
    settings = Settings(corpus_dir=corpus, index_dir=index, passage_tokens=32)
    (corpus / "c.txt").write_text("Shares fell in Riga.\n")
    report = composing.update_index(settings, EMBEDDER)
    assert any("vectors.f32 is not what was written; rebuilt" in note for note in report.notes)
    (corpus / "c.txt").write_text("Shares fell in Oslo.\n")
    assert composing.update_index(settings, EMBEDDER).notes == ()


@pytest.mark.skipif(os.name == "nt", reason="asks for the flags of handles")
def test_files_are_synced_as_every_system_asks(
    index: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows syncs no file through a handle that may only read, POSIX opens no folder to write."""
    import fcntl

    flags: list[tuple[bool, int]] = []

    def note(handle: int) -> None:
        flags.append((S_ISDIR(os.fstat(handle).st_mode), fcntl.fcntl(handle, fcntl.F_GETFL)))

    monkeypatch.setattr(os, "fsync", note)
    (corpus / "c.txt").write_text("Shares fell in Riga.\n")
    composing.update_index(Settings(corpus_dir=corpus, index_dir=index), EMBEDDER)
    assert {folder for folder, _ in flags} == {True, False}
    assert all((mode & os.O_ACCMODE) == (os.O_RDONLY if d else os.O_RDWR) for d, mode in flags)
