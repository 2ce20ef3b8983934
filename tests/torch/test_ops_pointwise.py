"""Elementwise operations: every one, each type, all three spellings, strided operands and aliasing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from th7shell import torch
from th7shell.torch.tensor import TYPES, wrap

from .ops_cases import COMPARISONS, DTYPES, POINTWISE, Case, array, python_numbers, wrapped


def operands(
    rng: np.random.Generator, case: Case, letters: str, shape: tuple[int, ...]
) -> list[Any]:
    """The first tensor's array and the other arguments."""
    out: list[Any] = [array(rng, letters, shape, case)]
    for word in case.arguments.split():
        if word == "t":
            out.append(array(rng, letters, shape))
        elif word == "p":
            out.append(np.abs(array(rng, letters, shape, case)) % 5 + 1)
            out[-1] = out[-1].astype(DTYPES[letters])
        else:
            out.append(float(word) if "." in word else int(word))
    return out


def expected(case: Case, inputs: list[Any], dtype: np.dtype) -> np.ndarray:
    columns = [
        python_numbers(a).ravel().tolist() if isinstance(a, np.ndarray) else a for a in inputs
    ]
    n = inputs[0].size
    rows = [[c[i] if isinstance(c, list) else c for c in columns] for i in range(n)]
    return wrapped([case.formula(*row) for row in rows], dtype).reshape(inputs[0].shape)


def lifted(values: list[Any]) -> list[Any]:
    return [wrap(v.copy()) if isinstance(v, np.ndarray) else v for v in values]


def close(found: Any, want: np.ndarray, dtype: np.dtype) -> None:
    assert found.nd.dtype == dtype
    assert found.nd.shape == want.shape
    if dtype.kind == "f":
        tolerance = 3e-5 if dtype == np.float32 else 1e-11
        np.testing.assert_allclose(found.nd, want, rtol=tolerance, atol=tolerance)
    else:
        np.testing.assert_array_equal(found.nd, want)


TABLE = [
    pytest.param(case, letters, id=f"{case.name}-{case.arguments.replace(' ', '_')}-{letters}")
    for case in POINTWISE
    for letters in case.types
]


@pytest.mark.parametrize(("case", "letters"), TABLE)
def test_all_spellings(case: Case, letters: str) -> None:
    rng = np.random.default_rng(3)
    dtype = DTYPES[letters]
    inputs = operands(rng, case, letters, (2, 3))
    want = expected(case, inputs, dtype)
    f = getattr(torch, case.name)
    cls = TYPES[f"torch.{letters}Tensor"]

    close(f(*lifted(inputs)), want, dtype)

    res = cls(7)
    assert f(res, *lifted(inputs)) is res
    close(res, want, dtype)

    res = wrap(np.zeros((3, 2), dtype)).t()
    assert getattr(res, case.name)(*lifted(inputs)) is res
    close(res, want, dtype)
    assert not res.isContiguous()

    t, *rest = lifted(inputs)
    if case.name in ("cmax", "cmin"):
        assert getattr(t, case.name)(t, *rest) is t
    else:
        assert getattr(t, case.name)(*rest) is t
    close(t, want, dtype)


@pytest.mark.parametrize(("case", "letters"), TABLE)
def test_operands_of_other_layouts(case: Case, letters: str) -> None:
    """The first operand transposed, others with another shape of as many elements."""
    rng = np.random.default_rng(4)
    dtype = DTYPES[letters]
    inputs = operands(rng, case, letters, (3, 4))
    want = expected(case, inputs, dtype)
    t, *rest = lifted(inputs)
    first = wrap(np.ascontiguousarray(t.nd.T)).t()
    others = [r.view(2, 6) if hasattr(r, "nd") else r for r in rest]
    close(getattr(torch, case.name)(first, *others), want, dtype)


@pytest.mark.parametrize("letters", DTYPES)
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons(name: str, letters: str) -> None:
    rng = np.random.default_rng(5)
    a, b = (array(rng, letters, (3, 4)) for _ in range(2))
    b[0] = a[0]
    f = getattr(torch, name)
    compare = COMPARISONS[name]
    for other in (b, a.item(5)):
        want = np.array(
            [compare(x, y) for x, y in zip(a.flat, b.flat if other is b else [other] * 12)],
            np.uint8,
        ).reshape(3, 4)
        second = wrap(other) if other is b else other
        found = f(wrap(a), second)
        assert found.type() == "torch.ByteTensor"
        np.testing.assert_array_equal(found.nd, want)
        np.testing.assert_array_equal(getattr(wrap(a), name)(second).nd, want)
        assert getattr(wrap(a.T), name)(a.item(5)).isContiguous()
        own = TYPES[f"torch.{letters}Tensor"]()
        assert f(own, wrap(a), second) is own
        np.testing.assert_array_equal(own.nd, want.astype(DTYPES[letters]))


def test_a_number_to_the_power_of_a_tensor() -> None:
    x = torch.Tensor([1, 2, 3])
    assert torch.pow(2, x).nd.tolist() == [2, 4, 8]
    res = torch.Tensor()
    assert torch.pow(res, 2, x) is res
    assert res.nd.tolist() == [2, 4, 8]
    x.pow(3, x)
    assert x.nd.tolist() == [3, 9, 27]


def test_integers_wrap_and_numbers_are_truncated() -> None:
    b = torch.ByteTensor([250, 3])
    assert torch.add(b, 10).nd.tolist() == [4, 13]
    assert torch.add(b, -4).nd.tolist() == [246, 255]
    assert torch.mul(b, 2.9).nd.tolist() == [244, 6]
    assert torch.csub(b, b).nd.tolist() == [0, 0]
    assert torch.add(torch.IntTensor([2**31 - 1]), 1).nd.tolist() == [-(2**31)]
    assert torch.div(torch.IntTensor([-7, 7]), 2).nd.tolist() == [-3, 3]


def test_numbers_that_do_not_fit() -> None:
    assert torch.add(torch.IntTensor([1]), 2**40 + 3).nd.tolist() == [4]
    assert torch.LongTensor([0]).add(float("inf")).nd.tolist() == [-(2**63)]
    assert torch.zeros(float("-inf")).dim() == 0
    x = torch.Tensor([-1.0])
    for i in range(1000):
        assert torch.mul(x, i + 0.5).nd.tolist() == [-i - 0.5]
    assert str(torch.mul(x, 0.0).nd.tolist() + torch.mul(x, -0.0).nd.tolist()) == "[-0.0, 0.0]"
    assert torch.pow(2, torch.FloatTensor([3])).nd.tolist() == [8]


def test_comparison_of_other_shapes() -> None:
    a = torch.Tensor([[1, 2], [3, 4]])
    assert torch.eq(a, torch.Tensor([1, 0, 3, 0])).nd.tolist() == [[1, 0], [1, 0]]


def test_special_values() -> None:
    inf, nan = float("inf"), float("nan")
    x = torch.Tensor([0.0, inf, -inf, nan])
    assert torch.sign(x).nd.tolist() == [0, 1, -1, 0]
    assert torch.sigmoid(x).nd.tolist()[:3] == [0.5, 1, 0]
    assert np.isnan(torch.remainder(torch.Tensor([1]), 0).nd).all()
    halves = torch.Tensor([0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 2.0**52 + 1])
    assert torch.round(halves).nd.tolist() == [1, 2, 3, -1, -2, 0, 2.0**52 + 1]


def test_plain_numbers() -> None:
    assert [torch.abs(-3), torch.sqrt(16), torch.round(2.5), torch.floor(-1.5)] == [3, 4, 3, -2]
    assert torch.pow(2, 10) == 1024
    assert torch.lerp(0, 4, 0.25) == 1
    assert torch.atan2(0, 1) == 0
    torch.setdefaulttensortype("torch.FloatTensor")
    try:
        assert torch.exp(1) == np.exp(np.float32(1)).item()
    finally:
        torch.setdefaulttensortype("torch.DoubleTensor")


def test_large_operands_are_done_in_pieces() -> None:
    rng = np.random.default_rng(6)
    a, b, c = (rng.standard_normal(100_003) for _ in range(3))
    res = torch.Tensor()
    torch.add(res, wrap(a), 0.5, wrap(b))
    np.testing.assert_allclose(res.nd, a + 0.5 * b)
    t = wrap(a.copy())
    t.addcmul(2, wrap(b), wrap(c))
    np.testing.assert_allclose(t.nd, a + 2 * b * c)
    t.addcdiv(2, t, wrap(c))
    base = a + 2 * b * c
    np.testing.assert_allclose(t.nd, base + 2 * base / c)
    m = wrap(rng.standard_normal((300, 400)))
    want = m.nd.T + 0.5 * m.nd.T * 2
    np.testing.assert_allclose(torch.add(m.t(), 1, m.t()).nd, want)


VIEWS = {
    "whole": lambda nd: nd,
    "transposed": lambda nd: nd.T,
    "every other": lambda nd: nd[:, ::2],
    "row": lambda nd: nd[1],
    "expanded": lambda nd: np.broadcast_to(nd[:, :1], (4, 4)),
}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(VIEWS)), st.sampled_from(sorted(VIEWS)), st.integers(-3, 3))
def test_any_views_of_one_memory(first: str, second: str, value: int) -> None:
    """Reading from overlapping and expanded views of one storage never disturbs the result."""
    nd = np.arange(16.0).reshape(4, 4)
    a, b = VIEWS[first](nd), VIEWS[second](nd)
    x, y = wrap(a), wrap(b)
    if a.size != b.size:
        with pytest.raises(Exception, match="to have the same number of elements"):
            torch.add(x, value, y)
        return
    want = a + value * b.reshape(a.shape)
    np.testing.assert_array_equal(torch.add(x, value, y).nd, want)
    if first != "expanded":
        x.add(value, y)
        np.testing.assert_array_equal(x.nd, want)


def test_inf_is_a_value_in_coroutines_too() -> None:
    from th7shell.lua.stdlib.coroutine import create, resume

    co = create(lambda *_: torch.log(torch.zeros(1))[1])
    assert resume(co) == (True, -float("inf"))
