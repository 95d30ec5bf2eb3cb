"""Bodies of the calls that store something, in the order of docs/api.md."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from service.moments import YEARS, is_day
from service.once import MOST as LONGEST_KEY
from service.schemas import MOST
from triage.deadlines import read_time
from triage.records import Request

BIGGEST = 2**53 - 1
"""Largest number in paths and cursors: what JavaScript still counts exactly."""

Short = Annotated[str, Field(max_length=500)]
Code = Annotated[str, Field(max_length=200)]
Version = Annotated[int, Field(ge=1, le=2**31 - 2, description="The version that was on screen; another one now: 409 conflict")]
Number = Annotated[int, Path(ge=1, le=BIGGEST, description="Number of the request")]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[int, Query(ge=0, le=BIGGEST)]
Key = Annotated[
    str, Header(alias="Idempotency-Key", max_length=LONGEST_KEY, description="Words of the caller's own; the same call again does nothing again")
]
Time = Annotated[str, Field(max_length=64)]
Reason = Annotated[str, Field(max_length=500, description="Why; personal data in it is masked")]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ContactIn(_Form):
    """Who called. Kept apart and sealed."""

    name: Short = ""
    phone: Short = ""
    address: Short = ""
    note: Short = ""


class StoredIn(_Form):
    """A request to keep. Only text or title is needed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"text": "水口镇泮村的路灯坏了半个月, 晚上走路好黑", "title": "路灯不亮", "id": "GD2026112600017", "channel": "电话"}]
        },
    )

    text: str = ""
    title: str = ""
    id: Short = Field(default="", description="The hotline's own number")
    caller_kind: Short = Field(default="", description="个人 or 企业")
    place: Short = Field(default="", description="Town code, name or address, when known")
    channel: Short = ""
    received_at: Annotated[str, Field(max_length=64)] = Field(default="", description="ISO 8601, or as spreadsheets write it; empty: now")
    answers: Annotated[dict[Short, Short], Field(max_length=20)] = Field(default_factory=dict)
    contact: ContactIn = Field(default_factory=ContactIn)
    confidential: bool = Field(default=False, description="A report 举报 whose reporter must not become known; set by itself where the type is 举报")

    @field_validator("received_at")
    @classmethod
    def _is_a_time(cls, told: str) -> str:
        found = read_time(told) if told.strip() else None
        if told.strip() and found is None:
            raise ValueError("not a time that can be read: deadlines hang on it. Write 2026-07-01 09:30, or leave it empty.")
        if found is None:
            return ""
        if found.year not in YEARS:
            raise ValueError("not a date of 1900 to 2199. Write 2026-07-01 09:30, or leave it empty.")
        # A day stays a day: its first moment would count as the time at which somebody called.
        return found.date().isoformat() if is_day(told) else found.isoformat()

    def record(self, now: str) -> Request:
        """The engine's own form."""
        told = self.model_dump(exclude={"contact", "confidential", "reading"})
        return Request(**{**told, "received_at": self.received_at or now})


class KeptIn(StoredIn):
    """A request to keep, and the reading whose answer was on screen. Which one is no part of the request: sent again, it may differ."""

    reading: Literal["", "fast", "close"] = Field(
        default="", description="How the suggestion on screen was read, so that the one that is kept is the one that was seen; empty: closely"
    )


class ImportIn(_Form):
    """Up to 200 requests to keep."""

    requests: Annotated[list[StoredIn], Field(min_length=1, max_length=MOST)]


class AnswersIn(_Form):
    """What the caller has answered by now."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"answers": {"noise": "noise.site"}}]})

    answers: Annotated[dict[Short, Short], Field(max_length=20)] = Field(default_factory=dict)
    place: Short = Field(default="", description="Town code, name or address; empty: as it was told")


class DecisionIn(_Form):
    """accept: the first candidate of a suggestion. choose: another of its candidates. override: any unit, with a reason. close: no unit at
    all, with a reason."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1, "action": "accept", "suggestion": 1}]})

    version: Version
    action: Literal["accept", "choose", "override", "close"]
    suggestion: Annotated[int, Field(ge=1, le=BIGGEST)] | None = Field(default=None, description="The one on screen; needed to accept or choose")
    unit: Code = Field(default="", description="Code; needed to choose or override")
    area: Code = Field(default="", description="The town's code, where the unit is the town concerned")
    item: Code = Field(default="", description="Code; empty: the suggestion's first")
    co_units: Annotated[list[Code], Field(max_length=20)] | None = Field(default=None, description="Codes; missing: those of the suggestion")
    reason: Reason = ""


class AutoIn(_Form):
    """The platform sent it to the first candidate of a suggestion by itself."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1, "suggestion": 1}]})

    version: Version
    suggestion: Annotated[int, Field(ge=1, le=BIGGEST)] = Field(description="The one that says auto")


class RefusalStoredIn(_Form):
    """The unit that has the request sends it back 退单. The second time makes a dispute of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 2, "reason": "属地不符", "note": "不在我镇范围"}]})

    version: Version
    unit: Code = Field(default="", description="Code; empty: the unit that has it")
    area: Code = Field(default="", description="The town it acted for")
    reason: Short = Field(description="A reason of refusals.csv")
    note: Reason = ""


class FinalIn(_Form):
    """The unit that accepted it in the end."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 2}]})

    version: Version
    unit: Code = Field(default="", description="Code; empty: the unit that has it")
    area: Code = ""
    item: Code = Field(default="", description="Code; empty: as decided")


class FeedbackIn(_Form):
    """What became of it, as far as it is known: what is left out stays as it was told before."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"contacted": True, "resolved": "解决", "satisfied": "满意"}]})

    contacted: bool | None = Field(default=None, description="Whether the caller was contacted in time")
    contacted_at: Time = Field(default="", description="ISO 8601; when the caller was contacted first")
    closed_at: Time = Field(default="", description="ISO 8601; when the work on it ended 办结")
    resolved: Literal["", "解决", "部分解决", "未解决", "解释说明"] = ""
    satisfied: Literal["", "满意", "基本满意", "不满意", "未评价", "非诉求性不满意"] = ""
    reopened: bool | None = Field(default=None, description="Whether it is worked on again 重办")
    note: Reason = ""


class FeedbackRowIn(FeedbackIn):
    """The same with the request it is of: our number, or the hotline's own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"id": "GD2026112600017", "resolved": "解决"}]})

    request: Annotated[int, Field(ge=1, le=BIGGEST)] | None = None
    id: Short = Field(default="", description="The hotline's own number")


class ManyFeedbackIn(_Form):
    """Up to 200 of them."""

    rows: Annotated[list[FeedbackRowIn], Field(min_length=1, max_length=MOST)]


class ViewIn(_Form):
    """A view of the statistics: a name of one's own, and the question as it stands in the address."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    query: Annotated[str, Field(max_length=4000)] = ""


class AlertIn(_Form):
    """What is done about an alert. A mute needs a reason and ends by itself."""

    action: Literal["own", "release", "mute", "unmute"]
    reason: Reason = ""
    days: Annotated[int, Field(ge=1, le=90)] = 7


class RuleIn(_Form):
    """Conditions of a tag, all of which must hold: words as in a cell of tags.csv, and codes of which one must be the request's."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"patterns": "路灯+不亮;街灯", "items": ["0703"]}]})

    patterns: Annotated[str, Field(max_length=2000, description="路灯+不亮;街灯: 路灯 and 不亮 in one sentence, or 街灯")] = ""
    unless: Annotated[str, Field(max_length=1000, description="路灯费;~捐赠: not within 路灯费, and not where 捐赠 stands in the clause")] = ""
    items: Annotated[list[Code], Field(max_length=50, description="Codes of any level")] = Field(default_factory=list)
    types: Annotated[list[Literal["咨询", "求助", "投诉", "举报", "建议", "表扬", "其他"]], Field(max_length=7)] = Field(default_factory=list)
    towns: Annotated[list[Code], Field(max_length=50)] = Field(default_factory=list)


Seen = Annotated[int, Field(ge=0, le=BIGGEST, description="The last version that was on screen; 0: none; another one now: 409 conflict")]
TagCode = Annotated[str, Field(min_length=1, max_length=40, pattern="^[a-z][a-z0-9_]*$", description="Small letters, digits and _")]


class TagIn(_Form):
    """A draft of a rule tag; it changes nothing until it is published."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"version": 0, "code": "dark_road", "name": "夜路照明", "definition": "路灯不亮或没有路灯", "rule": {"patterns": "路灯+不亮;街灯"}}
    ]})  # fmt: skip

    version: Seen
    code: TagCode
    name: Annotated[str, Field(min_length=1, max_length=60)]
    definition: Annotated[str, Field(min_length=1, max_length=500)]
    rule: RuleIn


class TrialIn(_Form):
    """A rule to try on a period; ``code``: the tag whose version that holds now it is compared with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"rule": {"patterns": "路灯+不亮"}, "since": "2026-10-01"}]})

    rule: RuleIn
    code: Annotated[str, Field(max_length=40)] = ""
    since: date | None = None
    until: date | None = None


class TagActIn(_Form):
    """Publish the draft of a tag, or end the tag, and why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1, "reason": "试算 200 件, 误中 3 件, 可用"}]})

    version: Seen
    reason: Reason


class MarkIn(_Form):
    """A value of a tag that somebody gives to a request, or takes from it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"tag": "topic", "value": "夜路照明", "held": True}]})

    tag: Annotated[str, Field(min_length=1, max_length=64)]
    value: Annotated[str, Field(min_length=1, max_length=60)]
    held: bool = True


class HoldIn(_Form):
    """Who works on it."""

    version: Version


class UnmaskIn(_Form):
    """What to see in clear, and why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"what": ["contact"], "reason": "回访来电人核实地点"}]})

    what: Annotated[list[Literal["text", "contact"]], Field(min_length=1, max_length=2)]
    reason: Reason


class PhoneIn(_Form):
    """A caller's number, and why it is looked for."""

    phone: Annotated[str, Field(min_length=7, max_length=40)]
    reason: Reason


class TextIn(_Form):
    """A text that is not stored yet."""

    text: Annotated[str, Field(max_length=50_000)] = ""
    title: Annotated[str, Field(max_length=50_000)] = ""


class LoginIn(_Form):
    """Name and password."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class PasswordIn(_Form):
    """A new password for oneself."""

    old: Annotated[str, Field(min_length=1, max_length=200)]
    new: Annotated[str, Field(min_length=1, max_length=200)]


class LinkIn(_Form):
    """The secret of an invitation, and the password of one's own choice."""

    secret: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=200)]


class SetUpIn(_Form):
    """The secret of the set-up link, and the three administrators."""

    secret: Annotated[str, Field(min_length=1, max_length=200)]
    system_admin: LoginIn
    security_admin: LoginIn
    auditor: LoginIn


class AccountIn(_Form):
    """A new account."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w.@-]+$")]
    shown: Annotated[str, Field(max_length=100, description="The name on screen")] = ""


class RoleIn(_Form):
    """The one role of an account."""

    role: Code


class SubjectIn(_Form):
    """Who the owner of an account is at the identity provider."""

    subject: Annotated[str, Field(max_length=255, description="The claim sub; empty: bound to nobody")] = ""


class DisabledIn(_Form):
    """Whether the account is shut."""

    disabled: bool


class TokenIn(_Form):
    """A token for a machine."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Code = "platform"
    days: Annotated[int, Field(ge=1, le=366)] = 90


class ActivationIn(_Form):
    """From when, and why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"at": "2027-01-01", "reason": "三定方案调整, 元旦起执行"}]})

    at: Annotated[str, Field(max_length=64, description="ISO 8601, in the city's time where no offset is told; empty: now")] = ""
    reason: Reason


class ReasonIn(_Form):
    """Why."""

    reason: Reason


class SwitchIn(_Form):
    """Automatic dispatch on or off, and why."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"on": False, "unit": "*", "reason": "台风期间全部人工确认"}]})

    on: bool
    unit: Code = Field(default="*", description="UNIT, UNIT@town for the town unit in one town, or *: all")
    reason: Reason
