"""The socket and the loop. Gradio's own `launch` looks for other ports, calls itself
over HTTP through whatever proxy is set, and prints; so the page is mounted and served here."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from pp_qa import feedback
from pp_qa.feedback import Feedback
from pp_qa.interfaces.api.app import make_api, make_health
from pp_qa.interfaces.api.gate import Answered, tell_errors
from pp_qa.interfaces.sockets import listen, shown
from pp_qa.interfaces.stopping import Server
from pp_qa.interfaces.users import Users
from pp_qa.interfaces.web.changes import Changes
from pp_qa.interfaces.web.chats import Chats
from pp_qa.interfaces.web.downloads import make_downloads
from pp_qa.interfaces.web.entrance import Entrance
from pp_qa.interfaces.web.guard import Doors, Guard
from pp_qa.interfaces.web.history import FILE, History
from pp_qa.interfaces.web.hosts import Hosts, is_loopback
from pp_qa.interfaces.web.library import Library
from pp_qa.interfaces.web.library_routes import make_routes
from pp_qa.interfaces.web.marking import make_marking
from pp_qa.interfaces.web.opened import make_opened
from pp_qa.interfaces.web.page import asset, build
from pp_qa.interfaces.web.visitors import Browsers, Pages

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant
    from pp_qa.interfaces.web.chat import Notice

_STYLES = ("style.css", "panes.css", "source.css", "library.css", "checks.css", "chats.css")
_SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_OPEN = (
    "pp-qa: anybody who can reach {host} can ask these documents; let users log in with --auth FILE"
)


def serve(
    assistant: Assistant | None,
    host: str,
    port: int,
    *,
    notice: Notice = "",
    state: Path | None = None,
    auth: Path | None = None,
    watched: bool = False,
) -> None:
    """Serve the page until Ctrl-C or SIGTERM, and print its address.

    Raises ServeError, at once, when the address can't be had, and SettingsError when `auth` is no
    file of users.
    """
    with listen(host, port) as listening:
        server = make_server(
            assistant, host, notice=notice, state=state, auth=auth, watched=watched
        )
        if auth is None and not _alone(assistant, host):
            names = " or ".join([host, *_allowed(assistant)])
            print(_OPEN.format(host=names), file=sys.stderr)  # noqa: T201
        print(f"pp_qa answers on http://{shown(host)}:{port} (stop it with Ctrl-C)", flush=True)  # noqa: T201
        server.run(sockets=[listening])


def make_server(
    assistant: Assistant | None,
    host: str,
    *,
    notice: Notice = "",
    state: Path | None = None,
    auth: Path | None = None,
    watched: bool = False,
) -> Server:
    """The server, ready to run on a listening socket. `state` is the folder in which
    conversations are kept; without it they last as long as the server. `auth` is the file of
    users who may log in; without it anybody who reaches the page may use it. Where the folder is
    `watched`, the page doesn't look for what has changed in it.

    Raises SettingsError when it is none.
    """
    changes = _changes(assistant, host)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if changes:
            changes.close()

    history = History(state / FILE if state else None)
    page = build(assistant, notice=notice, changes=changes, history=history)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.mount("/api", make_api(assistant))  # before the page, which takes every path
    app.include_router(make_health(assistant))
    if assistant and changes:
        app.include_router(make_routes(Library(assistant, watched=watched), changes))
    app.include_router(make_opened(assistant))
    app.include_router(make_downloads(Chats(assistant, history)))
    app.include_router(make_marking(history, Feedback(state / feedback.FILE if state else None)))
    app.add_api_route("/page/{path:path}", _nowhere, methods=["GET", "POST"])  # or Gradio answers
    tell_errors(app)
    _mount(app, page, host)
    events = {n: len(event.inputs) for n, event in page.fns.items() if event.fn}
    pages = Pages(Doors(Answered(app), events))
    door = Entrance(pages, Users(auth)) if auth else Browsers(pages)
    config = uvicorn.Config(
        Guard(door, Hosts(host, _allowed(assistant))),
        log_config=None,
        access_log=False,
    )
    return Server(config)


async def _nowhere(path: str) -> None:
    raise HTTPException(404, f"there is nothing at /page/{quote(path)}; load this page again")


def _mount(app: FastAPI, page: gr.Blocks, host: str) -> None:
    """Put the page under the server, with its style and without what else Gradio would bring."""
    gr.mount_gradio_app(
        app,
        page,
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
        css="".join(map(asset, _STYLES)),
    )


def _allowed(assistant: Assistant | None) -> tuple[str, ...]:
    """Further names under which the page is served."""
    return (assistant.settings.allowed_hosts or ()) if assistant else ()


def _alone(assistant: Assistant | None, host: str) -> bool:
    """Whether only this machine gets to the page: no address of its own, and no proxy in front."""
    return is_loopback(host) and not _allowed(assistant)


def _changes(assistant: Assistant | None, host: str) -> Changes | None:
    """What the page may change: unless that is set, only where it is this machine's alone."""
    if assistant is None:
        return None
    allowed = assistant.settings.allow_write
    return Changes(assistant, allowed=_alone(assistant, host) if allowed is None else allowed)
