"""The precision in which FloatTensors are added up: double, but for `dist` and `renorm`, whose totals the
original keeps in a float, and single at the end of a root it takes with `powf`.
"""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import torch
from th7shell.torch.tensor import wrap

X = np.random.default_rng(3).random(30_011, np.float32)
WIDE = X.astype(np.float64)
SHORT = X[:40] + np.float32(0.6)


def single(value: float) -> float:
    return float(np.float32(value))


def in_turn(terms: np.ndarray) -> np.float32:
    """A `float sum` to which one term is added after the other."""
    total = np.float32(0)
    for term in terms:
        total += term
    return total


DOUBLE = [
    ("sum", X, (), WIDE.sum()),
    ("mean", X, (), WIDE.mean()),
    ("var", X, (), WIDE.var(ddof=1)),
    ("std", X, (), WIDE.std(ddof=1)),
    ("prod", SHORT, (), SHORT.astype(np.float64).prod()),
    ("norm", X, (), np.sqrt(np.square(WIDE).sum())),
    ("norm", X[::3], (), np.sqrt(np.square(WIDE[::3]).sum())),
    ("norm", X[:100], (), np.sqrt(np.square(WIDE[:100]).sum())),
    ("norm", X, (1,), WIDE.sum()),
    ("norm", X, (0,), float(X.size)),
]


@pytest.mark.parametrize(("name", "x", "arguments", "want"), DOUBLE)
def test_all_elements_in_double(name: str, x: np.ndarray, arguments: tuple, want: float) -> None:
    assert getattr(torch, name)(wrap(x), *arguments) == pytest.approx(want, rel=1e-13)


def test_roots_taken_in_single_precision() -> None:
    found = torch.norm(wrap(X), 3)
    assert found == single(found) == pytest.approx((WIDE**3).sum() ** (1 / 3), rel=2e-7)


ALONG = [("sum", X, X.sum), ("cumsum", X, X.cumsum), ("cumprod", SHORT, SHORT.cumprod)]


@pytest.mark.parametrize(("name", "x", "formula"), ALONG)
@pytest.mark.parametrize("shape", [(1, -1), (-1, 1)])
def test_along_a_dimension_in_double(
    name: str, x: np.ndarray, formula: object, shape: tuple
) -> None:
    x = x.reshape(shape)
    axis = x.shape.index(max(x.shape))
    found = getattr(torch, name)(wrap(x), axis + 1).nd
    want = getattr(x.astype(np.float64), name)(axis=axis).astype(np.float32)
    np.testing.assert_array_equal(found.reshape(-1), want.reshape(-1))


@pytest.mark.parametrize("p", [1, 2])
def test_distance_in_single_precision(p: int) -> None:
    other = X[::-1].copy()
    want = in_turn(np.abs(X - other) ** np.float32(p)) ** np.float32(1 / p)
    assert torch.dist(wrap(X), wrap(other), p) == float(want)
    assert torch.dist(wrap(X[::-1]), wrap(X), p) == float(
        in_turn(np.abs(X[::-1] - X) ** np.float32(p)) ** np.float32(1 / p)
    )


def test_renorm_in_single_precision() -> None:
    x = X[:30_000].reshape(3, 5, 2000)
    for dim in (1, 2):
        rows = np.moveaxis(x, dim - 1, 0).reshape(x.shape[dim - 1], -1)
        norms = [np.float32(np.sqrt(np.float64(in_turn(np.square(row))))) for row in rows]
        scales = [np.float32(1 / (float(norm) + 1e-7)) for norm in norms]
        want = np.moveaxis(x, dim - 1, 0) * np.reshape(scales, (-1, 1, 1))
        found = np.moveaxis(torch.renorm(wrap(x), 2, dim, 1).nd, dim - 1, 0)
        np.testing.assert_array_equal(found, want)
