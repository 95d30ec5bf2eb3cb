"""The columns of a snapshot, one row per request. What each means stands here and, in the same words, in docs/analysis.md.

Times are UTC without offset; ``day`` and ``hour`` are those of the city's own clock, so that a change of clocks moves no duration.
A unit is its code; where the unit stands for "the town concerned", ``code@town``. "" and null mean "not known", never "no".
"""

from typing import NamedTuple

import pyarrow as pa

TIME = pa.timestamp("ms")
REFUSAL = pa.struct([("unit", pa.string()), ("reason", pa.string()), ("at", TIME)])
DISPATCH = pa.struct([("unit", pa.string()), ("how", pa.string()), ("at", TIME)])
TAG = pa.struct([("tag", pa.string()), ("source", pa.string()), ("who", pa.string()), ("at", TIME), ("p", pa.float32())])


class Column(NamedTuple):
    """``meaning``: one sentence for an analyst."""

    name: str
    type: pa.DataType
    meaning: str


COLUMNS = (
    Column("id", pa.int64(), "工单在本系统的编号"),
    Column("ref", pa.string(), "热线平台的工单编号"),
    Column("registered_at", TIME, "登记时间(UTC):平台告知的受理时间,没有则为录入时间"),
    Column("exact", pa.bool_(), "登记时间精确到时刻;只知日期的不计入分办时长"),
    Column("day", pa.date32(), "登记日(本市时间)"),
    Column("hour", pa.int8(), "登记的钟点 0–23(本市时间);只知日期时为空"),
    Column("channel", pa.string(), "来源渠道"),
    Column("caller_kind", pa.string(), "诉求人类型:个人、企业"),
    Column("caller", pa.string(), "诉求人记号:电话号码的带密钥散列,同一人相同,不能还原;保密件为空"),
    Column("town", pa.string(), "镇街代码;空为不明"),
    Column("item", pa.string(), "事项代码:最终认定、分办时选定、生效的重新分类、系统首选,依次取有的"),
    Column("item_now", pa.string(), "该事项按现行分类的代码(沿撤并关系);无对应关系时为空"),
    Column("item_1", pa.string(), "现行分类的一级事项"),
    Column("item_2", pa.string(), "现行分类的二级事项"),
    Column("type", pa.string(), "诉求类型:咨询、求助、投诉、举报、建议、表扬、其他"),
    Column("urgency", pa.string(), "紧急程度:一般、紧急、特急"),
    Column("confidential", pa.bool_(), "保密件:快照不含其标题、正文和诉求人记号"),
    Column("state", pa.string(), "状态:new、dispatched、returned、disputed、final、closed"),
    Column("label_unit", pa.string(), "现行归类单位:最终承办、派往、生效的重新分类、系统首选,依次取有的;历史可比"),
    Column("label_from", pa.string(), "现行归类的来源:decided 人已决定、relabelled 重新分类、suggested 系统首选;空为没有"),
    Column("label_batch", pa.int64(), "生效的重新分类的编号;不是由它归类的为空"),
    Column("label_model", pa.string(), "归类所用的模型版本;人已决定的为空"),
    Column("label_profile", pa.string(), "归类所用的城市表版本;人已决定的为空"),
    Column("label_taxonomy", pa.string(), "重新分类所用的事项分类版本;不是由它归类的为空"),
    Column("suggested_unit", pa.string(), "首次派单前系统建议的首选单位"),
    Column("suggested_p", pa.float32(), "该建议的概率 0–1"),
    Column("suggested", pa.string(), "系统的决定:auto、suggest、manual"),
    Column("first_unit", pa.string(), "首次派往的单位"),
    Column("first_at", TIME, "首次派单时间"),
    Column("how", pa.string(), "首次派单方式:auto 自动、accepted 采纳、chosen 选择、overridden 改派"),
    Column("last_unit", pa.string(), "最近一次派往的单位"),
    Column("last_at", TIME, "最近一次派单时间"),
    Column("dispatches", pa.list_(DISPATCH), "每次派单:单位、方式、时间"),
    Column("final_unit", pa.string(), "最终承办单位;空为尚未定责"),
    Column("final_at", TIME, "定责时间"),
    Column("refusals", pa.list_(REFUSAL), "每次退单:单位、理由代码、时间"),
    Column("refused", pa.int16(), "退单次数"),
    Column("first_s", pa.float64(), "登记到首次派单的秒数;时间不精确或矛盾时为空"),
    Column("final_s", pa.float64(), "登记到派给最终承办单位的秒数;尚未定责时为空"),
    Column("due_at", TIME, "首个时限"),
    Column("closed_at", TIME, "办结或关闭时间"),
    Column("contacted", pa.bool_(), "是否按时联系诉求人;空为未回访"),
    Column("contacted_at", TIME, "首次联系时间"),
    Column("resolved", pa.string(), "解决情况:解决、部分解决、未解决、解释说明;空为未回访"),
    Column("satisfied", pa.string(), "评价:满意、基本满意、不满意、未评价、非诉求性不满意;空为未回访"),
    Column("reopened", pa.bool_(), "是否重办"),
    Column("repeat_of", pa.int64(), "同一诉求人 90 天内就同一事项的上一件;空为首次"),
    Column("tags", pa.list_(pa.string()), "标签值,写作 code=value"),
    Column("tag_sources", pa.list_(TAG), "每个标签值由谁、何时、以多大把握给出"),
    Column("engine", pa.string(), "引擎版本"),
    Column("model", pa.string(), "模型版本"),
    Column("profile", pa.string(), "建议时的城市表版本"),
    Column("taxonomy", pa.string(), "item_now 所用分类的版本"),
    Column("synthetic", pa.bool_(), "演示用的虚构数据"),
    Column("title", pa.string(), "标题(已脱敏)"),
    Column("text", pa.string(), "正文(已脱敏)"),
)

SCHEMA = pa.schema([(each.name, each.type) for each in COLUMNS])
FORMAT = 2
"""Raised with every change of the columns: a snapshot of another format is made anew."""
