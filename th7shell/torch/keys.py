"""Lua's keys of tensors as NumPy indices: `{i, j}`, `{{a, b}, {}, k}`, a LongStorage.

Positions count from 1, negative ones from the end; ranges include both ends.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, rawget, rawlen
from th7shell.lua.values import others

from .types import index_error, integer, to_number


def position(key: int, size: int, text: str) -> int:
    key -= 1
    if key < 0:
        key += size + 1
    if not 0 <= key < size:
        raise index_error(2, text)
    return key


def element_index(nd: Any, key: Any) -> tuple[int, ...]:
    positions = key.nd.tolist()
    if len(positions) != (nd.ndim if nd.size else 0):
        raise index_error(2, "invalid size")
    if not positions:
        raise index_error(1, "empty tensor")
    return tuple(position(p, n, "index out of bound") for p, n in zip(positions, nd.shape))


def element_of(nd: Any, key: Table) -> tuple[int, ...] | None:
    """The NumPy index of `{i, j}` if it names one element, with negative positions as they are."""
    parts = key.ħarray
    ndim = nd.ndim
    if len(parts) != ndim + 1:
        if parts[-1] is not None or rawlen(key) != ndim:
            return None
        parts = parts[: ndim + 1]  # the list once was longer
    if ndim == 2:
        _, i, j = parts
        if i.__class__ is Table or j.__class__ is Table:
            return None
        if i.__class__ is int is j.__class__ and i > 0 < j and nd.size:
            return i - 1, j - 1
    where = []
    for part in parts[1:]:
        if part.__class__ is not int:
            if isinstance(part, Table) or to_number(part) is None:
                return None
            part = integer(part, 2)
        where.append(part - 1 if part > 0 else part or _OUTSIDE)
    return tuple(where) if nd.size else None


_OUTSIDE = 2**62  # position 0 names no element


def slices_of(nd: Any, key: Table) -> Any:
    """The NumPy index for `{i, {a, b}, {}}`: reading stops at the first entry that is neither
    number nor table."""
    given, shape = key.ħarray, nd.shape
    count = len(given)
    if count > len(shape) + 1 or not nd.size:
        if rawlen(key) > (len(shape) if nd.size else 0):
            raise index_error(2, "too many indices provided")
    parts: list[Any] = []
    place = 0
    for n in shape:  # each with its part: in less time than by `zip`
        place += 1
        if place == count:
            break
        part = given[place]
        if part.__class__ is Table:
            ends = part.ħarray
            if len(ends) == 1 and 2 not in others(part):
                parts.append(_ALL)
                continue
            if len(ends) == 3:
                _, first, last = ends
                if first.__class__ is int is last.__class__ and 0 < first <= last <= n:
                    parts.append(slice(first - 1, last))
                    continue
            parts.append(_range(part, n))
        elif part.__class__ is int:
            parts.append(position(part, n, "index out of bound"))
        elif isinstance(part, Table):
            parts.append(_range(part, n))
        elif to_number(part) is not None:
            parts.append(position(integer(part, 2), n, "index out of bound"))
        else:
            break
    if len(parts) > 1 and parts[-1] is _ALL:
        del parts[-1]  # NumPy takes all of a dimension that is not named, sooner
    return parts[0] if len(parts) == 1 else tuple(parts)


_ALL = slice(None)


def plain_index(nd: Any, parts: tuple[Any, ...]) -> Any:
    """The NumPy index for the same as a tuple, `(i, (a, b), ())`, if it is written in whole numbers
    that lie inside; else None. All dimensions may have a number."""
    shape = nd.shape
    if len(parts) == 2 == len(shape):  # a matrix, in less time than by the general way
        first, second = parts
        rows, columns = shape
        along = _plain_part(first, rows)
        if along is None or (second.__class__ is tuple and not second):
            return along
        across = _plain_part(second, columns)
        return None if across is None else (along, across)
    if len(parts) > len(shape):
        return None
    where: list[Any] = []
    place = 0
    for part in parts:
        along = _plain_part(part, shape[place])
        if along is None:
            return None
        where.append(along)
        place += 1
    if along is _ALL and place > 1:
        del where[-1]  # NumPy takes all of a dimension that is not named, sooner
    return where[0] if len(where) == 1 else tuple(where)


def _plain_part(part: Any, n: int) -> Any:
    if part.__class__ is int:
        if not 0 < part <= n:
            part += n + 1  # it counts from the end
            if not 0 < part <= n:
                return None
        return part - 1
    if part.__class__ is not tuple:
        return None
    if not part:
        return _ALL if n else None  # what has no elements has one dimension here
    first, last = part if len(part) == 2 else part * 2
    if not first.__class__ is int is last.__class__:
        return None
    if not 0 < first <= last <= n:
        first += n + 1 if first < 0 else 0
        last += n + 1 if last < 0 else 0
        if not 0 < first <= last <= n:
            return None
    return slice(first - 1, last)


def _range(part: Table, n: int) -> slice:
    """`{a, b}` as a slice; `{a}` is one entry, `{}` all."""
    first, last = rawget(part, 1), rawget(part, 2)
    start, end = 0, n - 1
    if first.__class__ is int:
        start = end = first - 1
    elif to_number(first) is not None:
        start = end = integer(first, 2) - 1
    if start < 0:
        start += n + 1
    if not 0 <= start < n:
        raise index_error(2, "start index out of bound")
    if last.__class__ is int:
        end = last - 1
    elif to_number(last) is not None:
        end = integer(last, 2) - 1
    if end < 0:
        end += n + 1
    if not 0 <= end < n:
        raise index_error(2, "end index out of bound")
    if end < start:
        raise index_error(2, "end index must be greater or equal to start index")
    return slice(start, end + 1)
