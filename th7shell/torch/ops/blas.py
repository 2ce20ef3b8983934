"""Products of vectors, matrices and batches: dot mv mm bmm ger, and the accumulating addmv addmm
addr addbmm baddbmm.

The accumulating forms compute `beta * t + alpha * product`; beta 0 ignores what `t` holds, nan
included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, TorchError

from ..fused import ALONE, routine
from ..memory import resized
from ..types import lua_number
from .arrays import Array, matched, shape_text, store
from .declare import fresh, function, method, operation, plain
from .written import Late, Written


def dot(a: Any, b: Any) -> int | float:
    x, y = a.nd, b.nd
    if x.shape != y.shape:
        y = matched(y, x.shape, ("tensor", x), ("src", y))
    if x.ndim != 1:
        x, y = x.reshape(-1), y.reshape(-1)
    return lua_number(x.dot(y))


def dot_product(dtype: str) -> Late:
    """BLAS's dot product of two vectors of a type, for few elements."""
    return Late(lambda: routine("dot", dtype) or (lambda x, y: float(x.dot(y))))


def dot_real(dtype: str) -> Written:
    """The same of floating point tensors, fast for two short vectors."""
    return Written(
        "a b",
        """
x = a.nd
y = b.nd
if x.ndim == 1 == y.ndim and 0 < len(x) == len(y) <= ALONE:
    return product(x, y)
return dot(a, b)""",
        product=dot_product(dtype),
        dot=dot,
        ALONE=ALONE,
    )


def product_into(out: Array, a: Array, b: Array) -> None:
    """`out = a @ b` of matrices, straight into `out` where BLAS can write to its layout."""
    if out.flags.c_contiguous:
        a.dot(b, out)
    elif out.flags.f_contiguous:
        np.dot(b.T, a.T, out.T)
    else:
        out[...] = np.dot(a, b)


def combine(res: Any, beta: Any, t: Any, alpha: Any, product: Array) -> None:
    """`res = beta * t + alpha * product`; `product` is overwritten."""
    nd = t.nd
    out = nd if res is t else resized(res, nd.shape)
    if alpha != 1:
        np.multiply(product, alpha, product)
    if beta == 0:
        np.copyto(out, product)
        return
    if beta != 1:
        nd = np.multiply(nd, beta, out)
    np.add(nd, product, out)


def mismatch(*named: tuple[str, Array]) -> TorchError:
    return TorchError(
        "size mismatch, " + ", ".join(f"{name}{shape_text(nd)}" for name, nd in named)
    )


def check_mv(matrix: Array, vector: Array) -> None:
    if matrix.shape[1] != vector.shape[0]:
        raise mismatch(("", matrix), ("", vector))


def check_mm(m1: Array, m2: Array) -> None:
    if m1.shape[1] != m2.shape[0]:
        raise mismatch(("m1: ", m1), ("m2: ", m2))


def check_batches(a: Array, b: Array) -> None:
    if a.shape[0] != b.shape[0]:
        raise BadArgument(2, f"equal number of batches expected, got {a.shape[0]}, {b.shape[0]}")
    if a.shape[2] != b.shape[1]:
        sizes = f"batch1: {a.shape[1]}x{a.shape[2]}, batch2: {b.shape[1]}x{b.shape[2]}"
        raise BadArgument(2, f"wrong matrix size, {sizes}")


def mv(res: Any, matrix: Any, vector: Any) -> None:
    m, v = matrix.nd, vector.nd
    check_mv(m, v)
    if res.nd.shape == m.shape[:1] and res.nd.flags.c_contiguous:
        np.dot(m, v, res.nd)
    else:
        store(res, m.dot(v))


def mm_any(res: Any, m1: Any, m2: Any) -> None:
    a, b = m1.nd, m2.nd
    if a.shape[1] != b.shape[0]:
        raise mismatch(("m1: ", a), ("m2: ", b))
    if res.nd.shape != (a.shape[0], b.shape[1]):
        store(res, a.dot(b))
    else:
        product_into(res.nd, a, b)


# NumPy writes into contiguous memory of the right sizes and refuses any other
mm = Written(
    "res m1 m2",
    """
try:
    m1.nd.dot(m2.nd, res.nd)
except ValueError:
    mm_any(res, m1, m2)""",
    mm_any=mm_any,
)


def bmm(res: Any, batch1: Any, batch2: Any) -> None:
    a, b = batch1.nd, batch2.nd
    check_batches(a, b)
    out = resized(res, (a.shape[0], a.shape[1], b.shape[2]))
    if a.shape[2] == 1:
        np.multiply(a, b, out)  # an outer product; matmul would not use BLAS for it
    else:
        np.matmul(a, b, out)


def ger(res: Any, vec1: Any, vec2: Any) -> None:
    x, y = vec1.nd, vec2.nd
    np.multiply(x[:, None], y, resized(res, (x.shape[0], y.shape[0])))


def addmv(res: Any, beta: Any, t: Any, alpha: Any, matrix: Any, vector: Any) -> None:
    m, v = matrix.nd, vector.nd
    check_mv(m, v)
    if t.nd.shape[0] != m.shape[0]:
        raise mismatch(("t: ", t.nd), ("mat: ", m))
    combine(res, beta, t, alpha, m.dot(v))


def addmm(res: Any, beta: Any, t: Any, alpha: Any, m1: Any, m2: Any) -> None:
    a, b = m1.nd, m2.nd
    check_mm(a, b)
    if t.nd.shape != (a.shape[0], b.shape[1]):
        raise mismatch(("t: ", t.nd), ("m1: ", a), ("m2: ", b))
    combine(res, beta, t, alpha, a.dot(b))


def addr(res: Any, beta: Any, t: Any, alpha: Any, vec1: Any, vec2: Any) -> None:
    x, y = vec1.nd, vec2.nd
    if t.nd.shape != (x.shape[0], y.shape[0]):
        raise mismatch(("t: ", t.nd), ("vec1: ", x), ("vec2: ", y))
    combine(res, beta, t, alpha, np.multiply(x[:, None], y))


def addbmm(res: Any, beta: Any, t: Any, alpha: Any, batch1: Any, batch2: Any) -> None:
    a, b = batch1.nd, batch2.nd
    check_batches(a, b)
    if t.nd.shape != (a.shape[1], b.shape[2]):
        raise BadArgument(1, "output tensor of incorrect size")
    total = a[0].dot(b[0])
    for x, y in zip(a[1:], b[1:]):
        total += x.dot(y)
    combine(res, beta, t, alpha, total)


def baddbmm(res: Any, beta: Any, t: Any, alpha: Any, batch1: Any, batch2: Any) -> None:
    a, b = batch1.nd, batch2.nd
    check_batches(a, b)
    if t.nd.shape != (a.shape[0], a.shape[1], b.shape[2]):
        raise BadArgument(1, "output tensor of incorrect size")
    combine(res, beta, t, alpha, np.matmul(a, b))


operation(
    "dot",
    "Multiply two tensors of equally many elements element by element and sum the products.",
    plain("t:T, src:T", {"Double": dot_real("d"), "Float": dot_real("f"), "f": dot, "i": dot}),
)
operation(
    "mv", "Multiply a matrix (n x m) by a vector (m): a vector (n).", fresh("mat:T~2, vec:T~1", mv)
)
operation(
    "mm", "Multiply two matrices: (n x m) by (m x p) is (n x p).", fresh("m1:T~2, m2:T~2", mm)
)
operation(
    "bmm",
    "Multiply the matrices of two batches: (b x n x m) by (b x m x p) is (b x n x p).",
    fresh("batch1:T~3, batch2:T~3", bmm),
)
operation(
    "ger",
    "Take the outer product of two vectors: `res[i][j] = vec1[i] * vec2[j]`.",
    fresh("vec1:T~1, vec2:T~1", ger),
)

Accumulate = Callable[[Any, Any, Any, Any, Any, Any], None]
ACCUMULATING: list[tuple[str, Accumulate, int, str, str]] = [
    ("addmv", addmv, 1, "mat:T~2, vec:T~1", "a matrix-vector product"),
    ("addmm", addmm, 2, "m1:T~2, m2:T~2", "a matrix product"),
    ("addr", addr, 2, "vec1:T~1, vec2:T~1", "the outer product of two vectors"),
    ("addbmm", addbmm, 2, "batch1:T~3, batch2:T~3", "the matrix products of two batches, summed"),
    ("baddbmm", baddbmm, 3, "batch1:T~3, batch2:T~3", "the matrix products of two batches"),
]


def without_beta(kernel: Accumulate) -> Callable[[Any, Any, Any, Any, Any], None]:
    return lambda res, t, alpha, a, b: kernel(res, 1, t, alpha, a, b)


for _name, _kernel, _dims, _factors, _words in ACCUMULATING:
    operation(
        _name,
        f"""Add {_words} to a tensor: `beta * t + alpha * product`.

beta and alpha are 1 by default; the method with one number before the factors takes it for
alpha.""",
        function(f"*res:T?, beta:real=1, t:T~{_dims}, alpha:real=1, {_factors}", _kernel),
        method(f"*res:T~{_dims}, t:T~{_dims}=res, alpha:real=1, {_factors}", without_beta(_kernel)),
        method(f"*res:T~{_dims}, beta:real, t:T~{_dims}=res, alpha:real, {_factors}", _kernel),
    )
