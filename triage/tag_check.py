"""What must hold of analysis tags: that every row can be told, and that somebody may see it."""

from collections.abc import Iterator

from triage.errors import Problem
from triage.lineage_check import backwards
from triage.pattern_check import wrong_exceptions, wrong_ways
from triage.profile import Profile, Tag
from triage.profile_columns import TAG_FIELDS

FILE = "tags.csv"
VIEWERS = ("analyst", "supervisor")
_COMPUTED = ("model", "field", "derived")


def check_tags(profile: Profile) -> Iterator[Problem]:
    """Tags that nothing can set, that contradict their other rows, or that nobody or too many may see."""
    first: dict[str, Tag] = {}
    for tag in profile.tags:
        yield from _row(profile, tag)
        yield from _alike(tag, first.setdefault(tag.tag, tag))
        yield from backwards(FILE, tag.row, tag.period)


def _row(profile: Profile, tag: Tag) -> Iterator[Problem]:
    for column, value, remedy in (("tag", tag.tag, "Give the tag a code"), ("name", tag.name, "Name the tag"),
                                  ("definition", tag.definition, "Say when it is set")):  # fmt: skip
        if not value:
            yield Problem(FILE, tag.row, column, "is empty", remedy)
    if tag.how in _COMPUTED and tag.tag not in TAG_FIELDS:
        yield Problem(FILE, tag.row, "how", f"nothing tells {tag.tag!r} by itself", f"Use rule or manual, or one of the tags {', '.join(TAG_FIELDS)}")
    if tag.how in (*_COMPUTED, "manual") and (tag.patterns or tag.items or tag.types or tag.towns):
        yield Problem(FILE, tag.row, "how", f"{tag.code} has conditions that are never looked at", "Use rule, or empty the conditions")
    yield from check_rule(profile, tag)
    yield from _seen(tag)


def check_rule(profile: Profile, tag: Tag) -> Iterator[Problem]:
    """Conditions that can never hold."""
    if tag.how == "rule" and not (tag.patterns or tag.items or tag.types or tag.towns):
        yield Problem(FILE, tag.row, "patterns", f"{tag.code} can never fire", "Fill in patterns, items, types or towns, or use manual")
    yield from wrong_ways(FILE, tag.row, "patterns", tag.patterns)
    yield from wrong_exceptions(FILE, tag.row, tag.patterns, tag.unless, profile.words.values())
    for column, codes, known in (("items", tag.items, profile.items), ("towns", tag.towns, profile.towns)):
        for code in codes:
            if code not in known:
                yield Problem(FILE, tag.row, column, f"no {column[:-1]} {code!r}", f"Use a code of {column}.csv")


def _seen(tag: Tag) -> Iterator[Problem]:
    for role in tag.visible_to:
        if role not in VIEWERS:
            yield Problem(FILE, tag.row, "visible_to", f"no role {role!r} that sees statistics", f"Use {' or '.join(VIEWERS)}")
    if not tag.visible_to:
        yield Problem(FILE, tag.row, "visible_to", "nobody may see it", f"Name {' or '.join(VIEWERS)}")
    if tag.sensitivity == "restricted" and tag.visible_to != ("supervisor",):
        yield Problem(FILE, tag.row, "visible_to", "a restricted tag is for the supervisor only", "Write supervisor, or lower the sensitivity")


def _alike(tag: Tag, first: Tag) -> Iterator[Problem]:
    for column in ("dimension", "name", "how", "sensitivity", "visible_to"):
        if getattr(tag, column) != getattr(first, column):
            yield Problem(FILE, tag.row, column, f"is not that of row {first.row}", f"Give all rows of {tag.tag} the same {column}")
