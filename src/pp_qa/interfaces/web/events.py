"""What the page's events do: what the browser sent in, and what Gradio is to show out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from pp_qa.interfaces.web import source
from pp_qa.interfaces.web.chats_tab import who, wish
from pp_qa.interfaces.web.choosing import Choice

if TYPE_CHECKING:
    from pp_qa.interfaces.web.chat import Chat
    from pp_qa.interfaces.web.chats import Chats
    from pp_qa.interfaces.web.exchanges import Exchange


class Events:
    """Those of the conversation, the source and the list of documents."""

    def __init__(self, chat: Chat, chats: Chats) -> None:
        self._chat = chat
        self._chats = chats

    def _asking_allowed(self) -> tuple[Any, ...]:
        return (
            gr.Textbox(interactive=self._chat.ready, placeholder=invitation(self._chat.ready)),
            gr.Button(interactive=self._chat.ready),
        )

    def _held(self, before: Any, event: gr.EventData, request: gr.Request) -> tuple[Exchange, ...]:
        """The conversation of a page. One that is no longer in memory, after a day or in a
        server that was started again, is as it was kept."""
        return tuple(before) or self._chats.again(who(request), wish(event).get("shown"))

    def follow(self, event: gr.EventData, before: Any, request: gr.Request) -> tuple[Any, ...]:
        """The index has changed."""
        top = self._chat.banner()
        exchanges = self._held(before, event, request)
        shown = gr.HTML(top, visible=bool(top)), self._chat.shown(exchanges)
        return self._chat.heading(who(request).name), *shown, *self._asking_allowed()

    def resume(self, exchanges: tuple[Exchange, ...], said: str = "") -> tuple[Any, ...]:
        top = said or self._chat.banner()
        shown = self._chat.shown(exchanges), source.waiting(), exchanges
        return gr.HTML(top, visible=bool(top)), *shown

    def arrive(self, before: Any, request: gr.Request) -> tuple[Any, ...]:
        here, wanted = who(request), request.query_params
        found: tuple[Exchange, ...] = ()
        said = ""
        if not before and "answer" in wanted:
            found, said = self._chats.linked(here, str(wanted["answer"]))
        elif not before:
            chosen = str(wanted.get("chat", ""))
            found = self._chats.open(here, chosen) if chosen else self._chats.last(here)
        top, talk, pane, after = self.resume(found or tuple(before), said)
        if not found:  # a question may be on its way: what it brings is not to be undone
            pane = after = gr.skip()
        heading = self._chat.heading(here.name)  # the index may have grown
        return heading, top, talk, pane, after, *self._asking_allowed()

    def begin(self, request: gr.Request) -> tuple[Any, ...]:
        here = who(request)
        self._chats.begin(here)
        return self._chat.heading(here.name), *self.resume(())

    def ask(self, event: gr.EventData, before: Any, request: gr.Request) -> Any:
        asked = wish(event)
        earlier = asked.get("instead_of")
        before = self._held(before, event, request)
        done = self._chat.ask(
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
        self._chats.keep(who(request), before, after)
        if pane is None:  # no reply: what is open stays
            return conversation, gr.skip(), after
        return conversation, pane, after

    def stop(self, event: gr.EventData, before: Any, request: gr.Request) -> Any:
        before = self._held(before, event, request)
        after = self._chat.stop(str(wish(event).get("run", "")), before)
        self._chats.keep(who(request), before, after)
        if after == before and not wish(event).get("late"):
            return gr.skip()  # the page has put it away itself, and may show the next by now
        return self._chat.shown(after), after

    def leave(self, request: gr.Request) -> None:
        """The page was closed, or another one was opened in its place."""
        self._chat.leave(request.session_hash or "")

    def show(self, event: gr.EventData, before: Any, request: gr.Request) -> Any:
        turn, number = wish(event).get("turn"), wish(event).get("number")
        return self._chat.open(turn, number, self._held(before, event, request))

    def choose(self, event: gr.EventData) -> Any:
        return self._chat.scope(Choice.given(event._data))

    def read(self, event: gr.EventData) -> tuple[Any, ...]:
        return self._chat.open_document(str(wish(event).get("document", ""))), show_tab("source")


def show_tab(name: str) -> gr.Tabs:
    """What an event returns for the tabs beside the conversation, to bring one to the front."""
    return gr.Tabs(selected=name)


def invitation(ready: bool) -> str:
    return "Ask about your documents" if ready else "No documents to ask yet"
