"""Element and slice access: `t[i]`, `t[{i, j}]`, `t[{{a, b}, {}, k}]`, `t[LongStorage]`, `t[mask]`,
and assignment.

Positions count from 1, negative ones from the end. Elements are Lua numbers. A first read of a
vector goes through `item`; from the second on a memoryview of it is kept, which is faster.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import BadArgument, Table, TorchError, length, rawget

from .memory import Memory, copy_into, new_over, own_storage
from .storage import STORAGES, fill_array
from .types import (
    element,
    expected_kind,
    integer,
    lua_number,
    number,
    to_number,
)

LongStorage = STORAGES["Long"]


class Indexing:
    """`__getitem__` and `__setitem__` with Lua's meaning."""

    __slots__ = ()
    nd: Any
    _fast: Any

    def __getitem__(self, key: Any) -> Any:
        if key.__class__ is int and key > 0:
            fast = self._fast
            if fast is None:
                nd = self.nd
                if nd.ndim == 1:
                    return _first_read(self, key)
                if key <= nd.shape[0]:
                    return new_over(self.__class__, nd[key - 1], self._storage or own_storage(self))
            elif fast is not True:
                try:
                    return fast[key - 1]
                except IndexError:
                    raise BadArgument(2, "out of range") from None
        return _get(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if (
            key.__class__ is int
            and key > 0
            and (value.__class__ is float or value.__class__ is int)
        ):
            nd = self.nd
            if nd.ndim == 1:
                try:
                    nd[key - 1] = value
                    return
                except (IndexError, OverflowError, ValueError):
                    pass
        _set(self, key, value)

    def __iter__(self) -> Any:
        for i in range(1, self.nd.shape[0] + 1 if self.nd.size else 1):
            yield self[i]


def _first_read(tensor: Any, key: int) -> Any:
    nd = tensor.nd
    if key > nd.shape[0]:
        raise BadArgument(*((2, "out of range") if nd.size else (1, "empty tensor")))
    tensor._fast = True
    return lua_number(nd[key - 1])


def _position(key: int, size: int, text: str) -> int:
    key -= 1
    if key < 0:
        key += size + 1
    if not 0 <= key < size:
        raise BadArgument(2, text)
    return key


def _get(tensor: Any, key: Any) -> Any:
    nd = tensor.nd
    if key.__class__ is int or to_number(key) is not None:
        key = integer(key, 2)
        if not nd.size:
            raise BadArgument(1, "empty tensor")
        key = _position(key, nd.shape[0], "out of range")
        if nd.ndim == 1:
            if tensor._fast is True and nd.dtype.char in "dfBbhi" and nd.flags.c_contiguous:
                tensor._fast = memoryview(nd)
            return lua_number(nd[key])
        return new_over(type(tensor), nd[key], own_storage(tensor))
    if isinstance(key, LongStorage):
        return lua_number(nd[_element_key(nd, key)])
    if isinstance(key, Table):
        result = nd[_slices(nd, key)]
        if result.ndim == 0:
            return lua_number(result)
        return new_over(type(tensor), result, own_storage(tensor))
    if isinstance(key, (tuple, list)):
        return _get(tensor, _lua_key(key))
    if isinstance(key, Memory) and key.nd.dtype.char == "B":
        return tensor.maskedSelect(key)
    return getattr(tensor, key, None) if isinstance(key, str) else None


def _set(tensor: Any, key: Any, value: Any) -> None:
    nd = tensor.nd
    if key.__class__ is int or to_number(key) is not None:
        key = integer(key, 2)
        if not nd.size:
            raise BadArgument(1, "empty tensor")
        if to_number(value) is not None and nd.ndim == 1:
            _store(nd, _position(key, nd.shape[0], "out of range"), value)
            return
        if to_number(value) is None and not isinstance(value, Memory):
            raise expected_kind(value, 3, "torch.*Tensor")
        key = key - 1 if key > 0 else key + nd.shape[0]
        if not 0 <= key < nd.shape[0]:
            raise BadArgument(3, "out of range")
        _assign(tensor, nd[key : key + 1], value)
    elif isinstance(key, LongStorage):
        value = number(value, 3)
        _store(nd, _element_key(nd, key), value)
    elif isinstance(key, Table):
        where = _slices(nd, key)
        if all(part.__class__ is int for part in where) and len(where) == nd.ndim:
            _store(nd, where, number(value, 3))
        else:
            if to_number(value) is None and not isinstance(value, Memory):
                raise expected_kind(value, 3, "torch.*Tensor")
            _assign(tensor, nd[where], value)
    elif isinstance(key, (tuple, list)):
        _set(tensor, _lua_key(key), value)
    elif isinstance(key, Memory) and key.nd.dtype.char == "B":
        if to_number(value) is not None:
            tensor.maskedFill(key, to_number(value))
        elif type(value) is type(tensor):
            tensor.maskedCopy(key, value)
        else:
            raise TorchError(f"number or torch.{type(tensor).__name__} expected")
    else:
        raise TorchError(f"the class torch.{type(tensor).__name__} cannot be indexed")


def _store(nd: Any, where: Any, value: Any) -> None:
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


def _element_key(nd: Any, key: Any) -> tuple[int, ...]:
    positions = key.nd.tolist()
    if len(positions) != (nd.ndim if nd.size else 0):
        raise BadArgument(2, "invalid size")
    return tuple(_position(p, n, "index out of bound") for p, n in zip(positions, nd.shape))


def _slices(nd: Any, key: Table) -> tuple[Any, ...]:
    """The NumPy index for `{i, {a, b}, {}}`: reading stops at the first entry that is neither
    number nor table."""
    ndim = nd.ndim if nd.size else 0
    if length(key) > ndim:
        raise BadArgument(2, "too many indices provided")
    parts: list[Any] = []
    for d in range(ndim):
        part = rawget(key, d + 1)
        n = nd.shape[d]
        if part.__class__ is int:
            parts.append(_position(part, n, "index out of bound"))
        elif isinstance(part, Table):
            parts.append(_range(rawget(part, 1), rawget(part, 2), n))
        elif to_number(part) is not None:
            parts.append(_position(integer(part, 2), n, "index out of bound"))
        else:
            break
    return tuple(parts)


def _range(first: Any, last: Any, n: int) -> slice:
    start, end = 0, n - 1
    if to_number(first) is not None:
        start = end = integer(first, 2) - 1
    start += n + 1 if start < 0 else 0
    if not 0 <= start < n:
        raise BadArgument(2, "start index out of bound")
    if to_number(last) is not None:
        end = integer(last, 2) - 1
    end += n + 1 if end < 0 else 0
    if not 0 <= end < n:
        raise BadArgument(2, "end index out of bound")
    if end < start:
        raise BadArgument(2, "end index must be greater or equal to start index")
    return slice(start, end + 1)


def _lua_key(key: Any) -> Table:
    """Python's `t[2, (1, 3)]` as Lua's `t[{2, {1, 3}}]`; a full slice `:` is `{}`."""
    from th7shell.lua import new_table

    parts: list[Any] = []
    for part in key:
        if isinstance(part, slice):
            if part != slice(None):
                raise TorchError("ranges are written (first, last), both counted")
            part = new_table()
        elif isinstance(part, (tuple, list)):
            part = new_table(part)
        parts.append(part)
    return new_table(parts)
