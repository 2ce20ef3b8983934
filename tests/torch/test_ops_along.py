"""Reductions, running totals and sorting: all elements, and each dimension of a tensor of any layout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from th7shell import torch
from th7shell.torch.tensor import TYPES, wrap

from .ops_cases import ALONG, DTYPES, Along, anywhere, array, wrapped

LONG = np.dtype(np.int64)


def reference(nd: np.ndarray, axis: int, f: Any, dtype: np.dtype) -> np.ndarray:
    """Apply `f` to each line along `axis`."""
    lines = np.moveaxis(nd, axis, -1)
    found = [f(line.tolist()) for line in lines.reshape(-1, lines.shape[-1])]
    length = len(found[0]) if isinstance(found[0], list) else 1
    flat = wrapped(np.array(found, object).reshape(-1), dtype)
    return np.moveaxis(flat.reshape(*lines.shape[:-1], length), -1, axis)


def close(found: Any, want: np.ndarray, dtype: np.dtype) -> None:
    assert found.nd.dtype == dtype
    assert found.nd.shape == want.shape
    tolerance = 0 if dtype.kind != "f" else 1e-4 if dtype == np.float32 else 1e-10
    np.testing.assert_allclose(found.nd, want, rtol=tolerance, atol=tolerance)


TABLE = [
    pytest.param(case, letters, id=f"{case.name}{case.arguments}{case.after}-{letters}")
    for case in ALONG
    for letters in case.types
]


@pytest.mark.parametrize(("case", "letters"), TABLE)
def test_along_each_dimension(case: Along, letters: str) -> None:
    rng = np.random.default_rng(7)
    dtype = DTYPES[letters]
    f = getattr(torch, case.name)
    for nd in (array(rng, letters, (3, 2, 4)), array(rng, letters, (4, 2, 3)).T):
        for axis in range(3):
            want = reference(nd, axis, case.formula, dtype)
            arguments = (*case.arguments, axis + 1, *case.after)
            found = f(wrap(nd), *arguments)
            method = getattr(wrap(nd), case.name)(*arguments)
            if case.positions:
                found, where = found
                method = method[0]
                if case.positions is anywhere:
                    np.testing.assert_array_equal(
                        np.take_along_axis(nd, where.nd - 1, axis), found.nd
                    )
                else:
                    close(where, reference(nd, axis, case.positions, LONG), LONG)
            close(found, want, dtype)
            close(method, want, dtype)
            assert found.isContiguous()


@pytest.mark.parametrize(("case", "letters"), TABLE)
def test_into_given_results(case: Along, letters: str) -> None:
    rng = np.random.default_rng(8)
    dtype = DTYPES[letters]
    nd = array(rng, letters, (3, 5))
    res = TYPES[f"torch.{letters}Tensor"](2)
    arguments = (wrap(nd), *case.arguments, 2, *case.after)
    if case.positions:
        indices = torch.LongTensor(1)
        found = getattr(torch, case.name)(res, indices, *arguments)
        assert found[0] is res
        assert found[1] is indices
    else:
        assert getattr(torch, case.name)(res, *arguments) is res
    close(res, reference(nd, 1, case.formula, dtype), dtype)
    t = wrap(nd.copy())
    given = (t, torch.LongTensor()) if case.positions else (t,)
    getattr(torch, case.name)(*given, t, *arguments[1:])  # the result is the operand itself
    close(t, reference(nd, 1, case.formula, dtype), dtype)


@pytest.mark.parametrize(("case", "letters"), [p for p in TABLE if p.values[0].whole])
def test_all_elements(case: Along, letters: str) -> None:
    rng = np.random.default_rng(9)
    for shape in ((3, 4), (9, 7)):
        nd = array(rng, letters, shape)
        if case.name == "prod":
            nd = np.where(nd == 0, 1, nd)
        for view in (nd, nd.T, nd[:, ::2]):
            want = case.formula(view.ravel().tolist())
            found = getattr(torch, case.name)(wrap(view), *case.arguments, *case.after)
            if case.name == "prod" and not abs(want) < 2**53:
                continue
            assert isinstance(found, (int, float))
            assert found == pytest.approx(want, rel=1e-5 if letters == "Float" else 1e-11)


def test_the_last_dimension_is_the_default_for_sorting() -> None:
    x = torch.Tensor([[3, 1, 2], [6, 5, 4]])
    assert torch.sort(x)[0].nd.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert torch.sort(x, True)[0].nd.tolist() == [[3, 2, 1], [6, 5, 4]]
    assert torch.median(x)[0].nd.tolist() == [[2], [5]]
    assert torch.topk(x)[1].nd.tolist() == [[2], [3]]
    assert torch.kthvalue(x, 3)[0].nd.tolist() == [[3], [6]]
    assert torch.mode(torch.Tensor([1, 2, 2]))[1].nd.tolist() == [3]


def test_cumulation_along_the_first_dimension_by_default() -> None:
    x = torch.ones(3, 2)
    assert torch.cumsum(x).nd.tolist() == [[1, 1], [2, 2], [3, 3]]
    x.cumsum(x, 1)
    assert x.nd.tolist() == [[1, 1], [2, 2], [3, 3]]


def test_sums_of_many_floats_are_accurate() -> None:
    x = torch.FloatTensor(200_000).fill(0.1)
    assert torch.sum(x) == pytest.approx(200_000 * np.float32(0.1).item(), rel=1e-9)
    assert torch.norm(x) == pytest.approx(np.sqrt(200_000) * np.float32(0.1).item(), rel=1e-6)


def test_nan_wins_the_extremes() -> None:
    x = torch.Tensor([1, float("nan"), 3])
    assert np.isnan(torch.max(x))
    assert np.isnan(torch.min(x))
    assert torch.max(x, 1)[1].nd.tolist() == [2]


def test_empty_tensors() -> None:
    empty = torch.Tensor()
    assert torch.sum(empty) == 0
    for name, message in (("max", "tensor must have one dimension"), ("mean", "empty Tensor")):
        with pytest.raises(Exception, match=message):
            getattr(torch, name)(empty)


@pytest.mark.parametrize("letters", ["Float", "Int", "Double"])
def test_long_running_totals(letters: str) -> None:
    nd = np.random.default_rng(11).integers(-9, 9, 150_001).astype(DTYPES[letters])
    want = np.cumsum(nd.astype(np.int64))
    np.testing.assert_array_equal(torch.cumsum(wrap(nd)).nd, want)
    np.testing.assert_array_equal(wrap(nd.copy()).cumsum(wrap(nd), 1).nd, want)


@pytest.mark.parametrize("letters", ["Float", "Double", "Long"])
def test_large_matrices(letters: str) -> None:
    nd = np.random.default_rng(14).integers(-9, 9, (120, 90)).astype(DTYPES[letters])
    for axis in (0, 1):
        want = nd.sum(axis, keepdims=True)
        np.testing.assert_array_equal(torch.sum(wrap(nd), axis + 1).nd, want)
        res = torch.Tensor().typeAs(wrap(nd)).resize(*want.shape)
        np.testing.assert_array_equal(torch.sum(res, wrap(nd), axis + 1).nd, want)
        values, where = torch.max(wrap(nd), axis + 1)
        np.testing.assert_array_equal(values.nd, nd.max(axis, keepdims=True))
        np.testing.assert_array_equal(where.nd, nd.argmax(axis, keepdims=True) + 1)


def test_norm_of_vectors() -> None:
    assert torch.norm(torch.Tensor([3, 4])) == 5
    assert torch.norm(torch.Tensor([3, -4]), 1) == 7


@pytest.mark.parametrize("kind", [torch.FloatTensor, torch.DoubleTensor])
def test_few_numbers_are_added_in_their_order(kind) -> None:
    x = kind([1e16, 1, -1e16, 1, 3, 1e16, 1, 1])
    total = 0.0
    for value in x.nd.tolist():
        total += value
    assert x.sum() == total
