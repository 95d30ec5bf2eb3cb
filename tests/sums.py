"""What somebody can compute who knows sums of a table: by whole numbers, exactly."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Cell = tuple[int, int]
Sum = tuple[Collection[Cell], int, int]
"""Cells, and the least and the most that they can be together."""
MOST = 1000


def between(target: Collection[Cell], cells: Sequence[Cell], known: Mapping[Cell, int], sums: Sequence[Sum]) -> tuple[int, int]:
    """The least and the most that some cells can be together; none is less than 0."""
    bounds = Bounds([known.get(cell, 0) for cell in cells], [known.get(cell, MOST) for cell in cells])
    matrix = np.array([[float(cell in some) for cell in cells] for some, _, _ in sums])
    within = LinearConstraint(matrix, [least for _, least, _ in sums], [most for _, _, most in sums])
    wanted = np.array([float(cell in target) for cell in cells])
    found = [milp(sign * wanted, integrality=np.ones(len(cells)), bounds=bounds, constraints=within) for sign in (1, -1)]
    return round(found[0].fun), round(-found[1].fun)
