"""Asks the processor for memory that a compiled loop will read soon; what it answers is the same with or without."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_READ, _KEEP, _DATA = 0, 3, 1


def _prefetch(typing_context: Any, matrix: Any, row: Any, column: Any) -> Any:  # noqa: ARG001 - the form that numba calls
    """The types and the code of a call."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, given[0])
        place = cgutils.get_item_pointer(  # type: ignore[no-untyped-call]
            context, builder, signature.args[0], array, given[1:], wraparound=False
        )
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        builder.call(
            builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind),
            [builder.bitcast(place, byte), number(_READ), number(_KEEP), number(_DATA)],
        )
        return context.get_dummy_value()

    return types.void(matrix, types.int64, types.int64), code


prefetch: Any = intrinsic(_prefetch)
"""``prefetch(matrix, row, column)`` in compiled code: the element and what shares its cache line; out of bounds does no harm."""
