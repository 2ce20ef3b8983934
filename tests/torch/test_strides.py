"""Every elementwise operation on operands of any stride and offset, into results of any stride: what
contiguous ones give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from th7shell import torch
from th7shell.torch.tensor import TYPES, wrap

from .ops_cases import COMPARISONS, DTYPES, POINTWISE, Case, array
from .strides import Layout, all_layouts, layouts, same, spread

TABLE = [
    pytest.param(case, letters, id=f"{case.name}-{case.arguments.replace(' ', '_')}-{letters}")
    for case in POINTWISE
    for letters in case.types
]
OUTPUTS = (1, 2, 4, 8)


def operands(case: Case, letters: str, size: int) -> list[Any]:
    rng = np.random.default_rng(size)
    values: list[Any] = [array(rng, letters, (size,), case)]
    for word in case.arguments.split():
        if word == "t":
            values.append(array(rng, letters, (size,)))
        elif word == "p":
            values.append(
                (np.abs(array(rng, letters, (size,), case)) % 5 + 1).astype(DTYPES[letters])
            )
        else:
            values.append(float(word) if "." in word else int(word))
    return values


def laid(values: list[Any], stride: int, other: int, offset: int) -> list[Any]:
    """The operands as tensors of those strides."""
    first, *rest = values
    return [
        wrap(spread(first, stride, offset)),
        *(wrap(spread(v, other, offset)) if isinstance(v, np.ndarray) else v for v in rest),
    ]


def compact(values: list[Any]) -> list[Any]:
    return [v.clone() if hasattr(v, "clone") else v for v in values]


def check(case: Case, letters: str, grid: list[Layout]) -> None:
    f = getattr(torch, case.name)
    dtype = DTYPES[letters]
    for i, (size, stride, other, offset) in enumerate(grid):
        args = laid(operands(case, letters, size), stride, other, offset)
        want = f(*compact(args)).nd
        layout = (size, stride, other, offset)
        assert same(f(*args).nd, want), layout
        result = wrap(spread(np.zeros(size, dtype), OUTPUTS[i % 4], offset))
        f(result, *args)
        assert same(result.nd, want), (layout, OUTPUTS[i % 4])
        if stride:
            f(args[0], *args)  # in place
            assert same(args[0].nd, want), (layout, "in place")


@pytest.mark.parametrize(("case", "letters"), TABLE)
def test_results_do_not_depend_on_strides(case: Case, letters: str) -> None:
    check(case, letters, layouts())


@pytest.mark.long
@pytest.mark.parametrize(("case", "letters"), TABLE)
def test_the_whole_grid(case: Case, letters: str) -> None:
    check(case, letters, all_layouts())


@pytest.mark.parametrize("letters", DTYPES)
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_do_not_depend_on_strides(name: str, letters: str) -> None:
    f = getattr(torch, name)
    rng = np.random.default_rng(1)
    for i, (size, stride, other, offset) in enumerate(layouts()):
        values = [array(rng, letters, (size,)), array(rng, letters, (size,))]
        values[1][::2] = values[0][::2]
        args = laid(values, stride, other, offset)
        want = f(*compact(args)).nd
        assert same(f(*args).nd, want), (size, stride, other, offset)
        result = wrap(spread(np.zeros(size, DTYPES[letters]), OUTPUTS[i % 4], offset))
        f(result, *args)
        assert same(result.nd, want.astype(DTYPES[letters]))
        assert same(f(args[0], 2).nd, f(args[0].clone(), 2).nd)


@pytest.mark.parametrize("letters", DTYPES)
def test_operators_do_not_depend_on_strides(letters: str) -> None:
    rng = np.random.default_rng(2)
    for size, stride, other, offset in layouts():
        values = [array(rng, letters, (size,)), array(rng, letters, (size,))]
        a, b = laid(values, stride, other, offset)
        for f in (
            lambda x, y: x + y,
            lambda x, y: x - y,
            lambda x, y: -x,
            lambda x, y: 3 - x,
            lambda x, y: x * 3,
            lambda x, y: x / 3,
            lambda x, y: x % 3,
        ):
            assert same(f(a, b).nd, f(a.clone(), b.clone()).nd), (size, stride, other, offset)


@pytest.mark.parametrize("letters", ("Float", "Double", "Int", "Long"))
def test_conversions_and_sums_do_not_depend_on_strides(letters: str) -> None:
    rng = np.random.default_rng(3)
    for size, stride, _, offset in layouts():
        x = wrap(spread(array(rng, letters, (size,)), stride, offset))
        y = x.clone()
        for kind in ("double", "float", "long", "int", "short", "byte", "char"):
            assert same(getattr(x, kind)().nd, getattr(y, kind)().nd)
        for name in ("sum", "prod", "max", "min", "mean", "var", "norm", "numel"):
            if letters in ("Float", "Double") or name in ("sum", "max", "min", "numel"):
                if name == "var" and size == 1:
                    continue
                got, want = getattr(x, name)(), getattr(y, name)()
                assert np.isclose(got, want, rtol=1e-5, equal_nan=True), (name, size, stride)
        for name in ("cumsum", "cumprod", "sort"):
            got, want = getattr(torch, name)(x), getattr(torch, name)(y)
            got, want = (v[0] if isinstance(v, tuple) else v for v in (got, want))
            np.testing.assert_allclose(got.nd, want.nd, rtol=1e-5)


def test_columns_of_a_matrix_are_negated() -> None:
    """Strides of 16 and 64 bytes, as columns of matrices of 4 and 8 have."""
    for kind, width in (("Float", 4), ("Double", 8)):
        x = TYPES[f"torch.{kind}Tensor"](5, width).copy(torch.range(1, 5 * width))
        x.select(2, 1).neg()
        assert x.select(2, 1).nd.tolist() == [-(1 + width * i) for i in range(5)]
        assert x.select(2, 2).nd.tolist() == [2 + width * i for i in range(5)]
