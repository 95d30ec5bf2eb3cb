from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis.suppress import LEAST, hidden_grid, hidden_line, small
from tests.sums import MOST, Sum, between


def test_the_smallest_other_goes_with_a_small_one_that_is_alone() -> None:
    assert hidden_line([100, 3, 20, 7]) == {1, 3}
    assert hidden_line([100, 3, 20, 7], total_shown=False) == {1}
    assert hidden_line([100, 20, 0]) == set()
    assert hidden_line([1, 1, 50]) == {0, 1, 2}  # together 2: whoever knows the total would know both
    assert hidden_line([1, 1, 1, 1, 1, 50, 7]) == {0, 1, 2, 3, 4, 6}  # five lines, together 5: one each
    assert hidden_line([3]) == {0}
    assert hidden_line([3, 0]) == {0, 1}
    assert hidden_line([]) == set()


def test_in_a_grid_cover_goes_until_the_small_one_may_be_another() -> None:
    cells = {(0, 0): 12, (0, 1): 3, (1, 1): 6}
    assert hidden_grid(cells, {0, 1}, {0, 1}) == set(cells)  # 3 to 9: (1, 0) may be no 0
    assert hidden_grid({(0, 0): 3, (0, 1): 10, (1, 0): 20, (1, 1): 30}, {0, 1}, {0, 1}) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert hidden_grid({(0, 0): 9, (0, 1): 10}, {0}, {0, 1}) == set()
    full = {(row, column): 50 for row in range(5) for column in range(5)} | {(2, 2): 1}
    assert len(hidden_grid(full, set(range(5)), set(range(5)))) == 4
    assert hidden_grid({**full, (0, 0): 60}, set(range(5)), set(range(5)), also={(0, 0)}) >= {(0, 0), (2, 2)}


def test_nobody_is_taken_for_possible_where_it_cannot_be() -> None:
    cells = {(0, 0): 3, (1, 1): 50, (2, 2): 60}
    assert hidden_grid(cells, {2}, set()) == {(0, 0), (1, 1)}  # nor may the rest be 3
    assert hidden_grid({(0, 0): 3, (0, 1): 50, (1, 2): 60, (1, 3): 7}, {0, 1}, set(), empty=False) == {(0, 0), (0, 1)}


def test_a_small_sum_that_is_hidden_does_not_follow_from_the_cells() -> None:
    cells = {(0, 1): 20, (0, 2): 20, (1, 1): 2, (1, 0): 1}
    gone = hidden_grid(cells, {0}, {1})  # the file by column hides 0 and 2
    shown = {cell: count for cell, count in cells.items() if cell not in gone}
    every = list(product(range(2), range(3)))
    told: list[Sum] = [(every, 43, 43), ([(0, 0), (0, 1), (0, 2)], 40, 40), ([(0, 1), (1, 1)], 22, 22)]
    told += [([(0, column), (1, column)], 1, MOST) for column in (0, 2)]
    least, most = between([(0, 0), (1, 0)], every, shown, told)
    assert least < most, gone


@given(st.lists(st.integers(0, 30), min_size=2, max_size=12))
def test_no_hidden_cell_follows_from_the_total(counts: list[int]) -> None:
    hidden = hidden_line(counts)
    assert all(place in hidden for place, count in enumerate(counts) if small(count))
    assert not hidden or len(hidden) >= 2
    assert not hidden or sum(counts[place] for place in hidden) >= LEAST or len(hidden) == len(counts)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 4), st.integers(1, 4), st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 12, 30]), min_size=16, max_size=16), st.booleans()
)
def test_no_small_cell_follows_from_three_files(rows: int, columns: int, counts: list[int], empty: bool) -> None:
    cells = {(row, column): counts[row * 4 + column] for row in range(rows) for column in range(columns) if counts[row * 4 + column]}
    sides = [sorted({cell[side] for cell in cells}) for side in (0, 1)]
    sums = [[sum(count for cell, count in cells.items() if cell[side] == place) for place in sides[side]] for side in (0, 1)]
    hidden = [{sides[side][place] for place in hidden_line(sums[side])} for side in (0, 1)]
    known = [set(sides[side]) - hidden[side] for side in (0, 1)]
    gone = hidden_grid(cells, *known, empty=empty)
    assert {cell for cell, count in cells.items() if small(count)} <= gone <= set(cells)
    total = sum(cells.values())
    everything = list(product(range(rows), range(columns)))
    told: list[Sum] = [(everything, total, total)]
    for side in (0, 1):
        for place, count in zip(sides[side], sums[side], strict=True):
            line = [cell for cell in everything if cell[side] == place]
            told.append((line, *((1, MOST) if place in hidden[side] else (count, count))))  # a hidden line is a dash: somebody is in it
    nobody = {cell for cell in everything if cell[0] not in sides[0] or cell[1] not in sides[1] or (not empty and cell not in cells)}
    shown = {cell: count for cell, count in cells.items() if cell not in gone}
    for cell in gone:
        if small(cells[cell]) and gone != set(cells):
            least, most = between([cell], everything, shown | dict.fromkeys(nobody, 0), told)
            assert least < most, (cells, gone, cell)
    for line, least, most in told[1:]:
        if least != most and small(sum(cells.get(cell, 0) for cell in line)) and len(hidden[0]) != 1 and len(hidden[1]) != 1:
            fewest, largest = between(line, everything, shown | dict.fromkeys(nobody, 0), told)
            assert fewest < largest or gone == set(cells), (cells, gone, line)
    for line, least, most in told:
        rest = sum(cells.get(cell, 0) for cell in line if cell not in shown)
        assert least != most or not small(rest) or gone == set(cells)
