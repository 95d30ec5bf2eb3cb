"""A batch on a Ray cluster: ``answered(dataset, …)`` is a Dataset of answers. Thin: Ray does the distribution, ``arrow.py`` the rest.

Every node needs this package and the model's folder. Order is kept where ``DataContext.execution_options.preserve_order`` is set.
"""

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from triage.arrow import Plan
from triage.batch import CHUNK

if TYPE_CHECKING:
    from ray.data import Dataset


def answered(dataset: "Dataset", as_of: str, **more: Any) -> "Dataset":
    """One row for each row of ``dataset``. ``more``: fields of ``arrow.Plan``, told, model, profile, kept, masked or reasons.

    Raises UsageError when ``dataset`` has no column for the text. What fails on a node fails the Ray job.
    """
    plan = Plan(tuple(dataset.columns() or ()), as_of, **more)

    def answer(table: pa.Table) -> pa.Table:
        return pa.Table.from_batches(plan.run(table.to_batches()), schema=plan.schema())

    return dataset.map_batches(answer, batch_format="pyarrow", batch_size=8 * CHUNK)
