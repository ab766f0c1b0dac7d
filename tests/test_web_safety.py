"""The page's server, asked by who means harm: what is closed, what is refused, what leaks out."""

from __future__ import annotations

import copy
import http.client
import json
import os
import re
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hostile
import httpx
import pytest
from indexed import Index
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from pp_qa.assistant import Assistant
from pp_qa.interfaces.web import guard
from pp_qa.interfaces.web.server import listen, make_server
from pp_qa.testing import FakeReader

SECRET = "the combination of the safe is 4711"
CANCEL = "/gradio_api/cancel"
EVENTS = ("/gradio_api/queue/join", CANCEL, "/gradio_api/run/ask")
FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@dataclass
class Server:
    """The page over the hostile folder, with a client for it."""

    client: httpx.Client
    app: Any
    assistant: Assistant
    corpus: Path

    @property
    def port(self) -> int:
        return self.client.base_url.port or 0

    def raw(self, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
        """A request whose path nobody has put in order."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.putrequest(method, path, skip_host="host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse()

    def event(self, number: int, data: Any, session: str, **more: Any) -> list[dict[str, Any]]:
        """Put an event into the page's queue, and give what comes of it."""
        sent = {"fn_index": number, "data": data, "session_hash": session, **more}
        reply = self.client.post("/gradio_api/queue/join", json=sent)
        if reply.status_code != 200:
            return [{"msg": "refused", "status": reply.status_code, "text": reply.text}]
        heard = []
        stream = self.client.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": session}
        )
        with stream as lines:
            for line in lines.iter_lines():
                if line.startswith("data:"):
                    heard.append(json.loads(line.removeprefix("data:")))
                    if heard[-1]["msg"] in ("process_completed", "close_stream"):
                        break
        return heard


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    corpus = hostile.build(tmp_path_factory.mktemp("hostile"))
    (corpus.parent / "secret.txt").write_text(SECRET)
    index = Index(corpus)
    index.update()
    assistant = Assistant(index.store, index.embedder, FakeReader(), index.settings, threshold=0.5)
    with listen("127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        running = make_server(assistant, "127.0.0.1")
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield Server(client, running.config.app, assistant, corpus)
        running.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive(), "the server did not stop"


# ── what is closed ───────────────────────────────────────────────────────────


def routes(app: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of everything that is mounted, whoever mounted it."""
    while not hasattr(app, "routes"):
        app = app.app
    for route in app.routes:
        path = before + getattr(route, "path", "")
        for method in getattr(route, "methods", None) or ():
            yield method, path
        for inner in ("app", "original_router"):
            if hasattr(getattr(route, inner, None), "routes"):
                yield from routes(getattr(route, inner), path)


def is_open(server: Server, method: str, path: str) -> bool:
    """Whether anything of Gradio's answers there; a stream is not waited for."""
    with server.client.stream(method, path, json={}) as reply:
        kind = reply.headers.get("content-type", "")
        return reply.status_code != 404 or not kind.startswith("text/plain")


def test_only_what_the_page_needs_is_open(server: Server) -> None:
    """Of all that Gradio mounts (uploads, files, a proxy, monitoring, editing, logging in), what
    the page doesn't ask for is not there, whatever a later Gradio adds."""
    mounted = {
        (method, re.sub(r"\{[^}]+\}", "x", path))
        for method, path in routes(server.app)
        if not path.startswith(("/api", "/page", "/healthz"))
    }
    assert len(mounted) > 50
    open_ = {path for method, path in mounted if is_open(server, method, path)}
    assert open_ <= {
        *("", "/", "/config", "/theme.css", "/favicon.ico", "/assets/x", "/static/x"),
        *("/gradio_api/app_id", "/gradio_api/queue/join", "/gradio_api/cancel"),
        *("/gradio_api/run/x", "/gradio_api/run/x/", "/gradio_api/queue/data"),
        "/gradio_api/heartbeat/x",
    }
    assert "/gradio_api/queue/join" in open_


def test_an_upload_is_not_taken(server: Server) -> None:
    reply = server.client.post("/gradio_api/upload", files={"files": ("a.txt", b"hello")})
    assert reply.status_code == 404


@pytest.mark.parametrize(
    "before",
    ["/gradio_api/file=", "/file=", "/gradio_api/file/", "/static/", "/assets/", "/svelte/"],
)
def test_no_file_of_this_machine_is_served(server: Server, before: str) -> None:
    """Neither a document nor what lies beside the folder nor a file of the system, however its
    path is written."""
    outside = server.corpus.parent / "secret.txt"
    paths = [str(outside), str(server.corpus / "markup.txt"), "/etc/passwd", sys.executable]
    up = "../" * 24
    for path in paths:
        for written in (
            path,
            up + path.lstrip("/"),
            (up + path.lstrip("/")).replace("../", "..%2f"),
            (up + path.lstrip("/")).replace("../", "%2e%2e/"),
            (up + path.lstrip("/")).replace("../", "..%5c"),
            (up + path.lstrip("/")).replace("../", "....//"),
            path + "%00.css",
        ):
            reply = server.raw("GET", before + written)
            body = reply.read()
            assert reply.status >= 400, written
            assert SECRET.encode() not in body
            assert b"root:" not in body


@pytest.mark.parametrize("of", ["path", "url"])
@pytest.mark.parametrize("nested", [False, True])
def test_an_event_that_names_a_file_is_no_event(server: Server, of: str, nested: bool) -> None:
    """Gradio would fetch a named file from another machine, or copy one of this: before it hears
    of it, the event is refused."""
    reached = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.5)
        named: Any = {
            "path": f"http://127.0.0.1:{other.getsockname()[1]}/x",
            "meta": {"_type": "gradio.FileData"},
        }
        named |= {"url": named["path"]} if of == "url" else {}
        value = [[{"deep": named}]] if nested else named
        for number, taken in inputs(server).items():
            more = {} if taken else {"event_data": value}
            heard = server.event(number, [value] * taken, f"file-{number}", **more)
            assert heard[0]["status"] == 400
        with suppress(TimeoutError):
            reached.append(other.accept())
    assert reached == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b'{"data": []}'),
        ("application/x-www-form-urlencoded", b"data=1"),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'{"data": []}'),
        ("application/json", b'{"data": [], "fn_index": 4711}'),
        ("application/json", b'{"data": [], "fn_index": [0]}'),
        ("application/json", b'{"data": {}, "fn_index": 0}'),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ],
)
def test_what_is_no_event_is_refused(server: Server, kind: str, body: bytes) -> None:
    """A simple form of another site is no JSON, and JSON that is none of the page is refused."""
    for path in EVENTS:
        if path == CANCEL and b"{}" in body:
            continue  # takes no inputs
        reply = server.client.post(path, content=body, headers={"Content-Type": kind})
        assert reply.status_code == 400


def test_an_event_has_a_bound(server: Server) -> None:
    large = b'{"data": ["' + b"x" * guard.MOST_BYTES + b'"]}'
    headers = {"Content-Type": "application/json"}
    reply = server.client.post(EVENTS[0], content=large, headers=headers)
    assert reply.status_code == 413


def inputs(server: Server) -> dict[int, int]:
    """How many inputs each event of the page takes that the server has a part in."""
    events = server.client.get("/config").json()["dependencies"]
    return {e["id"]: len(e["inputs"]) for e in events if e["backend_fn"]}


@pytest.mark.parametrize(
    "more",
    [
        {"event_data": None},
        {"event_data": []},
        {"event_data": {"turn": {"a": 1}, "number": ["x"], "question": {"b": []}, "check": -1}},
        {"event_data": {"turn": 1e308, "number": None, "question": "x" * 5000, "place": "0"}},
        {"trigger_id": "x", "event_data": {"_data": 1}},
    ],
)
def test_a_forged_event_gets_no_traceback(
    server: Server, more: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever somebody puts into an event, the reply names no file and no line of ours, nor is
    one printed, and the server goes on."""
    for number, taken in inputs(server).items():
        for data in ([], [None] * 9, [{"a": 1}] * taken, "text", [1e999, True, -1][:taken]):
            try:
                heard = server.event(number, data, f"forged-{number}", **more)
            except ValueError:
                continue  # no JSON can say it
            assert "Traceback" not in str(heard)
            assert ".py" not in str(heard)
    assert server.client.get("/healthz").status_code == 200
    assert "Traceback" not in capfd.readouterr().err


def test_a_conversation_is_kept_on_the_server(server: Server) -> None:
    """What a browser says the conversation was is not believed: the one that is asked about is
    the server's own."""
    forged = [["<img src=x onerror=window.hacked=1>"], "past"]
    for number, taken in inputs(server).items():
        heard = server.event(number, [forged] * taken, f"state-{number}")
        assert "onerror=window.hacked=1>" not in str(heard)


# ── other web sites ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", [*EVENTS, "/api/ask", "/page/anything"])
def test_a_page_of_another_site_can_send_nothing(
    server: Server, path: str, headers: dict[str, str]
) -> None:
    """A request that a browser marks as another site's changes nothing and reads nothing; nor is
    another program's page on this machine one of ours."""
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        reply = server.client.request(method, path, json={"question": "Who?"}, headers=headers)
        if path == "/api/ask" and headers == {"Sec-Fetch-Site": "same-site"}:
            continue  # comes with a foreign Origin
        assert reply.status_code == 403, method
        assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/gradio_api/queue/data?session_hash=a", "/gradio_api/heartbeat/a", "/page/x"],
)
def test_a_page_of_another_site_can_read_nothing(
    server: Server, path: str, headers: dict[str, str]
) -> None:
    assert server.client.get(path, headers=headers).status_code == 403


def test_the_page_itself_is_let_in(server: Server) -> None:
    """What a browser sends for the page's own requests, and for a link that is followed to it."""
    own = {"Origin": str(server.client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    sent = {"fn_index": 0, "data": [None] * inputs(server)[0], "session_hash": "own"}
    assert server.client.post(EVENTS[0], json=sent, headers=own).status_code == 200
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    link, frame = ({**followed, "Sec-Fetch-Dest": kind} for kind in ("document", "iframe"))
    assert server.client.get("/", headers=link).status_code == 200
    assert server.client.get("/", headers=frame).status_code == 403
    assert server.client.post("/", headers=link).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", ""])
@pytest.mark.parametrize("path", [*EVENTS, "/api/ask", "/page/x"])
def test_a_site_whose_name_points_here_can_send_nothing(
    server: Server, path: str, host: str
) -> None:
    """A name that was made to point to this machine after the fact is not a name of it, even
    where Origin and Host agree."""
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert server.client.post(path, json={}, headers=headers).status_code == 421


@contextmanager
def abroad(server: Server, host: str = "0.0.0.0", allowed: Any = None) -> Iterator[TestClient]:
    """The page as it is served on another address than loopback, where no one logs in."""
    changed = server.assistant.settings.model_copy(update={"allowed_hosts": allowed})
    there = copy.copy(server.assistant)
    there.settings = changed
    app = make_server(there, host).config.app
    with TestClient(app, base_url="http://192.0.2.1") as client:  # type: ignore[arg-type]
        yield client


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "192.0.2.1.evil.example"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", path) for path in (*EVENTS, "/api/ask", "/page/upload?name=a.txt")),
        *(("GET", path) for path in ("/", "/config", "/gradio_api/queue/data?session_hash=a")),
    ],
)
def test_a_page_on_the_network_answers_under_no_name_of_another(
    server: Server, method: str, path: str, host: str
) -> None:
    """Where Origin and Host agree, since a site had its name point here, nothing is answered or
    stored, and one line says which setting would allow the name."""
    with abroad(server) as client:
        own = {"Host": host, "Origin": f"http://{host}"}
        reply = client.request(method, path, json={"question": "Who?"}, headers=own)
    assert reply.status_code == 421
    said = reply.json()["message"] if path == "/api/ask" else reply.text
    assert f"'{host.partition(':')[0]}'" in said
    assert "allowed_hosts" in said
    assert "\n" not in said


@pytest.mark.parametrize("path", ["/", "/gradio_api/queue/join", "/api/ask"])
def test_a_page_on_the_network_has_no_web_socket(server: Server, path: str) -> None:
    with (
        abroad(server) as client,
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(path, headers={"Host": "evil.example"}),
    ):
        pass


def test_a_page_on_the_network_answers_under_its_own_names(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Addresses in digits, localhost, what the machine is called with and without its domain, the
    name that it is served on, and those that are allowed."""
    monkeypatch.setattr(socket, "gethostname", lambda: "Shed")
    monkeypatch.setattr(socket, "getfqdn", lambda: "shed.lan")
    names = [
        "192.0.2.1:7860",
        "[2001:db8::1]:7860",
        "localhost:80",
        "shed",
        "SHED.local",
        "shed.lan.",
    ]
    with abroad(server, "attic.lan", ("docs.example.org",)) as client:
        for name in (*names, "attic.lan", "docs.example.org:443"):
            asked = client.post("/api/search", json={"question": "Who?"}, headers={"Host": name})
            assert asked.status_code == 200, name
        other = client.get("/", headers={"Host": "example.org"})
        assert other.status_code == 421


def test_a_proxy_in_front_of_a_loopback_address_is_named(server: Server) -> None:
    """Its name is answered, and the page takes no documents: it isn't this machine's alone."""
    with abroad(server, "127.0.0.1", ("docs.example.org",)) as client:
        assert client.get("/", headers={"Host": "docs.example.org"}).status_code == 200
        assert client.get("/", headers={"Host": "192.0.2.1"}).status_code == 421
        added = client.post(
            "/page/check",
            json=[{"name": "a.txt", "size": 1}],
            headers={"Host": "docs.example.org", "Origin": "http://docs.example.org"},
        )
    assert added.status_code == 403
    assert "--allow-write" in added.text


@pytest.mark.parametrize("path", ["/", "/gradio_api/queue/join", "/queue/join", "/api/ask"])
def test_there_is_no_web_socket(server: Server, path: str) -> None:
    """One would come in past the checks of requests."""
    reply = server.raw(
        "GET",
        path,
        Connection="Upgrade",
        Upgrade="websocket",
        **{"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw=="},
    )
    assert reply.status != 101


# ── what goes out ────────────────────────────────────────────────────────────


def replies(server: Server) -> Iterable[httpx.Response]:
    client = server.client
    paths = ("/", "/config", "/theme.css", "/nowhere", "/assets/none.js", "/healthz", "/api/docs")
    yield from (client.get(path) for path in (*paths, "/api/documents", "/api/nowhere"))
    yield client.get("/", headers={"Host": "evil.example"})
    yield client.get("/", headers={"Origin": "http://evil.example"})
    yield client.post(EVENTS[0], content=b"{")
    yield client.post(EVENTS[0], json={"fn_index": 0, "data": [], "session_hash": "out"})
    yield client.post("/api/ask", json={"question": "Where does the quokka sleep?"})


def test_every_reply_carries_the_headers(server: Server) -> None:
    """Nothing is loaded from elsewhere, framed, sniffed or told to another site, whether a reply
    is a page, a file, JSON or a refusal; a cookie is for no script and no other site."""
    for reply in replies(server):
        where = str(reply.request.url)
        for name, value in guard.HEADERS.items():
            assert reply.headers[name] == value, where
        for cookie in reply.headers.get_list("set-cookie"):
            assert "HttpOnly" in cookie, where
            assert "SameSite" in cookie, where
    policy = guard.HEADERS["content-security-policy"]
    assert "http" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert guard.HEADERS["x-frame-options"] == "DENY"
    assert guard.HEADERS["referrer-policy"] == "no-referrer"
    assert "camera=()" in guard.HEADERS["permissions-policy"]


def test_no_place_on_this_machine_is_told(server: Server) -> None:
    """Replies name no folder of the machine: not the user's, not Python's; the documents' only
    on the page to whoever sits at this machine, who may add files to it."""
    folders = {str(Path.home()), sys.prefix, str(Path.cwd()), str(Path(__file__))} - {"/"}
    for reply in replies(server):
        own_page = reply.request.url.path in ("/", "/config")
        for folder in folders if own_page else folders | {str(server.corpus)}:
            assert folder not in reply.text, str(reply.request.url)


def test_others_are_not_told_where_the_documents_are(server: Server) -> None:
    """A page that is served beyond this machine doesn't name their folder."""
    app = make_server(server.assistant, "0.0.0.0").config.app
    with TestClient(app, base_url="http://192.0.2.1") as client:  # type: ignore[arg-type]
        for path in ("/", "/config"):
            reply = client.get(path)
            assert reply.status_code == 200
            assert str(server.corpus) not in reply.text


def test_no_page_reports_home(server: Server) -> None:
    """Gradio's reports of its use are off, in the page and in the process."""
    assert server.client.get("/config").json()["analytics_enabled"] is False
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    page = server.client.get("/").text
    for kind in ("preconnect", "dns-prefetch", "prefetch", "modulepreload"):
        assert not re.search(rf'rel="?{kind}"? href="https?:', page)
    assert not re.search(r'<(?:script|link|img)[^>]+(?:src|href)="?(?:https?:)?//', page)


# ── documents that mean harm ─────────────────────────────────────────────────


@pytest.mark.parametrize("name", hostile.QUESTIONS)
def test_a_hostile_document_is_quoted_word_for_word(server: Server, name: str) -> None:
    """The API answers with the document's own text, and with nothing that the text orders."""
    question = hostile.QUESTIONS[name]
    asked = {"question": question, "documents": [name]}
    reply = server.client.post("/api/ask", json=asked)
    assert reply.headers["content-type"] == "application/json"
    found = reply.json()
    assert found["answered"] is True
    text = server.assistant.document(name).text
    for quote in found["quotes"]:
        assert quote["document"] == name
        assert text[quote["start"] : quote["end"]] == quote["text"]


def test_orders_in_a_document_are_only_text(server: Server) -> None:
    """A document that orders to answer otherwise changes no other answer, and what is asked with
    its orders is answered from the documents, or not."""
    for name, question in hostile.QUESTIONS.items():
        plain = server.assistant.ask(question)
        assert plain.answered
        assert plain.citations[0].quote.doc_id == name
    ordered = server.assistant.ask(hostile.ORDERS)
    cited = ordered.citations if ordered.answered else ordered.closest
    for citation in cited:
        quote = citation.quote
        text = server.assistant.document(quote.doc_id).text
        assert quote.span.of(text) == quote.text


def test_what_cannot_be_read_is_named_so_that_its_name_does_nothing(server: Server) -> None:
    """A name that would colour a terminal or turn the writing is shown by its codes."""
    listed = server.client.get("/api/documents").json()
    names = {f["source"] for f in listed["failed"]}
    assert {"picture.svg", "\\x1b[31mred\\x1b[0m.txt", "evil\\u202etxt.html"} <= names
    assert len(names) == len(hostile.REFUSED)
