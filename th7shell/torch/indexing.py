"""Element and slice access: `t[i]`, `t[{i, j}]`, `t[{{a, b}, {}, k}]`, `t[LongStorage]`, `t[mask]`,
and assignment.

Positions count from 1, negative ones from the end. Elements are Lua numbers. A vector that is
asked for several has an array part (`elements`), where compiled code reads and writes them itself.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import numpy as np

from th7shell.lua import LuaError, Table, TorchError, attr
from th7shell.lua.callers import from_python

from . import python_keys
from .classes import typename
from .elements import COLD, PLAIN, Count, warm
from .keys import element_index, element_of, plain_index, position, slices_of
from .memory import Memory, copy_into, new_over, own_storage
from .storage import STORAGES, fill_array
from .types import (
    EXACT,
    element,
    expected_kind,
    index_error,
    integer,
    lua_number,
    number,
    placeless,
    to_number,
)

LongStorage = STORAGES["Long"]
PYTHONS = frozenset(python_keys.KEYS)
ARRAYS = frozenset({np.ndarray, list, tuple})

_new = object.__new__
ndarray = np.ndarray


class Indexing:
    """`__getitem__` and `__setitem__` with Lua's meaning."""

    __slots__ = ()
    nd: Any
    ħarray: Any
    ħstore: Any
    _storage: Any

    def __getitem__(self, key: Any) -> Any:
        if key.__class__ is int and key > 0:
            array = self.ħarray
            if array and key < len(array):
                return array[key]
            nd = self.nd
            if nd.ndim == 1:
                try:
                    value = nd.item(key - 1)
                except IndexError:
                    where = (2, "out of range") if nd.size else (1, "empty tensor")
                    raise _for_caller(self, key, index_error(*where)) from None
                if (following := array.following) is not None:
                    self.ħarray = following
                else:
                    warm(self)
                if value.__class__ is int and not -EXACT <= value <= EXACT:
                    return float(value)
                return value
            try:
                row = nd[key - 1]
            except IndexError:
                raise _for_caller(self, key, index_error(2, "out of range")) from None
            view: Any = _new(self.__class__)
            view.nd = row
            storage = self._storage
            if storage is None:
                storage = own_storage(self)
            view._storage = storage
            storage._only = None
            view.ħarray = view.ħstore = COLD
            return view
        if key.__class__ is Table:
            try:
                return _get_parts(self, key)
            except LuaError as error:
                raise placeless(error) from None
        if key.__class__ in PYTHONS:
            return python_keys.read(self, key)
        try:
            found = _get(self, key)
        except LuaError as error:
            raise _for_caller(self, key, placeless(error)) from None
        if found is None and from_python():
            return python_keys.read(self, key)
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        if key.__class__ is int and key > 0:
            nd = self.nd
            if nd.ndim == 1 and (value.__class__ is float or value.__class__ is int):
                array = self.ħstore
                if not array:
                    counted = self.ħarray
                    if counted.__class__ is Count and counted.following is not None:
                        self.ħarray = counted.following
                    else:
                        warm(self)
                elif key < len(array):
                    try:
                        array[key] = value
                        return
                    except (OverflowError, TypeError, ValueError):
                        self.ħstore = COLD  # fractions for whole numbers may come again
                try:
                    nd[key - 1] = value
                    return
                except (IndexError, OverflowError, ValueError):
                    pass
        if isinstance(value, np.generic):  # a number of NumPy's, in a program in Python
            value = value.item()
        if key.__class__ in PYTHONS or (value.__class__ in ARRAYS and not isinstance(key, Table)):
            python_keys.write(self, key, value)
            return
        try:
            known = _set(self, key, value)
        except LuaError as error:
            raise _for_caller(self, key, placeless(error)) from None
        if not known and from_python():
            python_keys.write(self, key, value)
        elif not known:
            raise TorchError(f"the class {typename(self)} cannot be indexed")

    def ħread_parts(self, parts: tuple[Any, ...]) -> Any:
        """`self[{i, {a, b}, {}}]` of the same as tuples; None where a table must tell: of errors,
        and of what else may be written."""
        if self.__class__.__getitem__ is not _READ:
            return None
        try:
            nd = self.nd
        except LuaError as error:
            raise placeless(error) from None
        where = plain_index(nd, parts)
        if where is None:
            return None
        part = nd[where]
        if part.__class__ is not ndarray:
            warm(self)
            return lua_number(part)
        view: Any = _new(self.__class__)
        view.nd = part
        storage = self._storage
        if storage is None:
            storage = own_storage(self)
        view._storage = storage
        storage._only = None
        view.ħarray = view.ħstore = COLD
        return view

    def ħwrite_parts(self, parts: tuple[Any, ...], value: Any) -> bool:
        """Store at such a key; False where a table must tell."""
        if self.__class__.__setitem__ is not _WRITE:
            return False
        is_number = value.__class__ is float or value.__class__ is int
        if not is_number and not isinstance(value, Memory):
            return False
        try:
            nd = self.nd
            where = plain_index(nd, parts)
            if where is None:
                return False
            part = nd[where]
            if part.__class__ is ndarray:
                _assign(self, part, value)
            elif is_number:
                _set_element(self, where, value)
            else:
                return False
        except LuaError as error:
            raise placeless(error) from None
        return True

    def __iter__(self) -> Any:
        for i in range(1, self.nd.shape[0] + 1 if self.nd.size else 1):
            yield self[i]


_READ, _WRITE = Indexing.__getitem__, Indexing.__setitem__
PLAIN |= {_READ, _WRITE}


def _for_caller(tensor: Any, key: Any, error: LuaError) -> LuaError:
    """The error of a number that is no position: programs in Python are told which there are."""
    if key.__class__ is not int or not from_python(2):
        return error
    n = tensor.nd.shape[0] if tensor.nd.size else 0
    if 1 <= key <= n or -n <= key <= -1:
        return error  # the value was wrong
    return python_keys.out_of_range(key, n, error.value)


def _get(tensor: Any, key: Any) -> Any:
    nd = tensor.nd
    if key.__class__ is int or to_number(key) is not None:
        key = integer(key, 2)
        if not nd.size:
            raise index_error(1, "empty tensor")
        key = position(key, nd.shape[0], "out of range")
        if nd.ndim == 1:
            return lua_number(nd[key])
        return new_over(type(tensor), nd[key], own_storage(tensor))
    if isinstance(key, LongStorage):
        return lua_number(nd[element_index(nd, key)])
    if isinstance(key, Table):
        return _get_parts(tensor, key)
    if (mask := _mask(tensor, key)) is not None:
        if nd.dtype.char == "e":
            raise TorchError("ByteTensor based indexing not yet supported with half type")
        return tensor.maskedSelect(mask)
    if key.__class__ is str:
        value = getattr(tensor, attr(key), None)
        return value.__func__ if value.__class__ is MethodType else value
    return None


def _of_type(tensor: Any, cls: Any) -> Any:
    return tensor.type(cls.__typename)


def _mask(tensor: Any, key: Any) -> Any:
    """The key as a mask, or None. A CUDA tensor may also have one of its own type, or a CPU's."""
    if isinstance(key, Memory) and key.nd.dtype.char == "B":
        own = tensor.kin["Byte"]
        return key if type(key) is own or not tensor.element_type.prefix else _of_type(key, own)
    if type(key) is type(tensor) and key.element_type.prefix:
        return _of_type(key, key.kin["Byte"])
    return None


def _get_parts(tensor: Any, key: Table) -> Any:
    """`t[{…}]`: an element if all dimensions have a position, else a view."""
    nd = tensor.nd
    where = element_of(nd, key)
    if where is None:
        return new_over(tensor.__class__, nd[slices_of(nd, key)], own_storage(tensor))
    try:
        value = nd.item(where)
    except IndexError:
        raise index_error(2, "index out of bound") from None
    warm(tensor)
    if value.__class__ is int and not -EXACT <= value <= EXACT:
        return float(value)
    return value


def _set(tensor: Any, key: Any, value: Any) -> bool:
    """Store at any kind of key; tell whether it is one."""
    nd = tensor.nd
    if key.__class__ is Table:
        _set_parts(tensor, key, value)
        return True
    if key.__class__ is int or to_number(key) is not None:
        key = integer(key, 2)
        if not nd.size:
            raise index_error(1, "empty tensor")
        if to_number(value) is not None and nd.ndim == 1:
            _store(nd, position(key, nd.shape[0], "out of range"), value)
            return True
        if to_number(value) is None and not isinstance(value, Memory):
            raise expected_kind(value, 3, "torch.*Tensor")
        key = key - 1 if key > 0 else key + nd.shape[0]
        if not 0 <= key < nd.shape[0]:
            raise index_error(3, "out of range")
        _assign(tensor, nd[key : key + 1], value)
    elif isinstance(key, LongStorage):
        value = number(value, 3)
        _store(nd, element_index(nd, key), value)
    elif isinstance(key, Table):
        _set_parts(tensor, key, value)
    elif (mask := _mask(tensor, key)) is not None:
        if nd.dtype.char == "e":
            raise TorchError("ByteTensor indexing not yet supported with half types")
        if to_number(value) is not None:
            tensor.maskedFill(mask, to_number(value))
        elif type(value) is type(tensor):
            tensor.maskedCopy(mask, value)
        else:
            raise TorchError(f"number or torch.{type(tensor).__name__} expected")
    else:
        return False
    return True


def _set_parts(tensor: Any, key: Table, value: Any) -> None:
    """`t[{…}] = v`: an element, or the part of the tensor that the key names."""
    nd = tensor.nd
    where = element_of(nd, key)
    if where is not None:
        _set_element(tensor, where, number(value, 3))
        return
    view = nd[slices_of(nd, key)]
    if to_number(value) is None and not isinstance(value, Memory):
        raise expected_kind(value, 3, "torch.*Tensor")
    _assign(tensor, view, value)


def _set_element(tensor: Any, where: Any, value: Any) -> None:
    try:
        _store(tensor.nd, where, value)
    except IndexError:
        raise index_error(2, "index out of bound") from None
    if tensor.ħstore is COLD:
        warm(tensor)
    else:
        tensor.ħstore = COLD  # it has refused the value, and others may come


def _store(nd: Any, where: Any, value: Any) -> None:
    if value.__class__ is str:
        value = to_number(value)
    try:
        nd[where] = value
    except (OverflowError, ValueError):
        nd[where] = element(value, nd.dtype)


def _assign(tensor: Any, view: Any, value: Any) -> None:
    scalar = to_number(value)
    if scalar is not None:
        fill_array(view, scalar)
    else:
        copy_into(new_over(type(tensor), view), value)
