"""What lies in a folder: files to be read, and all others by name with a reason and a remedy."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pp_qa import adding, composing
from pp_qa.errors import CorpusError
from pp_qa.scanning import Scan, scan
from pp_qa.settings import Settings
from pp_qa.testing import FakeEmbedder

MB = 1_000_000
ON_UNIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of it")


def scanned(corpus: Path) -> Scan:
    return scan(corpus, 50 * MB, corpus.parent / "index")


def refused(corpus: Path) -> dict[str, str]:
    return {f.source: f.reason for f in scanned(corpus).failures}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.zip", "is an archive; unpack it"),
        ("a.tar.gz", "is an archive; unpack it"),
        ("A.7Z", "is an archive; unpack it"),
        ("setup.exe", "is a program"),
        ("libx.so", "is a program"),
        ("photo.JPG", "is a picture"),
        ("talk.mp3", "is a recording"),
        ("old.doc", "save it as .docx"),
        ("book.mobi", "convert it to .epub"),
        ("all.mbox", "save each message as .eml"),
        ("data.sqlite", "export what matters as .csv"),
        ("secret.txt.gpg", "is encrypted"),
        ("a.xyz", "has no format that can be read"),
        ("Makefile", "has no format that can be read"),
    ],
)
def test_a_file_of_another_kind_is_named_for_what_it_is(
    corpus: Path, name: str, reason: str
) -> None:
    """The reason says what the file is and what can be done about it."""
    (corpus / name).write_bytes(b"\x00")
    (corpus / "good.txt").write_text("Good.")
    assert list(scanned(corpus).stamps) == ["good.txt"]
    ((source, said),) = refused(corpus).items()
    assert source == name
    assert reason in said
    assert ";" in said


@ON_UNIX
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nfailed: b.txt", r"a\x0afailed: b.txt"),
        ("\x1b[2Ja.txt", r"\x1b[2Ja.txt"),
        ("a\u202etxt.exe.txt", r"a\u202etxt.exe.txt"),
        ("a\u2029b.txt", r"a\u2029b.txt"),
        ("a\x85b.txt", r"a\x85b.txt"),
        (os.fsdecode(b"caf\xe9.txt"), r"caf\xe9.txt"),
    ],
)
def test_a_name_that_could_pass_for_something_else_is_refused(
    corpus: Path, name: str, shown: str
) -> None:
    """Names with line ends, control characters or turns of direction are shown escaped."""
    (corpus / name).write_text("Text.")
    found = scanned(corpus)
    assert not found.stamps
    assert [f.source for f in found.failures] == [shown]
    assert found.failures[0].reason.endswith("rename it")


@pytest.mark.parametrize(
    "name",
    ["Ünï códe.txt", "日本語.md", "عربي.txt", "a;b|c&d $(e) `f`.txt", "-rf.txt", "a%2fb.txt"],
)
def test_other_names_are_taken_as_they_are(corpus: Path, name: str) -> None:
    """Whatever can be printed is a name."""
    (corpus / name).write_text("Text.")
    assert list(scanned(corpus).stamps) == [name]


def test_a_huge_file_is_refused_unread(corpus: Path) -> None:
    """Two gigabytes that take no room on the disk are refused by their size."""
    with (corpus / "huge.txt").open("wb") as file:
        file.truncate(2_000 * MB)
    assert refused(corpus) == {
        "huge.txt": "has 2,000.0 MB, the most is 50; split it or raise max_file_mb"
    }


@pytest.fixture
def odd(corpus: Path) -> Iterator[Path]:
    """A corpus with everything in it that is no file."""
    os.mkfifo(corpus / "pipe.txt")
    (corpus / "device.txt").symlink_to("/dev/zero")
    (corpus / "system.txt").symlink_to("/proc/self/environ")
    (corpus / "outside.txt").symlink_to("../outside.txt")
    (corpus.parent / "outside.txt").write_text("Not of this corpus.")
    (corpus / "loop.txt").symlink_to("loop.txt")
    (corpus / "here").symlink_to(".")
    (corpus / "above").symlink_to("..")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(corpus / "socket.txt"))
        yield corpus


@ON_UNIX
def test_only_files_are_read(odd: Path) -> None:
    """Pipes, sockets, devices, links out and links in circles are refused, and none is opened or
    followed."""
    (odd / "good.txt").write_text("Good.")
    assert list(scanned(odd).stamps) == ["good.txt"]
    assert refused(odd) == {
        "above": "is a link that leads out of the corpus; copy the file in instead",
        "device.txt": "is a link that leads out of the corpus; copy the file in instead",
        "here": "is a link to a folder, which is not followed; name the files themselves",
        "loop.txt": refused(odd)["loop.txt"],
        "outside.txt": "is a link that leads out of the corpus; copy the file in instead",
        "pipe.txt": "is no regular file; remove it",
        "socket.txt": "is no regular file; remove it",
        "system.txt": "is a link that leads out of the corpus; copy the file in instead",
    }
    assert "can't be found" in refused(odd)["loop.txt"]


@ON_UNIX
@pytest.mark.parametrize("fault", ["circle", "long", "cut off"])
def test_a_folder_out_of_reach_is_told(
    corpus: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links in a circle, a name that no system takes, a drive whose connection has gone: none is a
    folder that doesn't exist, and none a crash."""
    place = corpus / ("x" * 300 if fault == "long" else "docs")
    if fault == "circle":
        place.symlink_to(place)
    elif fault == "cut off":

        def gone(*_: object, **__: object) -> None:
            raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

        monkeypatch.setattr(Path, "stat", gone)
    with pytest.raises(CorpusError, match="can't be reached"):
        scanned(place)
    monkeypatch.undo()
    settings = Settings(corpus_dir=place, index_dir=corpus.parent / "index")
    if fault != "cut off":
        with pytest.raises(CorpusError, match="can't be reached"):
            composing.update_index(settings, FakeEmbedder())
        assert "can't be reached" in adding.unwritable(place)


@ON_UNIX
def test_a_folder_whose_name_is_no_text_is_told(corpus: Path) -> None:
    """It could be stored nowhere, so its documents aren't read; no program for them is to blame."""
    folder = corpus / os.fsdecode(b"caf\xe9") / "docs"
    folder.mkdir(parents=True)
    with pytest.raises(CorpusError, match=r"caf\\xe9/docs has bytes in its name .* rename it"):
        scanned(folder)


@ON_UNIX
def test_a_file_in_a_folder_that_may_not_be_entered_is_told_as_that(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no link, and none has to be mended."""
    (corpus / "a.txt").symlink_to("b.txt")
    original = Path.resolve

    def refuse(path: Path, strict: bool = False) -> Path:
        if strict:
            raise PermissionError(errno.EACCES, "Permission denied")
        return original(path)

    (corpus / "b.txt").write_text("Text.")
    monkeypatch.setattr(Path, "resolve", refuse)
    assert refused(corpus) == {
        "a.txt": "can't be found (Permission denied); check the permissions of its folder"
    }


@ON_UNIX
def test_what_goes_while_it_is_looked_at_is_no_fault_of_permissions(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that a program has just put away is not there; of a folder nobody knows what was in
    it, and it is said to be gone."""
    (corpus / "a.txt").write_text("Text.")
    (corpus / "sub").mkdir()
    (corpus / "b.txt").write_text("Text.")
    original = os.scandir

    @contextmanager
    def listed(folder: Any) -> Iterator[Iterator[os.DirEntry[str]]]:
        with original(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        (corpus / "b.txt").unlink()
        (corpus / "sub").rmdir()
        yield iter(found)

    monkeypatch.setattr(os, "scandir", listed)
    found = scanned(corpus)
    assert list(found.stamps) == ["a.txt"]
    assert [(f.source, f.reason) for f in found.failures] == [
        ("sub", "can't be listed (No such file or directory); see to that, and try again")
    ]


@ON_UNIX
def test_a_deep_folder_is_gone_through(corpus: Path) -> None:
    """Folders may be nested as deep as the system lets paths be."""
    folder = corpus.joinpath(*["d" * 50] * 40)
    folder.mkdir(parents=True)
    (folder / "deep.txt").write_text("Deep.")
    assert [name.count("/") for name in scanned(corpus).stamps] == [40]


def test_many_files_are_each_named(corpus: Path) -> None:
    """Every file of a large folder is in one of the two lists."""
    for i in range(3000):
        (corpus / f"{i}.{'txt' if i % 2 else 'zip'}").touch()
    found = scanned(corpus)
    assert len(found.stamps) == len(found.failures) == 1500
    assert {f.source for f in found.failures} | found.stamps.keys() == {
        p.name for p in corpus.iterdir()
    }
