"""Whether a store holds a demo city: said once in the store, and then on every page and report made of it."""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from service.database import now
from service.tables import switches

SHOWN = "合成演示数据"
"""The mark on every page, report and export."""
_NAME = "synthetic"


def mark(connection: sa.Connection, who: str, facts: Mapping[str, object]) -> None:
    """Says that this store holds a demo city. There is no way back: real requests belong into another store."""
    told = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    connection.execute(switches.insert().values(name=_NAME, value=told, reason=SHOWN, made_at=now(), made_by=who))


def facts(connection: sa.Connection) -> dict[str, Any] | None:
    """What the demo city was made from; None for a store of real requests."""
    chosen = sa.select(switches.c.value).where(switches.c.name == _NAME).order_by(switches.c.id.desc()).limit(1)
    told = connection.execute(chosen).scalar_one_or_none()
    return dict(json.loads(told)) if told is not None else None


def shown(connection: sa.Connection) -> str:
    """The mark of a demo city's store, "" for real requests."""
    return SHOWN if facts(connection) is not None else ""
