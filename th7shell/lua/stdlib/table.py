"""The table library. It works on the raw table, without metamethods, as the original does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..iteration import live_items
from ..runtime import less_than
from ..values import Table, first, items, length, lua_type, new_table, number_text, rawget, rawset
from .arguments import (
    MAX_RESULTS,
    NONE,
    LibraryError,
    check_function,
    check_integer,
    check_table,
    opt_integer,
    opt_string,
)


def insert(*arguments: Any) -> tuple[()]:
    """Append a value to a list, or insert it at a position: `table.insert(t, v)`, `table.insert(t,
    1, v)`."""
    if len(arguments) == 2:
        t, value = arguments
        if t.__class__ is Table and value is not None:
            a = t.ħarray
            if a[-1] is not None and a.__class__ is list:  # it ends with its last element
                a.append(value)
                return ()
    t = check_table(1, arguments[0] if arguments else NONE)
    if len(arguments) == 2:
        value = arguments[1]
        n = length(t)
        a = t.ħarray
        if len(a) == n + 1 and value is not None and a.__class__ is list:
            a.append(value)
        else:
            rawset(t, n + 1, value)
        return ()
    if len(arguments) != 3:
        raise LibraryError("wrong number of arguments to 'insert'")
    end = length(t) + 1
    position, value = check_integer(2, arguments[1]), arguments[2]
    a = t.ħarray
    if 1 <= position < end and a.__class__ is list:
        if end < len(a):  # what stands behind the list's end stays where it is
            del a[end]
        a.insert(position, value)
        return ()
    low = max(position, 1)
    for i in range(end, low, -1):
        rawset(t, i, rawget(t, i - 1))
    if position < low:
        _shift_below(t, position, low)
    rawset(t, position, value)
    return ()


def _shift_below(t: Any, position: int, low: int) -> None:
    """Move what stands at `position` … 1 one place up: below 1 there is little, which is moved key
    by key, not place by place."""
    below = [(k, v) for k, v in items(t) if k.__class__ is int and position <= k < low]
    for k, _ in [*below, (low, None)]:
        rawset(t, k, None)
    for k, v in below:
        rawset(t, k + 1, v)


def remove(t: Any = NONE, position: Any = None, *_: Any) -> Any:
    """Remove the last element of a list, or the one at a position, and give it."""
    if position is None and t.__class__ is Table and t.ħarray[-1] is not None:
        return t.ħarray.pop()
    t = check_table(1, t)
    n = length(t)
    position = n if position is None else check_integer(2, position)
    if not 1 <= position <= n:
        return ()
    a = t.ħarray
    if n + 1 < len(a):  # what stands behind the list's end stays where it is
        a.insert(n + 1, None)
    return a.pop(position)


def concat(t: Any = NONE, sep: Any = None, i: Any = None, j: Any = None, *_: Any) -> str:
    """Join the strings and numbers t[i] to t[j] (default: all) with sep between."""
    t = check_table(1, t)
    sep = opt_string(2, sep, "")
    start = opt_integer(3, i, 1)
    end = length(t) if j is None else check_integer(4, j)
    listed = 1 <= start and end < len(t.ħarray)
    values: Iterable[Any] = _piece(t, start, end) if listed else _each(t, start, end)
    if values.__class__ is list:
        try:
            return sep.join(values)
        except TypeError:
            pass
    return sep.join([_text(v, k) for k, v in enumerate(values, start)])


def _each(t: Table, start: int, end: int) -> Iterator[Any]:
    """Yield t[start] to t[end]: who stops at the first nil need not know how far the end is."""
    return (rawget(t, k) for k in range(start, end + 1))


def _piece(t: Table, start: int, end: int) -> list[Any]:
    """Return t[start] to t[end] as a list."""
    if 1 <= start and 0 <= end < len(t.ħarray):
        return t.ħarray[start : end + 1]
    return list(_each(t, start, end))


def _text(value: Any, k: int) -> str:
    kind = value.__class__
    if kind is str:
        return value
    if kind is int or kind is float:
        return number_text(value)
    raise LibraryError(f"invalid value ({lua_type(value)}) at index {k} in table for 'concat'")


def unpack(t: Any = NONE, i: Any = None, j: Any = None, *_: Any) -> Any:
    """Give t[i], …, t[j] (default: all) as results."""
    if i is None and t.__class__ is Table and j is None and t.ħarray[-1] is not None:
        a = t.ħarray
        if 2 < len(a) <= MAX_RESULTS:
            return tuple(a[1:])
    t = check_table(1, t)
    n = length(t)
    if i is None and j is None:
        start, end = 1, n
    else:
        start = opt_integer(2, i, 1)
        end = n if j is None else check_integer(3, j)
    if end - start >= MAX_RESULTS:
        raise LibraryError("too many results to unpack")
    if start == end:
        return rawget(t, start)
    return tuple(_piece(t, start, end))


def pack(*values: Any) -> Table:
    """Make a table of its arguments, with their number in field n."""
    return new_table(values, {"n": len(values)})


def getn(t: Any = NONE, *_: Any) -> int:
    """Give the length of a list."""
    return length(check_table(1, t))


def maxn(t: Any = NONE, *_: Any) -> int | float:
    """Give the largest positive number that is a key."""
    keys = (
        k for k, _ in live_items(check_table(1, t)) if k.__class__ is int or k.__class__ is float
    )
    return max(keys, default=0)


def move(
    source: Any = NONE, f: Any = NONE, e: Any = NONE, t: Any = NONE, target: Any = None, *_: Any
) -> Table:
    """Copy source[f..e] to position t of target (default: source) and on; give target."""
    source = check_table(1, source)
    f, e, t = check_integer(2, f), check_integer(3, e), check_integer(4, t)
    target = source if target is None else check_table(5, target)
    values = [rawget(source, k) for k in range(f, e + 1)]
    for k, value in enumerate(values, t):
        rawset(target, k, value)
    return target


def foreach(t: Any = NONE, f: Any = NONE, *_: Any) -> Any:
    """Call f(key, value) for each pair until it gives something but nil; give that."""
    t, f = check_table(1, t), check_function(2, f)
    for key, value in live_items(t):
        if (result := first(f(key, value))) is not None:
            return result
    return ()


def foreachi(t: Any = NONE, f: Any = NONE, *_: Any) -> Any:
    """Call f(i, value) for i from 1 to #t until it gives something but nil; give that."""
    t, f = check_table(1, t), check_function(2, f)
    for i in range(1, length(t) + 1):
        if (result := first(f(i, rawget(t, i)))) is not None:
            return result
    return ()


def clear(t: Any = NONE, *_: Any) -> tuple[()]:
    """Remove all keys of a table; `require 'table.clear'` gives this function."""
    t = check_table(1, t)
    for key, _value in list(items(t)):
        rawset(t, key, None)
    length(t)
    return ()


def new(narray: Any = NONE, nhash: Any = NONE, *_: Any) -> Table:
    """Make an empty table with room for so many elements; `require 'table.new'` gives this
    function."""
    check_integer(1, narray)
    check_integer(2, nhash)
    return Table()


def sort(t: Any = NONE, before: Any = None, *_: Any) -> tuple[()]:
    """Sort a list in place by `<`, or by a function that says whether its first argument comes
    before its second.

    Not stable: elements of equal rank may change places. Errors: "invalid order function for
    sorting".
    """
    t = check_table(1, t)
    n = length(t)
    if before is not None:
        compare = _truth_of(check_function(2, before))
    else:
        if n < 2 or _sorted_natively(t.ħarray, n):
            return ()
        compare = less_than
    values = t.ħarray[:]
    try:
        _quicksort(values, 1, n, compare)
    finally:
        for i in range(1, n + 1):
            rawset(t, i, values[i])
    return ()


def _sorted_natively(a: list[Any], n: int) -> bool:
    """Sort a[1..n] with Python's sort where that cannot be told from Lua's: all strings or all
    ordered numbers."""
    values = a[1 : n + 1]
    kinds = {v.__class__ for v in values}
    if kinds == {str} or (kinds <= {int, float} and all(v == v for v in values)):
        values.sort()
        a[1 : n + 1] = values
        return True
    return False


def _truth_of(before: Callable[..., Any]) -> Callable[[Any, Any], bool]:
    def compare(x: Any, y: Any) -> bool:
        result = before(x, y)
        if result.__class__ is bool:
            return result
        result = first(result)
        return result is not None and result is not False

    return compare


def _quicksort(a: list[Any], low: int, high: int, before: Callable[[Any, Any], bool]) -> None:
    """Sort a[low..high] with the median of first, middle and last as pivot.

    The sequence of comparisons is Lua's own, so that elements of equal rank end up in the same
    order as there.
    """
    while low < high:
        if before(a[high], a[low]):
            a[low], a[high] = a[high], a[low]
        if high - low == 1:
            return
        middle = (low + high) // 2
        if before(a[middle], a[low]):
            a[middle], a[low] = a[low], a[middle]
        elif before(a[high], a[middle]):
            a[middle], a[high] = a[high], a[middle]
        if high - low == 2:
            return
        pivot = a[middle]
        a[middle], a[high - 1] = a[high - 1], pivot
        i, j = low, high - 1
        while True:
            i += 1
            while before(a[i], pivot):
                if i >= high:
                    raise LibraryError("invalid order function for sorting")
                i += 1
            j -= 1
            while before(pivot, a[j]):
                if j <= low:
                    raise LibraryError("invalid order function for sorting")
                j -= 1
            if j < i:
                break
            a[i], a[j] = a[j], a[i]
        a[high - 1], a[i] = a[i], a[high - 1]
        if i - low < high - i:  # recursion into the smaller part only
            _quicksort(a, low, i - 1, before)
            low = i + 1
        else:
            _quicksort(a, i + 1, high, before)
            high = i - 1


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "concat": concat,
    "foreach": foreach,
    "foreachi": foreachi,
    "getn": getn,
    "insert": insert,
    "maxn": maxn,
    "move": move,
    "pack": pack,
    "remove": remove,
    "sort": sort,
    "unpack": unpack,
}
