"""Answers given lately, kept in memory up to a number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, MutableMapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apps.catalog.tile_tokens import TokenRefused, read_token
from portal.tiles.problems import TileProblem
from portal.tiles.raster import Source

LIMIT_BYTES = 96 << 20
PRIVATE = "private, max-age=3600"


@dataclass(frozen=True)
class Answer:
    """What was answered: media type and body."""

    media_type: str
    body: bytes


class AnswerCache:
    """Forgets what was asked for longest ago."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Answer | None:
        """Return an answer, None where it is not here."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer."""
        with self._lock:
            known = self._answers.pop(key, None)
            self._bytes += len(answer.body) - (len(known.body) if known else 0)
            self._answers[key] = answer
            while self._bytes > self._limit_bytes:
                self._bytes -= len(self._answers.popitem(last=False)[1].body)


class Remembered:
    """Answers again what was asked of the same file before, without asking the application.

    The token is checked and the file looked at each time: a file written anew is another one, a deleted one is gone.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._answers = AnswerCache()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and keep the answer."""
        key = _key(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if key is None:
            await self._app(scope, receive, send)
            return
        etag = f'"{blake2b(repr(key).encode(), digest_size=12).hexdigest()}"'
        headers = {"Cache-Control": PRIVATE, "ETag": etag}
        if Headers(scope=scope).get("if-none-match") == etag:
            await Response(status_code=304, headers=headers)(scope, receive, send)
            return
        answer = self._answers.get(key)
        if answer is None:
            answer = await self._ask(scope, receive, send)
            if answer is None:
                return
            self._answers.put(key, answer)
        await Response(answer.body, media_type=answer.media_type, headers=headers)(scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> Answer | None:
        """Return a good answer of the application; any other is sent on."""
        start: MutableMapping[str, Any] = {}
        body = bytearray()

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self._app(scope, receive, take)
        if start["status"] == 200:
            return Answer(Headers(raw=start["headers"])["content-type"], bytes(body))
        await send(start)
        await send({"type": "http.response.body", "body": bytes(body)})
        return None


def _key(scope: Scope) -> Hashable | None:
    """Return what tells one question from another; None for an address that the application will refuse."""
    token, _, rest = scope["path"].removeprefix(scope.get("root_path", "")).strip("/").partition("/")
    try:
        return Source.of(read_token(token).path), rest, scope["query_string"]
    except (TokenRefused, TileProblem):
        return None
