"""Calls on logins, accounts and tokens."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Request, Response

from service import accounts, audit, bindings, logins, passwords, rights, tokens
from service.audit import Who
from service.failures import refuse
from service.forms import BIGGEST, AccountIn, DisabledIn, LinkIn, LoginIn, PasswordIn, RoleIn, SetUpIn, SubjectIn, TokenIn
from service.guard import COOKIE, CSRF, Caller, caller, needs, source_of, state_of
from service.logins import Login
from service.settings import Settings
from service.state import State

router = APIRouter(prefix="/api/v1")
_Number = Annotated[int, Path(ge=1, le=BIGGEST)]


@router.post("/setup", summary="The first set-up: the three administrators choose their passwords")
def set_up(body: SetUpIn, request: Request) -> dict[str, Any]:
    state = state_of(request)
    three = {role: getattr(body, role) for role in rights.ADMINISTRATORS}
    for each in three.values():
        passwords.check(each.password, each.name, state.settings.password_length)
    ready = {role: (each.name, passwords.hashed(each.password)) for role, each in three.items()}
    with state.store.write() as connection:
        made = accounts.set_up(connection, body.secret, ready)
        _note(state, connection, Who("set-up", source_of(request)), "account.setup", detail={each.role: each.name for each in made})
    return {"accounts": [each.told() for each in made]}


@router.post("/invitations", summary="Choose one's own password, by an invitation")
def accept(body: LinkIn, request: Request) -> dict[str, Any]:
    state = state_of(request)
    with state.store.read() as connection:
        owner = accounts.owner_of(connection, body.secret)
    passwords.check(body.password, owner.name, state.settings.password_length)
    hashed = passwords.hashed(body.password)
    with state.store.write() as connection:
        account = accounts.accept(connection, body.secret, hashed)
        _note(state, connection, Who(account.name, source_of(request)), "account.password", f"account:{account.id}", {"by": "invitation"})
    return account.told()


@router.post("/login", summary="Log in; answers with a cookie and the csrf to send back")
def login(body: LoginIn, request: Request, response: Response) -> dict[str, Any]:
    state = state_of(request)
    secret, found = logins.login(state.store, state.settings, body.name, body.password, source_of(request))
    response.set_cookie(COOKIE, secret, httponly=True, samesite="strict", secure=state.settings.secure_cookie, path="/")
    return _me(state.settings, Caller(found.name, found.role, "", found.shown, found.account, found.mark, found.csrf))


@router.post("/logout", summary="Log out")
def logout(request: Request, response: Response, who: Annotated[Caller, Depends(caller)]) -> dict[str, str]:
    state = state_of(request)
    with state.store.write() as connection:
        logins.logout(connection, who.mark)
        _note(state, connection, who.who, "logout", f"account:{who.account}")
    response.delete_cookie(COOKIE, path="/")
    return {"status": "logged out"}


@router.get("/me", summary="Who one is, and what one may do")
def me(request: Request, who: Annotated[Caller, Depends(caller)]) -> dict[str, Any]:
    return _me(state_of(request).settings, who)


@router.post("/password", summary="Choose a new password for oneself; all logins end")
def password(body: PasswordIn, request: Request, response: Response, who: Annotated[Caller, Depends(caller)]) -> dict[str, str]:
    state = state_of(request)
    if not who.account:
        raise refuse("no_right", "a token has no password. Ask the security administrator for a new token.")
    passwords.check(body.new, who.name, state.settings.password_length)
    # The old password goes the way of every login: wrong ones are counted, and lock.
    logins.login(state.store, state.settings, who.name, body.old, who.source)
    hashed = passwords.hashed(body.new)
    with state.store.write() as connection:
        accounts.set_password(connection, who.account, hashed)
        _note(state, connection, who.who, "account.password", f"account:{who.account}", {"by": "owner"})
    response.delete_cookie(COOKIE, path="/")
    return {"status": "changed"}


@router.get("/accounts", summary="All accounts")
def everyone(request: Request, who: Annotated[Caller, needs("account.read")]) -> dict[str, Any]:
    state, roles = state_of(request), {role: rights.SHOWN[role] for role in rights.PEOPLE}
    with state.store.read() as connection:
        bound = bindings.subjects(connection, state.provider.issuer) if state.provider is not None else {}
        found = [{**each.told(), "subject": bound.get(each.id, "")} for each in accounts.everyone(connection)]
    return {"accounts": found, "roles": roles, "provider": state.provider is not None}


@router.post("/accounts", status_code=201, summary="A new account, without a role; answers with the secret of its invitation")
def create(body: AccountIn, request: Request, who: Annotated[Caller, needs("account.create")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        made, secret = accounts.create(connection, body.name, body.shown, state.settings.link_hours)
        _note(state, connection, who.who, "account.create", f"account:{made.id}", {"name": made.name})
    return {"account": made.told(), "secret": secret}


@router.post("/accounts/{number}/role", summary="Grant the one role of an account")
def grant(number: _Number, body: RoleIn, request: Request, who: Annotated[Caller, needs("account.grant")]) -> dict[str, Any]:
    state = state_of(request)
    _not_own(who, number)
    with state.store.write() as connection:
        before = accounts.get(connection, number).role
        changed = accounts.grant(connection, number, body.role)
        _note(state, connection, who.who, "account.grant", f"account:{number}", {"from": before, "to": changed.role})
    return changed.told()


@router.post("/accounts/{number}/disabled", summary="Shut an account, or open it again")
def disable(number: _Number, body: DisabledIn, request: Request, who: Annotated[Caller, needs("account.lock")]) -> dict[str, Any]:
    state = state_of(request)
    _not_own(who, number)
    with state.store.write() as connection:
        changed = accounts.disable(connection, number, body.disabled)
        _note(state, connection, who.who, "account.disable", f"account:{number}", {"disabled": body.disabled})
    return changed.told()


@router.post("/accounts/{number}/unlock", summary="Open an account that wrong passwords locked")
def unlock(number: _Number, request: Request, who: Annotated[Caller, needs("account.lock")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        changed = accounts.unlock(connection, number)
        _note(state, connection, who.who, "account.unlock", f"account:{number}")
    return changed.told()


@router.post("/accounts/{number}/invitation", status_code=201, summary="A new invitation: its owner chooses a new password")
def invite(number: _Number, request: Request, who: Annotated[Caller, needs("account.invite")]) -> dict[str, Any]:
    state = state_of(request)
    _not_own(who, number)
    with state.store.write() as connection:
        secret = accounts.invite(connection, number, state.settings.link_hours)
        _note(state, connection, who.who, "account.invite", f"account:{number}")
        return {"account": accounts.get(connection, number).told(), "secret": secret}


@router.post("/accounts/{number}/subject", summary="Bind an account to a subject of the identity provider, or unbind it; its logins end")
def bind(number: _Number, body: SubjectIn, request: Request, who: Annotated[Caller, needs("account.bind")]) -> dict[str, Any]:
    state = state_of(request)
    _not_own(who, number)
    if state.provider is None:
        raise refuse("bad_value", "no identity provider is set (TRIAGE_OIDC_ISSUER).")
    issuer = state.provider.issuer
    with state.store.write() as connection:
        before = bindings.subjects(connection, issuer).get(number, "")
        bindings.bind(connection, number, issuer, body.subject.strip(), who.name)
        _note(state, connection, who.who, "account.bind", f"account:{number}", {"from": before, "to": body.subject.strip()})
        return {**accounts.get(connection, number).told(), "subject": body.subject.strip()}


@router.get("/tokens", summary="All tokens of machines")
def every_token(request: Request, who: Annotated[Caller, needs("token.write")]) -> dict[str, Any]:
    with state_of(request).store.read() as connection:
        return {"tokens": [each.told() for each in tokens.every(connection)]}


@router.post("/tokens", status_code=201, summary="A token for a machine; its secret is told this once")
def create_token(body: TokenIn, request: Request, who: Annotated[Caller, needs("token.write")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        made, secret = tokens.create(connection, body.name, body.role, who.name, body.days)
        _note(state, connection, who.who, "token.create", f"token:{made.id}", {"name": made.name, "role": made.role, "days": body.days})
    return {"token": made.told(), "secret": secret}


@router.post("/tokens/{number}/end", summary="End a token at once")
def end_token(number: _Number, request: Request, who: Annotated[Caller, needs("token.write")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        ended = tokens.end(connection, number)
        _note(state, connection, who.who, "token.end", f"token:{number}")
    return ended.told()


def _me(settings: Settings, who: Caller | Login) -> dict[str, Any]:
    return {
        "account": who.account, "name": who.name, "shown": who.shown, "role": who.role, "role_name": rights.SHOWN.get(who.role, ""),
        "rights": sorted(rights.of(who.role)), "csrf": who.csrf, "csrf_header": CSRF, "idle_minutes": settings.idle_minutes,
    }  # fmt: skip


def _not_own(who: Caller, number: int) -> None:
    if who.account == number:
        raise refuse("own_account", "nobody changes the rights of their own account. Ask another security administrator.")


def _note(state: State, connection: sa.Connection, who: Who, action: str, subject: str = "", detail: dict[str, Any] | None = None) -> None:
    audit.note(connection, who, action, subject, detail=detail, algorithm=state.settings.audit_hash)
