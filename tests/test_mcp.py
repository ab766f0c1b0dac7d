"""The tools, called by the mcp package's own client: in this process, over HTTP, over stdio."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from contracts.store_contract import ARTICLE
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent

from pp_qa.assistant import Assistant
from pp_qa.errors import IndexMissing, ServeError
from pp_qa.interfaces import mcp_server
from pp_qa.interfaces.api import shapes
from pp_qa.interfaces.mcp_server import make_server
from pp_qa.render.json import hit_json, reply_json
from pp_qa.render.verdicts import verification_json
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import ChangeSet, Failure

READING = {"ask", "search_documents", "read_span", "list_documents", "verify_quote", "status"}


@pytest.fixture
def assistant() -> Assistant:
    embedder = FakeEmbedder()
    documents = [make_document(ARTICLE), make_document("The meadow was not green.", "sub/b.txt")]
    entries = tuple(make_entry(d, embedder) for d in documents)
    failures = (Failure("bad.pdf", "is no PDF"),)
    store = MemoryStore().apply(ChangeSet(entries=entries, failures=failures, corpus="/corpus"))
    return Assistant(store, embedder, FakeReader(), Settings(), threshold=0.5)


def run(server: Any, work: Callable[[Client], Awaitable[Any]]) -> Any:
    """What `work` gives, done by a client of `server`, in a thread of its own: playwright's event
    loop may be running in this one."""

    async def connected() -> Any:
        async with Client(server, read_timeout_seconds=60) as client:
            return await work(client)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(anyio.run, connected).result()


def call(server: Any, tool: str, **arguments: Any) -> CallToolResult:
    return run(server, lambda client: client.call_tool(tool, arguments))


def text(result: CallToolResult) -> str:
    return "".join(c.text for c in result.content if isinstance(c, TextContent))


# ── the tools ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("allow_write", [False, True])
def test_the_tools_are_these(assistant: Assistant, allow_write: bool) -> None:
    """Tools that read, each told what it is for and what it gives; one that writes, on request."""
    server = make_server(lambda: assistant, allow_write=allow_write)
    tools = run(server, lambda client: client.list_tools()).tools
    assert {t.name for t in tools} == READING | ({"update_index"} if allow_write else set())
    for tool in tools:
        assert len(tool.description or "") > 60
        assert tool.output_schema
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations
        assert tool.annotations.read_only_hint is (tool.name != "update_index")
    if not allow_write:
        assert call(server, "update_index").is_error


def test_connecting_opens_nothing() -> None:
    """A client that connects and lists the tools doesn't wait for models or an index."""
    server = make_server(lambda: pytest.fail("was opened"), allow_write=False)
    assert run(server, lambda client: client.list_tools()).tools


def test_a_taken_port_names_the_flag_that_gives_another() -> None:
    """No variable sets that of MCP."""
    with socket.socket() as other:
        other.bind((mcp_server.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        server = make_server(lambda: pytest.fail("was opened"), allow_write=False)
        with pytest.raises(ServeError, match=f"port {port} .*; give --port another one"):
            mcp_server.serve(server, port)


def test_the_tools_give_the_json_of_the_command_line(assistant: Assistant) -> None:
    """Structured results are what the command line prints; the text is the same JSON."""
    server = make_server(lambda: assistant, allow_write=False)
    for question, answered in (("Who met in Miami in October?", True), ("Who is on Mars?", False)):
        result = call(server, "ask", question=question)
        value = result.structured_content or {}
        expected = reply_json(assistant.ask(question))
        assert value["answered"] is answered
        assert {**value, "timings_ms": 0} == {**expected, "timings_ms": 0}
        assert json.loads(text(result)) == value
    found = call(server, "search_documents", question="peace plan", limit=2).structured_content
    assert found == {"result": [hit_json(h) for h in assistant.retrieve("peace plan", 2)]}
    said = "“The meadow was green.”"
    checked = call(server, "verify_quote", text=said, source="a.txt").structured_content
    assert checked == verification_json(assistant.verify(said, "a.txt"))


def test_a_span_is_read_as_it_stands(assistant: Assistant) -> None:
    """A document's text by range, no further than it goes."""
    server = make_server(lambda: assistant, allow_write=False)
    start = ARTICLE.index("The envoys")
    read = call(server, "read_span", document="a.txt", start=start, end=start + 10)
    assert (read.structured_content or {})["text"] == "The envoys"
    rest = call(server, "read_span", document="a.txt", start=start, end=90_000).structured_content
    assert (rest or {})["end"] == len(ARTICLE)
    for wrong in ({"start": 9, "end": 9}, {"start": 10**6, "end": 10**7}, {"start": -1, "end": 5}):
        assert call(server, "read_span", document="a.txt", **wrong).is_error


def test_a_long_span_is_read_in_parts(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there is of a range counts, not how far it would reach."""
    monkeypatch.setattr(mcp_server, "_LONGEST_SPAN", len("The meadow was not green."))
    server = make_server(lambda: assistant, allow_write=False)
    assert not call(server, "read_span", document="sub/b.txt", start=0, end=10**6).is_error
    refused = call(server, "read_span", document="a.txt", start=0, end=10**6)
    assert f"0-{len(ARTICLE)} is longer than 25 characters; read it in parts" in text(refused)


def test_listing_and_status(assistant: Assistant) -> None:
    """What there is, page by page, and what could not be read."""
    server = make_server(lambda: assistant, allow_write=False)
    listed = call(server, "list_documents", offset=1).structured_content or {}
    assert (listed["total"], [d["document"] for d in listed["documents"]]) == (2, ["sub/b.txt"])
    status = call(server, "status").structured_content or {}
    assert (status["documents"], status["corpus"]) == (2, "/corpus")
    assert status["failed"] == [{"source": "bad.pdf", "reason": "is no PDF"}]


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("ask", {"question": "?!"}, "the question has no words"),
        ("ask", {"question": "Who?", "documents": ["nowhere.txt"]}, "nowhere.txt"),
        ("ask", {}, "question"),
        ("search_documents", {"question": "x", "limit": 0}, "limit: Input should be"),
        ("ask", {"question": 5}, "Error executing tool ask: question: Input should be"),
        ("ask", {"question": "Who?", "nonsense": 1}, "nonsense: Extra inputs are not"),
        ("read_span", {"document": "nowhere.txt", "start": 0, "end": 1}, "nowhere.txt"),
        ("verify_quote", {"text": "…"}, "no words"),
    ],
)
def test_an_error_is_an_error(
    assistant: Assistant, tool: str, arguments: dict[str, Any], message: str
) -> None:
    """What can't be done comes back as a tool error with what happened and what to do, never as
    an empty result."""
    result = call(make_server(lambda: assistant, allow_write=False), tool, **arguments)
    assert result.is_error
    assert message in text(result)
    assert "Traceback" not in text(result)
    assert len(text(result).splitlines()) == 1


def test_the_work_on_a_call_that_is_cancelled_ends(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after the step at which it was cancelled isn't done; the next call is answered."""
    embed, read = assistant.embedder.embed, assistant.reader.read
    begun, cancelled, questions = threading.Event(), threading.Event(), []

    def slow(texts: Any) -> Any:
        if "Who met in Miami in October?" in texts and not begun.is_set():
            begun.set()
            assert cancelled.wait(30)
        return embed(texts)

    def noted(question: str, hits: Any) -> Any:
        questions.append(question)
        return read(question, hits)

    monkeypatch.setattr(assistant.embedder, "embed", slow)
    monkeypatch.setattr(assistant.reader, "read", noted)

    tools = mcp_server._Tools(lambda: assistant)

    async def cancel() -> None:
        async with anyio.create_task_group() as calls:
            calls.start_soon(anyio.to_thread.run_sync, tools.ask, "Who met in Miami in October?")
            await anyio.to_thread.run_sync(begun.wait)
            calls.cancel_scope.cancel()
            cancelled.set()
        await anyio.to_thread.run_sync(tools.ask, "What was not green?")

    with ThreadPoolExecutor(1) as thread:
        thread.submit(anyio.run, cancel).result()
    assert set(questions) == {"What was not green?"}


def test_an_update_that_is_cancelled_ends(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have hours to go; what it embedded is kept for the next one."""
    begun, cancelled, steps = threading.Event(), threading.Event(), []

    def update(progress: Callable[[Any], None]) -> None:
        begun.set()
        assert cancelled.wait(30)
        for step in range(3):
            progress(None)
            steps.append(step)

    monkeypatch.setattr(assistant, "update", update)
    tools = mcp_server._Tools(lambda: assistant)

    async def cancel() -> None:
        async with anyio.create_task_group() as calls:
            calls.start_soon(anyio.to_thread.run_sync, tools.update_index)
            await anyio.to_thread.run_sync(begun.wait)
            calls.cancel_scope.cancel()
            cancelled.set()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(anyio.run, cancel).result()
    assert not steps


def test_an_index_that_is_missing_is_said_and_tried_again(assistant: Assistant) -> None:
    """Without an index each tool says what to run; once there is one, it answers."""
    opened: list[Assistant] = []

    def open_assistant() -> Assistant:
        if not opened:
            raise IndexMissing("there is no index yet; run: pp-qa index")
        return opened[0]

    server = make_server(open_assistant, allow_write=False)
    failed = call(server, "status")
    assert failed.is_error
    assert "run: pp-qa index" in text(failed)
    opened.append(assistant)
    assert not call(server, "status").is_error


def test_updates_are_reported(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """`update_index` gives what `pp-qa index --json` prints, but for what is as it was."""
    from pp_qa.types import UpdateReport

    report = UpdateReport(added=("c.txt",), unchanged=("a.txt",), generation=2, passages=3)
    monkeypatch.setattr(assistant, "update", lambda **_: report)
    server = make_server(lambda: assistant, allow_write=True)
    value = call(server, "update_index").structured_content or {}
    assert (value["added"], value["generation"], "unchanged" in value) == (["c.txt"], 2, False)
    assert set(shapes.UpdateShape.model_fields) <= set(value)


# ── over HTTP ────────────────────────────────────────────────────────────────


def test_over_http(assistant: Assistant, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """The same tools on this machine's own address, where pages of web sites get no answer."""
    import uvicorn

    running: list[uvicorn.Server] = []
    original = uvicorn.Server.run

    def noted(self: uvicorn.Server, **options: Any) -> None:
        running.append(self)
        original(self, **options)

    monkeypatch.setattr(uvicorn.Server, "run", noted)
    server = make_server(lambda: assistant, allow_write=False)
    thread = threading.Thread(target=mcp_server.serve, args=(server, 0))
    thread.start()
    try:
        url = ""
        for _ in range(200):
            url = url or next((w for w in capsys.readouterr().out.split() if "http://" in w), "")
            if url and running and running[0].started:
                break
            threading.Event().wait(0.05)
        assert url.startswith("http://127.0.0.1:")
        assert {t.name for t in run(url, lambda client: client.list_tools()).tools} == READING
        result = call(url, "ask", question="Who met in Miami in October?")
        assert (result.structured_content or {})["answered"] is True
        assert call(url, "ask", question="?!").is_error
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
            accept = {"Accept": "application/json, text/event-stream", **headers}
            refused = httpx.post(url, json=body, headers=accept, trust_env=False)
            assert refused.status_code in (403, 421)
    finally:
        for one in running:
            one.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive()


# ── over stdio ───────────────────────────────────────────────────────────────


def process(tmp_path: Path, cache: Path, *arguments: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "pp_qa.interfaces.cli", "mcp", *arguments],
        env=dict(os.environ) | {"PP_QA_CACHE_DIR": str(cache)},
        cwd=tmp_path,
    )


@pytest.mark.model
def test_over_stdio(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client starts `pp-qa mcp`, asks, is told what is missing, updates the index, and gets
    quotes of the documents."""
    (tmp_path / "docs_corpus").mkdir()
    (tmp_path / "docs_corpus" / "a.txt").write_text(ARTICLE)

    async def without_an_index(client: Client) -> CallToolResult:
        return await client.call_tool("ask", {"question": "Who met in Miami?"})

    failed = run(process(tmp_path, model_cache), without_an_index)
    assert failed.is_error
    assert "pp-qa index" in text(failed)
    assert not (tmp_path / "index" / "CURRENT").exists()

    async def with_writing(client: Client) -> list[CallToolResult]:
        asked = {"question": "Who met in Miami in October?", "min_confidence": 0}
        first = await client.call_tool("ask", asked)
        (tmp_path / "docs_corpus" / "b.txt").write_text("The meadow was not green in March.\n")
        update = await client.call_tool("update_index", {})
        check = await client.call_tool("verify_quote", {"text": "The meadow was green in March."})
        return [first, update, check]

    asked, updated, checked = run(process(tmp_path, model_cache, "--allow-write"), with_writing)
    quote = asked.structured_content["quotes"][0]
    assert ARTICLE[quote["start"] : quote["end"]] == quote["text"]
    assert updated.structured_content["added"] == ["b.txt"]
    (check,) = checked.structured_content["checks"]
    assert (check["verdict"], check["differences"][0]["stored"]) == ("altered", "not")


@pytest.mark.model
def test_nothing_but_the_protocol_is_printed(tmp_path: Path, model_cache: Path) -> None:
    """Every line on standard output is a message of the protocol, in failure too; at the end of
    its input the process ends well."""
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "status", "arguments": {}},
        },
    ]
    server = process(tmp_path, model_cache)
    with subprocess.Popen(
        [server.command, *server.args],
        cwd=tmp_path, env=server.env, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdin
        assert running.stdout
        running.stdin.write("this is no message\n")
        for message in sent:
            running.stdin.write(json.dumps(message) + "\n")
        running.stdin.flush()
        lines = []
        while not any(line.get("id") == 2 for line in lines):
            lines.append(json.loads(running.stdout.readline()))
        running.stdin.close()
        lines += [json.loads(line) for line in running.stdout]
        assert running.wait(timeout=30) == 0
    assert all(line["jsonrpc"] == "2.0" for line in lines)


def test_a_client_that_goes_before_it_is_answered(tmp_path: Path) -> None:
    """Nobody is left to hear of it, and it is no fault of ours."""
    client = {"clientInfo": {"name": "x", "version": "1"}, "capabilities": {}}
    hello = client | {"protocolVersion": "2025-06-18"}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    with subprocess.Popen(
        [sys.executable, "-m", "pp_qa", "mcp", "--index", str(tmp_path / "index")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin
        assert server.stdout
        server.stdout.close()
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.close()
        server.stdin = None
        assert server.stderr
        assert server.stderr.read() == ""
    assert server.returncode == 1
