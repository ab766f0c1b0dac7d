"""What others rely on: the names, what an import costs, the layers, the errors, the settings."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import pp_qa
from pp_qa import errors
from pp_qa.errors import PpQaError, SettingsError
from pp_qa.settings import Settings, load_settings

PACKAGE = Path(pp_qa.__file__).parent

# ── names ────────────────────────────────────────────────────────────────────


def test_the_public_names_are_these() -> None:
    """The package offers these names and no others, sorted, each with a docstring."""
    assert pp_qa.__all__ == [
        "Abstention",
        "Answer",
        "Assistant",
        "Check",
        "Citation",
        "Difference",
        "Document",
        "Hit",
        "Passage",
        "Place",
        "PpQaError",
        "Quote",
        "Reply",
        "Span",
        "Turn",
        "UpdateReport",
        "Verification",
        "ask",
        "retrieve",
        "verify",
    ]
    for name in pp_qa.__all__:
        assert getattr(pp_qa, name).__doc__, name


@pytest.mark.parametrize("statement", ["import pp_qa", "import pp_qa.assistant, pp_qa.types"])
def test_importing_pp_qa_loads_nothing_heavy(statement: str) -> None:
    """The package itself costs next to nothing: models and engines come when they are used."""
    heavy = ("torch", "faiss", "gradio", "onnxruntime", "numpy", "pydantic", "tantivy", "tiktoken")
    script = f"import sys; {statement}; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not set(heavy) & set(result.stdout.split())


# ── layers ───────────────────────────────────────────────────────────────────

LAYERS = (
    {"types", "errors"},
    {"protocols", "settings", "text", "words", "finding", "tokens", "datelines", "reaching"},
    {"loading", "chunking", "models", "stores"},
    {
        *("refusing", "scanning", "adding", "caches", "surveying", "streaming", "indexing"),
        "places",
        "remains",
        *("duplicates", "retrieval", "evidence", "absence", "leading", "verifying", "asked"),
        *(
            "conversation",
            "exchanging",
            "followups",
            "mentions",
            "checking",
            "replying",
            "small_talk",
            "spelling",
        ),
    },
    {"assistant", "composing", "testing"},
    {"render", "doctor", "watching", "feedback"},
    {"interfaces", "evaluation", "__main__"},
)
"""From the ground up; imports point down only."""
APART = 2
"""The layer whose parts don't know each other."""


def modules() -> dict[str, Path]:
    return {
        path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", "."): path
        for path in PACKAGE.rglob("*.py")
        if path.parent != PACKAGE or path.stem != "__init__"
    }


def imports(path: Path) -> set[str]:
    """The pp_qa modules that a file imports anywhere, without the leading name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "pp_qa":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pp_qa."):
            found.add((node.module or "").removeprefix("pp_qa."))
        elif isinstance(node, ast.Import):
            found |= {
                a.name.removeprefix("pp_qa.") for a in node.names if a.name.startswith("pp_qa.")
            }
    return found


def layer(module: str) -> int | None:
    top = module.partition(".")[0]
    return next((i for i, names in enumerate(LAYERS) if top in names), None)


def test_every_module_has_a_layer() -> None:
    """A new module is given its place before it is used."""
    assert {name for name in modules() if layer(name) is None} == set()


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_point_down(module: str) -> None:
    """A module imports what lies below it or beside it, and no loader, model or store another."""
    own = layer(module)
    assert own is not None
    for other in imports(modules()[module]):
        below = layer(other)
        if below is None:
            continue  # a name of the package itself, such as its version
        same_folder = module.partition(".")[0] == other.partition(".")[0]
        peers = own == below != APART
        assert below < own or same_folder or peers, f"{module} imports {other}"


# ── errors ───────────────────────────────────────────────────────────────────

ERRORS = [c for _, c in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: e.__name__)
def test_every_error_is_drawn_in_the_tree(error: type[Exception]) -> None:
    """The docstring's tree shows every error under its parent, and each says what it means."""
    assert issubclass(error, PpQaError)
    assert error.__doc__
    names: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        name = line.strip(" │├└─").split(" ")[0]
        if name in {e.__name__ for e in ERRORS}:
            parent = next((n for d, n in reversed(names) if d < line.index(name)), None)
            names.append((line.index(name), name))
            if name == error.__name__ and parent is not None:
                assert error.__base__ is not None
                assert error.__base__.__name__ == parent
    assert [n for _, n in names].count(error.__name__) == 1


# ── settings ─────────────────────────────────────────────────────────────────


def test_an_unknown_key_in_the_file_is_refused() -> None:
    """A misspelt key in pp_qa.toml is named, with those there are."""
    Path("pp_qa.toml").write_text("top_j = 3\n")
    with pytest.raises(SettingsError, match=r"top_j.*top_k"):
        load_settings()


def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt PP_QA_ variable is named, with those there are."""
    monkeypatch.setenv("PP_QA_TOP_J", "3")
    with pytest.raises(SettingsError, match=r"PP_QA_TOP_J.*PP_QA_TOP_K"):
        load_settings()


def test_variables_that_kubernetes_sets_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a service called `pp-qa` each container gets these, its port as an address."""
    address = "tcp://10.96.0.7:80"
    for name, value in {
        "PP_QA_SERVICE_HOST": "10.96.0.7",
        "PP_QA_SERVICE_PORT": "80",
        "PP_QA_SERVICE_PORT_HTTP": "80",
        "PP_QA_PORT": address,
        "PP_QA_PORT_80_TCP": address,
        "PP_QA_PORT_80_TCP_PROTO": "tcp",
        "PP_QA_PORT_80_TCP_ADDR": "10.96.0.7",
        "PP_QA_CHAT_SERVICE_PORT": "80",
        "PP_QA_CHAT_PORT": address,
    }.items():
        monkeypatch.setenv(name, value)
    assert load_settings().port == 7860
    monkeypatch.setenv("PP_QA_PORT", "8001")
    assert load_settings().port == 8001
    monkeypatch.setenv("PP_QA_CHAT_PORT", "8001")
    with pytest.raises(SettingsError, match="PP_QA_CHAT_PORT is no setting"):
        load_settings()


def test_an_unknown_flag_is_refused() -> None:
    """A setting given by name must exist too."""
    with pytest.raises(SettingsError, match="top_j"):
        load_settings(top_j=3)


@pytest.mark.parametrize(
    ("key", "value", "bound"),
    [
        ("top_k", "0", "1"),
        ("top_k", "101", "100"),
        ("passage_tokens", "31", "32"),
        ("passage_tokens", "2049", "2048"),
        ("window_tokens", "15", "16"),
        ("max_quotes", "21", "20"),
        ("min_confidence", "1.5", "1"),
        ("min_confidence", "-0.1", "0"),
        ("port", "65536", "65535"),
        ("threads", "0", "1"),
        ("max_file_mb", "0", "1"),
        ("max_upload_mb", "0", "1"),
        ("parse_seconds", "0", "1"),
        ("parse_memory_mb", "255", "256"),
    ],
)
def test_a_value_out_of_range_is_refused(
    monkeypatch: pytest.MonkeyPatch, key: str, value: str, bound: str
) -> None:
    """A value out of range names the key, the value and the bound, wherever it was given."""
    monkeypatch.setenv(f"PP_QA_{key.upper()}", value)
    with pytest.raises(SettingsError, match=rf"{key}.*{value}.*\b{bound}\b"):
        load_settings()
    monkeypatch.delenv(f"PP_QA_{key.upper()}")
    with pytest.raises(SettingsError, match=rf"{key}.*{value}.*\b{bound}\b"):
        load_settings(**{key: float(value)})
    Path("pp_qa.toml").write_text(f"{key} = {value}\n")
    with pytest.raises(SettingsError, match=rf"{key}.*{value}.*\b{bound}\b"):
        load_settings()


@pytest.mark.parametrize("key", ["corpus_dir", "index_dir", "cache_dir", "auth"])
@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", Path("a\0b")])
def test_what_no_file_can_be_called_is_refused(key: str, name: str | Path) -> None:
    """An empty name, which a variable that is not set gives, is not taken for the folder that the
    process runs in."""
    with pytest.raises(SettingsError, match=f"'{key}' can't be .*: it .*; give the name of a"):
        load_settings(**{key: name})


def test_the_users_own_folder_can_be_named_by_its_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shell reads `~` in a pp_qa.toml, a variable or behind `--index=`: a folder of that name would
    be made. A name that only begins so is one."""
    home = Path.home()
    Path("pp_qa.toml").write_text('corpus_dir = "~/docs"\n')
    monkeypatch.setenv("PP_QA_INDEX_DIR", "~/index")
    found = load_settings(cache_dir="./~", auth="~nobody-of-that-name/users")
    assert (found.corpus_dir, found.index_dir) == (home / "docs", home / "index")
    assert (found.cache_dir, found.auth) == (Path("~"), Path("~nobody-of-that-name/users"))


@pytest.mark.parametrize("value", ["nan", "inf", "much"])
def test_a_confidence_is_a_number(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """What is no number between 0 and 1 is no confidence."""
    monkeypatch.setenv("PP_QA_MIN_CONFIDENCE", value)
    with pytest.raises(SettingsError, match="min_confidence"):
        load_settings()


def test_settings_that_may_not_be_read_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pp_qa.toml of somebody else is told in one line."""
    Path("pp_qa.toml").write_text("top_k = 3\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SettingsError, match=r"pp_qa\.toml can't be read \(Permission denied\)"):
        load_settings()


def test_settings_may_begin_with_a_mark_of_their_encoding() -> None:
    """As some editors on Windows write it."""
    Path("pp_qa.toml").write_text('top_k = 3\r\nhost = "é"\r\n', encoding="utf-8-sig")
    assert (load_settings().top_k, load_settings().host) == (3, "é")


def test_settings_that_are_a_folder() -> None:
    """A folder of that name would be passed over, as if nothing were set."""
    Path("pp_qa.toml").mkdir()
    with pytest.raises(SettingsError, match=r"pp_qa\.toml is no file"):
        load_settings()


@pytest.mark.parametrize("content", [b"top_k = ", b"\xff\xfe\x00", b"[section\n"])
def test_a_file_that_is_no_toml_is_named(content: bytes) -> None:
    """A pp_qa.toml that can't be read is told in one line."""
    Path("pp_qa.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"pp_qa\.toml") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_flags_go_before_variables_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest word counts: flag, then variable, then file, then default."""
    default = Settings.model_fields["top_k"].default
    assert load_settings().top_k == default
    Path("pp_qa.toml").write_text("top_k = 11\nport = 8001\n")
    assert load_settings().top_k == 11
    monkeypatch.setenv("PP_QA_TOP_K", "12")
    assert load_settings().top_k == 12
    assert load_settings(top_k=13).top_k == 13
    assert load_settings(top_k=None).top_k == 12
    assert load_settings().port == 8001


def test_host_names_are_a_list_in_the_file_and_stand_between_commas_in_a_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An address is told to be none."""
    Path("pp_qa.toml").write_text('allowed_hosts = ["a.example", "b"]\n')
    assert load_settings().allowed_hosts == ("a.example", "b")
    monkeypatch.setenv("PP_QA_ALLOWED_HOSTS", "c.example, d")
    assert load_settings().allowed_hosts == ("c.example", "d")
    monkeypatch.setenv("PP_QA_ALLOWED_HOSTS", "https://c.example:443")
    with pytest.raises(SettingsError, match=r"allowed_hosts.*without http://"):
        load_settings()


def test_settings_do_not_change() -> None:
    """Settings are values: frozen once they are loaded."""
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.top_k = 3  # type: ignore[misc]


def test_every_setting_says_what_it_is() -> None:
    """Each setting has a description, for the documentation and the help."""
    assert all(field.description for field in Settings.model_fields.values())
