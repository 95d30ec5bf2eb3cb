"""Who calls, and whether they may. Every endpoint that needs a right says which, once, in its signature."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request

from service import audit, logins, rights, tokens
from service.audit import REFUSED, Who
from service.failures import refuse
from service.hosts import is_loopback
from service.settings import Openness
from service.state import State

COOKIE, CSRF = "triage_login", "x-csrf-token"
SAFE = ("GET", "HEAD", "OPTIONS")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls: a person by a login (``mark``, ``csrf``), a machine by a token, or nobody in particular."""

    name: str
    role: str
    source: str
    shown: str = ""
    account: int = 0
    mark: str = ""
    csrf: str = ""

    @property
    def rights(self) -> frozenset[str]:
        """What they may do."""
        return rights.of(self.role)

    @property
    def who(self) -> Who:
        """As the audit log names them."""
        return Who(self.name, self.source)


def state_of(request: Request) -> State:
    """What this process holds."""
    found: State = request.app.state.held
    return found


def source_of(request: Request) -> str:
    """The address of whoever calls; behind a gateway on this machine, the one that it forwards."""
    return request.client.host if request.client is not None else ""


def caller(request: Request) -> Caller:
    """Who calls. Raises ``not_logged_in``, or ``bad_csrf`` where a page changes something without its token."""
    state, source = state_of(request), source_of(request)
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secret:
        token = tokens.find(state.store, secret.strip())
        return Caller(f"token:{token.name}", token.role, source)
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        raise refuse("not_logged_in", "log in first (POST /api/v1/login), or send a token: Authorization: Bearer …")
    login = logins.find(state.store, state.settings, cookie)
    if request.method not in SAFE and not hmac.compare_digest(request.headers.get(CSRF, "").encode("latin-1", "replace"), login.csrf.encode()):
        raise refuse("bad_csrf", f"a call that changes something needs the header {CSRF} with the csrf of the login.")
    return Caller(login.name, login.role, source, login.shown, login.account, login.mark, login.csrf)


def credentials(request: Request) -> tuple[str, ...]:
    """All that ``caller`` looks at, to know a call again."""
    return (request.headers.get("authorization", ""), request.cookies.get(COOKIE, ""), request.headers.get(CSRF, ""))


def needs(right: str) -> Any:
    """For the parameter of an endpoint that only callers with a right may use: ``Annotated[Caller, needs("request.read")]``."""
    return Depends(_checked(right))


def require(state: State, found: Caller, right: str, subject: str = "") -> None:
    """Raises ``no_right``, and notes that it was tried, unless the caller has the right."""
    if right in found.rights:
        return
    with state.store.write() as connection:
        audit.note(connection, found.who, "access", subject or right, REFUSED, {"right": right}, state.settings.audit_hash)
    raise refuse("no_right", f"the role {found.role or '(none yet)'} may not do this ({right}). Ask the security administrator.")


def is_open(request: Request, openness: Openness) -> bool:
    """Whether a call needs no login: always, or where the service listens on this machine only and no gateway stands before it."""
    if openness != "loopback":
        return openness == "always"
    return is_loopback(state_of(request).settings.host) and not any(name in request.headers for name in _FORWARDED)


def _checked(right: str) -> Callable[[Request], Caller]:
    def check(request: Request) -> Caller:
        found = caller(request)
        require(state_of(request), found, right, request.url.path)
        return found

    return check
