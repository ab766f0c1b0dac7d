"""The command line: its JSON, its exit codes, and one line for each error."""

from __future__ import annotations

import errno
import io
import json
import runpy
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hostile
import pytest
from contracts.store_contract import ARTICLE
from hypothesis import given
from hypothesis import strategies as st

from pp_qa import composing
from pp_qa.errors import UsageError
from pp_qa.interfaces import cli
from pp_qa.interfaces.asking_commands import parse_address
from pp_qa.interfaces.terminal import complain, tell
from pp_qa.render.json import report_json
from pp_qa.render.printing import printable
from pp_qa.render.replies import address, reply_text
from pp_qa.render.updates import is_news, report_text
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder
from pp_qa.types import Abstention, Citation, Coverage, Failure, Quote, Span, UpdateReport
from pp_qa.watching import News

QUOTE_KEYS = {
    "number",
    "text",
    "before",
    "document",
    "title",
    "start",
    "end",
    "page",
    "page_label",
    "heading",
    "score",
    "highlight",
    "current",
    "also_in",
    "found",
}


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal:
    """Runs `pp-qa` in this process, over a corpus and an index of its own."""

    def __init__(
        self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str], cache: Path
    ) -> None:
        self.patch, self.capture = patch, capture
        self.corpus = Path("docs_corpus")
        self.corpus.mkdir()
        (self.corpus / "a.txt").write_text(ARTICLE)
        patch.setenv("PP_QA_CACHE_DIR", str(cache))

    def run(self, *arguments: str) -> Outcome:
        self.patch.setattr(sys, "argv", ["pp-qa", *arguments])
        self.capture.readouterr()
        code: object = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        captured = self.capture.readouterr()
        return Outcome(code if isinstance(code, int) else int(bool(code)), *captured)


@pytest.fixture
def terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], model_cache: Path
) -> Terminal:
    return Terminal(monkeypatch, capsys, model_cache)


# ── with the model ───────────────────────────────────────────────────────────


@pytest.mark.model
def test_an_answer_in_json_has_every_promised_key(terminal: Terminal) -> None:
    """`ask --json` prints the documented shape, whose quotes are the document's own text."""
    result = terminal.run("ask", "Who met in Miami in October?", "--min-confidence", "0", "--json")
    assert result.code == 0
    reply = result.json
    assert {
        "question",
        "search_query",
        "answered",
        "confidence",
        "generation",
        "quotes",
        "closest",
        "timings_ms",
    } <= set(reply)
    assert reply["answered"] is True
    assert reply["closest"] == []
    assert {"retrieve", "read", "total"} == set(reply["timings_ms"])
    quote = reply["quotes"][0]
    assert set(quote) == QUOTE_KEYS
    assert ARTICLE[quote["start"] : quote["end"]] == quote["text"]
    assert quote["start"] <= quote["highlight"][0] <= quote["highlight"][1] <= quote["end"]
    shown = terminal.run("show", f"{quote['document']}:{quote['start']}-{quote['end']}", "--json")
    assert shown.json["text"] == quote["text"]
    assert shown.json["current"] is True


@pytest.mark.model
def test_an_abstention_exits_with_3(terminal: Terminal) -> None:
    """Without an answer the exit code is 3, and `closest` has the shape that quotes have."""
    result = terminal.run("ask", "Who met in Miami?", "--min-confidence", "1", "--json")
    assert result.code == 3
    assert result.json["answered"] is False
    assert result.json["quotes"] == []
    assert set(result.json["closest"][0]) == QUOTE_KEYS
    assert terminal.run("ask", "Who met in Miami?", "--min-confidence", "1").code == 3


@pytest.mark.model
def test_indexing_searching_and_status_agree(terminal: Terminal) -> None:
    """`index` reports each file, `search` finds it, `status` lists it and what failed."""
    (terminal.corpus / "bad.txt").write_bytes(bytes(range(256)) * 9)
    report = terminal.run("index", "--json").json
    assert report["added"] == ["a.txt"]
    assert [f["source"] for f in report["failed"]] == ["bad.txt"]
    assert "binary" in terminal.run("index").out
    found = terminal.run("search", "peace plan", "-k", "1", "--json").json
    assert [hit["document"] for hit in found] == ["a.txt"]
    status = terminal.run("status", "--json").json
    assert [d["document"] for d in status["documents"]] == ["a.txt"]
    assert [f["source"] for f in status["failed"]] == ["bad.txt"]


@pytest.mark.model
def test_verifying_exits_with_3_unless_all_holds(terminal: Terminal) -> None:
    """`verify` exits with 0 when the documents say all that is quoted, with 3 when not, and takes
    standard input; what `ask` prints holds."""
    right = "The envoys met in Miami in October"
    assert terminal.run("verify", right, "--json").json["holds"] is True
    wrong = terminal.run("verify", right.replace("in October", "in May"), "--json")
    assert (wrong.code, wrong.json["checks"][0]["verdict"]) == (3, "altered")
    elsewhere = terminal.run("verify", right, "-s", "nowhere.txt")
    assert (elsewhere.code, "nowhere.txt" in elsewhere.err) == (1, True)
    printed = terminal.run("ask", "Who met in Miami in October?", "--min-confidence", "0").out
    for sent, code in ((printed.encode(), 0), (b"\xff\xfe nonsense", 1)):
        terminal.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sent)))
        assert terminal.run("verify", "-").code == code


@pytest.mark.model
def test_a_damaged_index_is_mended_before_it_is_asked(terminal: Terminal) -> None:
    """`ask` over a damaged index rebuilds it, says so on standard error, and answers."""
    assert terminal.run("index").code == 0
    next(Path("index").rglob("vectors.f32")).write_bytes(b"")
    result = terminal.run("search", "peace plan", "--json")
    assert result.code == 0
    assert "vectors.f32" in result.err
    assert result.json


@pytest.mark.model
def test_files_that_were_read_and_have_no_text_are_not_called_unreadable(
    terminal: Terminal,
) -> None:
    """The line at the end is true of them and of what could not be read."""
    (terminal.corpus / "a.txt").write_text("")
    (terminal.corpus / "broken.pdf").write_text("this is no PDF")
    result = terminal.run("index")
    assert (result.code, "empty: a.txt" in result.out) == (1, True)
    assert "no text could be read from the files;" in result.err


@pytest.mark.model
def test_the_first_use_is_quiet(terminal: Terminal, tmp_path: Path) -> None:
    """Exporting the model prints nothing of its own: neither bars nor warnings."""
    terminal.patch.setenv("PP_QA_CACHE_DIR", str(tmp_path / "fresh"))
    result = terminal.run("index")
    assert (result.code, result.err) == (0, "")


@pytest.mark.model
def test_what_the_terminal_has_no_letters_for_is_shown_by_its_code(terminal: Terminal) -> None:
    """Neither text nor JSON breaks off where standard output isn't UTF-8; the JSON is the same."""
    assert terminal.run("index").code == 0
    for arguments in (["ask", "Who drank Ωmega 😀?"], ["ask", "Who drank Ωmega 😀?", "--json"]):
        printed = io.BytesIO()
        with terminal.patch.context() as patch:
            patch.setattr(sys, "stdout", io.TextIOWrapper(printed, "latin-1"))
            assert terminal.run(*arguments).code == 3
            sys.stdout.flush()
        said = printed.getvalue().decode("ascii" if "--json" in arguments else "latin-1")
        if "--json" in arguments:
            assert json.loads(said)["question"] == "Who drank Ωmega 😀?"
        else:
            assert r"None of them has \u201cdrank\u201d" in said


# ── errors ───────────────────────────────────────────────────────────────


@pytest.mark.model
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask", "?!"), "no words"),
        (("ask", "Who?", "-d", "nowhere.txt"), "nowhere.txt"),
        (("index", "--corpus", "nowhere"), "does not exist"),
    ],
)
def test_an_error_is_one_line(terminal: Terminal, arguments: tuple[str, ...], message: str) -> None:
    """An error exits with 1 and one line that says what happened and what to do."""
    result = terminal.run(*arguments)
    last = result.err.strip().splitlines()[-1]
    assert result.code == 1
    assert message in last
    assert last.startswith("pp-qa: ")
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("status",), "pp-qa index"),
        (("show", "a.txt:1-2"), "pp-qa index"),
        (("show", "nonsense"), "DOC:START-END"),
        (("index", "--corpus", ""), "it is empty"),
        (("ask", "Who?", "--index", ""), "it is empty"),
    ],
)
def test_an_error_needs_no_model(
    terminal: Terminal, arguments: tuple[str, ...], message: str
) -> None:
    """What needs only the index fails at once where there is none."""
    result = terminal.run(*arguments)
    assert (result.code, result.out) == (1, "")
    assert message in result.err
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [("ask",), ("nonsense",), ("search", "x", "-k", "0"), ("ask", "x", "--nonsense")]
)
def test_wrong_usage_exits_with_2(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    """What the command line doesn't know is wrong usage."""
    assert terminal.run(*arguments).code == 2


def test_a_wrong_setting_is_an_error_in_words(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad variable stops every command with its name and range."""
    monkeypatch.setenv("PP_QA_TOP_K", "1000")
    result = terminal.run("status")
    assert result.code == 1
    assert "top_k" in result.err
    assert "100" in result.err


def test_help_loads_nothing_heavy() -> None:
    """`--help` is there at once: it loads no model and no engine."""
    script = (
        "import sys; sys.argv = ['pp-qa', '--help']\n"
        "from pp_qa.interfaces.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "ask" in result.stdout
    heavy = {"torch", "faiss", "gradio", "onnxruntime", "tantivy", "fastapi", "mcp", "regex"}
    assert not heavy & set(result.stdout.splitlines()[-1].split())


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.text(min_size=1, max_size=20))
def test_an_address_is_read_as_it_is_printed(a: int, b: int, doc_id: str) -> None:
    """Whatever a document is called, its address leads back to it."""
    span = Span(min(a, b), max(a, b))
    assert parse_address(address(doc_id, span)) == (doc_id, span)


@pytest.mark.parametrize(
    "address", ["", "a.txt", "a.txt:", "a.txt:3", "a.txt:5-3", ":1-2", "a:x-y"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    """An address has a document and a half-open range."""
    with pytest.raises(UsageError, match="DOC:START-END"):
        parse_address(address)


@given(st.text(max_size=50))
def test_nothing_printed_commands_the_terminal(text: str) -> None:
    """Control characters and marks that turn the writing are shown, not sent; the rest stays."""
    shown = printable("a\x1b[31m\u202e" + text)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert printable(shown) == shown


def test_many_failures_do_not_flood_the_terminal() -> None:
    """Those of one reason share a line, reasons are counted out, and JSON has them all."""
    alike = [Failure(f"{n}.zip", "is an archive") for n in range(100_000)]
    others = [Failure(f"{n}.pdf", f"is damaged at {n}") for n in range(30)]
    report = UpdateReport(failed=(*alike, *others))
    lines = report_text(report).splitlines()
    assert "0.zip, 1.zip, 2.zip and 99,997 more: is an archive" in lines[0]
    assert "0.pdf: is damaged at 0" in lines[1]
    assert "11 more; --json lists them all" in "".join(lines)
    assert len(lines) < 30
    assert len(report_json(report)["failed"]) == 100_030


def test_a_report_names_every_file_that_was_not_simply_unchanged() -> None:
    """Each failure stands with its reason; long lists are counted out."""
    text = report_text(
        UpdateReport(
            added=tuple(f"{n}.txt" for n in range(25)),
            renamed=(("old.txt", "new.txt"),),
            failed=(Failure("x.pdf", "has no format; convert it"),),
            notes=("rebuilt",),
        )
    )
    assert "old.txt → new.txt" in text
    assert "x.pdf: has no format; convert it" in text
    assert "and 5 more" in text
    assert text.startswith("rebuilt")


def abstention(text: str, highlight: Span, title: str = "Envoys") -> str:
    span = Span(100, 100 + len(text))
    quote = Quote("a.txt", "a.txt#0", span, text, 1.0, highlight)
    cited = Citation(1, quote, title, "/a.txt", ("Envoys", "Miami"), None, True)
    return reply_text(Abstention("Who?", "Who?", "no_answer", (cited,), 0.1, 1, Coverage(1, 1), {}))


def test_an_abstention_shows_the_nearest_sentence_only() -> None:
    """Of each passage that is near, its highlight is printed, at most 300 characters of it, with
    the passage's own address."""
    text = "One. Shares rose in Paris. Three."
    shown = abstention(text, Span(105, 126))
    assert "[1] …Shares rose in Paris.…" in shown
    assert "One." not in shown
    assert "a.txt:100-133" in shown
    assert "[1] One. Shares rose in Paris. Three.\n" in abstention(text, Span(100, 133))
    line = abstention("word " * 200, Span(100, 1_100)).split("[1] ")[1].splitlines()[0]
    assert 250 < len(line) <= 301
    assert line.endswith("word…")


def test_a_place_names_its_title_once() -> None:
    """A first heading that is the title is not repeated."""
    assert "— Envoys › Miami\n" in abstention("Shares rose.", Span(100, 112))
    assert "— News › Envoys › Miami\n" in abstention("Shares rose.", Span(100, 112), "News")


@pytest.mark.parametrize(
    ("report", "news"),
    [
        (UpdateReport(unchanged=("a.txt",), empty=("b.txt",)), False),
        (UpdateReport(removed=("a.txt",)), True),
        (UpdateReport(renamed=(("a.txt", "b.txt"),)), True),
        (UpdateReport(failed=(Failure("a.pdf", "has no format"),)), True),
    ],
)
def test_an_update_that_did_nothing_is_no_news(report: UpdateReport, news: bool) -> None:
    """Only what an update did, or could not do, is worth telling."""
    assert is_news(report) is news


def test_serving_tells_what_the_update_did(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`serve` prints the report of a first or changed index on standard error, and passes the
    address from HOST and PORT on; `app.py` is the same command."""
    served: list[tuple[str, int]] = []
    monkeypatch.setattr(
        "pp_qa.interfaces.web.serve", lambda _, host, port, **kept: served.append((host, port))
    )
    monkeypatch.setattr(composing, "make_embedder", lambda _: FakeEmbedder())
    monkeypatch.setenv("HOST", "localhost")
    monkeypatch.setenv("PORT", "8123")
    first = terminal.run("serve")
    assert (first.code, first.out) == (0, "")
    assert "added: a.txt" in first.err
    assert "a.txt" not in terminal.run("serve").err
    monkeypatch.setattr(sys, "argv", ["app.py"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(Path(__file__).parent.parent / "app.py"), run_name="__main__")
    assert served == [("localhost", 8123)] * 3


def test_a_port_that_is_taken_is_told_before_the_index_is_made(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That may take an hour."""
    monkeypatch.setattr(composing, "make_embedder", lambda _: pytest.fail("was begun"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        result = terminal.run("serve", "--port", str(other.getsockname()[1]))
    assert result.code == 1
    assert "is taken by another program; set PORT to another one" in result.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("argument", ["doctor", "--version"])
def test_output_that_can_not_be_written_is_one_line(terminal: Terminal, argument: str) -> None:
    """A full disk behind standard output is told in one line, with exit code 1."""
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "pp_qa.interfaces.cli", argument],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert result.returncode == 1
    assert result.stderr == "pp-qa: can't write the output (No space left on device)\n"


@pytest.mark.parametrize("command", ["index", "watch", "ask", "eval", "serve", "mcp"])
def test_help_gives_no_value_to_an_option_that_takes_none(terminal: Terminal, command: str) -> None:
    """But for its own `--help`, which is not ours."""
    shown = [line for line in terminal.run(command, "--help").out.splitlines() if "bool" in line]
    assert len(shown) <= 1
    assert all("--help" in line for line in shown)


def test_a_crash_whose_details_can_not_be_kept_is_one_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no room for a temporary file either, no traceback takes its place."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pp_qa.stores.local.LocalStore.open", fail)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", fail)
    result = terminal.run("status")
    assert result.code == 1
    (line,) = result.err.splitlines()
    assert line.endswith("; the details can't be kept (No space left on device)")


def test_what_can_not_be_said_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watching goes on though its log lies on a full disk, and answers once there is room."""

    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    complain("the index could not be written")
    tell(News("problem", "the index could not be written"))
    tell(News("note", "a file is still being written"), aside=True)


def test_the_package_runs_as_the_command() -> None:
    """`python -m pp_qa` is `pp-qa`."""
    result = subprocess.run(
        [sys.executable, "-m", "pp_qa", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout.startswith("pp-qa ")


def test_make_help_lists_the_targets() -> None:
    """`make help` shows what each target is for."""
    root = Path(__file__).parent.parent
    result = subprocess.run(
        ["make", "--no-print-directory", "-C", str(root), "help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "make chat — install" in result.stdout
    assert "make test — the whole" in result.stdout


def test_make_tries_again_to_make_a_virtual_environment(tmp_path: Path) -> None:
    """Where Python's package for it is not installed, as on Debian, half a one is left behind."""
    python, place = tmp_path / "python", tmp_path / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nmkdir -p {place.parent}\necho "$1" >> {place}\ntest "$1" = -c\n')
    python.chmod(0o755)
    root = Path(__file__).parent.parent
    made = ["make", "-C", str(root), f"VENV={tmp_path / 'venv'}", f"PYTHON={python}", str(place)]
    for _ in range(2):
        assert subprocess.run(made, capture_output=True, check=False).returncode
    assert not place.exists()
    python.write_text(f"#!/bin/sh\ntouch {place}\n")
    subprocess.run(made, capture_output=True, check=True)
    assert place.exists()


def test_settings_and_stores_need_no_folder() -> None:
    """Settings and an empty store are values: making them touches no disk."""
    assert Settings().index_dir == Path("index")
    assert MemoryStore().documents() == []
    assert list(Path().iterdir()) == []


# ── documents that mean harm ─────────────────────────────────────────────────


@pytest.mark.model
def test_hostile_documents_do_nothing_to_a_terminal(terminal: Terminal) -> None:
    """Whatever documents and their names hold, each command prints only what can be read: no
    escape, no control character, no turn of the writing."""
    hostile.build(terminal.corpus)
    asked = list(hostile.QUESTIONS.items())
    outcomes = [terminal.run("index"), terminal.run("status"), terminal.run("doctor")]
    outcomes += [terminal.run("ask", q, "--min-confidence", "0") for _, q in asked[4:7]]
    outcomes += [terminal.run("search", q) for _, q in asked[4:6]]
    outcomes += [terminal.run("show", name) for name, _ in asked[4:11]]
    outcomes += [terminal.run("show", "--", "--help.txt")]
    outcomes += [terminal.run("verify", f"“{hostile.ESCAPES} {hostile.BIDI}”, “does sleep”")]
    outcomes += [terminal.run("ask", hostile.ESCAPES + hostile.BIDI + hostile.ORDERS)]
    outcomes += [terminal.run("ask", asked[4][1], "--min-confidence", "0", "--json")]
    text = outcomes[-1].json["quotes"][0]["text"]
    assert "\x9b31m" in text
    for outcome in outcomes:
        for printed in (outcome.out, outcome.err):
            assert printable(printed) == printed
            assert "Traceback" not in printed
    escaped = terminal.run("ask", hostile.QUESTIONS["escapes.txt"], "--min-confidence", "0")
    assert "\\x1b[31mred" in escaped.out
