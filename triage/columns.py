"""Which column of a table holds what: as told, or found by the usual names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triage.deadlines import read_time
from triage.errors import UsageError
from triage.normalize import simplify
from triage.records import FIELDS, Refusal, Request
from triage.tables import listed

ANSWERS, REFUSED = "answers", "refused"

USUAL: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "content", "detail", "诉求内容", "主要内容", "内容", "工单内容", "问题描述", "诉求描述", "事项内容", "留言内容", "详情", "正文"),
    "title": ("title", "诉求标题", "标题", "工单标题", "主题", "留言主题", "事项标题"),
    "id": ("id", "工单编号", "工单号", "编号", "受理编号", "诉求编号", "序号", "留言编号"),
    "caller_kind": ("caller_kind", "诉求人类型", "来电人类型", "主体类型", "诉求主体"),
    "place": ("place", "town", "镇街", "所属镇街", "被反映街乡镇", "被反映区", "事发地址", "事发地", "属地"),
    "channel": ("channel", "受理渠道", "来源渠道", "渠道", "诉求来源", "来源"),
    ANSWERS: ("answers",),
    REFUSED: ("refused",),
    "received_at": ("received_at", "受理时间", "登记时间", "来电时间", "提交时间", "留言时间", "时间"),
}  # fmt: skip
_FIELDS = (*FIELDS, ANSWERS, REFUSED)


@dataclass(frozen=True, slots=True)
class Columns:
    """Column names; an empty one is looked for by the usual names. ``fields``: field of a request → column."""

    text: str = ""
    title: str = ""
    id: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def request(self, cells: Mapping[str, str], as_of: str = "") -> Request:
        """The request in one row, received at ``as_of`` where its own time is missing or cannot be read."""
        known = {name: cells.get(column, "").strip() for name, column in self.fields.items()}
        answers, refused = read_answers(known.pop(ANSWERS, "")), read_refused(known.pop(REFUSED, ""))
        if as_of and read_time(known.get("received_at", "")) is None:
            known["received_at"] = as_of
        return Request(cells.get(self.text, ""), cells.get(self.title, ""), cells.get(self.id, ""), answers=answers, refused=refused, **known)


def read_answers(cell: str) -> dict[str, str]:
    """``issue=code;issue=code`` as a mapping."""
    return {issue.strip(): code.strip() for issue, _, code in (each.partition("=") for each in _several(cell))}


def read_refused(cell: str) -> tuple[Refusal, ...]:
    """``UNIT:reason;UNIT@area:reason`` in order; reason and area may be left out."""
    found = []
    for each in _several(cell):
        who, _, reason = each.replace("：", ":").partition(":")
        unit, _, area = who.partition("@")
        found.append(Refusal(unit.strip(), reason.strip(), area.strip()))
    return tuple(found)


def _several(cell: str) -> list[str]:
    return [each for each in cell.replace("；", ";").split(";") if each.strip()] if cell else []


def find_columns(header: Sequence[str], told: Columns, where: str) -> Columns:
    """``told``, completed from ``header``. Raises UsageError for a column that is not there or a text column not found."""
    for name in (told.text, told.title, told.id, *told.fields.values()):
        if name and name not in header:
            raise UsageError(f"{where}:1: no column {name}; it has {listed(header)}.", "missing_column")
    for name in told.fields:
        if name not in _FIELDS:
            raise UsageError(f"--field {name}: no such field. Use {', '.join(_FIELDS)}.", "bad_field")
    text = told.text or _usual("text", header)
    if not text:
        raise UsageError(f"{where}:1: no column looks like the text; it has {listed(header)}. Name it: --text COLUMN.", "missing_column")
    taken = {text, told.title, told.id}
    fields = {name: told.fields.get(name) or _usual(name, [each for each in header if each not in taken]) for name in _FIELDS}
    title = told.title or _usual("title", header)
    return Columns(text, title if title != text else "", told.id or _usual("id", header), {k: v for k, v in fields.items() if v})


def other_texts(header: Sequence[str], found: Columns) -> list[str]:
    """Columns that look like the text as well: a person should hear of them."""
    taken = {found.text, found.title, found.id, *found.fields.values()}
    return [name for name in header if name not in taken and simplify(name.lower()) in USUAL["text"]]


def _usual(what: str, header: Sequence[str]) -> str:
    lower = {simplify(name.lower()): name for name in reversed(header)}
    return next((lower[name] for name in USUAL[what] if name in lower), "")
