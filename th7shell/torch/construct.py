"""What the tensor constructors accept: sizes, storages, tensors, nested tables; `new`, `set` and
`resize`."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import BadArgument, Table, TorchError, rawarray

from .lists import array_of
from .memory import (
    allocate,
    check_same_type,
    leading,
    own_storage,
    point,
    set_sizes,
    sizes_of,
    strides_for,
)
from .storage import STORAGES, Storage
from .types import NONE, expected, integer, to_number

LongStorage = STORAGES["Long"]


class Construction:
    """The constructors of a tensor class, and re-pointing and resizing an existing tensor."""

    __slots__ = ()
    nd: Any
    dtype: Any

    def __init__(self, *args: Any) -> None:
        dtype = self.dtype
        if not args:
            return
        first = args[0]
        if isinstance(first, (Table, list, tuple)):
            self.nd = _from_nested(first, dtype)
        elif isinstance(first, np.ndarray):
            self.nd = np.array(first, dtype, order="C")
        elif first.__class__ is int:
            _set_new(self, *_sizes_and_strides(args, 0))
        else:
            _set(self, args, 1)

    def set(self, *args: Any) -> Any:
        """Make this tensor a view of a tensor's or storage's memory; forms as the constructor's.
        Returns self."""
        if not isinstance(self, Construction):  # the function, on something else
            raise expected(self, 1, "torch.*Tensor")
        if not args:
            point(self, np.empty(0, self.dtype), None)
            return self
        _set(self, args, 2)
        return self

    def resize(self, *sizes: Any) -> Any:
        """Change the sizes in place (numbers, or a LongStorage of sizes and one of strides); memory
        grows as needed and is kept when it suffices. Returns self."""
        if sizes == self.nd.shape and self.nd.size:
            return self
        if sizes and (sizes[0].__class__ is tuple or sizes[0].__class__ is list):
            sizes = tuple(sizes[0])
        shape, strides = _sizes_and_strides(sizes, 0, 2)
        _resize(self, shape, strides)
        return self

    def resizeAs(self, other: Any = NONE, *_: Any) -> Any:
        """Resize to the sizes of another tensor. Returns self."""
        check_same_type(self, other, 2)
        _resize(self, sizes_of(other.nd), None)
        return self


def _resize(tensor: Any, shape: tuple[int, ...], strides: Any) -> None:
    nd = tensor.nd
    if sizes_of(nd) == shape:
        if strides is None or not shape:
            return
        own = [s // nd.itemsize for s in nd.strides]
        if all(s < 0 or s == o for s, o in zip(strides, own)):
            return
    set_sizes(tensor, shape, _filled_strides(shape, strides))


def _filled_strides(shape: tuple[int, ...], strides: Any) -> list[int] | None:
    """The given strides with negative ones replaced by contiguous ones; None if all are left
    out."""
    if strides is None or all(s < 0 for s in strides[: len(shape)]):
        return None
    result = list(strides[: len(shape)])
    for i in range(len(shape) - 1, -1, -1):
        if result[i] < 0:
            result[i] = 1 if i == len(shape) - 1 else result[i + 1] * shape[i + 1]
    return result


def _set_new(tensor: Any, shape: tuple[int, ...], strides: Any) -> None:
    if shape and strides is None:
        tensor.nd = allocate(shape, tensor.dtype)
    else:
        _resize(tensor, shape, strides)


def _sizes_and_strides(
    args: tuple[Any, ...], start: int, position: int = 1
) -> tuple[tuple[int, ...], Any]:
    """Read sizes from numbers, or from a LongStorage and possibly another one of strides."""
    if start < len(args) and isinstance(args[start], LongStorage):
        sizes = args[start].nd.tolist()
        strides = None
        if len(args) > start + 1 and args[start + 1] is not None:
            given = args[start + 1]
            if not isinstance(given, LongStorage):
                raise BadArgument(position + start + 1, "torch.LongStorage expected")
            strides = given.nd.tolist()
            if len(strides) != len(sizes):
                raise BadArgument(position + start + 1, "provided stride and size are inconsistent")
        return leading(sizes), strides
    sizes = [integer(v, position + start + i) for i, v in enumerate(args[start : start + 8])]
    return leading(sizes), None


def _set(tensor: Any, args: tuple[Any, ...], position: int) -> None:
    """Point `tensor` as the constructor and `set` do; `position` is that of the first argument in
    errors."""
    first = args[0]
    cls: Any = type(tensor)
    if type(first) is cls:
        point(tensor, first.nd, own_storage(first) if first.nd.size or first._storage else None)
        return
    storage_cls = STORAGES[cls.element_type.name]
    if isinstance(first, storage_cls):
        if len(args) == 1:
            shape: tuple[int, ...] = leading((first.nd.shape[0],))
            _place(tensor, first, 0, shape, None)
            return
        offset = integer(args[1], position + 1) - 1
        if len(args) > 2 and isinstance(args[2], LongStorage):
            shape, strides = _sizes_and_strides(args, 2, position)
        else:
            rest = [integer(v, position + 2 + i) for i, v in enumerate(args[2:18])]
            shape = leading(rest[0::2])
            strides = rest[1::2] + [-1] * len(shape)
        _place(tensor, first, offset, shape, strides)
        return
    if to_number(first) is not None or isinstance(first, LongStorage):
        shape, strides = _sizes_and_strides(args, 0, position)
        made: Any = cls.__new__(cls)
        point(made, np.empty(0, cls.dtype), None)
        _set_new(made, shape, strides)
        point(tensor, made.nd, made._storage)
        return
    name = f"torch.{cls.__name__}"
    raise BadArgument(
        position, f"expecting number or {name} or {name.replace('Tensor', 'Storage')}"
    )


def _place(
    tensor: Any, storage: Storage, offset: int, shape: tuple[int, ...], strides: Any
) -> None:
    """Make `tensor` a view of `storage`; the storage grows if the view reaches beyond its end."""
    if offset < 0:
        raise TorchError("Tensor: invalid storage offset")
    dtype = tensor.dtype
    itemsize = dtype.itemsize
    if not shape:
        point(tensor, storage.nd[offset:][:0], storage)
        return
    full = _filled_strides(shape, strides) or strides_for(shape)
    need = offset + sum((n - 1) * s for n, s in zip(shape, full)) + 1
    if need > storage.nd.shape[0]:
        from .storage import reallocate

        reallocate(storage, need)
    view = np.ndarray(
        shape, dtype, storage.nd, offset * itemsize, tuple(s * itemsize for s in full)
    )
    point(tensor, view, storage)


def _from_nested(table: Any, dtype: np.dtype) -> Any:
    """The array of a nested table of numbers; every level must have the length of its first
    member."""
    flat = _members(table)
    sizes = [len(flat)]
    while flat and isinstance(flat[0], _NESTED) and (below := _members(flat[0])):
        sizes.append(n := len(below))
        for part in flat[1:]:
            if not isinstance(part, _NESTED):
                raise TorchError("invalid tensor definition")
            members = _members(part)
            if len(members) != n:
                raise TorchError("invalid tensor sizes")
            below += members
        flat = below
    found = array_of(flat, dtype)
    if found is None:
        raise TorchError("invalid element (not a number)")
    return found if len(sizes) == 1 else found.reshape(sizes)


_NESTED = (Table, list, tuple)


def _members(part: Any) -> list[Any]:
    return rawarray(part) if isinstance(part, Table) else list(part)
