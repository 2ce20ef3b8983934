"""What the files hold for tensors, storages and generators, and the default for classes: their
fields.

CUDA tensors are read as such, or as the CPU types of the same elements where CUDA is off.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from th7shell.lua import LuaError, TorchError
from th7shell.lua.regular import pattern
from th7shell.lua.stdlib import streams

from .. import cuda_types
from ..console import show
from ..memory import new_over, offset_of, own_storage, point, sizes_of
from ..storage import STORAGES, Storage
from ..stranded import Layout, layout_of, strand
from ..tensor import TYPES, Tensor

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

NOTHING = object()  # after this payload no object follows
MOST_DIMENSIONS = 32
MOST_ELEMENTS = 1 << 40  # of an expanded tensor: more than any program can work with


def write_storage(storage: Storage, encoder: Any) -> Any:
    encoder.longs(storage.nd.shape[0])
    encoder.array(storage.element_type.host, storage.nd)
    return NOTHING


def write_tensor(tensor: Any, encoder: Any) -> Any:
    nd = tensor.nd
    sizes = sizes_of(nd)
    encoder.ints(len(sizes))
    if sizes:
        encoder.longs(*sizes)
        encoder.longs(*[s // nd.itemsize for s in nd.strides])
    storage = own_storage(tensor) if sizes else tensor._storage
    offset = 0 if storage is None else offset_of(nd, storage.nd)
    encoder.longs(offset + 1)
    return storage


def write_stranded(tensor: Any, encoder: Any) -> Any:
    """A tensor whose storage was emptied: its geometry and that storage."""
    layout = layout_of(tensor)
    storage = tensor._storage
    if layout is None or len(storage):
        return write_tensor(tensor, encoder)  # large enough again, or the error
    encoder.ints(layout.ndim)
    encoder.longs(*layout.shape)
    encoder.longs(*[s // layout.itemsize for s in layout.strides])
    encoder.longs(layout.offset + 1)
    return storage


def read_storage(storage: Storage, decoder: Any) -> None:
    n = decoder.longs(1)[0]
    if n < 0:
        raise TorchError(f"damaged file: a storage of {n} elements")
    storage.nd = np.ascontiguousarray(decoder.file.read_array(storage.element_type.host, n))


def read_geometry(decoder: Any) -> tuple[list[int], list[int], int]:
    """Sizes, strides and offset (from 0) of a tensor."""
    dims = decoder.integer()
    if not 0 <= dims <= MOST_DIMENSIONS:
        raise TorchError(f"damaged file: a tensor of {dims} dimensions")
    if not dims:
        return [], [], decoder.longs(1)[0] - 1
    return decoder.longs(dims), decoder.longs(dims), decoder.longs(1)[0] - 1


def set_geometry(tensor: Any, geometry: tuple[list[int], list[int], int], storage: Any) -> None:
    """Make a tensor that has just been created a view of a storage that was read, if that is
    possible."""
    sizes, strides, offset = geometry
    dtype = tensor.dtype
    if storage is not None and not (isinstance(storage, Storage) and storage.dtype == dtype):
        raise TorchError("damaged file: a tensor whose storage is of another type")
    if not sizes or storage is None:
        point(tensor, np.empty((0,), dtype), storage)
        if storage is not None and 0 <= offset <= len(storage):
            point(tensor, np.ndarray((0,), dtype, storage.nd, offset * dtype.itemsize), storage)
        if sizes:
            raise TorchError("damaged file: a tensor with sizes and no storage")
        return
    last = offset + sum((n - 1) * s for n, s in zip(sizes, strides))
    width = dtype.itemsize
    sound = min(sizes) >= 1 and min(strides) >= 0 and offset >= 0 and prod(sizes) <= MOST_ELEMENTS
    sound = sound and max(strides) * width < 1 << 63  # that of one element may be anything
    if sound and not len(storage):  # emptied before it was saved
        steps = tuple(s * width for s in strides)
        strand(tensor, Layout(offset, tuple(sizes), steps, width), storage)
        return
    if not sound or last >= len(storage):
        raise TorchError("damaged file: a tensor that reaches beyond its storage")
    view = np.ndarray(
        tuple(sizes), dtype, storage.nd, offset * width, tuple(s * width for s in strides)
    )
    point(tensor, view, storage)


def empty_like_class(cls: Any) -> Any:
    """A tensor that waits for its geometry."""
    return new_over(cls, np.empty((0,), cls.dtype))


WRITERS: dict[Any, Any] = {
    **dict.fromkeys(TYPES.values(), write_tensor),
    **dict.fromkeys(STORAGES.values(), write_storage),
}
NATIVE = frozenset({write_tensor, write_storage, write_stranded})

_CUDA = pattern(r"torch\.Cuda(Byte|Char|Short|Int|Long|Double|Half|)(Tensor|Storage)$")


def native_class(name: str) -> Any:
    """The tensor or storage class that stands for a class name in a file, else None."""
    if name.startswith("torch.Cuda") and (cuda := _CUDA.match(name)):
        if cuda_types.available():
            cuda_types.enable()
        else:
            name = f"torch.{cuda[1] or 'Float'}{cuda[2]}"
    if name.endswith("Storage"):
        return STORAGES.get(name.removeprefix("torch.").removesuffix("Storage"))
    return TYPES.get(name)


def know(*classes: Any) -> None:
    """Write the tensors of classes that were made later, and their storages."""
    for cls in classes:
        WRITERS[cls] = write_tensor
        WRITERS[STORAGES[cls.element_type.name]] = write_storage


cuda_types.when_enabled(know)


def is_tensor_class(cls: Any) -> bool:
    return issubclass(cls, Tensor)


def warn(message: str) -> None:
    """Print a warning as Lua's `print` does."""
    try:
        show(message)
    except LuaError:  # a `print` of the program's that fails does not stop the file
        streams.write(message + "\n")
