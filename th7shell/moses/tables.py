"""What works on any table: going through its entries, folding, searching, counting, sorting."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, array, first, new_table

from .values import is_table, isEqual, offer, pairs, true, whole

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def clear(t: Any = None, *_: Any) -> Any:
    """Remove all entries; return the table."""
    for key, _value in pairs(t):
        t[key] = None
    return t


@offer(FUNCTIONS)
def each(t: Any = None, f: Any = None, *args: Any) -> Any:
    """Call f(key, value, …) for every entry."""
    for key, value in pairs(t):
        f(key, value, *args)
    return ()


@offer(FUNCTIONS)
def eachi(t: Any = None, f: Any = None, *args: Any) -> Any:
    """Call f(key, value, …) for the entries with whole numbers as keys, in their order."""
    whole = [(k, v) for k, v in pairs(t) if not isinstance(k, (str, bool, Table)) and k == int(k)]
    for key, value in sorted(whole, key=lambda entry: entry[0]):
        f(key, value, *args)
    return ()


@offer(FUNCTIONS)
def at(t: Any = None, *keys: Any) -> Any:
    """The list of the values at the keys."""
    return new_table(t[key] for key in keys if t[key] is not None)


@offer(FUNCTIONS)
def map_(t: Any = None, f: Any = None, *args: Any) -> Any:
    """The table of f(key, value, …) at each key; f may return another key and the value."""
    result = new_table()
    for key, value in pairs(t):
        answer = f(key, value, *args)
        if answer.__class__ is tuple and len(answer) > 1 and answer[1] is not None:
            result[answer[0]] = answer[1]
        else:
            result[key] = first(answer)
    return result


@offer(FUNCTIONS)
def reduce(t: Any = None, f: Any = None, state: Any = None, *_: Any) -> Any:
    """Fold the values by state = f(state, value), from the first."""
    return folded(pairs(t), f, state)[0]


@offer(FUNCTIONS)
def reduceRight(t: Any = None, f: Any = None, state: Any = None, *_: Any) -> Any:
    """Fold the values from the last."""
    return folded(pairs(t)[::-1], f, state)[0]


@offer(FUNCTIONS)
def reduceby(t: Any = None, f: Any = None, state: Any = None, pred: Any = None, *args: Any) -> Any:
    """Fold the values for which pred(key, value, …) holds."""
    return folded([(k, v) for k, v in pairs(t) if true(pred(k, v, *args))], f, state)[0]


@offer(FUNCTIONS)
def mapReduce(t: Any = None, f: Any = None, state: Any = None, *_: Any) -> Any:
    """The table of the states of a fold, at the keys."""
    return folded(pairs(t), f, state)[1]


def folded(entries: list[tuple[Any, Any]], f: Any, state: Any) -> tuple[Any, Table]:
    """The last state of a fold, and all of them by key."""
    states = new_table()
    for key, value in entries:
        state = value if state is None else first(f(state, value))
        states[key] = state
    return state, states


@offer(FUNCTIONS)
def detect(t: Any = None, value: Any = None, *_: Any) -> Any:
    """The key of a value, or of the first for which the function `value` holds."""
    holds = value if callable(value) else lambda v: isEqual(v, value)
    return next((key for key, v in pairs(t) if true(holds(v))), None)


@offer(FUNCTIONS)
def include(t: Any = None, value: Any = None, *_: Any) -> bool:
    """Whether a table has a value, or one for which the function `value` holds."""
    return detect(t, value) is not None


@offer(FUNCTIONS)
def where(t: Any = None, props: Any = None, *_: Any) -> Any:
    """The list of the values that have the entries of props."""
    wanted = pairs(props)
    return new_table(v for _key, v in pairs(t) if all(isEqual(v[k], w) for k, w in wanted))


@offer(FUNCTIONS)
def findWhere(t: Any = None, props: Any = None, *_: Any) -> Any:
    """The first value that has the entries of props."""
    return where(t, props)[1]


@offer(FUNCTIONS)
def select(t: Any = None, f: Any = None, *args: Any) -> Any:
    """The list of the values for which f(key, value, …) holds."""
    return new_table(value for key, value in pairs(t) if true(f(key, value, *args)))


@offer(FUNCTIONS)
def reject(t: Any = None, f: Any = None, *args: Any) -> Any:
    """The list of the values for which f(key, value, …) does not hold."""
    return new_table(value for key, value in pairs(t) if not true(f(key, value, *args)))


@offer(FUNCTIONS)
def all_(t: Any = None, f: Any = None, *args: Any) -> bool:
    """Whether f(key, value, …) holds for every entry."""
    return all(true(f(key, value, *args)) for key, value in pairs(t))


@offer(FUNCTIONS)
def invoke(t: Any = None, method: Any = None, *args: Any) -> Any:
    """The results of a function, or of a method by name, of every value."""
    result = new_table()
    for key, value in pairs(t):
        found = value[method] if is_table(value) and not callable(method) else None
        call = found if found is not None else method
        result[key] = first(call(value, *args)) if callable(call) else call
    return result


@offer(FUNCTIONS)
def pluck(t: Any = None, key: Any = None, *_: Any) -> Any:
    """The list of value[key] of the values that have it."""
    return new_table(v[key] for _k, v in pairs(t) if isinstance(v, Table) and v[key] is not None)


def extreme(which: str, better: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    """max and min."""

    def found(t: Any = None, transform: Any = None, *args: Any) -> Any:
        best = None
        for _key, value in pairs(t):
            if transform is not None:
                value = first(transform(value, *args))
            if best is None or better(value, best):
                best = value
        return best

    found.__doc__ = f"The {which} of a table's values, or of transform(value, …)."
    return found


FUNCTIONS["max"] = extreme("largest", lambda a, b: a > b)
FUNCTIONS["min"] = extreme("smallest", lambda a, b: a < b)


@offer(FUNCTIONS)
def shuffle(t: Any = None, seed: Any = None, *_: Any) -> Any:
    """A list of the values in random order; a seed makes it the same every time."""
    shuffled = array(t)
    random.Random(None if seed is None else whole(seed, 0)).shuffle(shuffled)
    return new_table(shuffled)


@offer(FUNCTIONS)
def same(a: Any = None, b: Any = None, *_: Any) -> bool:
    """Whether two tables have the same values, in whatever order."""
    return all(include(b, v) for _k, v in pairs(a)) and all(include(a, v) for _k, v in pairs(b))


@offer(FUNCTIONS)
def sort(t: Any = None, comp: Any = None, *_: Any) -> Any:
    """Sort a list in place, by comp(a, b) if given; return it."""
    for i, value in enumerate(ordered(array(t), comp), 1):
        t[i] = value
    return t


@offer(FUNCTIONS)
def sortBy(t: Any = None, transform: Any = None, comp: Any = None, *_: Any) -> Any:
    """Sort a list in place by transform(value), or by the key `transform` of the values."""
    rank = transform if callable(transform) else lambda v: v if transform is None else v[transform]
    ranked = [(first(rank(v)), i, v) for i, v in enumerate(array(t))]
    before = comp or (lambda a, b: a < b)
    for i, entry in enumerate(ordered(ranked, lambda a, b: before(a[0], b[0])), 1):
        t[i] = entry[2]
    return t


def ordered(values: list[Any], before: Any) -> list[Any]:
    """Values sorted by a comparison that says what comes before what."""
    if before is None:
        return sorted(values)

    def compare(a: Any, b: Any) -> int:
        return -1 if true(before(a, b)) else int(true(before(b, a)))

    return sorted(values, key=functools.cmp_to_key(compare))


@offer(FUNCTIONS)
def groupBy(t: Any = None, f: Any = None, *args: Any) -> Any:
    """Lists of the values that have the same f(key, value, …), by it."""
    groups = new_table()
    for key, value in pairs(t):
        name = first(f(key, value, *args))
        if groups[name] is None:
            groups[name] = new_table()
        groups[name][len(groups[name]) + 1] = value
    return groups


@offer(FUNCTIONS)
def countBy(t: Any = None, f: Any = None, *args: Any) -> Any:
    """How many values have the same f(key, value, …), by it."""
    counts = new_table()
    for key, value in pairs(t):
        name = first(f(key, value, *args))
        counts[name] = (counts[name] or 0) + 1
    return counts


@offer(FUNCTIONS)
def count(t: Any = None, value: Any = None, *_: Any) -> int:
    """How often a table has a value; without one, how many values it has."""
    return sum(value is None or isEqual(v, value) for _key, v in pairs(t))


@offer(FUNCTIONS)
def countf(t: Any = None, f: Any = None, *args: Any) -> int:
    """For how many entries f(key, value, …) holds."""
    return sum(true(f(key, value, *args)) for key, value in pairs(t))


@offer(FUNCTIONS)
def size(*values: Any) -> int:
    """How many entries a table has, or how many arguments there are."""
    return len(pairs(values[0])) if values and is_table(values[0]) else len(values)


@offer(FUNCTIONS)
def containsKeys(t: Any = None, other: Any = None, *_: Any) -> bool:
    """Whether a table has all keys of another."""
    return all(t[key] is not None for key, _value in pairs(other))


@offer(FUNCTIONS)
def sameKeys(a: Any = None, b: Any = None, *_: Any) -> bool:
    """Whether two tables have the same keys."""
    return containsKeys(a, b) and containsKeys(b, a)
