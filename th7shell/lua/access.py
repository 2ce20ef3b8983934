"""How Python code reads a Lua table where the original read it in Lua: `#t`, t[1] … t[#t], `pairs`
and `ipairs` with metamethods, at no cost for plain tables.

`t[k]`, `t.x` and their stores do so by themselves, as the table's class answers. What the original
read raw, in C, is read by `rawget`, `rawset`, `rawlen`, `rawarray` and `rawitems`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import values
from .values import Table


def length(t: Any) -> Any:
    """Return `#t`. Errors: Lua's own for what has no length."""
    if t.__class__ is Table:
        return values.length(t)
    from .runtime import length_of

    return length_of(t)


def array(t: Any) -> list[Any]:
    """Return t[1], t[2] … t[#t] as a new Python list. Errors: Lua's own for what has no length or
    none that is a number."""
    if t.__class__ is Table:
        a = t.ħarray
        if a[-1] is not None:
            return a[1:]
        return list(a[1 : values.length(t) + 1])
    from .runtime import for_range, index

    return [index(t, i) for i in for_range(1, length(t))]


def items(t: Any) -> Iterator[tuple[Any, Any]]:
    """Return the (key, value) pairs of `pairs(t)`: in the order of `next`, or as `__pairs` gives
    them. Errors: `t` is no table."""
    if t.__class__ is Table:
        return values.items(t)
    if isinstance(t, Table):
        from .metatables import iterator_of

        if iterator_of(t, "__pairs") is None:
            return values.items(t)
    from .stdlib.base import pairs

    return _run(pairs(t))


def contents(t: Any) -> dict[Any, Any]:
    """Return the pairs of `pairs(t)` as a dict, for who does not ask for their order, which costs
    more. Errors: `t` is no table."""
    return values.contents(t) if t.__class__ is Table else dict(items(t))


def listed(t: Any) -> list[Any]:
    """Return the values of `ipairs(t)`: those up to the first nil, without `__index`, or as
    `__ipairs` gives them. Errors: `t` is no table."""
    if t.__class__ is Table:
        found = array(t)
        return found[: found.index(None)] if None in found else found
    from .stdlib.base import ipairs

    return [value for _, value in _run(ipairs(t))]


def _run(triple: Any) -> Iterator[tuple[Any, Any]]:
    """Run over what `pairs` or `ipairs` gives."""
    from .iteration import iterate

    return iterate(2, *triple)
