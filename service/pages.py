"""The pages: which there are, who may open them, and their headers. A page is a frame; its module in ``static`` fills it through the API."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service import accounts, rights, synthetic
from service.failures import ServiceError
from service.guard import Caller, caller, require, state_of
from service.state import State
from triage.errors import TriageError
from triage.suggest import engine_version

HERE = Path(__file__).parent
HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
"""Of every page: nothing from elsewhere, no script in the page, never in a frame, never in a cache."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page for people who are logged in: its address, its name on screen, its template and module, and the right to open it."""

    path: str
    title: str
    name: str
    right: str


PAGES = (
    Page("/", "工作台", "workbench", "request.decide"),
    Page("/queue", "队列", "queue", "request.read"),
    Page("/day", "我的一天", "day", "figures.own"),
    Page("/supervise", "督办", "supervise", "request.dispute"),
    Page("/explore", "统计分析", "explore", "figures.all"),
    Page("/alerts", "预警", "alerts", "figures.all"),
    Page("/topics", "热点", "topics", "figures.all"),
    Page("/findings", "发现", "findings", "figures.all"),
    Page("/tags", "标签", "tags", "figures.all"),
    Page("/speed", "分办提速", "speed", "figures.all"),
    Page("/reports", "报告", "reports", "figures.all"),
    Page("/import", "导入", "import", "request.import"),
    Page("/jobs", "批量任务", "jobs", "export"),
    Page("/accounts", "账号", "accounts", "account.read"),
    Page("/system", "城市表与模型", "system", "version.read"),
    Page("/audit", "审计", "audit", "audit.read"),
)
MOVED = {"/disputes": "/supervise"}
"""Addresses of before, and where the page is now."""
OPEN = {"/login": ("登录", "login"), "/setup": ("首次设置", "setup"), "/invitation": ("接受邀请", "invitation")}
"""Pages that need no login."""
_ERRORS = {
    401: ("请先登录", "登录已结束。草稿仍保存在本机浏览器中。"),
    403: ("没有权限", "您的角色不能打开此页。需要时请联系安全管理员授权。"),
    404: ("没有此页", "地址可能有误。"),
    503: ("暂时不可用", "数据库或模型现在不能使用。请稍候重试; 仍不行请联系系统管理员。"),
}
_PLAIN = ("服务出错", "请稍候重试; 仍不行请联系系统管理员。")

_environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)


class Files(StaticFiles):
    """Scripts and styles: asked for each time, sent only when changed, so that an update is seen at once."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        """With the headers of pages that matter for files."""
        answer = super().file_response(*args, **more)
        answer.headers["cache-control"] = "no-cache"
        answer.headers["x-content-type-options"] = "nosniff"
        return answer


def add(app: FastAPI) -> None:
    """Gives an application its pages."""
    for path in OPEN:
        _add(app, path, _open)
    for page in PAGES:
        _add(app, page.path, _closed)
    for path in MOVED:
        _add(app, path, _moved)
    app.mount("/static", Files(directory=HERE / "static"), name="static")


def _add(app: FastAPI, path: str, answer: Any) -> None:
    """One page."""
    app.add_api_route(path, answer, methods=["GET"], include_in_schema=False, response_class=Response)


def failed(request: Request, status: int) -> Response | None:
    """The page that tells an error to a person; None for a call of the API."""
    if request.url.path.startswith(("/api/", "/static/")) or "text/html" not in request.headers.get("accept", ""):
        return None
    title, words = _ERRORS.get(status, _PLAIN)
    return show(request, "error", title, status, words=words)


def allowed(found: Caller) -> tuple[Page, ...]:
    """What somebody may open, in the order of the navigation."""
    return tuple(page for page in PAGES if page.right in found.rights)


def _open(request: Request) -> Response:
    title, name = OPEN[request.url.path]
    state = state_of(request)
    length, goes_on = state.settings.password_length, request.query_params.get("next", "/")
    return show(
        request, name, title, shortest=length, provider=state.provider is not None, goes_on=goes_on, done=name == "setup" and _is_set_up(state)
    )


def _is_set_up(state: State) -> bool:
    """Whether there are accounts; no, while the store cannot be used: the form then says so itself."""
    with suppress(ServiceError), state.store.read() as connection:
        return accounts.are_there(connection)
    return False


def _moved(request: Request) -> Response:
    return RedirectResponse(MOVED[request.url.path], 308, HEADERS)


def _closed(request: Request) -> Response:
    path = request.url.path
    page = next(each for each in PAGES if each.path == path)
    try:
        found = caller(request)
    except ServiceError as error:
        if error.code != "not_logged_in":
            raise
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/login?next={quote(path + query, safe='')}", 303, HEADERS)
    mine = allowed(found)
    if path == "/" and page not in mine and mine:
        return RedirectResponse(mine[0].path, 303, HEADERS)
    if not mine:
        return show(request, "waiting", "等待授权", 403, who=found)
    require(state_of(request), found, page.right, path)
    settings = state_of(request).settings
    limits = {"urgent_claim": settings.urgent_claim_minutes, "most": settings.max_body, "open": settings.job_most, "days": settings.job_days}
    return show(request, page.name, page.title, page=page, who=found, pages=mine, target=settings.dispatch_minutes, **limits)


def show(request: Request, name: str, title: str, status: int = 200, **more: Any) -> Response:
    """A page from its template."""
    who = more.get("who")
    known = {"pages": (), "page": None, "who": None, "role": rights.SHOWN.get(who.role, "") if who is not None else "", "version": engine_version()}
    zone = _zone(request)
    known |= {"synthetic": _mark(request), "today": datetime.now(zone).astimezone(zone).date().isoformat(), "zone": zone.key if zone else ""}
    text = _environment.get_template(f"{name}.html").render(**{**known, "title": title, "name": name, **more})
    return Response(text, status, HEADERS, "text/html; charset=utf-8")


def _zone(request: Request) -> ZoneInfo | None:
    """The clock of the city, by which pages tell days and times whatever that of the browser says; None while no profile can be read."""
    with suppress(TriageError):
        return state_of(request).zone
    return None


def _mark(request: Request) -> str:
    """What every page of a demo city says; "" for real requests, and while the store cannot be used."""
    with suppress(ServiceError), state_of(request).store.read() as connection:
        return synthetic.shown(connection)
    return ""
