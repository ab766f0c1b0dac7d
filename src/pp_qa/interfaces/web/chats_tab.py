"""The tab of one's chats: a search, the list, and what a click in it does."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import gradio as gr

from pp_qa.interfaces.web.markup import Html
from pp_qa.interfaces.web.visitors import Visitor, visitor

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pp_qa.interfaces.web.chats import Chats
    from pp_qa.interfaces.web.exchanges import Exchange

# A field of our own: what is typed into one of Gradio's while an event that takes it is answered may be
# put back to what it was.
_SEARCH = (
    '<label for="chats-words">Search your chats</label>'
    '<input type="search" id="chats-words" autocomplete="off" spellcheck="false">'
)
_TYPED = 'element.addEventListener("input", () => trigger("input"));'
_WORDS = '() => document.querySelector("#chats-words").value'
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def who(request: gr.Request) -> Visitor:
    """Whose event it is."""
    return visitor(request.request.scope if request.request else {})


def wish(event: gr.EventData) -> Any:
    """What the page's script sent with an event, by name; nothing where it is none of its own."""
    return event._data if isinstance(event._data, dict) else {}


def chats_tab(
    chats: Chats,
    tab: gr.Tab,
    talk: gr.HTML,
    exchanges: gr.State,
    resume: Callable[[tuple[Exchange, ...]], tuple[Any, ...]],
    resumed: list[Any],
) -> Dependency:
    """Fills the tab, and gives what a click in it starts. `exchanges` are what the page shows;
    `resume` makes what is shown in `resumed` of a conversation that is opened; the list is made anew
    when the tab is shown, when `talk` has changed, and when a click has done its work."""
    search = gr.HTML(_SEARCH, apply_default_css=False, elem_id="chats-search", js_on_load=_TYPED)
    script = (files(__package__) / "chats.js").read_text(encoding="utf-8")
    rows = gr.HTML(apply_default_css=False, elem_id="chats", js_on_load=script)

    def listing(words: str, request: gr.Request) -> Html:
        return chats.listing(who(request), str(words or ""))

    def act(event: gr.EventData, before: Any, request: gr.Request) -> tuple[Any, ...]:
        here = who(request)
        deed, chosen = wish(event).get("deed"), str(wish(event).get("id", ""))
        opened = chats.held(here, before)
        if deed == "open":
            return resume(chats.open(here, chosen))
        if deed == "rename":
            chats.history.rename(here.owner, chosen, str(wish(event).get("title", "")))
        elif deed == "delete":
            chats.history.delete(here.owner, chosen)
        elif deed == "delete-all":
            chats.history.delete_all(here.owner)
        if opened and not chats.history.title(here.owner, opened):  # it is gone from the page too
            return resume(())
        return tuple(gr.skip() for _ in resumed)

    # One event makes the list, whatever happened: of several, each is answered before the next is
    # asked, and the last has the words that stand in the search then. `edit` is told by chats.js.
    happened = [tab.select, search.input, talk.change, rows.edit]
    gr.on(happened, listing, search, rows, trigger_mode="always_last", js=_WORDS, **_QUIET)
    return rows.click(act, exchanges, resumed, **_QUIET)
