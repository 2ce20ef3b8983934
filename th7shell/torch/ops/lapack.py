"""Linear algebra through LAPACK: equations, eigenvalues, singular values and factorisations of
matrices.

As in the original, results are laid out by columns (their transposes are contiguous), and these
operations are functions only, `torch.gesv(b, a)`, for Float and Double. SciPy is imported on the
first call.
"""

from __future__ import annotations

from functools import partial
from inspect import cleandoc
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, TorchError, state

from ..memory import point, resized
from .arrays import Array, dims
from .declare import FLOATING, Pair, function, operation
from .matrices import triangle


def routine(name: str, like: Array) -> Any:
    """LAPACK's routine for the array's type."""
    from scipy.linalg import lapack

    found = getattr(lapack, ("d" if like.dtype == np.float64 else "s") + name)
    return partial(state.long_call, found)


def check(info: int, name: str, message: str) -> None:
    """Raise LAPACK's failure; `%d` in the message is the index it reports."""
    if info < 0:
        raise TorchError(f"Lapack Error in {name} : Illegal Argument {-info}")
    if info > 0:
        raise TorchError(message.replace("%d", str(info)))


def store(res: Any, value: Array, *sources: Any) -> None:
    """Store a matrix by columns, or keep the layout of a result that is one of the sources."""
    if any(res is s for s in sources) and res.nd.shape == value.shape:
        res.nd[...] = value
        return
    out = resized(res, value.shape[::-1])
    if out.flags.c_contiguous:
        point(res, out.T, res._storage)
    res.nd[...] = value


def store_vector(res: Any, value: Array) -> None:
    resized(res, value.shape)[...] = value


def matrix(t: Any) -> Array:
    nd = t.nd
    if dims(nd) != 2:
        raise BadArgument(1, "A should be 2 dimensional")
    return nd


def square(t: Any) -> Array:
    nd = matrix(t)
    if nd.shape[0] != nd.shape[1]:
        raise BadArgument(1, "A should be square")
    return nd


def system(a: Any, b: Any, need_square: bool = True) -> tuple[Array, Array]:
    """The checked matrices of `A X = B`; a vector b is one column."""
    left, right = a.nd, b.nd
    if dims(left) != 2:
        raise BadArgument(2, f"A should have 2 dimensions, but has {dims(left)}")
    if dims(right) not in (1, 2):
        raise BadArgument(1, f"B should have 1 or 2 dimensions, but has {dims(right)}")
    rows, columns = left.shape
    if need_square and rows != columns:
        raise BadArgument(2, f"A should be square, but is {rows}x{columns}")
    if rows != right.shape[0]:
        raise BadArgument(2, f"A,B size incompatible - A has {rows} rows, B has {right.shape[0]}")
    return left, right[:, None] if right.ndim == 1 else right


def gesv(rb: Any, ra: Any, b: Any, a: Any) -> None:
    """Solve `A X = B` for a square matrix A and a matrix or vector B.

    The results are X and the LU factors of A. Error: A is singular. `x = torch.gesv(b, a)`.
    """
    left, right = system(a, b)
    lu, _, x, info = routine("gesv", left)(left, right)
    check(info, "gesv", "Lapack Error in gesv : U(%d,%d) is zero, singular U.")
    store(ra, lu, a, b)
    store(rb, x, a, b)


def trtrs(rb: Any, ra: Any, b: Any, a: Any, uplo: str, trans: str, diag: str) -> None:
    """Solve `A X = B` for a triangular matrix A.

    uplo: 'U' (default) or 'L', the triangle; trans: 'T' for the transpose of A; diag: 'U' for a
    diagonal of ones. The results are X and A.
    """
    left, right = system(a, b)
    x, info = routine("trtrs", left)(
        left, right, lower=uplo == "L", trans=trans == "T", unitdiag=diag == "U"
    )
    check(info, "trtrs", "Lapack Error in trtrs : A(%d,%d) is zero, singular A")
    store(ra, left, a, b)
    store(rb, x, a, b)


def gels(rb: Any, ra: Any, b: Any, a: Any) -> None:
    """Solve `A X = B` in the least squares sense, A of full rank.

    With fewer equations than unknowns X is the solution of the smallest norm. The results are X
    and the QR or LQ factors of A.
    """
    left, right = system(a, b, need_square=False)
    rows, columns = left.shape
    if columns > rows:
        right = np.concatenate([right, np.zeros((columns - rows, right.shape[1]), right.dtype)])
    factors, x, info = routine("gels", left)(left, right)
    message = "The %d-th diagonal element of the triangular factor of A is zero"
    check(info, "gels", f"Lapack Error in gels : {message}")
    store(ra, factors, a, b)
    store(rb, x[:columns], a, b)


def symeig(re: Any, rv: Any, a: Any, job: str, uplo: str) -> None:
    """Compute the eigenvalues of a symmetric matrix, in ascending order.

    job: 'V' computes the eigenvectors too, the columns of the second result; uplo: the triangle
    that is read, 'U' (default) or 'L'. `e, v = torch.symeig(a, 'V')`.
    """
    nd = square(a)
    values, vectors, info = routine("syev", nd)(nd, compute_v=job == "V", lower=uplo == "L")
    check(info, "syev", "Lapack Error syev : %d off-diagonal elements didn't converge to zero")
    store(rv, vectors, a)
    store_vector(re, values)


def eig(re: Any, rv: Any, a: Any, job: str) -> None:
    """Compute the eigenvalues of a square matrix: real and imaginary parts in two columns.

    job: 'V' computes the right eigenvectors too, the columns of the second result.
    """
    nd = square(a)
    real, imaginary, _, vectors, info = routine("geev", nd)(nd, compute_vl=0, compute_vr=job == "V")
    check(
        info,
        "geev",
        " Lapack Error in geev : %d off-diagonal elements of an didn't converge to zero",
    )
    resized(re, (nd.shape[0], 2))[...] = np.stack([real, imaginary], 1)
    if job == "V":
        store(rv, vectors)


def svd(ru: Any, rs: Any, rv: Any, a: Any, job: str) -> None:
    """Decompose a matrix into singular values: `A = U * diag(S) * V^T`.

    job: 'S' (default) computes min(n, m) columns of U and V, 'A' all. `u, s, v = torch.svd(a)`.
    """
    nd = matrix(a)
    u, s, vt, info = routine("gesvd", nd)(nd, full_matrices=job == "A")
    check(info, "gesvd", " Lapack Error gesvd : %d superdiagonals failed to converge.")
    store(ru, u)
    store_vector(rs, s)
    resized(rv, vt.T.shape)[...] = vt.T


def inverse(ra: Any, a: Any) -> None:
    """Invert a square matrix. Error: the matrix is singular."""
    nd = square(a)
    lu, pivots, info = routine("getrf", nd)(nd)
    check(info, "getrf", "Lapack Error getrf : U(%d,%d) is 0, U is singular")
    inv, info = routine("getri", nd)(lu, pivots)
    check(info, "getri", "Lapack Error getri : U(%d,%d) is 0, U is singular")
    store(ra, inv, a)


def potrf(ra: Any, a: Any, uplo: str) -> None:
    """Compute the Cholesky factor of a positive definite matrix.

    uplo: 'U' (default) gives U with `A = U^T U`, 'L' gives L with `A = L L^T`.
    """
    nd = square(a)
    factor, info = routine("potrf", nd)(nd, lower=uplo == "L", clean=1)
    message = "the leading minor of order %d is not positive definite"
    check(info, "potrf", f"Lapack Error in potrf : {message}")
    store(ra, factor, a)


def potrs(rb: Any, b: Any, a: Any, uplo: str) -> None:
    """Solve `A X = B` given the Cholesky factor of A that `potrf` computes: `potrs(b, factor)`."""
    left, right = system(a, b)
    x, info = routine("potrs", left)(left, right, lower=uplo == "L")
    check(info, "potrs", "Lapack Error in potrs : A(%d,%d) is zero, singular A")
    store(rb, x, b)


def potri(ra: Any, a: Any, uplo: str) -> None:
    """Invert a positive definite matrix given its Cholesky factor from `potrf`."""
    nd = square(a)
    inv, info = routine("potri", nd)(nd, lower=uplo == "L")
    check(info, "potri", "Lapack Error potri : A(%d,%d) is 0, A cannot be factorized")
    half = triangle(inv, uplo)
    store(ra, half + triangle(half.T, (uplo == "U" and "L") or "U") - np.diag(np.diag(half)), a)


def pstrf(ra: Any, pivots: Any, a: Any, uplo: str, tolerance: float) -> None:
    """Compute the Cholesky factor of a positive semidefinite matrix with complete pivoting.

    The results are the factor and an IntTensor of pivots. tolerance: a pivot at or below it ends
    the algorithm (by default n * eps * max(diag A)).
    """
    nd = square(a)
    factor, order, _, info = routine("pstrf", nd)(nd, tol=tolerance, lower=uplo == "L")
    check(
        info, "pstrf", "Lapack Error pstrf : matrix is rank deficient or not positive semidefinite"
    )
    store_vector(pivots, order)
    store(ra, triangle(factor, uplo), a)


def qr(rq: Any, rr: Any, a: Any) -> None:
    """Decompose a matrix into `A = Q R`: orthogonal columns in Q, R upper triangular."""
    nd = matrix(a)
    rows, columns = nd.shape
    k = min(rows, columns)
    factors, tau, _, info = routine("geqrf", nd)(nd)
    check(info, "geqrf", "Lapack Error geqrf : unknown Lapack error. info = %d")
    q, _, info = routine("orgqr", nd)(factors[:, :k], tau)
    check(info, "orgqr", " Lapack Error orgqr : unknown Lapack error. info = %d")
    resized(rr, (k, columns))[...] = np.triu(factors[:k])
    store(rq, q)


def geqrf(ra: Any, tau: Any, a: Any) -> None:
    """Decompose a matrix into R (the upper triangle) and the elementary reflectors of Q.

    The reflectors lie below the diagonal of the first result, their sizes in the second.
    """
    nd = matrix(a)
    factors, found, _, info = routine("geqrf", nd)(nd)
    check(info, "geqrf", "Lapack Error geqrf : unknown Lapack error. info = %d")
    store_vector(tau, found)
    store(ra, factors, a)


def reflectors(tau: Any, most: int) -> int:
    """The number of reflectors that a checked vector of their sizes stands for."""
    if dims(tau.nd) != 1 or tau.nd.shape[0] > most:
        raise BadArgument(2, f"tau should be a vector of at most {most} elements")
    return tau.nd.shape[0]


def orgqr(ra: Any, a: Any, tau: Any) -> None:
    """Form the matrix Q from the elementary reflectors that `geqrf` gives."""
    nd = matrix(a)
    k = reflectors(tau, min(nd.shape))
    q, _, info = routine("orgqr", nd)(nd[:, :k], tau.nd)
    check(info, "orgqr", " Lapack Error orgqr : unknown Lapack error. info = %d")
    full = nd.copy()
    full[:, :k] = q
    store(ra, full, a)


def ormqr(ra: Any, a: Any, tau: Any, c: Any, side: str, trans: str) -> None:
    """Multiply a matrix by the Q of `geqrf`: `Q C`.

    side: 'R' multiplies from the right; trans: 'T' by the transpose of Q.
    """
    nd, factor = matrix(c), matrix(a)
    order = nd.shape[0 if side == "L" else 1]
    if factor.shape[0] != order:
        raise BadArgument(1, f"A should have {order} rows, but has {factor.shape[0]}")
    factor = factor[:, : reflectors(tau, min(order, factor.shape[1]))]
    work = max(1, nd.size * 64)
    product, _, info = routine("ormqr", nd)(side, trans, factor, tau.nd, nd, work)
    check(info, "ormqr", " Lapack Error ormqr : unknown Lapack error. info = %d")
    store(ra, product, c)


def both(results: str, arguments: str, kernel: Any) -> tuple[Pair, Pair]:
    """The two forms of a LAPACK function: all results given, or none."""
    given = ", ".join(f"*{r}" for r in results.split(", "))
    made = ", ".join(f"*{r}!" for r in results.split(", "))
    return function(f"{given}, {arguments}", kernel), function(f"{made}, {arguments}", kernel)


FUNCTIONS: list[tuple[Any, str, str]] = [
    (gesv, "rb:T, ra:T", "b:T, a:T"),
    (gels, "rb:T, ra:T", "b:T, a:T"),
    (trtrs, "rb:T, ra:T", "b:T, a:T, uplo:U|L=U, trans:N|T=N, diag:N|U=N"),
    (symeig, "re:T, rv:T", "a:T, job:N|V=N, uplo:U|L=U"),
    (eig, "re:T, rv:T", "a:T, job:N|V=N"),
    (svd, "ru:T, rs:T, rv:T", "a:T, job:A|S=S"),
    (inverse, "ra:T", "a:T"),
    (potrf, "ra:T", "a:T, uplo:U|L=U"),
    (potrs, "rb:T", "b:T, a:T, uplo:U|L=U"),
    (potri, "ra:T", "a:T, uplo:U|L=U"),
    (pstrf, "ra:T, pivots:IntTensor", "a:T, uplo:U|L=U, tolerance:real=-1"),
    (qr, "rq:T, rr:T", "a:T"),
    (geqrf, "ra:T, tau:T", "a:T"),
    (orgqr, "ra:T", "a:T, tau:T"),
    (ormqr, "ra:T", "a:T, tau:T, c:T, side:L|R=L, trans:N|T=N"),
]

for _kernel, _results, _arguments in FUNCTIONS:
    _forms = both(_results, _arguments, _kernel)
    operation(_kernel.__name__, cleandoc(_kernel.__doc__ or ""), *_forms, types=FLOATING)
