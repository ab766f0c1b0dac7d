"""Conversations and answers as files, to their owner only: `/page/chats/ID.md` and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pp_qa.interfaces.web.exporting import KINDS, exported
from pp_qa.interfaces.web.visitors import visitor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pp_qa.interfaces.web.chats import Chats
    from pp_qa.interfaces.web.history import Kept

_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 60


def make_downloads(chats: Chats) -> APIRouter:
    """The routes. To others there is no such file."""
    router = APIRouter(prefix="/page")

    @router.get("/chats/{name}")
    def chat(name: str, request: Request) -> Response:
        chosen, _, ending = name.rpartition(".")
        return _file(*chats.saved(visitor(request.scope), chosen), ending)

    @router.get("/answers/{name}")
    def answer(name: str, request: Request) -> Response:
        chosen, _, ending = name.rpartition(".")
        return _file(*chats.saved_answer(visitor(request.scope), chosen), ending)

    return router


def _file(title: str, kept: Sequence[Kept], ending: str) -> Response:
    if not kept or ending not in KINDS:
        return PlainTextResponse("There is no such chat here, or it isn't yours.", 404)
    name = file_name(title, ending)
    headers = {
        "Content-Disposition": f'attachment; filename="{name.encode("ascii", "ignore").decode()}";'
        f" filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
    }
    content = exported(ending, title, kept).encode("utf-8", "replace")
    return Response(content, headers=headers, media_type=KINDS[ending])


def file_name(title: str, ending: str) -> str:
    """A name that any system takes and that means nothing to it."""
    name = _UNSAFE.sub("-", title)[:_LONGEST_NAME].strip("-._")
    return f"pp_qa-{name}.{ending}" if name else f"pp_qa.{ending}"
