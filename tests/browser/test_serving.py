"""The server around the page: its address, its headers, its start and its end."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chatting import ChatPage, House, free_port
from playwright.sync_api import Page, expect

from pp_qa.errors import ServeError
from pp_qa.interfaces.web import serve
from pp_qa.interfaces.web.server import listen

ROOT = Path(__file__).parent.parent.parent


def get(url: str, path: str = "/", host: str | None = None) -> http.client.HTTPResponse:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.request("GET", path, headers={"Host": host or parts.netloc})
    return connection.getresponse()


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(ServeError) as caught:
            serve(None, "127.0.0.1", port)

    assert str(caught.value) == (
        f"port {port} on 127.0.0.1 is taken by another program; set PORT to another one"
    )


def test_an_address_of_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    another = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", free_port()))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [another])

    with pytest.raises(ServeError, match=r"'far' is no address of this machine; set HOST"):
        listen("far", 7860)


@pytest.mark.parametrize("host", ["127..0.1", "x" * 70])
def test_what_can_be_no_name_is_no_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a crash: it is told as any other."""
    # What Python does first; our network guard would be in its way.
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: host.encode("idna"))
    with pytest.raises(ServeError, match="no address of this machine"):
        listen(host, 7860)


def test_every_reply_carries_the_policy(house: House) -> None:
    for path in ("/", "/config", "/nowhere"):
        reply = get(house.url, path)
        policy = reply.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert reply.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_a_web_site_cannot_read_the_page_under_its_own_name(house: House, host: str) -> None:
    assert get(house.url, host=host).status == 421
    assert get(house.url, "/config", host=host).status == 421


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1", "[::1]:7860"])
def test_this_machine_has_several_names(house: House, host: str) -> None:
    assert get(house.url, host=host).status == 200


def test_no_file_of_the_machine_is_served(house: House) -> None:
    secret = house.corpus / "harbour.txt"
    for path in (f"/gradio_api/file={secret}", f"/file={secret}", "/docs", "/openapi.json"):
        reply = get(house.url, path)
        assert reply.status >= 400 or b"penguin" not in reply.read().lower()


Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start(model_cache: Path) -> Iterator[Start]:
    """`python app.py` in a folder of its own, as a user starts it."""
    running: list[subprocess.Popen[str]] = []

    def begin(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], str]:
        settings = {"PP_QA_CACHE_DIR": str(model_cache), "PORT": str(free_port()), "HOST": ""}
        app = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), *arguments],
            cwd=folder,
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running.append(app)
        for line in app.stdout or ():
            if "http://" in line:
                return app, line[line.index("http://") :].split()[0]
        pytest.fail("app.py ended without serving")

    yield begin
    for app in running:
        app.kill()
        app.wait()


def last_words(app: subprocess.Popen[str], *signals: int) -> str:
    """What the app still says once it's told to end; it ends in order."""
    for told in signals:
        app.send_signal(told)
    said, _ = app.communicate(timeout=15)
    assert app.returncode == 0
    return said


@pytest.mark.browser
@pytest.mark.model
def test_the_app_answers_about_the_shipped_article(
    start: Start, blank: Page, lone: Page, tmp_path: Path, article: Path
) -> None:
    """And at Ctrl-C, pressed twice, it ends without a word, though a page is open."""
    (tmp_path / "docs_corpus").mkdir()
    (tmp_path / "docs_corpus" / article.name).write_bytes(article.read_bytes())
    app, url = start(tmp_path)

    blank.goto(url)
    chat = ChatPage(blank)
    turn = chat.ask("Who met in Miami?")
    quote = turn.locator("blockquote").first.text_content() or ""
    assert "Witkoff" in quote
    assert quote in article.read_text(encoding="utf-8")
    expect(chat.mark).to_have_text(quote)

    lone.goto(url)
    expect(lone.get_by_label("Your question")).to_be_enabled()
    blank.goto("about:blank")  # a page that loses its server says so on its console
    assert last_words(app, signal.SIGINT, signal.SIGINT) == ""


@pytest.mark.browser
@pytest.mark.model
def test_without_documents_the_page_says_what_to_do(
    start: Start, blank: Page, tmp_path: Path
) -> None:
    _, url = start(tmp_path)

    blank.goto(url)

    expect(blank.get_by_role("heading", name="No documents yet")).to_be_visible()
    expect(blank.locator("#conversation")).to_contain_text("docs_corpus")
    expect(blank.get_by_label("Your question")).to_be_disabled()


@pytest.mark.browser
@pytest.mark.model
def test_a_page_that_watches_answers_from_what_is_saved(
    start: Start, blank: Page, lone: Page, tmp_path: Path
) -> None:
    """Started over an empty folder with --watch, the page answers once there is a file, says
    what keeps the index from being updated, and stops at SIGTERM, though it is open."""
    corpus = tmp_path / "docs_corpus"
    corpus.mkdir()
    app, url = start(tmp_path, "--watch")
    blank.goto(url)
    expect(blank.get_by_role("heading", name="No documents yet")).to_be_visible()

    (corpus / "a.txt").write_text("The envoys met in Miami in October.\n")
    assert app.stdout
    line = next(line for line in app.stdout if "added" in line)
    assert line.endswith("added a.txt (1 passage), generation 1\n")
    blank.reload()
    chat = ChatPage(blank)
    turn = chat.ask("Where did the envoys meet?")
    expect(turn.locator("blockquote").first).to_contain_text("Miami")

    (corpus / "a.txt").unlink()
    next(line for line in app.stdout if "no documents" in line)
    blank.reload()
    expect(blank.locator("#notice")).to_contain_text("no documents")
    lone.goto(url)
    expect(lone.get_by_label("Your question")).to_be_enabled()
    blank.goto("about:blank")  # a page that loses its server says so on its console
    assert last_words(app, signal.SIGTERM) == ""
