"""What the Documents tab and the question box ask of the server, under /page."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request

from pp_qa.interfaces.api.gate import Workers, foreign
from pp_qa.interfaces.web import library_views as views

if TYPE_CHECKING:
    from pp_qa.interfaces.web.library import Library

SHOWN = 50
"""Documents that are put into the page at once."""
_OFFERED = 8
"""Names offered after an @."""
_LONGEST = 200
"""Characters of what is filtered by."""
_Typed = Annotated[str, Query(max_length=_LONGEST)]


def _ours(request: Request) -> None:
    """Refuses what another web site's page asks."""
    if foreign(request.headers):
        raise HTTPException(403, "pages of other web sites can't use this page")


def make_routes(library: Library) -> APIRouter:
    router = APIRouter(prefix="/page", dependencies=[Depends(_ours)], include_in_schema=False)
    workers = Workers()

    @router.get("/documents")
    async def documents(
        filter: _Typed = "", first: Annotated[int, Query(ge=0)] = 0
    ) -> dict[str, Any]:
        listing = await workers.run(lambda: library.listing(filter, first, SHOWN))
        return {
            "rows": views.rows(listing),
            "count": views.count(listing),
            "further": views.further(listing, SHOWN),
            "next": listing.first + len(listing.rows),
            "total": listing.total,
            "generation": listing.generation,
        }

    @router.get("/documents/ids")
    async def ids(filter: _Typed = "") -> list[str]:
        return await workers.run(lambda: library.ids(filter))

    @router.get("/names")
    async def names(typed: _Typed = "") -> list[dict[str, str]]:
        return [asdict(n) for n in await workers.run(lambda: library.names(typed, _OFFERED))]

    return router
