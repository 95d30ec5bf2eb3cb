"""How long eleven typical views take on an invented snapshot of a million or ten million requests, against plain pandas.

    python benchmarks/analysis.py --rows 1000000 [--folder DIR] [--pandas] [--memory GIB]

The snapshot is made by DuckDB straight into Parquet, month by month, with the columns of service/analysis/columns.py; texts are short. A
million rows take 80 MiB of disk, ten million 0.8 GiB. Each step is a process of its own, so that its memory is its own: none takes more than
``--memory``, and what a view in pandas would need beyond that is told as such.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import duckdb

from service.analysis import answer, lists, snapshot, speed
from service.analysis.columns import COLUMNS
from service.analysis.question import Filter, read
from service.analysis.snapshot import Manifest
from triage.locations import resolve
from triage.profile import Profile
from triage.profile_load import load

START, DAYS = date(2024, 11, 1), 730
MAKING = "3GB"
"""Of memory while the snapshot is made."""
AS_OF = datetime(2026, 11, 26)  # noqa: DTZ001 - the store's form
_TYPES = {
    "int64": "BIGINT", "string": "VARCHAR", "timestamp[ms]": "TIMESTAMP_MS", "bool": "BOOLEAN", "date32[day]": "DATE", "int8": "TINYINT", "int16": "SMALLINT",
    "float": "FLOAT", "double": "DOUBLE", "list<item: string>": "VARCHAR[]",
}  # fmt: skip
PATIENCE = 1800
"""Seconds that one view in pandas may take."""
VIEWS = {
    "count by month": "by=month",
    "count by town and item": "by=town,item_1",
    "ranking of items": "by=item",
    "first dispatch right, by unit": "by=unit&rate=first_try",
    "refusals by unit and reason": "by=unit,reason&rate=refused",
    "satisfied by month, one town, against last year": "by=month&rate=satisfied&town=440783117&since=2025-12-01&until=2026-10-31&compare=year",
    "overdue by unit, one year": "by=unit&rate=overdue&since=2025-11-01",
    "suggested to final unit": "by=suggested_unit,final_unit",
    "tag by town": "by=tag.crowd,town",
}


def synthesise(folder: Path, rows: int, profile: Profile, seed: int = 1) -> None:
    """Writes an invented snapshot: every value drawn at random, evenly, from the city's own codes."""
    connection = duckdb.connect(":memory:", config={"threads": "2", "memory_limit": MAKING, "temp_directory": str(folder)})
    folder.mkdir(parents=True, exist_ok=True)
    items = [(code, *profile.path(code)[:2]) for code in profile.leaves()]
    units = [code for code, each in profile.units.items() if each.accepts != "no"]
    connection.execute(
        "CREATE TABLE items AS SELECT unnest($1) AS item, unnest($2) AS item_1, unnest($3) AS item_2",
        [list(each) for each in zip(*items, strict=True)],
    )
    named = {"units": units, "towns": [*profile.towns, ""], "reasons": list(profile.refusals) or ["其他"]}
    for name, values in named.items():
        connection.execute(f"SET VARIABLE {name} = $1", [values])
    connection.execute(f"SELECT setseed({seed / 1000})")
    files, months = {}, _months()
    for place, (month, first, days) in enumerate(months):
        count = rows // len(months) + (place < rows % len(months))
        target = folder / f"facts-{month}.1.parquet"
        connection.execute(_query(first, days, count, place * 100_000_000, target))
        files[month] = target.name
    manifest = Manifest(f"{AS_OF.isoformat()}+00:00", rows, 1, files)
    (folder / snapshot.MANIFEST).write_text(json.dumps(asdict(manifest)), encoding="utf-8")


def _months() -> list[tuple[str, date, int]]:
    found: dict[str, list[date]] = {}
    for number in range(DAYS):
        day = date.fromordinal(START.toordinal() + number)
        found.setdefault(f"{day:%Y-%m}", []).append(day)
    return [(month, days[0], len(days)) for month, days in found.items()]


def _query(first: date, days: int, rows: int, start: int, target: Path) -> str:
    pick = "list_extract(getvariable('{0}'), 1 + floor(random() * len(getvariable('{0}')))::INT)".format
    known = {
        "id": "id", "ref": "'GD' || id", "registered_at": "moment", "exact": "true", "day": "moment::DATE", "hour": "hour(moment)::TINYINT",
        "channel": "['电话', '微信', '网站'][1 + floor(random() * 3)::INT]", "caller_kind": "CASE WHEN r < 0.1 THEN '企业' ELSE '个人' END",
        "caller": "substr(md5((id % 997 * 31 + floor(random() * 100000))::VARCHAR), 1, 16)", "town": "town", "item": "items.item",
        "item_now": "items.item", "item_1": "items.item_1", "item_2": "items.item_2",
        "type": "['咨询', '求助', '投诉', '建议'][1 + floor(random() * 4)::INT]", "urgency": "CASE WHEN r > 0.97 THEN '紧急' ELSE '一般' END",
        "confidential": "false", "state": "CASE WHEN done THEN 'final' ELSE 'dispatched' END", "suggested_unit": "CASE WHEN r < 0.8 THEN unit ELSE other END",
        "suggested_p": "random()::FLOAT", "suggested": "'suggest'", "first_unit": "CASE WHEN back THEN other ELSE unit END",
        "first_at": "moment + to_seconds(wait)", "how": "how", "last_unit": "unit", "last_at": "moment + to_seconds(wait + more)",
        "dispatches": "CASE WHEN back THEN [{'unit': other, 'how': how, 'at': (moment + to_seconds(wait))::TIMESTAMP_MS}, "
        "{'unit': unit, 'how': 'chosen', 'at': (moment + to_seconds(wait + more))::TIMESTAMP_MS}] "
        "ELSE [{'unit': unit, 'how': how, 'at': (moment + to_seconds(wait))::TIMESTAMP_MS}] END",
        "final_unit": "CASE WHEN done THEN unit ELSE '' END", "final_at": "CASE WHEN done THEN moment + INTERVAL 2 DAY END",
        "refusals": "CASE WHEN back THEN [{'unit': other, 'reason': reason, 'at': (moment + INTERVAL 1 DAY)::TIMESTAMP_MS}] ELSE [] END",
        "refused": "CASE WHEN back THEN 1 ELSE 0 END", "first_s": "wait", "final_s": "CASE WHEN done THEN wait + more END",
        "due_at": "moment + INTERVAL 10 DAY", "closed_at": "CASE WHEN done THEN moment + to_hours(floor(random() * 300)::INT) END",
        "contacted": "CASE WHEN done THEN random() < 0.9 END", "resolved": "CASE WHEN done THEN ['解决', '未解决', '解释说明'][1 + floor(random() * 3)::INT] ELSE '' END",
        "satisfied": "CASE WHEN done THEN ['满意', '基本满意', '不满意', '未评价'][1 + floor(random() * 4)::INT] ELSE '' END",
        "tags": "CASE WHEN r < 0.2 THEN ['crowd=老年人'] WHEN r < 0.3 THEN ['crowd=学生家长', 'demand=退款'] ELSE [] END",
        "engine": "'0.1.0'", "model": "'bench'", "profile": "'kaiping@2026.11'", "taxonomy": "'v1'", "synthetic": "true",
        "title": "'路灯不亮 ' || (id % 1000)", "text": "'水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下 ' || md5(id::VARCHAR)",
    }  # fmt: skip
    listed = {"dispatches": "STRUCT(unit VARCHAR, how VARCHAR, \"at\" TIMESTAMP_MS)[]", "refusals": "STRUCT(unit VARCHAR, reason VARCHAR, \"at\" TIMESTAMP_MS)[]",
              "tag_sources": "STRUCT(tag VARCHAR, source VARCHAR, who VARCHAR, \"at\" TIMESTAMP_MS, p FLOAT)[]"}  # fmt: skip
    columns = []
    for each in COLUMNS:
        kind = listed.get(each.name) or _TYPES[str(each.type).replace("element", "item")]
        columns.append(f"({known.get(each.name, 'NULL')})::{kind} AS {each.name}")
    return f"""COPY (SELECT {", ".join(columns)} FROM (
      SELECT {start} + range AS id, DATE '{first}' + to_seconds(floor(random() * {days} * 86400)::BIGINT) AS moment, random() AS r,
        1 + floor(random() * (SELECT count(*) FROM items))::INT AS place, {pick("towns")} AS town, {pick("units")} AS unit, {pick("units")} AS other,
        {pick("reasons")} AS reason, random() < 0.12 AS back, random() < 0.85 AS done, (-600 * ln(random() + 1e-9))::INT AS wait,
        floor(random() * 86400)::INT * (random() < 0.12)::INT AS more, ['auto', 'accepted', 'chosen', 'overridden'][1 + floor(random() * 4)::INT] AS how
      FROM range({rows})) JOIN (SELECT *, row_number() OVER () AS place FROM items) AS items USING (place) ORDER BY id)
      TO '{target}' (FORMAT parquet, COMPRESSION zstd)"""


def measure(folder: Path, profile: Profile, repeat: int) -> dict[str, tuple[float, float]]:
    """Of each view the median seconds by the clock, and those of the processor, on a connection that is open already, as in the service."""
    connection = snapshot.connect(folder)
    connection.execute("SET threads = 2")
    calls: dict[str, Callable[[], Any]] = {
        name: (lambda query=query: answer.answer(connection, profile, read(pair.split("=") for pair in query.split("&")), AS_OF))  # type: ignore[misc]
        for name, query in VIEWS.items()
    }
    calls["speed of dispatch, two years by month"] = lambda: (speed.speeds(connection, Filter()), speed.months(connection, Filter()))
    calls["the 50 newest requests of a town and item"] = lambda: lists.requests(
        connection, profile, read([("town", "440783117"), ("item", "07")]).filter, frozenset(), 0, 50
    )
    found = {}
    for name, call in calls.items():
        times = []
        for _ in range(repeat):
            began, busy = time.perf_counter(), time.process_time()
            call()
            times.append((time.perf_counter() - began, time.process_time() - busy))
        found[name] = sorted(times)[len(times) // 2]
    return found


def by_pandas(folder: Path, name: str, memory: float) -> dict[str, Any]:
    """Seconds and peak of a view in plain pandas, or why there are none."""
    command = [sys.executable, str(Path(__file__).with_name("analysis_pandas.py")), str(folder), name, str(memory)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return {"problem": f"over {PATIENCE // 60} min"}
    return json.loads(done.stdout) if done.returncode == 0 else {"problem": (done.stderr.strip() or f"ended by {-done.returncode}").splitlines()[-1]}


def step(*arguments: str) -> Any:
    """What a step prints, run as a process of its own."""
    done = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the snapshot is, or is made and left; else it is deleted afterwards")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--pandas", action="store_true")
    parser.add_argument("--memory", type=float, default=12, help="GiB that one process may take")
    parser.add_argument("--step", choices=("make", "views"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        most = int(chosen.memory * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        print(json.dumps(_step(chosen)))
        return
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="analysis"))
    common = ("--folder", str(folder), "--rows", str(chosen.rows), "--repeat", str(chosen.repeat), "--memory", str(chosen.memory))
    try:
        _report(chosen, folder, common)
    finally:
        if not chosen.folder:
            shutil.rmtree(folder)


def _report(chosen: argparse.Namespace, folder: Path, common: tuple[str, ...]) -> None:
    if not (folder / snapshot.MANIFEST).exists():
        made = step("--step", "make", *common)
        size = sum(each.stat().st_size for each in folder.glob("*.parquet")) / 2**20
        print(f"made {chosen.rows:,} rows in {made['seconds']:.1f} s, {size:.0f} MiB on disk, peak {made['peak']:.0f} MiB", flush=True)
    ours = step("--step", "views", *common)
    print(f"peak memory of all views {ours['peak']:.0f} MiB")
    for name, (wall, busy) in ours["views"].items():
        told = f"{wall:8.3f} s ({busy:.3f} s of processor)  {name}"
        if chosen.pandas:
            other = by_pandas(folder, name, chosen.memory)
            told += "   pandas: " + (
                other.get("problem") or f"{other['seconds']:.2f} s, {other['seconds'] / wall:.1f} times, peak {other['peak']:.0f} MiB"
            )
        print(told, flush=True)


def _step(chosen: argparse.Namespace) -> dict[str, Any]:
    profile = load(resolve("data", "kaiping"))
    began = time.perf_counter()
    told: dict[str, Any] = {}
    if chosen.step == "make":
        synthesise(chosen.folder, chosen.rows, profile)
    else:
        told["views"] = measure(chosen.folder, profile, chosen.repeat)
    return {"seconds": time.perf_counter() - began, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, **told}


if __name__ == "__main__":
    main()
