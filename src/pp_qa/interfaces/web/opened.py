"""What the source pane asks for of the document that is open: more of its text.

A document is named by its doc_id and the revision that was opened; of any other, nothing is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from pp_qa.errors import FilterError, IndexFault
from pp_qa.interfaces.api.gate import Workers, foreign
from pp_qa.interfaces.web import leaves
from pp_qa.types import Span

if TYPE_CHECKING:
    from pp_qa.assistant import Assistant
    from pp_qa.types import Document

LONGEST = 100_000
"""Code points given at once."""
_UNKEPT = {"cache-control": "no-store"}

Place = Annotated[int, Query(ge=0)]


def make_opened(assistant: Assistant | None) -> APIRouter:
    """The routes under /page that give parts of an open document."""
    router = APIRouter(prefix="/page", include_in_schema=False, dependencies=[Depends(_own_page)])
    workers = Workers()

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
    async def text(document: str, revision: str, start: Place, end: Place) -> Response:
        """The HTML of a stretch of the text."""

        def markup() -> str:
            found = opened(document, revision)
            if not start < end <= min(len(found.text), start + LONGEST):
                raise HTTPException(422, f"{start}-{end} is no stretch that can be given.")
            return leaves.styled(found, Span(start, end))

        return HTMLResponse(await workers.run(markup), headers=_UNKEPT)

    return router


def _own_page(request: Request) -> None:
    """Turns away what a page of another web site asks for."""
    if foreign(request.headers):
        raise HTTPException(403, "This is for this page only.")
