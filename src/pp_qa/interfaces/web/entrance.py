"""The door of a page for several users: nothing but `/healthz` is served to who isn't logged in.

The page and all it loads want the session that `/login` gives; programs send name and password
with each request to `/api` (HTTP Basic). After too many wrong passwords from an address, or for
a name, both wait. `guard` stands before the door: no other web site's page logs anybody in or out.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from base64 import b64decode
from collections import OrderedDict, deque
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

import anyio
import anyio.to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from pp_qa.interfaces.api.gate import problem
from pp_qa.interfaces.web.guard import FILES
from pp_qa.interfaces.web.markup import Html, attribute, html
from pp_qa.interfaces.web.visitors import cookie, let_in

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pp_qa.interfaces.users import Users

SESSION = "pp_qa_session"
IDLE = 7 * 24 * 3600
"""Seconds after which a session that isn't used is over."""
MOST_FAILURES, WITHIN = 10, 300
"""Wrong passwords, and the seconds within which so many are too many."""
_AT_ONCE = 2
"""Passwords checked at once: each takes memory and a core for a while."""
_KEPT = 10_000
_MOST_BYTES = 10_000
_LOGGED_OUT = "You are no longer logged in; load this page again to log in."
"""Where the page shows what went wrong with a click, this stands."""
_CHALLENGE = 'Basic realm="pp_qa", charset="UTF-8"'


@dataclass(slots=True)
class _Session:
    name: str
    hash: str
    """Of the password at the time: another one ends the session."""
    used: float


class Entrance:
    """Lets users in who are logged in, and logs them in and out."""

    def __init__(self, app: ASGIApp, users: Users) -> None:
        self.app = app
        self._users = users
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._failures = _Failures()
        self._secret = secrets.token_bytes(32)
        self._basic: OrderedDict[bytes, tuple[str, str]] = OrderedDict()
        self._limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})  # the page uses none

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, path = Request(scope, receive), scope["path"]
        answer: Response | None
        send = _unkept(path, send)
        if path in ("/login", "/logout"):
            answer = await self._door(request, path)
        elif path == "/healthz":
            answer = None
        elif (answer := await self._pass(request)) is None:
            send = self._renewing(request, send)
        await (self.app if answer is None else answer)(scope, receive, send)

    async def _pass(self, request: Request) -> Response | None:
        """None for who may pass, else the reply."""
        name = self._in_session(request)
        for_programs = request.scope["path"].startswith("/api/")
        if not name and for_programs and "authorization" in request.headers:
            try:
                name = await self._by_password(request, *_given(request))
            except _TooMany as error:
                return problem(429, "TooManyFailures", str(error), **error.headers)
        if name:
            let_in(request.scope, name)
            return None
        if for_programs:
            message = "log in with the name and password of a user (HTTP Basic)"
            return problem(401, "Unauthorized", message, **{"WWW-Authenticate": _CHALLENGE})
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            query = request.url.query
            wanted = request.url.path + (f"?{query}" if query else "")
            return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)
        if request.scope["path"].startswith("/page/"):
            return problem(401, "Unauthorized", _LOGGED_OUT)
        return JSONResponse({"detail": _LOGGED_OUT}, 401)  # as Gradio has it

    # ── logging in and out ───────────────────────────────────────────────────

    async def _door(self, request: Request, path: str) -> Response:
        if path == "/logout":
            if request.method != "POST":
                return PlainTextResponse("Log out on the page itself.", 405)
            self._sessions.pop(_key(request.cookies.get(SESSION, "")), None)
            gone = RedirectResponse("/login", 303)
            gone.headers["set-cookie"] = cookie(SESSION, "", "Lax", request.scope, age=0)
            return gone
        if request.method == "GET":
            wanted = _local(request.query_params.get("next", "/"))
            return RedirectResponse(wanted, 303) if self._in_session(request) else _page(wanted)
        if request.method != "POST":
            return PlainTextResponse("Log in on the page itself.", 405)
        return await self._log_in(request)

    async def _log_in(self, request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _MOST_BYTES:
                return PlainTextResponse("This is too much.", 413)
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        name, password, wanted = (form.get(k, [""])[0] for k in ("name", "password", "next"))
        wanted = _local(wanted)
        try:
            if not await self._by_password(request, name, password):
                return _page(wanted, "That name and password don’t belong together.", name, 401)
        except _TooMany as error:
            return _page(wanted, f"{error}.", name, 429, error.headers)
        token = secrets.token_urlsafe(32)
        self._sessions[_key(token)] = _Session(name, self._users.hash_of(name), time.monotonic())
        if len(self._sessions) > _KEPT:
            self._sessions.popitem(last=False)
        answer = RedirectResponse(wanted, 303)
        answer.headers["set-cookie"] = cookie(SESSION, token, "Lax", request.scope, age=IDLE)
        return answer

    def _in_session(self, request: Request) -> str:
        """The user whose session it is; "" where there is none, or none any more."""
        key = _key(request.cookies.get(SESSION, ""))
        session = self._sessions.get(key)
        if session is None:
            return ""
        stale = time.monotonic() - session.used > IDLE
        if stale or self._users.hash_of(session.name) != session.hash:
            del self._sessions[key]
            return ""
        session.used = time.monotonic()
        self._sessions.move_to_end(key)
        return session.name

    def _renewing(self, request: Request, send: Send) -> Send:
        """Has the browser keep the session's cookie for as long again, since it was used."""
        token = request.cookies.get(SESSION, "")

        async def send_renewed(message: Message) -> None:
            inside = _key(token) in self._sessions  # who logged out meanwhile stays out
            files = request.scope["path"].startswith(FILES)  # kept, and not for one user alone
            if message["type"] == "http.response.start" and inside and not files:
                line = cookie(SESSION, token, "Lax", request.scope, age=IDLE)
                MutableHeaders(scope=message).append("set-cookie", line)
            await send(message)

        return send_renewed

    async def _by_password(self, request: Request, name: str, password: str) -> str:
        """The name where the password is right, else "". Raises _TooMany."""
        given = hmac.digest(
            self._secret, f"{name}\0{password}".encode("utf-8", "replace"), "sha256"
        )
        if (known := self._basic.get(given)) and self._users.hash_of(known[0]) == known[1]:
            return known[0]  # programs send it with every request
        client = request.client.host if request.client else ""
        keys = (f"address {client}", f"name {name}")
        async with self._limiter:  # so that many tries at once count as many
            self._failures.refuse(keys)
            found = await anyio.to_thread.run_sync(self._users.check, name, password)
            if not found:
                self._failures.count(keys)
                return ""
        self._basic[given] = (name, found)
        if len(self._basic) > _KEPT:
            self._basic.popitem(last=False)
        return name


def _unkept(path: str, send: Send) -> Send:
    """Has the browser keep nothing that isn't said to be kept, but for what every page loads: else
    *Back* would show the page to who comes after the user."""

    async def send_unkept(message: Message) -> None:
        if message["type"] == "http.response.start" and not path.startswith(FILES):
            MutableHeaders(scope=message).setdefault("cache-control", "no-store")
        await send(message)

    return send_unkept


class _TooMany(Exception):
    def __init__(self, seconds: float) -> None:
        minutes = max(1, round(seconds / 60))
        super().__init__(
            "Too many wrong passwords; wait"
            f" {minutes} {'minute' if minutes == 1 else 'minutes'} and try again"
        )
        self.headers = {"Retry-After": str(int(seconds) + 1)}


class _Failures:
    """The wrong passwords of the last minutes, by address and by name."""

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, keys: tuple[str, ...]) -> None:
        for key in keys:
            self._times.setdefault(key, deque(maxlen=MOST_FAILURES)).append(time.monotonic())
            self._times.move_to_end(key)
            if len(self._times) > _KEPT:
                self._times.popitem(last=False)

    def refuse(self, keys: tuple[str, ...]) -> None:
        """Raises _TooMany while there are too many."""
        now = time.monotonic()
        for times in (self._times[key] for key in keys if key in self._times):
            if len(times) == MOST_FAILURES and (left := times[0] + WITHIN - now) > 0:
                raise _TooMany(left)


def _given(request: Request) -> tuple[str, str]:
    """Name and password of HTTP Basic; empty where there are none."""
    kind, _, value = request.headers["authorization"].partition(" ")
    try:
        text = b64decode(value.strip(), validate=True).decode() if kind.lower() == "basic" else ""
    except ValueError:
        text = ""
    name, _, password = text.partition(":")
    return name, password


def _local(path: str) -> str:
    """A path of this page, whatever was asked for."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"


def _key(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _page(
    wanted: str,
    said: str = "",
    name: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    style = (files(__package__) / "login.css").read_text(encoding="utf-8")
    problem = html('<p class="problem" role="alert" id="said">{said}</p>', said=said)
    page = html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Log in · pp_qa</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="same-origin"><link rel="icon" href="data:,">'
        "<style>{style}</style></head><body><main><h1>pp_qa</h1>"
        "<p>Log in to ask the documents.</p>{problem}"
        '<form method="post" action="/login"><input type="hidden" name="next" value="{wanted}">'
        '<label for="name">Name</label><input id="name" name="name" value="{name}" required'
        ' autocomplete="username" autocapitalize="none" spellcheck="false" {first}>'
        '<label for="password">Password</label><input id="password" name="password"'
        ' type="password" required autocomplete="current-password" {second}>'
        "<button>Log in</button></form></main></body></html>",
        style=Html(style),
        problem=problem if said else Html(),
        wanted=attribute(wanted),
        name=attribute(name),
        first=Html("" if name else "autofocus"),
        second=Html("autofocus" if name else ""),
    )
    return HTMLResponse(page, status, headers)
