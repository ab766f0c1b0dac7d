"""The JSON API, asked by a real client over a real socket, next to the page."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from pp_qa.assistant import Assistant
from pp_qa.interfaces import bodies
from pp_qa.interfaces.api import gate, shapes
from pp_qa.interfaces.web.server import listen, make_server
from pp_qa.render.json import hit_json, reply_json
from pp_qa.render.verdicts import verification_json
from pp_qa.settings import Settings
from pp_qa.stores.memory import MemoryStore
from pp_qa.testing import FakeEmbedder, FakeReader, make_document, make_entry
from pp_qa.types import ChangeSet, Failure

ANIMALS = [
    f"{a}{b}" for a in ("red", "blue", "green", "grey") for b in ("fox", "owl", "eel", "ape")
]


def make_assistant() -> Assistant:
    embedder = FakeEmbedder()
    documents = [
        make_document(
            f"About the {a}\n\nThe {a} sleeps in cave {n}. Nobody wakes it.\n", f"{a}.txt"
        )
        for n, a in enumerate(ANIMALS)
    ]
    changes = ChangeSet(
        entries=tuple(make_entry(d, embedder) for d in documents),
        failures=(Failure("bad.pdf", "is no PDF"),),
        corpus="/home/someone/documents",
    )
    store = MemoryStore().apply(changes)
    return Assistant(store, embedder, FakeReader(), Settings(), threshold=0.5)


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return make_assistant()


def served(assistant: Assistant | None) -> Iterator[httpx.Client]:
    with listen("127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = make_server(assistant, "127.0.0.1")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield client
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="module")
def client(assistant: Assistant) -> Iterator[httpx.Client]:
    yield from served(assistant)


# ── answers ──────────────────────────────────────────────────────────────────


def test_asking_gives_the_json_of_the_command_line(
    client: httpx.Client, assistant: Assistant
) -> None:
    """/api/ask answers what `pp-qa ask --json` prints, quotes and abstentions alike."""
    for question, answered in (
        ("Where does the redfox sleep in?", True),
        ("Who rules Mars?", False),
    ):
        reply = client.post("/api/ask", json={"question": question})
        assert reply.status_code == 200
        expected = reply_json(assistant.ask(question))
        assert reply.json()["answered"] is answered
        assert {**reply.json(), "timings_ms": 0} == {**expected, "timings_ms": 0}


def test_questions_take_what_the_command_line_takes(client: httpx.Client) -> None:
    """A filter, a threshold and a conversation."""
    asked: dict[str, Any] = {
        "question": "And where does it sleep?",
        "history": [{"role": "user", "text": "What is a blueowl?"}],
        "documents": ["blue*"],
        "min_confidence": 0,
    }
    reply = client.post("/api/ask", json=asked).json()
    assert reply["search_query"] == "And where does it sleep? (blueowl)"
    assert {q["document"] for q in reply["quotes"]} <= {f"{a}.txt" for a in ANIMALS if "blue" in a}
    assert reply["searched"]["documents"] == 4
    asked["question"] = "What else does this section say?"
    asked["history"] += [{"role": "assistant", "text": "It is an owl.", "about": "Night birds"}]
    reply = client.post("/api/ask", json=asked).json()
    assert reply["search_query"] == "What else does this section say? (Night birds)"


def test_searching_verifying_and_listing(client: httpx.Client, assistant: Assistant) -> None:
    """The other endpoints give the command line's JSON too."""
    hits = client.post("/api/search", json={"question": "greeneel cave", "k": 2}).json()
    assert hits == [hit_json(h) for h in assistant.retrieve("greeneel cave", 2)]
    text = "“The greyape sleeps in cave 16” (redfox.txt)"
    found = client.post("/api/verify", json={"text": text}).json()
    assert found == verification_json(assistant.verify(text))
    sourced = client.post("/api/verify", json={"text": "Nobody wakes it", "source": "redfox.txt"})
    assert sourced.json()["checks"][0]["claimed"] == ["redfox.txt"]
    listed = client.get("/api/documents").json()
    assert [d["document"] for d in listed["documents"]] == sorted(f"{a}.txt" for a in ANIMALS)
    assert listed["failed"] == [{"source": "bad.pdf", "reason": "is no PDF"}]
    assert "/home/someone" not in client.get("/api/documents").text


def test_the_shapes_are_what_is_sent(client: httpx.Client, assistant: Assistant) -> None:
    """Each shape names every key of what it describes, no more and no less."""
    shapes.ReplyShape.model_validate(reply_json(assistant.ask("Who rules Mars?")))
    pairs: list[tuple[type[shapes.Shape], Any]] = [
        (shapes.ReplyShape, client.post("/api/ask", json={"question": "the redfox sleeps"}).json()),
        (
            shapes.VerificationShape,
            client.post("/api/verify", json={"text": "The redfox sits in cave 0."}).json(),
        ),
        (shapes.DocumentsShape, client.get("/api/documents").json()),
    ]
    pairs += [
        (shapes.HitShape, h) for h in client.post("/api/search", json={"question": "cave"}).json()
    ]
    pairs += [(shapes.CitationShape, q) for q in pairs[0][1]["quotes"]]
    pairs += [(shapes.CheckShape, c) for c in pairs[1][1]["checks"]]
    pairs += [(shapes.PlaceShape, p) for p in pairs[1][1]["checks"][0]["places"]]
    pairs += [(shapes.DifferenceShape, d) for d in pairs[1][1]["checks"][0]["differences"]]
    assert {shape for shape, _ in pairs} >= {shapes.DifferenceShape, shapes.CitationShape}
    for shape, value in pairs:
        assert set(shape.model_fields) == set(value), shape


def test_the_page_and_the_health_are_there_too(client: httpx.Client) -> None:
    """The API stands next to the page, under the page's headers."""
    assert client.get("/healthz").json() == {"status": "ok", "generation": 1}
    page = client.get("/")
    assert "text/html" in page.headers["content-type"]
    for path in ("/api/documents", "/healthz", "/api/docs"):
        assert "default-src 'self'" in client.get(path).headers["content-security-policy"]


def test_the_documentation_loads_nothing(client: httpx.Client) -> None:
    """The schema names every endpoint, and the page that shows it takes nothing from elsewhere."""
    schema = client.get("/api/openapi.json").json()
    assert set(schema["paths"]) == {"/ask", "/search", "/verify", "/documents"}
    assert schema["servers"] == [{"url": "/api"}]
    page = client.get("/api/docs").text
    for path in schema["paths"]:
        assert f"/api{path}" in page
    assert re.findall(r"(?:src|href)=\"?([^\" >]+)", page) == ["openapi.json"]
    assert "<script" not in page


def test_without_an_index_it_says_so() -> None:
    """Before there is anything to ask, each endpoint says so in one line."""
    for client in served(None):
        assert client.get("/healthz").status_code == 503
        reply = client.post("/api/ask", json={"question": "Who?"})
        assert reply.status_code == 503
        assert "pp-qa index" in reply.json()["message"]


# ── errors ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "sent", "status", "message"),
    [
        ("/ask", {"question": "?!"}, 400, "no words"),
        ("/ask", {"question": "x " * 2000}, 400, "the most is"),
        ("/ask", {"question": "Who?", "documents": ["nowhere.txt"]}, 404, "nowhere.txt"),
        ("/ask", {"question": "Who?", "min_confidence": 2}, 422, "min_confidence"),
        ("/ask", {"question": "Who?", "nonsense": 1}, 422, "nonsense"),
        ("/ask", {}, 422, "question"),
        ("/ask", [], 422, "body: Input should be an object"),
        ("/ask", {"question": "Who?", "min_confidence": "0.5"}, 422, "min_confidence"),
        ("/ask", {"question": "Who?", "min_confidence": True}, 422, "min_confidence"),
        ("/search", {"question": "Who?", "k": "3"}, 422, "k"),
        ("/search", {"question": "Who?", "k": True}, 422, "k"),
        ("/search", {"question": "Who?", "k": 0}, 422, "k"),
        ("/verify", {"text": "…"}, 400, "no words"),
        ("/verify", {"text": "a", "source": "nowhere.txt"}, 404, "nowhere.txt"),
        ("/nowhere", {}, 404, "there is nothing at /api/nowhere; see /api/docs"),
        ("/documents", {}, 405, "POST is not for /api/documents; use GET"),
    ],
)
def test_an_error_is_json_with_one_line(
    client: httpx.Client, path: str, sent: Any, status: int, message: str
) -> None:
    """What can't be done is told with its status and what to do about it."""
    reply = client.post(f"/api{path}", json=sent)
    assert reply.status_code == status
    assert set(reply.json()) == {"error", "message"}
    assert message in reply.json()["message"]
    assert "\n" not in reply.json()["message"]


@pytest.mark.parametrize("sent", [b"{", b'{"question": "a\x01"}', b"[1"])
def test_what_is_no_json_is_said_to_be_none(client: httpx.Client, sent: bytes) -> None:
    """What is wrong with it, where, and what to send."""
    headers = {"Content-Type": "application/json"}
    for unreadable in (b"\xff", b"[" * 100_000, b'{"k": ' + b"9" * 5_000 + b"}"):
        reply = client.post("/api/ask", content=unreadable, headers=headers)
        assert (reply.status_code, "no JSON in UTF-8" in reply.json()["message"]) == (422, True)
    reply = client.post("/api/ask", content=sent, headers=headers)
    assert reply.status_code == 422
    assert re.fullmatch(
        r"the body is no JSON at character \d+ \(.+\); send a JSON object", reply.json()["message"]
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_method_that_is_not_meant_is_refused_alike(client: httpx.Client, method: str) -> None:
    """Whatever it is, and with or without a body, the one that is meant is named."""
    meant = {
        "/api/ask": "POST",
        "/api/documents": "GET",
        "/healthz": "GET, HEAD",
        "/page/documents": "GET, POST",
    }
    for path, allowed in meant.items():
        if method in allowed.split(", "):
            continue
        reply = client.request(method, path)
        assert (reply.status_code, reply.headers["allow"]) == (405, allowed)
        if method != "HEAD":
            assert reply.json()["message"] == f"{method} is not for {path}; use {allowed}"


def test_the_health_can_be_asked_for_alone(client: httpx.Client) -> None:
    """HEAD tells as GET does, without a body."""
    reply = client.head("/healthz")
    assert (reply.status_code, reply.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("text?revision=1", 422, "document: Field required"),
        ("text?document=a&revision=b&start=0&end=4", 404, "a is no longer among the documents."),
        ("nowhere", 404, "there is nothing at /page/nowhere"),
        ("names?typed=" + "x" * 999, 422, "typed: String should have at most"),
    ],
)
def test_what_the_page_asks_for_fails_in_the_same_shape(
    client: httpx.Client, path: str, status: int, message: str
) -> None:
    """Under /page as under /api, an error is JSON with one line."""
    reply = client.get(f"/page/{path}")
    assert reply.status_code == status
    assert set(reply.json()) == {"error", "message"}
    assert message in reply.json()["message"]


def test_what_nobody_foresaw_shows_no_traceback(
    client: httpx.Client, assistant: Assistant, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """A crash inside is 500 with one line; its details are in the log."""

    def crash(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(assistant.reader, "read", crash)
    reply = client.post("/api/ask", json={"question": "Who?"})
    assert reply.status_code == 500
    assert set(reply.json()) == {"error", "message"}
    assert "secret" not in reply.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 421),
    ],
)
def test_other_web_sites_are_kept_out(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    """A page of another site can't have the visitor's browser ask here: no simple form, no foreign
    origin, no other name for this machine."""
    given = {"Content-Type": "application/json", **headers}
    reply = client.post("/api/ask", content=b'{"question": "Who?"}', headers=given)
    assert reply.status_code == status
    assert "access-control-allow-origin" not in reply.headers


def test_the_page_itself_may_ask(client: httpx.Client) -> None:
    """A request from our own origin is let in."""
    origin = str(client.base_url).rstrip("/")
    reply = client.post("/api/ask", json={"question": "Who?"}, headers={"Origin": origin})
    assert reply.status_code == 200


def test_a_body_has_a_bound(client: httpx.Client) -> None:
    """Too much is refused, whether its length is told beforehand or not."""
    large = b'{"question": "' + b"x" * gate.MOST_BYTES + b'"}'
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/ask", content=large, headers=headers).status_code == 413
    pieces = (large[at : at + 65536] for at in range(0, len(large), 65536))
    try:
        reply = client.post("/api/ask", content=pieces, headers=headers)
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        pass  # the connection was closed on us while we sent
    else:
        assert reply.status_code == 413
    assert client.post("/api/ask", content=b"{", headers=headers).status_code == 422


def test_a_client_that_goes_away_leaves_no_trace(client: httpx.Client, caplog: Any) -> None:
    """A request that is never finished is dropped, and the server answers the next one."""
    head = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as half:
        half.sendall(head + b"Content-Length: 100\r\n\r\n{")
    assert client.post("/api/ask", json={"question": "Who?"}).status_code == 200
    assert "Traceback" not in caplog.text


def test_a_stream_of_a_page_that_nobody_opened_leaves_no_traceback(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """As a page asks for that was open before the server was started again."""
    with suppress(httpx.RemoteProtocolError):  # Gradio breaks it off
        client.get("/gradio_api/queue/data", params={"session_hash": "nobody"})
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("path", ["/api/ask", "/gradio_api/queue/join", "/page/upload?name=a.txt"])
def test_a_body_that_stands_still_is_given_up(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The client is told, and its connection is closed."""
    monkeypatch.setattr(bodies, "PATIENCE", 0.1)
    Path("docs_corpus").mkdir()  # or nothing may be uploaded
    kind = "octet-stream" if "upload" in path else "json"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/{kind}\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as stalled:
        stalled.settimeout(60)
        stalled.sendall(head.encode() + b"Content-Length: 100\r\n\r\n{")
        told = b""
        while part := stalled.recv(4096):
            told += part
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b'"error":"Stalled"' in told


# ── load ─────────────────────────────────────────────────────────────────────


def test_32_clients_get_their_own_answers(client: httpx.Client) -> None:
    """Asked all at once, each question gets its own answer."""

    def ask(number: int) -> tuple[str, str]:
        animal = ANIMALS[number % len(ANIMALS)]
        with httpx.Client(base_url=client.base_url, timeout=60, trust_env=False) as one:
            reply = one.post(
                "/api/ask",
                json={"question": f"In which cave sleeps the {animal}?", "min_confidence": 0},
            )
        assert reply.status_code == 200
        return animal, reply.json()["quotes"][0]["document"]

    with ThreadPoolExecutor(32) as clients:
        for animal, document in clients.map(ask, range(96)):
            assert document == f"{animal}.txt"


def test_too_many_at_once_are_turned_away(
    client: httpx.Client, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond those that are worked on and those that wait, a request is told to come again;
    none that waits is lost."""
    monkeypatch.setattr(gate, "WAITING", 4)
    release, read = threading.Event(), assistant.reader.read

    def slow(*given: Any) -> Any:
        release.wait(30)
        return read(*given)

    monkeypatch.setattr(assistant.reader, "read", slow)

    def ask(_: int) -> int:
        with httpx.Client(base_url=client.base_url, timeout=60, trust_env=False) as one:
            reply = one.post("/api/ask", json={"question": "Where is the redfox?"})
        if reply.status_code == 503:
            assert reply.headers["retry-after"] == "1"
            release.set()
        return reply.status_code

    with ThreadPoolExecutor(24) as clients:
        answers = list(clients.map(ask, range(24)))
    assert set(answers) == {200, 503}
    assert answers.count(200) >= gate.CONCURRENT + 4
