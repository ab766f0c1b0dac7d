"""The Gradio page: which part shows what, and which event changes what.

The conversation and the source are HTML of our own (`talk`, `source`): Gradio's chatbot would
read quotes as Markdown. Gradio carries the events and the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import gradio as gr

from pp_qa.interfaces.web import checks, frame, library_views, source
from pp_qa.interfaces.web.chat import Chat, Notice
from pp_qa.interfaces.web.chats import Chats
from pp_qa.interfaces.web.chats_tab import chats_tab, wish
from pp_qa.interfaces.web.events import Events, invitation, show_tab
from pp_qa.interfaces.web.history import History

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pp_qa.assistant import Assistant
    from pp_qa.interfaces.web.changes import Changes

CONCURRENT = 8
"""Questions answered at once; the next ones wait."""
CHECKED = 2
"""Texts whose quotations are checked at once: a long one takes as long as many questions."""
WAITING = 64
"""Questions that may wait; more are turned away."""
_FORGOTTEN_AFTER = 24 * 3600
"""Seconds without a question after which a page's conversation is dropped from memory."""
_ASKING = (
    "kept", "awake", "asking", "draft", "copying", "conversation", "keys", "marks", "door",
)  # fmt: skip
"""What the browser does of a conversation."""
_LIBRARY = ("library", "choosing", "updates", "changes")
"""What it does of the list of documents."""
_READING = ("copying", "leaves", "sheets", "following", "finding", "awake", "opening", "source")
"""What it does of a document."""
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def asset(name: str) -> str:
    """One of the files beside this one."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def build(
    assistant: Assistant | None,
    *,
    notice: Notice = "",
    changes: Changes | None = None,
    history: History | None = None,
) -> gr.Blocks:
    """The page, to be served by `server.serve`, which adds its style and its headers. Without a
    history, conversations last as long as the server; without `changes` nothing is added."""
    chat = Chat(assistant, notice, changes)
    chats = Chats(assistant, history or History())
    events = Events(chat, chats)
    with gr.Blocks(
        title="pp_qa · ask your documents", analytics_enabled=False, fill_width=True
    ) as page:
        exchanges = gr.State((), time_to_live=_FORGOTTEN_AFTER)
        with gr.Column(elem_id="page", elem_classes=["open"] if chat.open_to_files else []):
            with gr.Row(elem_id="top"):
                top = gr.HTML(chat.heading(), apply_default_css=False, elem_id="heading")
                anew = gr.Button("New chat", elem_id="anew", variant="secondary", size="sm")
            banner = gr.HTML(apply_default_css=False, elem_id="notice", visible=False)
            _own("bar", frame.bar(), "panes")
            with gr.Row(elem_id="panes"):
                with gr.Column(elem_id="talk"):
                    talk = _own("conversation", chat.opening(), *_ASKING)
                    scope = _own("scope", "", "kept", "scope", "dropping")
                    with gr.Row(elem_id="ask"):
                        box = _question_box(chat.ready)
                        send = gr.Button(
                            "Ask", elem_id="send", variant="primary", interactive=chat.ready
                        )
                        gr.Button("Stop", elem_id="stop")
                with (
                    gr.Column(elem_id="side"),
                    gr.Tabs(elem_id="tabs", selected="source") as tabs,
                ):
                    with gr.Tab("Source", id="source", elem_id="tab-source", render_children=True):
                        beside = _own("source", source.waiting(), *_READING)
                    with gr.Tab(
                        "Documents", id="library", elem_id="tab-library", render_children=True
                    ):
                        library = _own("library", library_views.shell(changes), "kept", *_LIBRARY)
                    with gr.Tab(
                        "Check a quote", id="check", elem_id="tab-check", render_children=True
                    ):
                        _check_tab(chat, beside, tabs)
                    with gr.Tab(
                        "Chats", id="chats", elem_id="tab-chats", render_children=True
                    ) as listed:
                        resumed = [banner, talk, beside, exchanges]
                        changed = chats_tab(chats, listed, talk, exchanges, events.resume, resumed)

        # A question waits only for questions that were there before it. One that was stopped may
        # still run when the next is asked.
        asking = {"concurrency_limit": CONCURRENT, "trigger_mode": "multiple", **_QUIET}
        asked = talk.submit(events.ask, exchanges, [talk, beside, exchanges], **asking)
        asked.failure(None, js=_tell("asking-failed"))
        talk.stop(
            events.stop,
            exchanges,
            [talk, exchanges],
            queue=False,
            trigger_mode="multiple",
            **_QUIET,
        )
        page.unload(events.leave)
        scope.choose(events.choose, None, scope, concurrency_limit=CONCURRENT, **_QUIET)
        _tell_what_comes(
            library.read(events.read, None, [beside, tabs], concurrency_limit=CONCURRENT, **_QUIET)
        )
        last: dict[str, Any] = {"trigger_mode": "always_last", **_QUIET}  # however quick one clicks
        _tell_what_comes(
            talk.click(events.show, exchanges, beside, concurrency_limit=CONCURRENT, **last)
        )
        ready = [box, send]
        begun = anew.click(
            events.begin, None, [top, *resumed], concurrency_limit=CONCURRENT, **_QUIET
        )
        loaded = page.load(
            events.arrive,
            exchanges,
            [top, *resumed, *ready],
            concurrency_limit=CONCURRENT,
            **_QUIET,
        )
        # What is asked before waits for these.
        loaded.then(None, js=_tell("page-loaded"))
        begun.then(None, js=_tell("chat-begun"))
        changed.then(None, js=_tell("chats-changed"))
        library.changed(
            events.follow,
            exchanges,
            [top, banner, talk, *ready],
            concurrency_limit=CONCURRENT,
            **_QUIET,
        )
    page.queue(max_size=WAITING, api_open=False)
    return page


def _check_tab(chat: Chat, beside: gr.HTML, tabs: gr.Tabs) -> None:
    """The tab in which quotations from elsewhere are checked; their places open in `beside`."""
    checked = gr.State(None, time_to_live=_FORGOTTEN_AFTER)
    form = _own("check-form", checks.FORM, "kept", "awake", "checking")
    results = _own("checks", checks.waiting())

    def check(event: gr.EventData) -> Iterator[tuple[Any, Any]]:
        yield checks.working(), None
        asked = wish(event)
        yield checks.check(chat.assistant, str(asked.get("text", "")), str(asked.get("said", "")))

    def show(event: gr.EventData, checked: Any) -> tuple[Any, ...]:
        numbers = [wish(event).get(name) for name in ("check", "place", "part")]
        return chat.open_place(checked, numbers), show_tab("source")

    form.submit(check, None, [results, checked], concurrency_limit=CHECKED, **_QUIET)
    _tell_what_comes(
        results.click(show, checked, [beside, tabs], concurrency_limit=CONCURRENT, **_QUIET)
    )


def _tell_what_comes(opening: Dependency) -> None:
    """Tells the scripts of the source whether what was asked for has come."""
    opening.then(None, js=_tell("source-come"))
    opening.failure(None, js=_tell("source-failed"))


def _tell(event: str) -> str:
    """A script that tells the scripts of the page that something has happened."""
    return f"() => window.dispatchEvent(new Event('{event}'))"


def _own(name: str, value: str, *scripts: str) -> gr.HTML:
    """A part of HTML of our own, with the script of its name or with others, which see each
    other."""
    script = "\n".join(asset(f"{s}.js") for s in scripts or (name,))
    return gr.HTML(value, apply_default_css=False, elem_id=name, js_on_load=script)


def _question_box(ready: bool) -> gr.Textbox:
    return gr.Textbox(
        label="Your question",
        show_label=False,
        container=False,
        placeholder=invitation(ready),
        interactive=ready,
        lines=1,
        max_lines=4,
        autofocus=True,
        elem_id="question",
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=True),
    )
