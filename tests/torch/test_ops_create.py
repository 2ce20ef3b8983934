"""Operations that make or fill tensors, histograms, convolutions, and the few that fit no table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.torch.tensor import TYPES, wrap

from .ops_cases import ALL, FLOATING, array


@pytest.mark.parametrize("letters", ALL)
def test_filling(letters: str) -> None:
    name = f"torch.{letters}Tensor"
    cls = TYPES[name]
    assert torch.zeros(2, 3, name).type() == name
    assert torch.ones(torch.LongStorage([2, 1]), name).nd.tolist() == [[1], [1]]
    t = cls(5)
    assert t.ones(2, 2) is t
    assert t.nd.tolist() == [[1, 1], [1, 1]]
    assert torch.zeros(t, 3).nd.tolist() == [0, 0, 0]
    assert (
        t.fill(3.9).nd.tolist()
        == [3.9 if letters == "Double" else np.float32(3.9) if letters == "Float" else 3] * 3
    )
    assert torch.zero(t).nd.tolist() == [0, 0, 0]
    assert t.range(2, 6, 2).nd.tolist() == [2, 4, 6]
    assert t.eye(2).nd.tolist() == [[1, 0], [0, 1]]
    assert torch.numel(t) == 4


RANGES = [
    ((1, 5), [1, 2, 3, 4, 5]),
    ((0, 1, 0.25), [0, 0.25, 0.5, 0.75, 1]),
    ((5, 1, -2), [5, 3, 1]),
    ((2, 2), [2]),
    ((0, 0.3, 0.1), [0, 0.1, 0.2]),  # (0.3 - 0) / 0.1 is a little less than 3
    ((1.5, 4), [1.5, 2.5, 3.5]),
]


@pytest.mark.parametrize(("arguments", "want"), RANGES)
def test_ranges(arguments: tuple[float, ...], want: list[float]) -> None:
    assert torch.range(*arguments).nd.tolist() == want


def test_a_result_with_as_many_elements_keeps_its_sizes() -> None:
    t = torch.Tensor(2, 2)
    assert t.range(1, 4).nd.tolist() == [[1, 2], [3, 4]]
    assert t.linspace(0, 3, 4).nd.tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("letters", FLOATING)
def test_spaces(letters: str) -> None:
    name = f"torch.{letters}Tensor"
    np.testing.assert_allclose(torch.linspace(-1, 1, 4, name).nd, np.linspace(-1, 1, 4), rtol=1e-6)
    np.testing.assert_allclose(torch.logspace(0, 2, 3, name).nd, [1, 10, 100], rtol=1e-6)
    assert torch.linspace(3, 3, 1).nd.tolist() == [3]
    assert torch.linspace(1, 10)[50] == pytest.approx(5.4545454545455)


def test_reshape_and_cat() -> None:
    a = np.arange(6.0).reshape(2, 3)
    assert torch.reshape(wrap(a.T), 2, 3).nd.tolist() == a.T.reshape(2, 3).tolist()
    x, y, z = torch.Tensor([1, 2]), torch.Tensor([3]), torch.Tensor()
    assert torch.cat(x, y).nd.tolist() == [1, 2, 3]
    assert x.cat(y).nd.tolist() == [1, 2, 3]
    assert torch.cat(x, z, 1).nd.tolist() == [1, 2]
    assert torch.cat(x, x, 2).nd.tolist() == [[1, 1], [2, 2]]
    m = wrap(a)
    table = lua_table(m, m.clone(), m)
    assert torch.cat(table).nd.shape == (2, 9)
    assert torch.cat(table, 1).nd.shape == (6, 3)
    assert torch.cat(table, 3).nd.shape == (2, 3, 3)
    res = torch.Tensor()
    assert torch.cat(res, table, 1) is res
    x.cat(x, x, 1)
    assert x.nd.tolist() == [1, 2, 1, 2]
    for call in (lambda: torch.cat(m, torch.ones(3, 3), 2), lambda: torch.cat(lua_table(m, y), 1)):
        with pytest.raises(LuaError, match="inconsistent tensor sizes"):
            call()
    with pytest.raises(LuaError, match="expected DoubleTensor in tensor array"):
        torch.cat(lua_table(m, torch.FloatTensor(2)))


def test_sizes_in_all_spellings() -> None:
    for sizes in ((2, 3), (2.0, 3.9), ([2, 3],), (torch.LongStorage([2, 3]),)):
        assert torch.zeros(*sizes).nd.shape == (2, 3)
    assert torch.zeros(2, 0, 3).nd.shape == (
        2,
    )  # sizes are read up to the first that is not positive
    assert torch.zeros(-1).dim() == 0
    x = torch.ones(2, 2)
    assert x.reshape(x, 4).nd.shape == (4,)
    assert torch.cat(torch.Tensor(), torch.Tensor()).dim() == 0


def lua_table(*values: Any) -> Any:
    from th7shell.lua import new_table

    return new_table(values)


@pytest.mark.parametrize("letters", FLOATING)
def test_histograms(letters: str) -> None:
    cls = TYPES[f"torch.{letters}Tensor"]
    assert torch.histc(cls([1, 2, 2, 3, 3, 3]), 3).nd.tolist() == [1, 2, 3]
    assert torch.histc(cls([1, 2, 2, 3, 9]), 4, 0, 4).nd.tolist() == [0, 1, 2, 1]
    assert torch.histc(cls([2, 2])).nd.shape == (100,)
    assert torch.bhistc(cls([[1, 1], [1, 2]]), 2, 1, 2).nd.tolist() == [[2, 0], [1, 1]]


@pytest.mark.parametrize("letters", ALL)
@pytest.mark.parametrize("mode", ["V", "F"])
@pytest.mark.parametrize("space", [2, 3])
def test_convolutions(letters: str, mode: str, space: int) -> None:
    rng = np.random.default_rng(4)
    x = array(rng, letters, (2, 6, 5, 4)[: space + 1])
    kernels = array(rng, letters, (3, 2, 3, 2, 2)[: space + 2])
    flip = (slice(None, None, -1),) * space
    conv, xcorr = (getattr(torch, f"{name}{space}") for name in ("conv", "xcorr"))

    def plane(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        """Cross-correlation by its definition."""
        if mode == "F":
            image = np.pad(image, [(k - 1, k - 1) for k in kernel.shape])
        out = np.zeros([n - k + 1 for n, k in zip(image.shape, kernel.shape)], image.dtype)
        for p in np.ndindex(*out.shape):
            window = image[tuple(slice(i, i + k) for i, k in zip(p, kernel.shape))]
            out[p] = (window * kernel).sum(dtype=image.dtype)
        return out

    def check(found: Any, want: np.ndarray) -> None:
        assert found.nd.shape == want.shape
        np.testing.assert_allclose(found.nd, want, rtol=1e-4, atol=1e-4)

    one, k = x[0], kernels[0, 0]
    check(xcorr(wrap(one), wrap(k), mode), plane(one, k))
    check(conv(wrap(one), wrap(k), mode), plane(one, k[flip]))
    each = kernels[0]
    check(xcorr(wrap(x), wrap(each), mode), np.stack([plane(a, b) for a, b in zip(x, each)]))
    mixed = np.stack([sum(plane(a, b[flip]) for a, b in zip(x, row)) for row in kernels])
    res = TYPES[f"torch.{letters}Tensor"]()
    assert conv(res, wrap(x), wrap(kernels), mode) is res
    check(res, mixed)


@pytest.mark.parametrize("letters", FLOATING)
def test_distances(letters: str) -> None:
    rng = np.random.default_rng(5)
    a, b = (array(rng, letters, (3, 4)) for _ in range(2))
    for p in (1, 2, 3):
        want = (np.abs(a.astype(float) - b) ** p).sum() ** (1 / p)
        assert torch.dist(wrap(a), wrap(b), p) == pytest.approx(want, rel=1e-5)
        limited = torch.renorm(wrap(a), p, 1, 1).nd
        norms = (np.abs(a.astype(float)) ** p).sum(1, keepdims=True) ** (1 / p)
        np.testing.assert_allclose(limited, a * np.where(norms > 1, 1 / norms, 1), rtol=1e-4)
    t = wrap(a.copy())
    assert t.renorm(2, 2, 100) is t
    np.testing.assert_array_equal(t.nd, a)


@pytest.mark.parametrize("letters", ALL)
def test_equality(letters: str) -> None:
    a = array(np.random.default_rng(6), letters, (2, 3))
    t = wrap(a)
    assert t.equal(t.clone()) is True
    assert torch.equal(wrap(np.ascontiguousarray(a.T)).t(), t) is True
    assert t.equal(torch.add(t, 1)) is False
    assert t.equal(t.view(6)) is False


def test_all_and_any() -> None:
    t = torch.ByteTensor([[1, 1], [0, 1]])
    assert (torch.all(t), torch.any(t), t.all(), t.any()) == (False, True, False, True)
    assert torch.ByteTensor([1, 2]).all() is True
    with pytest.raises(LuaError, match="empty Tensor"):
        torch.ByteTensor().all()
    assert not hasattr(torch.DoubleTensor, "all") or torch.DoubleTensor.all is None


ERRORS = [
    (lambda: torch.range(1, 5, -1), "upper bound and larger bound incoherent with step sign"),
    (lambda: torch.range(1, 5, 0), "step must be a non-null number"),
    (lambda: torch.linspace(0, 1, 0), "invalid number of points"),
    (lambda: torch.eye(0), "invalid argument"),
    (lambda: torch.tril(torch.ones(2)), "expected a matrix"),
    (lambda: torch.diag(torch.ones(2, 2, 2)), "matrix or a vector expected"),
    (lambda: torch.max(torch.ones(2, 2), 3), "dimension 3 out of range"),
    (lambda: torch.std(torch.ones(3), 3), "invalid dimension 3"),
    (lambda: torch.mean(torch.ones(3), 0), "invalid dimension 0"),
    (lambda: torch.topk(torch.ones(3), 4), "k not in range for dimension"),
    (lambda: torch.kthvalue(torch.ones(3), 4), "selected index out of range"),
    (lambda: torch.renorm(torch.ones(3), 2, 1, 1), "need at least 2 dimensions, got 1 dimensions"),
    (lambda: torch.conv2(torch.ones(2, 2), torch.ones(3, 3)), "Input image is smaller than kernel"),
    (lambda: torch.div(torch.IntTensor([1]), 0), "integer division by zero"),
    (lambda: torch.remainder(torch.IntTensor([1]), 0), "integer division by zero"),
    (lambda: torch.lerp(torch.ones(2), torch.ones(3), 1), "sizes do not match"),
    (lambda: torch.renorm(torch.ones(2, 2), 0, 1, 1), "non-positive-norm not supported"),
    (lambda: torch.histc(torch.Tensor()), "tensor must have one dimension"),
    (
        lambda: torch.bhistc(torch.ones(2, 2, 2)),
        "invalid dimension 3, the input must be a 2d tensor",
    ),
    (lambda: torch.cat(torch.ones(2), torch.ones(2), 0), "invalid dimension 0"),
    (
        lambda: torch.conv2(torch.ones(2, 4, 4), torch.ones(3, 2, 2)),
        "invalid number of input/kernel planes",
    ),
    (
        lambda: torch.conv2(torch.ones(2, 4, 4), torch.ones(1, 3, 2, 2)),
        "invalid number of input planes",
    ),
    (lambda: torch.min(torch.Tensor()), "tensor must have one dimension"),
    (lambda: torch.bitand(torch.ones(2), 1), "bitand is only supported for integer type tensors"),
    (
        lambda: torch.sqrt(torch.IntTensor(2)),
        "torch.IntTensor does not implement the torch.sqrt() function",
    ),
    (lambda: torch.reshape(torch.ones(4), 3), "to have the same number of elements"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_errors(call: Any, message: str) -> None:
    with pytest.raises(LuaError) as caught:
        call()
    assert message in str(caught.value)
