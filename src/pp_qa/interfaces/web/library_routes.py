"""What the Documents tab and the question box ask of the server, under /page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from pp_qa.adding import ASIDE
from pp_qa.errors import FilterError, LoadError, PpQaError, UsageError
from pp_qa.interfaces.api.gate import Workers, foreign
from pp_qa.interfaces.web import library_views as views
from pp_qa.interfaces.web.updates import progress, share

if TYPE_CHECKING:
    from pp_qa.adding import Incoming
    from pp_qa.interfaces.web.changes import Changes
    from pp_qa.interfaces.web.library import Library

SHOWN = 50
"""Documents that are put into the page at once."""
_OFFERED = 8
"""Names offered after an @."""
_LONGEST = 200
"""Characters of what is filtered by."""
_LONGEST_NAME = 1_000
"""Characters of the name of a file that comes."""
_MOST_FILES = 5_000
"""Files of one upload."""
_Typed = Annotated[str, Query(max_length=_LONGEST)]
_Name = Annotated[str, Query(max_length=_LONGEST_NAME)]
_Embedded = Annotated[str, Body(embed=True, max_length=_LONGEST_NAME)]
_Value = TypeVar("_Value")


def _ours(request: Request) -> None:
    """Refuses what another web site's page asks."""
    if foreign(request.headers):
        raise HTTPException(403, "pages of other web sites can't use this page")


class _File(BaseModel):
    name: Annotated[str, Field(max_length=_LONGEST_NAME)]
    size: Annotated[int, Field(ge=0)]


_Files = Annotated[list[_File], Body(max_length=_MOST_FILES)]


def make_routes(library: Library, changes: Changes) -> APIRouter:
    router = APIRouter(prefix="/page", dependencies=[Depends(_ours)], include_in_schema=False)
    workers = Workers()
    _add_reading(router, library, changes, workers)
    _add_changing(router, changes, workers)
    return router


def _add_reading(router: APIRouter, library: Library, changes: Changes, workers: Workers) -> None:

    @router.get("/documents")
    async def documents(
        filter: _Typed = "", first: Annotated[int, Query(ge=0)] = 0
    ) -> dict[str, Any]:
        listing = await workers.run(lambda: library.listing(filter, first, SHOWN))
        return {
            "rows": views.rows(listing, removable=not changes.refusal),
            "count": views.counted(listing),
            "further": views.further(listing, SHOWN),
            "next": listing.first + len(listing.rows),
            "total": listing.total,
            "generation": listing.generation,
            "looked": listing.look.key,
            "behind": views.behind(listing.look),
            "removed": views.removed(await workers.run(changes.removed)),
        }

    @router.get("/look")
    async def look() -> str:
        """What the index is behind in is looked for: the list has it from now on."""
        return (await workers.run(library.look)).key

    @router.get("/documents/ids")
    async def ids(filter: _Typed = "") -> list[str]:
        return await workers.run(lambda: library.ids(filter))

    @router.get("/names")
    async def names(typed: _Typed = "") -> list[dict[str, str]]:
        return [asdict(n) for n in await workers.run(lambda: library.names(typed, _OFFERED))]

    @router.get("/update")
    def update(after: Annotated[int, Query(ge=-1)] = -1) -> dict[str, Any]:
        """How far the update is, and what came of the one after a number, or of the last one."""
        state, end = changes.updates.state, changes.updates.end(after)
        return {
            "running": state.running,
            "line": progress(state),
            "share": share(state),
            "number": state.number,
            "ended": end.line,
            "unread": end.unread,
            "outcome": end.outcome,
        }


def _add_changing(router: APIRouter, changes: Changes, workers: Workers) -> None:
    async def told(work: Callable[[], _Value]) -> _Value:
        try:
            return await workers.run(work)
        except PpQaError as error:
            raise HTTPException(_status(error), str(error)) from error

    @router.post("/check")
    async def check(files: _Files) -> list[str | None]:
        return await told(lambda: changes.refusals([(f.name, f.size) for f in files]))

    @router.post("/upload")
    async def upload(request: Request, name: _Name, upload: _Typed = "") -> dict[str, Any]:
        """Takes a file as it comes: what is cut off, or too large, leaves nothing behind."""
        upload = upload or token_hex(8)  # a file that names none comes alone
        if request.headers.get("content-type", "") != "application/octet-stream":
            raise HTTPException(415, "send the file as application/octet-stream")
        file = await told(lambda: changes.incoming(name))
        with file:
            try:
                async for piece in request.stream():
                    await told(partial(_take, changes, file, upload, piece))
            except ClientDisconnect:
                raise HTTPException(400, "the file was cut off") from None
            stored = await told(lambda: changes.store(file))
        return asdict(stored)

    @router.post("/fates")
    async def fates(names: Annotated[list[str], Body(max_length=_MOST_FILES)]) -> list[Any]:
        return [asdict(f) for f in await told(lambda: changes.fates(names))]

    @router.post("/remove")
    async def remove(document: _Embedded) -> dict[str, Any]:
        aside, after = await told(lambda: changes.remove(document))
        return {"aside": aside, "place": str(changes.corpus / ASIDE / aside), "after": after}

    @router.post("/restore")
    async def restore(aside: _Embedded) -> dict[str, Any]:
        document, after = await told(lambda: changes.restore(aside))
        return {"document": document, "after": after}

    @router.post("/update")
    async def update(rebuild: Annotated[bool, Body(embed=True)]) -> dict[str, int]:
        """`after` is the number of the update before the one asked for."""
        return {"after": await told(lambda: changes.update(rebuild=rebuild))}

    @router.post("/stop")
    async def stop() -> None:
        await told(changes.check)
        changes.updates.stop()


def _take(changes: Changes, file: Incoming, upload: str, piece: bytes) -> None:
    changes.count(upload, len(piece))
    file.write(piece)


def _status(error: PpQaError) -> int:
    if isinstance(error, FilterError):
        return 404
    if isinstance(error, LoadError):
        return 422
    return 403 if isinstance(error, UsageError) else 409
