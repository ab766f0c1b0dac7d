"""The doctor finds what is wrong, says what to do, and what it says to do heals."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from contracts.store_contract import ARTICLE
from indexed import PARSERS
from test_index_on_disk import (
    cut_short,
    delete,
    empty,
    files,
    fill_with_zeros,
    flip_first,
    flip_middle,
    reseal,
)

from pp_qa import composing, doctor
from pp_qa.composing import CALIBRATION
from pp_qa.doctor import Finding, examine
from pp_qa.errors import ModelError
from pp_qa.indexing import Options
from pp_qa.interfaces import cli
from pp_qa.models import calibration
from pp_qa.settings import Settings
from pp_qa.stores import files as on_disk
from pp_qa.stores import generations
from pp_qa.stores.local import LocalStore
from pp_qa.testing import FakeEmbedder

LOOK_AT_PARSERS = doctor._parsers
AGAIN = Options(rebuild=True)


def make(_: Settings) -> FakeEmbedder:
    """The model, to the doctor: the one that the shipped calibration is for."""
    return FakeEmbedder(fingerprint=calibration.shipped("similarity").fingerprint)


@pytest.fixture
def settings(corpus: Path, tmp_path: Path) -> Settings:
    """An index of two documents, and a file that can't be read."""
    (corpus / "a.txt").write_text(ARTICLE)
    (corpus / "b.txt").write_text("Shares rose in Paris.\n")
    (corpus / "bad.txt").write_bytes(bytes(range(256)) * 9)
    settings = Settings(corpus_dir=corpus, index_dir=tmp_path / "index", reader="similarity")
    index(settings)
    return settings


def index(settings: Settings) -> None:
    composing.update_index(settings, make(settings), parsers=PARSERS)


def worse(settings: Settings) -> list[Finding]:
    """What is no "ok", but for the file that can't be read."""
    found = examine(settings, make)
    return [f for f in found if f.severity != "ok" and f.check != "document"]


@pytest.fixture(autouse=True)
def _readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a process can be started to read documents is looked at in one test: it takes long."""
    monkeypatch.setattr(doctor, "_parsers", lambda _: Finding("ok", "parsers", "not looked at"))


def test_what_is_whole_is_said_to_be(settings: Settings) -> None:
    """Of a sound index every check says what it looked at, and the file that can't be read is
    named with its reason and remedy."""
    found = examine(settings, make)
    assert worse(settings) == []
    assert {f.check for f in found} == {
        "version", "settings", "model", "calibration", "parsers", "index", "corpus", "document",
        "disk",
    }  # fmt: skip
    (unread,) = (f for f in found if f.check == "document")
    assert unread.severity == "warning"
    assert unread.message == "bad.txt holds binary data, not text"
    assert unread.remedy == "convert it to text or remove it"


def test_the_doctor_writes_nothing(settings: Settings) -> None:
    """Looking at an index, a corpus and a place without either leaves all as it was."""
    before = {name: (settings.index_dir / name).read_bytes() for name in files(settings.index_dir)}
    worse(settings)
    worse(settings.model_copy(update={"index_dir": settings.index_dir / "nowhere"}))
    assert {name: (settings.index_dir / name).read_bytes() for name in before} == before
    assert files(settings.index_dir) == sorted(before)


@pytest.mark.parametrize(
    "damage",
    [flip_first, flip_middle, cut_short, empty, fill_with_zeros, delete],
    ids=lambda f: f.__name__,
)
def test_any_damage_is_noticed_and_healed(
    settings: Settings, damage: Callable[[Path], None]
) -> None:
    """Whatever befalls whichever file of the index: the doctor finds an error and names a command,
    `pp-qa index`, after which it finds none."""
    root = settings.index_dir
    sound = root.with_name("sound")
    shutil.copytree(root, sound)
    pointed = (root / "CURRENT").read_text().split()[0]
    for name in files(sound):
        if not name.startswith((pointed, "CURRENT")):
            continue  # what spares work may be lost
        shutil.rmtree(root)
        shutil.copytree(sound, root)
        if not (root / name).stat().st_size and damage is not delete:
            continue  # a lock file of the engine: empty, so it can only be lost
        damage(root / name)
        if damage is cut_short and name == "CURRENT":
            continue  # its line end says nothing
        errors = [f for f in worse(settings) if f.severity == "error"]
        assert [f.check for f in errors] == ["index"], name
        assert "pp-qa index" in errors[0].remedy, name
        index(settings)
        assert worse(settings) == [], name


def test_what_it_says_to_do_heals_a_large_index(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an update doesn't read every byte, damage that it overlooks is healed by a rebuild,
    and the doctor says so."""
    monkeypatch.setattr(generations, "_VERIFY_BYTES", 0)
    for name in files(settings.index_dir):
        path = settings.index_dir / name
        if not name.startswith("generation-") or not path.exists() or not path.stat().st_size:
            continue  # another generation since, with files of other names
        flip_middle(path)
        (error,) = (f for f in worse(settings) if f.severity == "error")
        rebuild = error.remedy.endswith("--rebuild")
        options = Options(rebuild=rebuild)
        composing.update_index(settings, make(settings), options=options, parsers=PARSERS)
        assert worse(settings) == [], name


def test_a_rebuild_takes_nothing_over_that_is_damaged(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors that an update of a large index doesn't look at byte by byte are made again when the
    index is, and its documents too."""

    def vectors() -> list[object]:
        with closing(LocalStore.open(settings.index_dir)) as store:
            return [v.tolist() for v in store.known_vectors(store.passages("a.txt")).values()]

    sound = vectors()
    for name in ("vectors.f32", "catalog.sqlite"):
        monkeypatch.setattr(generations, "_VERIFY_BYTES", 0)
        monkeypatch.setattr(on_disk, "_sample", lambda _: "")
        composing.update_index(settings, make(settings), options=AGAIN, parsers=PARSERS)
        fill_with_zeros(next(settings.index_dir.rglob(name)))
        composing.update_index(settings, make(settings), options=AGAIN, parsers=PARSERS)
        assert vectors() == sound


def test_a_large_index_is_sampled(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many passages some are compared with their documents, and how many is said."""

    def compared() -> str:
        (finding,) = (f for f in examine(settings, make) if "tile their documents" in f.message)
        return finding.message

    assert "all of 2" in compared()
    monkeypatch.setattr(doctor, "_SAMPLED", 0)
    assert "1 drawn at random of 2" in compared()


def test_data_that_does_not_fit_is_an_error(settings: Settings) -> None:
    """What checksums can't see, as a bug would leave it, is found in passages and vectors."""
    (catalog,) = list(settings.index_dir.rglob("catalog*.sqlite"))[:1]
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("UPDATE passages SET start = start + 1 WHERE ordinal = 0")
    reseal(settings.index_dir)
    found = worse(settings)
    assert [f.severity for f in found] == ["error", "error"]
    assert all("--rebuild" in f.remedy for f in found)


def test_drift_is_told_by_what_happened(settings: Settings) -> None:
    """Files that came, changed and went are named, each kind in a warning of its own."""
    corpus = settings.corpus_dir
    (corpus / "new.txt").write_text("Zebras do cross bridges.")
    (corpus / "a.txt").write_text(ARTICLE + "One more line.\n")
    (corpus / "b.txt").unlink()
    assert [(f.severity, f.check, f.message) for f in worse(settings)] == [
        ("warning", "corpus", "new since it was indexed: new.txt"),
        ("warning", "corpus", "changed since it was indexed: a.txt"),
        ("warning", "corpus", "gone since it was indexed: b.txt"),
    ]
    index(settings)
    assert worse(settings) == []


def test_another_folder_or_none_is_told(settings: Settings, tmp_path: Path) -> None:
    """An index that follows another folder is a warning, a folder that is not there an error."""
    other = tmp_path / "other"
    shutil.copytree(settings.corpus_dir, other)
    (finding,) = worse(settings.model_copy(update={"corpus_dir": other}))
    assert "follows" in finding.message
    (finding,) = worse(settings.model_copy(update={"corpus_dir": tmp_path / "nowhere"}))
    assert (finding.severity, finding.check) == ("error", "corpus")


def test_no_folder_is_missed_but_that_of_the_index(settings: Settings) -> None:
    """Where none was given and the usual one is not there, an update goes on with the one that the
    index follows, and that is looked at."""
    ungiven = Settings(index_dir=settings.index_dir, reader="similarity")
    assert worse(ungiven) == []
    (settings.corpus_dir / "new.txt").write_text("Zebras do cross bridges.")
    assert [f.message for f in worse(ungiven)] == ["new since it was indexed: new.txt"]


def test_a_missing_index_is_an_error(settings: Settings) -> None:
    """Without an index the command that makes one is named, and the other checks are made."""
    shutil.rmtree(settings.index_dir)
    (finding,) = worse(settings)
    assert (finding.severity, finding.check) == ("error", "index")
    assert finding.remedy == f"run: pp-qa index --index {settings.index_dir}"


def test_leftovers_and_writers_are_told(settings: Settings) -> None:
    """What a killed update left is a warning; while one is at work, it is told who that is."""
    (settings.index_dir / "generation-000009").mkdir()
    (finding,) = worse(settings)
    assert (finding.severity, finding.check) == ("warning", "writing")
    assert "generation-000009" in finding.message
    assert finding.remedy == f"run: pp-qa index --index {settings.index_dir}"
    with generations.writing(settings.index_dir):
        assert worse(settings) == []
        assert any("being written by process" in f.message for f in examine(settings, make))
    index(settings)
    assert worse(settings) == []


def test_a_full_disk_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a rebuild would have no room that is told beforehand."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 1000, 1000))
    (finding,) = worse(settings)
    assert (finding.severity, finding.check) == ("warning", "disk")


def test_another_model_is_told(settings: Settings) -> None:
    """An index of another model is an error, other settings are a warning, a calibration for
    another model too; each names its command."""
    other = examine(settings, lambda _: FakeEmbedder(fingerprint="other/1"))
    found = {f.check: f for f in other if f.severity != "ok" and f.check != "document"}
    assert (found["index"].severity, found["calibration"].severity) == ("error", "warning")
    assert "calibrate" in found["calibration"].remedy
    (finding,) = worse(settings.model_copy(update={"passage_tokens": 64}))
    assert (finding.severity, finding.check) == ("warning", "index")


def test_a_model_that_is_missing_stops_no_other_check(settings: Settings) -> None:
    """The model's error is one finding; the index is looked at all the same."""

    def missing(_: Settings) -> FakeEmbedder:
        raise ModelError("the weights are not there; install them")

    found = examine(settings, missing)
    errors = [f for f in found if f.severity == "error"]
    assert errors == [Finding("error", "model", "the weights are not there", "install them")]
    assert any(f.check == "index" and f.severity == "ok" for f in found)


def test_a_calibration_that_is_none_is_an_error(settings: Settings) -> None:
    """A file of one's own that can't be read is told, with the command that makes it anew."""
    (settings.index_dir / CALIBRATION).write_text("{}")
    (finding,) = worse(settings)
    assert (finding.severity, finding.check) == ("error", "calibration")
    assert "pp-qa calibrate" in finding.remedy


def test_parsers_are_tried(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are read in a process of their own: the doctor starts one."""
    assert LOOK_AT_PARSERS(settings).severity == "ok"
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert LOOK_AT_PARSERS(settings).severity == "error"


def test_no_room_for_a_temporary_file_stops_no_other_check(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is one of the things that a doctor is asked about."""

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(doctor.tempfile, "TemporaryDirectory", full)
    finding = LOOK_AT_PARSERS(settings)
    assert (finding.severity, finding.check) == ("warning", "parsers")
    assert "No space left" in finding.message


def test_files_that_a_writer_sweeps_meanwhile_have_no_size(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there when the folder is listed may be gone when it is looked at."""
    listed = [(str(settings.index_dir), [], ["CURRENT", "gone"])]
    monkeypatch.setattr(os, "walk", lambda _: listed)
    assert doctor._size(settings.index_dir) == (settings.index_dir / "CURRENT").stat().st_size


def test_settings_in_force_are_told(settings: Settings) -> None:
    """What was set otherwise than it comes is listed."""
    found = examine(settings.model_copy(update={"top_k": 9}), make)
    (finding,) = (f for f in found if f.check == "settings")
    assert finding.message.endswith("; top_k = 9")
    assert str(settings.corpus_dir) in finding.message


def test_the_command_exits_with_1_on_an_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`pp-qa doctor` ends with 0 for warnings and 1 for errors; `--json` has every finding."""
    monkeypatch.setattr(doctor.examine, "__defaults__", (make,))

    def run() -> tuple[int, list[dict[str, str]]]:
        with pytest.raises(SystemExit) as ended:
            cli.main(
                [
                    "doctor",
                    "--json",
                    *("--corpus", str(settings.corpus_dir)),
                    *("--index", str(settings.index_dir)),
                ]
            )
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    code, found = run()
    assert code == 0
    assert set(found[0]) == {"severity", "check", "message", "remedy"}
    assert {f["severity"] for f in found} == {"ok", "warning"}
    (settings.index_dir / "CURRENT").unlink()
    code, found = run()
    assert code == 1
    assert [f["check"] for f in found if f["severity"] == "error"] == ["index"]
