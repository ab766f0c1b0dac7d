"""A page for several users: nothing is served to who isn't logged in."""

from __future__ import annotations

import io
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browsing import Visit, browser, served
from starlette.routing import Mount
from test_visitors import QUESTION, make_assistant

from pp_qa.errors import SettingsError, UsageError
from pp_qa.interfaces import users
from pp_qa.interfaces.user_commands import add
from pp_qa.interfaces.web import entrance
from pp_qa.interfaces.web.server import make_server

ANN = {"name": "ann", "password": "correct horse"}
BEN = {"name": "ben", "password": "battery staple: ü"}


@pytest.fixture(scope="module")
def auth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("auth") / "users"
    for user in (ANN, BEN):
        users.add(file, user["name"], user["password"])
    return file


@pytest.fixture(scope="module")
def url(auth: Path) -> Iterator[str]:
    with served(make_assistant(), auth=auth) as address:
        yield address


def log_in(client: httpx.Client, user: dict[str, str], **more: str) -> httpx.Response:
    return client.post("/login", data={**user, **more})


def basic(user: dict[str, str]) -> httpx.BasicAuth:
    name, password = (user[k].encode() for k in ("name", "password"))
    return httpx.BasicAuth(name, password)


# ── the file ─────────────────────────────────────────────────────────────────


def test_the_file_holds_no_password(auth: Path) -> None:
    """A salted scrypt hash a line, another one for the same password, for its user's eyes only."""
    lines = auth.read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["ann", "ben"]
    assert all(":scrypt$16384$8$5$" in line for line in lines)
    assert "horse" not in auth.read_text()
    assert users.hashed("same") != users.hashed("same")
    assert stat.S_IMODE(auth.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owners of this kind")
def test_who_reads_the_file_goes_on_reading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server whose group may read it is not shut out by the next user, nor one of whom root adds
    the first; a link leads where it led."""
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _, uid, gid: given.append((uid, gid)))
    file = tmp_path / "users"
    file.symlink_to("kept")
    users.add(file, "ann", "long enough")
    (tmp_path / "kept").chmod(0o640)
    users.add(file, "ben", "long enough")
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o640
    assert given == [(tmp_path.stat().st_uid, -1), (file.stat().st_uid, file.stat().st_gid)]
    assert (file.is_symlink(), len(users.read(file))) == (True, 2)


def test_a_password_fits_its_hash_alone() -> None:
    """So does none that is longer, shorter or of other case; nor any other text in place of a
    hash."""
    found = users.hashed("correct horse")
    assert users.matches("correct horse", found)
    for wrong in ("correct hors", "correct horse ", "Correct horse", "", found, "x" * 10**6):
        assert not users.matches(wrong, found)
    for broken in ("", "scrypt$", found[:-2], found.replace("$8$", "$x$"), "plain"):
        assert not users.matches("correct horse", broken)


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("a:b", "long enough", "no name of a user"),
        ("", "long enough", "no name of a user"),
        ("a\nb", "long enough", "no name of a user"),
        ("x" * 65, "long enough", "no name of a user"),
        ("ann", "short", "at least 8"),
        ("ann", "x" * 1001, "at most 1000"),
    ],
)
def test_what_is_no_name_or_password_is_refused(
    tmp_path: Path, name: str, password: str, said: str
) -> None:
    """The reason is told, and the file is not made."""
    with pytest.raises(UsageError, match=said):
        users.add(tmp_path / "users", name, password)
    assert not (tmp_path / "users").exists()


def test_what_is_wrong_with_the_file_names_what_helps(tmp_path: Path) -> None:
    """To add a user is no remedy for what adding a user can't mend; nothing is left behind."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("folder", "binary"):
        with pytest.raises(SettingsError, match="name another") as caught:
            users.add(tmp_path / name, "ann", "long enough")
        assert "pp-qa user add" not in str(caught.value)
    assert {p.name for p in tmp_path.iterdir()} == {"folder", "binary"}


def test_remarks_stay_in_the_file(tmp_path: Path) -> None:
    """Also a user who was taken out by a mark before the line, or by an editor that begins a file
    with a byte-order mark."""
    file = tmp_path / "users"
    file.write_text("# Of the reading room\n#cat:scrypt$\n", encoding="utf-8-sig")
    users.add(file, "ann", "long enough")
    users.add(file, "ben", "long enough")
    users.remove(file, "ann")
    first, second, third = file.read_text(encoding="utf-8").splitlines()
    assert (first, second, third[:4]) == ("# Of the reading room", "#cat:scrypt$", "ben:")


@pytest.mark.parametrize(
    "content", ["", "ann\n", "ann:secret\n", ":x\n", "ann:scrypt$2$1$1$eA==$eA==\n"]
)
def test_a_file_that_is_none_serves_no_page(tmp_path: Path, content: str) -> None:
    """Better no page than one that is open: the file and the remedy are named."""
    file = tmp_path / "users"
    with pytest.raises(SettingsError, match="pp-qa user add"):
        make_server(None, "127.0.0.1", auth=file)
    file.write_text(content)
    with pytest.raises(SettingsError, match="pp-qa user add"):
        make_server(None, "127.0.0.1", auth=file)


def test_users_are_added_and_removed_on_the_command_line(tmp_path: Path) -> None:
    """`pp-qa user add | list | remove`, the password on standard input."""

    def run(*arguments: str, password: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pp_qa.interfaces.cli", "user", *arguments]
        return subprocess.run(command, input=password, capture_output=True, text=True, check=False)

    file = str(tmp_path / "users")
    assert "name the file" in run("add", "ann", password="correct horse\n").stderr
    assert run("add", "ann", "--auth", file, password="correct horse\n").stdout == (
        "ann may log in now\n"
    )
    assert users.Users(Path(file)).check("ann", "correct horse")
    assert (
        "another password" in run("add", "ann", "--auth", file, password="battery staple\n").stdout
    )
    assert not users.Users(Path(file)).check("ann", "correct horse")
    assert "at least 8" in run("add", "ben", "--auth", file, password="x\n").stderr
    assert run("list", "--auth", file).stdout == "ann\n"
    assert "no user 'ben'" in run("remove", "ben", "--auth", file).stderr
    assert run("remove", "ann", "--auth", file).returncode == 0
    assert run("list", "--auth", file).stdout == "nobody\n"


def test_a_password_that_no_browser_sends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard input is read as UTF-8, whatever the locale: with what is none nobody could log
    in."""
    file = tmp_path / "users"
    for sent, fits in (("grün und blau\r\n".encode(), True), (b"gr\xfcn und blau\n", False)):
        stream = io.TextIOWrapper(io.BytesIO(sent), "ascii", errors="surrogateescape")
        monkeypatch.setattr(sys, "stdin", stream)
        if fits:
            add("ann", str(file))
        else:
            with pytest.raises(UsageError, match="no UTF-8"):
                add("ben", str(file))
    assert users.Users(file).check("ann", "grün und blau")
    assert list(users.read(file)) == ["ann"]


# ── nothing without logging in ───────────────────────────────────────────────

SESSION = "gradio_api/queue/data?session_hash=x"
ADDRESSES = [
    "/", "/?answer=x", "/config", "/theme.css", "/favicon.ico", "/assets/index.js", "/static/x",
    "/api/ask", "/api/documents", "/api/docs", "/api/openapi.json", "/api", "/api/",
    "/gradio_api/info", "/gradio_api/queue/join", f"/{SESSION}", "/gradio_api/heartbeat/x",
    "/gradio_api/file=/etc/hostname", "/gradio_api/upload", "/gradio_api/login_check",
    "/page/chats/x.json", "/page/answers/x.md", "/page/marks", "/page/anything", "/nowhere",
    "//", "/login/", "/login/x", "/healthz/", "/HEALTHZ", "/%2e%2e/healthz", "/healthz%2f",
]  # fmt: skip


def test_every_address_wants_a_user(url: str) -> None:
    """The page, its queue, its files, the API and what isn't there, by any method."""
    with browser(url) as client:
        for path in ADDRESSES:
            for method in ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"):
                assert client.request(method, path).status_code == 401, (method, path)


def test_every_route_of_the_server_wants_a_user(url: str, auth: Path) -> None:
    """Those that Gradio and FastAPI make too, whatever they are: `/healthz` alone is open."""
    app = make_server(make_assistant(), "127.0.0.1", auth=auth).config.app
    while not hasattr(app, "routes"):
        app = app.app  # type: ignore[union-attr]
    found, pending = set(), [("", route) for route in app.routes]
    while pending:
        before, route = pending.pop()
        if isinstance(route, Mount):
            pending += [(before + route.path, r) for r in route.routes or []]
        found.add(before + getattr(route, "path", ""))
    assert len(found) > 20
    with browser(url) as client:
        for path in found - {"/healthz", "/login", "/logout"}:
            plain = re.sub(r"\{.*?\}", "x", path) or "/"
            for method in ("GET", "POST"):
                assert client.request(method, plain).status_code == 401, path
        assert client.get("/healthz").status_code == 200


def test_a_person_is_led_to_the_login_and_back(url: str) -> None:
    """A page that is asked for without a session leads to the login, and that to the page."""
    with browser(url) as client:
        led = client.get("/?answer=x", headers={"Accept": "text/html"})
        assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2F%3Fanswer%3Dx")
        page = client.get(led.headers["location"])
        assert 'value="/?answer=x"' in page.text
        assert "default-src 'self'" in page.headers["content-security-policy"]
        done = log_in(client, ANN, next="/?answer=x")
        assert (done.status_code, done.headers["location"]) == (303, "/?answer=x")
        assert client.get("/").status_code == 200
        assert client.get("/login").headers["location"] == "/"


def test_an_event_of_a_session_that_has_ended_says_what_to_do(url: str) -> None:
    """As JSON, since the page's scripts show it: Gradio's the detail, ours the message."""
    with browser(url) as client:
        for path, key in (("/gradio_api/queue/join", "detail"), ("/page/update", "message")):
            reply = client.post(path, json={"data": []})
            assert reply.status_code == 401
            assert "load this page again to log in" in reply.json()[key]


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/\r\nX: y", ""]
)
def test_the_login_leads_nowhere_else(url: str, wanted: str) -> None:
    """Whatever address is asked for, only one of this page is gone to."""
    with browser(url) as client:
        assert log_in(client, ANN, next=wanted).headers["location"] == "/"


def test_a_session_is_a_cookie_that_ends_with_logging_out(url: str) -> None:
    """HttpOnly and SameSite; the old cookie is worth nothing afterwards."""
    with browser(url) as client:
        line = log_in(client, ANN).headers["set-cookie"]
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        cookie = client.cookies["pp_qa_session"]
        assert client.get("/logout").status_code == 405
        assert client.get("/").status_code == 200
        assert client.post("/logout", headers={"Origin": "http://evil.example"}).status_code == 403
        client.post("/logout")
        assert client.get("/").status_code == 401
        client.cookies.set("pp_qa_session", cookie, domain="127.0.0.1")
        assert client.get("/").status_code == 401


def test_a_session_that_is_used_lasts_as_long_again(url: str) -> None:
    """The browser is told so with what it asks for, but for files that it keeps; not after
    logging out, nor for a program's password."""
    with browser(url) as client:
        log_in(client, ANN)
        token = client.cookies["pp_qa_session"]
        for path in ("/", "/gradio_api/app_id", "/page/marks"):
            line = client.get(path).headers["set-cookie"]
            assert line.startswith(f"pp_qa_session={token}; ")
            assert f"Max-Age={entrance.IDLE};" in line
        assert "set-cookie" not in client.get("/static/img/logo.svg").headers
        client.post("/logout")
        for auth in (None, basic(ANN)):
            assert "set-cookie" not in client.get("/api/documents", auth=auth).headers


def test_the_browser_keeps_no_page_of_a_user(url: str) -> None:
    """*Back* shows nothing of it after logging out; what all pages load alike is kept."""
    with httpx.Client(base_url=url, timeout=30) as client:
        log_in(client, ANN)
        for path in ("/", "/config", "/api/documents", "/page/documents", "/login"):
            assert client.get(path).headers["cache-control"] == "no-store", path
        assert "cache-control" not in client.get("/static/img/logo.svg").headers


def test_another_web_site_cannot_log_anybody_in(url: str) -> None:
    """A form of a foreign page is refused, by its Origin or by what the browser says of it."""
    with browser(url) as client:
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert client.post("/login", data=ANN, headers=headers).status_code == 403
        own = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        assert client.post("/login", data=ANN, headers=own).status_code == 303


def test_the_login_page_shows_what_was_typed_as_text(url: str) -> None:
    """A name is repeated, escaped; the password isn't."""
    with browser(url) as client:
        typed = {"name": '"><script>x</script>', "password": "never shown"}
        page = log_in(client, typed, next='/"><b>')
        assert page.status_code == 401
        assert "<script" not in page.text
        assert "<b>" not in page.text
        assert "never shown" not in page.text


def test_users_have_conversations_of_their_own(url: str) -> None:
    """Two users of one browser, one after the other, see each their own; so does one user in
    two browsers; and the page says who is logged in."""
    with browser(url) as shared, browser(url) as elsewhere:
        log_in(shared, ANN)
        page = Visit(shared)
        assert "lighthouse" in page.ask(QUESTION)
        shared.post("/logout")
        log_in(shared, BEN)
        assert "lighthouse" not in Visit(shared).arrive()
        assert "ben" in Visit(shared).arrive()
        assert page.join(0, []).status_code == 403
        log_in(elsewhere, ANN)
        assert "lighthouse" in Visit(elsewhere).arrive()


def test_programs_log_in_with_each_request(url: str) -> None:
    """HTTP Basic at /api, and nowhere else."""
    question = {"question": QUESTION}
    with browser(url) as client:
        refused = client.post("/api/ask", json=question)
        assert refused.headers["www-authenticate"].startswith("Basic")
        assert refused.json()["error"] == "Unauthorized"
        for user in (ANN, BEN, ANN):
            asked = client.post("/api/ask", json=question, auth=basic(user))
            assert asked.json()["answered"] is True
        wrong = basic({"name": "ann", "password": "battery staple: ü"})
        assert client.post("/api/ask", json=question, auth=wrong).status_code == 401
        for value in ("Basic", "Basic !!!", "Bearer x", "Basic " + "QUFB", ""):
            sent = client.get("/api/documents", headers={"Authorization": value})
            assert sent.status_code == 401
        assert client.get("/", auth=basic(ANN)).status_code == 401
        assert client.get("/config", auth=basic(ANN)).status_code == 401


def test_who_is_taken_out_of_the_file_is_out_at_once(tmp_path: Path) -> None:
    """A session, and a password that a program sends, end with another password, with the user's
    removal, and with a file that can't be read."""
    file = tmp_path / "users"
    for user in (ANN, BEN):
        users.add(file, user["name"], user["password"])
    with served(make_assistant(), auth=file) as url, browser(url) as ann, browser(url) as ben:
        log_in(ann, ANN)
        log_in(ben, BEN)
        assert ann.get("/api/documents", auth=basic(ANN)).status_code == 200
        users.add(file, "ann", "quite another")
        assert ann.get("/").status_code == 401
        ann.cookies.clear()
        assert ann.get("/api/documents", auth=basic(ANN)).status_code == 401
        assert log_in(ann, {"name": "ann", "password": "quite another"}).status_code == 303
        users.remove(file, "ann")
        assert ann.get("/").status_code == 401
        assert ben.get("/").status_code == 200
        file.write_text("what is this")
        assert ben.get("/").status_code == 401


def test_too_many_wrong_passwords_make_wait(tmp_path: Path) -> None:
    """From one address or for one name, also when all come at once; who is in stays in."""
    file = tmp_path / "users"
    users.add(file, "ann", ANN["password"])
    with served(make_assistant(), auth=file) as url, browser(url) as client, browser(url) as inside:
        log_in(inside, ANN)
        statuses = [
            log_in(client, {"name": "ann", "password": f"guess {n}"}).status_code
            for n in range(entrance.MOST_FAILURES + 2)
        ]
        assert statuses == [401] * entrance.MOST_FAILURES + [429] * 2
        refused = log_in(client, {"name": "ann", "password": "another guess"})
        assert "Too many wrong passwords; wait 5 minutes" in refused.text
        assert 0 < int(refused.headers["retry-after"]) <= entrance.WITHIN + 1
        wrong = basic({"name": "ben", "password": "who knows"})
        assert client.get("/api/documents", auth=wrong).status_code == 429
        assert inside.get("/").status_code == 200


def test_a_page_open_to_others_says_so(tmp_path: Path) -> None:
    """Served beyond this machine without users, a line warns; with users, or here, none does."""
    script = (
        "import sys, signal, threading, os\n"
        "from pathlib import Path\n"
        "from pp_qa.interfaces.web.server import serve\n"
        "threading.Timer(3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "auth = Path(sys.argv[2]) if len(sys.argv) > 2 else None\n"
        "serve(None, sys.argv[1], int(os.environ['PORT']), auth=auth)\n"
    )
    users.add(tmp_path / "users", "ann", ANN["password"])
    for arguments, warned in (
        (["0.0.0.0"], True),
        (["127.0.0.1"], False),
        (["0.0.0.0", str(tmp_path / "users")], False),
    ):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env=os.environ | {"PORT": str(port)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ("anybody who can reach" in done.stderr) is warned, done.stderr
