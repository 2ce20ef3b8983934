"""The memory of a tensor: its strided array, its storage, resizing, and moving when a storage
grows.

`t.nd` is the strided ndarray view, shape (0,) for a tensor without dimensions; offset, sizes and
strides are read from it. The storage object is made when first asked for or shared.
"""

from __future__ import annotations

import gc
import sys
import weakref
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from th7shell.lua import TorchError, state

from .classes import TorchClass, typename
from .elements import COLD
from .operators import TorchObject
from .storage import Storage, allocate, reallocate, storage_of, viewed_by
from .types import ElementType, bad_self, expected, size_text

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Memory(TorchObject, metaclass=TorchClass, abstract=True):
    """The core of a tensor: its array, its storage, and moving between memories."""

    __slots__ = ("__weakref__", "_storage", "nd", "ħarray", "ħstore")
    nd: NDArray[Any]
    _storage: Storage | None  # None: not made yet, the tensor is alone on its memory
    ħarray: Any  # a vector's elements for compiled code to read and write: see `elements`
    ħstore: Any
    element_type: ElementType
    dtype: np.dtype

    def __moved__(self, storage: Storage, new: NDArray[Any]) -> None:
        """Follow `storage` to its new memory (the storage still has the old one)."""
        nd = self.nd
        offset = offset_of(nd, storage.nd)
        if not nd.size:
            point(self, new[min(offset, new.shape[0]) :][:0], storage)
        elif offset * nd.itemsize + extent_bytes(nd) <= new.nbytes:
            point(
                self, np.ndarray(nd.shape, nd.dtype, new, offset * nd.itemsize, nd.strides), storage
            )
        else:
            from .stranded import Layout, strand

            strand(self, Layout(offset, nd.shape, nd.strides, nd.itemsize), storage)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is None:
            return np.asarray(self.nd, dtype)
        return np.array(self.nd, dtype, copy=copy)


def check_same_type(tensor: Any, other: Any, position: int) -> None:
    """Check that argument `position` of a tensor's method is a tensor of its type."""
    if type(other) is not type(tensor):
        if not isinstance(tensor, Memory):
            raise bad_self(Memory, tensor)
        raise expected(other, position, typename(tensor) or "")


_new = object.__new__


def new_over(cls: Any, nd: NDArray[Any], storage: Storage | None = None) -> Any:
    """A tensor of class `cls` over `nd`, which is part of `storage`, or alone on its memory."""
    self = _new(cls)
    self.nd = nd
    self._storage = storage
    self.ħarray = self.ħstore = COLD
    if storage is not None:
        storage._only = None
    return self


def point(tensor: Any, nd: NDArray[Any], storage: Storage | None) -> None:
    """Make an existing tensor a view `nd` of `storage`."""
    tensor.nd = nd
    tensor._storage = storage
    tensor.ħarray = tensor.ħstore = COLD
    if storage is not None:
        viewed_by(storage, tensor)


def own_storage(tensor: Any) -> Storage:
    """The storage of a tensor, made now if it has none yet."""
    storage = tensor._storage
    if storage is None:
        storage = tensor._storage = _storage_over(tensor.nd, tensor.element_type)
        viewed_by(storage, tensor)
    return storage


def _storage_over(nd: NDArray[Any], kind: ElementType) -> Storage:
    if nd.flags.c_contiguous:
        return storage_of(nd.reshape(-1), kind)
    base = nd
    while isinstance(base.base, np.ndarray):
        base = base.base
    if base.flags.c_contiguous and base.dtype == nd.dtype:
        return storage_of(base.reshape(-1), kind)
    flat = np.lib.stride_tricks.as_strided(nd, (extent_bytes(nd) // nd.itemsize,), (nd.itemsize,))
    return storage_of(flat, kind)


def offset_of(nd: NDArray[Any], memory: NDArray[Any]) -> int:
    """Where `nd` begins in the 1-D array `memory`, in elements."""
    if not memory.nbytes or (nd.size == memory.shape[0] and nd.flags.c_contiguous):
        return 0
    start = nd.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    return start // nd.itemsize


def strided(tensor: Any, shape: tuple[int, ...], strides: tuple[int, ...]) -> NDArray[Any]:
    """An array over the tensor's storage from its first element, with any sizes and strides (in
    bytes)."""
    nd = tensor.nd
    memory = own_storage(tensor).nd
    if nd.flags.c_contiguous and memory.shape == nd.shape:
        return np.ndarray(shape, nd.dtype, memory, 0, strides)
    start = nd.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    return np.ndarray(shape, nd.dtype, memory, start, strides)


def extent_bytes(nd: NDArray[Any]) -> int:
    """Bytes from the first to behind the last element of a strided array."""
    if not nd.size:
        return 0
    return sum((n - 1) * s for n, s in zip(nd.shape, nd.strides)) + nd.itemsize


def strides_for(shape: tuple[int, ...]) -> list[int]:
    """Strides, in elements, of a contiguous tensor of that shape."""
    strides = [1] * len(shape)
    for i in range(len(shape) - 2, -1, -1):
        strides[i] = strides[i + 1] * shape[i + 1]
    return strides


def leading(sizes: Any) -> tuple[int, ...]:
    """The sizes up to the first that is not positive, where Torch stops reading them."""
    sizes = tuple(sizes)
    for i, n in enumerate(sizes):
        if n <= 0:
            return sizes[:i]
    return sizes


def resized(tensor: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Give `tensor` that shape as Torch's resize does, if it has another one, and return its
    array."""
    nd = tensor.nd
    if nd.size:
        if nd.shape == shape:
            return nd
    elif shape and tensor._storage is None:
        nd = tensor.nd = allocate(shape, nd.dtype)
        tensor.ħarray = tensor.ħstore = COLD
        return nd
    return set_sizes(tensor, shape)


def set_sizes(tensor: Any, shape: tuple[int, ...], strides: Any = None) -> NDArray[Any]:
    """Resize: the view gets these sizes and strides (contiguous if None) at the same offset; memory
    grows."""
    nd = tensor.nd
    dtype = nd.dtype
    storage = tensor._storage
    if not shape:
        memory = None if storage is None and not nd.size else own_storage(tensor)
        base = nd if memory is None else memory.nd
        offset = 0 if memory is None else offset_of(nd, base)
        point(
            tensor, np.ndarray((0,), dtype, base, min(offset * dtype.itemsize, base.nbytes)), memory
        )
        return tensor.nd
    if strides is None:
        if storage is None:
            count = prod(shape)
            if not nd.size:
                point(tensor, allocate(shape, dtype), None)
                return tensor.nd
            if nd.flags.c_contiguous:
                if count == nd.size:
                    point(tensor, nd.reshape(shape), None)
                    return tensor.nd
                if count > nd.size:
                    new = allocate(shape, dtype)
                    new.reshape(-1)[: nd.size] = nd.reshape(-1)
                    point(tensor, new, None)
                    return new
        strides = strides_for(shape)
    storage = own_storage(tensor)
    offset = offset_of(nd, storage.nd)
    need = offset + sum((n - 1) * s for n, s in zip(shape, strides)) + 1
    if need > storage.nd.shape[0]:
        grow(tensor, need)
        storage = tensor._storage
    itemsize = dtype.itemsize
    view = np.ndarray(
        shape, dtype, storage.nd, offset * itemsize, tuple(s * itemsize for s in strides)
    )
    point(tensor, view, storage)
    return view


def grow(tensor: Any, size: int) -> None:
    """Enlarge the storage of `tensor`; others over it are looked for only if something else refers
    to it."""
    if sys.getrefcount(tensor._storage) <= 3:  # the tensor, the caller's name, the argument
        tensor._storage._only = weakref.ref(tensor)
    reallocate(tensor._storage, size)


def check_memory(*values: Any) -> None:
    """Raise the error for a tensor whose storage is too small for it, if one is among the
    values."""
    for value in values:
        if isinstance(value, Memory):
            value.nd  # noqa: B018


def sizes_of(nd: NDArray[Any]) -> tuple[int, ...]:
    """The sizes of a tensor's array: none for an empty one."""
    return nd.shape if nd.size else ()


def copy_into(target: Any, source: Any) -> None:
    """Copy the elements of one tensor to another with as many, converting as C does."""
    dst, src = target.nd, source.nd
    if dst.shape == src.shape:
        dst[...] = src
        return
    if dst.size != src.size:
        raise count_error(("tensor", sizes_of(dst)), ("src", sizes_of(src)))
    if dst.flags.c_contiguous:
        dst.reshape(src.shape)[...] = src
    else:
        dst[...] = src.reshape(dst.shape)


def count_error(*named: tuple[str, tuple[int, ...]]) -> TorchError:
    """The error for tensors whose numbers of elements should agree, given their names and sizes."""
    described = " and ".join(f"{name} {size_text(sizes)}" for name, sizes in named)
    counts = " and ".join(str(prod(sizes) if sizes else 0) for _, sizes in named)
    return TorchError(
        f"inconsistent tensor size, expected {described} to have the same number of elements,"
        f" but got {counts} elements respectively"
    )


def array_bytes() -> int:
    """Bytes of all memory that living tensors and storages hold, each piece counted once."""
    pieces: dict[int, int] = {}
    for owner in gc.get_objects():
        if isinstance(owner, (Memory, Storage)):
            slot: Any = (Memory if isinstance(owner, Memory) else Storage).__dict__["nd"]
            try:
                piece: Any = slot.__get__(owner, type(owner))
            except AttributeError:
                continue  # its constructor failed
            while isinstance(getattr(piece, "base", None), np.ndarray):
                piece = piece.base
            if isinstance(piece, np.ndarray):
                pieces[id(piece)] = piece.nbytes
    return sum(pieces.values())


state.memory_users.append(array_bytes)
