"""How much a request may send: Django puts a body on disk before anybody has asked who sends it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from eo.io.vectors import MAX_BYTES
from portal.errors import problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LIMIT_BYTES = MAX_BYTES + (1 << 20)
"""The largest vector file, and what a form puts around it; products come in smaller pieces."""


def said_bytes(scope: Scope) -> int:
    """Return what the header `Content-Length` says, 0 where there is none."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said[:20]) if said.isdigit() else 0


def counted(receive: Receive, send: Send) -> Receive:
    """Return a `receive` that refuses a body which goes on beyond the limit without having said so.

    Django reads all of a body before it answers anything, so that nothing else has been sent by then.
    """
    got_bytes = 0

    async def limited() -> Message:
        nonlocal got_bytes
        message = await receive()
        got_bytes += len(message.get("body", b""))
        if got_bytes <= LIMIT_BYTES:
            return message
        await refuse(send)
        return {"type": "http.disconnect"}

    return limited


async def refuse(send: Send) -> None:
    """Answer 413."""
    limit = f"at most {LIMIT_BYTES} bytes are taken"
    answer = problem(413, code="body_too_large", detail=f"The body is too large; {limit}.", hint="Send it in pieces.")
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": answer.content})
