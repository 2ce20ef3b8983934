"""Selecting and assigning by index tensors and masks, against plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.torch.tensor import TYPES, wrap

from .ops_cases import ALL, array


def longs(*values: int) -> Any:
    return torch.LongTensor(list(values))


@pytest.mark.parametrize("letters", ALL)
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_slices_by_index(letters: str, dim: int) -> None:
    rng = np.random.default_rng(1)
    nd = array(rng, letters, (3, 4, 3))
    where = [3, 1, 3]
    zero_based = [w - 1 for w in where]
    want = np.take(nd, zero_based, dim - 1)
    t = wrap(nd)
    np.testing.assert_array_equal(t.index(dim, longs(*where)).nd, want)
    res = TYPES[f"torch.{letters}Tensor"]()
    res.index(t, dim, longs(*where))
    np.testing.assert_array_equal(res.nd, want)

    src = array(rng, letters, want.shape)
    copied, added, filled = (wrap(nd.copy()) for _ in range(3))
    for name, target, values in (
        ("indexCopy", copied, wrap(src)),
        ("indexAdd", added, wrap(src)),
        ("indexFill", filled, 7),
    ):
        assert getattr(target, name)(dim, longs(*where), values) is values
    loops = [np.moveaxis(nd.copy(), dim - 1, 0) for _ in range(3)]
    for row, i in zip(np.moveaxis(src, dim - 1, 0), zero_based):
        loops[0][i] = row
        loops[1][i] += row
        loops[2][i] = 7
    for target, want in zip((copied, added, filled), loops):
        np.testing.assert_allclose(np.moveaxis(target.nd, dim - 1, 0), want, rtol=1e-6)


@pytest.mark.parametrize("letters", ALL)
@pytest.mark.parametrize("dim", [1, 2])
def test_one_index_for_each_element(letters: str, dim: int) -> None:
    rng = np.random.default_rng(2)
    nd = array(rng, letters, (4, 4))
    shape = (3, 4) if dim == 1 else (4, 3)
    index = rng.integers(1, 5, shape)
    t = wrap(nd)
    at = [
        ((index[i, j] - 1, j) if dim == 1 else (i, index[i, j] - 1)) for i, j in np.ndindex(shape)
    ]
    want = np.array([nd[p] for p in at]).reshape(shape)
    np.testing.assert_array_equal(torch.gather(t, dim, wrap(index)).nd, want)
    res = TYPES[f"torch.{letters}Tensor"](*shape)
    assert res.gather(t, dim, wrap(index)) is res
    np.testing.assert_array_equal(res.nd, want)

    src = array(rng, letters, shape)
    loops = [nd.copy() for _ in range(3)]
    for p, q in zip(at, np.ndindex(shape)):
        loops[0][p] = src[q]
        loops[1][p] += src[q]
        loops[2][p] = 5
    for name, value, loop in zip(
        ("scatter", "scatterAdd", "scatter"), (wrap(src), wrap(src), 5), loops
    ):
        target = wrap(nd.copy())
        assert getattr(target, name)(dim, wrap(index), value) is target
        np.testing.assert_allclose(target.nd, loop, rtol=1e-6)


@pytest.mark.parametrize("letters", ALL)
def test_masks(letters: str) -> None:
    rng = np.random.default_rng(3)
    nd = array(rng, letters, (3, 4))
    mask = rng.integers(0, 2, (3, 4)).astype(np.uint8)
    truth = mask.astype(bool)
    t = wrap(nd)
    np.testing.assert_array_equal(t.maskedSelect(wrap(mask)).nd, nd[truth])
    turned = wrap(np.ascontiguousarray(nd.T)).t()
    np.testing.assert_array_equal(turned.maskedSelect(wrap(mask)).nd, nd[truth])
    res = TYPES[f"torch.{letters}Tensor"]()
    res.maskedSelect(t, wrap(mask))
    np.testing.assert_array_equal(res.nd, nd[truth])
    filled = wrap(nd.copy())
    assert filled.maskedFill(wrap(mask), 4) == 4
    np.testing.assert_array_equal(filled.nd, np.where(truth, 4, nd))
    src = array(rng, letters, (20,))
    copied = wrap(nd.copy()).maskedCopy(wrap(mask), wrap(src))
    want = nd.copy()
    want[truth] = src[: mask.sum()]
    np.testing.assert_array_equal(copied.nd, want)
    assert t.maskedSelect(wrap(np.zeros((3, 4), np.uint8))).dim() == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=12, max_size=12), st.booleans())
def test_nonzero_and_masks_agree(bits: list[int], turned: bool) -> None:
    nd = np.array(bits, np.uint8).reshape(3, 4)
    mask = wrap(nd.T) if turned else wrap(nd)
    found = torch.nonzero(mask)
    values = wrap(np.arange(12.0).reshape(mask.nd.shape))
    chosen = values.maskedSelect(mask)
    if not any(bits):
        assert found.dim() == 0
        assert chosen.dim() == 0
        return
    assert found.nd.tolist() == [[i + 1, j + 1] for i, j in np.argwhere(mask.nd)]
    assert chosen.nd.tolist() == [values.nd[i - 1, j - 1] for i, j in found.nd]


def test_a_tensor_indexed_into_itself() -> None:
    t = torch.Tensor([1, 2, 3])
    t.index(t, 1, longs(3, 1))
    assert t.nd.tolist() == [3, 1]


def test_positions_in_row_major_order() -> None:
    t = torch.Tensor([[1, 2], [3, 4]])
    assert torch.take(t.t(), longs(2, 4)).nd.tolist() == [3, 4]
    t.put(longs(1, 4), torch.Tensor([9, 8]))
    assert t.nd.tolist() == [[9, 2], [3, 8]]


ERRORS = [
    (lambda t: t.index(1, longs(9)), "index out of range"),
    (lambda t: t.index(3, longs(1)), "Indexing dim 3 is out of bounds of tensor"),
    (
        lambda t: torch.ones(1).indexAdd(2, longs(1, 1), torch.ones(1, 2)),
        "Indexing dim 2 is out of bounds of tensor",
    ),
    (lambda t: t.index(1, torch.LongTensor(1, 1)), "Index is supposed to be a vector"),
    (lambda t: t.index(1, [1, 2]), "torch.LongTensor expected, got number"),
    (lambda t: t.index(1, torch.Tensor(1)), "torch.LongTensor expected, got torch.DoubleTensor"),
    (
        lambda t: t.index(1),
        "torch.DoubleTensor, number, torch.LongTensor | torch.DoubleTensor, torch.DoubleTensor, "
        "number, torch.LongTensor expected",
    ),
    (
        lambda t: t.indexCopy(1, longs(1), torch.ones(2, 2)),
        "Number of indices should be equal to source:size(dim)",
    ),
    (lambda t: t.indexFill(1, longs(0), 1), "out of range"),
    (lambda t: t.indexFill(1, longs(1), "x"), "number expected, got string"),
    (lambda t: torch.gather(t, 1, torch.LongTensor([[5, 1]])), "Invalid index in gather"),
    (
        lambda t: torch.gather(t, 1, longs(1)),
        "Input tensor must have same dimensions as output tensor",
    ),
    (lambda t: t.scatter(1, torch.LongTensor([[5, 1]]), 1), "Invalid index in scatter"),
    (lambda t: t.scatterAdd(1, torch.LongTensor([[5, 1]]), t), "Invalid index in scatterAdd"),
    (
        lambda t: t.maskedSelect(torch.Tensor(2, 2)),
        "torch.ByteTensor expected, got torch.DoubleTensor",
    ),
    (
        lambda t: t.maskedSelect(torch.ByteTensor(3).zero()),
        "expected src [2 x 2] and mask [3] to have the same",
    ),
    (
        lambda t: t.maskedFill(torch.ByteTensor(2, 2).fill(2), 1),
        "Mask tensor can take 0 and 1 values only",
    ),
    (
        lambda t: t.maskedCopy(torch.ByteTensor(2, 2).fill(1), torch.Tensor(3)),
        "Number of elements of src < number of ones in mask",
    ),
    (
        lambda t: t.maskedCopy(torch.ByteTensor(3), t),
        "Number of elements of destination tensor != Number of elements in mask",
    ),
    (lambda t: torch.take(t, longs(5)), "index out of range"),
    (lambda t: torch.Tensor().index(1, longs(1)), "Source tensor is empty"),
    (lambda t: torch.gather(t, 3, torch.LongTensor(2, 2)), "Index dimension is out of bounds"),
    (
        lambda t: torch.gather(torch.Tensor(2, 2), t, 1, longs(1)),
        "Index tensor must have same dimensions as input tensor",
    ),
    (lambda t: t.scatter(3, torch.LongTensor(2, 2), t), "Index dimension is out of bounds"),
    (
        lambda t: t.scatter(1, longs(1), t),
        "Index tensor must have same dimensions as output tensor",
    ),
    (
        lambda t: t.scatter(1, torch.LongTensor(2, 2), torch.Tensor(2)),
        "Input tensor must have same dimensions as output tensor",
    ),
    (lambda t: t.indexFill(1, longs(3), 1), "bad argument #3 to '?' (out of range)"),
    (lambda t: t.select(1, 1).indexFill(1, longs(3), 1), "bad argument #2 to '?' (out of range)"),
    (lambda t: t.t().index(1, longs(3)), "bad argument #3 to '?' (out of range)"),
    (
        lambda t: torch.gather(t, 1, torch.LongTensor(1, 3).fill(1)),
        "Expected tensor [1 x 3], src [2 x 2] and index [1 x 3] to have the same size in dimension 0",
    ),
    (
        lambda t: t.scatter(1, torch.LongTensor(1, 3).fill(1), 5),
        "Expected tensor [2 x 2] and index [1 x 3] to have the same size in dimension 0",
    ),
    (
        lambda t: t.scatter(1, torch.LongTensor(2, 2).fill(1), torch.ones(1, 2)),
        "to have the same size in dimension -1",
    ),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors_leave_the_tensor_alone(call: Any, message: str) -> None:
    t = torch.Tensor([[1, 2], [3, 4]])
    with pytest.raises(LuaError) as caught:
        call(t)
    assert message in caught.value.value
    assert t.nd.tolist() == [[1, 2], [3, 4]]
