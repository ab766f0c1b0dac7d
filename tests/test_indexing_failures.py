"""A file that can't be read is named with its reason, and takes no other with it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from indexed import Index, reasons

from pp_qa.settings import Settings
from pp_qa.testing import FakeEmbedder


def unreadable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make opening a file fail as it does without permission (root may open anything)."""
    original = os.open

    def refuse(name: Any, *options: Any, **named: Any) -> int:
        if str(name).endswith(path.name):
            raise PermissionError(13, "Permission denied", name)
        return original(name, *options, **named)

    monkeypatch.setattr(os, "open", refuse)


def test_a_file_that_becomes_unreadable_stays_answerable(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be read any more is reported, and answers as it was last read."""
    unreadable(index.corpus / "b.txt", monkeypatch)
    report = index.update()
    assert "Permission denied" in reasons(report)["b.txt"]
    assert (report.unchanged, report.removed) == (("a.txt",), ())
    assert index.finds("Lisbon")
    assert [f.source for f in index.store.manifest.failures] == ["b.txt"]


@pytest.mark.parametrize("setting", ["embedder", "passage_tokens"])
def test_an_unreadable_file_survives_a_change_of_settings(
    index: Index, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """Where all is read again, what can't be is made anew from the text that is stored."""
    unreadable(index.corpus / "b.txt", monkeypatch)
    if setting == "embedder":
        index.embedder = FakeEmbedder(dimension=16, fingerprint="fake/2")
    else:
        index.settings = Settings(passage_tokens=32)
    report = index.update()
    assert (report.unchanged, report.removed) == (("a.txt",), ())
    assert "b.txt" in reasons(report)
    assert ("Shares rose in Lisbon." in index.embedder.embedded) == (setting == "embedder")
    vector = index.embedder.embed(["Shares rose in Lisbon."])
    assert index.store.search_dense(vector, 1)[0][0].passage.doc_id == "b.txt"


def test_a_file_that_becomes_readable_again_is_no_failure(index: Index) -> None:
    """A failure lasts until the file can be read."""
    with pytest.MonkeyPatch.context() as patch:
        unreadable(index.corpus / "b.txt", patch)
        index.update()
    report = index.update()
    assert report.failed == index.store.manifest.failures == ()
    assert report.unchanged == ("a.txt", "b.txt")


def test_a_folder_that_can_not_be_listed_keeps_its_documents(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents in a folder that can't be listed stay; the folder is reported."""
    (index.corpus / "sub").mkdir()
    (index.corpus / "sub" / "c.txt").write_text("Zebras crossed.")
    index.update()
    original = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = index.update()
    assert "can't be listed" in reasons(report)["sub"]
    assert report.removed == ()
    assert index.finds("zebras")


def test_a_file_that_takes_the_name_of_a_folder_hides_no_documents(index: Index) -> None:
    """The documents have gone with their folder, whether the file can be read or not."""
    (index.corpus / "notes").mkdir()
    (index.corpus / "notes" / "c.txt").write_text("Zebras crossed.")
    index.update()
    shutil.rmtree(index.corpus / "notes")
    (index.corpus / "notes").write_text("Of no format.")
    report = index.update()
    assert report.removed == ("notes/c.txt",)
    assert list(reasons(report)) == ["notes"]
    assert not index.finds("zebras")


def make_fifo(path: Path) -> None:
    os.mkfifo(path.with_suffix(".txt"))


def link_out(path: Path) -> None:
    secret = path.parent.parent / "secret.txt"
    secret.write_text("Not of this corpus.")
    path.with_suffix(".txt").symlink_to(secret)


def link_loop(path: Path) -> None:
    path.with_suffix(".txt").symlink_to(path.with_suffix(".txt"))


def link_to_nothing(path: Path) -> None:
    path.with_suffix(".txt").symlink_to(path.parent / "nowhere.txt")


def link_to_folder(path: Path) -> None:
    path.symlink_to(path.parent)


def binary(path: Path) -> None:
    path.with_suffix(".txt").write_bytes(bytes(range(256)) * 40)


def oversized(path: Path) -> None:
    with path.with_suffix(".txt").open("wb") as file:
        file.truncate(1_500_000)


def unsupported(path: Path) -> None:
    path.with_suffix(".xyz").write_text("Text of a format that isn't read.")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_fifo, "no regular file"),
        (link_out, "leads out of the corpus"),
        (link_loop, "can't be found"),
        (link_to_nothing, "can't be found"),
        (link_to_folder, "link to a folder"),
        (binary, "binary"),
        (oversized, "max_file_mb"),
        (unsupported, "no format"),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_a_file_that_can_not_be_taken_is_named_with_its_reason(
    index: Index, make: Callable[[Path], None], reason: str
) -> None:
    """Each file that is passed over is reported with what to do; the others are indexed."""
    make(index.corpus / "odd")
    index.settings = Settings(max_file_mb=1)
    report = index.update()
    ((source, said),) = reasons(report).items()
    assert source.startswith("odd")
    assert reason in said
    assert ";" in said
    assert report.unchanged == ("a.txt", "b.txt")
    assert index.doc_ids() == ["a.txt", "b.txt"]


@pytest.mark.parametrize("place", ["folder", "file"])
def test_a_name_that_is_no_text_is_reported(index: Index, place: str) -> None:
    """An undecodable file or folder name is reported in a form that can be printed."""
    folder = index.corpus
    if place == "folder":
        folder = folder / os.fsdecode(b"caf\xe9")
        folder.mkdir()
    (folder / (os.fsdecode(b"caf\xe9.txt") if place == "file" else "a.txt")).write_text("Hidden.")
    ((source, said),) = reasons(index.update()).items()
    assert "caf\\xe9" in source
    assert "rename it" in said
    source.encode()


def test_links_inside_the_corpus_are_files_like_others(index: Index) -> None:
    """A link that stays in the corpus is read."""
    (index.corpus / "c.txt").symlink_to(index.corpus / "b.txt")
    assert index.update().added == ("c.txt",)


def test_hidden_files_and_the_folders_own_page_are_no_documents(index: Index) -> None:
    """Hidden files, Word's lock files and the README at the top are passed over silently."""
    for name in (".hidden.txt", "~$lock.txt", "README.md", ".git/config.txt"):
        path = index.corpus / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("Not a document.")
    (index.corpus / "sub").mkdir()
    (index.corpus / "sub" / "README.md").write_text("A document.")
    report = index.update()
    assert (report.added, report.failed) == (("sub/README.md",), ())


def test_a_file_that_grows_too_large_stays_answerable(index: Index) -> None:
    """A refused file that is indexed already keeps its last state."""
    index.settings = Settings(max_file_mb=1)
    index.write(b="Shares fell. " * 100_000)
    report = index.update()
    assert list(reasons(report)) == ["b.txt"]
    assert index.store.document("b.txt").text == "Shares rose in Lisbon."
