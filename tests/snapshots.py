"""Snapshots for tests, made of a few words per request instead of a store."""

from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from service.analysis.columns import SCHEMA

_EMPTY = {pa.string(): "", pa.bool_(): False}


def row(number: int, at: str = "2026-03-02T09:00", **more: Any) -> dict[str, Any]:
    """A row with everything unknown but what is named. ``sent``: [(unit, minutes after)]; ``back``: [(unit, reason)]; ``final``: the unit."""
    moment = datetime.fromisoformat(at)
    found: dict[str, Any] = {name: _EMPTY.get(kind) for name, kind in zip(SCHEMA.names, SCHEMA.types, strict=True)}
    sent = [{"unit": unit, "how": more.get("how", "accepted"), "at": moment + timedelta(minutes=minutes)} for unit, minutes in more.pop("sent", ())]
    back, final = more.pop("back", ()), more.pop("final", "")
    item = more.pop("item", "070301")
    found |= {
        "id": number, "registered_at": moment, "exact": True, "day": moment.date(), "hour": moment.hour, "contacted": None, "reopened": None,
        "item": item, "item_now": item, "item_1": item[:2], "item_2": item[:4], "tags": [], "tag_sources": [], "state": "new",
        "dispatches": sent, "refusals": [{"unit": unit, "reason": reason, "at": moment} for unit, reason in back], "refused": len(back),
        "final_unit": final,
    }  # fmt: skip
    if sent:
        found |= {"first_unit": sent[0]["unit"], "first_at": sent[0]["at"], "how": sent[0]["how"], "last_unit": sent[-1]["unit"]}
        found |= {"last_at": sent[-1]["at"], "state": "final" if final else "dispatched", "first_s": (sent[0]["at"] - moment).total_seconds()}
        found["final_s"] = (sent[-1]["at"] - moment).total_seconds() if final else None
    return found | more


def opened(rows: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """A connection whose view ``facts`` holds the rows."""
    connection = duckdb.connect(":memory:")
    connection.register("given", pa.Table.from_pylist(rows, SCHEMA))
    connection.execute("CREATE VIEW facts AS SELECT * FROM given")
    return connection
