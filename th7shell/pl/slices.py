"""What of `pl.tablex` works on parts of lists. Negative places count from the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua.runtime import for_range
from th7shell.lua.stdlib.table import remove

from .comparing import need
from .values import check, index, length, like, new_table, offer, set_index, span

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS, "_normalize_slice")
def normalize_slice(t: Any = None, start: Any = None, end: Any = None, *_: Any) -> Any:
    """The places of a slice, counted from the start."""
    return span(t, start, end)


@offer(FUNCTIONS)
def sub(t: Any = None, start: Any = None, end: Any = None, *_: Any) -> Any:
    """The list t[start] … t[end]."""
    need(1, t, "indexable")
    start, end = span(t, start, end)
    found = (index(t, i) for i in range(start, end + 1))
    return like(new_table(value for value in found if value is not None), t, "List")


@offer(FUNCTIONS)
def icopy(
    target: Any = None,
    source: Any = None,
    at: Any = None,
    start: Any = None,
    n: Any = None,
    *_: Any,
) -> Any:
    """Copy n values (default: all) from a place of a list to a place of another, and cut that off
    behind them."""
    return _moved(target, source, at, start, n, True)


@offer(FUNCTIONS)
def move(
    target: Any = None,
    source: Any = None,
    at: Any = None,
    start: Any = None,
    n: Any = None,
    *_: Any,
) -> Any:
    """Copy n values (default: all) from a place of a list to a place of another."""
    return _moved(target, source, at, start, n, False)


def _moved(target: Any, source: Any, at: Any, start: Any, n: Any, cut: bool) -> Any:
    need(1, target, "indexable")
    need(2, source, "indexable")
    at = 1 if at is None else int(at)
    start = 1 if start is None else int(start)
    end = length(source)
    if n is not None:
        end = start + min(int(n) - 1, end - start)
    values = [index(source, i) for i in range(start, end + 1)]
    for i, value in enumerate(values, at):
        set_index(target, i, value)
    if cut:
        clear(target, at + len(values))
    return target


@offer(FUNCTIONS)
def clear(t: Any = None, start: Any = None, *_: Any) -> Any:
    """Remove the values of a list, from a place on."""
    for _i in for_range(1 if start is None else start, length(t)):
        remove(t)
    return ()


@offer(FUNCTIONS)
def insertvalues(t: Any = None, *more: Any) -> Any:
    """Insert the values of a list into another, at its end or at a place:
    `insertvalues(t, [at,] values)`."""
    check(1, t, "table")
    at, values = (length(t) + 1, *more) if len(more) == 1 else (*more, None, None)[:2]
    new = [index(values, i) for i in range(1, length(values) + 1)]
    if new:
        for i in range(length(t), int(at) - 1, -1):
            set_index(t, i + len(new), index(t, i))
        for i, value in enumerate(new, int(at)):
            set_index(t, i, value)
    return t


@offer(FUNCTIONS)
def removevalues(t: Any = None, start: Any = None, end: Any = None, *_: Any) -> Any:
    """Remove t[start] … t[end] from a list; give it."""
    check(1, t, "table")
    start, end = span(t, start, end)
    for _i in range(start, end + 1):
        remove(t, start)
    return t
