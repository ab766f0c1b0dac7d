"""Files that are put into the folder: their names, their bounds, and never one over another."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_qa.adding import (
    ASIDE,
    Incoming,
    Stored,
    aside,
    bring_back,
    put_aside,
    refusal,
    safe_name,
    sweep,
)
from pp_qa.errors import CorpusError, LoadError
from pp_qa.scanning import UNPRINTABLE, scan

MOST = 1_000


def add(corpus: Path, name: str, content: bytes, twins: tuple[str, ...] = ()) -> Stored:
    with Incoming(corpus, name, MOST) as file:
        file.write(content)
        return file.store(twins)


def names(corpus: Path) -> list[str]:
    return sorted(p.name for p in corpus.iterdir())


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\secret.txt", "secret.txt"),
        ("/etc/notes.txt", "notes.txt"),
        ("C:\\Users\\me\\notes.txt", "notes.txt"),
        ("C:notes.txt", "C_notes.txt"),
        (".hidden.txt", "hidden.txt"),
        ("~$report.docx", "report.docx"),
        ("..", "document"),
        ("", "document"),
        ("a\x00b\x1f.txt", "ab.txt"),
        ("evil\u202etxt.exe.txt", "eviltxt.exe.txt"),
        ("two\nlines.txt", "twolines.txt"),
        ('a<b>:"c"|?*.txt', "a_b___c____.txt"),
        ("CON.txt", "_CON.txt"),
        ("com1", "_com1"),
        ("nul.tar.txt", "_nul.tar.txt"),
        ("console.txt", "console.txt"),
        ("report.txt. .", "report.txt"),
        ("a   b.txt", "a b.txt"),
        ("u\u0308ber.txt", "über.txt"),
        ("日本語.txt", "日本語.txt"),
    ],
)
def test_names_are_made_safe(given_name: str, safe: str) -> None:
    """No folders, no control or special characters, nothing that is hidden or a device."""
    assert safe_name(given_name) == safe


@given(st.text(max_size=400), st.sampled_from([".txt", ".md", "", ".tar.txt", "." + "x" * 300]))
def test_any_name_can_be_stored(stem: str, ending: str) -> None:
    """Whatever it was called, the name is one a file system takes, a scan reads and people see."""
    name = safe_name(stem + ending)
    assert 0 < len(name.encode()) <= 200
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith((".", "~$"))
    assert not UNPRINTABLE.search(name)
    assert safe_name(name) == name


def test_a_long_name_keeps_its_ending(corpus: Path) -> None:
    """It is cut before the ending, between characters."""
    name = safe_name("ü" * 300 + ".txt")
    assert name == "ü" * 88 + ".txt"
    assert add(corpus, "ü" * 300 + ".txt", b"text").name == name


def test_a_file_is_hidden_until_it_is_whole(corpus: Path) -> None:
    """While it comes, a scan sees nothing; then it has its name and its bytes."""
    with Incoming(corpus, "a.txt", MOST) as file:
        file.write(b"one ")
        assert len(names(corpus)) == 1
        assert not scan(corpus, MOST, corpus / "index").stamps
        file.write(b"two")
        assert file.store() == Stored("a.txt")
    assert names(corpus) == ["a.txt"]
    assert (corpus / "a.txt").read_bytes() == b"one two"
    assert (corpus / "a.txt").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_half_a_file_leaves_nothing(corpus: Path) -> None:
    """Given up before it is stored, it is gone."""
    with Incoming(corpus, "a.txt", MOST) as file:
        file.write(b"half")
    assert names(corpus) == []


def test_nothing_is_overwritten(corpus: Path) -> None:
    """Other content gets a number, the same content is said to be there, under whatever number."""
    assert add(corpus, "a.txt", b"one") == Stored("a.txt")
    assert add(corpus, "a.txt", b"two") == Stored("a (2).txt")
    assert add(corpus, "a.txt", b"three") == Stored("a (3).txt")
    assert add(corpus, "a.txt", b"two") == Stored("a (2).txt", known=True)
    assert add(corpus, "a.txt", b"one") == Stored("a.txt", known=True)
    assert names(corpus) == ["a (2).txt", "a (3).txt", "a.txt"]
    assert (corpus / "a.txt").read_bytes() == b"one"


def test_a_twin_counts_only_as_long_as_it_is_one(corpus: Path) -> None:
    """What is said to have the same content is looked at before the file is let go of."""
    (corpus / "b.txt").write_bytes(b"one")
    (corpus / "c.txt").write_bytes(b"changed since")
    assert add(corpus, "a.txt", b"one", ("c.txt", "b.txt")) == Stored("b.txt", known=True)
    assert add(corpus, "a.txt", b"one", ("c.txt", "gone.txt")) == Stored("a.txt")


def test_a_link_and_a_folder_are_not_written_through(corpus: Path, tmp_path: Path) -> None:
    """A name that is taken by anything gets a number, also by a link that leads nowhere."""
    (corpus / "a.txt").symlink_to(tmp_path / "outside.txt")
    (corpus / "b.txt").mkdir()
    assert add(corpus, "a.txt", b"one").name == "a (2).txt"
    assert add(corpus, "b.txt", b"one").name == "b (2).txt"
    assert not (tmp_path / "outside.txt").exists()


def test_what_the_scan_passes_over_gets_another_name(corpus: Path) -> None:
    """README.md at the top is about the folder; as a document it is read under another name."""
    name = add(corpus, "README.md", b"# Title").name
    assert list(scan(corpus, MOST, corpus / "index").stamps) == [name] == ["README (2).md"]


def test_what_the_scan_passes_over_is_not_said_to_be_there(corpus: Path) -> None:
    """The README at the top is no document: who adds the like of it gets one."""
    (corpus / "README.md").write_bytes(b"# Title")
    assert add(corpus, "README.md", b"# Title") == Stored("README (2).md")
    assert add(corpus, "README.md", b"# Title") == Stored("README (2).md", known=True)


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        ("a.txt", MOST, None),
        ("a.txt", MOST + 1, "the most is"),
        ("a.zip", 1, "is an archive; unpack it"),
        ("a.exe", 1, "is a program, or a part of one, and no document; leave it out"),
        ("a.png", 1, "is a picture"),
        ("a", 1, "has no format that can be read"),
        ("a.txt.", 1, None),
    ],
)
def test_what_cannot_be_read_is_refused_before(name: str, size: int, says: str | None) -> None:
    """As a scan of the folder would refuse it, with the same reason."""
    why = refusal(name, size, MOST)
    assert (why is None) if says is None else (says in (why or ""))


def test_too_large_a_file_never_seems_small_enough() -> None:
    """One byte more than is allowed is not said to be what is allowed."""
    assert refusal("a.txt", 50_000_001, 50_000_000) == "has 50.1 MB, the most is 50"


def test_too_large_a_file_ends_while_it_comes(corpus: Path) -> None:
    """Its size is counted, whatever was said of it."""
    with Incoming(corpus, "a.txt", MOST) as file:
        file.write(b"x" * MOST)
        with pytest.raises(LoadError, match="the most is"):
            file.write(b"x")
    assert names(corpus) == []


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    """The first file makes the folder; where a file is in its place, that is said."""
    assert add(tmp_path / "new" / "corpus", "a.txt", b"one").name == "a.txt"
    (tmp_path / "file").write_text("")
    with pytest.raises(CorpusError, match="nothing can be put into"):
        add(tmp_path / "file", "a.txt", b"one")


def test_what_never_came_to_its_end_is_swept(corpus: Path) -> None:
    """A killed server leaves a part; it is removed a day later, and nothing else is."""
    old, young, other = (corpus / n for n in (".pp_qa-1.part", ".pp_qa-2.part", "a.txt"))
    for path in (old, young, other):
        path.write_text("")
    for path in (old, other):
        os.utime(path, (0, 0))
    sweep(corpus)
    assert names(corpus) == [".pp_qa-2.part", "a.txt"]


def test_what_is_removed_can_be_brought_back(corpus: Path) -> None:
    """A file is moved aside, where no scan sees it, and back to where it was."""
    (corpus / "sub").mkdir()
    (corpus / "sub" / "a.txt").write_text("one")
    place = put_aside(corpus, "sub/a.txt")
    assert place == "sub/a.txt"
    assert (corpus / ASIDE / place).exists()
    assert not scan(corpus, MOST, corpus / "index").stamps
    assert bring_back(corpus, place, "sub/a.txt").read_text() == "one"
    assert not (corpus / ASIDE / place).exists()


def test_what_a_desktop_puts_beside_them_was_not_removed(corpus: Path) -> None:
    """A look into the folder of removed files brings none into their list that no scan would read."""
    (corpus / ASIDE).mkdir()
    for name in ("a.txt", ".DS_Store", "~$b.docx"):
        (corpus / ASIDE / name).touch()
    assert aside(corpus) == ["a.txt"]


def test_what_can_not_be_looked_at_is_not_said_to_be_gone(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in a folder that may not be entered is there, and can't be moved."""
    (corpus / "a.txt").write_text("one")

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", refuse)
        patch.setattr(os.path, "lexists", lambda _: False)
        patch.setattr(os, "link", refuse)
        patch.setattr(Path, "rename", refuse)
        patch.setattr(Path, "mkdir", lambda *_, **__: None)
        with pytest.raises(CorpusError, match=r"can't be moved \(Permission denied\)"):
            put_aside(corpus, "a.txt")


def test_what_can_not_be_removed_lies_nowhere_else(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file can't be taken out of its folder, none is aside either."""
    (corpus / "a.txt").write_text("one")
    original = Path.unlink

    def refuse(path: Path) -> None:
        if path.parent == corpus:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        original(path)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(CorpusError, match=r"can't be moved \(Permission denied\)"):
        put_aside(corpus, "a.txt")
    assert (aside(corpus), names(corpus)) == ([], [".removed", "a.txt"])


def test_neither_way_overwrites(corpus: Path) -> None:
    """What was removed before stays beside it; what took its place stays too."""
    for text in ("one", "two"):
        (corpus / "a.txt").write_text(text)
        place = put_aside(corpus, "a.txt")
    assert sorted(p.name for p in (corpus / ASIDE).iterdir()) == ["a (2).txt", "a.txt"]
    (corpus / "a.txt").write_text("three")
    assert bring_back(corpus, place, "a.txt").name == "a (2).txt"
    assert (corpus / "a.txt").read_text() == "three"
    assert (corpus / "a (2).txt").read_text() == "two"


@pytest.mark.parametrize("doc_id", ["../outside.txt", "/outside.txt", "", "sub/../../x.txt", ".."])
def test_nothing_outside_is_removed(corpus: Path, doc_id: str) -> None:
    """A name that leads out of the folder moves nothing."""
    (corpus.parent / "outside.txt").write_text("mine")
    with pytest.raises(CorpusError):
        put_aside(corpus, doc_id)
    assert (corpus.parent / "outside.txt").exists()


def test_a_link_out_of_the_folder_is_not_followed(corpus: Path, tmp_path: Path) -> None:
    """What lies in a folder elsewhere is left there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text("mine")
    (corpus / "sub").symlink_to(elsewhere)
    with pytest.raises(CorpusError, match="lies outside"):
        put_aside(corpus, "sub/a.txt")
    with pytest.raises(CorpusError, match="no longer"):
        put_aside(corpus, "gone.txt")
