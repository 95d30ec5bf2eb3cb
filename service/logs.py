"""One JSON line per call and per event of the service: when, what, how long, with which result. Never a text, a name of a caller,
a query or a body."""

import json
import logging
import sys
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import Metrics

_LOG = logging.getLogger("triage.calls")
UNKNOWN = "(unknown)"


class JsonLines(logging.Formatter):
    """A record as one line of JSON; ``extra={"told": {…}}`` adds fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            # The words of an exception may repeat what was sent; its kind and place do not.
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""
            told |= {"error": record.exc_info[0].__name__, "place": place}
        return json.dumps(told, ensure_ascii=False)


def set_up(level: str) -> None:
    """Sends everything to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel("WARNING")
    logging.getLogger("triage").setLevel(level.upper())


class Calls:
    """ASGI middleware: logs and counts every call by the pattern of its address."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Times the call until its last byte is sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            seconds = time.perf_counter() - begun
            route, method = route_of(scope), str(scope["method"]) if scope["method"] in _METHODS else UNKNOWN
            self._metrics.count(method, route, status, seconds)
            _LOG.info("call", extra={"told": {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}})


def route_of(scope: MutableMapping[str, Any]) -> str:
    """The pattern that an address matched (``/api/v1/requests/{number}``): addresses themselves are without end."""
    return str(getattr(scope.get("route"), "path", UNKNOWN))


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
