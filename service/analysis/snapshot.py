"""Snapshots: what the store holds of requests, as Parquet by month, for statistics. Masked only, one row per request.

A folder with ``snapshot.json``, which names the files that count and how far the store was read. The next run reads only requests
with something new, and writes only the months that hold them. Files appear whole or not at all; readers see one state or the next.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from service.analysis import facts
from service.analysis.columns import FORMAT, SCHEMA
from service.analysis.facts import City, Story
from service.database import Database, iso, now
from service.keys import Keys
from service.relabels import holding
from service.tables import (
    decisions,
    events,
    feedback,
    finals,
    heads,
    phone_marks,
    refusals,
    relabel_acts,
    relabels,
    requests,
    suggestions,
    tag_marks,
    tombstones,
)
from triage.tag import FIRST, REPEATED

MANIFEST = "snapshot.json"
REPEAT_DAYS = 90
"""For so long the next request of a caller about the same item counts as a repetition 重复件."""
_CHUNK = 1000
_ALL = (requests, events, suggestions, feedback, tag_marks)
_READ = (*_ALL, relabel_acts)
_PARTS = ("events", "decisions", "refusals", "finals", "suggestions", "feedback", "marks")
_TABLES = (events, decisions, refusals, finals, suggestions, feedback, tag_marks)


@dataclass(frozen=True)
class Manifest:
    """``cursor``: the last number read of each table, and the last time of removal. ``files``: those that count, by month."""

    made_at: str = ""
    rows: int = 0
    generation: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    cursor: Mapping[str, int] = field(default_factory=dict)
    purged: str = ""
    city: str = ""
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Written:
    """What a run did: requests read, requests removed, months written, rows in all."""

    changed: int
    gone: int
    months: int
    rows: int


def read_manifest(folder: Path) -> Manifest:
    """What a folder holds; an empty one where there is no snapshot, or one of another format."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**told) if told["format"] == FORMAT else Manifest()
    except (OSError, ValueError, KeyError, TypeError):
        return Manifest()


def write(database: Database, keys: Keys, city: City, folder: Path, fresh: bool = False) -> Written:
    """Brings a snapshot up to the store. ``fresh``: from the beginning, which also happens by itself after a change of the city's tables."""
    with _alone(folder):
        before = seen = read_manifest(folder)
        with database.read() as connection:
            ends = {table.name: int(connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) for table in _READ}
            if fresh or before.city != city.shape or _another(connection, before, ends):
                before = Manifest(generation=before.generation)
            wanted, gone, purged = _changed(connection, before)
            gone = _still(folder, before, gone)
            if not wanted and not gone and before.cursor == ends:
                return Written(0, 0, 0, before.rows)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".part") as part:
                _read(connection, keys, city, wanted, Path(part) / "changed.parquet")
                files = _merge(folder, Path(part), before, wanted, gone, _tags_repeats(city))
        rows = sum(pq.read_metadata(folder / name).num_rows for name in files.values())
        after = Manifest(iso(now()), rows, before.generation + 1, files, ends, purged, city.shape)
        _put(folder, after)
        _sweep(folder, seen, after)
    return Written(len(wanted), len(gone), sum(before.files.get(month) != name for month, name in files.items()), rows)


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """An own DuckDB with the view ``facts`` over the snapshot of a folder; empty where there is none. For reading only."""
    return opened(folder)[0]


def opened(folder: Path) -> tuple[duckdb.DuckDBPyConnection, Manifest]:
    """The same, and the manifest that it is of: read once, so that both are of one state."""
    found = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    found.execute("SET enable_progress_bar = false")
    found.execute("SET parquet_metadata_cache = true")  # no file ever changes: the next one has another name
    manifest = read_manifest(folder)
    view(found, [str(folder / name) for _, name in sorted(manifest.files.items())])
    return found, manifest


def view(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    """Makes the view ``facts`` over some files."""
    if files:
        listed = ", ".join(f"'{_quoted(name)}'" for name in files)
        connection.execute(f"CREATE OR REPLACE VIEW facts AS SELECT * FROM read_parquet([{listed}])")  # noqa: S608
    else:
        connection.register("nothing", SCHEMA.empty_table())
        # A table, not what is registered: that would be seen by this connection alone, and by no cursor of it.
        connection.execute("CREATE OR REPLACE TABLE none AS SELECT * FROM nothing")
        connection.execute("CREATE OR REPLACE VIEW facts AS SELECT * FROM none")


def _another(connection: sa.Connection, before: Manifest, ends: Mapping[str, int]) -> bool:
    """Whether this is not the store that was read last: it counts less far, and retention has removed nothing since."""
    shorter = any(before.cursor.get(name, 0) > end for name, end in ends.items())
    last = iso(connection.execute(sa.select(sa.func.max(tombstones.c.purged_at))).scalar())
    return shorter and last <= before.purged


def _changed(connection: sa.Connection, before: Manifest) -> tuple[list[int], list[int], str]:
    """Requests with something new, requests that were removed, and the time of the last removal."""
    wanted: set[int] = set()
    for table in _ALL:
        column = table.c.id if table is requests else table.c.request_id
        chosen = sa.select(column).where(table.c.id > before.cursor.get(table.name, 0)).distinct()
        wanted.update(connection.execute(chosen).scalars())
    # A reclassification begins to count, or ceases to, for all of its requests at once.
    acted = sa.select(relabel_acts.c.batch_id).where(relabel_acts.c.id > before.cursor.get(relabel_acts.name, 0))
    wanted.update(connection.execute(sa.select(relabels.c.request_id).where(relabels.c.batch_id.in_(acted))).scalars())
    gone = connection.execute(sa.select(tombstones.c.request_id, tombstones.c.purged_at).order_by(tombstones.c.purged_at)).all()
    fresh = [each for each in gone if iso(each.purged_at) >= before.purged] if before.files else []
    last = iso(gone[-1].purged_at) if gone else before.purged
    return sorted(wanted), sorted(each.request_id for each in fresh), last


def _still(folder: Path, before: Manifest, gone: Sequence[int]) -> list[int]:
    """Of some requests those that the snapshot holds: what went at the very time of the last removal may be gone from it already."""
    if not gone:
        return []
    with duckdb.connect(":memory:") as found:
        files = [str(folder / name) for name in before.files.values()]
        return [number for (number,) in found.execute("SELECT id FROM read_parquet(?) WHERE id IN (SELECT unnest(?))", [files, gone]).fetchall()]


def _read(connection: sa.Connection, keys: Keys, city: City, wanted: Sequence[int], target: Path) -> None:
    with pq.ParquetWriter(target, SCHEMA, compression="zstd") as file:
        for start in range(0, len(wanted), _CHUNK):
            rows = facts.rows(list(stories(connection, keys, wanted[start : start + _CHUNK])), city)
            file.write_table(pa.Table.from_pylist(rows, SCHEMA))


def stories(connection: sa.Connection, keys: Keys, numbers: Sequence[int]) -> Iterator[Story]:
    """All that is kept of some requests, one at a time, by number."""
    own = {row.request_id: row for row in connection.execute(sa.select(heads).where(heads.c.request_id.in_(numbers)))}
    kinds = {name: _by_request(connection, table, numbers) for name, table in zip(_PARTS, _TABLES, strict=True)}
    again = _grouped(connection.execute(holding().where(relabels.c.request_id.in_(numbers)).order_by(relabels.c.batch_id)))
    callers: dict[int, str] = {}
    for row in connection.execute(sa.select(phone_marks).where(phone_marks.c.request_id.in_(numbers)).order_by(phone_marks.c.mark)):
        # Another key than that of the store's own marks: a snapshot must not tell who called to somebody who also has the store.
        callers.setdefault(row.request_id, keys.mark("caller", row.mark)[:16])
    for row in connection.execute(sa.select(requests).where(requests.c.id.in_(numbers)).order_by(requests.c.id)):
        if row.id in own:
            parts = {name: kinds[name].get(row.id, ()) for name in _PARTS}
            yield Story(row, own[row.id], **parts, relabels=again.get(row.id, ()), caller=callers.get(row.id, ""))


def _by_request(connection: sa.Connection, table: sa.Table, numbers: Sequence[int]) -> dict[int, list[Any]]:
    return _grouped(connection.execute(sa.select(table).where(table.c.request_id.in_(numbers)).order_by(table.c.id)))


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.request_id].append(row)
    return found


def _merge(folder: Path, part: Path, before: Manifest, wanted: Sequence[int], gone: Sequence[int], tagged: bool) -> dict[str, str]:
    """Writes every month that changes; the files of all months."""
    old = {month: folder / name for month, name in before.files.items()}
    connection = duckdb.connect(":memory:", config={"temp_directory": str(part), "preserve_insertion_order": "true"})
    try:
        connection.execute("SET enable_progress_bar = false")
        connection.register("touched", pa.table({"id": pa.array([*wanted, *gone], pa.int64())}))
        connection.execute(f"CREATE VIEW changed AS SELECT * FROM read_parquet('{_quoted(str(part / 'changed.parquet'))}')")  # noqa: S608
        months = {month for (month,) in connection.execute("SELECT DISTINCT strftime(day, '%Y-%m') FROM changed").fetchall()}
        months |= {month for month, name in old.items() if _holds(connection, name)}
        view(connection, [str(name) for name in old.values()])
        connection.execute(_PREPARE.format(days=REPEAT_DAYS, tagged=tagged, first=FIRST, again=REPEATED))
        files = dict(before.files)
        for month in sorted(months):
            target = folder / f"facts-{month}.{before.generation + 1}.parquet"
            rest = old.get(month)
            # Months and names of files are of our own making: nothing here comes from outside.
            kept = f"SELECT * FROM read_parquet('{_quoted(str(rest))}') WHERE id NOT IN (FROM touched) UNION ALL " if rest else ""  # noqa: S608
            query = f"{kept}SELECT * FROM repeated WHERE strftime(day, '%Y-%m') = '{month}' ORDER BY id"  # noqa: S608
            connection.execute(f"COPY ({query}) TO '{_quoted(str(part / 'month.parquet'))}' (FORMAT parquet, COMPRESSION zstd)")
            (part / "month.parquet").replace(target)
            target.chmod(0o600)
            files[month] = target.name
    finally:
        connection.close()
    return files


_PREPARE = """
CREATE TABLE callers AS
  SELECT id, caller, item_now, registered_at FROM facts WHERE caller <> '' AND item_now <> '' AND id NOT IN (FROM touched)
  UNION ALL SELECT id, caller, item_now, registered_at FROM changed WHERE caller <> '' AND item_now <> '';
CREATE VIEW held AS
  SELECT changed.* REPLACE (CASE WHEN callers.registered_at >= changed.registered_at - INTERVAL {days} DAY THEN callers.id END AS repeat_of)
  FROM changed ASOF LEFT JOIN callers ON changed.caller = callers.caller AND changed.item_now = callers.item_now
    AND changed.registered_at > callers.registered_at;
CREATE VIEW repeated AS
  SELECT held.* EXCLUDE (told) REPLACE (
    CASE WHEN {tagged} AND caller <> '' THEN list_append(tags, told) ELSE tags END AS tags,
    CASE WHEN {tagged} AND caller <> '' THEN list_append(tag_sources, {{'tag': told, 'source': 'derived', 'who': 'repeat_of', 'at': NULL, 'p': 1}})
      ELSE tag_sources END AS tag_sources)
  FROM (SELECT *, CASE WHEN repeat_of IS NULL THEN 'duplicate={first}' ELSE 'duplicate={again}' END AS told FROM held) AS held
"""


def _tags_repeats(city: City) -> bool:
    return city.profile is not None and any(each.tag == "duplicate" for each in city.profile.tags)


def _holds(connection: duckdb.DuckDBPyConnection, file: Path) -> bool:
    found = connection.execute(f"SELECT 1 FROM read_parquet('{_quoted(str(file))}') WHERE id IN (FROM touched) LIMIT 1").fetchone()  # noqa: S608
    return found is not None


def _put(folder: Path, manifest: Manifest) -> None:
    part = folder / f".{MANIFEST}.{os.getpid()}"
    part.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(folder / MANIFEST)


def _sweep(folder: Path, before: Manifest, after: Manifest) -> None:
    """Files of two states ago go: whoever began to read the last state may still read it."""
    kept = {*before.files.values(), *after.files.values()}
    for file in folder.glob("facts-*.parquet"):
        if file.name not in kept:
            file.unlink(missing_ok=True)
    for left in folder.glob(".part*"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _quoted(name: str) -> str:
    return name.replace("'", "''")
