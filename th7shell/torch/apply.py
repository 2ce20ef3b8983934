"""`t:apply(f)`, `t:map(u, f)`, `t:map2(u, v, f)`: call a Lua function for each element and keep
what it returns."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, LuaObject, TorchError, first, lua_type

from .classes import typename
from .memory import Memory
from .tensor import Tensor
from .types import NONE, bad_self, element, lua_number, torch_type_text

__plays_lua__ = True  # these methods were written in Lua: their errors name this file
NOTHING = ()  # what a Lua function without a result returns
_VIEWABLE = "dfBbhilq"  # element types whose memoryviews read and write Lua numbers


class _Flat:
    """The elements of any array in row-major order, readable and writable by position."""

    __slots__ = ("at",)

    def __init__(self, nd: Any) -> None:
        self.at = nd.flat

    def __getitem__(self, i: int) -> Any:
        return lua_number(self.at[i])

    def __setitem__(self, i: int, value: Any) -> None:
        self.at[i] = value


def _elements(nd: Any) -> Any:
    if nd.flags.c_contiguous and nd.dtype.char in _VIEWABLE and nd.size:
        return memoryview(nd.reshape(-1))
    return _Flat(nd)


def _store(elements: Any, i: int, value: Any, tensor: Any) -> None:
    """Keep a result that the fast assignment refused: nil or false leave the element as it is."""
    if value is None or value is False:
        return
    if value.__class__ is int and tensor.nd.dtype.kind == "f":
        elements[i] = value
        return
    if value.__class__ is not int and value.__class__ is not float:
        c_name = tensor.element_type.c_name
        raise TorchError(f"cannot convert '{lua_type(value)}' to '{c_name}'")
    elements[i] = element(value, tensor.nd.dtype).item()


def _check_function(function: Any) -> Callable[..., Any]:
    if isinstance(function, LuaObject) or not callable(function):
        kind = lua_type(function) if function is not NONE else "nil"
        raise TorchError(f"attempt to call local 'func' (a {kind} value)")
    return function


def _check_source(source: Any, tensor: Any, position: int) -> Any:
    if not isinstance(source, Memory):
        raise BadArgument(position, f"torch.*Tensor expected, got {torch_type_text(source)}")
    if type(source) is not type(tensor):
        if not isinstance(tensor, Memory):
            raise bad_self(Memory, tensor)
        raise BadArgument(position, f"expected {typename(tensor)}, got {typename(source)}")
    if source.nd.size != tensor.nd.size:
        raise TorchError("size mismatch")
    return _elements(source.nd)


WORTHWHILE = 64  # elements from which arrays cost less than calls


def _overlaps(nd: Any) -> bool:
    """Tell whether elements of a strided array may lie in the same memory."""
    end = nd.itemsize
    for stride, n in sorted(zip(nd.strides, nd.shape)):
        if n > 1:
            if stride < end:
                return True
            end += stride * (n - 1)
    return False


@cache
def _recorder() -> Callable[..., Any]:
    """What records a function's arithmetic, loaded when it is needed first."""
    from .vectorise import record

    return record


def _at_once(self: Any, function: Callable[..., Any], *others: Any) -> bool:
    """Do the elements as whole arrays if the function is pure arithmetic; tell whether it was."""
    nd = self.nd
    if nd.size < WORTHWHILE or nd.dtype.kind != "f":
        return False
    arrays = [nd, *(other.nd for other in others)]
    for other in arrays[1:]:
        if nd.shape != other.shape or (other is not nd and np.may_share_memory(nd, other)):
            return False
    contiguous = all(a.flags.c_contiguous for a in arrays)
    if not contiguous and _overlaps(nd):
        return False
    recording = _recorder()(function, len(arrays))
    if recording is None:
        return False
    if contiguous:
        recording.run([a.reshape(-1) for a in arrays])
    elif recording.cells:  # the order counts
        arrays = [a.flatten() for a in arrays]
        recording.run(arrays)
        nd[...] = arrays[0].reshape(nd.shape)
    else:  # along the memory
        order = sorted(range(nd.ndim), key=nd.strides.__getitem__, reverse=True)
        recording.run([a.transpose(order) for a in arrays])
    return True


def _each(self: Any, function: Callable[..., Any], *others: Any) -> Any:
    """Call the function for each element and those of the other tensors at the same place; each
    is read when its turn comes."""
    elements = _elements(self.nd)
    direct = self.nd.dtype.kind == "f"  # a float result is stored as it is
    if others:
        for i, values in enumerate(zip(elements, *others)):
            value = function(*values)
            if direct and value.__class__ is float:
                elements[i] = value
            elif value is not None and value is not NOTHING:
                _store(elements, i, first(value), self)
        return self
    for i, x in enumerate(elements):
        value = function(x)
        if direct and value.__class__ is float:
            elements[i] = value
        elif value is not None and value is not NOTHING:
            _store(elements, i, first(value), self)
    return self


def apply(self: Any = NONE, func: Any = NONE, *_: Any) -> Any:
    """Replace each element x by `func(x)`; where that is nil, x stays. Returns self.

    >>> torch.range(1, 3).apply(lambda x: x * 2)
    """
    _check_function(func)
    return self if _at_once(self, func) else _each(self, func)


def map(self: Any = NONE, source: Any = NONE, func: Any = NONE, *_: Any) -> Any:
    """Replace each element x by `func(x, y)`, y from another tensor with as many elements. Returns
    self."""
    other = _check_source(source, self, 2)
    _check_function(func)
    return self if _at_once(self, func, source) else _each(self, func, other)


def map2(
    self: Any = NONE, source1: Any = NONE, source2: Any = NONE, func: Any = NONE, *_: Any
) -> Any:
    """Replace each element x by `func(x, y, z)`, y and z from two other tensors. Returns self."""
    second, third = _check_source(source1, self, 2), _check_source(source2, self, 3)
    _check_function(func)
    if _at_once(self, func, source1, source2):
        return self
    return _each(self, func, second, third)


for _function in (apply, map, map2):
    setattr(Tensor, _function.__name__, _function)
