"""Who may come in to the page, with what, and under which headers replies go out.

Gradio serves more than this page needs: uploads, files, a proxy, monitoring, editing. `Doors` lets
in only what the page asks for itself; `Guard` stands before everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response

from pp_qa.interfaces import bodies
from pp_qa.interfaces.api.gate import foreign, problem, wrong_method

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pp_qa.interfaces.web.hosts import Hosts

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio makes code of templates
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_UNUSED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
HEADERS = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}=()" for name in _UNUSED),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""On every reply."""

MOST_BYTES = 2_000_000
"""Of an event's body: twice what the longest text takes."""
_SHOWN = ("/", "/config", "/theme.css", "/favicon.ico", "/gradio_api/app_id")
FILES = ("/assets/", "/static/")
_STREAMS = ("/gradio_api/queue/data", "/gradio_api/heartbeat/")
_CANCEL = "/gradio_api/cancel"
_EVENTS = ("/gradio_api/queue/join", _CANCEL, "/gradio_api/run/")
_OURS = ("/api/", "/page/", "/healthz")
_METHODS = {"/page/": ("GET", "POST"), "/healthz": ("GET", "HEAD")}
"""Of what is ours and doesn't say so itself: Gradio would answer the others."""


class Guard:
    """Keeps other web sites out, and puts our headers on every reply.

    A site could have its own name point to this machine: the page answers only to names that are
    known to be its own. And a site can have its visitors' browsers send requests here: what a
    browser says comes from elsewhere is refused, but for a link that is followed.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # the page uses none
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        body = bodies.Timely(receive)
        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        async def send_to_who_is_there(message: Message) -> None:
            if not body.stalled:
                await send_guarded(message)

        headers = Headers(scope=scope)
        app = self.app
        if refusal := self._hosts.refusal(headers.get("host", "")):
            app = _misdirected(scope, refusal)
        elif _from_elsewhere(scope, headers):
            app = PlainTextResponse("Pages of other web sites can't use this one.", status_code=403)
        with suppress(ClientDisconnect):
            await app(scope, body, send_to_who_is_there)
        if body.stalled and not begun:
            await _given_up()(scope, receive, send_guarded)


class Doors:
    """Lets in what the page needs of Gradio, and nothing else of it. `events` are the numbers of
    the events that the page has, with how many inputs each takes."""

    def __init__(self, app: ASGIApp, events: Mapping[int, int]) -> None:
        self.app = app
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope.get("path", ""), scope.get("method")
        if scope["type"] == "http" and (allowed := _other_methods(path, method)):
            await wrong_method(scope, allowed)(scope, receive, send)
        elif scope["type"] != "http" or path.startswith(_OURS):
            await self.app(scope, receive, send)
        elif method == "POST" and path.startswith(_EVENTS):
            await self._event(scope, receive, send)
        elif method in ("GET", "HEAD") and (path in _SHOWN or path.startswith((*FILES, *_STREAMS))):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse("There is nothing here.", 404)(scope, receive, send)

    async def _event(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An event, once all of it is here and it is one that the page could have sent."""
        body = await bodies.read(receive, MOST_BYTES)
        if body is None:
            await PlainTextResponse("This is too much at once.", 413)(scope, receive, send)
            return
        kind = Headers(scope=scope).get("content-type", "")
        if not self._sound(kind, body, inputs=scope["path"] != _CANCEL):
            await PlainTextResponse("This is no event of the page.", 400)(scope, receive, send)
            return
        await self.app(scope, bodies.again(body, receive), send)

    def _sound(self, kind: str, body: bytes, *, inputs: bool) -> bool:
        """Whether it is JSON, of an event that the page has, with its inputs, and names no file."""
        if kind.partition(";")[0].strip().lower() != "application/json":
            return False
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            return False
        number = event.get("fn_index") if isinstance(event, dict) else None
        if not isinstance(number, int) or number not in self._events or _names_a_file(event):
            return False
        data = event.get("data")
        return not inputs or (isinstance(data, list) and len(data) == self._events[number])


def _other_methods(path: str, method: Any) -> str:
    """Those that a path takes where this isn't one of them."""
    taken = (m for prefix, m in _METHODS.items() if path.startswith(prefix) and method not in m)
    return ", ".join(next(taken, ()))


def _names_a_file(value: Any) -> bool:
    """Whether it does as Gradio's do: of a file that an event names, Gradio copies one of this
    machine or fetches one from another."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            if "_type" in value:
                return True
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return False


def _given_up() -> Response:
    why = f"nothing came of the body for {bodies.PATIENCE:.0f} seconds; send all of it"
    return problem(408, "Stalled", why, Connection="close")


def _misdirected(scope: Scope, why: str) -> Response:
    if scope["path"].startswith("/api/"):
        return problem(421, "UnknownHost", why)
    return PlainTextResponse(why, status_code=421)


def _from_elsewhere(scope: Scope, headers: Headers) -> bool:
    """Whether a page of another site makes the request, other than by a link to here."""
    if scope["path"].startswith("/api/"):
        return False  # refuses by itself, as JSON
    followed = scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if followed and headers.get("sec-fetch-dest") == "document" and "origin" not in headers:
        return False
    return foreign(headers) or headers.get("sec-fetch-site") == "same-site"
