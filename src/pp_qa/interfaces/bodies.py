"""The body of a request, read whole by who stands before an app, and then by the app; and given up
where it stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from starlette.types import Message, Receive

PATIENCE = 30.0
"""Seconds without a byte after which a body is given up."""


class Timely:
    """What gives a body, as long as it comes; else the client is said to have gone."""

    def __init__(self, receive: Receive) -> None:
        self.stalled = False
        self._receive = receive
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:  # what comes then is that the client goes, whenever that be
            return await self._receive()
        with anyio.move_on_after(PATIENCE):
            message = await self._receive()
            self._whole = not message.get("more_body", False)
            return message
        self.stalled = True
        return {"type": "http.disconnect"}


async def read(receive: Receive, most: int) -> bytes | None:
    """A body; None where it has more than `most` bytes, or where the client goes before its end
    and hears no refusal."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return body


def again(body: bytes, receive: Receive) -> Receive:
    """What gives a body that was read already, once."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return pending.pop() if pending else await receive()

    return received
