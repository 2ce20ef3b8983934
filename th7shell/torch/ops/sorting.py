"""Sorting and order statistics along a dimension, with the 1-based indices of the elements taken.

Equal elements come in the order in which the original leaves them (see `quick`); in tensors of more
than MODERATE elements they keep their own order, and selected elements are sorted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import BadArgument

from .arrays import Array, dims, store
from .convert import dimension
from .declare import operation, plain
from .quick import selected_places, sorted_places
from .reductions import ALONG


def order(nd: Array, axis: int, descending: bool = False) -> Array:
    """The stable order of the elements along an axis, 0-based."""
    if descending:
        nd = np.flip(nd, axis)
    if nd.ndim == 1 and nd.size > 4096 and nd.dtype.kind == "f" and not np.isnan(nd.max()):
        found = packed_order(nd)
    else:
        found = nd.argsort(axis, kind="stable")
    if descending:
        found = np.flip(found, axis)
        np.subtract(nd.shape[axis] - 1, found, found)
    return found


def packed_order(nd: Array) -> Array:
    """The order of a vector of floats: 64-bit integers with an element's leading bits above its
    index are sorted, which is faster than an indirect sort; doubles that agree in the leading
    bits are put in order afterwards."""
    width = int(nd.size - 1).bit_length()
    keys = np.add(nd, nd.dtype.type(0)).view(np.int32 if nd.itemsize == 4 else np.int64)
    keys ^= (keys >> (8 * nd.itemsize - 1)) & np.iinfo(keys.dtype).max  # negative ones turned round
    if nd.itemsize == 4:
        keys = keys.astype(np.int64)
        keys <<= 32
    else:
        keys &= ~((1 << width) - 1)
    keys |= np.arange(nd.size)
    keys.sort()
    found = keys & ((1 << width) - 1)
    if nd.itemsize == 4:
        return found
    keys >>= width
    same = np.flatnonzero(keys[1:] == keys[:-1])
    if same.size > nd.size // 4:
        return nd.argsort(kind="stable")
    if same.size:
        places = np.union1d(same, same + 1)
        chosen = found[places]
        found[places] = chosen[np.lexsort((chosen, nd[chosen], keys[places]))]
    return found


def take(res: Any, indices: Any, nd: Array, chosen: Array, axis: int) -> None:
    """Store the elements at `chosen`, a new array, along an axis, and their 1-based indices."""
    store(res, nd.take(chosen) if nd.ndim == 1 else np.take_along_axis(nd, chosen, axis))
    np.add(chosen, 1, chosen)
    store(indices, chosen)


def last(nd: Array, dim: int | None) -> int:
    return dims(nd) - 1 if dim is None else dim


MODERATE = 4096


def by_line(nd: Array, axis: int, count: int, places: Callable[[list[Any]], list[int]]) -> Array:
    """`places` of each line along an axis, the first `count` of them."""
    moved = np.moveaxis(nd, axis, -1)
    found = [places(line)[:count] for line in moved.reshape(-1, nd.shape[axis]).tolist()]
    return np.moveaxis(np.array(found, np.int64).reshape(*moved.shape[:-1], count), -1, axis)


def has_equal(nd: Array, chosen: Array, axis: int) -> bool:
    """Tell whether neighbours in the sorted lines are equal."""
    values = np.moveaxis(np.take_along_axis(nd, chosen, axis), axis, -1)
    return bool((values[..., 1:] == values[..., :-1]).any())


def original_order(nd: Array, axis: int, descending: bool = False) -> Array:
    """The order of the elements along an axis as the original's sort gives it."""
    found = order(nd, axis, descending)
    n = nd.shape[axis]
    if n <= 11 or nd.size > MODERATE or not has_equal(nd, found, axis):
        return found
    if not descending:
        return by_line(nd, axis, n, sorted_places)
    return by_line(nd, axis, n, lambda line: sorted_places([-v for v in line]))


def sort(res: Any, indices: Any, t: Any, dim: int | None, descending: bool) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 2, "invalid dimension %d")
    take(res, indices, nd, original_order(nd, axis, descending), axis)


def topk(
    res: Any, indices: Any, t: Any, k: int, dim: int | None, largest: bool, in_order: bool
) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 3, "dim not in range")
    n = nd.shape[axis]
    if not 0 < k <= n:
        raise BadArgument(2, "k not in range for dimension")
    if nd.size > MODERATE:
        chosen = outermost(nd, axis, k, largest)
    elif largest:
        chosen = by_line(nd, axis, k, lambda line: largest_places(line, k, in_order))
    else:
        chosen = by_line(nd, axis, k, lambda line: smallest_places(line, k, in_order))
    take(res, indices, nd, chosen, axis)


def part(nd: Array, axis: int, places: slice) -> Array:
    """The given places along an axis."""
    return nd[(slice(None),) * axis + (places,)]


def outermost(nd: Array, axis: int, k: int, largest: bool) -> Array:
    """The places of the k smallest or largest elements, in order, without sorting the others."""
    n = nd.shape[axis]
    if largest:
        chosen = part(np.argpartition(nd, n - k, axis), axis, slice(n - k, n))
    else:
        chosen = part(np.argpartition(nd, k - 1, axis), axis, slice(k))
    chosen = np.sort(chosen, axis)
    values = np.take_along_axis(nd, chosen, axis)
    return np.take_along_axis(chosen, order(values, axis, largest), axis)


def smallest_places(line: list[Any], k: int, in_order: bool) -> list[int]:
    places = selected_places(line[:], k - 1)[:k]
    return sorted(places, key=line.__getitem__) if in_order else places


def largest_places(line: list[Any], k: int, in_order: bool) -> list[int]:
    below = len(line) - k
    places = selected_places(line[:], below - 1) if below else list(range(k))
    places = places[below:]
    return sorted(places, key=lambda i: -line[i]) if in_order else places


def kth_order(nd: Array, axis: int, k: int) -> Array:
    """The place of the k-th smallest element (from 0) of each line."""
    if nd.size > MODERATE:
        return part(np.argpartition(nd, k, axis), axis, slice(k, k + 1))
    found = order(nd, axis)
    if not has_equal(nd, found, axis):
        return part(found, axis, slice(k, k + 1))
    return by_line(nd, axis, 1, lambda line: selected_places(line, k)[k:])


def kth(res: Any, indices: Any, t: Any, k: int, dim: int | None) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 3, "dimension out of range")
    if not 0 < k <= nd.shape[axis]:
        raise BadArgument(2, "selected index out of range")
    take(res, indices, nd, kth_order(nd, axis, k - 1), axis)


def median(res: Any, indices: Any, t: Any, dim: int | None) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 3, "dimension out of range")
    take(res, indices, nd, kth_order(nd, axis, (nd.shape[axis] - 1) // 2), axis)


def mode(res: Any, indices: Any, t: Any, dim: int | None) -> None:
    nd = t.nd
    axis = dimension(last(nd, dim), dims(nd), 3, "dimension out of range")
    chosen = original_order(nd, axis)
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

If `largest` is true, the largest are found. The results are the elements and their indices, in
order if `in_order` is true, else as the selection leaves them.""",
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
