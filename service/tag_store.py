"""Tags that people set on requests, and rule tags that analysts write: kept as added rows, the last one counts."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from service import hiding, people
from service.audit import Who
from service.database import iso, now
from service.failures import refuse
from service.store import head
from service.tables import tag_marks, tag_rules
from triage.normalize import normalize
from triage.profile import Profile, Tag
from triage.succession import Period
from triage.tables import split
from triage.tag import MANUAL, RULE, YES, visible
from triage.tag_check import VIEWERS, check_rule

DRAFT, PUBLISHED, ENDED = "draft", "published", "ended"
DIMENSION = "自建"
_LISTS = ("items", "types", "towns")
_FEW = 2


def mark(connection: sa.Connection, who: Who, request: int, tag: str, value: str, held: bool) -> None:
    """Gives a request a value of a tag, or takes it away. Raises ``unknown_request`` or ``purged``."""
    head(connection, request)
    connection.execute(tag_marks.insert().values(request_id=request, tag=tag, value=value, held=int(held), made_at=now(), made_by=who.name))


_NUMBER = "〔手机"


def tag_of(code: str, name: str, definition: str, rule: Mapping[str, Any]) -> Tag:
    """A rule as the engine reads it. ``rule``: patterns and unless as in a table's cell; items, types, towns as lists of codes."""
    patterns = tuple(tuple(part.strip() for part in way.split("+")) for way in split(_plain(str(rule.get("patterns", "")))))
    lists = {each: tuple(map(str, rule.get(each, ()))) for each in _LISTS}
    unless = split(_plain(str(rule.get("unless", ""))))
    return Tag(
        code, code, DIMENSION, name, definition, "", "rule", patterns, unless, lists["items"], lists["types"], lists["towns"], "no",
        VIEWERS, Period(date.min, date.max), 0,
    )  # fmt: skip


def rule_of(tag: Tag) -> dict[str, Any]:
    """A rule in the form that ``tag_of`` reads."""
    patterns, unless = ";".join("+".join(way) for way in tag.patterns), ";".join(tag.unless)
    return {"patterns": patterns, "unless": unless, **{name: list(getattr(tag, name)) for name in _LISTS}}


def checked(tag: Tag, profile: Profile) -> Tag:
    """The tag itself. Raises ``bad_value`` for a rule that can never fire or names what is not there, ``name_taken`` for a tag of the table."""
    if any(each.tag == tag.tag for each in profile.tags):
        raise refuse("name_taken", f"code: {tag.tag} is a tag of tags.csv. Choose another code.")
    if any(_NUMBER in hiding.words(word) for word in (*(part for way in tag.patterns for part in way), *tag.unless)):
        raise refuse("bad_value", "patterns, unless: a telephone number is in it. A rule finds matters, no persons.")
    problems = list(check_rule(profile, tag))
    if problems:
        raise refuse("bad_value", "; ".join(f"{each.column}: {each.message}. {each.remedy}" for each in problems[:3]))
    return tag


def keep(connection: sa.Connection, who: Who, tag: Tag, rule: Mapping[str, Any], state: str, reason: str = "") -> None:
    """Adds a version of a rule: a draft, which changes nothing yet, or one that is published or ended. ``reason`` is masked already."""
    told = json.dumps({name: rule.get(name, "") for name in ("patterns", "unless", *_LISTS)}, ensure_ascii=False)
    row = {"code": tag.code, "name": tag.name, "definition": tag.definition, "rule": told, "state": state, "reason": reason}
    connection.execute(tag_rules.insert().values(**row, made_at=now(), made_by=who.name))


def versions(connection: sa.Connection, code: str = "") -> dict[str, list[dict[str, Any]]]:
    """Every version of every rule, or of one, by code, the oldest first; they are numbered from 1 on."""
    found: dict[str, list[dict[str, Any]]] = {}
    query = sa.select(tag_rules).order_by(tag_rules.c.id)
    rows = connection.execute(query.where(tag_rules.c.code == code) if code else query).all()
    names = people.shown(connection, {row.made_by for row in rows})
    for row in rows:
        known = found.setdefault(row.code, [])
        known.append({
            "code": row.code, "version": len(known) + 1, "name": row.name, "definition": row.definition, "rule": json.loads(row.rule),
            "state": row.state, "made_by": row.made_by, "made_by_name": names[row.made_by], "made_at": iso(row.made_at), "reason": row.reason,
        })  # fmt: skip
    return dict(sorted(found.items()))


def rules(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every rule as it holds now, by code: its last version that is no draft, or the draft where there never was another."""
    return [held(each) for each in versions(connection).values()]


def held(known: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the versions of one rule the one that holds. A draft on a published rule changes nothing until it is published."""
    return dict(next((each for each in reversed(known) if each["state"] != DRAFT), known[-1]))


def draft(known: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Of the versions of one rule the draft that waits to be published."""
    return dict(known[-1]) if known[-1]["state"] == DRAFT else None


def published(connection: sa.Connection) -> Sequence[Tag]:
    """The tags that analysts have published, ready for the engine."""
    return tuple(read(each) for each in rules(connection) if each["state"] == PUBLISHED)


def seen(connection: sa.Connection, profile: Profile | None, role: str, day: date) -> frozenset[str]:
    """Codes of the tags that a role may see on a day: of the table, and what analysts have published, also what they have ended since."""
    own = frozenset(each["code"] for each in rules(connection) if each["state"] != DRAFT and role in VIEWERS)
    return own | (visible(profile.tags, role, day) if profile is not None else frozenset())


def read(version: Mapping[str, Any]) -> Tag:
    """A version as the engine reads it."""
    return tag_of(version["code"], version["name"], version["definition"], version["rule"])


def last(connection: sa.Connection, code: str, seen: int) -> list[dict[str, Any]]:
    """The versions of a rule, if the last one is the one that was on screen (0: none). Raises ``unknown_tag`` or ``conflict``."""
    known = versions(connection, code).get(code, [])
    if not known and seen:
        raise refuse("unknown_tag", f"no analyst has written a tag {code!r}. Read the list of tags again.")
    if len(known) != seen:
        raise refuse("conflict", f"the tag {code!r} has version {len(known)} by now, not {seen}. Read it again.", version=len(known))
    return known


def publish(connection: sa.Connection, who: Who, code: str, seen: int, reason: str, profile: Profile) -> None:
    """Makes the draft of a rule hold. Raises ``reason_needed``, ``unknown_tag``, ``conflict``, ``wrong_state`` where there is no draft, and what
    ``checked`` raises: the city's tables may have changed since it was written."""
    waiting = draft(known) if (known := last(connection, code, seen)) else None
    if waiting is None:
        raise refuse("wrong_state", f"the tag {code!r} has no draft to publish. Save one first.")
    keep(connection, who, checked(read(waiting), profile), waiting["rule"], PUBLISHED, _said(reason))


def end(connection: sa.Connection, who: Who, code: str, seen: int, reason: str) -> None:
    """Ends a rule: requests lose its values with the next snapshot. Raises as ``publish`` does; ``wrong_state`` where it has ended."""
    known = last(connection, code, seen)
    if not known or (known[-1]["state"] == ENDED):
        raise refuse("wrong_state", f"the tag {code!r} has ended already, or never was.")
    told = held(known)
    keep(connection, who, read(told), told["rule"], ENDED, _said(reason))


def _said(reason: str) -> str:
    if len(reason.strip()) < _FEW:
        raise refuse("reason_needed", "reason: say why, in a few words.")
    return reason


def marks(connection: sa.Connection, request: int) -> list[dict[str, Any]]:
    """What people said of the tags of a request, the oldest first."""
    found = connection.execute(sa.select(tag_marks).where(tag_marks.c.request_id == request).order_by(tag_marks.c.id)).all()
    names = people.shown(connection, {row.made_by for row in found})
    return [
        {"tag": row.tag, "value": row.value, "held": bool(row.held), "made_by": row.made_by, "made_by_name": names[row.made_by],
         "made_at": iso(row.made_at)} for row in found
    ]  # fmt: skip


def settable(rows: Sequence[Tag], tag: str, value: str) -> str:
    """The value that a person may give to, or take from, a request, as it is kept. ``rows``: those of the tag, of the table and of analysts.

    Raises ``unknown_tag``, or ``bad_value`` where the tag follows from the request itself, or has no such value.
    """
    if not rows:
        raise refuse("unknown_tag", f"tag: no tag {tag[:80]!r} that you may see. Use one of the list.")
    if rows[0].how == RULE:
        known = tuple(dict.fromkeys(each.value or YES for each in rows))
        if value not in known:
            raise refuse("bad_value", f"value: {rows[0].tag} has the values {'、'.join(known)}. Use one of them.")
    elif rows[0].how != MANUAL:
        raise refuse("bad_value", f"tag: {rows[0].tag} follows from the request itself. Mend what it follows from.")
    if not value.strip() or "=" in value:
        raise refuse("bad_value", "value: write it in a few words, without an equals sign.")
    return value.strip()


def _plain(words: str) -> str:
    return normalize([words])[0] if words else ""
