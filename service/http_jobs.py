"""Calls on jobs: ask for one by a file or a period, see how far it is, pause, resume, cancel, download."""

import errno
import secrets
import shutil
from datetime import date
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi import Path as InPath
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from service import audit, hiding, jobs
from service.active import now_in_use
from service.failures import refuse
from service.forms import BIGGEST
from service.guard import Caller, needs, state_of

router = APIRouter(prefix="/api/v1")
_BLOCK = 1 << 20
Number = Annotated[int, InPath(ge=1, le=BIGGEST, description="Number of the job")]
Kind = Literal["csv", "xlsx", "parquet", "jsonl"]
Mine = Annotated[Caller, needs("export")]


class PeriodIn(BaseModel):
    """Requests of the desk received in a time, both days included, classified again. Nothing in the store changes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"since": "2026-01-01", "until": "2026-06-30", "suffix": "xlsx"}]})

    since: date
    until: date
    suffix: Kind = "xlsx"


@router.get("/jobs", summary="One's own jobs, newest first")
def mine(request: Request, who: Mine) -> dict[str, Any]:
    with state_of(request).store.read() as connection:
        return {"jobs": jobs.of(connection, who.name)}


@router.post("/jobs", status_code=201, summary="Suggest for every row of a file: CSV, XLSX, Parquet or JSON lines")
def upload(file: UploadFile, request: Request, who: Mine, suffix: Annotated[Kind, Form()] = "xlsx") -> dict[str, Any]:
    state = state_of(request)
    name = PurePath(file.filename or "").name
    source = PurePath(name).suffix.lower()
    if source not in jobs.SUFFIXES:
        raise refuse("bad_value", f"file: its name must end in one of {', '.join(jobs.SUFFIXES)}.")
    told = {"suffix": suffix, "source": source, "folder": secrets.token_hex(16)}
    folder, chosen = state.settings.jobs_folder / told["folder"], now_in_use(state.store, state.settings)
    try:
        # Written before the job can be seen: no runner finds half a file; and before the store is locked: nobody waits for it.
        _write(file, jobs.make_folder(folder.parent, folder.name) / f"input{source}")
        jobs.freeze(folder.parent, folder.name, chosen.model, chosen.profile)
        with state.store.write() as connection:
            number, _ = jobs.create(
                connection, who.name, jobs.UPLOAD, hiding.hide(name), told, state.settings.job_days, state.settings.job_most
            )  # fmt: skip
            audit.note(connection, who.who, "job.create", f"job:{number}", detail={"kind": jobs.UPLOAD}, algorithm=state.settings.audit_hash)
            return jobs.shown(jobs.one(connection, number, who.name))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(file: UploadFile, place: Path) -> None:
    try:
        _copy(file, place)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise refuse("disk_full", "there is no room for the file. Tell whoever runs this machine, then send it again.") from error
    jobs.close_to_others(place)


def _copy(file: UploadFile, place: Path) -> None:
    with place.open("wb") as out:
        while block := file.file.read(_BLOCK):
            out.write(block)


@router.post("/jobs/period", status_code=201, summary="Classify the desk's requests of a time again, to compare")
def period(body: PeriodIn, request: Request, who: Mine) -> dict[str, Any]:
    state = state_of(request)
    if body.since > body.until:
        raise refuse("bad_value", "until: before since. Turn them round.")
    told = {"since": body.since.isoformat(), "until": body.until.isoformat(), "suffix": body.suffix}
    name, chosen = f"{told['since']} – {told['until']}", now_in_use(state.store, state.settings)
    with state.store.write() as connection:
        number, folder = jobs.create(connection, who.name, jobs.PERIOD, name, told, state.settings.job_days, state.settings.job_most)
        jobs.freeze(state.settings.jobs_folder, folder, chosen.model, chosen.profile)
        audit.note(connection, who.who, "job.create", f"job:{number}", detail={"kind": jobs.PERIOD}, algorithm=state.settings.audit_hash)
        return jobs.shown(jobs.one(connection, number, who.name))


@router.post("/jobs/{number}/pause", summary="Pause it; what is done is kept")
def pause(number: Number, request: Request, who: Mine) -> dict[str, Any]:
    return _move(request, who, number, "pause")


@router.post("/jobs/{number}/resume", summary="Go on with a job that was paused or has failed")
def resume(number: Number, request: Request, who: Mine) -> dict[str, Any]:
    return _move(request, who, number, "resume")


@router.post("/jobs/{number}/cancel", summary="Cancel it; its files are removed")
def cancel(number: Number, request: Request, who: Mine) -> dict[str, Any]:
    return _move(request, who, number, "cancel")


@router.get("/jobs/{number}/result", response_class=FileResponse, summary="Its result, as a file")
def result(number: Number, request: Request, who: Mine) -> FileResponse:
    state = state_of(request)
    with state.store.write() as connection:
        row = jobs.one(connection, number, who.name)
        place = jobs.result(state.settings.jobs_folder, row)
        if row.state != jobs.DONE or not place.is_file():
            raise refuse("wrong_state", f"job {number} has no result yet.")
        audit.note(connection, who.who, "job.download", f"job:{number}", algorithm=state.settings.audit_hash)
    return FileResponse(place, filename=f"job-{number}.{row.suffix}", headers={"cache-control": "no-store"})


def _move(request: Request, who: Caller, number: int, action: str) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        row = jobs.one(connection, number, who.name)
        if action == "resume" and row.state == jobs.FAILED and row.kind == jobs.UPLOAD and not jobs.source(state.settings.jobs_folder, row).exists():
            raise refuse("wrong_state", f"job {number} failed for good, and its file is removed. Correct the file, then send it again.")
        found = jobs.move(connection, number, who.name, action)
        audit.note(connection, who.who, f"job.{action}", f"job:{number}", algorithm=state.settings.audit_hash)
    return found
