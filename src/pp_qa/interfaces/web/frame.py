"""What stands around the conversation, or in its place, as HTML. Pure: values in, markup out."""

from __future__ import annotations

from collections.abc import Sequence

from pp_qa.interfaces.web.markup import Html, data, html, join
from pp_qa.interfaces.web.quoting import unread
from pp_qa.render.printing import count
from pp_qa.types import IndexManifest


def heading(manifest: IndexManifest | None, name: str = "") -> Html:
    """The line on top: what this is, what can be asked and, where users log in, who asks."""
    user = html(
        '<p class="who"><bdi>{name}</bdi><button type="button" class="log-out">Log out</button></p>',
        name=name,
    )
    here = html('<span class="more"> · answered on this machine</span>')
    size = Html(count(manifest.documents, "document") + here) if manifest else "no documents"
    return html(
        '<div class="name"><h1>pp_qa</h1><p>{size}</p>{user}</div>',
        size=size,
        user=user if name else Html(),
    )


def bar() -> Html:
    """What a narrow window shows one of at a time, to be chosen from: the conversation and the tabs
    beside it. `panes.js` does it."""
    return html(
        '<div class="panes" role="tablist" aria-label="What is shown">{tabs}</div>',
        tabs=join(
            html(
                '<button type="button" role="tab" data-pane="{name}" aria-controls="{controls}"'
                ' aria-selected="{chosen}" aria-label="{label}">{text}</button>',
                name=name,
                controls="talk" if name == "talk" else f"tab-{name}",
                chosen="true" if name == "talk" else "false",
                label=label,
                text=text,
            )
            for name, label, text in _BAR
        ),
    )


def banner(text: str) -> Html:
    return html('<p class="notice" role="status">{text}</p>', text=text) if text else Html()


def opening(manifest: IndexManifest, examples: Sequence[str]) -> Html:
    """What stands where the conversation will: what this page does, and what to try."""
    chips = join(
        html(
            '<li><button type="button" class="example" dir="auto" data-question="{q}">{text}</button>'
            "</li>",
            q=data(q),
            text=q,
        )
        for q in examples
    )
    return html(
        '<section class="opening"><h2>Ask your documents</h2>'
        "<p>Answers are quoted word for word from {documents}, each with its place."
        " Where there is no answer in them, the page says so.</p>{unread}{chips}{keys}</section>",
        documents=count(manifest.documents, "document"),
        unread=unread(tuple(f.source for f in manifest.failures)),
        chips=html('<p class="label" id="try">Try one of these</p>'
                   '<ul class="examples" aria-labelledby="try">{chips}</ul>', chips=chips)
        if chips else Html(),
        keys=_KEYS,
    )  # fmt: skip


def missing(problem: str, served: bool = False, unread: Html | None = None) -> Html:
    """What stands there when there is nothing to ask; where an index is `served` there may be
    something later. `unread` names what can't be read."""
    return html(
        '<section class="opening missing"><h2>No documents yet</h2><p>{problem}</p>{unread}'
        "<ol><li>Put documents into that folder.</li>"
        "<li>{then}</li></ol></section>",
        problem=problem or "There is nothing that could be searched.",
        unread=unread or Html(),
        then="Load this page again. (A chat that was started without --watch reads them when it is"
        " started again.)"
        if served
        else "Start the chat again: it reads them by itself.",
    )


_BAR = (
    ("talk", "Conversation", "Conversation"),
    ("source", "Source", "Source"),
    ("library", "Documents", "Documents"),
    ("check", "Check a quote", "Check"),
    ("chats", "Chats", "Chats"),
)
_KEYS = html(
    '<p class="keys"><kbd>/</kbd> to the question, <kbd>Esc</kbd> to the quotes and'
    " <kbd>j</kbd> <kbd>k</kbd> through them, <kbd>Esc</kbd> to stop a question</p>"
)
