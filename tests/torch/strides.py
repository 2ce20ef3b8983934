"""Arrays whose elements lie apart, for the tests that no kernel's result depends on the layout."""

from __future__ import annotations

import numpy as np

Layout = tuple[int, int, int, int]  # size, stride of the first operand, of the others, offset


def layouts() -> list[Layout]:
    """A few of each: sizes below, at and above the width of vector registers, all strides that
    vector code treats by itself."""
    strides = {0: 1, 1: 4, 2: 2, 3: 8, 4: 4, 8: 8, 9: 0}
    return [(size, s, strides[s], s % 3) for size in (3, 17) for s in strides]


def all_layouts() -> list[Layout]:
    """The whole grid."""
    strides = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17)
    return [
        (size, stride, other, (stride + other) % 4)
        for size in (1, 3, 4, 5, 8, 9, 17, 33, 67)
        for stride in strides
        for other in strides
    ]


def spread(values: np.ndarray, stride: int, offset: int = 0) -> np.ndarray:
    """`values` (1-D) every `stride` elements of new memory, `offset` elements into it.

    Stride 0 repeats the first value."""
    n = values.shape[0]
    memory = np.empty(offset + (n - 1) * stride + 4, values.dtype)
    memory.fill(77)
    width = values.dtype.itemsize
    view = np.ndarray((n,), values.dtype, memory, offset * width, (stride * width,))
    if stride:
        view[...] = values
    else:
        view[:1] = values[:1]
    return view


def spread_rows(values: np.ndarray, stride: int) -> np.ndarray:
    """An array of any shape with `stride` elements of memory for each of its own."""
    return np.repeat(values[..., None], stride, -1)[..., 0] if values.ndim else values


def same(got: np.ndarray, want: np.ndarray) -> bool:
    """Equal, up to the last bits where numbers are floats (vector code and its tails differ)."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return False
    if got.dtype.kind != "f":
        return bool(np.array_equal(got, want))
    limit = 8 * np.finfo(got.dtype).eps
    return bool(np.allclose(got, want, rtol=limit, atol=limit, equal_nan=True))
