"""The chat in a browser: a conversation of quotes on the left, their source on the right.

    page.py    the Gradio page: which part shows what; events.py what a click does
    talk.py    the conversation as HTML; frame.py what stands around it
    exchanges.py   a question and what came of it; quoting.py a quote's words and place as HTML
    source.py  a quote in its document as HTML
    library.py the list of documents: library_views.py as HTML, library_routes.py over HTTP
    changes.py  what the list may change: adding, removing; updates.py brings the index up to date
    choosing.py  which documents a question asks
    leaves.py  the document's text, in parts that are asked for as one reads
    opened.py  the addresses from which they are asked for
    checks.py  quotations that were pasted and checked, as HTML
    markup.py  escaping: the one way by which text gets into HTML
    guard.py   who may come in, with what, and under which headers replies go out; hosts.py under
               which names
    server.py  the socket and the loop
    visitors.py, entrance.py   whose a request is; the door where users log in
    history.py, storing.py     conversations in a file
    chats.py, chats_tab.py, listing.py, earlier.py   the list of them, and old ones opened again
    marking.py, downloads.py, exporting.py   what is said of quotes; conversations as files
    style.css and others of a part, asking.js, conversation.js and others of a part

Importing this package loads no Gradio; `build` and `serve` do.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

# Before anybody imports Gradio: it sends its start to its makers unless told not to.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

if TYPE_CHECKING:
    from pathlib import Path

    import gradio as gr

    from pp_qa.assistant import Assistant
    from pp_qa.interfaces.web.chat import Notice

__all__ = ["build", "serve"]


def build(assistant: Assistant | None, *, notice: Notice = "") -> gr.Blocks:
    """The page. Without an assistant it says what is missing; `notice` is a line shown on top, or
    gives the line that there is to show whenever the page is loaded."""
    from pp_qa.interfaces.web.page import build

    return build(assistant, notice=notice)


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
    """Serve the page until Ctrl-C; `state` is the folder in which conversations are kept, `auth`
    the file of users who may log in; `watched` says that the index follows its folder by itself.
    Raises ServeError when the address can't be had, and
    SettingsError when `auth` is no file of users."""
    from pp_qa.interfaces.web.server import serve

    serve(assistant, host, port, notice=notice, state=state, auth=auth, watched=watched)
