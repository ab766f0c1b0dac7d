"""The socket, the headers, the loop. Gradio's own `launch` looks for other ports, calls itself
over HTTP through whatever proxy is set, and prints; so the page is mounted and served here."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from pp_qa.interfaces.api.app import make_api, make_health
from pp_qa.interfaces.sockets import listen, shown
from pp_qa.interfaces.web.library import Library
from pp_qa.interfaces.web.library_routes import make_routes
from pp_qa.interfaces.web.page import asset, build

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pp_qa.assistant import Assistant
    from pp_qa.interfaces.web.chat import Notice

_SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
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
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def serve(assistant: Assistant | None, host: str, port: int, *, notice: Notice = "") -> None:
    """Serve the page until Ctrl-C, and print its address.

    Raises ServeError, at once, when the address can't be had.
    """
    with listen(host, port) as listening:
        server = make_server(assistant, host, notice=notice)
        print(f"pp_qa answers on http://{shown(host)}:{port} (stop it with Ctrl-C)", flush=True)  # noqa: T201
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:  # uvicorn has stopped in order and passes the signal on
            return


def make_server(assistant: Assistant | None, host: str, *, notice: Notice = "") -> uvicorn.Server:
    """The server, ready to run on a listening socket."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.mount("/api", make_api(assistant))  # before the page, which takes every path
    app.include_router(make_health(assistant))
    library = Library(assistant) if assistant else None
    if library:
        app.include_router(make_routes(library))
    gr.mount_gradio_app(
        app,
        build(assistant, notice=notice),
        path="/",
        server_name=host,
        footer_links=[],
        run_history=False,
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        allowed_paths=[],
        show_error=False,
        max_file_size=1,  # nothing on this page uploads
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(
            primary_hue="teal",
            neutral_hue="slate",
            font=_SYSTEM_FONTS,
            font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
        ),
        css=asset("style.css") + asset("library.css") + asset("checks.css"),
    )
    config = uvicorn.Config(
        Guard(app, local=_is_loopback(host)),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,  # an open page keeps a connection open for ever
    )
    return uvicorn.Server(config)


class Guard:
    """Puts our headers on every reply. A page on a loopback address also turns away requests
    under a foreign name: a web site could have its own name point here and read the answers."""

    def __init__(self, app: ASGIApp, *, local: bool) -> None:
        self.app = app
        self.local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        name = _name(Headers(scope=scope).get("host", ""))
        app = self.app
        if self.local and not _is_loopback(name):
            app = PlainTextResponse("This page is for this machine only.", status_code=421)
        await app(scope, receive, send_guarded)


def _name(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost" or name.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
