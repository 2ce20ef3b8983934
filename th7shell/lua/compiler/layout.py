"""How a table constructor lays its keys, as LuaJIT's parser does: constant keys go into
a template, ahead of computed ones; elements of the list that follow them have the nodes laid anew.
"""

from __future__ import annotations

from typing import Any

from ..node_order import bits_of
from ..order import Layout
from . import tree


def layout(e: tree.Constructor) -> Layout | None:
    """Return how a constructor lays its keys, None where storing them in order comes to the
    same."""
    if not e.fields or (len(e.fields) < 2 and not e.items):
        return None
    items, fields = iter(e.items), iter(e.fields)
    place, hashed, in_array = 1, 0, False
    first: tuple[int, int] | None = None
    members: list[Any] = []
    later: list[str] = []
    computed = False
    for is_item in e.order:
        if is_item:
            key: Any = tree.Constant(0, 0, place)
            value = next(items)
            place += 1
            in_array = True
        else:
            key, value = next(fields)
            if key.__class__ is tree.Constant and key.value == 0 and key.value is not False:
                in_array = True
            else:
                hashed += 1
        constant = key.__class__ is tree.Constant and key.value is not None
        if constant and (key.value.__class__ is str or value.__class__ is tree.Constant):
            if first is None:
                first = (place if in_array else 0, bits_of(hashed))
            members.append(key.value)
            if value.__class__ is not tree.Constant:
                later.append(key.value)
        elif not is_item:
            computed = True
    if first is None:
        return (
            (max(place, 3) if in_array else 0, bits_of(hashed), (), (), 0) if hashed > 2 else None
        )
    final = place if in_array and first[0] < place else 0
    names_only = all(key.__class__ is str for key in members)
    if names_only and not computed and first[1] < 2 and not (final and hashed > 1):
        return None
    return (*first, tuple(members), tuple(later), final)
