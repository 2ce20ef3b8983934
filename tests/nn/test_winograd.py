"""The convolution that spares products beside the one that makes them all."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell.nn.kernels import products, winograd
from th7shell.nn.kernels.convolution import ConvolutionPlan

from .foreign import Foreign

GEOMETRIES = {  # samples, planes in and out, size, kernel, padding, dilation
    "vgg": (3, 16, 24, (32, 32), (3, 3), (1, 1), (1, 1)),
    "no padding": (2, 24, 16, (30, 31), (3, 3), (0, 0), (1, 1)),
    "height left over": (4, 16, 16, (29, 18), (3, 3), (1, 0), (1, 1)),
    "dilated": (2, 16, 16, (32, 32), (3, 3), (2, 2), (2, 2)),
    "dilated unevenly": (2, 16, 16, (36, 32), (3, 3), (3, 1), (3, 2)),
    "wide kernel": (2, 16, 16, (18, 17), (3, 5), (2, 1), (1, 1)),
    "narrow kernel": (1, 16, 16, (18, 8), (3, 1), (0, 0), (1, 1)),
}


@pytest.fixture(params=["blas", "numpy"])
def way(request, monkeypatch):
    monkeypatch.setattr(winograd, "LEAST_PLACES", 0)
    if request.param == "numpy":
        monkeypatch.setattr(products, "gemm", lambda letter: None)


def passes(geometry, letter: str, direct: bool, value=None) -> tuple[np.ndarray, ...]:
    """Output, gradient of the input and of the weight, the last added to what was there. `value`:
    what one place of the input and one of the output's gradient hold."""
    n, c, o, size, kernel, pad, dilation = geometry
    plan = ConvolutionPlan(letter, n, c, o, size, kernel, (1, 1), pad, dilation)
    assert plan.by_rows
    plan.by_rows = not direct
    draw = np.random.default_rng(1)
    x, weight, bias, gy, gw = (
        draw.standard_normal(shape).astype(letter)
        for shape in ((n, c, *size), (o, plan.k), (o, 1), (n, o, *plan.out), (o, plan.k))
    )
    if value is not None:
        x[1, 3, 6, -1] = gy[1, 2, 9, 4] = value
    for _ in range(2):  # the second time what the buffers hold is old
        y, gx = np.full(gy.shape, np.nan, letter), np.full(x.shape, np.nan, letter)
        plan.forward(x, weight, bias, y)
        plan.grad_input(gy, weight, gx)
        plan.grad_weight(x, gy, gw, 0.5)
    return y, gx, gw


@pytest.mark.parametrize("chunk", [1, 1 << 30])
@pytest.mark.parametrize(("letter", "near"), [("d", 1e-13), ("f", 3e-6)])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_both_ways_give_the_same(name, letter, near, chunk, way, monkeypatch):
    monkeypatch.setattr(winograd, "CHUNK_BYTES", chunk)
    found, wanted = (passes(GEOMETRIES[name], letter, direct) for direct in (False, True))
    for a, b in zip(found, wanted):
        assert abs(a - b).max() <= near * abs(b).max()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("letter", ["f", "d"])
def test_what_is_not_finite_reaches_its_windows_only(letter, value, way):
    """Of an input, a gradient and a weight with one such value all passes are those of the direct
    way: what does not hold it stays a number."""
    found, wanted = (
        passes(GEOMETRIES["vgg"], letter, direct, value=value) for direct in (False, True)
    )
    for a, b in zip(found, wanted):
        assert np.array_equal(np.isfinite(a), np.isfinite(b))
        with np.errstate(invalid="ignore"):
            np.testing.assert_allclose(a, b, atol=1e-5)
    for part in found:
        assert 0 < np.isfinite(part).mean() < 1


@pytest.mark.parametrize(
    "change",
    [{"stride": (2, 1)}, {"kernel": (2, 3)}, {"n": 1}, {"c": 15}, {"dtype": np.dtype("e")}],
)
def test_others_go_the_direct_way(change):
    given = {
        "dtype": np.dtype("f"),
        "n": 2,
        "c": 16,
        "o": 16,
        "kernel": (3, 3),
        "stride": (1, 1),
        "pad": (1, 1),
        "dilation": (1, 1),
        "out": (16, 16),
    }
    assert winograd.fits(**given)
    assert not winograd.fits(**{**given, **change})


@pytest.mark.parametrize("letter", ["f", "d"])
def test_products_add_to_what_is_there(letter, way):
    draw = np.random.default_rng(2)
    a, b, c = (draw.random(shape).astype(letter) for shape in ((3, 4), (4, 5), (3, 5)))
    for first in (a, a.T.copy().T, a[::-1]):
        for second in (b, b.T.copy().T, np.repeat(b, 2, 1)[:, ::2]):
            for third in (c, np.zeros((3, 9), letter)[:, :5], np.zeros((5, 3), letter).T):
                wanted = third + 2 * first.dot(second)
                products.accumulate(first, second, third, 2)
                np.testing.assert_allclose(third, wanted, rtol=1e-5)
                products.prepared(first, second, third, add=False)()
                np.testing.assert_allclose(third, first.dot(second), rtol=1e-5)


def test_products_of_arrays_from_elsewhere():
    draw = np.random.default_rng(4)
    a, b, c = (draw.random(shape) for shape in ((3, 4), (4, 5), (3, 5)))
    there = Foreign(c.copy())
    products.accumulate(Foreign(a), Foreign(b), there, 3)
    np.testing.assert_allclose(there.held, c + 3 * a.dot(b))
