"""Who may come in to the API, with how much, and how errors go out.

A web site can make its visitors' browsers send requests here. What changes or reads something is
a POST of JSON, which browsers send to another origin only when they are allowed to, and nothing
allows them; a foreign Origin is refused besides.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import anyio
import anyio.to_thread
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pp_qa.errors import CorpusError, FilterError, IndexFault, PpQaError, UsageError
from pp_qa.interfaces import bodies, faults

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger("pp_qa")

MOST_BYTES = 1_000_000
"""Of a request's body."""
CONCURRENT = 8
"""Requests worked on at once; the next ones wait, in their order."""
WAITING = 64
"""Requests that may wait; more are turned away."""
_STATUS: tuple[tuple[type[PpQaError], int], ...] = (
    (FilterError, 404),
    (UsageError, 400),
    (IndexFault, 503),
    (CorpusError, 503),
)
_Value = TypeVar("_Value")


def problem(status: int, error: str, message: str, **headers: str) -> JSONResponse:
    """An error as JSON."""
    return JSONResponse({"error": error, "message": message}, status, headers)


def wrong_method(scope: Scope, allowed: str) -> JSONResponse:
    """What a method gets that a path doesn't take."""
    message = f"{scope['method']} is not for {quote(scope['path'])}; use {allowed}"
    return problem(405, "MethodNotAllowed", message, Allow=allowed)


class Gate:
    """Lets in what comes from here, or from no web page, and is JSON of a sensible size."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        body: bytes | None = b""
        refusal = _kept_out() if foreign(headers) else None
        if refusal is None and scope["method"] == "POST":  # no other method has a body to be read
            refusal = _unfit(headers)
            body = None if refusal else await bodies.read(receive, MOST_BYTES)
        if refusal or body is None:
            await (refusal or _too_large())(scope, receive, send)
            return
        await self.app(scope, bodies.again(body, receive), send)


def foreign(headers: Headers) -> bool:
    """Whether another web site's page makes the request."""
    origin = headers.get("origin")
    elsewhere = origin is not None and origin.partition("://")[2] != headers.get("host", "")
    return elsewhere or headers.get("sec-fetch-site") == "cross-site"


def _kept_out() -> JSONResponse:
    return problem(403, "ForeignOrigin", "this API answers no pages of other web sites")


def _unfit(headers: Headers) -> JSONResponse | None:
    """The refusal of a body that says that it is too large, or None."""
    length = headers.get("content-length", "0")
    return _too_large() if not length.isdecimal() or int(length) > MOST_BYTES else None


def _too_large() -> JSONResponse:
    return problem(413, "TooLarge", f"the body has more than {MOST_BYTES:,} bytes; send less")


def json_only(request: Request) -> None:
    """Turns away what isn't said to be JSON, as no simple form can: to be depended on."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "the body is no JSON; send it with Content-Type: application/json")


class Workers:
    """Blocking work in threads, so many at once, the others in the order in which they came."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(CONCURRENT)

    async def run(self, work: Callable[[], _Value]) -> _Value:
        if self._limiter.statistics().tasks_waiting >= WAITING:
            raise HTTPException(503, "too many requests at once; try again", {"Retry-After": "1"})
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def run_for(
        self, request: Request, work: Callable[[Callable[[], None]], _Value]
    ) -> _Value:
        """Work that is given up when the client closes its connection: at once while it waits,
        else where it calls what it is given."""
        gone = threading.Event()

        def check() -> None:
            if gone.is_set():
                raise _Gone

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            gone.set()
            scope.cancel()

        with anyio.CancelScope() as scope, suppress(_Gone):
            watching = asyncio.create_task(watch())
            try:
                return await self.run(lambda: work(check))
            finally:
                watching.cancel()
        raise HTTPException(499, "nobody waits for the reply")


class _Gone(Exception):
    """Work is given up because its client has closed the connection."""


def tell_errors(app: FastAPI) -> None:
    """Whatever goes wrong goes out as JSON with one line, and never with a traceback."""

    async def ours(_: Request, error: Exception) -> JSONResponse:
        status = next((s for kind, s in _STATUS if isinstance(error, kind)), 500)
        return problem(status, type(error).__name__, str(error))

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return problem(422, "Invalid", faults.in_words(error.errors(), within=1))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return wrong_method(request.scope, (error.headers or {}).get("Allow", "another"))
        names = {404: "NotFound", 415: "NotJson", 503: "Unavailable"}
        if isinstance(error.__cause__, ValueError | RecursionError):  # also of too long a number
            message = "the body is no JSON in UTF-8, or nested too deeply; send a JSON object"
            return problem(422, "Invalid", message)
        name = names.get(error.status_code, "Refused")
        detail = error.detail
        if detail == HTTPStatus.NOT_FOUND.phrase:  # no endpoint has that path
            detail = f"there is nothing at {quote(request.scope['path'])}; see /api/docs"
        return problem(error.status_code, name, detail, **(error.headers or {}))

    async def unforeseen(_: Request, error: Exception) -> JSONResponse:
        if isinstance(
            error.__cause__, HTTPException
        ):  # a reply that was sent in part can't tell it
            log.info("a reply was broken off (%s)", error.__cause__)
        else:
            log.error("a request failed", exc_info=error)
        message = "something went wrong here that shouldn't; the server's log says what"
        return problem(500, "Unexpected", message)

    app.add_exception_handler(Exception, unforeseen)
    app.add_exception_handler(PpQaError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


class Answered:
    """Keeps what nobody foresaw from the server, which would print it a second time:
    `tell_errors` has logged and answered it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(Exception) if scope["type"] == "http" else nullcontext():
            await self.app(scope, receive, send)
