"""Products and linear algebra against NumPy's own, in all forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.torch.tensor import TYPES, wrap

from .ops_cases import ALL, DTYPES, FLOATING, array


def same(found: Any, want: Any, letters: str = "Double") -> None:
    want = np.asarray(want)
    assert found.nd.shape == want.shape
    tolerance = 1e-4 if letters == "Float" else 1e-10
    np.testing.assert_allclose(found.nd, want, rtol=tolerance, atol=tolerance)


def batch(rng: np.random.Generator, letters: str, *shape: int) -> np.ndarray:
    return array(rng, letters, shape) if letters in FLOATING else array(rng, letters, shape) % 4


PRODUCTS: dict[str, tuple[tuple[int, ...], tuple[int, ...], str, tuple[int, ...]]] = {
    "mv": ((3, 4), (4,), "ij,j->i", (3,)),
    "mm": ((3, 4), (4, 2), "ij,jk->ik", (3, 2)),
    "bmm": ((2, 3, 4), (2, 4, 5), "bij,bjk->bik", (2, 3, 5)),
    "ger": ((3,), (4,), "i,j->ij", (3, 4)),
}
ACCUMULATING = {
    "addmv": ((3, 4), (4,), "ij,j->i", (3,)),
    "addmm": ((3, 4), (4, 2), "ij,jk->ik", (3, 2)),
    "addr": ((3,), (4,), "i,j->ij", (3, 4)),
    "addbmm": ((2, 3, 4), (2, 4, 5), "bij,bjk->ik", (3, 5)),
    "baddbmm": ((2, 3, 4), (2, 4, 5), "bij,bjk->bik", (2, 3, 5)),
}


@pytest.mark.parametrize("letters", ALL)
@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name: str, letters: str) -> None:
    rng = np.random.default_rng(1)
    left, right, formula, shape = PRODUCTS[name]
    a, b = batch(rng, letters, *left), batch(rng, letters, *right)
    want = np.einsum(formula, a, b)
    f = getattr(torch, name)
    same(f(wrap(a), wrap(b)), want, letters)
    res = TYPES[f"torch.{letters}Tensor"](3)
    assert f(res, wrap(a), wrap(b)) is res
    same(res, want, letters)
    res = wrap(np.zeros(shape[::-1], DTYPES[letters]).T)
    assert getattr(res, name)(wrap(a), wrap(b)) is res
    same(res, want, letters)


@pytest.mark.parametrize("letters", ALL)
@pytest.mark.parametrize("name", ACCUMULATING)
def test_accumulating_products(name: str, letters: str) -> None:
    rng = np.random.default_rng(2)
    left, right, formula, shape = ACCUMULATING[name]
    a, b, t = (batch(rng, letters, *s) for s in (left, right, shape))
    product = np.einsum(formula, a, b)
    f = getattr(torch, name)
    x, y = wrap(a), wrap(b)
    same(f(wrap(t), x, y), t + product, letters)
    same(f(2, wrap(t), x, y), 2 * t + product, letters)
    same(f(wrap(t), 3, x, y), t + 3 * product, letters)
    same(f(2, wrap(t), 3, x, y), 2 * t + 3 * product, letters)
    same(f(0, wrap(t), 3, x, y), 3 * product, letters)
    res = TYPES[f"torch.{letters}Tensor"]()
    assert f(res, 2, wrap(t), 3, x, y) is res
    same(res, 2 * t + 3 * product, letters)
    for arguments, want in (
        ((x, y), t + product),
        ((3, x, y), t + 3 * product),
        ((2, 3, x, y), 2 * t + 3 * product),
        ((wrap(t), x, y), t + product),
        ((wrap(t), 3, x, y), t + 3 * product),
        ((2, wrap(t), 3, x, y), 2 * t + 3 * product),
    ):
        res = wrap(t.copy())
        assert getattr(res, name)(*arguments) is res
        same(res, want, letters)


def test_beta_zero_ignores_nan() -> None:
    res = torch.Tensor(2, 2).fill(float("nan"))
    assert res.addmm(0, 1, torch.eye(2), torch.ones(2, 2)).nd.tolist() == [[1, 1], [1, 1]]


def test_a_product_into_its_own_factor() -> None:
    a = torch.Tensor([[1, 2], [3, 4]])
    want = a.nd @ a.nd
    a.mm(a, a)
    same(a, want)


def test_dot_of_any_shapes() -> None:
    a = np.arange(6.0).reshape(2, 3)
    assert torch.dot(wrap(a), wrap(a).view(6)) == (a * a).sum()
    assert wrap(a.T).dot(wrap(a)) == (a.T.ravel() * a.ravel()).sum()
    assert torch.ByteTensor([20]).dot(torch.ByteTensor([20])) == 400 % 256


def test_results_of_any_layout() -> None:
    a = np.random.default_rng(5).standard_normal((3, 3))
    for res in (wrap(np.zeros((3, 6))[:, ::2]), wrap(np.zeros((3, 3)).T), torch.Tensor(3, 3)):
        assert res.mm(wrap(a), wrap(a)) is res
        same(res, a @ a)
    ones = torch.ones(2, 3, 1)
    same(torch.bmm(ones, torch.ones(2, 1, 4).fill(2)), np.full((2, 3, 4), 2))
    assert torch.FloatTensor([1, 2]).dot(torch.FloatTensor([3, 4])) == 11


SIZE_ERRORS = [
    (
        lambda: torch.addbmm(torch.ones(2, 2), torch.ones(2, 3, 4), torch.ones(2, 4, 5)),
        "output tensor of incorrect size",
    ),
    (
        lambda: torch.ones(2, 2).addmm(torch.ones(2, 3), torch.ones(2, 2)),
        "size mismatch, m1: [2 x 3], m2: [2 x 2]",
    ),
    (
        lambda: torch.mm(torch.ones(5, 4), torch.ones(3, 2)),
        "size mismatch, m1: [5 x 4], m2: [3 x 2]",
    ),
    (lambda: torch.mv(torch.ones(2, 3), torch.ones(4)), "size mismatch, [2 x 3], [4]"),
    (
        lambda: torch.addmm(torch.ones(2, 2), torch.ones(3, 4), torch.ones(4, 2)),
        "size mismatch, t: [2 x 2], m1: [3 x 4], m2: [4 x 2]",
    ),
    (
        lambda: torch.addmv(torch.ones(2), torch.ones(3, 4), torch.ones(4)),
        "size mismatch, t: [2], mat: [3 x 4]",
    ),
    (
        lambda: torch.addr(torch.ones(2, 2), torch.ones(3), torch.ones(4)),
        "size mismatch, t: [2 x 2], vec1: [3], vec2: [4]",
    ),
    (
        lambda: torch.bmm(torch.ones(2, 3, 4), torch.ones(3, 4, 5)),
        "equal number of batches expected, got 2, 3",
    ),
    (
        lambda: torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 3, 5)),
        "wrong matrix size, batch1: 3x4, batch2: 3x5",
    ),
    (
        lambda: torch.baddbmm(torch.ones(1, 1, 1), torch.ones(2, 3, 4), torch.ones(2, 4, 5)),
        "output tensor of incorrect size",
    ),
    (
        lambda: torch.dot(torch.ones(3), torch.ones(4)),
        "expected tensor [3] and src [4] to have the same number of elements, but got 3 and 4",
    ),
]


@pytest.mark.parametrize(("call", "message"), SIZE_ERRORS)
def test_sizes_that_do_not_fit(call: Any, message: str) -> None:
    with pytest.raises(LuaError) as caught:
        call()
    assert message in str(caught.value)


def test_operators() -> None:
    a, b = torch.Tensor([[1, 2], [3, 4]]), torch.Tensor([[5, 6], [7, 8]])
    for found, want in (
        (a + b, a.nd + b.nd),
        (a - b, a.nd - b.nd),
        (a * b, a.nd @ b.nd),
        (a + 1, a.nd + 1),
        (1 - a, 1 - a.nd),
        (1 + a, 1 + a.nd),
        (a - torch.Tensor([1, 2, 3, 4]), a.nd - [[1, 2], [3, 4]]),
        (2 * a, 2 * a.nd),
        (a / 2, a.nd / 2),
        (a % 3, a.nd % 3),
        (-a, -a.nd),
        (a * torch.Tensor([1, 1]), [3, 7]),
    ):
        same(found, want)
    assert torch.Tensor([1, 2]) * torch.Tensor([3, 4]) == 11
    assert (torch.ByteTensor([1]) - 2).nd.tolist() == [255]
    assert (torch.IntTensor([-7]) / 2).nd.tolist() == [-3]
    assert (torch.IntTensor([-7]) % 2).nd.tolist() == [1]


OPERATOR_ERRORS = [
    (lambda a: a + "x", "number expected, got string"),
    (lambda a: a + None, "number expected, got nil"),
    (lambda a: a + torch.FloatTensor(2), "number expected, got userdata"),
    (lambda a: torch.Tensor(2) * a, "multiplication between 1D and 2D tensors not yet supported"),
    (lambda a: a / "x", "number expected"),
    (lambda a: "x" / a, "torch.DoubleTensor expected, got boolean"),
    (
        lambda a: a + torch.Tensor(3),
        "expected r_ [2 x 2], t [2 x 2] and src [3] to have the same number of elements",
    ),
]


@pytest.mark.parametrize(("call", "message"), OPERATOR_ERRORS)
def test_operators_on_what_they_cannot_take(call: Any, message: str) -> None:
    with pytest.raises(LuaError) as caught:
        call(torch.ones(2, 2))
    assert message in str(caught.value)


# --- LAPACK ----------------------------------------------------------------------------------------


def matrix(letters: str, rows: int = 4, columns: int = 4, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, columns)).astype(DTYPES[letters])


def positive(letters: str) -> np.ndarray:
    a = matrix(letters)
    return a @ a.T + 4 * np.eye(4, dtype=a.dtype)


@pytest.mark.parametrize("letters", FLOATING)
def test_equations(letters: str) -> None:
    a, b = matrix(letters), matrix(letters, 4, 2, 5)
    x, _ = torch.gesv(wrap(b), wrap(a))
    same(x, np.linalg.solve(a, b), letters)
    x, _ = torch.gesv(wrap(b[:, 0].copy()), wrap(a))
    assert x.nd.shape == (4, 1)
    upper = np.triu(a)
    same(torch.trtrs(wrap(b), wrap(upper))[0], np.linalg.solve(upper, b), letters)
    same(torch.trtrs(wrap(b), wrap(upper), "U", "T")[0], np.linalg.solve(upper.T, b), letters)
    for rows, columns in ((6, 3), (3, 6)):
        a, b = matrix(letters, rows, columns), matrix(letters, rows, 2, 5)
        x, _ = torch.gels(wrap(b), wrap(a))
        same(x, np.linalg.lstsq(a, b, rcond=None)[0], letters)


@pytest.mark.parametrize("letters", FLOATING)
def test_eigenvalues(letters: str) -> None:
    a = positive(letters)
    e, v = torch.symeig(wrap(a), "V")
    same(e, np.linalg.eigvalsh(a), letters)
    same(wrap(v.nd * e.nd @ v.nd.T), a, letters)
    a = matrix(letters)
    e, v = torch.eig(wrap(a), "V")
    values = np.sort_complex(e.nd[:, 0] + 1j * e.nd[:, 1])
    np.testing.assert_allclose(values, np.sort_complex(np.linalg.eigvals(a)), rtol=1e-4)
    assert torch.eig(wrap(a))[1].dim() == 0
    real = np.flatnonzero(e.nd[:, 1] == 0)
    for i in real:
        np.testing.assert_allclose(a @ v.nd[:, i], e.nd[i, 0] * v.nd[:, i], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("letters", FLOATING)
@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (4, 4)])
def test_singular_values_and_qr(letters: str, shape: tuple[int, int]) -> None:
    a = matrix(letters, *shape)
    u, s, v = torch.svd(wrap(a))
    same(wrap(u.nd * s.nd @ v.nd.T), a, letters)
    u, s, v = torch.svd(wrap(a), "A")
    assert u.nd.shape == (shape[0], shape[0])
    assert v.nd.shape == (shape[1], shape[1])
    q, r = torch.qr(wrap(a))
    same(wrap(q.nd @ r.nd), a, letters)
    same(wrap(q.nd.T @ q.nd), np.eye(q.nd.shape[1]), letters)
    factors, tau = torch.geqrf(wrap(a))
    same(torch.triu(factors.narrow(1, 1, min(shape))), r.nd, letters)
    if shape[0] >= shape[1]:
        same(torch.orgqr(factors, tau).narrow(2, 1, tau.nd.size), q.nd, letters)
        c = matrix(letters, shape[0], 2, 7)
        full = torch.ormqr(factors, tau, wrap(c), "L", "T")
        same(full.narrow(1, 1, tau.nd.size), q.nd.T @ c, letters)


@pytest.mark.parametrize("letters", FLOATING)
def test_cholesky(letters: str) -> None:
    a = positive(letters)
    upper, lower = torch.potrf(wrap(a)), torch.potrf(wrap(a), "L")
    same(wrap(upper.nd.T @ upper.nd), a, letters)
    same(wrap(lower.nd @ lower.nd.T), a, letters)
    b = matrix(letters, 4, 2, 5)
    same(torch.potrs(wrap(b), upper), np.linalg.solve(a, b), letters)
    same(torch.potrs(wrap(b), lower, "L"), np.linalg.solve(a, b), letters)
    same(torch.potri(upper), np.linalg.inv(a), letters)
    same(torch.potri(lower, "L"), np.linalg.inv(a), letters)
    factor, pivots = torch.pstrf(wrap(a))
    order = pivots.nd - 1
    same(wrap(factor.nd.T @ factor.nd), a[np.ix_(order, order)], letters)
    same(torch.inverse(wrap(a)), np.linalg.inv(a), letters)


def test_results_lie_by_columns_and_may_be_given() -> None:
    a = matrix("Double")
    assert torch.inverse(wrap(a)).stride().totable()[1] == 1
    res = torch.Tensor()
    for _ in range(2):
        assert torch.inverse(res, wrap(a)) is res
        assert not res.isContiguous()
    t = wrap(a.copy())
    torch.inverse(t, t)
    same(t, np.linalg.inv(a))
    assert t.isContiguous()
    u, s, v = torch.Tensor(), torch.Tensor(), torch.Tensor()
    assert torch.svd(u, s, v, wrap(a))[1] is s


LAPACK_ERRORS = [
    (lambda z: torch.gesv(torch.ones(2), z), "Lapack Error in gesv : U(1,1) is zero, singular U."),
    (lambda z: torch.inverse(z), "Lapack Error getrf : U(1,1) is 0, U is singular"),
    (lambda z: torch.potrf(z), "the leading minor of order 1 is not positive definite"),
    (lambda z: torch.trtrs(torch.ones(2), z), "A(1,1) is zero, singular A"),
    (lambda z: torch.inverse(torch.ones(2, 3)), "A should be square"),
    (lambda z: torch.inverse(torch.ones(2)), "A should be 2 dimensional"),
    (lambda z: torch.gesv(z, torch.ones(2)), "A should have 2 dimensions, but has 1"),
    (lambda z: torch.gesv(torch.ones(2, 2, 2), z), "B should have 1 or 2 dimensions, but has 3"),
    (lambda z: torch.gesv(torch.ones(3), z), "A,B size incompatible - A has 2 rows, B has 3"),
    (lambda z: torch.gesv(torch.ones(2), torch.ones(2, 3)), "A should be square, but is 2x3"),
]


@pytest.mark.parametrize(("call", "message"), LAPACK_ERRORS)
def test_lapack_errors(call: Any, message: str) -> None:
    with pytest.raises(LuaError) as caught:
        call(torch.zeros(2, 2))
    assert message in str(caught.value)


# --- parts of matrices -------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [-2, -1, 0, 1, 2])
def test_triangles_and_diagonals(k: int) -> None:
    a = np.arange(12.0).reshape(3, 4)
    same(torch.tril(wrap(a), k), np.tril(a, k))
    same(torch.triu(wrap(a), k), np.triu(a, k))
    same(torch.diag(wrap(a), k), np.diag(a, k))
    same(torch.diag(torch.Tensor([1, 2]), k), np.diag([1.0, 2], k))
    t = wrap(a.copy())
    same(t.tril(t, k), np.tril(a, k))


def test_eye_trace_cross_match() -> None:
    same(torch.eye(2, 3), np.eye(2, 3))
    same(torch.Tensor().eye(2), np.eye(2))
    assert torch.trace(torch.Tensor([[1, 2, 3], [4, 5, 6]])) == 6
    a, b = np.random.default_rng(0).standard_normal((2, 2, 3))
    same(torch.cross(wrap(a), wrap(b)), np.cross(a, b))
    same(torch.cross(wrap(a.T), wrap(b.T), 1), np.cross(a, b).T)
    want = [[((x - y) ** 2).sum() * 2 for y in b] for x in a]
    same(torch.match(wrap(a), wrap(b), 2), want)
    for a, b, dim, message in (
        ((2,), (2,), 0, "no dimension of size 3 in a: [2]"),
        ((3,), (3, 1), 0, "inconsistent tensor dimension 1D, 2D"),
        ((3,), (4,), 0, "inconsistent tensor sizes [3], [4]"),
        ((3, 2), (3, 2), 2, "dimension 2 does not have size 3"),
    ):
        with pytest.raises(LuaError) as caught:
            torch.cross(torch.ones(*a), torch.ones(*b), *([dim] if dim else []))
        assert message in str(caught.value)
    with pytest.raises(LuaError, match="must have the same inner vector dim"):
        torch.match(torch.ones(2, 3), torch.ones(2, 4))
