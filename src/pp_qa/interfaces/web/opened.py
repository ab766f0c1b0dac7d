"""What the source pane asks for of the document that is open: more of its text, its pages as
pictures, and where on them a quote stands.

A document is named by its doc_id and the revision that was opened; of any other, nothing is given.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from pp_qa.errors import CorpusError, FilterError, IndexFault, LoadError
from pp_qa.finding import find
from pp_qa.interfaces.api.gate import Workers, foreign
from pp_qa.interfaces.web import leaves
from pp_qa.interfaces.web.source import has_pages
from pp_qa.loading.isolation import Limits
from pp_qa.loading.pdf_view import PageText
from pp_qa.loading.viewing import Viewer
from pp_qa.types import Span
from pp_qa.verifying import is_current

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pp_qa.assistant import Assistant
    from pp_qa.types import Document

_Seen = TypeVar("_Seen")

LONGEST = 100_000
"""Code points given at once."""
MOST_FINDS = 2_000
"""Places given at once where words stand."""
WIDTHS = (600, 900, 1300, 1900, 2800)
"""Pixels of pictures of pages; `sheets.js` knows them too."""
_SPANS = 100
"""Spans whose places are given at once."""
_UNKEPT = {"cache-control": "no-store"}
_PAIR = re.compile(r"(\d+)-(\d+)")
_STALE = (
    "The file has changed, or is gone, since it was indexed, so its pages aren’t shown."
    " The text is what was indexed."
)
_KEPT = {"cache-control": "private, max-age=600"}
"""A picture's address names the revision that it is of."""

_Place = Annotated[int, Query(ge=0)]
_Spans = Annotated[str, Query(pattern=r"^\d{1,12}-\d{1,12}(,\d{1,12}-\d{1,12})*$")]
_Words = Annotated[str, Query(max_length=200)]
_Page = Annotated[int, Query(ge=1)]


def make_opened(assistant: Assistant | None) -> APIRouter:
    """The routes under /page that give parts of an open document."""
    router = APIRouter(prefix="/page", include_in_schema=False, dependencies=[Depends(_own_page)])
    workers = Workers()
    viewer = Viewer(_limits(assistant))

    def opened(doc_id: str, revision: str) -> Document:
        try:
            document = assistant.store.document(doc_id) if assistant else None
        except FilterError:
            document = None
        except IndexFault as error:
            raise HTTPException(503, str(error)) from error
        if document is None:
            raise HTTPException(404, f"{doc_id} is no longer among the documents.")
        if leaves.revision(document) != revision:
            raise HTTPException(409, f"{doc_id} has changed since; open the quote again.")
        return document

    @router.get("/text")
    async def text(document: str, revision: str, start: _Place, end: _Place) -> Response:
        """The HTML of a stretch of the text."""

        def markup() -> str:
            found = opened(document, revision)
            if not start < end <= min(len(found.text), start + LONGEST):
                raise HTTPException(422, f"{start}-{end} is no stretch that can be given.")
            return leaves.styled(found, Span(start, end))

        return HTMLResponse(await workers.run(markup), headers=_UNKEPT)

    @router.get("/finds")
    async def finds(document: str, revision: str, wanted: _Words) -> Any:
        """Where words stand in the text."""

        def places() -> Any:
            spans = find(opened(document, revision).text, wanted, MOST_FINDS + 1)
            told = [[span.start, span.end] for span in spans[:MOST_FINDS]]
            return {"finds": told, "more": len(spans) > MOST_FINDS}

        return await workers.run(places)

    def paged(doc_id: str, revision: str) -> Document:
        """A PDF whose file is still what was indexed."""
        document = opened(doc_id, revision)
        if not has_pages(document):
            raise HTTPException(404, f"{doc_id} is no PDF: it has no pages to be shown.")
        if not is_current(document):
            raise HTTPException(409, _STALE)
        return document

    def seen(look: Callable[[], _Seen]) -> _Seen:
        try:
            return look()
        except LoadError as error:
            raise HTTPException(409, f"Its pages can’t be shown: the file {error}.") from error
        except CorpusError as error:
            raise HTTPException(503, str(error)) from error

    @router.get("/sheets")
    async def sheets(document: str, revision: str) -> Any:
        """The sizes of a PDF's pages."""

        def sizes() -> Any:
            return {"sizes": viewer.sizes(*_file(paged(document, revision)))}

        return await workers.run(lambda: seen(sizes))

    @router.get("/boxes")
    async def boxes(document: str, revision: str, spans: _Spans) -> Any:
        """Where spans of the text stand on the pages, each a list of boxes."""

        def places() -> Any:
            wanted = [Span(*ends) for ends in _pairs(spans)]
            pdf = paged(document, revision)
            found = viewer.boxes(*_file(pdf), wanted, _pages_of(pdf, wanted))
            return {"boxes": [[asdict(box) for box in span] for span in found]}

        return await workers.run(lambda: seen(places))

    @router.get("/sheet.png")
    async def sheet(document: str, revision: str, page: _Page, width: int) -> Response:
        """The picture of a page."""

        def picture() -> bytes:
            if width not in WIDTHS:
                raise HTTPException(422, f"{width} is none of the widths {WIDTHS}.")
            pdf = paged(document, revision)
            if page > len(pdf.pages):
                raise HTTPException(404, f"{document} has no page {page}.")
            return viewer.picture(*_file(pdf), page, width)

        made = await workers.run(lambda: seen(picture))
        return Response(made, media_type="image/png", headers=_KEPT)

    return router


def _limits(assistant: Assistant | None) -> Limits:
    """Those of reading."""
    if assistant is None:
        return Limits()
    settings = assistant.settings
    return Limits(settings.parse_seconds, memory_mb=settings.parse_memory_mb)


def _file(pdf: Document) -> tuple[Path, str]:
    """Where a document's file is, and the hash of its content."""
    return Path(pdf.source), pdf.content_hash


def _pages_of(pdf: Document, spans: Sequence[Span]) -> list[PageText]:
    """The pages that spans of a document's text are on."""
    return [
        PageText(page.number, page.span.start, page.span.of(pdf.text))
        for page in pdf.pages
        if any(page.span.overlap(span) for span in spans)
    ]


def _pairs(spans: str) -> list[tuple[int, int]]:
    """The ends of each span. Raises HTTPException for too many, or for what is no span."""
    pairs = [(int(a), int(b)) for a, b in _PAIR.findall(spans)]
    if len(pairs) > _SPANS or any(a >= b for a, b in pairs):
        raise HTTPException(422, "These are no spans whose places can be given.")
    return pairs


def _own_page(request: Request) -> None:
    """Turns away what a page of another web site asks for."""
    if foreign(request.headers):
        raise HTTPException(403, "This is for this page only.")
