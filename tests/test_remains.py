"""A damaged index is made again from the folder that it follows, and never from another by itself;
what is only asked makes no index where one was named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from contracts.store_contract import ARTICLE
from indexed import PARSERS

import pp_qa
from pp_qa import composing
from pp_qa.assistant import Assistant
from pp_qa.errors import CorpusError, IndexDamaged, IndexMissing, IndexWriteError
from pp_qa.indexing import FILES, Options
from pp_qa.settings import Settings, load_settings
from pp_qa.stores.local import LocalStore
from pp_qa.testing import FakeEmbedder, FakeReader


@pytest.fixture(autouse=True)
def _fake_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "make_embedder", lambda _: FakeEmbedder())
    monkeypatch.setattr(composing, "make_reader", lambda *_: (FakeReader(), 0.5))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of the folder `mine`, beside a `docs_corpus` that has nothing to do with it."""
    for folder, text in (("mine", "Zebras do cross bridges."), ("docs_corpus", ARTICLE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.txt").write_text(text)
    made = Path("ci")
    update(load_settings(index_dir=made, corpus_dir="mine"))
    return made


def update(settings: Settings, **options: bool) -> tuple[str, ...]:
    embedder, wanted = FakeEmbedder(), Options(**options)
    report = composing.update_index(settings, embedder, options=wanted, parsers=PARSERS)
    return report.notes


def follows(index: Path) -> list[str]:
    """The documents of a sound index."""
    return [d.doc_id for d in LocalStore.open(index).documents()]


def manifest(index: Path) -> Path:
    (found,) = index.glob("generation-*/manifest.json")
    return found


def contents(index: Path) -> dict[Path, bytes]:
    return {
        p: p.read_bytes()
        for p in index.rglob("*")
        if p.is_file() and not p.name.startswith(".lock")
    }


def lose_current(index: Path) -> None:
    (index / "CURRENT").unlink()


def scribble_current(index: Path) -> None:
    (index / "CURRENT").write_text("junk\n")


def damage_words(index: Path) -> None:
    next(index.rglob("*.term")).write_bytes(b"junk")


def lose_manifest(index: Path) -> None:
    manifest(index).unlink()


def lose_files(index: Path) -> None:
    (index / FILES).unlink()
    scribble_current(index)


def age(index: Path) -> None:
    """Make it one of an older format."""
    content = json.dumps(json.loads(manifest(index).read_text()) | {"format_version": 1}).encode()
    manifest(index).write_bytes(content)
    name = manifest(index).parent.name
    (index / "CURRENT").write_text(f"{name} {sha256(content).hexdigest()}\n")


damages = pytest.mark.parametrize(
    "damage",
    [lose_current, scribble_current, damage_words, lose_manifest, lose_files, age],
    ids=lambda f: f.__name__,
)


@damages
@pytest.mark.parametrize("way", ["update", "rebuild", "ask"])
def test_a_damaged_index_is_made_again_from_the_folder_it_follows(
    index: Path, damage: Callable[[Path], None], way: str
) -> None:
    """Whatever is left names that folder; where no other is given, no other is read."""
    damage(index)
    said: list[str] = []
    if way == "ask":
        composing.answering(load_settings(index_dir=index), say=said.append).close()
    else:
        said += update(load_settings(index_dir=index), rebuild=way == "rebuild")
    assert follows(index) == ["mine.txt"]
    assert [str(Path("mine").resolve()) in line for line in said] == [True] * (way != "rebuild")


def test_an_index_that_does_not_say_its_folder_is_left_alone(index: Path) -> None:
    """Where nothing readable names it, the folder has to be given."""
    scribble_current(index)
    manifest(index).write_text("junk")
    (index / FILES).write_text("junk")
    before = contents(index)
    for attempt in (update, composing.ready, composing.answering):
        with pytest.raises(CorpusError, match=r"run: pp-qa index --index ci --corpus FOLDER"):
            attempt(load_settings(index_dir=index))
    served, notice, _ = composing.open_fresh(
        load_settings(index_dir=index), lambda _: None, lambda _: None
    )
    assert (served, "--corpus FOLDER" in notice) == (None, True)
    with pytest.raises(CorpusError, match="--corpus FOLDER"):  # the page's button
        composing.open_empty(load_settings(index_dir=index)).update()
    assert contents(index) == before
    update(load_settings(index_dir=index, corpus_dir="mine"))
    assert follows(index) == ["mine.txt"]


@pytest.mark.parametrize("gone", ["folder", "documents"])
def test_an_index_whose_documents_are_gone_is_left_alone(index: Path, gone: str) -> None:
    """The folder isn't there, or most of its files aren't: nothing is put in their place."""
    damage_words(index)
    if gone == "folder":
        Path("mine").rename("moved")
    else:
        Path("mine/mine.txt").rename("mine/else.txt")
    before = contents(index)
    what = "does not exist" if gone == "folder" else "lacks most"
    for rebuild in (False, True):
        with pytest.raises(CorpusError, match=rf"mine {what}.*--rebuild --corpus"):
            update(load_settings(index_dir=index), rebuild=rebuild)
    with pytest.raises(CorpusError, match=what):
        composing.answering(load_settings(index_dir=index))
    assert contents(index) == before


def test_a_first_index_that_never_came_to_be_says_nothing(tmp_path: Path) -> None:
    """A first build was killed when all but the switch was done. By the next one every document has
    another name: there is no index yet that these could be missing from."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "zebras.txt").write_text("Zebras do cross bridges.")
    settings = load_settings(index_dir=tmp_path / "begun", corpus_dir=docs)
    update(settings)
    pointer = settings.index_dir / "CURRENT"
    pointer.rename(pointer.with_name("CURRENT.tmp"))
    (docs / "zebras.txt").rename(docs / "bridges.txt")
    update(settings)
    assert follows(settings.index_dir) == ["bridges.txt"]


def test_a_sound_index_goes_on_with_its_folder_where_the_usual_one_is_not(
    index: Path, tmp_path: Path
) -> None:
    """No folder was given: then none is missed but the one that it follows."""
    shutil.rmtree(tmp_path / "docs_corpus")
    (tmp_path / "mine" / "more.txt").write_text("Zebras swim.")
    update(load_settings(index_dir=index))
    assert follows(index) == ["mine.txt", "more.txt"]
    shutil.rmtree(tmp_path / "mine")
    with pytest.raises(CorpusError, match="mine does not exist"):
        update(load_settings(index_dir=index))


def test_no_first_index_is_put_among_documents(index: Path, tmp_path: Path) -> None:
    """None of them would be read then. What describes the folder is no document, nor is what an
    interrupted build left; an index that is there stays in use."""
    settings = load_settings(index_dir=tmp_path / "docs_corpus", corpus_dir="mine")
    before = contents(settings.index_dir)
    with pytest.raises(IndexWriteError, match="holds documents"):
        update(settings)
    assert contents(settings.index_dir) == before
    (index / "notes.txt").write_text("Mine.")
    update(load_settings(index_dir=index, corpus_dir="mine"))
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "README.md").write_text("# Here is the index")
    update(load_settings(index_dir=fresh, corpus_dir="mine"))
    assert follows(fresh) == ["mine.txt"]


NESTED = "[" * 200_000


def test_brackets_without_end_in_what_is_left_tell_nothing(index: Path) -> None:
    """A list of files or a manifest that is nested too deeply to be read is like one that is none."""
    (index / FILES).write_text(NESTED)
    update(load_settings(index_dir=index, corpus_dir="mine"))
    assert follows(index) == ["mine.txt"]
    (index / FILES).write_text(NESTED)
    manifest(index).write_text(NESTED)
    with pytest.raises(CorpusError, match="left as it is"):
        update(load_settings(index_dir=index))


def test_another_folder_is_taken_only_when_that_is_said(index: Path) -> None:
    """With --corpus alone a damaged index is replaced no more than a sound one; a folder that was
    moved has its documents, and --rebuild says it."""
    damage_words(index)
    other = load_settings(index_dir=index, corpus_dir="docs_corpus")
    for attempt in (update, composing.answering):
        with pytest.raises(CorpusError, match=r"docs_corpus lacks most of its documents"):
            attempt(other)
    Path("mine").rename("moved")
    update(load_settings(index_dir=index, corpus_dir="moved"))
    assert follows(index) == ["mine.txt"]
    damage_words(index)
    update(other, rebuild=True)
    assert follows(index) == ["docs_corpus.txt"]


def test_a_sound_index_keeps_to_its_folder_when_it_is_rebuilt(index: Path) -> None:
    """`--rebuild` alone starts over with the folder that the index follows."""
    update(load_settings(index_dir=index), rebuild=True)
    assert follows(index) == ["mine.txt"]
    with pytest.raises(CorpusError, match=r"--rebuild --corpus .*docs_corpus to make it follow"):
        update(load_settings(index_dir=index))


def test_the_usual_index_moves_with_its_folder(index: Path, tmp_path: Path) -> None:
    """Where all was moved to another place, the usual folder has the documents."""
    index.rename("index")
    Path("mine").rename("elsewhere")
    shutil.rmtree("docs_corpus")
    Path("elsewhere").rename("docs_corpus")
    damage_words(Path("index"))
    update(load_settings())
    assert LocalStore.open(Path("index")).manifest.corpus == str(tmp_path / "docs_corpus")


# ── what is only asked ───────────────────────────────────────────────────────


def test_asking_makes_no_index_where_one_was_named(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that leads nowhere is an error that names the command, and nothing is made there."""
    with pytest.raises(IndexMissing, match=r"no index in typo; run: pp-qa index --index typo"):
        composing.answering(load_settings(index_dir="typo"))
    monkeypatch.setenv("PP_QA_INDEX_DIR", "typo")
    with pytest.raises(IndexMissing, match="typo"):
        pp_qa.ask("Who met in Miami?")
    assert not Path("typo").exists()
    assert follows(index) == ["mine.txt"]


@pytest.mark.usefixtures("index")
def test_a_first_question_makes_the_usual_index() -> None:
    """Where nothing was named, `docs_corpus` is indexed, and answered from."""
    said: list[str] = []
    assistant = composing.answering(load_settings(), say=said.append)
    assert [d.doc_id for d in assistant.documents()] == ["docs_corpus.txt"]
    assert said == ["there is no index in index yet; building it from docs_corpus"]


@pytest.mark.usefixtures("index")
def test_an_assistant_stays_with_its_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that goes to another folder, with an index of its own, asks and updates the one
    that it opened; the functions without one ask that of the folder they are in."""
    opened = Assistant.open("ci")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "docs_corpus").mkdir(parents=True)
    (elsewhere / "docs_corpus" / "other.txt").write_text("Zebras sleep.")
    assert {h.passage.doc_id for h in pp_qa.retrieve("Zebras")} == {"docs_corpus.txt"}
    monkeypatch.chdir(elsewhere)
    assert {h.passage.doc_id for h in pp_qa.retrieve("Zebras")} == {"other.txt"}
    Path("index").rename("ci")
    assert {h.passage.doc_id for h in opened.retrieve("Zebras")} == {"mine.txt"}
    (tmp_path / "mine" / "more.txt").write_text("Zebras eat.")
    assert opened.update().added == ("more.txt",)
    assert [d.doc_id for d in opened.documents()] == ["mine.txt", "more.txt"]


def test_asking_without_documents_says_what_is_missing() -> None:
    """In a folder without docs_corpus, `pp_qa.ask` names both what there isn't and what to set,
    and leaves nothing behind."""
    with pytest.raises(IndexMissing, match=r"no folder docs_corpus .*PP_QA_CORPUS_DIR"):
        pp_qa.ask("Who met in Miami?")
    assert list(Path().iterdir()) == []


def test_opening_with_a_corpus_still_makes_an_index(index: Path) -> None:
    """Who names both gets the index made, and mended; who names an index only, neither."""
    made = Assistant.open("new", corpus_dir="mine")
    assert [d.doc_id for d in made.documents()] == ["mine.txt"]
    damage_words(index)
    with pytest.raises(IndexDamaged, match="pp-qa index --index ci"):
        Assistant.open(index)
