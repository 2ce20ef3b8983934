"""Orders that values do not settle: equal elements, selected elements, large lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from th7shell import torch
from th7shell.torch.ops.quick import selected_places, sorted_places
from th7shell.torch.tensor import wrap

from .ops_cases import DTYPES

LINES = st.lists(st.integers(-4, 4), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None)
@given(LINES)
def test_quicksort_sorts(line: list[int]) -> None:
    places = sorted_places(line[:])
    assert sorted(places) == list(range(len(line)))
    assert [line[i] for i in places] == sorted(line)


@settings(max_examples=200, deadline=None)
@given(LINES, st.data())
def test_quickselect_selects(line: list[int], data: Any) -> None:
    k = data.draw(st.integers(0, len(line) - 1))
    places = selected_places(line[:], k)
    assert sorted(places) == list(range(len(line)))
    found = [line[i] for i in places]
    assert found[k] == sorted(line)[k]
    assert all(v <= found[k] for v in found[:k])
    assert all(v >= found[k] for v in found[k:])


# worked out by hand from the partition: median of three in front, scans from both ends
SELECTED = [
    ([2, 1, 3], 0, [1, 0, 2]),
    ([3, 1, 2], 1, [1, 2, 0]),
    ([5, 5], 1, [0, 1]),
    ([7], 0, [0]),
]


@pytest.mark.parametrize(("line", "k", "places"), SELECTED)
def test_the_places_that_quickselect_leaves(line: list[int], k: int, places: list[int]) -> None:
    assert selected_places(line, k) == places


def test_short_lines_are_stable_and_longer_ones_are_partitioned_first() -> None:
    line = [1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1]
    assert sorted_places(line[:]) == sorted(range(11), key=line.__getitem__)
    assert torch.sort(torch.zeros(12), True)[1].nd.tolist()[0] == 8
    # equal elements: the middle comes second, then pairs from both ends change places, then the
    # median goes where the scans met
    assert torch.sort(torch.zeros(12))[1].nd.tolist() == [8, 6, 11, 10, 9, 1, 7, 2, 5, 4, 3, 12]


@settings(max_examples=60, deadline=None)
@given(LINES, st.booleans(), st.booleans(), st.data())
def test_topk_of_equal_elements(line: list[int], largest: bool, in_order: bool, data: Any) -> None:
    k = data.draw(st.integers(1, len(line)))
    x = torch.IntTensor(line)
    values, where = torch.topk(x, k, 1, largest, in_order)
    want = sorted(line, reverse=largest)[:k]
    assert sorted(values.nd.tolist(), reverse=largest) == want
    assert [line[i - 1] for i in where.nd.tolist()] == values.nd.tolist()
    assert len(set(where.nd.tolist())) == k
    if in_order:
        assert values.nd.tolist() == want


@pytest.mark.parametrize("letters", ["Float", "Double", "Int"])
@pytest.mark.parametrize("descending", [False, True])
def test_large_sorts_are_stable(letters: str, descending: bool) -> None:
    rng = np.random.default_rng(10)
    nd = rng.integers(-40, 40, 20_000).astype(DTYPES[letters])
    values, where = torch.sort(wrap(nd), 1, descending)
    order = np.lexsort((np.arange(nd.size), -nd if descending else nd))
    np.testing.assert_array_equal(where.nd, order + 1)
    np.testing.assert_array_equal(values.nd, nd[order])


def test_large_sorts_of_many_and_few_equal_elements() -> None:
    rng = np.random.default_rng(12)
    few = rng.standard_normal(10_000)
    few[1000:1500] = few[:500]
    few[2000:2250] = few[:250]
    close = 1 + rng.integers(0, 1 << 20, 10_000) * 2.0**-52  # agree in the leading bits
    signs = rng.standard_normal(10_000) * rng.integers(-1, 2, 10_000)  # zeros of both signs
    for nd in (
        few,
        close,
        signs,
        signs.astype(np.float32),
        rng.standard_normal(10_000),
        rng.integers(0, 9, 10_000).astype(float),
    ):
        np.testing.assert_array_equal(torch.sort(wrap(nd))[1].nd, np.argsort(nd, kind="stable") + 1)
    few[[7, 99]] = np.nan, -np.nan
    assert torch.sort(wrap(few))[1].nd.tolist()[-2:] == [8, 100]


def test_topk_of_large_tensors_is_in_order() -> None:
    nd = np.random.default_rng(13).standard_normal((3, 5000))
    assert torch.topk(wrap(nd), 3).__class__ is tuple
    np.testing.assert_array_equal(torch.topk(wrap(nd), 3)[0].nd, np.sort(nd)[:, :3])
    np.testing.assert_array_equal(torch.topk(wrap(nd), 3, 2, True)[0].nd, np.sort(nd)[:, :-4:-1])


@pytest.mark.parametrize("axis", [0, 1])
def test_selection_from_large_tensors(axis: int) -> None:
    nd = np.random.default_rng(15).integers(0, 500, (90, 80)).astype(float)
    n = nd.shape[axis]
    line = np.sort(nd, axis)
    for k in (1, 7, n):
        values, where = torch.kthvalue(wrap(nd), k, axis + 1)
        np.testing.assert_array_equal(values.nd, np.take(line, [k - 1], axis))
        np.testing.assert_array_equal(np.take_along_axis(nd, where.nd - 1, axis), values.nd)
        for largest in (False, True):
            values, where = torch.topk(wrap(nd), k, axis + 1, largest, True)
            want = np.flip(line, axis) if largest else line
            np.testing.assert_array_equal(values.nd, np.take(want, range(k), axis))
            np.testing.assert_array_equal(np.take_along_axis(nd, where.nd - 1, axis), values.nd)
    np.testing.assert_array_equal(
        torch.median(wrap(nd), axis + 1)[0].nd, np.take(line, [(n - 1) // 2], axis)
    )
