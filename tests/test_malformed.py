"""Spoiled files of every format: each becomes a sound document or a named failure, and the files
beside them are read."""

from __future__ import annotations

import os
import random
import sys
import threading
from pathlib import Path

import pytest
from deeds import deeds
from indexed import PARSERS, Index, reasons
from malformed import SAMPLES, WAYS, bombs, within

from pp_qa import loading
from pp_qa.indexing import make_parsers
from pp_qa.loading.checking import check
from pp_qa.settings import Settings
from pp_qa.types import UpdateReport

SEED = 20261124
MANY = 200
FORMATS = sorted(SAMPLES.keys() & set(loading.suffixes()))


@pytest.fixture
def index(corpus: Path) -> Index:
    """An index over a folder with a sound file of each format."""
    for ending in FORMATS:
        (corpus / f"sound{ending}").write_bytes(SAMPLES[ending]())
    return Index(corpus)


def spoil(corpus: Path) -> list[str]:
    """Write MANY spoiled files of all formats; every tenth under the ending of another."""
    draw = random.Random(SEED)
    names = []
    for i in range(MANY):
        ending = FORMATS[i % len(FORMATS)]
        way = draw.choice([*WAYS, *[within] * 5])
        content = way(SAMPLES[ending](), draw)
        names.append(f"{i:03}-{way.__name__}{draw.choice(FORMATS) if i % 10 == 0 else ending}")
        (corpus / names[-1]).write_bytes(content)
    return names


def check_all(index: Index, report: UpdateReport, names: list[str]) -> None:
    """Each file is a sound document or has a reason that can be printed; the sound ones are in."""
    failed = reasons(report)
    assert {*index.doc_ids(), *failed} == {*names, *(f"sound{e}" for e in FORMATS)}
    assert not [name for name in failed if name.startswith("sound")]
    assert not [name for name in failed if name in index.doc_ids()]
    for reason in failed.values():
        assert reason.isprintable()
        assert ";" in reason, "a reason ends with what to do"
        assert len(reason) < 500
        assert "/" + "etc" not in reason
    for doc_id in index.doc_ids():
        document = index.store.document(doc_id)
        check(document)
        assert "".join(p.text for p in index.store.passages(doc_id)) == document.text
        assert "root:" not in document.text, "no other file is read"


def left_over() -> tuple[int, int, str]:
    """Threads of this process and, where they can be seen, open files and child processes."""
    own = Path("/proc/self")
    files = len(list((own / "fd").iterdir())) if own.exists() else 0
    children = own / "task" / str(os.getpid()) / "children"
    return threading.active_count(), files, children.read_text() if children.exists() else ""


def test_every_format_has_a_sample() -> None:
    """A new format comes with a file to be spoiled here."""
    assert {loading.loaders()[ending] for ending in FORMATS} == {*loading.loaders().values()}


@pytest.mark.parametrize("ending", FORMATS)
def test_the_samples_are_sound(index: Index, ending: str) -> None:
    """The files that are spoiled below could be read before."""
    report = index.update()
    assert report.failed == ()
    text = index.store.document(f"sound{ending}").text
    assert "1998" in text


def test_spoiled_files_are_read_or_named(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred spoiled files do no harm to each other nor to the sound ones, and leave no
    process, thread, open file or temporary file behind."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    index.update()
    PARSERS.close()
    before = left_over()
    names = spoil(index.corpus)
    report = index.update()
    check_all(index, report, names)
    assert len(names) == MANY
    again = index.update()
    assert reasons(again) == reasons(report)
    assert again.embedded == 0
    PARSERS.close()
    assert left_over() == before
    assert list(temporary.iterdir()) == []


def test_bombs_are_refused(index: Index) -> None:
    """Files made to explode, to go in circles or to fetch others end within bounds."""
    made = {name: c for name, c in bombs().items() if Path(name).suffix in FORMATS}
    for name, content in made.items():
        (index.corpus / name).write_bytes(content)
    report = index.update()
    check_all(index, report, list(made))
    archives = {n for n in made if n.startswith(("laughs", "secret", "blank"))}
    assert archives <= reasons(report).keys()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_parsers_that_hang_die_or_swell_stop_nobody(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update over files that stop their parsers reads all the others, names those, and takes
    one in as soon as it can be read."""
    limits = Settings(parse_seconds=5, parse_memory_mb=400)
    expected = {
        "crash.deed": "signal 11",
        "eat.deed": "MB of memory",
        "exit.deed": "exit status 3",
        "loop.deed": "longer than 5 s",
    }
    for name in expected:
        (index.corpus / name).write_text(name.removesuffix(".deed"))
    with deeds(tmp_path / "formats"), make_parsers(limits) as parsers:
        monkeypatch.setattr("indexed.PARSERS", parsers)
        report = index.update()
        check_all(index, report, list(expected))
        for name, reason in expected.items():
            assert reason in reasons(report)[name]
        for name in expected:
            (index.corpus / name).write_text("harmless")
        assert index.update().added == tuple(expected)
