"""The index follows the folder, and the report says what was done to each file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from contracts.store_contract import ARTICLE
from indexed import Index, reasons

from pp_qa import composing, loading
from pp_qa.errors import CorpusError
from pp_qa.indexing import fingerprints
from pp_qa.settings import Settings
from pp_qa.testing import FakeEmbedder
from pp_qa.types import Progress
from pp_qa.verifying import is_current
from pp_qa.words import words

# ── what changed ─────────────────────────────────────────────────────────────


def test_the_first_update_adds_everything(corpus: Path) -> None:
    """New files are added, in folders within folders too, and empty ones are named."""
    index = Index(corpus)
    index.write(a=ARTICLE, empty="", white=" \n")
    (corpus / "x" / "y").mkdir(parents=True)
    (corpus / "x" / "y" / "deep.md").write_text("# Deep\n\nIt is deep.")
    report = index.update()
    assert report.added == ("a.txt", "empty.txt", "white.txt", "x/y/deep.md")
    assert report.empty == ("empty.txt", "white.txt")
    assert report.generation == 1
    assert report.passages == index.store.manifest.passages
    assert index.store.manifest.corpus == str(corpus.resolve())


def test_an_update_without_changes_writes_nothing(index: Index) -> None:
    """What didn't change is neither embedded nor written again."""
    before = index.store
    report = index.update()
    assert report.unchanged == ("a.txt", "b.txt")
    assert (report.added, report.changed, report.removed, report.failed) == ((), (), (), ())
    assert report.embedded == 0
    assert index.store is before


def test_a_changed_file_is_read_again(index: Index) -> None:
    """A change replaces the document, and only new text is embedded."""
    index.write(b="Shares fell in Lisbon.")
    report = index.update()
    assert (report.changed, report.unchanged) == (("b.txt",), ("a.txt",))
    assert index.embedder.embedded == ["Shares fell in Lisbon."]
    assert index.finds("fell")
    assert index.finds("Lisbon")


def test_a_touched_file_is_unchanged(index: Index) -> None:
    """A new date on the same bytes is no change."""
    os.utime(index.corpus / "a.txt", (1, 1))
    assert index.update().unchanged == ("a.txt", "b.txt")


def test_a_removed_file_is_gone(index: Index) -> None:
    """What left the folder leaves the index."""
    (index.corpus / "b.txt").unlink()
    report = index.update()
    assert (report.removed, report.unchanged) == (("b.txt",), ("a.txt",))
    assert index.doc_ids() == ["a.txt"]
    assert not index.finds("Lisbon")


def test_a_renamed_file_is_not_embedded_again(index: Index) -> None:
    """A file under a new name is reported as renamed, and as nothing else."""
    (index.corpus / "sub").mkdir()
    (index.corpus / "a.txt").rename(index.corpus / "sub" / "c.txt")
    report = index.update()
    assert report.renamed == (("a.txt", "sub/c.txt"),)
    assert (report.added, report.removed, report.unchanged) == ((), (), ("b.txt",))
    assert report.embedded == 0
    assert index.doc_ids() == ["b.txt", "sub/c.txt"]
    assert index.store.passages("sub/c.txt")[0].passage_id == "sub/c.txt#0"


def test_one_name_gone_and_two_come_is_one_renaming(index: Index) -> None:
    """Of two new copies of a file that went, one is the renamed one and the other is new."""
    (index.corpus / "a.txt").unlink()
    index.write(c=ARTICLE, d=ARTICLE)
    report = index.update()
    assert (report.renamed, report.added, report.removed) == ((("a.txt", "c.txt"),), ("d.txt",), ())
    assert report.embedded == 0


def test_a_copy_is_not_embedded_again(index: Index) -> None:
    """Text that is known from another document keeps its vectors."""
    index.write(c=ARTICLE)
    report = index.update()
    assert (report.added, report.embedded) == (("c.txt",), 0)


def test_progress_runs_from_none_to_all(corpus: Path) -> None:
    """Each stage reports from 0 to its total, in order."""
    index = Index(corpus)
    index.write(a=ARTICLE)
    seen: list[Progress] = []
    index.update(progress=seen.append)
    assert list(dict.fromkeys(p.stage for p in seen)) == ["reading", "embedding", "writing"]
    for stage in ("reading", "embedding", "writing"):
        steps = [(p.done, p.total) for p in seen if p.stage == stage]
        assert steps[0][0] == 0
        assert steps[-1][0] == steps[-1][1]


def test_a_corpus_that_moved_keeps_its_citations_current(index: Index, tmp_path: Path) -> None:
    """When folder and index follow each other elsewhere, sources do too, and nothing is embedded
    again."""
    moved = tmp_path / "moved"
    index.corpus.rename(moved)
    assert not is_current(index.store.document("a.txt"))
    index.corpus = moved
    report = index.update()
    assert (report.unchanged, report.embedded) == (("a.txt", "b.txt"), 0)
    assert is_current(index.store.document("a.txt"))


def test_sources_do_not_depend_on_the_folder_one_works_in(
    index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A corpus named by a relative path is found from every other folder."""
    monkeypatch.chdir(index.corpus.parent)
    index.corpus = Path("corpus")
    assert index.update().generation == 1
    monkeypatch.chdir("/")
    assert is_current(index.store.document("a.txt"))


# ── a folder without documents ───────────────────────────────────────────────


def test_a_missing_folder_is_refused(index: Index) -> None:
    """A folder that isn't there leaves the index as it was."""
    index.corpus = index.corpus / "nowhere"
    with pytest.raises(CorpusError, match="does not exist"):
        index.update(allow_empty=True)
    assert index.doc_ids() == ["a.txt", "b.txt"]


def test_a_file_for_a_folder_is_refused(index: Index) -> None:
    """A file is no corpus."""
    index.corpus = index.corpus / "a.txt"
    with pytest.raises(CorpusError, match="is a file"):
        index.update()


def test_an_empty_folder_makes_no_index(corpus: Path) -> None:
    """The first update of an empty folder says which endings are read."""
    with pytest.raises(CorpusError, match=r"holds no documents.*\.md.*\.txt"):
        Index(corpus).update()


@pytest.mark.parametrize("left", [None, "report.pdf", "image.txt"])
def test_an_index_is_not_emptied_unasked(index: Index, left: str | None) -> None:
    """A folder that lost its documents empties the index only when that is asked for, whatever
    unreadable files are left in it."""
    for path in index.corpus.iterdir():
        path.unlink()
    if left:
        (index.corpus / left).write_bytes(bytes(range(256)) * 40)
    with pytest.raises(CorpusError, match="--allow-empty"):
        index.update()
    assert index.doc_ids() == ["a.txt", "b.txt"]
    assert index.update(allow_empty=True).removed == ("a.txt", "b.txt")
    assert index.doc_ids() == []


def test_a_folder_of_unreadable_files_makes_an_index_that_says_so(corpus: Path) -> None:
    """Where nothing can be read, the first index holds nothing but the reasons."""
    index = Index(corpus)
    (corpus / "odd.xyz").write_text("Text of a format that isn't read.")
    assert list(reasons(index.update())) == ["odd.xyz"]
    assert [f.source for f in index.store.manifest.failures] == ["odd.xyz"]


# ── what shapes an index ─────────────────────────────────────────────────────


def test_another_passage_size_chunks_again(index: Index) -> None:
    """A changed setting reads and chunks every file again, and is in the fingerprints."""
    before = len(index.store.passages("a.txt"))
    index.settings = Settings(passage_tokens=32)
    report = index.update()
    assert report.unchanged == ("a.txt", "b.txt")
    assert "all files were read again" in report.notes[0]
    assert len(index.store.passages("a.txt")) > before
    assert index.store.manifest.fingerprints == fingerprints(index.embedder, index.settings)
    assert index.update().unchanged == ("a.txt", "b.txt")


def test_another_embedder_embeds_again(index: Index) -> None:
    """Vectors of another model are never mixed with the old ones."""
    index.embedder = FakeEmbedder(dimension=16, fingerprint="fake/2")
    report = index.update()
    assert report.unchanged == ("a.txt", "b.txt")
    assert report.embedded > 1
    known = index.store.known_vectors(index.store.passages("a.txt"))
    assert {v.shape[1] for v in known.values()} == {16}


def test_a_long_passage_is_embedded_whole(index: Index) -> None:
    """A passage above the embedder's limit gets several windows, and is found by its end."""
    index.embedder = FakeEmbedder(max_tokens=24, fingerprint="small")
    index.write(c="The envoys talked. " * 30 + "Zebras crossed the bridge.")
    index.update()
    vector = index.embedder.embed(["Zebras crossed the bridge."])
    hit = index.store.search_dense(vector, 1)[0][0]
    assert "Zebras" in hit.passage.text
    assert index.embedder.count_tokens(hit.passage.text) > 24


def test_every_word_of_every_document_is_found(index: Index, article: Path) -> None:
    """Passages lose nothing: each word of the article finds it."""
    (index.corpus / "article.txt").write_bytes(article.read_bytes())
    index.update()
    text = loading.load(article, "a.txt", article.read_bytes()).text
    for word in {w for w in re.findall(r"\w+", text) if words(w)}:
        assert index.store.search_lexical(word, 9, {"article.txt"}), word


# ── another folder ───────────────────────────────────────────────────────────


def test_an_index_does_not_change_folders_unasked(index: Index, tmp_path: Path) -> None:
    """Another folder that lacks documents of the index is refused in one line, which names both
    folders; the index stays."""
    other = tmp_path / "other"
    other.mkdir()
    followed, index.corpus = index.corpus, other
    index.write(z="Zebras cross bridges.")
    for allow_empty in (False, True):
        with pytest.raises(CorpusError, match="--rebuild") as caught:
            index.update(allow_empty=allow_empty)
        assert str(followed) in str(caught.value)
        assert str(other) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert index.doc_ids() == ["a.txt", "b.txt"]


def test_a_folder_that_moved_may_be_rearranged(index: Index, tmp_path: Path) -> None:
    """Files that were renamed or came on the way are no loss."""
    moved = tmp_path / "moved"
    index.corpus.rename(moved)
    (moved / "a.txt").rename(moved / "c.txt")
    index.corpus = moved
    index.write(d="Zebras cross bridges.")
    report = index.update()
    assert (report.renamed, report.added) == ((("a.txt", "c.txt"),), ("d.txt",))


def test_an_index_within_the_corpus_is_not_read(index: Index) -> None:
    """The index folder may lie in the corpus: none of its files is a document or a failure."""
    folder = index.corpus / "sub" / "index"
    folder.mkdir(parents=True)
    (folder / "CURRENT.txt").write_text("Not a document.")
    (folder / "vectors.faiss").write_bytes(b"\x00")
    index.settings = Settings(index_dir=folder)
    report = index.update()
    assert (report.added, report.failed) == ((), ())


@pytest.mark.parametrize("place", [".", "index", "sub/corpus"])
def test_a_corpus_within_the_index_is_refused(corpus: Path, place: str) -> None:
    """The index folder is pp_qa's own: documents can't lie in it."""
    within = corpus / place
    within.mkdir(parents=True, exist_ok=True)
    settings = Settings(corpus_dir=within, index_dir=corpus)
    with pytest.raises(CorpusError, match="index folder"):
        composing.update_index(settings, FakeEmbedder())
