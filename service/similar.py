"""Earlier requests that are like a new one: near-duplicates among the recent ones, and decided cases with the unit that took them.

Masked texts are cut into pairs of neighbouring characters. Cases are ranked by the cosine of their pairs weighted by rarity (inverse
document frequency, Salton and Buckley 1988); duplicates are those that share most of their pairs (Jaccard). The index is kept in
each process's memory, over the newest requests, and takes up what is new before it answers.
"""

import math
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Set
from typing import Any, NamedTuple

import sqlalchemy as sa

from service.database import Database
from service.tables import decisions, finals, heads, requests
from service.transitions import SHOWN

MOST = 20_000
"""How many of the newest requests are looked through."""
ALIKE = 0.6
"""From which share of common pairs two texts are near-duplicates."""
_COMMON = 0.1
_FEW = 200


class Found(NamedTuple):
    """An earlier request, and how like it is, 0 to 1."""

    id: int
    likeness: float


class Recent:
    """The newest requests, ready to compare with. Safe to share between threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._pairs: OrderedDict[int, Set[str]] = OrderedDict()
        self._holders: dict[str, set[int]] = defaultdict(set)
        self._seen = 0
        self._lock = threading.Lock()

    def follow(self, connection: sa.Connection) -> None:
        """Takes up what was stored since the last time."""
        with self._lock:
            first = connection.execute(sa.select(sa.func.max(requests.c.id))).scalar_one() or 0
            after = max(self._seen, first - self._most)
            chosen = sa.select(requests.c.id, requests.c.title, requests.c.content).where(requests.c.id > after).order_by(requests.c.id)
            for row in connection.execute(chosen):
                self._add(row.id, pairs(f"{row.title}\n{row.content}"))
                self._seen = row.id

    def like(self, text: str, limit: int) -> tuple[list[Found], list[Found]]:
        """Near-duplicates and similar requests, likest first, up to ``limit`` of each."""
        mine = pairs(text)
        with self._lock:
            total = len(self._pairs)
            rare = {pair for pair in mine if len(self._holders.get(pair, ())) <= max(_FEW, total * _COMMON)}
            weights = {pair: math.log((total + 1) / (len(self._holders.get(pair, ())) + 0.5)) for pair in mine}
            shared: Counter[int] = Counter()
            for pair in rare:
                for number in self._holders.get(pair, ()):
                    shared[number] += 1
            near = [number for number, _ in shared.most_common(_FEW)]
            alike = [Found(number, _jaccard(mine, self._pairs[number])) for number in near]
            cases = [Found(number, self._cosine(weights, number, total)) for number in near]
        order = sorted((each for each in alike if each.likeness >= ALIKE), key=lambda each: (-each.likeness, -each.id))
        return order[:limit], sorted(cases, key=lambda each: (-each.likeness, -each.id))

    def forget(self, numbers: list[int]) -> None:
        """Drops what was purged."""
        with self._lock:
            for number in numbers:
                self._drop(number)

    def _cosine(self, weights: Mapping[str, float], number: int, total: int) -> float:
        other = self._pairs[number]
        common = sum(weight**2 for pair, weight in weights.items() if pair in other)
        mine = sum(weight**2 for weight in weights.values())
        theirs = sum(math.log((total + 1) / (len(self._holders[pair]) + 0.5)) ** 2 for pair in other)
        return common / math.sqrt(mine * theirs) if mine and theirs else 0.0

    def _add(self, number: int, found: Set[str]) -> None:
        self._pairs[number] = found
        for pair in found:
            self._holders[pair].add(number)
        while len(self._pairs) > self._most:
            self._drop(next(iter(self._pairs)))

    def _drop(self, number: int) -> None:
        for pair in self._pairs.pop(number, frozenset()):
            self._holders[pair].discard(number)
            if not self._holders[pair]:
                del self._holders[pair]


def pairs(text: str) -> frozenset[str]:
    """Every two neighbouring characters of the letters and digits of a text."""
    letters = "".join(char for char in text[:2000] if char.isalnum())
    return frozenset(letters[place : place + 2] for place in range(len(letters) - 1))


def look(database: Database, recent: Recent, text: str, limit: int, but: int = 0) -> dict[str, list[dict[str, Any]]]:
    """``duplicates`` and, of requests that were sent somewhere and not returned, ``cases``; ``but``: the request itself."""
    with database.read() as connection:
        recent.follow(connection)
        near, cases = recent.like(text, limit + 1)
        wanted = sorted({each.id for each in (*near, *cases)} - {but})
        rows = {row.id: row for row in _rows(connection, wanted)}
    recent.forget([number for number in wanted if number not in rows])
    told = [[_told(rows[each.id], each.likeness) for each in found if each.id in rows] for found in (near, cases)]
    return {"duplicates": told[0][:limit], "cases": [each for each in told[1] if each["state"] in ("dispatched", "final")][:limit]}


def _rows(connection: sa.Connection, wanted: list[int]) -> list[sa.Row[Any]]:
    if not wanted:
        return []
    area = sa.func.coalesce(finals.c.area, decisions.c.area, "").label("area")
    columns = (requests.c.id, requests.c.title, requests.c.content, requests.c.ref, heads.c.state, heads.c.unit, area)
    chosen = sa.select(*columns).join(heads, heads.c.request_id == requests.c.id)
    for table in (decisions, finals):  # what the last event decided, if it did
        chosen = chosen.outerjoin(table, sa.and_(table.c.request_id == heads.c.request_id, table.c.version == heads.c.version))
    return list(connection.execute(chosen.where(requests.c.id.in_(wanted))))


def _told(row: sa.Row[Any], likeness: float) -> dict[str, Any]:
    return {
        "id": row.id, "ref": row.ref, "title": row.title, "start": row.content[:80], "state": row.state, "state_name": SHOWN[row.state],
        "unit": row.unit, "area": row.area, "likeness": round(likeness, 4),
    }  # fmt: skip


def _jaccard(one: Set[str], other: Set[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
