"""Answers only to the names it is meant to be called by. A page from elsewhere whose name suddenly leads to this machine (DNS rebinding)
could otherwise talk to the service as its own, past the browser's rule that keeps sites apart."""

import json
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from service.settings import Settings

ANY = "*"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::\d{1,5})?")
_PLAIN = re.compile(r"[0-9A-Za-z.\-]{1,100}")
MISDIRECTED = 421
_SAID = "本服务不接受用这个名称访问。请用它自己的地址; 需要用这个名称时, 请系统管理员把它加入设置 TRIAGE_HOSTS。"


def is_loopback(host: str) -> bool:
    """Whether a name or address is that of the machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def allowed(settings: Settings) -> frozenset[str]:
    """The names that are answered to besides the machine's own; with ``*`` among them, all are.

    Without a setting: while it listens on this machine alone none but those, otherwise all, as nobody told which lead here.
    """
    named = {_plain(each) for each in settings.hosts.split(",")} - {""}
    told = urlsplit(settings.address).hostname or ""
    if not named and not is_loopback(settings.host):
        return frozenset({ANY})
    return frozenset((named | {_plain(told), _plain("" if settings.host == ANY else settings.host)}) - {""})


class Hosts:
    """ASGI middleware: answers 421 with code ``bad_host`` to calls by a name that is not ``names``, nor this machine's own."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Looks at the header Host; what has none is no browser."""
        if scope["type"] == "http" and ANY not in self._names:
            for name, value in scope["headers"]:
                if name == b"host" and not self._mine(value.decode("latin-1")):
                    await self._refuse(send, value.decode("latin-1"), b"text/html" in dict(scope["headers"]).get(b"accept", b""))
                    return
        await self._app(scope, receive, send)

    def _mine(self, told: str) -> bool:
        found = _HOST.fullmatch(told)
        if found is None:
            return False
        host = _plain(found[1])
        return not host or host in self._names or is_loopback(host) or host.endswith(".localhost")

    @staticmethod
    async def _refuse(send: Send, told: str, person: bool) -> None:
        host = told.partition(":")[0]
        named = f" {host!r}" if _PLAIN.fullmatch(host) else ""
        words = f"this service does not answer to the name{named}. Use its own address, or add the name to TRIAGE_HOSTS."
        body = _SAID.encode() if person else json.dumps({"error": {"code": "bad_host", "message": words, "place": ""}}).encode()
        kind = b"text/plain; charset=utf-8" if person else b"application/json"
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": MISDIRECTED, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _plain(name: str) -> str:
    return name.strip().strip("[]").rstrip(".").lower()
