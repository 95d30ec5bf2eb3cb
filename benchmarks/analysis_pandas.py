"""The views of ``benchmarks/analysis.py`` in plain pandas, as somebody would write them at once: read the columns that are needed, then group.

    python benchmarks/analysis_pandas.py FOLDER VIEW MEMORY_GIB

One view a process, so that what one takes is not counted for another and what takes too much ends alone. Prints seconds and peak as JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

TOWN, ITEM = "440783117", "07"
Frame = Any
View = tuple[list[str], Callable[[Frame], object]]


def _unit(frame: Frame) -> Frame:
    return frame.final_unit.where(frame.final_unit != "", frame.last_unit)


def _months(frame: Frame) -> Frame:
    import pandas as pd

    return pd.to_datetime(frame.day).dt.to_period("M")


def _first_try(frame: Frame) -> object:
    known = frame[frame.final_unit != ""]
    right = (known.refused == 0) & (known.dispatches.map(len) == 1)
    return right.groupby(known.final_unit).mean()


def _refusals(frame: Frame) -> object:
    acts = frame.assign(act=frame.dispatches.map(len)).groupby(_unit(frame)).act.sum()
    back = frame[frame.refusals.map(len) > 0].explode("refusals").refusals
    named = back.map(lambda each: (each["unit"], each["reason"]))
    return named.value_counts(), acts


def _satisfied(frame: Frame) -> object:
    import pandas as pd

    here = frame[(frame.town == TOWN) & frame.first_at.notna() & frame.satisfied.isin(["满意", "基本满意", "不满意"])]
    day = pd.to_datetime(here.day)
    found = []
    for since, until in (("2025-12-01", "2026-10-31"), ("2024-12-01", "2025-10-31")):
        some = here[(day >= since) & (day <= until)]
        found.append((some.satisfied != "不满意").groupby(_months(some)).mean())
    return found


def _overdue(frame: Frame) -> object:
    import pandas as pd

    some = frame[(pd.to_datetime(frame.day) >= "2025-11-01") & frame.due_at.notna()]
    some = some[some.closed_at.notna() | ~some.state.isin(["final", "closed"])]
    late = some.closed_at.fillna(pd.Timestamp("2026-11-26")) > some.due_at
    return late.groupby(_unit(some)).mean()


def _tags(frame: Frame) -> object:
    each = frame.explode("tags")
    each = each[each.tags.astype("string").str.startswith("crowd=").fillna(False)]
    return each.groupby(["tags", "town"]).size()


def _speed(frame: Frame) -> object:
    sent = frame[frame.first_at.notna()]
    times = sent[["first_s", "final_s"]]
    return times.quantile([0.5, 0.9]), times.groupby(sent.how).quantile([0.5, 0.9]), times.groupby(_months(sent)).quantile([0.5, 0.9])


VIEWS: Mapping[str, View] = {
    "count by month": (["day"], lambda frame: frame.groupby(_months(frame)).size()),
    "count by town and item": (["town", "item_1"], lambda frame: frame.groupby(["town", "item_1"]).size()),
    "ranking of items": (["item_now"], lambda frame: frame.item_now.value_counts()),
    "first dispatch right, by unit": (["final_unit", "refused", "dispatches"], _first_try),
    "refusals by unit and reason": (["final_unit", "last_unit", "dispatches", "refusals"], _refusals),
    "satisfied by month, one town, against last year": (["day", "town", "satisfied", "first_at"], _satisfied),
    "overdue by unit, one year": (["day", "due_at", "closed_at", "state", "final_unit", "last_unit"], _overdue),
    "suggested to final unit": (["suggested_unit", "final_unit"], lambda frame: frame.groupby(["suggested_unit", "final_unit"]).size()),
    "tag by town": (["tags", "town"], _tags),
    "speed of dispatch, two years by month": (["day", "how", "first_at", "first_s", "final_s"], _speed),
    "the 50 newest requests of a town and item": (
        ["id", "day", "title", "text", "town", "item_1", "state"],
        lambda frame: frame[(frame.town == TOWN) & (frame.item_1 == ITEM)].nlargest(50, "id"),
    ),
}


def measure(folder: Path, name: str) -> dict[str, float]:
    """Seconds of one view from the files on, and the peak of this process in MiB."""
    import pandas as pd

    columns, view = VIEWS[name]
    began = time.perf_counter()
    view(pd.read_parquet(sorted(folder.glob("facts-*.parquet")), columns=columns))
    return {"seconds": time.perf_counter() - began, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    folder, name, memory = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    most = int(memory * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))  # an error of this process instead of the machine's last memory
    try:
        print(json.dumps(measure(folder, name)))
    except MemoryError:
        sys.exit(f"over {memory:g} GiB")


if __name__ == "__main__":
    main()
