"""What is done to each of many elements is shared by the threads, with the same results."""

import numpy as np
import pytest

from th7shell import torch
from th7shell.torch import side_by_side, utilities
from th7shell.torch.ops import arrays
from th7shell.torch.tensor import wrap

N = 3001


@pytest.fixture
def threads(monkeypatch):
    """Three threads, for which 1,000 elements are many; how many parts were made of each call."""
    monkeypatch.setattr(arrays, "LARGE", 1000)
    monkeypatch.setattr(utilities, "usable_cores", lambda: 3)
    before = list(side_by_side.chosen_threads), torch.getnumthreads()
    torch.setnumthreads(3)
    parts = []
    whole = side_by_side.side_by_side
    monkeypatch.setattr(
        side_by_side, "side_by_side", lambda calls: (parts.append(len(calls)), whole(calls))
    )
    yield parts
    torch.setnumthreads(before[1])
    side_by_side.chosen_threads[:] = before[0]


def pair(dtype):
    random = np.random.RandomState(7)
    return [wrap((random.rand(N) * 50 + 1).astype(dtype)) for _ in range(2)]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_large_result_is_computed_in_parts(dtype, threads):
    t, u = pair(dtype)
    f = np.subtract
    out = np.empty(N, dtype)
    arrays.spread(f, out, t.nd, u.nd)
    assert threads == [3] and np.array_equal(out, t.nd - u.nd)
    arrays.spread(f, t.nd, t.nd, u.nd)  # into an operand itself
    assert threads == [3, 3] and np.array_equal(out, t.nd)


def test_views_that_overlap_are_done_whole(threads):
    x = np.arange(N + 1.0)
    expected = x[:-1] + 1
    arrays.spread(np.add, x[1:], x[:-1], 1)
    assert threads == [] and np.array_equal(x[1:], expected)


def test_arrays_with_gaps_are_done_whole(threads):
    x = np.arange(2.0 * N)
    arrays.spread(np.negative, x[::2], x[::2])
    assert threads == [] and x[2] == -2


def test_an_error_in_a_part_arrives(threads):
    def fails(a, out):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        arrays.spread(fails, np.empty(N), np.empty(N))


def test_a_million_elements_go_to_the_threads(monkeypatch):
    seen = []
    monkeypatch.setattr(side_by_side, "side_by_side", lambda calls: seen.append(len(calls)))
    monkeypatch.setattr(utilities, "usable_cores", lambda: 2)
    before = list(side_by_side.chosen_threads), torch.getnumthreads()
    try:
        torch.setnumthreads(2)
        t = torch.FloatTensor(1_000_000)
        for call in (
            lambda: t.add(1),
            lambda: t.cmul(t),
            lambda: torch.add(t, t),
            lambda: torch.add(t, 0.5, t),
            lambda: torch.exp(t),
            lambda: t.pow(2.5),
            lambda: torch.addcmul(t, t, t),
        ):
            call()
            assert seen == [2]
            seen.clear()
        torch.FloatTensor(999_999).zero().add(1)
        assert not seen
    finally:
        torch.setnumthreads(before[1])
        side_by_side.chosen_threads[:] = before[0]


def test_no_more_threads_work_than_there_are_cores(monkeypatch):
    monkeypatch.setattr(utilities, "usable_cores", lambda: 2)
    before = list(side_by_side.chosen_threads), torch.getnumthreads()
    try:
        torch.setnumthreads(64)
        assert torch.getnumthreads() == 64 and side_by_side.threads() == 2
        get = utilities.blas_function("get")
        assert get is None or get() == 2
        side_by_side.use(1)  # as a kernel does for a time
        assert get is None or torch.getnumthreads() == 1
    finally:
        torch.setnumthreads(before[1])
        side_by_side.chosen_threads[:] = before[0]
