"""Sorting and order statistics along a dimension, with the 1-based indices of the elements taken.

Equal elements keep their order (the original's quicksort leaves it open for more than eleven
elements).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import BadArgument
from th7shell.torch.memory import resized
from th7shell.torch.ops.arrays import Array, dims
from th7shell.torch.ops.convert import dimension
from th7shell.torch.ops.declare import operation, plain
from th7shell.torch.ops.reductions import ALONG


def order(nd: Array, axis: int, descending: bool = False) -> Array:
    """The stable order of the elements along an axis, 0-based."""
    if descending:
        nd = np.flip(nd, axis)
    if nd.ndim == 1 and nd.size > 4096 and nd.dtype.kind == "f":
        found = packed_order(nd) if nd.dtype == np.float32 else repaired_order(nd)
    else:
        found = nd.argsort(axis, kind="stable")
    if descending:
        found = np.flip(found, axis)
        np.subtract(nd.shape[axis] - 1, found, found)
    return found


def packed_order(nd: Array) -> Array:
    """The order of 32-bit floats: their order-preserving bits above the index in one 64-bit key."""
    bits = np.add(nd, np.float32(0)).view(np.int32)  # -0 becomes 0
    keys = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)
    keys <<= 32
    keys |= np.arange(nd.size)
    keys.sort()
    keys &= 0xFFFFFFFF
    return keys


def repaired_order(nd: Array) -> Array:
    """The order of doubles: the fast unstable sort, then equal elements are put back in order."""
    found = nd.argsort()
    values = nd[found]
    same = np.flatnonzero(values[1:] == values[:-1])
    if not same.size:
        return found
    if same.size > nd.size // 8:
        return nd.argsort(kind="stable")
    places = np.union1d(same, same + 1)
    equal = values[places]
    group = np.concatenate([[0], np.cumsum(equal[1:] != equal[:-1])])
    chosen = found[places]
    found[places] = chosen[np.lexsort((chosen, group))]
    return found


def take(res: Any, indices: Any, nd: Array, chosen: Array, axis: int) -> None:
    """Store the elements at `chosen` along an axis, and their 1-based indices."""
    values = np.take_along_axis(nd, chosen, axis)
    resized(res, chosen.shape)[...] = values
    np.add(chosen, 1, resized(indices, chosen.shape))


def last(nd: Array, dim: int | None) -> int:
    return dims(nd) - 1 if dim is None else dim


def sort(res: Any, indices: Any, t: Any, dim: int | None, descending: bool) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 2, "invalid dimension %d")
    take(res, indices, nd, order(nd, axis, descending), axis)


def topk(
    res: Any, indices: Any, t: Any, k: int, dim: int | None, largest: bool, in_order: bool
) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 3, "dim not in range")
    if not 0 < k <= nd.shape[axis]:
        raise BadArgument(2, "k not in range for dimension")
    chosen = order(nd, axis, largest)
    take(res, indices, nd, chosen[(slice(None),) * axis + (slice(k),)], axis)


def kth(res: Any, indices: Any, t: Any, k: int, dim: int | None) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 3, "dimension out of range")
    if not 0 < k <= nd.shape[axis]:
        raise BadArgument(2, "selected index out of range")
    chosen = order(nd, axis)
    take(res, indices, nd, chosen[(slice(None),) * axis + (slice(k - 1, k),)], axis)


def median(res: Any, indices: Any, t: Any, dim: int | None) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 3, "dimension out of range")
    kth(res, indices, t, (nd.shape[axis] - 1) // 2 + 1, axis)


def mode(res: Any, indices: Any, t: Any, dim: int | None) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 3, "dimension out of range")
    chosen = order(nd, axis)
    values = np.moveaxis(np.take_along_axis(nd, chosen, axis), axis, -1)
    n = values.shape[-1]
    ends = np.ones(values.shape, bool)  # the last of each run of equal elements
    np.not_equal(values[..., 1:], values[..., :-1], out=ends[..., :-1])
    position = np.arange(1, n + 1)
    before = np.zeros(values.shape, np.int64)
    np.maximum.accumulate(np.where(ends, position, 0)[..., :-1], -1, out=before[..., 1:])
    lengths = np.where(ends, position - before, 0)
    best = np.expand_dims(np.moveaxis(lengths, -1, axis).argmax(axis), axis)
    take(res, indices, nd, np.take_along_axis(chosen, best, axis), axis)


LAST = "along a dimension (the last by default)"

operation(
    "sort",
    f"""Sort {LAST}, in ascending order unless `descending` is true.

The results are the sorted values and, as a LongTensor, where they were: `values, indices =
torch.sort(x)`.""",
    plain("*res:T?, *indices:LongTensor?, t:T, dim:index=last, descending:boolean=false", sort),
)
operation(
    "topk",
    f"""Find the k (1) smallest elements {LAST}.

If `largest` is true, the largest are found. The results are the elements and their indices. They
are in order, whether `in_order` asks for that or not.""",
    plain(
        "*res:T?, *indices:LongTensor?, t:T, k:long=1, dim:index=last, largest:boolean=false, "
        "in_order:boolean=false",
        topk,
    ),
)
operation(
    "kthvalue",
    f"Find the k-th smallest element {LAST} and its index. {ALONG}",
    plain("*res:T?, *indices:LongTensor?, t:T, k:long, dim:index=last", kth),
)
operation(
    "median",
    f"Find the median {LAST} and its index; of an even number of elements the lower one. {ALONG}",
    plain("*res:T?, *indices:LongTensor?, t:T, dim:index=last", median),
)
operation(
    "mode",
    f"Find the most frequent element {LAST} and its last index; of equally frequent ones the "
    f"smallest. {ALONG}",
    plain("*res:T?, *indices:LongTensor?, t:T, dim:index=last", mode),
)
