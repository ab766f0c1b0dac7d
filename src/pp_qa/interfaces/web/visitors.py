"""Whose a request is, and what of the page is whose.

Where nobody logs in, a browser is known by a random cookie. Gradio keeps a page's state under a
number that the page chose: a page is its owner's from its first event on, and nobody else may
send events to it or read what comes of them.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse

from pp_qa.interfaces import bodies
from pp_qa.interfaces.web.guard import MOST_BYTES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "pp_qa_browser"
KNOWN = "pp_qa_known"
"""Says only that there is a `COOKIE`, which browsers keep back when a link elsewhere leads here."""
_YEAR = 365 * 24 * 3600
_TOKEN = re.compile("[0-9a-f]{32}")
_EVENTS = "/gradio_api/"
_JOIN = "/gradio_api/queue/join"
_PAGES = 100_000
"""Pages whose owner is remembered."""
_KEY = "pp_qa.visitor"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: `owner` is what conversations are kept under, "" for nobody; `name` that of a
    user who is logged in."""

    owner: str = ""
    name: str = ""


def visitor(scope: Any) -> Visitor:
    """Whose a request is, by its scope."""
    found = scope.get(_KEY)
    return found if isinstance(found, Visitor) else Visitor()


def let_in(scope: Scope, name: str) -> None:
    """A request is that of a user who is logged in."""
    scope[_KEY] = Visitor(f"user:{name}", name)


class Browsers:
    """Tells browsers apart by a cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cookies = HTTPConnection(scope).cookies
        token, kept = cookies.get(COOKIE, ""), scope["path"] == "/"  # for a year from now again
        if not _TOKEN.fullmatch(token):
            kept = scope["path"] == _JOIN or (kept and KNOWN not in cookies)
            token = secrets.token_hex(16) if kept else ""
        if token:  # who reads the file of conversations doesn't learn the cookie
            scope[_KEY] = Visitor(f"browser:{hashlib.sha256(token.encode()).hexdigest()[:32]}")

        async def send_known(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", cookie(COOKIE, token, "Strict", scope))
                headers.append("set-cookie", cookie(KNOWN, "1", "Lax", scope))
            await send(message)

        await self.app(scope, receive, send_known if kept else send)


def cookie(name: str, value: str, same_site: str, scope: Scope, age: int = _YEAR) -> str:
    """A cookie that no script reads."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite={same_site}{secure}"


class Pages:
    """Keeps the events of a page to its owner."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_EVENTS):
            await self.app(scope, receive, send)
            return
        body = b""
        kind = HTTPConnection(scope).headers.get("content-type", "")
        if scope["method"] == "POST" and kind.startswith("application/json"):
            read = await bodies.read(receive, MOST_BYTES)
            if read is None:
                refusal = PlainTextResponse("This is too much at once.", status_code=413)
                await refusal(scope, receive, send)
                return
            body, receive = read, bodies.again(read, receive)
        owner = visitor(scope).owner
        if not all(self._may(owner, page, scope["path"]) for page in _named(scope, body)):
            refusal = PlainTextResponse("This page is another’s.", status_code=403)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _may(self, owner: str, page: str, path: str) -> bool:
        with self._lock:
            if path == _JOIN and owner:
                found = self._owners.setdefault(page, owner)
                self._owners.move_to_end(page)
                if len(self._owners) > _PAGES:
                    self._owners.popitem(last=False)
                return found == owner
            return self._owners.get(page, owner) == owner


def _named(scope: Scope, body: bytes) -> set[str]:
    """Every page that a request names: in its query, its path and its body."""
    found = set(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", []))
    route, *rest = scope["path"].removeprefix(_EVENTS).split("/")
    if route in ("heartbeat", "stream"):
        found.update(rest[:1])
    try:
        value = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        value = {}
    if isinstance(value, dict) and isinstance(value.get("session_hash"), str):
        found.add(value["session_hash"])
    return found
