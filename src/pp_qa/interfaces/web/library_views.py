"""The Documents tab as HTML. Pure: values in, markup out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pp_qa import loading
from pp_qa.adding import ASIDE
from pp_qa.interfaces.web.library import Listing, Row
from pp_qa.interfaces.web.markup import Html, attribute, html, join
from pp_qa.render.updates import update_line
from pp_qa.types import Failure

if TYPE_CHECKING:
    from pp_qa.interfaces.web.changes import Changes
    from pp_qa.interfaces.web.updates import State


_REMOVED = 50
"""Removed files that are listed."""
_UNREAD = 8
"""Files that can't be read and are named where there is nothing else."""


def shell(changes: Changes | None) -> Html:
    """What stands there before the list has come, and around it; without `changes` nothing is
    there to be changed."""
    return html(
        '<div class="library">{adding}<ul class="news" role="log" aria-label="What was done"></ul>'
        '<div class="find"><input type="search" class="filter" autocomplete="off"'
        ' placeholder="Filter by name or title" aria-label="Filter documents">'
        '<p class="count" role="status"></p></div>'
        '<p class="every"><label><input type="checkbox" checked> <span>Ask all</span></label>'
        "{rebuild}</p>"
        '<ul class="documents" aria-label="Documents"></ul>'
        '<button type="button" class="further" hidden></button>'
        '<details class="aside" hidden></details>{dialog}</div>',
        adding=_adding(changes) if changes else Html(),
        rebuild=_REBUILD if changes and not changes.refusal else Html(),
        dialog=_DIALOG if changes and not changes.refusal else Html(),
    )


def first(changes: Changes, failures: Sequence[Failure]) -> Html:
    """What stands in place of the conversation where there is nothing to ask yet."""
    return html(
        '<section class="opening missing"><h2>No documents yet</h2>'
        "<p>Drop files anywhere on this page, or choose some. They are copied into"
        " <bdi>{corpus}</bdi>, read on this machine, and can be asked as soon as that is done."
        " Nothing leaves it.</p>{unread}"
        '<p><button type="button" class="add">Add files</button></p>'
        '<p class="facts">{kinds}</p></section>',
        unread=unread(failures),
        corpus=changes.corpus,
        kinds=_kinds(),
    )


def unread(failures: Sequence[Failure]) -> Html:
    """The files that there are and that can't be read, each with why, where there is nothing else."""
    if not failures:
        return Html()
    more = len(failures) - _UNREAD
    return html(
        '<p class="unread">{count} in the folder can’t be read:</p>'
        '<ul class="unread">{rows}{more}</ul>',
        count=_many(len(failures), "file"),
        rows=join(
            html("<li><bdi>{name}</bdi>: it {why}</li>", name=f.source, why=f.reason)
            for f in failures[:_UNREAD]
        ),
        more=html("<li>and {n} more</li>", n=f"{more:,}") if more > 0 else Html(),
    )


def _kinds() -> str:
    return ", ".join(loading.suffixes())


def _adding(changes: Changes) -> Html:
    """Where files are dropped, and how far the update is."""
    if changes.refusal:
        return html('<p class="off">{why}.</p>', why=_capital(changes.refusal))
    return html(
        '<div class="drop"><button type="button" class="add">Add files</button>'
        "<p>or drop them here. They are copied into <bdi>{corpus}</bdi>: {kinds}; each up to"
        " {most}.</p>"
        '<input type="file" multiple hidden accept="{kinds}" aria-label="Files to add"></div>'
        '<div class="updating" hidden><p class="line" role="status"></p>'
        '<progress max="1" aria-label="Update of the index"></progress>'
        '<button type="button" class="stop">Stop</button></div>',
        corpus=changes.corpus,
        kinds=_kinds(),
        most=_bytes(changes.most),
    )


def progress(state: State) -> str:
    """What an update that runs is doing."""
    if state.waiting:
        return f"Waiting: {state.waiting}"
    at = state.at
    if at is None or not at.total:
        return "Looking at the files"
    if at.stage == "writing":
        return "Writing the index"
    if at.stage == "reading" and at.done == at.total:
        return "Reading what is new"
    if at.stage == "reading":
        return f"Looking at the files: {at.done:,} of {at.total:,}"
    parts = [f"Reading and embedding: {at.done:,} of {_many(at.total, 'file')}"]
    parts += [f"{_many(at.windows, 'window')} done"] if at.windows else []
    if at.seconds_left is not None and at.seconds_left >= 1:
        parts.append(f"about {_duration(at.seconds_left)} left")
    return " · ".join(parts)


def share(state: State) -> float | None:
    """How much of an update is done, where that can be told."""
    at = state.at
    if state.waiting or at is None or not at.total:
        return None
    if at.seconds_left is not None and at.per_second:
        elapsed = at.windows / at.per_second
        return elapsed / (elapsed + at.seconds_left) if elapsed else 0.0
    return at.done / at.total if at.stage == "reading" and at.done < at.total else None


def ended(state: State) -> str:
    """What came of an update, in a line."""
    match state.outcome:
        case "failed":
            return f"The index was not updated: {state.problem}. The old one still answers."
        case "stopped":
            return (
                "Stopped: the old index still answers. The files stay in the folder; the next"
                " update reads them."
            )
        case "done" if state.report:
            return _capital(update_line(state.report)) + "."
    return ""


def rows(listing: Listing, removable: bool) -> Html:
    """A part of the list, to be added to what is there; with a button that removes each."""
    failed = [_failure(f, removable) for f in listing.failures]
    return join([*failed, *(_document(row, removable) for row in listing.rows)])


def count(listing: Listing) -> str:
    """What the list is of, in words."""
    failed = f" · {_many(len(listing.failures), 'file')} not read" if listing.failures else ""
    if listing.found == listing.total:
        return f"{_many(listing.total, 'document')}{failed}"
    return f"{listing.found:,} of {_many(listing.total, 'document')}{failed}"


def further(listing: Listing, step: int) -> str:
    """What the button under the list says; "" where all is shown."""
    return f"Show {min(step, listing.more):,} more of {listing.more:,}" if listing.more else ""


def removed(names: Sequence[str]) -> Html:
    """What the folded list of removed files holds; nothing where there are none."""
    if not names:
        return Html()
    more = len(names) - _REMOVED
    return html(
        "<summary>{count}</summary><ul>{rows}</ul>{more}",
        count=_many(len(names), "removed file"),
        rows=join(
            html(
                '<li><bdi>{name}</bdi><button type="button" class="restore" data-aside="{id}"'
                ' aria-label="Bring back {id}">Bring it back</button></li>',
                name=n,
                id=attribute(n),
            )
            for n in names[:_REMOVED]
        ),
        more=html(
            '<p class="note">and {n} more in the folder {aside}</p>', n=f"{more:,}", aside=ASIDE
        )
        if more > 0
        else Html(),
    )


def scope(chosen: int, total: int) -> Html:
    """The line over the question box that says that not all documents are asked."""
    return html(
        '<p class="scope" role="status"><span>Asking {chosen} of {total}</span>'
        '<button type="button" class="all" aria-label="Ask all documents">×</button></p>',
        chosen=f"{chosen:,}" if chosen else "none",
        total=_many(total, "document"),
    )


def _document(row: Row, removable: bool) -> Html:
    info = row.info
    return html(
        '<li class="doc"><input type="checkbox" data-document="{id}" aria-label="Ask {label}">'
        '<div><button type="button" class="read" data-document="{id}" dir="auto">{title}</button>'
        '<p class="facts"><bdi>{id_text}</bdi> · {facts}</p>{notes}</div>{remove}</li>',
        remove=_remove(info.doc_id) if removable else Html(),
        id=attribute(info.doc_id),
        label=attribute(info.doc_id),
        title=info.title,
        id_text=info.doc_id,
        facts=" · ".join(_facts(row)),
        notes=join(html('<p class="note"><bdi>{n}</bdi></p>', n=n) for n in _notes(row)),
    )


def _facts(row: Row) -> list[str]:
    parts = [_many(row.pages, "page")] if row.pages else []
    parts.append(_many(row.info.passage_count, "passage"))
    return parts + ([_bytes(row.size)] if row.size is not None else [])


def _notes(row: Row) -> list[str]:
    notes = [] if row.info.window_count else ["No text in it"]
    if unread := row.info.details.get("unread"):
        notes.append(f"Read in part: {unread}")
    if row.copy_of:
        notes.append(f"The same content as {row.copy_of}")
    if row.size is None:
        notes.append("Its file is gone; it is answered from until the next update")
    return notes


def _failure(failure: Failure, removable: bool) -> Html:
    return html(
        '<li class="doc failed"><span class="mark" aria-hidden="true">!</span><div>'
        '<p class="name"><bdi>{source}</bdi></p>'
        '<p class="note">Not read: it {reason}</p></div>{remove}</li>',
        remove=_remove(failure.source) if removable else Html(),
        source=failure.source,
        reason=failure.reason,
    )


def _remove(doc_id: str) -> Html:
    return html(
        '<button type="button" class="remove" data-document="{id}" aria-label="Remove {id}">'
        "×</button>",
        id=attribute(doc_id),
    )


def _bytes(size: int) -> str:
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= one:
            return f"{size / one:.{1 if size < 10 * one else 0}f} {unit}"
    return _many(size, "byte")


def _many(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes:,} min {seconds:02d} s" if minutes else f"{seconds} s"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_REBUILD = html(
    '<button type="button" class="rebuild" title="Read every file again, beside the old index">'
    "Rebuild the index</button>"
)
_DIALOG = html(
    '<dialog class="removal" aria-labelledby="removal"><h2 id="removal">Remove <bdi class="what"></bdi>?</h2>'
    "<p>It is no longer asked. Its file is not destroyed: it is moved to the folder"
    " <code>{aside}</code> among your documents, and can be brought back.</p>"
    '<div><button type="button" class="yes">Remove</button>'
    '<button type="button" class="no">Keep it</button></div></dialog>',
    aside=ASIDE,
)
