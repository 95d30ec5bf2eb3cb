"""Logins by the identity provider: off to it, and back from it. What a person sees of both is a page, never JSON."""

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from service import logins, oidc, pages
from service.audit import Who
from service.failures import ServiceError, status_of
from service.guard import COOKIE, source_of, state_of
from service.oidc import BACK, Provider

ATTEMPT = "triage_oidc"
_PATH = "/oidc"
_TITLE = "统一身份认证登录"
_WORDS: Mapping[str, str] = {
    "bad_oidc": "统一身份认证的回应无法核实, 没有登录。请重新登录; 仍不行请联系系统管理员。",
    "denied": "统一身份认证没有让您登录, 或您取消了登录。",
    "too_late": "登录用时过长, 请重新登录。",
    "no_oidc": "统一身份认证现在连不上。请稍候重试, 或用账号和密码登录。",
    "no_account": "您的身份已核实, 但本系统没有与您对应的可用账号。请系统管理员建账号、安全管理员授权; 已有账号的, 先按邀请链接启用。",
    "bound": "您的身份已核实, 但同名账号已绑定另一个人。请安全管理员核实并解除绑定。",
    "unbound": "您的身份已核实, 同名账号还没有绑定。请安全管理员在「账号」页填上您的用户标识。",
    "no_store": "数据库现在不能使用。请稍候重试; 仍不行请联系系统管理员。",
}


def add(app: FastAPI) -> None:
    """Gives an application the two addresses."""
    app.add_api_route(f"{_PATH}/login", _off, methods=["GET"], include_in_schema=False, response_class=Response)
    app.add_api_route(BACK, _back, methods=["GET"], include_in_schema=False, response_class=Response)


def inside(told: str) -> str:
    """Where to go on: only an address of this very service, "/" for any other."""
    plain = told.startswith("/") and not told.startswith(("//", "/\\", "/login", _PATH)) and told.isprintable()
    return quote(told, safe="/?&=%:,+.~-_") if plain and len(told) < 1500 else "/"


def _off(request: Request) -> Response:
    state, provider = state_of(request), _provider(request)
    try:
        attempt = oidc.begin(inside(request.query_params.get("next", "/")))
        answer = RedirectResponse(provider.address(attempt), 303, pages.HEADERS)
        kept = oidc.sealed(state.keys, attempt)
    except ServiceError as error:
        return _refused(request, error)
    # Lax: the provider's own page sends the browser back, and strict cookies would stay behind.
    secure = state.settings.secure_cookie
    answer.set_cookie(ATTEMPT, kept, oidc.MINUTES * 60, path=_PATH, httponly=True, samesite="lax", secure=secure)
    return answer


def _back(request: Request) -> Response:
    state, provider = state_of(request), _provider(request)
    try:
        attempt = oidc.unsealed(state.keys, request.cookies.get(ATTEMPT, ""))
        person = provider.finish(attempt, dict(request.query_params))
    except ServiceError as error:
        return _refused(request, error)
    try:
        secret, _ = logins.by_provider(state.store, state.settings, person, source_of(request))
    except ServiceError as error:
        return _told(request, error)
    # A page, not a redirect: the browser came from elsewhere and would not send the login's strict cookie along with one.
    answer = pages.show(request, "onward", _TITLE, goes_on=attempt.goes_on)
    answer.set_cookie(COOKIE, secret, httponly=True, samesite="strict", secure=state.settings.secure_cookie, path="/")
    answer.delete_cookie(ATTEMPT, path=_PATH)
    return answer


def _provider(request: Request) -> Provider:
    found = state_of(request).provider
    if found is None:
        raise HTTPException(404)
    return found


def _refused(request: Request, error: ServiceError) -> Response:
    state = state_of(request)
    with suppress(ServiceError, sa.exc.SQLAlchemyError), state.store.write() as connection:
        logins.refuse_provider(connection, state.settings, Who("oidc", source_of(request)), error)
    return _told(request, error)


def _told(request: Request, error: ServiceError) -> Response:
    words = _WORDS.get(str(error.fields.get("why", "")), _WORDS.get(error.code, _WORDS["no_store"]))
    answer = pages.show(request, "error", _TITLE, status_of(error), words=words)
    answer.delete_cookie(ATTEMPT, path=_PATH)
    return answer
