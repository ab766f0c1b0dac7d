"""The documentation can't rot: what it shows is run, and what there is, it names."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from pp_qa.assistant import Assistant
from pp_qa.composing import ready
from pp_qa.interfaces.cli import app
from pp_qa.render.replies import reply_text
from pp_qa.render.verdicts import verification_text
from pp_qa.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def fenced(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The shipped article, asked through the real model."""
    index = tmp_path_factory.mktemp("index")
    return ready(load_settings(corpus_dir=ROOT / "docs_corpus", index_dir=index))


def test_every_command_is_in_the_readme() -> None:
    """A command that the README doesn't name is a command nobody finds."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    missing = [name for name in commands if f"`pp-qa {name}" not in README]
    assert commands
    assert not missing


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    """The README's table has a row for each setting, and for nothing else."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", README, re.MULTILINE))
    assert set(rows) == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        if name != "cache_dir":  # differs by system
            assert rows[name] == ("unset" if field.default is None else str(field.default))


@pytest.mark.model
def test_the_readmes_answers_are_real(article: Assistant) -> None:
    """Each `pp-qa ask` in the README prints what the README says it prints."""
    shown = [block for block in fenced("console") if block.startswith("$ pp-qa ask")]
    assert len(shown) >= 2
    for block in shown:
        command, _, expected = block.partition("\n")
        reply = article.ask(shlex.split(command)[3])
        assert _lasting(expected) in _lasting(reply_text(reply))


@pytest.mark.model
def test_the_readmes_verdicts_are_real(article: Assistant) -> None:
    """`pp-qa verify` in the README prints what the README says it prints."""
    (block,) = [b for b in fenced("console") if b.startswith("$ pp-qa verify")]
    command, _, expected = block.partition("\n")
    assert verification_text(article.verify(shlex.split(command)[3])) == expected.strip()


def _lasting(text: str) -> str:
    """Output without its figures, which another processor may round otherwise."""
    return re.sub(r"\d+%", "N%", text.strip().removesuffix("…").strip())


@pytest.mark.model
def test_the_readmes_python_runs(
    article: Assistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The README's Python is executed and finds the answer it is about."""
    monkeypatch.setenv("PP_QA_CORPUS_DIR", str(ROOT / "docs_corpus"))
    monkeypatch.setenv("PP_QA_INDEX_DIR", str(article.settings.index_dir))
    (block,) = fenced("python")
    exec(compile(ast.parse(block), "README.md", "exec"), {})
    assert "Witkoff" in capsys.readouterr().out


def test_every_module_is_on_the_code_map() -> None:
    """`docs/architecture.md` names each module and package of pp_qa."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "src" / "pp_qa"
    modules = [p for p in package.iterdir() if p.suffix == ".py" and p.stem != "__init__"]
    folders = [p for p in package.iterdir() if (p / "__init__.py").is_file()]
    for path in modules:
        assert f"`{path.name}`" in page
    for path in folders:
        assert f"`{path.name}/" in page
