"""A batch over Arrow: record batches of requests in, record batches of answers out. What Spark and Ray call on each of their machines.

The rows of an answer are those of ``triage.batch``, without the notes on repeated ids, which no machine could give alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import pyarrow as pa

from triage.answers import NUMBERS, Ask, Cells, Shape, answer
from triage.batch import chunks
from triage.columns import Columns, find_columns
from triage.sources import as_text
from triage.suggest import Engine
from triage.tables import Row
from triage.workers import one_thread_each


@dataclass(frozen=True)
class Plan:
    """What is to be done, in a form that travels between machines. ``header``: columns of the input; ``as_of``: for requests without a
    time of receipt, needed, or every machine would take its own today."""

    header: tuple[str, ...]
    as_of: str
    told: Columns = field(default_factory=Columns)
    model: str = "default"
    profile: str | None = None
    kept: bool = False
    masked: bool = False
    reasons: bool = False

    def shape(self) -> Shape:
        """The columns of the output. Raises UsageError when the input has no column for the text."""
        return Shape(find_columns(self.header, self.told, "the input"), self.header if self.kept else (), self.masked, self.reasons)

    def schema(self) -> pa.Schema:
        """The same with types: probabilities are numbers, the rest is text."""
        return pa.schema([(name, pa.float64() if name in NUMBERS else pa.string()) for name in self.shape().header()])

    def run(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The answers, in order. Loads the model at the first call in a process."""
        engine, shape, schema = _engine(self.model, self.profile), self.shape(), self.schema()
        for chunk in chunks(self._asks(batches)):
            yield _batch(answer(engine, chunk, shape, self.as_of), schema)

    def _asks(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Ask]:
        number = 0
        for batch in batches:
            columns = [batch.column(batch.schema.get_field_index(name)).to_pylist() for name in self.header]
            for cells in zip(*columns, strict=True):
                number += 1
                yield Ask(Row(number, dict(zip(self.header, map(as_text, cells), strict=True))), number)


@lru_cache(maxsize=1)
def _engine(model: str, profile: str | None) -> Engine:
    one_thread_each()  # a cluster gives a task one core
    return Engine.load(profile, model)


def _batch(rows: list[Cells], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(zip(*rows, strict=True), schema.types, strict=True)
    return pa.RecordBatch.from_arrays([pa.array(values, kind) for values, kind in columns], schema=schema)
