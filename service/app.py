"""HTTP: parse, call the engine, map errors. Nothing is decided here, nothing is stored, no text is logged."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from service.limits import BodyLimit
from service.reload import Loaded
from service.schemas import ErrorOut, ManyIn, Problem, RequestIn
from service.settings import Settings
from triage.errors import RequestError, TriageError
from triage.records import Request as Record
from triage.records import Suggestion
from triage.suggest import Engine, engine_version

STATUS = {"text_too_long": 413, "not_ready": 503}
"""Status of an error by its code; otherwise 422 for a request that cannot be read and 400 for anything else."""

_Answer = dict[int | str, dict[str, Any]]
_ERRORS: _Answer = {status: {"model": ErrorOut} for status in (400, 413, 422, 503)}


def create_app(settings: Settings | None = None, load: Callable[[Settings], Engine] | None = None) -> FastAPI:
    """The application. The engine is loaded at start; when that fails the process stays up and says why at /readyz."""
    chosen = settings or Settings()
    loader = load or (lambda each: Engine.load(each.profile or None, each.model))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loaded = Loaded(lambda: loader(chosen))
        loaded.start()
        app.state.loaded = loaded
        watching = asyncio.create_task(loaded.watch(chosen.reload_seconds)) if chosen.reload_seconds else None
        yield
        if watching is not None:
            watching.cancel()

    app: FastAPI = FastAPIOffline(title="triage 12345 诉求智能分办", version=engine_version(), lifespan=lifespan)
    app.add_middleware(BodyLimit, most=chosen.max_body)
    app.add_exception_handler(TriageError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    _routes(app)
    return app


def _routes(app: FastAPI) -> None:
    @app.post("/api/v1/suggestions", responses=_ERRORS, summary="Suggest for one request, or for up to 200")
    async def suggestions(body: RequestIn | ManyIn, request: Request) -> dict[str, Any]:
        engine = _engine(request)
        if isinstance(body, RequestIn):
            return asdict(await run_in_threadpool(engine.suggest, body.record()))
        return {"suggestions": await run_in_threadpool(_many, engine, [each.record() for each in body.requests])}

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", summary="The process is alive")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", responses={503: {"model": ErrorOut}}, summary="Model and profile are loaded, and which")
    async def readyz(request: Request) -> dict[str, Any]:
        ready = {"status": "ready", **asdict(_engine(request).versions)}
        failure = request.app.state.loaded.failure
        return {**ready, "profile_problem": failure} if failure else ready

    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return Response(status_code=HTTPStatus.TEMPORARY_REDIRECT, headers={"location": "docs"})


def _many(engine: Engine, records: Sequence[Record]) -> list[dict[str, Any]]:
    return [
        asdict(engine.explain(answer, record)) if isinstance(answer, Suggestion) else _problem(answer)
        for answer, record in zip(engine.suggest_many(records), records, strict=True)
    ]


def _engine(request: Request) -> Engine:
    loaded: Loaded = request.app.state.loaded
    if loaded.engine is None:
        raise TriageError(f"no model is loaded: {loaded.failure}", "not_ready")
    return loaded.engine


def _problem(error: TriageError, place: str = "") -> dict[str, Any]:
    return ErrorOut(error=Problem(code=error.code, message=str(error), place=place)).model_dump()


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, TriageError)
    status = STATUS.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, RequestError) else HTTPStatus.BAD_REQUEST)
    return JSONResponse(_problem(error), status)


async def _invalid(request: Request, error: Exception) -> Response:
    """The first thing wrong with a body, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    first = _most_telling(error.errors())
    place = ".".join(str(part) for part in first["loc"] if part not in ("RequestIn", "ManyIn"))
    problem = TriageError(f"{place}: {first['msg']}. See /docs for the form.", "bad_body")
    return JSONResponse(_problem(problem, place), HTTPStatus.UNPROCESSABLE_ENTITY)


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
    return JSONResponse(_problem(TriageError(str(error.detail), code)), error.status_code, headers=error.headers)
