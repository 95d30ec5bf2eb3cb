"""What goes over the wire, in and out."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from triage.records import Refusal, Request

MOST = 200
_Short = Annotated[str, Field(max_length=500)]


class RefusalIn(BaseModel):
    """A unit that sent the request back 退单."""

    model_config = ConfigDict(extra="forbid")

    unit: _Short
    reason: _Short = Field(default="", description="A reason of refusals.csv, e.g. 属地不符")
    area: _Short = Field(default="", description="The town it acted for, where it is the town concerned")


class RequestIn(BaseModel):
    """One request. Only text or title is needed."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "水口镇泮村的路灯坏了半个月, 晚上走路好黑, 麻烦派人修一下", "title": "路灯不亮"}]},
    )

    text: str = ""
    title: str = ""
    id: _Short = ""
    caller_kind: _Short = Field(default="", description="个人 or 企业")
    place: _Short = Field(default="", description="Town code, name or address, when the hotline knows it")
    channel: _Short = ""
    received_at: _Short = Field(default="", description="ISO 8601")
    answers: Annotated[dict[_Short, _Short], Field(max_length=20)] = Field(
        default_factory=dict, description="What the caller answered: issue of a question → code of an option"
    )
    refused: Annotated[list[RefusalIn], Field(max_length=20)] = Field(default_factory=list, description="Who sent it back, in order")

    def record(self) -> Request:
        """The engine's own form."""
        refused = tuple(Refusal(**each.model_dump()) for each in self.refused)
        return Request(**self.model_dump(exclude={"refused"}), refused=refused)


class ManyIn(BaseModel):
    """Up to 200 requests."""

    model_config = ConfigDict(extra="forbid")

    requests: Annotated[list[RequestIn], Field(min_length=1, max_length=MOST)]


class TableProblem(BaseModel):
    """One thing wrong with a city's tables. ``row`` counts as a spreadsheet does, 0: the whole file."""

    file: str
    row: int
    column: str
    message: str
    remedy: str


class Problem(BaseModel):
    """What is wrong, and a stable code for it."""

    code: str
    message: str
    place: str = ""
    fields: dict[str, str | int] = Field(default_factory=dict, description="Facts beside the message, where there are some")
    problems: list[TableProblem] = Field(default_factory=list, description="Everything that is wrong with tables, where tables were sent")


class ErrorOut(BaseModel):
    """Every answer that is not a success."""

    error: Problem
