"""What stands between the brackets of a tensor in Python beyond Lua's keys: `x[1:3]`, `m[:, 2]`,
`x[..., 1]`, `x[None]`, `x[[1, 3]]`.

Positions count from 1 as everywhere in Torch, negative ones from the end, and a range includes both
its ends: `x[1:3]` is `x.sub(1, 3)`. A slice that ends beyond the last position ends there.
"""

from __future__ import annotations

from operator import index
from types import EllipsisType
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.lua.errors import PositionError

from .memory import Memory, copy_into, new_over, own_storage
from .types import lua_number, to_number

KEYS = (slice, tuple, list, EllipsisType)  # of these classes are no values of Lua's


def read(tensor: Any, key: Any) -> Any:
    """An element as a number, a view, or for lists of positions a copy."""
    nd = tensor.nd
    if isinstance(key, np.ndarray) and key.dtype == np.bool_ and key.shape == nd.shape:
        return new_over(type(tensor), nd[key])
    where, picks = array_key(nd, key)
    found = nd[where]
    if not isinstance(found, np.ndarray):
        return lua_number(found)
    if picks:
        return new_over(type(tensor), found)
    if not found.ndim:
        return lua_number(found[()])
    return new_over(type(tensor), found, own_storage(tensor))


def write(tensor: Any, key: Any, value: Any) -> None:
    """Store a number, or the elements of a tensor, array or list, in the part that a key names."""
    nd = tensor.nd
    where: Any = key
    picks = isinstance(key, np.ndarray) and key.dtype == np.bool_ and key.shape == nd.shape
    if not picks:
        where, picks = array_key(nd, key)
    if isinstance(value, Memory) and not picks:
        view = nd[where]
        if isinstance(view, np.ndarray) and view.ndim:
            copy_into(new_over(type(tensor), view), value)
            return
    given = np.asarray(value.nd if isinstance(value, Memory) else value)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"numbers expected, got {type(value).__name__}")
    try:
        nd[where] = given.astype(nd.dtype)
    except ValueError as error:
        raise TorchError(str(error)) from None


def array_key(nd: Any, key: Any) -> tuple[tuple[Any, ...], bool]:
    """The NumPy key that means the same, and whether it picks positions from lists."""
    parts = list(key) if isinstance(key, tuple) else [key]
    shape = nd.shape if nd.size else ()
    named = sum(part is not None and part is not Ellipsis for part in parts)
    if named > len(shape):
        raise PositionError(f"{named} positions given for a tensor of {len(shape)} dimensions")
    if sum(part is Ellipsis for part in parts) > 1:
        raise PositionError("'...' can stand once between the brackets")
    out: list[Any] = []
    dim, picks = 0, False
    for part in parts:
        if part is None:
            out.append(None)
        elif part is Ellipsis:
            skipped = len(shape) - named
            out += [slice(None)] * skipped
            dim += skipped
        else:
            place, size = array_part(part, shape[dim]), shape[dim]
            picks = picks or isinstance(place, list)
            out.append(place if size else slice(None))
            dim += 1
    return tuple(out), picks


def array_part(part: Any, n: int) -> Any:
    """What stands for one dimension of `n` entries."""
    if isinstance(part, slice):
        return _slice(part, n)
    if isinstance(part, tuple):
        if len(part) > 2:
            raise PositionError(f"a range has two ends, {part} has {len(part)}")
        return _range(*part, n=n)
    if isinstance(part, (list, np.ndarray)) or (isinstance(part, Memory) and part.nd.ndim == 1):
        given = np.asarray(part.nd if isinstance(part, Memory) else part)
        if given.dtype == np.bool_ and given.shape == (n,):
            return np.flatnonzero(given).tolist()
        return [position(p, n) for p in given.tolist()]
    return position(part, n)


def position(given: Any, n: int) -> int:
    """A position as NumPy counts it."""
    try:
        p = given if given.__class__ is int else index(given)
    except TypeError:
        number = to_number(given)
        if number is None or isinstance(given, str):
            raise TypeError(
                "a position (a whole number), a slice or '...' expected between the brackets, "
                f"got {type(given).__name__}"
            ) from None
        p = int(number)
    if isinstance(given, bool) or not (1 <= p <= n or -n <= p <= -1):
        raise out_of_range(given, n)
    return p - 1 if p > 0 else p + n


def out_of_range(given: Any, n: int, value: Any = None) -> PositionError:
    """The error for a position that a dimension of `n` entries does not have; `value` is what Lua
    says."""
    if not n:
        return PositionError(f"position {given} is out of range: an empty tensor has none", value)
    return PositionError(
        f"position {given} is out of range: positions count from 1 to {n}, "
        f"or from -1 back to {-n} from the end",
        value,
    )


def _slice(part: slice, n: int) -> slice:
    step = 1 if part.step is None else index(part.step)
    if step < 1:
        raise PositionError(f"a slice goes forward: its step must be positive, not {step}")
    first = 0 if part.start is None else position(part.start, n)
    stop = n if part.stop is None else index(part.stop)
    last = n - 1 if stop >= n else position(stop, n)
    if last < first:
        raise PositionError(f"the slice {text_of(part)} is empty: a slice includes both its ends")
    return slice(first, last + 1, step)


def text_of(part: slice) -> str:
    """A slice as it is written."""
    ends = [part.start, part.stop] if part.step is None else [part.start, part.stop, part.step]
    return ":".join("" if end is None else str(end) for end in ends)


def _range(first: Any = None, last: Any = None, *, n: int) -> slice:
    """`(a, b)`, as Lua's `{a, b}`: one end is one entry, none are all."""
    if first is None:
        return slice(None)
    start = position(first, n)
    end = start if last is None else position(last, n)
    if end < start:
        raise PositionError(f"the range ({first}, {last}) ends before it begins")
    return slice(start, end + 1)
