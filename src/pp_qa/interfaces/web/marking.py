"""`/page/marks`: what one says of quotes and abstentions, kept, and taken back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from pp_qa.feedback import Mark
from pp_qa.interfaces import bodies
from pp_qa.interfaces.api.gate import problem
from pp_qa.interfaces.web.visitors import visitor

if TYPE_CHECKING:
    from pp_qa.feedback import Feedback
    from pp_qa.interfaces.web.exchanges import Exchange
    from pp_qa.interfaces.web.history import History

_MOST_BYTES = 1_000


def make_marking(history: History, feedback: Feedback) -> APIRouter:
    """The routes; one marks what one was answered, and nothing else."""
    router = APIRouter(prefix="/page")

    @router.get("/marks")
    def marks(request: Request) -> Response:
        found = feedback.of(visitor(request.scope).owner)
        return JSONResponse(
            {f"{answer}:{number}": said for (answer, number), said in found.items()}
        )

    @router.post("/marks")
    async def mark(request: Request) -> Response:
        wish = await _wish(request)
        owner = visitor(request.scope).owner
        if wish is None or not owner:
            return _refused("this is no mark", 400)
        return await anyio.to_thread.run_sync(_kept, owner, wish)

    def _kept(owner: str, wish: dict[str, Any]) -> Response:
        found = history.answer(owner, str(wish.get("answer")))
        made = found and _mark(owner, found[1].exchange, wish)
        if not made:
            return _refused("there is no such answer or quote here", 404)
        return (
            Response(status_code=204) if feedback.add(made) else _refused("it can't be kept", 500)
        )

    return router


def _refused(message: str, status: int) -> Response:
    return problem(status, "Refused", message)


async def _wish(request: Request) -> dict[str, Any] | None:
    body = await bodies.read(request.receive, _MOST_BYTES)
    if body is None:
        return None
    try:
        wish = json.loads(body)
    except (ValueError, RecursionError):
        return None
    sound = isinstance(wish, dict) and wish.get("mark") in ("like", "wrong", "")
    return wish if sound and type(wish.get("number")) is int else None


def _mark(owner: str, e: Exchange, wish: dict[str, Any]) -> Mark | None:
    """None where the exchange has no such quote, or is no abstention and has no quote 0."""
    number, reply = wish["number"], e.reply
    cited = next((c.quote for c in e.citations if c.number == number), None)
    if reply is None or (cited is None and (number or reply.answered)):
        return None
    return Mark(
        datetime.now(UTC).isoformat("T", "seconds"),
        owner,
        e.answer_id,
        number,
        wish["mark"],
        reply.search_query,
        reply.answered,
        len(e.citations),
        cited.doc_id if cited else "",
        cited.span.start if cited else 0,
        cited.span.end if cited else 0,
        cited.text if cited else "",
    )
