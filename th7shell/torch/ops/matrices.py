"""Parts of matrices: diagonal, triangles, trace; the identity matrix; the cross product."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import BadArgument, TorchError

from ..memory import resized
from ..types import lua_number
from .arrays import Array, dims, shape_text
from .convert import dimension
from .creation import sized
from .declare import fresh, operation, plain
from .reductions import accumulator


def triangle(nd: Array, uplo: str) -> Array:
    """A copy of the upper (`'U'`) or lower triangle, zeros elsewhere."""
    return np.triu(nd) if uplo == "U" else np.tril(nd)


def as_matrix(t: Any) -> Array:
    if dims(t.nd) != 2:
        raise BadArgument(1, "expected a matrix")
    return t.nd


def near(k: int, nd: Array) -> int:
    """The number of a diagonal; all that lie outside of the matrix are alike."""
    return min(max(k, -nd.shape[0]), nd.shape[1])


def tril(res: Any, t: Any, k: int) -> None:
    nd = as_matrix(t)
    resized(res, nd.shape)[...] = np.tril(nd, near(k, nd))


def triu(res: Any, t: Any, k: int) -> None:
    nd = as_matrix(t)
    resized(res, nd.shape)[...] = np.triu(nd, near(k, nd))


def diag(res: Any, t: Any, k: int) -> None:
    nd = t.nd
    if dims(nd) not in (1, 2):
        raise BadArgument(1, "matrix or a vector expected")
    if nd.ndim == 1:
        n = nd.shape[0] + abs(k)
        values = nd.copy() if res is t else nd
        out = resized(res, (n, n))
        out.fill(0)
        np.fill_diagonal(out[:, k:] if k >= 0 else out[-k:], values)
        return
    value = np.diagonal(nd, near(k, nd))
    if res is t:
        value = value.copy()
    sized(res, value.shape)[...] = value


def eye(res: Any, n: int, m: int) -> None:
    if n <= 0:
        raise BadArgument(1, "invalid argument")
    out = resized(res, (n, m if m > 0 else n))
    out.fill(0)
    np.fill_diagonal(out, 1)


def trace(t: Any) -> int | float:
    return lua_number(np.add.reduce(as_matrix(t).diagonal(), None, accumulator(t.nd.dtype)))


def cross(res: Any, a: Any, b: Any, dim: int) -> None:
    x, y = a.nd, b.nd
    if dims(x) != dims(y):
        raise TorchError(f"inconsistent tensor dimension {dims(x)}D, {dims(y)}D")
    if x.shape != y.shape:
        raise TorchError(f"inconsistent tensor sizes {shape_text(x)}, {shape_text(y)}")
    if dim < 0:
        dim = x.shape.index(3) if 3 in x.shape else -1
        if dim < 0:
            raise TorchError(f"no dimension of size 3 in a: {shape_text(x)}")
    dimension(dim, dims(x), 3)
    if x.shape[dim] != 3:
        raise BadArgument(3, f"dimension {dim + 1} does not have size 3")
    x, y = np.moveaxis(x, dim, 0), np.moveaxis(y, dim, 0)
    product = np.stack(
        [x[(i + 1) % 3] * y[(i + 2) % 3] - x[(i + 2) % 3] * y[(i + 1) % 3] for i in range(3)], dim
    )
    resized(res, product.shape)[...] = product


operation(
    "tril",
    "Keep the lower triangle of a matrix, up to the k-th diagonal (0; positive ones are above), "
    "zeros elsewhere.",
    plain("*res:T?, t:T, k:int=0", tril),
)
operation(
    "triu",
    "Keep the upper triangle of a matrix, from the k-th diagonal (0; positive ones are above), "
    "zeros elsewhere.",
    plain("*res:T?, t:T, k:int=0", triu),
)
operation(
    "diag",
    """Make a matrix with a vector on its k-th diagonal (0), or take the k-th diagonal of a matrix.

`torch.diag(torch.Tensor{1, 2})` is {{1, 0}, {0, 2}}.""",
    plain("*res:T?, t:T, k:long=0", diag),
)
operation(
    "eye",
    "Make an n x m matrix (square by default) with ones on the diagonal, zeros elsewhere.",
    fresh("n:long, m:long=0", eye),
)
operation("trace", "Sum the diagonal of a matrix.", plain("t:T", trace))
operation(
    "cross",
    "Take the cross product of vectors along a dimension of size 3, by default the first such.",
    plain("*res:T?, a:T, b:T, dim:index=0", cross),
)
