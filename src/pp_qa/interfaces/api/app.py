"""The endpoints of the API."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from pp_qa import __version__
from pp_qa.interfaces.api import shapes
from pp_qa.interfaces.api.gate import Answered, Gate, Workers, json_only, tell_errors
from pp_qa.interfaces.api.pages import documentation
from pp_qa.render.json import hit_json, reply_json, status_json
from pp_qa.render.verdicts import verification_json
from pp_qa.types import Turn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from pp_qa.assistant import Assistant

_DESCRIPTION = (
    "Ask a folder of documents. Quotes are the documents' own text, verified word for word;"
    " positions are half-open ranges of code points into a document's text. An error is"
    ' `{"error": …, "message": …}` with a status of 4xx or 5xx.'
)
Documents = Annotated[
    list[str] | str | None,
    Field(description='Only these documents; names, folders or patterns such as "reports/*.txt".'),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TurnRequest(_Request):
    role: Literal["user", "assistant"]
    text: str
    about: Annotated[
        str,
        Field(
            description="Of a question, the `search_query` of its reply; of a reply, the heading of"
            " its first quote. May be left out."
        ),
    ] = ""


class AskRequest(_Request):
    question: Annotated[str, Field(description="What you want to know.")]
    history: Annotated[
        list[TurnRequest], Field(description="The conversation so far, oldest turn first.")
    ] = []
    documents: Documents = None
    min_confidence: Annotated[
        float | None, Field(strict=True, ge=0, le=1, description="Abstain below this confidence.")
    ] = None


class SearchRequest(_Request):
    question: Annotated[str, Field(description="What to look for.")]
    k: Annotated[int, Field(strict=True, ge=1, le=1000, description="How many passages.")] = 5
    documents: Documents = None


class VerifyRequest(_Request):
    text: Annotated[str, Field(description="A quotation, or a text that quotes.")]
    source: Annotated[
        list[str] | str | None, Field(description="The document that it is said to be from.")
    ] = None


def make_api(assistant: Assistant | None) -> ASGIApp:
    """The API, to be mounted at /api."""
    api = FastAPI(
        title="pp_qa",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses={
            "default": {"model": shapes.ErrorShape, "description": "What went wrong, in one line."}
        },
    )
    api.include_router(_router(assistant, Workers()))
    tell_errors(api)
    page = documentation(api.openapi())

    async def docs() -> Response:
        return HTMLResponse(page)

    api.add_api_route("/docs", docs, include_in_schema=False)
    return Gate(Answered(api))


def _router(assistant: Assistant | None, workers: Workers) -> APIRouter:
    router = APIRouter()
    post = partial(router.post, dependencies=[Depends(json_only)])

    def opened() -> Assistant:
        if assistant is None:
            raise HTTPException(503, "there are no documents to ask yet; run: pp-qa index")
        return assistant

    @post("/ask", response_model=shapes.ReplyShape, summary="Quotes that answer, or a no")
    async def ask(asked: AskRequest, request: Request) -> Any:
        """Quotes the sentences that answer a question, or abstains and cites the nearest text,
        which is no answer (`answered` is false; the status is 200 all the same)."""
        history = [Turn(t.role, t.text, t.about) for t in asked.history]
        qa = opened()
        reply = await workers.run_for(
            request,
            lambda check: qa.pinned(check).ask(
                asked.question, history, asked.documents, asked.min_confidence
            ),
        )
        return reply_json(reply)

    @post("/search", response_model=list[shapes.HitShape], summary="The nearest passages")
    async def search(asked: SearchRequest, request: Request) -> Any:
        """The passages nearest to a question, best first, with their scores."""
        qa = opened()
        hits = await workers.run_for(
            request,
            lambda check: qa.pinned(check).retrieve(asked.question, asked.k, asked.documents),
        )
        return [hit_json(h) for h in hits]

    @post("/verify", response_model=shapes.VerificationShape, summary="Do the documents say it?")
    async def verify(asked: VerifyRequest, request: Request) -> Any:
        """Looks up every quotation of a text, word for word: exact, exact but for typography,
        altered (with the differences), misattributed, or not found."""
        qa = opened()
        found = await workers.run_for(
            request, lambda check: qa.pinned(check).verify(asked.text, asked.source)
        )
        return verification_json(found)

    @router.get("/documents", response_model=shapes.DocumentsShape, summary="What can be asked")
    async def documents() -> Any:
        """The documents of the index, and the files that could not be read."""
        qa = opened()
        store = await workers.run(lambda: qa.store)
        value = status_json(store.manifest, await workers.run(store.documents))
        return {k: v for k, v in value.items() if k not in ("corpus", "fingerprints")}

    return router


def make_health(assistant: Assistant | None) -> APIRouter:
    """`/healthz`: is there an index that answers?"""
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"], include_in_schema=False)
    def healthz() -> JSONResponse:
        generation = assistant.manifest.generation if assistant else 0
        if not generation:
            return JSONResponse({"status": "no index", "generation": None}, 503)
        return JSONResponse({"status": "ok", "generation": generation})

    return router
