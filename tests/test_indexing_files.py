"""What didn't change isn't read, what would be done can be seen beforehand, and nothing is lost
without a word."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from contracts.store_contract import ARTICLE
from indexed import Index, reasons

from pp_qa import composing
from pp_qa.errors import CorpusError, IndexWriteError
from pp_qa.indexing import FILES, Options
from pp_qa.protocols import IndexStore
from pp_qa.scanning import Stamp
from pp_qa.settings import Settings
from pp_qa.stores.local import LocalStore
from pp_qa.testing import FakeEmbedder
from pp_qa.types import ChangeSet


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the corpus files that this process opens, as it opens them."""
    names: list[str] = []
    original = os.open

    def note(path: Any, *options: Any, **named: Any) -> int:
        if str(path).endswith(".txt"):
            names.append(Path(path).name)
        return original(path, *options, **named)

    monkeypatch.setattr(os, "open", note)
    return names


@pytest.fixture
def settled(index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Index:
    """An index of files that changed long before it was made."""
    index.left = tmp_path
    monkeypatch.setattr("pp_qa.scanning._GRAIN", -(10**18))
    index.update()
    return index


# ── files that didn't change ─────────────────────────────────────────────────


def test_a_file_with_the_same_stamp_is_not_read(settled: Index, opened: list[str]) -> None:
    """Of files that didn't change, only the facts are looked at; of a folder of them, only one
    that changed is opened."""
    settled.update()
    assert opened == []
    settled.write(b="Shares fell in Lisbon.")
    opened.clear()
    assert settled.update().changed == ("b.txt",)
    assert opened == ["b.txt"]


def test_a_change_without_a_trace_in_size_or_date_is_seen(settled: Index) -> None:
    """A file of the same size and date of change is read again: the system notes the change."""
    path = settled.corpus / "b.txt"
    facts = path.stat()
    path.write_text("Shares fell in Lisbon.")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert path.stat().st_size == facts.st_size
    assert settled.update().changed == ("b.txt",)


def test_a_file_that_just_changed_is_read_again(
    index: Index, opened: list[str], tmp_path: Path
) -> None:
    """A file could change once more within the grain of the clock and look the same: what was
    changed a moment before it was read is read the next time too."""
    index.left = tmp_path
    index.update()
    opened.clear()
    index.update()
    assert sorted(opened) == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("modified", "changed", "settled"),
    [(0, 0, True), (0, 97, True), (99, 0, False), (0, 99, False), (101, 0, False)],
)
def test_a_stamp_settles_after_two_seconds(modified: int, changed: int, settled: bool) -> None:
    """Both times lie more than two seconds back, and none in the future."""
    second = 1_000_000_000
    assert Stamp(1, modified * second, changed * second, 1).settled(100 * second) is settled


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"corpus": 3}', '{"corpus": "X", "files": {"a.txt": [1]}}']
)
def test_what_a_run_left_may_be_damaged(
    settled: Index, opened: list[str], tmp_path: Path, content: str
) -> None:
    """A file of stamps that can't be used is as good as none: everything is read."""
    (tmp_path / FILES).write_text(content.replace("X", str(settled.corpus.resolve())))
    assert settled.update().unchanged == ("a.txt", "b.txt")
    assert sorted(opened) == ["a.txt", "b.txt"]


def test_stamps_are_of_one_folder(settled: Index, opened: list[str], tmp_path: Path) -> None:
    """What is known of a folder's files is not believed of another's of the same names."""
    copy = tmp_path / "copy"
    shutil.copytree(settled.corpus, copy)
    settled.corpus = copy
    assert settled.update().unchanged == ("a.txt", "b.txt")
    assert sorted(opened) == ["a.txt", "b.txt"]


def test_stamps_that_can_not_be_kept_are_no_failure(index: Index, tmp_path: Path) -> None:
    """Where nothing can be left to the next run, this one goes on."""
    index.left = tmp_path / "nowhere"
    assert index.update().unchanged == ("a.txt", "b.txt")


# ── renaming and copying ─────────────────────────────────────────────────────


def test_a_renaming_takes_the_title_along_only_where_it_was_the_name(corpus: Path) -> None:
    """A title that stands in the text stays; one that was made of the file's name changes."""
    index = Index(corpus)
    index.write(a="# A note\n\nShares rose.", minutes="shares rose again, as they say.")
    (corpus / "a.txt").rename(corpus / "a.md")
    index.update()
    (corpus / "a.md").rename(corpus / "b.md")
    (corpus / "minutes.txt").rename(corpus / "summary.txt")
    assert index.update().embedded == 0
    assert index.store.document("b.md").title == "A note"
    assert index.store.document("summary.txt").title == "Summary"


def test_a_title_in_the_text_outlives_the_name_that_is_like_it(corpus: Path) -> None:
    """A file that is called as its heading is may be renamed: the heading is still its title."""
    index = Index(corpus)
    index.write(minutes="# Minutes\n\nShares rose.")
    (corpus / "minutes.txt").rename(corpus / "minutes.md")
    index.update()
    (corpus / "minutes.md").rename(corpus / "2024-05.md")
    report = index.update()
    assert (report.renamed, report.embedded) == ((("minutes.md", "2024-05.md"),), 0)
    assert index.store.document("2024-05.md").title == "Minutes"


def test_another_ending_is_another_format(index: Index) -> None:
    """A file that comes back with another ending is read as what the ending says."""
    index.write(a="# Envoys\n\nThey met.")
    index.update()
    (index.corpus / "a.txt").rename(index.corpus / "a.md")
    report = index.update()
    assert report.renamed == (("a.txt", "a.md"),)
    (section,) = index.store.document("a.md").sections
    assert section.heading_path == ("Envoys",)


# ── seeing beforehand ────────────────────────────────────────────────────────


def test_a_dry_run_says_what_would_be_done(index: Index) -> None:
    """The difference is that of the run that follows, and nothing is embedded or written."""
    (index.corpus / "a.txt").rename(index.corpus / "z.txt")
    index.write(b="Shares fell.", c="Zebras crossed.")
    (index.corpus / "odd.xyz").write_text("No format.")
    before = index.store
    dry = index.update(dry_run=True)
    assert index.store is before
    assert (dry.dry_run, dry.embedded, dry.generation) == (True, 0, 1)
    real = index.update()
    for name in ("added", "changed", "renamed", "removed", "unchanged", "failed"):
        assert getattr(dry, name) == getattr(real, name), name
    assert (real.dry_run, real.generation) == (False, 2)


def test_a_dry_run_writes_nothing(corpus: Path, tmp_path: Path) -> None:
    """No index folder is made, no lock taken, no stamp kept."""
    (corpus / "a.txt").write_text(ARTICLE)
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index")
    dry = Options(dry_run=True)
    assert composing.update_index(settings, FakeEmbedder(), options=dry).added == ("a.txt",)
    assert not settings.index_dir.exists()
    composing.update_index(settings, FakeEmbedder())
    (corpus / "b.txt").write_text("Zebras crossed.")
    there = sorted((p, p.stat().st_mtime_ns) for p in settings.index_dir.rglob("*"))
    assert composing.update_index(settings, FakeEmbedder(), options=dry).added == ("b.txt",)
    assert sorted((p, p.stat().st_mtime_ns) for p in settings.index_dir.rglob("*")) == there


def test_a_dry_run_names_what_failed_the_last_time(settled: Index) -> None:
    """A file that is as it was when it failed is no addition; one that was mended since is."""
    for name in ("odd", "mended"):
        (settled.corpus / f"{name}.txt").write_bytes(bytes(range(256)) * 40)
    settled.update()
    settled.write(mended="Zebras crossed.")
    dry = settled.update(dry_run=True)
    assert (dry.added, list(reasons(dry))) == (("mended.txt",), ["odd.txt"])


def test_a_dry_run_of_nothing_is_refused_as_a_run_is(index: Index) -> None:
    """What a run would refuse, a dry run refuses."""
    for path in index.corpus.iterdir():
        path.unlink()
    with pytest.raises(CorpusError, match="--allow-empty"):
        index.update(dry_run=True)
    assert index.update(dry_run=True, allow_empty=True).removed == ("a.txt", "b.txt")
    assert index.doc_ids() == ["a.txt", "b.txt"]


# ── starting over ────────────────────────────────────────────────────────────


def test_a_rebuild_reads_everything_and_embeds_nothing_again(corpus: Path, tmp_path: Path) -> None:
    """Started over, the index holds what it held, without the embedder having worked; the old
    one answers in the meantime."""
    for name in ("a", "b"):
        (corpus / f"{name}.txt").write_text(f"{ARTICLE} {name}")
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index")
    composing.update_index(settings, FakeEmbedder())
    old = LocalStore.open(settings.index_dir)
    embedder = FakeEmbedder()
    report = composing.update_index(settings, embedder, options=Options(rebuild=True))
    assert (report.unchanged, report.added, report.changed) == (("a.txt", "b.txt"), (), ())
    assert embedder.embedded == []
    assert report.generation == old.manifest.generation + 1
    new = LocalStore.open(settings.index_dir)
    assert new.document("a.txt") == old.document("a.txt")
    vector = embedder.embed(["envoys"])
    assert new.search_dense(vector, 9) == old.search_dense(vector, 9)


def test_a_rebuild_keeps_what_can_not_be_read_any_more(index: Index) -> None:
    """A document whose file was broken is made again from what is stored of it."""
    (index.corpus / "b.txt").write_bytes(bytes(range(256)) * 40)
    report = index.update(rebuild=True)
    assert list(reasons(report)) == ["b.txt"]
    assert (report.unchanged, report.changed) == (("a.txt",), ())
    assert index.finds("Lisbon")


def test_a_rebuild_of_an_empty_folder_is_refused(index: Index) -> None:
    """Starting over empties an index no more than another run does."""
    for path in index.corpus.iterdir():
        path.unlink()
    with pytest.raises(CorpusError, match="--allow-empty"):
        index.update(rebuild=True)
    assert index.finds("Lisbon")


def test_a_rebuild_follows_another_folder(corpus: Path, tmp_path: Path) -> None:
    """From another folder, the index is that folder's alone, whatever bears the same name."""
    (corpus / "a.txt").write_text(ARTICLE)
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index")
    composing.update_index(settings, FakeEmbedder())
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_bytes(bytes(range(256)) * 40)
    (other / "b.txt").write_text("Zebras crossed.")
    report = composing.update_index(
        settings, FakeEmbedder(), options=Options(rebuild=True), corpus=other
    )
    assert (report.added, list(reasons(report))) == (("b.txt",), ["a.txt"])
    assert [d.doc_id for d in LocalStore.open(settings.index_dir).documents()] == ["b.txt"]


# ── loss ─────────────────────────────────────────────────────────────────────


def test_a_great_loss_is_told(corpus: Path) -> None:
    """Where half of the documents are gone at once, the report says so and from where; it is
    beforehand in a dry run; a few files that go are no such thing."""
    index = Index(corpus)
    (corpus / "disk").mkdir()
    for n in range(20):
        (corpus / "disk" / f"{n}.txt").write_text(f"Text {n}.")
        (corpus / f"{n}.txt").write_text(f"Other {n}.")
    index.update()
    (corpus / "3.txt").unlink()
    assert index.update().notes == ()
    shutil.rmtree(corpus / "disk")
    for dry_run in (True, False):
        (note,) = index.update(dry_run=dry_run).notes
        assert "20 of 39 documents are gone" in note
        assert "most of them from disk/" in note


def test_a_folder_that_was_renamed_is_no_loss(corpus: Path) -> None:
    """Files that are all there under other names are renamed, and nothing is said to be gone."""
    index = Index(corpus)
    (corpus / "x").mkdir()
    for n in range(20):
        (corpus / "x" / f"{n}.txt").write_text(f"Text {n}.")
    index.update()
    (corpus / "x").rename(corpus / "y")
    report = index.update()
    assert (len(report.renamed), report.notes, report.embedded) == (20, (), 0)


def test_failed_files_may_be_left_alone(settled: Index) -> None:
    """Without `retry` a file that failed keeps its reason until it changes."""
    path = settled.corpus / "odd.txt"
    path.write_bytes(bytes(range(256)) * 40)
    settled.update()
    said = settled.update(retry=False).failed
    assert [f.source for f in said] == ["odd.txt"]
    assert settled.update(retry=False).generation == settled.store.manifest.generation
    path.write_text("Zebras crossed.")
    assert settled.update(retry=False).added == ("odd.txt",)


def _no_room(_: ChangeSet) -> IndexStore:
    raise IndexWriteError("the disk is full")


def test_a_failed_file_that_was_mended_is_read_after_an_update_that_failed(
    settled: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an update saw and didn't get to index is no news to the next one all the same."""
    (settled.corpus / "odd.txt").write_bytes(bytes(1000))
    assert [f.source for f in settled.update().failed] == ["odd.txt"]
    settled.write(odd="Zebras cross.")
    with monkeypatch.context() as full:
        full.setattr(settled.store, "apply", _no_room)
        with pytest.raises(IndexWriteError):
            settled.update(retry=False)
    assert settled.update(retry=False).added == ("odd.txt",)
