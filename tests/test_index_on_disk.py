"""The index on disk survives damage, crashes, full disks and rivals."""

from __future__ import annotations

import errno
import gc
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from contracts.store_contract import ARTICLE, EMBEDDER, places

from pp_qa import composing
from pp_qa.errors import (
    FilterError,
    IndexDamaged,
    IndexFault,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexNewer,
    IndexWriteError,
)
from pp_qa.indexing import FILES, VECTORS, Options
from pp_qa.settings import Settings
from pp_qa.stores import files as files_on_disk
from pp_qa.stores import generations
from pp_qa.stores.local import LocalStore
from pp_qa.types import UpdateReport


@pytest.fixture
def settings(corpus: Path, tmp_path: Path) -> Settings:
    (corpus / "a.txt").write_text(ARTICLE)
    (corpus / "b.txt").write_text("Shares rose in Paris.\n")
    return Settings(corpus_dir=corpus, index_dir=tmp_path / "index")


@pytest.fixture
def index(settings: Settings) -> Path:
    """A folder with an index of two documents."""
    index_again(settings)
    return settings.index_dir


def index_again(settings: Settings) -> UpdateReport:
    return composing.update_index(settings, EMBEDDER)


def answers(index: Path) -> bool:
    """Whether the index opens and finds what is in it, on both legs."""
    store = LocalStore.open(index, whole=True)
    dense = store.search_dense(EMBEDDER.embed(["Shares rose in Paris."]), 1)[0]
    lexical = store.search_lexical("Shares rose in Paris", 1)
    return (
        places(dense) == places(lexical) == ["b.txt#0"] and "Miami" in store.document("a.txt").text
    )


def files(index: Path) -> list[str]:
    """Every file of the index but its locks and what runs leave to each other, with generated
    names made plain."""
    return sorted(
        p.relative_to(index).as_posix()
        for p in index.rglob("*")
        if p.is_file() and p.name not in (FILES, VECTORS) and not p.name.startswith(".lock")
    )


# ── damage ───────────────────────────────────────────────────────────────────


def flip_first(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 0x21]) + content[1:])


def flip_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fill_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def delete(path: Path) -> None:
    path.unlink()


def make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


every_damage = pytest.mark.parametrize(
    "damage",
    [flip_first, flip_middle, cut_short, empty, fill_with_zeros, delete, make_a_folder],
    ids=lambda f: f.__name__,
)


@every_damage
def test_any_damage_to_any_file_is_found_and_mended(
    index: Path, settings: Settings, damage: Callable[[Path], None]
) -> None:
    """Whatever befalls whichever file: opening says so, an update rebuilds and notes it, and the
    index answers again."""
    sound = index.with_name("sound")
    shutil.copytree(index, sound)
    for name in files(sound):
        while index.exists():  # tantivy may just be putting down a lock of its own
            shutil.rmtree(index, ignore_errors=True)
        shutil.copytree(sound, index)
        if not (index / name).stat().st_size and damage is not delete:
            continue  # a lock file of tantivy: empty, so it can only be lost
        damage(index / name)
        if damage is cut_short and name == "CURRENT":
            continue  # its line end says nothing
        expected = IndexMissing if name == "CURRENT" and damage is delete else IndexDamaged
        with pytest.raises(expected) as caught:
            LocalStore.open(index)
        assert "pp-qa index" in str(caught.value), name
        if name == "CURRENT" and damage is make_a_folder:
            (index / name).rmdir()  # nothing but a person's hand could have made it
        report = index_again(settings)
        assert answers(index), name
        if expected is IndexDamaged and damage is not make_a_folder:
            assert "rebuilt from the documents" in report.notes[0], name


@pytest.mark.parametrize("fault", [errno.EMFILE, errno.ENOTCONN])
@pytest.mark.parametrize("name", ["CURRENT", "manifest.json", "catalog.sqlite"])
def test_an_index_that_can_not_be_read_now_is_not_damaged(
    index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, fault: int
) -> None:
    """Too many open files, as under very many visitors, or a drive that was cut off for a moment are
    no reason to embed everything again."""
    original = Path.open

    def refuse(path: Path, *options: Any, **named: Any) -> Any:
        if path.name == name and path.is_relative_to(index):
            raise OSError(fault, os.strerror(fault), str(path))
        return original(path, *options, **named)

    files_on_disk._SOUND.clear()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        with pytest.raises(IndexWriteError, match="so it was left as it is; see to that"):
            index_again(settings)
    assert index_again(settings).generation == 1


@every_damage
def test_damage_to_what_a_run_left_to_the_next_costs_nothing_but_time(
    index: Path, settings: Settings, damage: Callable[[Path], None]
) -> None:
    """Without the known hashes the files are read again; the index is as it was."""
    damage(index / FILES)
    assert answers(index)
    report = index_again(settings)
    assert (report.added, report.changed, report.removed, report.failed) == ((), (), (), ())
    assert answers(index)


def test_an_index_of_another_kind_of_pointer_is_damaged(index: Path) -> None:
    """A pointer to nowhere, to too much or to outside is no index."""
    for pointer in ("generation-000009 abc", "../.. abc", "a b c", "\x00 \x00", "é\n"):
        (index / "CURRENT").write_text(pointer)
        with pytest.raises(IndexDamaged):
            LocalStore.open(index)


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    """Opening a folder without an index, or no folder, names the command that makes one."""
    for root in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(IndexMissing, match="pp-qa index"):
            LocalStore.open(root)


def test_a_manifest_that_was_edited_is_damaged(index: Path) -> None:
    """A manifest that reads well, but isn't the one written, is found out."""
    manifest = next(index.rglob("manifest.json"))
    manifest.write_text(manifest.read_text().replace("fake/1", "fake/2"))
    with pytest.raises(IndexDamaged, match=r"manifest\.json"):
        LocalStore.open(index)


def rewrite_manifest(index: Path, **facts: Any) -> None:
    """Change the manifest as another version of pp_qa would have written it."""
    place = index / (index / "CURRENT").read_text().split()[0]
    manifest = json.loads((place / "manifest.json").read_text()) | facts
    content = json.dumps(manifest).encode()
    (place / "manifest.json").write_bytes(content)
    (index / "CURRENT").write_text(f"{place.name} {sha256(content).hexdigest()}\n")


def reseal(index: Path) -> None:
    """Make checksums hold again, as a bug that wrote wrong data would have left them."""
    place = index / (index / "CURRENT").read_text().split()[0]
    known = json.loads((place / "manifest.json").read_text())["files"]
    rewrite_manifest(index, files={name: files_on_disk.facts_of(place / name) for name in known})


def test_a_sound_index_has_no_problems(index: Path) -> None:
    """Catalog, vectors and lexical index of a fresh index fit together."""
    assert LocalStore.open(index).problems() == []
    assert LocalStore.empty(index).problems() == []


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE passages SET text = 'x' || substr(text, 2) WHERE doc_id = 'b.txt'", "b.txt"),
        ("UPDATE passages SET start = start + 1 WHERE passage_id = 'a.txt#0'", "a.txt#0"),
        ("UPDATE passages SET window_count = 2 WHERE doc_id = 'b.txt'", "vectors"),
        ("INSERT INTO documents SELECT 9, 'c', '', '', '', text_hash, 9, details, 9, 0, 9, 0"
         " FROM documents LIMIT 1", "c"),
    ],
)  # fmt: skip
def test_data_that_does_not_fit_together_is_a_problem(index: Path, sql: str, problem: str) -> None:
    """What checksums can't see, the check of the whole index names."""
    with closing(sqlite3.connect(next(index.rglob("catalog.sqlite")))) as catalog, catalog:
        catalog.execute(sql)
    reseal(index)
    assert any(problem in found for found in LocalStore.open(index).problems())


def test_text_that_is_not_what_was_indexed_is_not_given_out(index: Path) -> None:
    """A document whose stored text has another hash raises IndexDamaged."""
    with closing(sqlite3.connect(next(index.rglob("catalog.sqlite")))) as catalog, catalog:
        catalog.execute("UPDATE passages SET text = replace(text, 'rose', 'fell')")
    reseal(index)
    with pytest.raises(IndexDamaged, match=r"b\.txt"):
        LocalStore.open(index).document("b.txt")


def test_an_index_of_a_newer_version_is_left_alone(index: Path, settings: Settings) -> None:
    """What a newer version made is neither read nor replaced, unless a rebuild is asked for."""
    rewrite_manifest(index, format_version=generations.FORMAT_VERSION + 1)
    before = {name: (index / name).read_bytes() for name in files(index)}
    for attempt in (LocalStore.open, lambda _: index_again(settings)):
        with pytest.raises(IndexNewer, match="newer version"):
            attempt(index)
    assert {name: (index / name).read_bytes() for name in before} == before
    composing.update_index(settings, EMBEDDER, options=Options(rebuild=True))
    assert answers(index)


def test_an_older_format_is_made_again(index: Path, settings: Settings) -> None:
    """An index in an older format is IndexIncompatible; an update replaces it and notes that."""
    rewrite_manifest(index, format_version=generations.FORMAT_VERSION - 1)
    with pytest.raises(IndexIncompatible, match="format"):
        LocalStore.open(index)
    assert "format" in index_again(settings).notes[0]
    assert answers(index)


@pytest.mark.parametrize("facts", [{"colour": "red"}, {"segments": [{"name": "x"}]}])
def test_a_manifest_of_another_shape_is_made_again(
    index: Path, settings: Settings, facts: dict[str, Any]
) -> None:
    """What another version wrote without calling it another format is no crash."""
    rewrite_manifest(index, **facts)
    with pytest.raises(IndexDamaged, match="run: pp-qa index"):
        LocalStore.open(index)
    assert "rebuilt from the documents" in index_again(settings).notes[0]
    assert answers(index)


def test_a_large_index_is_checked_by_samples(
    index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above a limit sizes and some blocks of each file are checked at opening, and every byte
    when it is asked for."""
    (settings.corpus_dir / "long.txt").write_text("The plan rests on pillars. " * 6_000)
    index_again(settings)
    catalog = next(index.rglob("catalog.sqlite"))
    monkeypatch.setattr(generations, "_VERIFY_BYTES", 0)
    sound = catalog.read_bytes()
    for damage in (flip_first, cut_short, fill_with_zeros, empty):
        damage(catalog)
        with pytest.raises(IndexDamaged, match=r"catalog\.sqlite"):
            LocalStore.open(index)
        catalog.write_bytes(sound)
    flip_middle(catalog)
    LocalStore.open(index)
    with pytest.raises(IndexDamaged, match=r"catalog\.sqlite"):
        LocalStore.open(index, whole=True)


def test_files_known_to_be_sound_are_not_read_again(
    index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Following an update costs the checking of new files only; one that was written to since is
    found out, and the check of everything reads everything."""
    LocalStore.open(index)
    read: list[str] = []
    original = files_on_disk._sha256

    def noting(path: Path) -> str:
        read.append(path.name)
        return original(path)

    monkeypatch.setattr(files_on_disk, "_sha256", noting)
    LocalStore.open(index)
    assert read == []
    LocalStore.open(index, whole=True)
    assert "catalog.sqlite" in read
    flip_middle(next(index.rglob("vectors.f32")))
    with pytest.raises(IndexDamaged, match=r"vectors\.f32"):
        LocalStore.open(index)


def test_an_index_can_be_read_where_nothing_can_be_written(index: Path) -> None:
    """Opening and searching write nothing into the index."""
    before = {name: (index / name).stat().st_mtime_ns for name in files(index)}
    assert answers(index)
    assert {name: (index / name).stat().st_mtime_ns for name in files(index)} == before


def test_a_read_only_index_is_read(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the folder can't be written, tantivy's locks lie in a copy, which goes when the store
    does (root may write anywhere, so the system's word on it is replaced)."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert answers(index)
    gc.collect()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_an_index_can_be_moved(index: Path, tmp_path: Path) -> None:
    """An index folder answers wherever it is put."""
    index.rename(tmp_path / "moved")
    assert answers(tmp_path / "moved")


# ── crashes ──────────────────────────────────────────────────────────────────


def test_what_a_crash_left_is_ignored_and_swept(index: Path, settings: Settings) -> None:
    """Half-written generations don't disturb readers, and the next writer removes them, though it
    may have nothing to write."""
    for name in ("generation-000002", "generation-000077"):
        (index / name).mkdir()
        (index / name / "catalog.sqlite").write_bytes(b"half")
    (index / "CURRENT.tmp").write_text("generation-000077")
    assert answers(index)
    index_again(settings)
    assert [p.name for p in generations.leftovers(index)] == []
    assert answers(index)


@pytest.mark.parametrize("place", ["os.fsync", "replace", "manifest", "vectors", "mkdir"])
def test_a_write_that_fails_leaves_the_old_index(
    index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """A full disk at whatever step is IndexWriteError; the old index answers, and the update
    succeeds once there is room."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def full_for_some(path: Path, *rest: Any, **options: Any) -> Any:
        if path.name in ("manifest.json", "generation-000002"):
            full()
        return original(path, *rest, **options)

    original: Any = None
    (settings.corpus_dir / "c.txt").write_text("A third one.")
    before = (index / "CURRENT").read_text()
    with monkeypatch.context() as patch:
        if place == "os.fsync":
            patch.setattr(os, "fsync", full)
        elif place == "replace":
            patch.setattr(Path, "replace", full)
        elif place == "vectors":
            patch.setattr("pp_qa.stores.vectors.VectorWriter.add", full)
        else:
            name = "mkdir" if place == "mkdir" else "write_bytes"
            original = getattr(Path, name)
            patch.setattr(Path, name, full_for_some)
        with pytest.raises(IndexWriteError, match="No space left"):
            index_again(settings)
        assert (index / "CURRENT").read_text() == before
        assert answers(index)
    assert index_again(settings).added == ("c.txt",)
    assert [p.name for p in index.glob("generation-*")] == ["generation-000002"]


def test_an_interrupted_update_leaves_the_old_index(
    index: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle of writing is passed on, and leaves nothing half-written."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    (settings.corpus_dir / "c.txt").write_text("A third one.")
    with monkeypatch.context() as patch:
        patch.setattr("pp_qa.stores.files.sync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            index_again(settings)
    assert [p.name for p in index.glob("generation-*")] == ["generation-000001"]
    assert answers(index)
    assert index_again(settings).added == ("c.txt",)


def test_an_index_folder_that_is_a_file_is_no_crash(tmp_path: Path, corpus: Path) -> None:
    """A file where the index folder should be is told in words."""
    (corpus / "a.txt").write_text(ARTICLE)
    (tmp_path / "index").write_text("not a folder")
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index")
    with pytest.raises(IndexFault):
        LocalStore.open(settings.index_dir)
    with pytest.raises(IndexWriteError, match="PP_QA_INDEX_DIR"):
        index_again(settings)


# ── rivals ───────────────────────────────────────────────────────────────────

HOLD = """
import sys, time
from pathlib import Path
from pp_qa.stores import generations
with generations.writing(Path(sys.argv[1])):
    print("holding", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_told_who_holds_the_lock(index: Path, settings: Settings) -> None:
    """Of two writers the second gets IndexLocked, naming the first; readers go on; a killed
    writer holds nothing."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(index)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(IndexLocked, match=f"process {holder.pid}"):
            index_again(settings)
        assert answers(index)
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert index_again(settings).unchanged == ("a.txt", "b.txt")
    assert answers(index)


def test_threads_of_one_process_are_rivals_too(index: Path, settings: Settings) -> None:
    """The lock holds between two writers of the same process."""
    with generations.writing(index), pytest.raises(IndexLocked, match=f"process {os.getpid()}"):
        index_again(settings)
    index_again(settings)


def test_a_lock_without_a_name_is_a_lock(index: Path) -> None:
    """Where the holder's name can't be read, it is another process."""
    with generations.writing(index):
        (index / ".lock-holder").unlink()
        with pytest.raises(IndexLocked, match="another process"), generations.writing(index):
            raise AssertionError("two writers at once")


def test_an_open_reader_outlives_the_next_generations(index: Path, settings: Settings) -> None:
    """A store that is open shows its generation after the folder of that has been swept, though
    it was not asked anything before: nothing is opened only when it is needed."""

    def everything(store: LocalStore) -> list[Any]:
        names = [info.doc_id for info in store.documents()]
        passages = [store.passages(name) for name in names]
        known = store.known_vectors(passage for parts in passages for passage in parts)
        return [
            store.manifest,
            [store.document(name) for name in names],
            passages,
            store.search_dense(EMBEDDER.embed(["plan for peace"]), 3),
            store.search_dense(EMBEDDER.embed(["plan for peace"]), 3, ["a.txt"]),
            store.search_lexical("plan", 3),
            {text: vectors.tolist() for text, vectors in known.items()},
            store.problems(),
        ]

    used, untouched = LocalStore.open(index), LocalStore.open(index)
    before = everything(used)
    swept = next(index.glob("generation-*"))
    (settings.corpus_dir / "a.txt").unlink()
    for name in ("c.txt", "d.txt"):
        (settings.corpus_dir / name).write_text("The plan for peace, once more.")
        index_again(settings)
    assert not swept.exists()
    assert [p.name for p in index.glob("generation-*")] == ["generation-000003"]
    assert everything(untouched) == everything(used) == before
    assert untouched.document("a.txt").text == ARTICLE
    with pytest.raises(FilterError):
        LocalStore.open(index).document("a.txt")


def test_a_store_that_nobody_holds_lets_go_of_its_files(index: Path) -> None:
    """At once: until memory is tidied, swept generations would take room on the disk."""
    store = LocalStore.open(index)
    assert store.document("a.txt").text == ARTICLE
    held = weakref.ref(store)
    gc.disable()
    try:
        del store
        assert held() is None
    finally:
        gc.enable()


def test_a_pointer_that_names_nothing_a_file_can_be_called_is_damage(
    index: Path, settings: Settings
) -> None:
    """However long it is, the index is made again."""
    (index / "CURRENT").write_text(f"{5_000 * 'x'} {64 * '0'}\n")
    with pytest.raises(IndexDamaged):
        LocalStore.open(index)
    assert "rebuilt" in index_again(settings).notes[0]
    assert answers(index)
