"""Storage: a 1-D NumPy array that tensors share; one class for each element type.

Indices are 1-based as in Lua. When a storage gets other memory (it grew), every tensor over it is
pointed there. A storage knows its tensor as long as there has been only one; else Python's
collector is asked, which looks through all that is alive. One that grows again gets more than it
needs, so that a program which adds to its end does not pay for that each time.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from th7shell.lua import BadArgument, LuaError, Table, TorchError, rawarray
from th7shell.lua.callers import from_python
from th7shell.lua.errors import PositionError

from .classes import TorchClass, typename
from .elements import COLD, PLAIN, warm
from .lists import array_of, table_of
from .operators import TorchObject
from .types import (
    ELEMENT_TYPES,
    EXACT,
    NONE,
    ElementType,
    bad_self,
    element,
    expected,
    expected_kind,
    index_error,
    integer,
    number,
    placeless,
    to_number,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


_new = object.__new__
MOST_DIMENSIONS = 32 if np.__version__ < "2" else 64


def allocate(shape: tuple[int, ...], dtype: np.dtype) -> NDArray[Any]:
    """An uninitialised array, with an error that names the size when memory is out."""
    if len(shape) > MOST_DIMENSIONS:
        raise TorchError(f"tensors have at most {MOST_DIMENSIONS} dimensions, {len(shape)} given")
    try:
        return np.empty(shape, dtype)
    except (MemoryError, OverflowError, ValueError) as err:
        total = prod(shape) * dtype.itemsize
        raise TorchError(
            f"$ Torch: not enough memory: you tried to allocate {total >> 30}GB. Buy new RAM!"
        ) from err


class Storage(TorchObject, metaclass=TorchClass, abstract=True):
    """A resizable array of one element type: `torch.LongStorage{2, 3}`, `torch.DoubleStorage(10)`.

    Forms: `()`, `(size)`, `(table)`, `(storage[, offset[, size]])` which shares memory, and
    `(filename[, shared[, size]])` which maps a file.
    """

    __slots__ = ("__weakref__", "_only", "_room", "nd", "ħarray", "ħstore")
    nd: NDArray[Any]  # another one is given by `give`
    ħarray: Any  # the elements for compiled code to read and write: see `elements`
    ħstore: Any
    _only: Any  # a weak reference to the tensor over it; None if there may be several
    _room: Any  # once it has grown: the array that `nd` is the beginning of
    element_type: ElementType
    dtype: np.dtype

    def __new__(cls, *_: Any) -> Any:
        self = _new(cls)
        self.ħarray = self.ħstore = COLD
        return self

    def __init__(self, size: Any = NONE, second: Any = NONE, third: Any = NONE, *more: Any) -> None:
        dtype = self.dtype
        if size.__class__ is int and second is NONE:
            self.nd = allocate((_checked_size(size),), dtype)
        elif size is NONE or size is None:
            self.nd = np.empty(0, dtype)
        elif isinstance(size, str) and to_number(size) is None:
            from .mapping import map_file

            self.nd = map_file(size, dtype, (second, third, *more))
        elif isinstance(size, Table):
            self.nd = _elements(rawarray(size), dtype)
        elif isinstance(size, (list, tuple)):
            self.nd = _elements(list(size), dtype)
        elif isinstance(size, np.ndarray):
            self.nd = np.ascontiguousarray(size, dtype).reshape(-1)
        elif to_number(size) is not None:
            self.nd = allocate((_checked_size(integer(size, 1)),), dtype)
        else:
            self.nd = _part_of(size, type(self), second, third)

    def __getitem__(self, index: Any) -> Any:
        if index.__class__ is not int:
            if to_number(index) is None:
                found = TorchObject.__getitem__(self, index)
                if found is None and from_python():
                    raise TypeError(f"a position expected, got {type(index).__name__}")
                return found
            index = integer(index, 2)
        nd = self.nd
        if index <= 0 or index > nd.shape[0]:
            error = index_error(2, "out of bounds")
            if from_python():
                sentence = f"position {index} is out of bounds: positions count from 1 to"
                raise PositionError(f"{sentence} {nd.shape[0]}", error.value)
            raise error
        value = nd.item(index - 1)
        if not (array := self.ħarray):
            if array.following is not None:
                self.ħarray = array.following
            else:
                warm(self)
        if value.__class__ is int and not -EXACT <= value <= EXACT:
            return float(value)
        return value

    def __setitem__(self, index: Any, value: Any) -> None:
        if index.__class__ is not int:
            if to_number(index) is None:
                raise TorchError(f"the class {typename(self)} cannot be indexed")
            index = integer(index, 2)
        if value.__class__ is not float and value.__class__ is not int:
            try:
                value = number(value, 3)
            except LuaError as error:
                raise placeless(error) from None
        nd = self.nd
        if index <= 0 or index > nd.shape[0]:
            raise index_error(2, "out of bounds")
        array = self.ħstore
        if not array:
            warm(self)
        else:
            try:
                array[index] = value
                return
            except (OverflowError, TypeError, ValueError):
                self.ħstore = COLD  # fractions for whole numbers may come again
        try:
            nd[index - 1] = value
        except (OverflowError, ValueError):
            nd[index - 1] = element(value, nd.dtype)

    def __len__(self) -> int:
        return self.nd.shape[0]

    def __iter__(self) -> Any:
        return iter(self.nd.tolist())

    def __str__(self) -> str:
        from .text import storage_text

        return storage_text(self)

    def __repr__(self) -> str:
        return str(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.nd, dtype, copy=copy) if copy else np.asarray(self.nd, dtype)

    def __reduce__(self) -> Any:
        return type(self), (self.nd,)

    def size(self, *_: Any) -> int:
        """Number of elements; `#storage` is the same."""
        return self.nd.shape[0]

    def resize(self, size: Any = NONE, *_: Any) -> Storage:
        """Change the number of elements, keeping the values that fit. Returns self."""
        if not isinstance(self, Storage):
            raise bad_self(Storage, self)
        reallocate(self, _checked_size(integer(size, 2)))
        return self

    def fill(self, value: Any = NONE, *_: Any) -> Storage:
        """Set all elements to `value`. Returns self."""
        fill_array(self.nd, number(value, 2))
        return self

    def copy(self, source: Any = NONE, *_: Any) -> Storage:
        """Copy the elements of a storage of any type and the same size, converting. Returns
        self."""
        if not isinstance(source, Storage):
            raise expected_kind(source, 2, "torch.*Storage")
        if self.nd.shape != source.nd.shape:
            raise BadArgument(2, "size mismatch")
        self.nd[...] = source.nd
        return self

    def totable(self, *_: Any) -> Table:
        """The elements as a Lua table of numbers."""
        return table_of(self.nd)

    def retain(self, *_: Any) -> None:
        """Nothing: memory is counted by Python."""

    def free(self, *_: Any) -> None:
        """Nothing: memory is freed when nothing refers to it."""


PLAIN |= {Storage.__getitem__, Storage.__setitem__}


class TextStorage(Storage, abstract=True):
    """What Byte and Char storages have in addition."""

    __slots__ = ()

    def string(self, text: Any = None, *_: Any) -> Any:
        """The bytes as a string; with an argument, take the bytes of that string and return
        self."""
        if not isinstance(self, TextStorage):
            raise bad_self(TextStorage, self)
        if text is None:
            return self.nd.tobytes().decode("latin-1")
        if not isinstance(text, str):
            text = format(text, ".14g") if isinstance(text, (int, float)) else str(text)
        data = np.frombuffer(text.encode("latin-1"), self.dtype)
        reallocate(self, data.shape[0])
        self.nd[...] = data
        return self


def element_size(width: int) -> Any:
    """The method `elementSize` of a class, which answers without an object too."""

    def elementSize(*_: Any) -> int:
        """Bytes of one element."""
        return width

    return elementSize


STORAGES: dict[str, type[Storage]] = {}


def make_class(row: ElementType) -> None:
    """Make the storage class of an element type."""
    base = TextStorage if row.host in ("Byte", "Char") else Storage
    cls: Any = TorchClass(
        f"{row.name}Storage",
        (base,),
        {
            "__slots__": (),
            "__doc__": f"A storage of C {row.c_name} elements. {Storage.__doc__ or ''}",
            "__module__": __name__,
            "element_type": row,
            "elementSize": element_size(row.dtype.itemsize),
            "dtype": row.dtype,
        },
        name=f"torch.{row.name}Storage",
    )
    STORAGES[row.name] = cls
    globals()[cls.__name__] = cls


for _row in ELEMENT_TYPES.values():
    make_class(_row)
LongStorage = STORAGES["Long"]


@lru_cache(maxsize=1024)
def _sizes_array(values: tuple[int, ...]) -> NDArray[Any]:
    return np.array(values, np.int64)


def long_storage(values: Sequence[int]) -> Storage:
    """A LongStorage of the given integers: the form in which sizes and strides reach Lua."""
    result = _new(LongStorage)
    result.nd = _sizes_array(values if values.__class__ is tuple else tuple(values)).copy()
    result.ħarray = result.ħstore = COLD
    return result


def storage_of(nd: NDArray[Any], like: ElementType | None = None) -> Storage:
    """A storage over a 1-D contiguous array, without a copy: of the CPU's type for its elements,
    or of the type given."""
    cls = _BY_NUMBER[nd.dtype.num] if like is None else STORAGES[like.name]
    result = _new(cls)
    result.nd = nd
    result.ħarray = result.ħstore = COLD
    return result


_BY_NUMBER = {cls.dtype.num: cls for cls in STORAGES.values()}
_BY_NUMBER |= {np.dtype(c).num: STORAGES["Long"] for c in "lq" if np.dtype(c).itemsize == 8}


def fill_array(nd: NDArray[Any], value: int | float) -> None:
    """`nd.fill(value)` with C's conversion for values NumPy refuses."""
    try:
        nd.fill(value)
    except (OverflowError, ValueError):
        nd.fill(element(value, nd.dtype))


def viewed_by(storage: Storage, tensor: Any) -> None:
    """Note that a tensor looks at a storage. One that is made of another tensor over the same
    storage may say that there are several: `_only = None`."""
    only = getattr(storage, "_only", _nobody)
    if only is not None and only() is not tensor:
        storage._only = weakref.ref(tensor) if only() is None else None


def _nobody() -> None:
    """A weak reference to no tensor."""


def reallocate(storage: Storage, size: int) -> None:
    """Give `storage` another size and move every tensor over it to the new memory, if that is
    elsewhere."""
    old = storage.nd
    keep = old.shape[0]
    if keep == size:
        return
    room = getattr(storage, "_room", None)
    if room is not None and keep < size <= room.shape[0]:
        give(storage, room[:size])
        storage._room = room
        return
    grown = size > keep > 0
    new = allocate((size + size // 2 if grown and room is not None else size,), old.dtype)
    keep = min(size, keep)
    new[:keep] = old[:keep]
    for tensor in tensors_over(storage):
        tensor.__moved__(storage, new[:size])
    give(storage, new[:size])
    if grown:
        storage._room = new


def give(storage: Storage, nd: NDArray[Any]) -> None:
    """Give a storage another array; its tensors are somebody else's matter."""
    storage.nd = nd
    storage._room = None
    storage.ħarray = storage.ħstore = COLD


def tensors_over(*storages: Storage) -> list[Any]:
    """All tensors over some storages. The process is searched, once, if there may be several over
    one."""
    found, several = [], {}
    for storage in storages:
        only = getattr(storage, "_only", _nobody)
        if only is None:
            several[id(storage)] = storage
        elif (tensor := only()) is not None and tensor._storage is storage:
            found.append(tensor)
    if several:
        over: dict[int, list[Any]] = {number: [] for number in several}
        for owner in gc.get_referrers(*several.values()):
            if hasattr(type(owner), "__moved__"):
                over[id(owner._storage)].append(owner)
        for number, tensors in over.items():
            if len(tensors) < 2:
                several[number]._only = weakref.ref(tensors[0]) if tensors else _nobody
            found += tensors
    return found


def _checked_size(size: int) -> int:
    if size < 0:
        raise TorchError(f"$ Torch: invalid memory size -- maybe an overflow? ({size} elements)")
    return size


def _elements(values: list[Any], dtype: np.dtype) -> NDArray[Any]:
    found = array_of(values, dtype)
    if found is None:
        wrong = next(i for i, value in enumerate(values) if to_number(value) is None)
        raise TorchError(f"element at index {wrong + 1} is not a number")
    return found


def _part_of(source: Any, cls: type[Storage], offset: Any, size: Any) -> NDArray[Any]:
    if not isinstance(source, cls):
        raise expected(source, 1, f"torch.{cls.__name__}")
    total = source.nd.shape[0]
    first = 0 if offset in (NONE, None) else integer(offset, 2) - 1
    if first < 0 or first >= total:
        raise TorchError("offset out of bounds")
    count = total - first if size in (NONE, None) else integer(size, 3)
    if count < 1 or count > total - first:
        raise TorchError("size out of bounds")
    return source.nd[first : first + count]
