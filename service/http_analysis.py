"""Calls of the statistics: a question answered, the requests behind it, a file of it, the speed of dispatch, saved views."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from service import audit, hiding, tag_store
from service.analysis import answer, charts, drawing, export, lists, periods, speed
from service.analysis.answer import Answer
from service.analysis.ended import ended
from service.analysis.held import Held
from service.analysis.hiding import Shown
from service.analysis.question import DIMENSIONS, Filter, Question, read, written
from service.analysis.rates import RATES
from service.analysis.snapshot import Manifest
from service.failures import refuse
from service.forms import Cursor, Limit, ViewIn
from service.guard import Caller, needs, state_of
from service.state import State

router = APIRouter(prefix="/api/v1/analysis")
drawn = APIRouter()
_EXPORTS = {"csv": (export.to_csv, "text/csv; charset=utf-8"),
            "xlsx": (export.to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}  # fmt: skip
_MOST_LINES = 2000
_OWN = ("outside", "form", "cursor", "limit")


@router.get("/options", summary="What can be asked: dimensions, rates, tags, saved views, and of when the snapshot is")
def options(request: Request, who: Annotated[Caller, needs("figures.all")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.read() as connection:
        mine, rules = lists.views(connection, who.name), tag_store.rules(connection)
    seen = _seen(state, who)
    tags = {each.tag: {"code": each.tag, "title": each.name, "dimension": each.dimension, "definition": each.definition}
            for each in (state.profile.tags if state.profile is not None else ()) if each.tag in seen}  # fmt: skip
    own = [{"code": each["code"], "title": each["name"], "dimension": tag_store.DIMENSION, "definition": each["definition"]}
           for each in rules if each["state"] == tag_store.PUBLISHED and each["code"] in seen]  # fmt: skip
    with _facts(request).open() as (found, manifest):
        first, last = found.execute("SELECT min(day), max(day) FROM facts").fetchone() or (None, None)
    return {
        "dimensions": [{"code": code, "title": each.title} for code, each in DIMENSIONS.items()], "tags": [*tags.values(), *own],
        "rates": [{"code": code, "title": each.title, "words": each.words, "good": each.good, "beyond": each.beyond} for code, each in RATES.items()],
        "views": mine, "snapshot": _told(manifest), "first": first and first.isoformat(), "last": last and last.isoformat(),
        "today": state.adviser.now().date().isoformat(),
    }  # fmt: skip


@router.get("/answer", summary="A question answered: lines, total, notes, and the chart; the question stands in the address")
def ask(request: Request, who: Annotated[Caller, needs("figures.all")]) -> dict[str, Any]:
    question = _question(request, who)
    with _facts(request).open() as (found, manifest):
        told = answer.answer(found, state_of(request).profile, question)
    return {
        "title": told.title, "query": written(question), "heads": told.heads, "several": told.several, "gaps": told.gaps, "notes": told.notes,
        "compared": told.compared, "known": told.known,
        "lines": [_line(told, each) for each in told.lines[:_MOST_LINES]], "left_out": max(0, len(told.lines) - _MOST_LINES),
        "total": _line(told, told.total), "spec": charts.spec(told), "left_out_of_chart": charts.left_out(told),
        "snapshot": _told(manifest),
        "ended": [asdict(each) for each in ended(question.filter, state_of(request).profile, state_of(request).adviser.now().date())],
    }  # fmt: skip


@router.get("/requests", summary="The masked requests behind a figure, newest first")
def behind(request: Request, who: Annotated[Caller, needs("figures.all")], cursor: Cursor = 0, limit: Limit = 50) -> dict[str, Any]:
    state, question = state_of(request), _question(request, who)
    with _facts(request).open() as (found, _):
        rows = lists.requests(found, state.profile, question.filter, _seen(state, who), cursor, limit)
    _note(state, who, "analysis.requests", {"query": _plain(question), "found": len(rows)})
    return {"requests": rows, "cursor": rows[-1]["id"] if len(rows) == limit else None}


@router.get("/file", summary="The answer as CSV or XLSX; for outside of the office with small cells hidden", response_class=Response)
def file(
    request: Request,
    who: Annotated[Caller, needs("export")],
    form: Annotated[str, Query(max_length=10, description="csv or xlsx")] = "csv",
    outside: Annotated[bool, Query(description="Whether it leaves the office")] = True,
) -> Response:
    state, question = state_of(request), _question(request, who)
    if form not in _EXPORTS:
        raise refuse("unknown_code", f"form: {form!r}. Use csv or xlsx.")
    with _facts(request).open() as (found, _):
        told = answer.answer(found, state.profile, question, outside=outside)
    _note(state, who, "analysis.export", {"query": _plain(question), "form": form, "outside": outside, "lines": len(told.lines)})
    make, kind = _EXPORTS[form]
    what, _, rest = told.title.partition(" (")
    when = rest.partition(";")[0].partition(")")[0].replace(" ", "")
    words = f"统计-{'对外' if outside else '内部'}-{what}-{when}.{form}"
    name = quote(words, safe="")  # RFC 6266: older programs take the first name
    named = f"attachment; filename=\"statistics.{form}\"; filename*=UTF-8''{name}"
    return Response(make(told), media_type=kind, headers={"content-disposition": named, "cache-control": "no-store"})


@router.get("/speed", summary="How fast requests were sent out, against the baseline and the target")
def speeds(request: Request, who: Annotated[Caller, needs("figures.all")]) -> dict[str, Any]:
    state = state_of(request)
    told = _question(request, who).filter
    base = speed.period(state.settings.baseline)
    with _facts(request).open() as (found, manifest):
        last = periods.lately(found, state.adviser.now().date())
        chosen = told if told.since or told.until else Filter(last - timedelta(days=29), last, told.values, told.words)
        now = speed.speeds(found, chosen)
        months = speed.months(found, Filter(values=chosen.values, words=chosen.words))
        before = speed.speeds(found, Filter(*base, chosen.values, chosen.words)) if base is not None else []
        held = periods.coverage(found, chosen.since, chosen.until)
    required, target = state.settings.speedup, state.settings.province_minutes
    old = before[0] if before else None
    return {
        "since": chosen.since, "until": chosen.until, "ways": [each._asdict() for each in now], "months": [each._asdict() for each in months][-24:],
        "known": held.known, "gaps": answer.uncounted(held), "first_day": held.first, "last_day": held.last,
        "baseline": {"period": base, "ways": [each._asdict() for each in before]} if base is not None else None,
        "required": required, "target_minutes": target, "city_minutes": state.settings.dispatch_minutes, "snapshot": _told(manifest),
        "first": _verdict(speed.verdict(now[0].first_median, old.first_median if old else None, required, target)),
        "final": _verdict(speed.verdict(now[0].final_median, old.final_median if old else None, required, target)),
    }  # fmt: skip


@router.post("/views", status_code=201, summary="Save a view under a name of one's own; an empty query removes it")
def save(body: ViewIn, request: Request, who: Annotated[Caller, needs("figures.all")]) -> dict[str, Any]:
    state = state_of(request)
    with state.store.write() as connection:
        known = lists.views(connection, who.name)
        if any("〔" in hiding.words(value) for _, value in parse_qsl(body.query)):
            raise refuse("bad_value", "query: a saved view holds no personal data. Leave the number or the name out of it.")
        if body.query and len(known) >= lists.MOST_VIEWS and hiding.hide(body.name)[:200] not in {each["name"] for each in known}:
            raise refuse("bad_value", f"there are {lists.MOST_VIEWS} saved views already. Remove one first.")
        lists.save_view(connection, who.who, hiding.hide(body.name)[:200], body.query)
        audit.note(connection, who.who, "analysis.view", "", detail={"removed": not body.query}, algorithm=state.settings.audit_hash)
        return {"views": lists.views(connection, who.name)}


@drawn.get("/charts/vega.js", include_in_schema=False)
def vega(request: Request) -> Response:
    state = state_of(request)
    return FileResponse(drawing.bundle(state.settings.data), media_type="text/javascript", headers={"cache-control": "no-cache"})


def _facts(request: Request) -> Held:
    found: Held = request.app.state.facts
    return found


def _question(request: Request, who: Caller) -> Question:
    found = read(pair for pair in request.query_params.multi_items() if pair[0] not in _OWN)
    state = state_of(request)
    with state.store.read() as connection:
        own = {each["code"] for each in tag_store.rules(connection)}
    named = {each.tag for each in state.profile.tags} if state.profile is not None else set()
    answer.check_tags(found, _seen(state, who), own | named)
    return found


def _seen(state: State, who: Caller) -> frozenset[str]:
    """Tags that somebody may see: those of the table, and what analysts have published."""
    with state.store.read() as connection:
        return tag_store.seen(connection, state.profile, who.role, state.adviser.now().date())


def _line(told: Answer, each: Shown) -> dict[str, Any]:
    line, before = each.line, each.before
    return {
        "labels": each.labels, "n": line.n, "numerator": line.numerator, "denominator": line.denominator, "outside": line.outside, "rate": line.rate,
        "before": {"n": before.n, "rate": before.rate, "denominator": before.denominator} if before is not None else None, "change": each.change,
        "keys": each.keys, "drill": answer.drill(told.question, each.keys) if each.keys else [],
    }  # fmt: skip


def _verdict(found: speed.Verdict) -> dict[str, Any]:
    return {"gain": found.gain, "met_gain": found.met_gain, "met_target": found.met_target}


def _told(manifest: Manifest) -> dict[str, Any]:
    made = datetime.fromisoformat(manifest.made_at) if manifest.made_at else None
    return {"made_at": made.astimezone(UTC).isoformat() if made else "", "rows": manifest.rows}


def _plain(question: Question) -> list[tuple[str, str]]:
    """For the audit log: what was asked, without the words that were looked for."""
    return [(name, "…" if name == "words" else hiding.words(value)) for name, value in written(question)][:40]


def _note(state: State, who: Caller, action: str, detail: dict[str, object]) -> None:
    with state.store.write() as connection:
        audit.note(connection, who.who, action, detail=detail, algorithm=state.settings.audit_hash)
