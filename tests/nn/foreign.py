"""An array that is not in this computer's memory, as a kernel sees it: a stand-in for a card's.

What it can do, it does by NumPy's protocols (`__array_ufunc__`, `__array_function__`), by the methods
and the operators that CuPy's arrays have, too. It never becomes a plain array, nor works with one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

METHODS = """
    item tolist
    all any argmax argmin argsort astype clip copy cumsum dot fill flatten max mean min nonzero prod
    ravel repeat reshape round sort squeeze sum take transpose view""".split()
FIELDS = "dtype itemsize nbytes ndim shape size".split()


USED: set[str] = set()  # what of NumPy's was called on foreign arrays: `add`, `add.at`, `.astype` …


class Refused(TypeError):
    """An array of the computer's memory where only the card's are known."""


class Flags:
    """What is known of the layout: CuPy's flags, which are fewer than NumPy's."""

    def __init__(self, flags: Any) -> None:
        self.c_contiguous, self.f_contiguous = flags.c_contiguous, flags.f_contiguous


class Foreign(np.lib.mixins.NDArrayOperatorsMixin):
    """Numbers that only this class can reach, in `held`."""

    def __init__(self, held: Any) -> None:
        self.held: np.ndarray = np.asarray(held)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise Refused("a plain array is made of the card's")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        USED.add(ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}")
        result = getattr(ufunc, method)(*inside(args), **inside(kwargs))
        out = kwargs.get("out")
        return outside(result) if out is None else out[0] if len(out) == 1 else out

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        USED.add(function.__name__)
        return outside(function(*inside(args), **inside(kwargs)))

    def __getattr__(self, name: str) -> Any:
        if name not in METHODS:
            raise AttributeError(f"the card's arrays are not known to have {name!r}")
        USED.add(f".{name}")
        method = getattr(self.held, name)
        return lambda *args, **kwargs: outside(method(*inside(args), **inside(kwargs)))

    def __getitem__(self, place: Any) -> Foreign:
        return Foreign(self.held[inside(place)])

    def __setitem__(self, place: Any, value: Any) -> None:
        self.held[inside(place)] = inside(value)

    def __len__(self) -> int:
        return len(self.held)

    def __bool__(self) -> bool:
        return bool(self.held)

    def __int__(self) -> int:
        return int(self.held)

    def __float__(self) -> float:
        return float(self.held)

    def __index__(self) -> int:
        return self.held.__index__()

    flags = property(lambda self: Flags(self.held.flags))
    flat = property(lambda self: self.reshape(-1))
    T = property(lambda self: Foreign(self.held.T))


for field in FIELDS:
    setattr(Foreign, field, property(lambda self, field=field: getattr(self.held, field)))


def inside(value: Any) -> Any:
    """What a call gets, with the numbers of foreign arrays; plain arrays are refused, 0-dimensional
    ones too, as CuPy does. Numbers and NumPy's scalars pass."""
    if isinstance(value, Foreign):
        return value.held
    if isinstance(value, np.ndarray):
        raise Refused(f"a plain array of {value.ndim} dimensions meets the card's")
    if isinstance(value, (tuple, list)):
        return type(value)(inside(v) for v in value)
    if isinstance(value, dict):
        return {k: inside(v) for k, v in value.items()}
    return value


def outside(value: Any) -> Any:
    """The same backwards: what NumPy gives is foreign again, scalars as arrays of no dimension."""
    if isinstance(value, (np.ndarray, np.generic)):
        return Foreign(value)
    if isinstance(value, (tuple, list)):
        return type(value)(outside(v) for v in value)
    return value


def moved(value: Any, to: Any) -> Any:
    """A copy of nested arguments whose arrays are made by `to`: `Foreign`, or `np.asarray`."""
    if isinstance(value, np.ndarray):
        copy = np.empty(value.shape, value.dtype)
        copy[...] = value
        return to(copy)
    if isinstance(value, (tuple, list)):
        return type(value)(moved(v, to) for v in value)
    if isinstance(value, dict):
        return {k: moved(v, to) for k, v in value.items()}
    return value
