"""A batch on a Spark cluster: ``answered(frame, …)`` is a DataFrame of answers. Thin: Spark does the distribution, ``arrow.py`` the rest.

Every executor needs this package and the model's folder. Order: Spark keeps none by itself; carry an id, and sort by it.
"""

from typing import TYPE_CHECKING, Any

from triage.arrow import Plan

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def answered(frame: "DataFrame", as_of: str, **more: Any) -> "DataFrame":
    """One row for each row of ``frame``. ``more``: fields of ``arrow.Plan``, told, model, profile, kept, masked or reasons.

    Raises UsageError when ``frame`` has no column for the text. What fails on an executor fails the Spark job.
    """
    plan = Plan(tuple(frame.columns), as_of, **more)
    return frame.mapInArrow(plan.run, ddl(plan))


def ddl(plan: Plan) -> str:
    """The schema of the answers as Spark writes it."""
    return ", ".join(f"`{field.name.replace('`', '``')}` {'double' if field.type == 'double' else 'string'}" for field in plan.schema())
