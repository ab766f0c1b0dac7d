"""The list of conversations as HTML. Pure: values in, markup out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pp_qa.interfaces.web.markup import Html, attribute, html, join
from pp_qa.render.printing import count

if TYPE_CHECKING:
    from pp_qa.interfaces.web.history import Conversation

FORMATS = (("md", "Markdown"), ("html", "Web page"), ("json", "JSON"))
NO_ANSWER = html(
    '<p class="notice" role="status">There is no such answer here, or it isn’t yours: a link to an'
    " answer works for who asked.</p>"
)


def one_answer(title: str, conversation_id: str) -> Html:
    """What is said above an answer that a link led to."""
    return html(
        '<p class="notice" role="status">This is one answer of the chat “<bdi>{title}</bdi>”,'
        ' its quotes verified now. <a href="/?chat={id}">Show the whole chat</a></p>',
        title=title,
        id=conversation_id,
    )


def listing(conversations: Sequence[Conversation], search: str, current: str, problem: str) -> Html:
    """Every conversation with what can be done with it."""
    return html(
        '<div class="chats">{problem}{body}</div>',
        problem=html('<p class="problem">{text}</p>', text=problem) if problem else Html(),
        body=_rows(conversations, current) if conversations else _none(search),
    )


def saving(address: str, of: str) -> Html:
    """Links under which something can be saved in each format."""
    return join(
        (
            html(
                '<a class="save" href="{address}.{ending}" download aria-label="{label}">{name}</a>',
                address=address,
                ending=ending,
                name=name,
                label=attribute(f"Save {of} as {name}"),
            )
            for ending, name in FORMATS
        ),
        ", ",
    )


def _none(search: str) -> Html:
    if search:
        return html('<p class="none">No chat has all the words of “<bdi>{s}</bdi>”.</p>', s=search)
    return html(
        '<p class="none">Your chats will be listed here. They are kept on the machine that runs'
        " pp_qa, for you alone.</p>"
    )


def _rows(conversations: Sequence[Conversation], current: str) -> Html:
    everything = html(
        '<div class="every"><button type="button" class="ask-delete">Delete all chats…</button>'
        '<span class="sure" hidden>Delete all chats for good?'
        ' <button type="button" class="delete-all">Delete all</button>'
        ' <button type="button" class="keep">Keep</button></span></div>'
    )
    return html(
        '<ul aria-label="Your chats">{rows}</ul>{everything}',
        rows=join(_row(c, c.conversation_id == current) for c in conversations),
        everything=everything,
    )


def _row(c: Conversation, is_open: bool) -> Html:
    return html(
        '<li class="chat" data-id="{id}" data-title="{named}">'
        '<button type="button" class="open" dir="auto"{current}>{title}</button>'
        '<p class="when"><time datetime="{time}">{shown}</time> · {n}</p>'
        '<p class="deeds"><button type="button" class="rename" aria-label="Rename: {named}">Rename'
        '</button><span>Save as {saving}</span><button type="button"'
        ' class="ask-delete" aria-label="Delete: {named}">'
        'Delete…</button></p><p class="sure" hidden>Delete this chat for good?'
        ' <button type="button" class="delete">Delete</button>'
        ' <button type="button" class="keep">Keep</button></p></li>',
        id=c.conversation_id,
        named=attribute(c.title),
        current=Html(' aria-current="true"' if is_open else ""),
        title=c.title,
        time=c.changed,
        shown=c.changed.replace("T", " ").replace("Z", " UTC"),
        n=count(c.questions, "question"),
        saving=saving(f"/page/chats/{c.conversation_id}", f"“{c.title}”"),
    )
