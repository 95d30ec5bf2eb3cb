"""Refuses bodies over a size before they are read into memory, and bodies that take too long to come."""

import asyncio
import json
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _TooLargeError(Exception):
    """The body went past the limit while it was being read."""


class _TooSlowError(Exception):
    """The body did not come in time."""


class BodyLimit:
    """ASGI middleware: answers 413 with code ``body_too_large`` once a body is over ``most`` bytes, announced or not, and 408 with
    code ``body_too_slow`` where it was not there whole after ``seconds``."""

    def __init__(self, app: ASGIApp, most: int, seconds: float = 60) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts the body as the application reads it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._most:
            await self._too_large(send)
            return
        read, whole, slow = 0, False, False
        until = asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal read, whole, slow
            if whole:
                return await receive()  # waits for whoever asked to go away: that may take as long as the answer
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                slow = True
                raise _TooSlowError from None
            read, whole = read + len(message.get("body", b"")), not message.get("more_body", False)
            if read > self._most:
                raise _TooLargeError
            return message

        async def unless_refused(message: Message) -> None:
            # The framework turns whatever is raised while it reads a body into an answer of its own.
            if read <= self._most and not slow:
                await send(message)

        with suppress(_TooLargeError, _TooSlowError):
            await self._app(scope, counted, unless_refused)
        if read > self._most:
            await self._too_large(send)
        elif slow:
            words = f"the body was not there whole after {self._seconds:g} s. Send it again over a better line, in smaller parts."
            await self._refuse(send, 408, "body_too_slow", words)

    async def _too_large(self, send: Send) -> None:
        await self._refuse(send, 413, "body_too_large", f"the body is over {self._most} bytes. Send fewer requests at a time.")

    @staticmethod
    async def _refuse(send: Send, status: int, code: str, message: str) -> None:
        body = json.dumps({"error": {"code": code, "message": message, "place": ""}}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
