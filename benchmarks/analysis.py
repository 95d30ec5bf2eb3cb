"""How long ten typical views take on an invented snapshot of a million or ten million requests, against plain pandas.

    python benchmarks/analysis.py --rows 1000000 [--folder DIR] [--pandas]

The snapshot is made by DuckDB straight into Parquet, by month, with the columns of service/analysis/columns.py; texts are short.
"""

import argparse
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from service.analysis import answer, lists, snapshot, speed
from service.analysis.columns import COLUMNS
from service.analysis.question import Filter, read
from service.analysis.snapshot import Manifest
from triage.locations import resolve
from triage.profile import Profile
from triage.profile_load import load

START, DAYS = date(2024, 11, 1), 730
AS_OF = datetime(2026, 11, 26)  # noqa: DTZ001 - the store's form
_TYPES = {
    "int64": "BIGINT", "string": "VARCHAR", "timestamp[ms]": "TIMESTAMP_MS", "bool": "BOOLEAN", "date32[day]": "DATE", "int8": "TINYINT", "int16": "SMALLINT",
    "float": "FLOAT", "double": "DOUBLE", "list<item: string>": "VARCHAR[]",
}  # fmt: skip
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
    connection = duckdb.connect(":memory:", config={"threads": "2", "temp_directory": str(folder)})
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


def measure(folder: Path, profile: Profile, repeat: int) -> dict[str, float]:
    """Median seconds of each view, on a connection that is open already, as in the service."""
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
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
        found[name] = sorted(times)[len(times) // 2]
    return found


def by_pandas(folder: Path) -> dict[str, float]:
    """Plain pandas over the same files: read the columns that are needed, then group."""
    import pandas as pd

    found = {}
    for name, columns, call in (
        ("count by town and item", ["town", "item_1"], lambda frame: frame.groupby(["town", "item_1"]).size()),
        ("count by month", ["day"], lambda frame: frame.groupby(pd.to_datetime(frame["day"]).dt.to_period("M")).size()),
        ("first dispatch right, by unit", ["final_unit", "refused"], lambda frame: frame[frame.final_unit != ""].groupby("final_unit").refused.apply(lambda s: (s == 0).mean())),
    ):  # fmt: skip
        began = time.perf_counter()
        frame = pq.read_table([str(each) for each in sorted(folder.glob("facts-*.parquet"))], columns=columns).to_pandas()
        call(frame)
        found[name] = time.perf_counter() - began
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--pandas", action="store_true")
    chosen = parser.parse_args()
    profile = load(resolve("data", "kaiping"))
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="analysis"))
    began = time.perf_counter()
    if not (folder / snapshot.MANIFEST).exists():
        synthesise(folder, chosen.rows, profile)
        print(
            f"made {chosen.rows:,} rows in {time.perf_counter() - began:.1f} s, {sum(each.stat().st_size for each in folder.glob('*.parquet')) / 2**20:.0f} MiB"
        )
    ours = measure(folder, profile, chosen.repeat)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs = by_pandas(folder) if chosen.pandas else {}
    for name, seconds in ours.items():
        ratio = f"   pandas {theirs[name]:.2f} s, {theirs[name] / seconds:.1f} times" if name in theirs else ""
        print(f"{seconds:8.3f} s  {name}{ratio}")
    print(f"peak memory {peak:.0f} MiB before pandas, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB after")
    if not chosen.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
