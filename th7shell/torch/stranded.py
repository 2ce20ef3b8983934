"""Tensors whose storage was resized to less than they cover, as `t:storage():resize(0)` does to
free memory.

Such a tensor keeps its geometry and its storage, and becomes an object of a class below its own,
where `nd` is an error. When the storage is large enough again it is what it was. So the arrays of
all other tensors lie within their storages, and no operation has to look.
"""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from th7shell.lua import TorchError

from .classes import TorchClass, metatable
from .elements import COLD
from .memory import Memory, check_same_type, point
from .storage import reallocate, viewed_by
from .types import size_text

_SLOT: Any = Memory.__dict__["nd"]  # where a tensor has its array, and here its Layout


class Layout(NamedTuple):
    """Where a tensor lies in its storage; sizes of one element or more, strides in bytes."""

    offset: int  # elements
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    itemsize: int

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def extent(self) -> int:
        """Elements that the storage must have."""
        reach = sum((n - 1) * s for n, s in zip(self.shape, self.strides))
        return self.offset + reach // self.itemsize + 1


class _Told:
    """Stands for a stranded tensor in the methods that tell its geometry."""

    def __init__(self, tensor: Any) -> None:
        self.nd = _SLOT.__get__(tensor)


def _teller(cls: Any, name: str) -> Any:
    method = getattr(cls, name)

    def tell(self: Any, *args: Any) -> Any:
        return method(_Told(self), *args)

    tell.__name__ = name
    return tell


def strand(tensor: Any, layout: Layout, storage: Any) -> None:
    """Let a tensor keep this layout while its storage is too small for it."""
    tensor._storage = storage
    viewed_by(storage, tensor)
    tensor.ħarray = tensor.ħstore = COLD
    _SLOT.__set__(tensor, layout)
    object.__setattr__(tensor, "__class__", _below(_own_class(tensor)))


def _layout(tensor: Any) -> Layout:
    """What a method of a stranded class reads: its tensors have nothing else in that place."""
    return _SLOT.__get__(tensor)


def layout_of(tensor: Any) -> Layout | None:
    """The layout of a stranded tensor, None of any other."""
    layout = _SLOT.__get__(tensor)
    return layout if layout.__class__ is Layout else None


def _own_class(tensor: Any) -> Any:
    cls = type(tensor)
    return STRANDED.get(cls, cls)


def _free(tensor: Any, nd: Any) -> None:
    """Give the tensor an array and its own class again."""
    cls = _own_class(tensor)
    _SLOT.__set__(tensor, nd)
    object.__setattr__(tensor, "__class__", cls)


def _settle(tensor: Any, memory: Any) -> bool:
    """Place a stranded tensor on its storage's array if that is large enough."""
    layout = layout_of(tensor)
    if layout is None or layout.extent > memory.shape[0]:
        return False
    start = layout.offset * layout.itemsize
    point(
        tensor,
        np.ndarray(layout.shape, memory.dtype, memory, start, layout.strides),
        tensor._storage,
    )
    return True


def _array(tensor: Any) -> Any:
    layout, memory = layout_of(tensor), tensor._storage.nd
    if layout is None:
        return _SLOT.__get__(tensor)
    if not _settle(tensor, memory):
        raise TorchError(
            f"the storage of this tensor was resized to {memory.shape[0]} elements, too few for its"
            f" sizes {size_text(layout.shape)} (offset {layout.offset + 1})"
        )
    return tensor.nd


def _moved(self: Any, storage: Any, new: Any) -> None:
    _settle(self, new)


def _resize(self: Any, *sizes: Any) -> Any:
    """Let the storage grow, then resize as any tensor."""
    reallocate(self._storage, _layout(self).extent)
    return self.resize(*sizes)


def _resize_as(self: Any, *args: Any) -> Any:
    reallocate(self._storage, _layout(self).extent)
    return self.resizeAs(*args)


def _set(self: Any, *args: Any) -> Any:
    layout, storage = _layout(self), self._storage
    empty = np.empty(0, self.dtype)
    point(self, empty, None)
    try:
        return self.set(*args)
    finally:
        if self.nd is empty and args:  # refused: it stays as it was
            strand(self, layout, storage)


def _storage_offset(self: Any, *_: Any) -> int:
    return _layout(self).offset + 1


def _is_same_size(self: Any, other: Any = None, *_: Any) -> bool:
    check_same_type(self.new(), other, 2)
    return _layout(self).shape == other.nd.shape


def _is_contiguous(self: Any, *_: Any) -> bool:
    layout = _layout(self)
    expected = layout.itemsize
    for n, s in reversed(list(zip(layout.shape, layout.strides))):
        if n != 1 and s != expected:
            return False
        expected *= n
    return True


@cache
def _below(cls: Any) -> Any:
    """The class of stranded tensors of class `cls`: to Lua it is `cls`."""
    members = {
        "__slots__": (),
        "__module__": __name__,
        "__moved__": _moved,
        "nd": property(_array, _free),
        "resize": _resize,
        "resizeAs": _resize_as,
        "set": _set,
        "storageOffset": _storage_offset,
        "isContiguous": _is_contiguous,
        "isSameSizeAs": _is_same_size,
    }
    for name in ("dim", "nDimension", "size", "ħlength", "__len__", "stride", "nElement", "isSize"):
        members[name] = _teller(cls, name)
    made: Any = TorchClass.__new__(type(cls), cls.__name__, (cls,), members, abstract=True)
    type.__setattr__(made, "__lua_metatable_type__", metatable(cls))
    STRANDED[made] = cls
    return made


STRANDED: dict[Any, Any] = {}  # class of stranded tensors → the tensor class
