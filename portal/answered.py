"""Answers without Django, and given again for a moment: for tiles, of which a map asks for many at once.

Who asks was let in by Django for the same kind of address within the last seconds, by the same session or token;
what is answered was made within the last seconds. Logging out, revoking a token and an import of new data take effect
as late as that.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.gate import KEPT_S, Callers, caller_of

LIMIT_BYTES = 64 << 20
Header = tuple[bytes, bytes]
Answer = tuple[float, list[Header], bytes]
Make = Callable[[str, str], tuple[dict[str, str], bytes] | None]


class Answered:
    """Stands before an application: answers those whom it let in a moment ago.

    Args:
        make: returns headers and body for a path and its query, in a thread; None for what the application shall
            answer, as everything that is wrong.
    """

    def __init__(self, app: ASGIApp, make: Make, kept_s: float = KEPT_S, limit_bytes: int = LIMIT_BYTES) -> None:
        self._app = app
        self._make = make
        self._kept_s = kept_s
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._callers = Callers(kept_s)
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or ask the application and remember what it says."""
        headers = Headers(scope=scope)
        caller = caller_of(scope)
        question = scope["path"].encode() + b"?" + scope["query_string"]
        if scope["method"] != "GET" or caller is None or headers.get("range"):
            await self._app(scope, receive, send)
            return
        if not self._callers.knows(caller):
            await self._app(scope, receive, self._listening(caller, send))
            return
        known = self._answers.get(question)
        if known is None or known[0] < time.monotonic():
            made = await to_thread.run_sync(self._make, scope["path"], scope["query_string"].decode("latin-1"))
            if made is None:
                await self._app(scope, receive, send)
                return
            known = self._keep(question, [(n.lower().encode(), v.encode()) for n, v in made[0].items()], made[1])
        await _answer(known[1], known[2], headers.get("if-none-match"), send)

    def _listening(self, caller: bytes, send: Send) -> Send:
        """Return a `send` that remembers whom the application answers."""

        async def listening(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                self._callers.let_in(caller)
            await send(message)

        return listening

    def _keep(self, question: bytes, headers: list[Header], body: bytes) -> Answer:
        before = self._answers.pop(question, None)
        self._bytes += len(body) - (len(before[2]) if before else 0)
        headers.append((b"content-length", str(len(body)).encode()))
        answer = (time.monotonic() + self._kept_s, headers, body)
        self._answers[question] = answer
        while self._bytes > self._limit_bytes:
            self._bytes -= len(self._answers.popitem(last=False)[1][2])
        return answer


async def _answer(headers: list[Header], body: bytes, known_by_caller: str | None, send: Send) -> None:
    etag = next((value for name, value in headers if name.lower() == b"etag"), b"")
    if known_by_caller and etag and known_by_caller.encode() == etag:
        await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", etag)]})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
