"""The server's end: what is asked gets its answer, who holds a line open is hung up on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from serving import running
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from pp_qa.interfaces.stopping import Server


def test_a_server_ends_in_order_while_a_page_is_open(caplog: pytest.LogCaptureFixture) -> None:
    asked, ended = threading.Event(), threading.Event()

    async def beats() -> AsyncIterator[str]:
        try:
            while True:
                yield "I am here\n"
                await asyncio.sleep(60)
        finally:
            ended.set()

    async def open_page(_: Request) -> StreamingResponse:
        return StreamingResponse(beats())

    async def ask(_: Request) -> PlainTextResponse:
        asked.set()
        await asyncio.sleep(0.5)
        return PlainTextResponse("an answer")

    app = Starlette(routes=[Route("/page", open_page), Route("/ask", ask)])
    server = Server(uvicorn.Config(app, log_config=None))
    answers: list[str] = []
    with running(server) as url, httpx.Client(base_url=url, trust_env=False) as client:
        asking = threading.Thread(target=lambda: answers.append(client.get("/ask").text))
        with client.stream("GET", "/page") as page:
            heard = page.iter_text()
            assert next(heard) == "I am here\n"
            asking.start()
            assert asked.wait(20)
            server.should_exit = True
            assert ended.wait(20)
            with pytest.raises(httpx.TransportError):
                next(heard)
        asking.join()
    assert answers == ["an answer"]
    assert caplog.text == ""
