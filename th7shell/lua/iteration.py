"""`next`, `pairs`, `ipairs` and the generic for loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count, islice
from typing import Any

from . import metatables
from .errors import LuaError
from .keys import key_of, key_value
from .marks import MARK
from .order import by_insertion
from .values import (
    Table,
    first,
    items,
    ordered_keys,
    others,
    rawget,
    remember_order,
    starts_at_zero,
)


def next_key(t: Any, key: Any) -> Any:
    """Return the (key, value) that follows `key` in `t`, None at the end."""
    if not isinstance(t, Table):
        return _next_of_other(t, key)
    if key is None:
        t.ħcursor = None
        if by_insertion():
            remember_order(t)  # a key that is removed on the way leaves no place behind
        return next(items(t), None)
    if key.__class__ is float and key.is_integer():
        key = int(key)
    a = t.ħarray
    at = 0
    zero = len(a) > 1  # then t[0] came first, though it may be nil by now
    if key.__class__ is int and (0 < key < len(a) or (zero and key == 0)):
        for i in range(key + 1, len(a)):
            if a[i] is not None:
                return i, a[i]
    else:
        at = _position(t, key)
    order = remember_order(t)[0]
    for i in range(at, len(order)):
        value = rawget(t, order[i])
        if value is not None and not (zero and order[i] == 0 and order[i].__class__ is not bool):
            return order[i], value
    return None


def _position(t: Table, key: Any) -> int:
    """Return the place behind `key` among the keys behind the array part."""
    running = getattr(t, "ħcursor", None) is not None
    for _ in range(2):
        order, places = remember_order(t)
        if not places:
            places.update((_hashed(k), i) for i, k in enumerate(order))
        at = places.get(_hashed(key))
        if at is not None:
            return at + 1
        t.ħcursor = None  # keys have come since the traversal began
    if key.__class__ is int and key >= len(t.ħarray) and running:
        return 0  # the end of the array part was cut meanwhile
    raise LuaError("invalid key to 'next'", 0)


def _hashed(key: Any) -> Any:
    return (key,) if key.__class__ is bool else key


def _next_of_other(t: Any, key: Any) -> Any:
    """Step through an object that shows its pairs by `__lua_items__`."""
    pairs = t.__lua_items__()
    if key is None:
        return pairs[0] if pairs else None
    for i, pair in enumerate(pairs):
        if pair[0] == key:
            return pairs[i + 1] if i + 1 < len(pairs) else None
    raise LuaError("invalid key to 'next'", 0)


def live_items(t: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of `t` as `next` gives them."""
    return items(t) if isinstance(t, Table) else iter(t.__lua_items__())


def ordered_items(t: Any, i: int = 1) -> Iterator[tuple[int, Any]]:
    """Yield i, t[i], i + 1, t[i + 1] … up to the first nil, without metamethods."""
    while (value := rawget(t, i)) is not None:
        yield i, value
        i += 1


class Standard:
    """The library functions whose loops need no calls; the base library puts its own here."""

    next: Any = None
    pairs: Any = None
    ipairs: Any = None
    ipairs_step: Any = None
    select: Any = None


def iterate(variables: int, f: Any, state: Any, control: Any) -> Any:
    """Return what `for k, v in f, state, control` runs over: tuples of `count` values, or bare
    ones."""
    if f is Standard.next and control is None and variables <= 2:
        pairs = live_items(state)
        return pairs if variables == 2 else (key for key, _ in pairs)
    if f is Standard.ipairs_step and control == 0 and variables <= 2:
        return ordered_items(state) if variables == 2 else (i for i, _ in ordered_items(state))
    if f.__class__ is _FUNCTION:
        known = f.__dict__.get("ħvalues")  # of an iterator that takes no arguments
        if known is not None and known[0] == variables:
            return known[1]
    elif not callable(f):
        handler = metatables.metamethod(f, "__call")
        if handler is None:
            from .errors import OperandError

            raise OperandError("call", f)
    return _ITERATORS[min(variables, 3)](variables, f, state, control)


def _iterate_1(count: int, f: Callable[..., Any], state: Any, control: Any) -> Iterator[Any]:
    while True:
        result = f(state, control)
        control = result if result.__class__ is not tuple else first(result)
        if control is None:
            return
        yield control


def _iterate_2(count: int, f: Callable[..., Any], state: Any, control: Any) -> Iterator[Any]:
    while True:
        result = f(state, control)
        if result.__class__ is not tuple:
            if result is None:
                return
            control = result
            yield result, None
        elif not result or result[0] is None:
            return
        else:
            control = result[0]
            yield result if len(result) == 2 else (result + (None,))[:2]


def _iterate_many(count: int, f: Callable[..., Any], state: Any, control: Any) -> Iterator[Any]:
    padding = (None,) * count
    while True:
        result = f(state, control)
        if result.__class__ is not tuple:
            result = (result,)
        control = first(result)
        if control is None:
            return
        yield (result + padding)[:count]


_ITERATORS: Any = {1: _iterate_1, 2: _iterate_2, 3: _iterate_many}
_FUNCTION = type(lambda: None)


def _pairs_of(t: Table) -> Iterator[tuple[Any, Any]]:
    """Run over the pairs of a plain table as they are when their turn comes; a value of None is to
    be skipped."""
    a = t.ħarray
    runs: list[Any] = []
    rest = others(t)
    if len(a) > 1:
        if rest and starts_at_zero(t):
            return items(t)
        places = count(1)
        runs += (zip(places, islice(a, 1, None)), _rest_of_array(t, places))
    fields = t.__dict__
    if rest or fields:
        keys = ordered_keys(t)
        known = getattr(t, "ħorder", None)
        if rest or (known is not None and not known.names_only):

            def value_of(key: Any) -> Any:
                return fields.get(key) if key.__class__ is str else rest.get(key)

            runs.append(zip(map(_lua_key, keys), map(value_of, keys)))
        else:
            escaped = any(name[0:1] == MARK for name in keys)
            runs.append(zip(map(key_of, keys) if escaped else keys, map(fields.get, keys)))
    return runs[0] if len(runs) == 1 else chain.from_iterable(runs)


def _lua_key(key: Any) -> Any:
    return key_of(key) if key.__class__ is str else key_value(key)


def _rest_of_array(t: Table, places: Iterator[int]) -> Iterator[tuple[int, Any]]:
    """Go on with `pairs` where the list that held the array part has ended, as `_beyond` does."""
    i = next(places) - 1
    while i < len(t.ħarray):
        yield i, t.ħarray[i]
        i += 1


def iterate_pairs(f: Any, t: Any) -> tuple[Any, bool]:
    """Return what `for … in pairs(t)` runs over, and whether values of None in it stand for
    nothing."""
    if f is Standard.pairs and t.__class__ is Table:
        return _pairs_of(t), True
    return _by_protocol(f, t), False


def iterate_ipairs(f: Any, t: Any) -> tuple[Any, bool]:
    """Return what `for … in ipairs(t)` runs over, and whether a value of None ends the loop."""
    if f is Standard.ipairs and t.__class__ is Table:
        places = count(1)
        return chain(zip(places, islice(t.ħarray, 1, None)), _beyond(t, places)), True
    return _by_protocol(f, t), False


def _beyond(t: Table, places: Iterator[int]) -> Iterator[tuple[int, Any]]:
    """Go on with `ipairs` where the list that held the array part has ended: another one may have
    taken its place."""
    yield from ordered_items(t, next(places) - 1)


def _by_protocol(f: Any, t: Any) -> Any:
    results = f(t)
    if results.__class__ is not tuple:
        results = (results,)
    return iterate(2, *(results + (None, None, None))[:3])


HELPERS: dict[str, Any] = {
    "iterate": iterate,
    "iterate_pairs": iterate_pairs,
    "iterate_ipairs": iterate_ipairs,
    "Standard": Standard,
}
