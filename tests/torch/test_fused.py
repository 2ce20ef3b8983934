"""torch/fused.py: sums in place that are rounded once, as BLAS's axpy rounds them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from th7shell import optim, torch
from th7shell.torch import fused
from th7shell.torch.fused import add_multiple
from th7shell.torch.side_by_side import use

rng = np.random.RandomState(1)


def exact(y: np.ndarray, a: float, x: np.ndarray) -> np.ndarray:
    """y + a·x in whole fractions, rounded at the end."""
    a = float(y.dtype.type(a))
    sums = [Fraction(v) + Fraction(a) * Fraction(u) for v, u in zip(y.tolist(), x.tolist())]
    return np.array([float(s) for s in sums]).astype(y.dtype)


def rounds_once() -> bool:
    y, x = np.array([-1.0]), np.array([1 + 2.0**-40])
    fused.routines().daxpy(x, y, a=1 - 2.0**-40)
    return y[0] != 0


once = pytest.mark.skipif(not rounds_once(), reason="this BLAS does not fuse")


@once
@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("n", [1, 2, 15, 16, 33, 1000])
def test_each_element_is_rounded_once(n, dtype) -> None:
    x, y = (rng.randn(n).astype(dtype) * 10.0 ** rng.randint(-3, 3, n) for _ in "xy")
    x, y = x.astype(dtype), y.astype(dtype)
    want = exact(y, 0.1, x)
    add_multiple(y, 0.1, x)
    assert (y == want).all()


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_long_arrays_are_done_in_pieces_that_wake_no_thread(threads, monkeypatch) -> None:
    sizes = []
    axpy = fused.routine("axpy", "d")
    monkeypatch.setattr(fused, "blas_threads", lambda: lambda: threads)
    monkeypatch.setattr(
        fused, "routine", lambda *_: lambda x, y, a: sizes.append(len(x)) or axpy(x, y, a=a)
    )
    x, y = rng.randn(2, 3 * fused.ALONE + 5)
    want = y + 0.5 * x
    add_multiple(y, 0.5, x)
    assert np.allclose(y, want, rtol=1e-14)
    assert sizes == ([len(x)] if threads == 1 else [*[fused.ALONE] * 3, 5])


def test_the_threads_of_scipys_blas_are_those_that_were_set() -> None:
    before = torch.getnumthreads()
    add_multiple(np.ones(3), 2, np.ones(3))  # its BLAS is loaded now
    try:
        use(1)
        assert fused.blas_threads()() in (0, 1)
    finally:
        use(before)


@pytest.mark.parametrize("dtype", ["f", "d", "i", "B"])
def test_what_has_gaps_or_whole_numbers_is_rounded_twice(dtype) -> None:
    x = (rng.randn(4, 6) * 9).astype(dtype)
    y = (rng.randn(4, 6) * 9).astype(dtype)
    want = y.copy()
    want[:, ::2] += (x[:, ::2] * x.dtype.type(3)).astype(dtype)
    add_multiple(y[:, ::2], 3, x[:, ::2])
    assert (y == want).all()


def test_an_array_that_may_not_be_written_is_refused() -> None:
    y = np.ones(3)
    y.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        add_multiple(y, 0.5, np.ones(3))
    assert (y == 1).all()


def test_an_array_that_is_not_aligned_is_written_too() -> None:
    y = np.frombuffer(bytearray(41), np.float64, 5, 1)
    add_multiple(y, 0.5, np.ones(5))
    assert (y == 0.5).all()


def test_a_tensor_added_to_itself_and_to_a_neighbour() -> None:
    t = torch.range(1, 6)
    t.add(0.5, t)
    assert t.nd.tolist() == [1.5, 3, 4.5, 6, 7.5, 9]
    torch.Tensor().add(0.5, torch.Tensor())  # nothing to add


def rosenbrock(x):
    """100 (y − x²)² + (1 − x)² in the steps of the original's own test."""
    a, b = x.narrow(1, 1, 1), x.narrow(1, 2, 1)
    rest = a.clone().cmul(a).mul(-1).add(b)
    left = a.clone().mul(-1).add(1)
    f = rest.clone().cmul(rest).mul(100).add(left.clone().cmul(left)).sum()
    g = x.clone().zero()
    g.narrow(1, 1, 1).copy(rest.clone().cmul(a).mul(-400).add(left.mul(-2)))
    g.narrow(1, 2, 1).add(rest.mul(200))
    return f, g


@once
@pytest.mark.parametrize(
    ("method", "losses"),
    [  # printed by the original
        ("adam", {2001: "4.4937052241472e-10", 3001: "4.2102620521156e-15"}),
        ("adamax", {2001: "1.8002065728029e-09", 3001: "7.072782381393e-08"}),
    ],
)
def test_the_path_near_a_minimum_is_the_originals_to_the_last_digit(method, losses) -> None:
    x, config, seen = torch.zeros(2), {"learningRate": 0.002}, {}
    for i in range(1, 3002):
        x, f = getattr(optim, method)(rosenbrock, x, config)[:2]
        if i in losses:
            seen[i] = f"{f[1]:.14g}"
    assert seen == losses
