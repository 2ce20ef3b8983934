"""What works on lists: slices, searches, sets, flattening, ranges."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import Any

from th7shell.lua import array, length, new_table, tostring
from th7shell.lua.stdlib.arguments import check_string

from .values import counted, is_table, isEqual, offer, pairs, true, whole

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def toArray(*values: Any) -> Any:
    """The list of the arguments."""
    return new_table(values)


def position(values: list[Any], holds: Callable[[int, Any], bool], backwards: bool = False) -> Any:
    """The place, from 1, of the first (or last) value for which a condition holds."""
    places = [i for i, value in enumerate(values, 1) if holds(i, value)]
    return places[-1 if backwards else 0] if places else None


@offer(FUNCTIONS)
def find(list: Any = None, value: Any = None, start: Any = None, *_: Any) -> Any:
    """The first place of a value, from `start` on."""
    low = 1 if start is None else start
    return position(array(list), lambda i, v: i >= low and isEqual(v, value))


@offer(FUNCTIONS)
def indexOf(list: Any = None, value: Any = None, *_: Any) -> Any:
    """The first place of a value."""
    return position(array(list), lambda _i, v: v is value or isEqual(v, value))


@offer(FUNCTIONS)
def lastIndexOf(list: Any = None, value: Any = None, *_: Any) -> Any:
    """The last place of a value."""
    return position(array(list), lambda _i, v: isEqual(v, value), backwards=True)


@offer(FUNCTIONS)
def findIndex(list: Any = None, predicate: Any = None, *args: Any) -> Any:
    """The first place for which predicate(place, value, …) holds."""
    return position(array(list), lambda i, v: true(predicate(i, v, *args)))


@offer(FUNCTIONS)
def findLastIndex(list: Any = None, predicate: Any = None, *args: Any) -> Any:
    """The last place for which predicate(place, value, …) holds."""
    return position(array(list), lambda i, v: true(predicate(i, v, *args)), backwards=True)


@offer(FUNCTIONS)
def sortedIndex(
    list: Any = None, value: Any = None, comp: Any = None, sort: Any = None, *_: Any
) -> int:
    """The place where a value belongs in a sorted list; with `sort` the list is sorted first."""
    from .tables import FUNCTIONS as TABLES

    before = comp or (lambda a, b: a < b)
    if true(sort):
        TABLES["sort"](list, before)
    found = position(array(list), lambda _i, v: not true(before(v, value)))
    return len(array(list)) + 1 if found is None else found


@offer(FUNCTIONS)
def reverse(list: Any = None, *_: Any) -> Any:
    """The list from its end."""
    return new_table(array(list)[::-1])


@offer(FUNCTIONS)
def fill(list: Any = None, value: Any = None, i: Any = None, j: Any = None, *_: Any) -> Any:
    """Set the values from i to j; return the list."""
    low, high = whole(i, 1), whole(j, length(list))
    for k in range(low, low + counted(high - low + 1)):
        list[k] = value
    return list


@offer(FUNCTIONS)
def selectWhile(list: Any = None, f: Any = None, *args: Any) -> Any:
    """The values up to the first for which f(place, value, …) does not hold."""
    entries = takewhile(lambda e: true(f(e[0], e[1], *args)), enumerate(array(list), 1))
    return new_table(value for _i, value in entries)


@offer(FUNCTIONS)
def dropWhile(list: Any = None, f: Any = None, *args: Any) -> Any:
    """The values from the first on for which f(place, value, …) does not hold."""
    return new_table(array(list)[length(selectWhile(list, f, *args)) :])


def replaced(list: Any, values: list[Any]) -> Any:
    """Give a table new values in the place of its list; return it."""
    for i in range(length(list), len(values), -1):
        list[i] = None
    for i, value in enumerate(values, 1):
        list[i] = value
    return list


@offer(FUNCTIONS)
def addTop(list: Any = None, *values: Any) -> Any:
    """Put values at the front, each before the one before; return the list."""
    return replaced(list, [*values[::-1], *array(list)])


@offer(FUNCTIONS)
def push(list: Any = None, *values: Any) -> Any:
    """Append values; return the list."""
    return replaced(list, [*array(list), *values])


@offer(FUNCTIONS)
def pop(list: Any = None, n: Any = None, *_: Any) -> Any:
    """Remove the first n values (1) and return them."""
    have, n = array(list), max(whole(n, 1), 0)
    replaced(list, have[n:])
    return tuple(have[:n])


@offer(FUNCTIONS)
def unshift(list: Any = None, n: Any = None, *_: Any) -> Any:
    """Remove the last n values (1) and return them, the last first."""
    have = array(list)
    n = min(max(whole(n, 1), 0), len(have))
    replaced(list, have[: len(have) - n])
    return tuple(have[len(have) - n :][::-1])


@offer(FUNCTIONS)
def pull(list: Any = None, *values: Any) -> Any:
    """Remove all that equals one of the values; return the list."""
    return replaced(list, [v for v in array(list) if not any(isEqual(v, x) for x in values)])


@offer(FUNCTIONS)
def removeRange(list: Any = None, start: Any = None, finish: Any = None, *_: Any) -> Any:
    """Remove the values from start to finish; return the list."""
    have = array(list)
    low, high = whole(start, 1), whole(finish, len(have))
    return replaced(list, have[: max(low - 1, 0)] + have[max(high, low - 1, 0) :])


@offer(FUNCTIONS)
def slice_(list: Any = None, start: Any = None, finish: Any = None, *_: Any) -> Any:
    """The values from start to finish."""
    have = array(list)
    low, high = whole(start, 1), whole(finish, len(have))
    return new_table(have[max(low - 1, 0) : max(high, 0)])


@offer(FUNCTIONS)
def first_(list: Any = None, n: Any = None, *_: Any) -> Any:
    """The list of the first n values (1)."""
    return slice_(list, 1, whole(n, 1))


@offer(FUNCTIONS)
def initial(list: Any = None, n: Any = None, *_: Any) -> Any:
    """The list without its last n values (1)."""
    n = whole(n, 1)
    return None if n < 0 else slice_(list, 1, length(list) - min(n, length(list)))


@offer(FUNCTIONS)
def last(list: Any = None, n: Any = None, *_: Any) -> Any:
    """The list of the last n values; all but the first without n."""
    if n is None:
        return slice_(list, 2)
    n = whole(n, 1)
    return None if n <= 0 else slice_(list, length(list) - min(n, length(list)) + 1)


@offer(FUNCTIONS)
def rest(list: Any = None, index: Any = None, *_: Any) -> Any:
    """The list from an index on."""
    return slice_(list, max(1, whole(index, 1)))


@offer(FUNCTIONS)
def nth(list: Any = None, index: Any = None, *_: Any) -> Any:
    """The value at an index."""
    return list[index]


@offer(FUNCTIONS)
def compact(list: Any = None, *_: Any) -> Any:
    """The list of the values that are neither nil nor false."""
    return new_table(value for _key, value in pairs(list) if true(value))


@offer(FUNCTIONS)
def flatten(list: Any = None, shallow: Any = None, *_: Any) -> Any:
    """The list of the values, tables in it (and in these, unless shallow) spread out."""
    flat: Any = []
    for _key, value in pairs(list):
        if not is_table(value):
            flat.append(value)
        else:
            flat += [v for _k, v in pairs(value if true(shallow) else flatten(value))]
    return new_table(flat)


def within(values: list[Any], value: Any) -> bool:
    """Whether a value equals one of a list."""
    return any(isEqual(v, value) for v in values)


def distinct(values: list[Any]) -> list[Any]:
    """The values without those that equal an earlier one."""
    found: list[Any] = []
    for value in values:
        if not within(found, value):
            found.append(value)
    return found


@offer(FUNCTIONS)
def unique(list: Any = None, *_: Any) -> Any:
    """The list without those values that equal an earlier one."""
    return new_table(distinct(array(list)))


@offer(FUNCTIONS)
def isunique(list: Any = None, *_: Any) -> bool:
    """Whether all values are different."""
    return len(distinct(array(list))) == length(list)


@offer(FUNCTIONS)
def union(*lists: Any) -> Any:
    """The different values of several lists."""
    return new_table(distinct(array(flatten(new_table(lists)))))


@offer(FUNCTIONS)
def intersection(list: Any = None, *lists: Any) -> Any:
    """The different values that are in all of several lists."""
    others = [array(other) for other in lists]
    return new_table(v for v in distinct(array(list)) if all(within(o, v) for o in others))


@offer(FUNCTIONS)
def difference(list: Any = None, other: Any = None, *_: Any) -> Any:
    """The values that are not in another list."""
    left_out = [] if other is None else array(other)
    return new_table(v for v in array(list) if not within(left_out, v))


@offer(FUNCTIONS)
def symmetricDifference(list: Any = None, other: Any = None, *_: Any) -> Any:
    """The values that are in one of two lists only."""
    return new_table(array(difference(list, other)) + array(difference(other, list)))


@offer(FUNCTIONS)
def zip_(*lists: Any) -> Any:
    """The lists of the first values, of the second values …"""
    columns = [array(list) for list in lists]
    longest = max(map(len, columns), default=0)
    return new_table(new_table(c[i] for c in columns if i < len(c)) for i in range(longest))


@offer(FUNCTIONS)
def interleave(*lists: Any) -> Any:
    """The first values of several lists, then the second values …"""
    return flatten(zip_(*lists))


@offer(FUNCTIONS)
def interpose(value: Any = None, list: Any = None, *_: Any) -> Any:
    """The list with a value between each two."""
    return new_table([x for v in array(list) for x in (value, v)][1:])


@offer(FUNCTIONS)
def append(list: Any = None, other: Any = None, *_: Any) -> Any:
    """The values of two lists in one."""
    return new_table(array(list) + array(other))


@offer(FUNCTIONS)
def range_(*arguments: Any) -> Any:
    """range(n): 0 … n; range(a, b[, step = 1]): a … b."""
    if not arguments:
        return new_table()
    start, stop, step = (0, *arguments, 1) if len(arguments) == 1 else (*arguments, 1)[:3]
    steps = counted(whole((stop - start) / step, 0)) if step else 0
    return new_table(start + step * i for i in range(steps + 1)) if steps else new_table()


@offer(FUNCTIONS)
def rep(value: Any = None, n: Any = None, *_: Any) -> Any:
    """The list of a value n times."""
    return new_table([value] * counted(whole(n, 0)))


@offer(FUNCTIONS)
def invert(list: Any = None, *_: Any) -> Any:
    """The table with keys and values exchanged."""
    result = new_table()
    for key, value in pairs(list):
        result[value] = key
    return result


@offer(FUNCTIONS)
def concat(list: Any = None, sep: Any = None, i: Any = None, j: Any = None, *_: Any) -> str:
    """The values as text, with `sep` between them."""
    texts = map(tostring, array(slice_(list, i, j)))
    return ("" if sep is None else check_string(2, sep)).join(texts)
