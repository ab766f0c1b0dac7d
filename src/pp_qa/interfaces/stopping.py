"""A server that ends in order and without a word, though pages are open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from types import FrameType

_PATIENCE = 1.0
"""Seconds that what is being answered may still take."""


class Server(uvicorn.Server):
    """Ctrl-C and SIGTERM end `run`, which returns. An open page keeps a connection for ever: it is
    hung up on, as if the page were closed, for uvicorn would break off what serves it, and print
    that as a fault."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.should_exit = True  # nothing is passed on, nor does a second Ctrl-C hurry

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        ending = asyncio.create_task(super().shutdown(sockets))
        await asyncio.wait([ending], timeout=_PATIENCE)
        for connection in self.server_state.connections.copy():
            connection.transport.abort()
        await ending
