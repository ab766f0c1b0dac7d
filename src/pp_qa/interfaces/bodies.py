"""The body of a request, read whole by who stands before an app, and then by the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive


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
