"""The portal's door for applications beside Django: Django says whether who asks may."""

import asyncio
import time
from collections import OrderedDict
from hashlib import blake2b
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT_S = 10.0
MOST_CALLERS = 10_000


class Callers:
    """Who was let in within the last seconds; a session that ends or a token revoked counts as late as that."""

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._kept_s = kept_s
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def let_in(self, caller: bytes) -> None:
        """Remember who may ask."""
        self._until.pop(caller, None)
        self._until[caller] = time.monotonic() + self._kept_s
        while len(self._until) > MOST_CALLERS:
            self._until.popitem(last=False)

    def knows(self, caller: bytes) -> bool:
        """Say whether somebody may still ask."""
        return self._until.get(caller, 0.0) > time.monotonic()


def caller_of(scope: Scope) -> bytes | None:
    """Return what tells a caller from another without keeping the secret; None for one who shows nothing."""
    headers = Headers(scope=scope)
    shown = "\n".join((headers.get("authorization", ""), headers.get("cookie", "")))
    return blake2b(shown.encode(), digest_size=16).digest() if shown.strip() else None


class Gate:
    """Hands on the requests of those whom Django would answer at an address; the others get Django's answer.

    Args:
        question: the address, with the same rule of who may ask as what stands behind.
    """

    def __init__(self, app: ASGIApp, django: ASGIApp, question: str) -> None:
        self._app = app
        self._django = django
        self._question = question
        self._callers = Callers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask Django unless it said so just now, then hand on."""
        caller = caller_of(scope)
        if caller is None or not self._callers.knows(caller):
            answer = await self._ask(scope)
            if answer[0]["status"] != 200:
                for message in answer:
                    await send(message)
                return
            if caller is not None:
                self._callers.let_in(caller)
        await self._app(scope, receive, send)

    async def _ask(self, scope: Scope) -> list[Any]:
        messages: list[Message] = []
        asked = {**scope, "method": "GET", "path": self._question, "raw_path": self._question.encode()}

        body = iter(({"type": "http.request", "body": b"", "more_body": False},))

        async def receive() -> Message:
            for message in body:
                return message
            await asyncio.Event().wait()  # nobody goes away while this is asked
            raise AssertionError

        async def take(message: Message) -> None:
            messages.append(message)

        await self._django({**asked, "query_string": b"", "root_path": ""}, receive, take)
        return messages
