"""HTTP: parse, call, map errors. Nothing is decided here, no text is logged. Endpoints that store are in ``http_*.py``."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from copy import copy
from dataclasses import asdict
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from service import (
    http_accounts,
    http_alerts,
    http_analysis,
    http_automation,
    http_desk,
    http_feedback,
    http_findings,
    http_imports,
    http_info,
    http_jobs,
    http_oidc,
    http_private,
    http_reports,
    http_requests,
    http_tag_marks,
    http_tags,
    http_topics,
    http_versions,
    job_runner,
    pages,
    views,
)
from service.active import Following
from service.analysis import keeping
from service.analysis.held import Held
from service.failures import ServiceError, refuse, status_of
from service.fallback import ByRules
from service.guard import caller, credentials, is_open, require, state_of
from service.hosts import Hosts, allowed
from service.limits import BodyLimit
from service.logs import Calls
from service.metrics import TYPE, Metrics
from service.reload import Loaded
from service.reports import service as reports
from service.schemas import ErrorOut, ManyIn, Problem, RequestIn
from service.settings import Settings
from service.state import State
from service.together import MOST_CLOSELY
from triage.errors import TriageError
from triage.records import Request as Record
from triage.records import Suggestion
from triage.suggest import Engine, engine_version

_LOG = logging.getLogger("triage.service")
_PLAIN_NAME = re.compile("[A-Za-z_]{1,20}")
_Close = Annotated[bool, Query(description="Read closely: better, and some tens of milliseconds a text")]
_Answer = dict[int | str, dict[str, Any]]
_ERRORS: _Answer = {status: {"model": ErrorOut} for status in (400, 401, 403, 413, 422, 503)}
_STORED: _Answer = {status: {"model": ErrorOut} for status in (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503)}


def create_app(settings: Settings | None = None, load: Callable[[Settings], Engine] | None = None) -> FastAPI:
    """The application. Engine and store are opened at start; when that fails the process stays up and says why at /readyz."""
    chosen = settings or Settings()
    loader = load or _engine
    metrics, planned = Metrics(), reports.wanted(chosen.reports)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # A copy: what this service holds back says nothing about others that were handed the same engine.
        loaded = Loaded(lambda: copy(loader(following.settings())), lambda: following.pointer())
        held = State(chosen, loaded)
        following = Following(held)
        await run_in_threadpool(held.open)  # before the engine: the store says which is in use
        loaded.start()
        app.state.loaded, app.state.held, app.state.facts = loaded, held, Held(chosen.snapshot_folder)
        watching = [asyncio.create_task(held.watch()), asyncio.create_task(job_runner.run(held))]
        if chosen.reload_seconds:
            watching.append(asyncio.create_task(loaded.watch(chosen.reload_seconds)))
        if planned:
            watching.append(asyncio.create_task(reports.watch(held)))
        if chosen.snapshot_minutes:
            watching.append(asyncio.create_task(keeping.keep(held, chosen.snapshot_minutes)))
        yield
        for each in watching:
            each.cancel()
        await asyncio.wait(watching)
        await run_in_threadpool(held.close)

    app: FastAPI = FastAPIOffline(title="triage 12345 诉求智能分办", version=engine_version(), lifespan=lifespan)
    app.add_middleware(BodyLimit, most=chosen.max_body, seconds=chosen.body_seconds)
    app.add_middleware(Hosts, names=allowed(chosen))
    app.add_middleware(Calls, metrics=metrics)
    app.add_exception_handler(TriageError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    _routes(app, metrics)
    for each in (
        http_accounts,
        http_automation,
        http_requests,
        http_desk,
        http_feedback,
        http_findings,
        http_alerts,
        http_analysis,
        http_imports,
        http_private,
        http_info,
        http_jobs,
        http_reports,
        http_tag_marks,
        http_tags,
        http_topics,
        http_versions,
    ):
        app.include_router(each.router, responses=_STORED)
    app.include_router(http_analysis.drawn)
    pages.add(app)
    http_oidc.add(app)
    return app


async def _may_suggest(request: Request) -> None:
    state = state_of(request)
    if not is_open(request, state.settings.open_suggestions) and not state.lately.has(credentials(request)):
        await run_in_threadpool(_check_suggest, state, request)


def _check_suggest(state: State, request: Request) -> None:
    require(state, caller(request), "suggest", request.url.path)
    state.lately.add(credentials(request))


def _engine(settings: Settings) -> Engine:
    engine = Engine.load(settings.profile or None, settings.model)
    if settings.fast_only:
        return engine
    return engine.reading(None, lambda why: _LOG.warning("everything is read fast, until the cause is gone and the service restarted: %s", why))


def _may_measure(request: Request) -> None:
    state = state_of(request)
    if not is_open(request, state.settings.open_metrics):
        require(state, caller(request), "metrics.read", request.url.path)


def _routes(app: FastAPI, metrics: Metrics) -> None:
    @app.post(
        "/api/v1/suggestions", responses=_ERRORS, summary="Suggest for one request, or for up to 200; nothing is kept",
        response_model=dict[str, Any], dependencies=[Depends(_may_suggest)],
    )  # fmt: skip
    async def suggestions(body: RequestIn | ManyIn, request: Request, close: _Close = False) -> Response:
        state = state_of(request)
        engine = state.adviser if state.settings.degrade else state.engine
        # Many who type come before the few seconds in which a close reading is still of use.
        if close and isinstance(body, ManyIn) and len(body.requests) > MOST_CLOSELY:
            told = f"requests: {len(body.requests)} at once; at most {MOST_CLOSELY} are read closely. Send fewer, or leave close out."
            raise refuse("too_many_closely", told)
        close = close and not state.closely.full
        engine, together = (engine, state.closely) if close else (engine.fast, state.together)
        if isinstance(body, RequestIn):
            return Response(await together.suggest(engine, body.record()), media_type="application/json")
        if close:
            answers = await asyncio.gather(*(together.suggest(engine, each.record()) for each in body.requests), return_exceptions=True)
            return Response(b'{"suggestions":[' + b",".join(map(_told, answers)) + b"]}", media_type="application/json")
        return JSONResponse({"suggestions": await run_in_threadpool(_many, engine, [each.record() for each in body.requests])})

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", summary="The process is alive")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", responses={503: {"model": ErrorOut}}, summary="Model and profile are loaded, and which")
    async def readyz(request: Request) -> dict[str, Any]:
        return _readiness(state_of(request))

    @app.get(
        "/metrics", summary="Figures for Prometheus", response_class=Response, dependencies=[Depends(_may_measure)],
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, 401: {"model": ErrorOut}, 403: {"model": ErrorOut}},
    )  # fmt: skip
    def figures(request: Request) -> Response:
        state = state_of(request)
        waiting: dict[str, int] = {}
        with suppress(ServiceError), state.store.read() as connection:
            waiting = views.counts(connection, "", timedelta(minutes=state.settings.dispatch_minutes), state.claims)
        ready = state.loaded.engine is not None
        return Response(metrics.text(ready, not state.store_problem, waiting), media_type=TYPE)


def _readiness(state: State) -> dict[str, Any]:
    """Problems only where there are some. Without a model: 503, or ``degraded`` where the settings allow it."""
    engine = state.adviser if state.settings.degrade else state.engine
    status = "ready" if state.loaded.engine is not None else "degraded"
    close = engine.close_problem if isinstance(engine, Engine) else ""
    problems = {"profile_problem": state.loaded.failure, "store_problem": state.store_problem, "close_problem": close}
    return {"status": status, **asdict(engine.versions), **{name: problem for name, problem in problems.items() if problem}}


def _many(engine: Engine | ByRules, records: Sequence[Record]) -> list[dict[str, Any]]:
    return [
        asdict(engine.explain(answer, record)) if isinstance(answer, Suggestion) else _problem(answer)
        for answer, record in zip(engine.suggest_many(records, thorough=True), records, strict=True)
    ]


def _told(answer: bytes | BaseException) -> bytes:
    """One answer of several: a request that cannot be read fails alone."""
    if isinstance(answer, TriageError):
        return json.dumps(_problem(answer), ensure_ascii=False).encode()
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _problem(error: TriageError, place: str = "") -> dict[str, Any]:
    told = ErrorOut(error=Problem(code=error.code, message=str(error), place=place)).model_dump(exclude={"error": {"fields", "problems"}})
    more: dict[str, Any] = {"fields": getattr(error, "fields", {}), "problems": [asdict(each) for each in getattr(error, "problems", ())]}
    return {"error": {**told["error"], **{name: each for name, each in more.items() if each}}}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, TriageError)
    fields = getattr(error, "fields", {})
    headers = {"retry-after": str(fields["seconds"])} if error.code == "locked_out" and "seconds" in fields else None
    return pages.failed(request, status_of(error)) or JSONResponse(_problem(error), status_of(error), headers=headers)


async def _invalid(request: Request, error: Exception) -> Response:
    """The first thing wrong with a body, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    first = _most_telling(error.errors())
    place = ".".join(str(part) for part in _known(first) if part not in ("RequestIn", "ManyIn"))
    problem = TriageError(f"{place}: {first['msg']}. See /docs for the form.", "bad_body")
    return JSONResponse(_problem(problem, place), HTTPStatus.UNPROCESSABLE_ENTITY)


def _known(error: Any) -> Sequence[Any]:
    """Where an error is, without words that were sent: of a field too many only a plain name is told, of an answer no question."""
    place = list(error["loc"])
    if error["type"] == "extra_forbidden" and not _PLAIN_NAME.fullmatch(str(place[-1])):
        place.pop()
    return place[: place.index("answers") + 1] if "answers" in place else place


def _most_telling(errors: Sequence[Any]) -> Any:
    """A body is tried as one request and as many; errors of the form it was not meant to be say little."""
    meant = (
        "ManyIn" if any("requests" in error["loc"] and "ManyIn" in error["loc"] and error["type"] != "missing" for error in errors) else "RequestIn"
    )
    return next((error for error in errors if meant in error["loc"]), errors[0])


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # Raised by the framework alone: for a body that is not UTF-8, or too deep to read.
        problem = TriageError("body: not JSON in UTF-8, or too deep. See /docs for the form.", "bad_body")
        return JSONResponse(_problem(problem, "body"), HTTPStatus.UNPROCESSABLE_ENTITY)
    code = HTTPStatus(error.status_code).name.lower()
    return pages.failed(request, error.status_code) or JSONResponse(
        _problem(TriageError(str(error.detail), code)), error.status_code, headers=error.headers
    )
