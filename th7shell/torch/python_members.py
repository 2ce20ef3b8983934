"""What tensors offer Python programs beside Torch's methods: `shape`, `item()`, `tolist()`,
`numpy()`, NumPy's protocols; `torch.tensor` and `torch.from_numpy`. Lua finds nil in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from th7shell.lua.callers import ForPython

from .memory import new_over, own_storage
from .python_operators import one_element
from .tensor import Tensor, default_type, wrap


def shape(self: Any) -> tuple[int, ...]:
    """The sizes as a tuple, counted by Python from 0: `x.shape[0]` is `x.size(1)`."""
    return self.nd.shape if self.nd.size else ()


def ndim(self: Any) -> int:
    """The number of dimensions, as `x.dim()`."""
    return self.dim()


def transposed(self: Any) -> Any:
    """The view with all dimensions in the opposite order: of a matrix `x.t()`."""
    return new_over(type(self), self.nd.T, own_storage(self))


def item(self: Any) -> int | float:
    """The number that a tensor of one element holds."""
    return one_element(self)


def tolist(self: Any) -> list[Any]:
    """The elements as nested lists of numbers."""
    return self.nd.tolist()


def numpy(self: Any) -> Any:
    """The NumPy array over the same memory: what is stored in one is seen in the other."""
    return self.nd


VALUES = {"shape": shape, "ndim": ndim, "T": transposed}
METHODS = {f.__name__: f for f in (item, tolist, numpy)}


def __array_function__(self: Any, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's functions take tensors as arrays: `np.mean(x, axis=0)`."""
    return func(*as_arrays(args), **as_arrays(kwargs))


def as_arrays(value: Any) -> Any:
    """The value with every tensor in it as its array."""
    if isinstance(value, Tensor):
        return value.nd
    if value.__class__ in (tuple, list):
        return value.__class__(as_arrays(v) for v in value)
    if value.__class__ is dict:
        return {k: as_arrays(v) for k, v in value.items()}
    return value


def from_numpy(array: np.ndarray) -> Any:
    """A tensor over the memory of a NumPy array, of the tensor type of its elements.

    An array that is not in this machine's byte order, or whose strides no tensor can have, is
    copied. Errors: elements of a type that Torch does not have.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"a NumPy array expected, got {type(array).__name__}")
    return wrap(array)


def tensor(data: Sequence[Any] | np.ndarray | Any) -> Any:
    """A tensor of a list, nested for more dimensions, of a number, or over a NumPy array's memory.

    Lists and numbers become the default type (`torch.DoubleTensor` unless
    `torch.setdefaulttensortype` says else); an array keeps its element type and shares its
    memory; a tensor is returned as it is.
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, np.ndarray):
        return wrap(data)
    cls = default_type()
    if isinstance(data, (int, float, np.generic)):
        return cls([data])
    try:
        return wrap(np.asarray(as_arrays(list(data)), cls.dtype))
    except ValueError:
        raise ValueError("numbers expected, in lists of equal lengths") from None


for _name, _function in (VALUES | METHODS).items():
    type.__setattr__(Tensor, _name, ForPython(_function, _name in VALUES))
type.__setattr__(Tensor, "__array_function__", __array_function__)
type.__setattr__(Tensor, "__array_priority__", 1000)  # `array + x` is a tensor, as `x + array`
