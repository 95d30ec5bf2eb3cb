import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.suppress import LEAST, hidden_grid, hidden_line, small


def test_the_smallest_other_goes_with_a_small_one_that_is_alone() -> None:
    assert hidden_line([100, 3, 20, 7]) == {1, 3}
    assert hidden_line([100, 3, 20, 7], total_shown=False) == {1}
    assert hidden_line([100, 20, 0]) == set()
    assert hidden_line([1, 1, 50]) == {0, 1, 2}  # together 2: whoever knows the total would know both
    assert hidden_line([3]) == {0}
    assert hidden_line([3, 0]) == {0, 1}
    assert hidden_line([]) == set()


def test_in_a_grid_a_ring_of_cells_goes() -> None:
    cells = {(0, 0): 3, (0, 1): 10, (1, 0): 20, (1, 1): 30}
    assert hidden_grid(cells, 2, 2) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert hidden_grid({(0, 0): 9, (0, 1): 10}, 1, 2) == set()
    assert len(hidden_grid({(row, column): 50 for row in range(5) for column in range(5)} | {(2, 2): 1}, 5, 5)) == 4


@given(st.lists(st.integers(0, 30), min_size=2, max_size=12))
def test_no_hidden_cell_follows_from_the_total(counts: list[int]) -> None:
    hidden = hidden_line(counts)
    assert all(place in hidden for place, count in enumerate(counts) if small(count))
    assert not hidden or len(hidden) >= 2
    assert not hidden or sum(counts[place] for place in hidden) >= LEAST or len(hidden) == len(counts)


@given(st.integers(1, 4), st.integers(1, 4), st.lists(st.integers(0, 12), min_size=16, max_size=16))
def test_no_hidden_cell_follows_from_the_sums(rows: int, columns: int, counts: list[int]) -> None:
    cells = {(row, column): counts[row * 4 + column] for row in range(rows) for column in range(columns) if counts[row * 4 + column]}
    hidden = sorted(hidden_grid(cells, rows, columns))
    assert all(cell in hidden for cell, count in cells.items() if small(count))
    if len(hidden) == (rows + 1) * (columns + 1) or not hidden:
        return
    # What has no line is known to be 0, and covers nothing.
    assert all(cell in cells or cell[0] == rows or cell[1] == columns for cell in hidden)
    # Every sum that is shown is an equation; a cell is fixed when it is a combination of them.
    equations = [[(1 if cell[1] < columns else -1) if cell[0] == row else 0 for cell in hidden] for row in range(rows + 1)]
    equations += [[(1 if cell[0] < rows else -1) if cell[1] == column else 0 for cell in hidden] for column in range(columns + 1)]
    matrix = np.array(equations, float)
    rank = np.linalg.matrix_rank(matrix)
    for place in range(len(hidden)):
        unit = np.zeros((1, len(hidden)))
        unit[0, place] = 1
        assert np.linalg.matrix_rank(np.vstack([matrix, unit])) > rank
