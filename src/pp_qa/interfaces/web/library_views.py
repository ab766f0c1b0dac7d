"""The Documents tab as HTML. Pure: values in, markup out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pp_qa import loading
from pp_qa.adding import ASIDE
from pp_qa.interfaces.web.library import Listing, Look, Row
from pp_qa.interfaces.web.markup import Html, attribute, html, join
from pp_qa.render.printing import count, sentence
from pp_qa.types import Failure

if TYPE_CHECKING:
    from pp_qa.interfaces.web.changes import Changes
    from pp_qa.surveying import Behind


_REMOVED = 50
"""Removed files that are listed."""
_NEW = 20
"""New files that are listed."""
_UNREAD = 8
"""Files that can't be read and are named where there is nothing else."""


def shell(changes: Changes | None) -> Html:
    """What stands there before the list has come, and around it; without `changes` nothing is
    there to be changed."""
    return html(
        '<div class="library">{adding}<ul class="news" role="log" aria-label="What was done"></ul>'
        '<button type="button" class="clear" aria-label="Clear what was done">Clear</button>'
        '<div class="behind" hidden><p role="status"></p>{update}</div>'
        '<div class="find"><input type="search" class="filter" autocomplete="off"'
        ' placeholder="Filter by name or title" aria-label="Filter documents">'
        '<p class="count" role="status"></p></div>'
        '<p class="every"><label><input type="checkbox" checked> <span>Ask all</span></label>'
        "{rebuild}</p>"
        '<ul class="documents" aria-label="Documents"></ul>'
        '<button type="button" class="further" hidden></button>'
        '<details class="aside" hidden></details>{dialog}</div>',
        adding=_adding(changes) if changes else Html(),
        update=_UPDATE if changes and not changes.refusal else Html(),
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
        count=count(len(failures), "file"),
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
        return html('<p class="off">{why}</p>', why=sentence(changes.refusal))
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


def rows(listing: Listing, removable: bool) -> Html:
    """A part of the list, to be added to what is there; with a button that removes each."""
    behind = listing.look.behind
    more = len(listing.new) - _NEW
    new = [_new(name) for name in listing.new[:_NEW]]
    new += [_new(f"and {more:,} more")] if more > 0 else []
    failed = [_failure(f, behind, removable) for f in listing.failures]
    return join([*new, *failed, *(_document(row, removable) for row in listing.rows)])


def behind(look: Look) -> str:
    """By what the index is behind its folder, in a line; "" where it is not."""
    if look.problem:
        return sentence(look.problem)
    files = look.behind
    counts = ((len(files.new), "new"), (len(files.changed), "changed"), (len(files.gone), "gone"))
    found = " · ".join(f"{n:,} {word}" for n, word in counts if n)
    return f"In the folder since the last update: {found}" if found else ""


def counted(listing: Listing) -> str:
    """What the list is of, in words."""
    failed = f" · {count(len(listing.failures), 'file')} not read" if listing.failures else ""
    if listing.found == listing.total:
        return f"{count(listing.total, 'document')}{failed}"
    return f"{listing.found:,} of {count(listing.total, 'document')}{failed}"


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
        count=count(len(names), "removed file"),
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
        total=count(total, "document"),
    )


def _document(row: Row, removable: bool) -> Html:
    info = row.info
    return html(
        '<li class="doc"><input type="checkbox" data-document="{id}" aria-label="Ask {label}">'
        '<div><button type="button" class="read" data-document="{id}" dir="auto">{title}</button>'
        '<p class="facts"><bdi>{id_text}</bdi> · {facts}</p>{late}{notes}</div>{remove}</li>',
        late=_note(_late(row), "note late"),
        remove=_remove(info.doc_id) if removable else Html(),
        id=attribute(info.doc_id),
        label=attribute(info.doc_id),
        title=info.title,
        id_text=info.doc_id,
        facts=" · ".join(_facts(row)),
        notes=join(_note(n) for n in _notes(row)),
    )


def _facts(row: Row) -> list[str]:
    parts = [count(row.pages, "page")] if row.pages else []
    parts.append(count(row.info.passage_count, "passage"))
    return parts + ([_bytes(row.size)] if row.size is not None else [])


def _notes(row: Row) -> list[str]:
    notes = [] if row.info.window_count else ["No text in it"]
    if unread := row.info.details.get("unread"):
        notes.append(f"Read in part: {unread}")
    if row.copy_of:
        notes.append(f"The same content as {row.copy_of}")
    return notes


def _late(row: Row) -> str:
    """What the index has missed of a document."""
    if row.size is None:
        return "No longer in the folder; it is answered from until the next update"
    if row.changed:
        return "Changed since it was indexed; answered from as it was until the next update"
    return ""


def _note(text: str, kind: str = "note") -> Html:
    return html('<p class="{kind}"><bdi>{n}</bdi></p>', kind=kind, n=text) if text else Html()


def _new(name: str) -> Html:
    return html(
        '<li class="doc new"><div><p class="name"><bdi>{name}</bdi></p>'
        '<p class="note"><span class="tag">New, not indexed yet</span></p></div></li>',
        name=name,
    )


def _failure(failure: Failure, behind: Behind, removable: bool) -> Html:
    note = "Changed since; not read again yet" if failure.source in behind.changed else ""
    note = "No longer in the folder" if failure.source in behind.gone else note
    return html(
        '<li class="doc failed"><span class="mark" aria-hidden="true">!</span><div>'
        '<p class="name"><bdi>{source}</bdi></p>'
        '<p class="note">Not read: it {reason}</p>{note}</div>{remove}</li>',
        remove=_remove(failure.source) if removable else Html(),
        source=failure.source,
        reason=failure.reason,
        note=_note(note),
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
    return count(size, "byte")


_UPDATE = html('<button type="button" class="update">Update</button>')
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
