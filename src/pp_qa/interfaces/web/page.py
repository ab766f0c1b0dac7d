"""The Gradio page: which part shows what, and what a click does.

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
from pp_qa.interfaces.web.chats_tab import chats_tab, who
from pp_qa.interfaces.web.choosing import Choice
from pp_qa.interfaces.web.history import History

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant
    from pp_qa.interfaces.web.changes import Changes
    from pp_qa.interfaces.web.exchanges import Exchange

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
_READING = ("copying", "leaves", "sheets", "finding", "source")
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
                        chats_tab(chats, listed, talk, lambda e: resume(e), resumed)

        def asking_allowed() -> tuple[Any, ...]:
            return (
                gr.Textbox(interactive=chat.ready, placeholder=_invitation(chat.ready)),
                gr.Button(interactive=chat.ready),
            )

        def held(before: Any, event: gr.EventData, request: gr.Request) -> tuple[Exchange, ...]:
            """The conversation of a page. One that is no longer in memory, after a day or in a
            server that was started again, is as it was kept."""
            return tuple(before) or chats.again(who(request), wish(event).get("shown"))

        def follow(event: gr.EventData, before: Any, request: gr.Request) -> tuple[Any, ...]:
            """The index has changed."""
            top = chat.banner()
            exchanges = held(before, event, request)
            shown = gr.HTML(top, visible=bool(top)), chat.shown(exchanges)
            return chat.heading(who(request).name), *shown, *asking_allowed()

        def resume(exchanges: tuple[Exchange, ...], said: str = "") -> tuple[Any, ...]:
            top = said or chat.banner()
            shown = chat.shown(exchanges), source.waiting(), exchanges
            return gr.HTML(top, visible=bool(top)), *shown

        def arrive(before: Any, request: gr.Request) -> tuple[Any, ...]:
            here, wanted = who(request), request.query_params
            found: tuple[Exchange, ...] = ()
            said = ""
            if not before and "answer" in wanted:
                found, said = chats.linked(here, str(wanted["answer"]))
            elif not before:
                chosen = str(wanted.get("chat", ""))
                found = chats.open(here, chosen) if chosen else chats.last(here)
            top, talk, pane, after = resume(found or tuple(before), said)
            if not found:  # a question may be on its way: what it brings is not to be undone
                pane = after = gr.skip()
            heading = chat.heading(here.name)  # the index may have grown
            return heading, top, talk, pane, after, *asking_allowed()

        def begin(request: gr.Request) -> tuple[Any, ...]:
            here = who(request)
            chats.begin(here)
            return chat.heading(here.name), *resume(())

        def ask(event: gr.EventData, before: Any, request: gr.Request) -> Any:
            asked = wish(event)
            earlier = asked.get("instead_of")
            before = held(before, event, request)
            done = chat.ask(
                str(asked.get("question", "")),
                before,
                run=str(asked.get("run", "")),
                page=request.session_hash or "",
                alone=asked.get("alone") is True,
                instead_of=earlier if isinstance(earlier, int) else None,
                choice=Choice.given(asked.get("choice")),
            )
            if done is None:  # it was stopped
                return gr.skip()
            conversation, pane, after = done
            chats.keep(who(request), before, after)
            if pane is None:  # no reply: what is open stays
                return conversation, gr.skip(), after
            return conversation, pane, after

        def stop(event: gr.EventData, before: Any, request: gr.Request) -> Any:
            before = held(before, event, request)
            after = chat.stop(str(wish(event).get("run", "")), before)
            chats.keep(who(request), before, after)
            if after == before and not wish(event).get("late"):
                return gr.skip()  # the page has put it away itself, and may show the next by now
            return chat.shown(after), after

        def leave(request: gr.Request) -> None:
            """The page was closed, or another one was opened in its place."""
            chat.leave(request.session_hash or "")

        def show(event: gr.EventData, before: Any, request: gr.Request) -> Any:
            turn, number = wish(event).get("turn"), wish(event).get("number")
            return chat.open(turn, number, held(before, event, request))

        def choose(event: gr.EventData) -> Any:
            return chat.scope(Choice.given(event._data))

        def read(event: gr.EventData) -> tuple[Any, ...]:
            return chat.open_document(str(wish(event).get("document", ""))), show_tab("source")

        # A question waits only for questions that were there before it. One that was stopped may
        # still run when the next is asked.
        asking = {"concurrency_limit": CONCURRENT, "trigger_mode": "multiple", **_QUIET}
        asked = talk.submit(ask, exchanges, [talk, beside, exchanges], **asking)
        asked.failure(None, js=_tell("asking-failed"))
        talk.stop(
            stop, exchanges, [talk, exchanges], queue=False, trigger_mode="multiple", **_QUIET
        )
        page.unload(leave)
        scope.choose(choose, None, scope, concurrency_limit=CONCURRENT, **_QUIET)
        library.read(read, None, [beside, tabs], concurrency_limit=CONCURRENT, **_QUIET)
        last: dict[str, Any] = {"trigger_mode": "always_last", **_QUIET}  # however quick one clicks
        talk.click(show, exchanges, beside, concurrency_limit=CONCURRENT, **last)
        ready = [box, send]
        anew.click(begin, None, [top, *resumed], concurrency_limit=CONCURRENT, **_QUIET)
        loaded = page.load(
            arrive, exchanges, [top, *resumed, *ready], concurrency_limit=CONCURRENT, **_QUIET
        )
        loaded.then(None, js=_tell("page-loaded"))  # what is asked before waits for this
        library.changed(
            follow,
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
    with gr.Column(elem_id="check-form"):
        text = gr.Textbox(
            label="A quotation, or a whole answer that quotes",
            placeholder="“Paste it here”",
            lines=5,
            max_lines=12,
            elem_id="check-text",
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
        )
        said = gr.Textbox(
            label="Said to be from (optional)",
            placeholder="A document’s name",
            elem_id="check-said",
            html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
        )
        go = gr.Button("Check", elem_id="check-go", variant="primary")
    results = _own("checks", checks.waiting())

    def check(text: str, said: str) -> Iterator[tuple[Any, Any]]:
        yield checks.working(), None
        yield checks.check(chat.assistant, str(text or ""), str(said or ""))

    def show(event: gr.EventData, checked: Any) -> tuple[Any, ...]:
        numbers = [event._data.get(name) for name in ("check", "place", "part")]
        return chat.open_place(checked, numbers), show_tab("source")

    gr.on(
        [text.submit, said.submit, go.click],
        check,
        [text, said],
        [results, checked],
        concurrency_limit=CHECKED,
        **_QUIET,
    )
    results.click(show, checked, [beside, tabs], concurrency_limit=CONCURRENT, **_QUIET)


def wish(event: gr.EventData) -> Any:
    """What the page's script sent with an event, by name; nothing where it is none of its own."""
    return event._data if isinstance(event._data, dict) else {}


def show_tab(name: str) -> gr.Tabs:
    """What an event returns for the tabs beside the conversation, to bring one to the front."""
    return gr.Tabs(selected=name)


def _tell(event: str) -> str:
    """A script that tells the scripts of the page that something has happened."""
    return f"() => window.dispatchEvent(new Event('{event}'))"


def _own(name: str, value: str, *scripts: str) -> gr.HTML:
    """A part of HTML of our own, with the script of its name or with others, which see each
    other."""
    script = "\n".join(asset(f"{s}.js") for s in scripts or (name,))
    return gr.HTML(value, apply_default_css=False, elem_id=name, js_on_load=script)


def _invitation(ready: bool) -> str:
    return "Ask about your documents" if ready else "No documents to ask yet"


def _question_box(ready: bool) -> gr.Textbox:
    return gr.Textbox(
        label="Your question",
        show_label=False,
        container=False,
        placeholder=_invitation(ready),
        interactive=ready,
        lines=1,
        max_lines=4,
        autofocus=True,
        elem_id="question",
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=True),
    )
