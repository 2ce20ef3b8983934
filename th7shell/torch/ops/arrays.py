"""Helpers of the kernels: operands of equal element count, their error texts, flat views.

TH pairs the elements of tensors in row-major order whatever their shapes are, as long as the
counts agree; NumPy would broadcast instead, so every kernel with several operands goes through
`matched`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError

from ..memory import resized
from ..types import size_text

Array = NDArray[Any]


def dims(nd: Array) -> int:
    """Number of dimensions as Torch counts them: none for a tensor without elements."""
    return nd.ndim if nd.size else 0


def shape_text(nd: Array) -> str:
    """`[2 x 3]`; an empty tensor has no sizes."""
    return size_text(nd.shape if nd.size else ())


def matched(nd: Array, shape: tuple[int, ...], *named: tuple[str, Array]) -> Array:
    """`nd` with its elements laid out in `shape`; `named` are all operands, for the error text."""
    if nd.shape == shape:
        return nd
    try:
        return nd.reshape(shape)
    except ValueError:
        raise count_mismatch(*named) from None


def count_mismatch(*named: tuple[str, Array]) -> TorchError:
    """The error for operands whose numbers of elements differ."""
    described = [f"{name} {shape_text(nd)}" for name, nd in named]
    counts = [str(nd.size) for _, nd in named]
    return TorchError(
        f"inconsistent tensor size, expected {enumerated(described)} to have the same "
        f"number of elements, but got {enumerated(counts)} elements respectively"
    )


def enumerated(words: list[str]) -> str:
    """`a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}"


def store(res: Any, value: Array) -> None:
    """Make `value`, a new contiguous array of the result's type, the content of `res`: its memory
    if it has none."""
    if res._storage is None and not res.nd.size and value.flags.c_contiguous:
        res.nd = value
    else:
        resized(res, value.shape)[...] = value


def negative(x: Array, out: Array) -> None:
    """`out = -x`; `out` may be `x`.

    NumPy's own (2.4.6) gives wrong numbers for some strides of `x` where it writes to memory
    with gaps, so it writes only to contiguous memory here."""
    if x.flags.c_contiguous and out.flags.c_contiguous:
        np.negative(x, out)
    else:
        out[...] = np.negative(x)


def flat(nd: Array) -> Array:
    """The elements in row-major order as one dimension, without a copy where the memory allows
    it."""
    return nd if nd.ndim == 1 else nd.reshape(-1)


def along(index: Array, axis: int, ndim: int) -> tuple[Any, ...]:
    """Indices that pick `index` along `axis` and every position of the other axes of `index`."""
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[axis] = index
    return tuple(grid[:ndim])


LARGE = 1_000_000  # elements from which the cores share what is done to each


def spread(f: Callable[..., Any], out: Array, *operands: Any) -> None:
    """`f(*operands, out)`, element by element; the cores share what is large."""
    if out.size < LARGE:
        f(*operands, out)
        return
    from ..side_by_side import spread

    spread(f, out, operands, LARGE // 2)


CHUNK = 65536  # elements: few enough to stay in the cache, enough to hide the cost of a call


def in_chunks(step: Any, out: Array, *operands: Array) -> None:
    """Call `step(out, *operands, scratch)` on pieces of contiguous arrays, so that no large
    temporary is made.

    `out` may be one of the operands; arrays that are not contiguous are done in one piece."""
    if not all(a.flags.c_contiguous for a in (out, *operands)):
        step(out, *operands, np.empty(out.shape, out.dtype))
        return

    def one_part(*arrays: Array) -> None:
        *rest, into = (a.reshape(-1) for a in arrays)
        scratch = np.empty(CHUNK, out.dtype)
        for start in range(0, into.size, CHUNK):
            pieces = [a[start : start + CHUNK] for a in (into, *rest)]
            step(*pieces, scratch[: pieces[0].size])

    spread(one_part, out, *operands)
