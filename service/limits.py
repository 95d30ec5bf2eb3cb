"""Refuses bodies over a size before they are read into memory."""

import json
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _TooLargeError(Exception):
    """The body went past the limit while it was being read."""


class BodyLimit:
    """ASGI middleware: answers 413 with code ``body_too_large`` once a body is over ``most`` bytes, announced or not."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts the body as the application reads it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._most:
            await self._refuse(send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise _TooLargeError
            return message

        async def unless_refused(message: Message) -> None:
            # The framework turns whatever is raised while it reads a body into an answer of its own.
            if read <= self._most:
                await send(message)

        with suppress(_TooLargeError):
            await self._app(scope, counted, unless_refused)
        if read > self._most:
            await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        problem = {"code": "body_too_large", "message": f"the body is over {self._most} bytes. Send fewer requests at a time.", "place": ""}
        body = json.dumps({"error": problem}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})
