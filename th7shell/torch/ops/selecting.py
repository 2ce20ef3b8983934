"""Elements chosen by index tensors and by masks: index gather scatter maskedSelect nonzero … and
their assignments.

Indices are LongTensors counting from 1, masks are ByteTensors of 0 and 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import BadArgument, TorchError

from ..memory import resized
from .arrays import Array, along, dims, enumerated, matched, shape_text
from .creation import sized
from .declare import method, operation, plain

# --- along a dimension ---------------------------------------------------------------------------


def positions(index: Any, nd: Array, dim: int, slices: Array) -> Array:
    """The checked 0-based indices into dimension `dim` of `nd`; `slices` is the tensor whose
    dimension it is in the error text."""
    where = index.nd
    if dims(where) != 1:
        raise BadArgument(3, "Index is supposed to be a vector")
    if not 0 <= dim < min(dims(slices), nd.ndim):
        raise BadArgument(4, f"Indexing dim {dim + 1} is out of bounds of tensor")
    if slices is not nd and where.shape[0] != slices.shape[dim]:
        raise BadArgument(4, "Number of indices should be equal to source:size(dim)")
    where = where - 1
    if not 0 <= where.min() or not where.max() < nd.shape[dim]:
        raise BadArgument(2 if nd.ndim == 1 else 3, "out of range")
    return where


def index(res: Any, t: Any, dim: int, indices: Any) -> None:
    nd = t.nd
    if not nd.size and dims(indices.nd) == 1:
        raise BadArgument(2, "Source tensor is empty")
    try:
        where = positions(indices, nd, dim, nd)
    except BadArgument as error:
        if error.message == "out of range" and dim == 0 and nd.flags.c_contiguous:
            raise TorchError("index out of range") from None
        raise
    shape = (*nd.shape[:dim], where.shape[0], *nd.shape[dim + 1 :])
    if res is t:
        nd = nd.copy()
    nd.take(where, dim, resized(res, shape), "clip")


def rows(t: Any, dim: int, indices: Any, src: Any) -> tuple[Array, Array, Array]:
    """The target and the source with dimension `dim` in front, and the indices into it."""
    nd, values = t.nd, src.nd
    where = positions(indices, nd, dim, values)
    target = np.moveaxis(nd, dim, 0)
    values = np.moveaxis(values, dim, 0)
    shape = (where.shape[0], *target.shape[1:])
    return target, matched(values, shape, ("tensor", nd), ("src", src.nd)), where


def index_copy(t: Any, dim: int, indices: Any, src: Any) -> None:
    target, values, where = rows(t, dim, indices, src)
    target[where] = values


def index_add(t: Any, dim: int, indices: Any, src: Any) -> None:
    target, values, where = rows(t, dim, indices, src)
    order = where.argsort(kind="stable")
    where = where[order]
    starts = np.flatnonzero(np.concatenate([[True], where[1:] != where[:-1]]))
    target[where[starts]] += np.add.reduceat(values[order], starts, 0, target.dtype)


def index_fill(t: Any, dim: int, indices: Any, value: Any) -> None:
    nd = t.nd
    where = positions(indices, nd, dim, nd)
    np.moveaxis(nd, dim, 0)[where] = value


# --- one index for each element ------------------------------------------------------------------


def same_but_along(dim: int, *named: tuple[str, Array]) -> None:
    """Check that the sizes agree, but for those in dimension `dim`."""
    first = named[0][1].shape
    for _, nd in named[1:]:
        if any(n != m for d, (n, m) in enumerate(zip(first, nd.shape)) if d != dim):
            words = enumerated([f"{name} {shape_text(nd)}" for name, nd in named])
            raise TorchError(f"Expected {words} to have the same size in dimension {dim}")


def inside(indices: Array, size: int, what: str) -> Array:
    """The 0-based indices, checked to be below `size`."""
    where = indices - 1
    if not 0 <= where.min() or not where.max() < size:
        raise TorchError(f"Invalid index in {what}")
    return where


def gather(res: Any, t: Any, dim: int, indices: Any) -> None:
    nd, index = t.nd, indices.nd
    result = res.nd if res.nd.size else index
    if dims(nd) != dims(result):
        raise BadArgument(2, "Input tensor must have same dimensions as output tensor")
    if not 0 <= dim < dims(nd):
        raise BadArgument(3, "Index dimension is out of bounds")
    if dims(index) != dims(nd):
        raise BadArgument(4, "Index tensor must have same dimensions as input tensor")
    same_but_along(dim, ("tensor", result), ("src", nd), ("index", index))
    values = np.take_along_axis(nd, inside(index, nd.shape[dim], "gather"), dim)
    resized(res, values.shape)[...] = values


def targets(what: str, t: Any, dim: int, indices: Any, src: Any = None) -> tuple[Array, Array]:
    """The checked 0-based indices into dimension `dim` of `t`, and the elements of `src` for
    them."""
    nd, index = t.nd, indices.nd
    if not 0 <= dim < dims(nd):
        raise BadArgument(2, "Index dimension is out of bounds")
    if dims(index) != dims(nd):
        raise BadArgument(3, "Index tensor must have same dimensions as output tensor")
    if src is None:
        same_but_along(dim, ("tensor", nd), ("index", index))
        return inside(index, nd.shape[dim], what), index
    if dims(src.nd) != dims(nd):
        raise BadArgument(4, "Input tensor must have same dimensions as output tensor")
    named = ("tensor", nd), ("src", src.nd), ("index", index)
    same_but_along(dim, *named)
    if src.nd.shape[dim] < index.shape[dim]:
        same_but_along(-1, *named[1:])
    values = src.nd[(slice(None),) * dim + (slice(index.shape[dim]),)]
    return inside(index, nd.shape[dim], what), values


def scatter(t: Any, dim: int, indices: Any, src: Any) -> None:
    where, values = targets("scatter", t, dim, indices, src)
    np.put_along_axis(t.nd, where, values, dim)


def scatter_fill(t: Any, dim: int, indices: Any, value: Any) -> None:
    where, _ = targets("scatter", t, dim, indices)
    np.put_along_axis(t.nd, where, value, dim)


def scatter_add(t: Any, dim: int, indices: Any, src: Any) -> None:
    where, values = targets("scatterAdd", t, dim, indices, src)
    np.add.at(t.nd, along(where, dim, where.ndim), values)


def flat_positions(t: Any, indices: Any) -> Array:
    where = indices.nd - 1
    if where.size and not (0 <= where.min() and where.max() < t.nd.size):
        raise TorchError("index out of range")
    return where


def take(res: Any, t: Any, indices: Any) -> None:
    value = t.nd.reshape(-1)[flat_positions(t, indices)]
    sized(res, value.shape)[...] = value


def put(t: Any, indices: Any, src: Any) -> None:
    where = flat_positions(t, indices)
    values = matched(src.nd, where.shape, ("index", where), ("src", src.nd))
    t.nd[np.unravel_index(where, t.nd.shape)] = values


# --- masks ---------------------------------------------------------------------------------------
def truth(mask: Any, nd: Array, name: str) -> Array:
    """The mask as booleans in the shape of `nd`."""
    given = matched(mask.nd, nd.shape, (name, nd), ("mask", mask.nd))
    if given.size and given.max() > 1:
        raise TorchError("Mask tensor can take 0 and 1 values only")
    return given.view(np.bool_) if given.flags.c_contiguous else given.astype(np.bool_)


def masked_select(res: Any, t: Any, mask: Any) -> None:
    chosen = t.nd[truth(mask, t.nd, "src")]
    sized(res, chosen.shape)[...] = chosen


def masked_fill(t: Any, mask: Any, value: Any) -> None:
    np.copyto(t.nd, value, where=truth(mask, t.nd, "tensor"))


def masked_copy(t: Any, mask: Any, src: Any) -> None:
    nd = t.nd
    if nd.size != mask.nd.size:
        raise TorchError("Number of elements of destination tensor != Number of elements in mask")
    where = truth(mask, nd, "tensor")
    count = np.count_nonzero(where)
    if src.nd.size < count:
        raise TorchError("Number of elements of src < number of ones in mask")
    nd[where] = src.nd.reshape(-1)[:count]


def nonzero(res: Any, t: Any) -> None:
    found = np.argwhere(t.nd) + 1
    sized(res, found.shape if found.size else (0,))[...] = found if found.size else 0


# As in the original, those that change a tensor in place return their last argument (but
# maskedCopy).
operation(
    "index",
    "Copy the slices of `t` along dimension `dim` that `indices` names, in its order. With a "
    "destination `indices` is returned.",
    method("*res:T!, t:T, dim:index, indices:LongTensor", index),
    method("*res:T, t:T, dim:index, ^indices:LongTensor", index),
    usage="T, number, torch.LongTensor | T, T, number, torch.LongTensor expected",
)
operation(
    "indexCopy",
    "Assign the slices of `src` along dimension `dim` to those that `indices` names. "
    "`src` is returned.",
    method("*t:T, dim:index, indices:LongTensor, ^src:T", index_copy),
    usage="T, number, torch.LongTensor, T expected",
)
operation(
    "indexAdd",
    "Add the slices of `src` along dimension `dim` to those that `indices` names, also twice. "
    "`src` is returned.",
    method("*t:T, dim:index, indices:LongTensor, ^src:T", index_add),
    usage="T, number, torch.LongTensor, T expected",
)
operation(
    "indexFill",
    "Set the slices along dimension `dim` that `indices` names to a number, which is returned.",
    method("*t:T, dim:index, indices:LongTensor, ^value:real", index_fill),
    usage="T, number, torch.LongTensor, number expected",
)
operation(
    "gather",
    """Pick one element for each index along a dimension.

For dim 1 of a matrix `res[i][j] = t[indices[i][j]][j]`. `res` has the sizes of `indices`.""",
    plain("*res:T?, t:T, dim:index, indices:LongTensor", gather),
)
operation(
    "scatter",
    "Write `src`, or a number, to one place for each index along a dimension, as `gather` reads.",
    plain("*t:T, dim:index, indices:LongTensor, src:T", scatter),
    plain("*t:T, dim:index, indices:LongTensor, value:real", scatter_fill),
)
operation(
    "scatterAdd",
    "Add the elements of `src` to those that `indices` names along a dimension, repeated ones too.",
    plain("*t:T, dim:index, indices:LongTensor, src:T", scatter_add),
)
operation(
    "take",
    "Pick elements by their position in row-major order: `res` has the sizes of `indices`.",
    plain("*res:T?, t:T, indices:LongTensor", take),
)
operation(
    "put",
    "Set the elements at positions in row-major order to those of `src`.",
    plain("*t:T, indices:LongTensor, src:T", put),
)
operation(
    "maskedSelect",
    "Copy the elements where the mask is 1 into a vector. With a destination the mask is returned.",
    method("*res:T!, t:T, mask:ByteTensor", masked_select),
    method("*res:T, t:T, ^mask:ByteTensor", masked_select),
    usage="T, torch.ByteTensor | T, T, torch.ByteTensor expected",
)
operation(
    "maskedFill",
    "Set the elements where the mask is 1 to a number, which is returned.",
    method("*t:T, mask:ByteTensor, ^value:real", masked_fill),
    usage="T, torch.ByteTensor, number expected",
)
operation(
    "maskedCopy",
    "Set the elements where the mask is 1 to those of `src`, in order.",
    method("*t:T, mask:ByteTensor, src:T", masked_copy),
    usage="T, torch.ByteTensor, T expected",
)
operation(
    "nonzero",
    "Find the elements that are not 0: their indices, one row of a LongTensor for each.",
    plain("*res:LongTensor?, t:T", nonzero),
)
