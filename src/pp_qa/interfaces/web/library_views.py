"""The Documents tab as HTML. Pure: values in, markup out."""

from __future__ import annotations

from pp_qa.interfaces.web.library import Listing, Row
from pp_qa.interfaces.web.markup import Html, attribute, html, join
from pp_qa.types import Failure


def shell() -> Html:
    """What stands there before the list has come, and around it."""
    return html(
        '<div class="library"><div class="find"><input type="search" class="filter" autocomplete="off"'
        ' placeholder="Filter by name or title" aria-label="Filter documents">'
        '<p class="count" role="status"></p></div>'
        '<p class="every"><label><input type="checkbox" checked> <span>Ask all</span></label></p>'
        '<ul class="documents" aria-label="Documents"></ul>'
        '<button type="button" class="further" hidden></button></div>'
    )


def rows(listing: Listing) -> Html:
    """A part of the list, to be added to what is there."""
    return join(
        [*(_failure(f) for f in listing.failures), *(_document(row) for row in listing.rows)]
    )


def count(listing: Listing) -> str:
    """What the list is of, in words."""
    failed = f" · {_many(len(listing.failures), 'file')} not read" if listing.failures else ""
    if listing.found == listing.total:
        return f"{_many(listing.total, 'document')}{failed}"
    return f"{listing.found:,} of {_many(listing.total, 'document')}{failed}"


def further(listing: Listing, step: int) -> str:
    """What the button under the list says; "" where all is shown."""
    return f"Show {min(step, listing.more):,} more of {listing.more:,}" if listing.more else ""


def scope(chosen: int, total: int) -> Html:
    """The line over the question box that says that not all documents are asked."""
    return html(
        '<p class="scope" role="status"><span>Asking {chosen} of {total}</span>'
        '<button type="button" class="all" aria-label="Ask all documents">×</button></p>',
        chosen=f"{chosen:,}" if chosen else "none",
        total=_many(total, "document"),
    )


def _document(row: Row) -> Html:
    info = row.info
    return html(
        '<li class="doc"><input type="checkbox" data-document="{id}" aria-label="Ask {label}">'
        '<div><button type="button" class="read" data-document="{id}" dir="auto">{title}</button>'
        '<p class="facts"><bdi>{id_text}</bdi> · {facts}</p>{notes}</div></li>',
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


def _failure(failure: Failure) -> Html:
    return html(
        '<li class="doc failed"><span class="mark" aria-hidden="true">!</span><div>'
        '<p class="name"><bdi>{source}</bdi></p>'
        '<p class="note">Not read: it {reason}</p></div></li>',
        source=failure.source,
        reason=failure.reason,
    )


def _bytes(size: int) -> str:
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= one:
            return f"{size / one:.{1 if size < 10 * one else 0}f} {unit}"
    return _many(size, "byte")


def _many(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
