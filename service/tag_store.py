"""Tags that people set on requests, and rule tags that analysts write: kept as added rows, the last one counts."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from service.audit import Who
from service.database import iso, now
from service.failures import refuse
from service.store import head
from service.tables import tag_marks, tag_rules
from triage.normalize import normalize
from triage.profile import Profile, Tag
from triage.succession import Period
from triage.tables import split
from triage.tag_check import check_rule

DRAFT, PUBLISHED, ENDED = "draft", "published", "ended"
DIMENSION = "自建"
_LISTS = ("items", "types", "towns")


def mark(connection: sa.Connection, who: Who, request: int, tag: str, value: str, held: bool) -> None:
    """Gives a request a value of a tag, or takes it away. Raises ``unknown_request`` or ``purged``."""
    head(connection, request)
    connection.execute(tag_marks.insert().values(request_id=request, tag=tag, value=value, held=int(held), made_at=now(), made_by=who.name))


def tag_of(code: str, name: str, definition: str, rule: Mapping[str, Any]) -> Tag:
    """A rule as the engine reads it. ``rule``: patterns and unless as in a table's cell; items, types, towns as lists of codes."""
    patterns = tuple(tuple(part.strip() for part in way.split("+")) for way in split(_plain(str(rule.get("patterns", "")))))
    lists = {each: tuple(map(str, rule.get(each, ()))) for each in _LISTS}
    unless = split(_plain(str(rule.get("unless", ""))))
    return Tag(
        code, code, DIMENSION, name, definition, "", "rule", patterns, unless, lists["items"], lists["types"], lists["towns"], "no",
        ("analyst", "supervisor"), Period(date.min, date.max), 0,
    )  # fmt: skip


def checked(tag: Tag, profile: Profile) -> Tag:
    """The tag itself. Raises ``bad_value`` for a rule that can never fire or names what is not there, ``name_taken`` for a tag of the table."""
    if any(each.tag == tag.tag for each in profile.tags):
        raise refuse("name_taken", f"code: {tag.tag} is a tag of tags.csv. Choose another code.")
    problems = list(check_rule(profile, tag))
    if problems:
        raise refuse("bad_value", "; ".join(f"{each.column}: {each.message}. {each.remedy}" for each in problems[:3]))
    return tag


def keep(connection: sa.Connection, who: Who, tag: Tag, rule: Mapping[str, Any], state: str) -> None:
    """Keeps a rule as a draft, publishes or ends it."""
    told = json.dumps({name: rule.get(name, "") for name in ("patterns", "unless", *_LISTS)}, ensure_ascii=False)
    connection.execute(
        tag_rules.insert().values(code=tag.code, name=tag.name, definition=tag.definition, rule=told, state=state, made_at=now(), made_by=who.name)
    )


def rules(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every rule as it is now, by code."""
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(sa.select(tag_rules).order_by(tag_rules.c.id)):
        found[row.code] = {
            "code": row.code, "name": row.name, "definition": row.definition, "rule": json.loads(row.rule), "state": row.state,
            "made_by": row.made_by, "made_at": iso(row.made_at),
        }  # fmt: skip
    return [found[code] for code in sorted(found)]


def published(connection: sa.Connection) -> Sequence[Tag]:
    """The tags that analysts have published, ready for the engine."""
    return tuple(tag_of(each["code"], each["name"], each["definition"], each["rule"]) for each in rules(connection) if each["state"] == PUBLISHED)


def _plain(words: str) -> str:
    return normalize([words])[0] if words else ""
