"""Tensor: a strided view of a storage, and one class for each element type.

Memory and resizing are in `memory`, views in `geometry`, element access in `indexing`, constructors
in `construct`, printing in `text`; maths is installed by `ops`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from th7shell.lua import LuaError, TorchError
from th7shell.lua.arithmetic import BY_PYTHON
from th7shell.lua.state import MAIN, World, current, many

from .classes import TorchClass
from .construct import Construction
from .elements import COLD
from .geometry import Geometry
from .indexing import Indexing
from .memory import Memory, allocate, copy_into, new_over, resized
from .namespace import TORCH
from .python_values import makers
from .storage import STORAGES, element_size, fill_array
from .types import ELEMENT_TYPES, ElementType, expected_kind, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TYPES", "Tensor", "default_type", "resized", "set_default_type", "wrap"]

TYPES: dict[str, Any] = {}
#: device prefix: the tensor classes of that device, by the name of the CPU's type
KIN: dict[str, dict[str, Any]] = {}
_BY_NUMBER: dict[int, Any] = {}


def wrap(array: NDArray[Any], beside: Any = None) -> Any:
    """A tensor over a NumPy array, without a copy where its layout allows (bool arrays become
    bytes): on the CPU, or on the device of the tensor `beside`."""
    dtype = array.dtype
    cls = _BY_NUMBER.get(dtype.num)
    if cls is None:
        if dtype == np.bool_:
            array = array.view(np.uint8)
            cls = TYPES["torch.ByteTensor"]
        else:
            raise TorchError(f"no tensor type for elements of type {dtype}")
    if beside is not None:
        cls = beside.kin[cls.element_type.host]
    if not array.ndim or not array.size:
        array = array.reshape(-1)
    if not dtype.isnative or any(s < 0 or s % dtype.itemsize for s in array.strides):
        array = np.ascontiguousarray(array, dtype.newbyteorder("="))
    self = cls.__new__(cls)
    self.nd = array
    self._storage = None
    self.ħarray = self.ħstore = COLD
    return self


makers[np.ndarray] = wrap


def default_type() -> Any:
    """The class that `torch.Tensor` stands for."""
    return (current.world if many else MAIN).default_type


def set_default_type(name: str) -> None:
    """Make `torch.Tensor` and `torch.Storage` stand for the named tensor class and its storage."""
    cls = TYPES.get(name)
    if cls is None:
        raise TorchError(f"<{name}> is not a string describing a torch object")
    world = current.world
    world.default_type = cls
    names = world.torch or TORCH
    names.Tensor = cls
    names.Storage = STORAGES[cls.element_type.name]


_new = object.__new__


class TensorClass(TorchClass):
    """Metaclass of the tensor classes; constructing from sizes, the common case, is kept short."""

    def __call__(cls: Any, *args: Any) -> Any:
        self: Any = _new(cls)
        self._storage = None
        self.ħarray = self.ħstore = COLD
        for size in args:
            if size.__class__ is not int or size <= 0:
                self.nd = np.empty(0, cls.dtype)
                try:
                    cls.__init__(self, *args)
                except LuaError as error:
                    error.level = 0  # as of every C constructor: no place and no name
                    raise
                return self
        try:
            self.nd = np.empty(args or 0, cls.dtype)
        except (MemoryError, ValueError):
            allocate(args, cls.dtype)
        return self


class Tensor(Construction, Indexing, Geometry, Memory, metaclass=TensorClass, abstract=True):
    """A multi-dimensional array of one element type that may share its memory with others.

    Forms: `()`, `(sz1, sz2, …)`, `(LongStorage sizes[, LongStorage strides])`, `(tensor)` which
    shares memory, `(storage[, offset[, sizes[, strides]]])`, and `(table)` of numbers, nested for
    more dimensions. Elements of a tensor made from sizes are not initialised.
    """

    __slots__ = ()
    kin: dict[str, Any]  # 'Long': the class of whole numbers on this tensor's device

    if TYPE_CHECKING:  # most methods are installed by `ops` and by the loops below

        def __getattr__(self, name: str) -> Any: ...

    def __str__(self) -> str:
        from .text import tensor_text

        return tensor_text(self)

    def __repr__(self) -> str:
        from .short_text import LARGE, is_large, short_text

        if not is_large(self, LARGE):
            return str(self)
        return f"{short_text(self)}\nin short: print(x) shows all"

    def __reduce__(self) -> Any:
        return _unpickle, (type(self), self.nd if self.nd.size else None)

    def __copy__(self) -> Any:
        return self.clone()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.clone()

    def fill(self, value: Any = None, *_: Any) -> Any:
        """Set all elements to `value`. Returns self."""
        fill_array(self.nd, number(value, 2))
        return self

    def zero(self, *_: Any) -> Any:
        """Set all elements to 0. Returns self."""
        self.nd.fill(0)
        return self

    def copy(self, source: Any = None, *_: Any) -> Any:
        """Copy the elements of a tensor of any type and as many elements, converting. Returns
        self."""
        if source.__class__ is self.__class__:
            nd, other = self.nd, source.nd
            if nd.ndim == 1 == other.ndim and len(nd) == len(other):
                nd[...] = other
                return self
        if isinstance(source, np.ndarray):
            source = wrap(source)
        if not isinstance(source, Tensor):
            raise expected_kind(source, 2, "torch.*Tensor")
        copy_into(self, source)
        return self

    def clone(self, *_: Any) -> Any:
        """A contiguous copy with memory of its own."""
        nd = self.nd
        return new_over(type(self), nd.copy())

    def contiguous(self, *_: Any) -> Any:
        """Self if it is contiguous, else a contiguous copy."""
        nd = self.nd
        return self if nd.flags.c_contiguous else new_over(type(self), nd.copy())

    def retain(self, *_: Any) -> None:
        """Nothing: memory is counted by Python."""

    def free(self, *_: Any) -> None:
        """Nothing: memory is freed when nothing refers to it."""


def _unpickle(cls: Any, nd: Any) -> Any:
    return cls() if nd is None else new_over(cls, np.ascontiguousarray(nd))


def make_class(row: ElementType) -> Any:
    """Make the tensor class of an element type."""
    kin = KIN.setdefault(row.prefix, {})
    cls = TensorClass(
        f"{row.name}Tensor",
        (Tensor,),
        {
            "__slots__": (),
            "__doc__": f"A tensor of C {row.c_name} elements. {Tensor.__doc__ or ''}",
            "__module__": __name__,
            "element_type": row,
            "elementSize": element_size(row.dtype.itemsize),
            "dtype": row.dtype,
            "kin": kin,
        },
        name=f"torch.{row.name}Tensor",
    )
    TYPES[f"torch.{row.name}Tensor"] = kin[row.host] = cls
    globals()[cls.__name__] = cls
    BY_PYTHON.add(cls)
    return cls


for _row in ELEMENT_TYPES.values():
    _BY_NUMBER[_row.dtype.num] = make_class(_row)
for _char in "lq":
    if np.dtype(_char).itemsize == 8:
        _BY_NUMBER[np.dtype(_char).num] = TYPES["torch.LongTensor"]
World.default_type = TYPES["torch.DoubleTensor"]
TORCH.Tensor, TORCH.Storage = TYPES["torch.DoubleTensor"], STORAGES["Double"]
