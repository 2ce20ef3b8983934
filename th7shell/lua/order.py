"""In which order `pairs` and `next` give the keys of a table behind its array part.

Python's dicts keep the order of insertion; the original's is that of its hash nodes. It is worked
out at the first traversal (`node_order`) from the dicts and from what they cannot tell: the log of
removals. Small tables of the same names share one answer. `insertion(True)` keeps Python's order.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from .keys import BOOLEANS, Boolean, attr, key_of
from .node_order import Nodes

SMALL = 48  # tables of up to so many names are looked up by them
_MOST_SHAPES = 1 << 14
_shapes: dict[tuple[str, ...], list[str]] = {}
_by_insertion = False


def insertion(wanted: bool) -> None:
    """Choose the order in which keys were stored (true) or the original's (false, the default)."""
    global _by_insertion
    _by_insertion = wanted


def by_insertion() -> bool:
    """Whether keys come in the order in which they were stored."""
    return _by_insertion


def _is_ordered(key: Any) -> bool:
    """Whether a key's place does not depend on an address."""
    kind = key.__class__
    return kind is str or kind is int or kind is float or kind is Boolean


# What a constructor does to the nodes of its table: the size of the array part and the bits of the
# node count at first, the keys stored ahead of all others, the size of the array part for which
# the nodes are laid anew at its end (0: they are not).
Layout = tuple[int, int, tuple[Any, ...], int]


class Order:
    """What is known of one table beyond its dicts: its nodes, the log of keys stored and removed
    since they were laid, and how many keys of each dict nodes and log hold (`names`, `others`). Keys
    that are in neither were stored later, those of ħ first."""

    __slots__ = ("keys", "layout", "log", "names", "nodes", "others")

    def __init__(self, layout: Layout | None = None) -> None:
        self.layout = layout
        self.nodes: Nodes | None = None
        self.names = self.others = 0
        self.log: list[Any] = []
        self.keys: list[Any] | None = None

    def flush(self, fields: dict[str, Any], rest: dict[Any, Any]) -> None:
        """Log the keys stored since the last time."""
        if (count := len(rest) - self.others) > 0:
            self.log += reversed([*islice(reversed(rest), count)])
            self.others += count
        if (count := len(fields) - self.names) > 0:
            log = self.log
            for name in reversed([*islice(reversed(fields), count)]):
                key = key_of(name)
                log.append(key)
                if fields[name] is None:
                    log.append(_Removed(key))
            self.names += count

    def remove(self, fields: dict[str, Any], rest: dict[Any, Any], key: Any) -> None:
        """Take note that `key` gets the value nil and leaves its dict, if it was there."""
        self.flush(fields, rest)
        self.log.append(_Removed(key))
        if key.__class__ is str:
            self.names -= attr(key) in fields
        else:
            self.others -= key in rest
        if len(self.log) > 4 * (self.names + self.others) + 256:
            self.play(2)

    def play(self, array: int) -> Nodes:
        """Bring the nodes up to date with the log."""
        nodes = self.nodes
        if nodes is None:
            nodes = self.nodes = (
                Nodes(array if array > 1 else 0) if self.layout is None else _laid(self.layout)
            )
        for key in self.log:
            kind = key.__class__
            if kind is _Removed:
                if _is_ordered(key.key):
                    nodes.kill(key.key)
            elif kind is str or _is_ordered(key):
                nodes.set(key)
        self.log.clear()
        self.keys = None
        return nodes

    def ordered(self, fields: dict[str, Any], rest: dict[Any, Any], array: int) -> list[Any]:
        """Return the names and keys of both dicts in order, and among them some removed ones."""
        if self.names > len(fields) or self.others > len(rest):  # something else took keys away
            self.__init__()  # type: ignore[misc]
        self.flush(fields, rest)
        if self.keys is not None and not self.log:
            return self.keys
        nodes = self.play(array)
        keys = [attr(k) if k.__class__ is str else k for k in nodes.keys if k is not None]
        if rest:
            at = nodes.at
            strangers = [k for k in rest if k not in at]
            inside = sorted(k for k in strangers if k.__class__ is int)
            keys = [*inside, *keys, *(k for k in strangers if k.__class__ is not int)]
        self.keys = keys
        return keys


def _laid(layout: Layout) -> Nodes:
    """Return the nodes that a constructor leaves behind."""
    array, bits, members, final = layout
    nodes = Nodes(array, bits)
    for key in members:
        nodes.set(BOOLEANS[key] if key.__class__ is bool else key)
    if final:
        nodes.lay_anew(final)
    return nodes


class _Removed:
    """In the log: that a key has got the value nil."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key


def ordered_names(fields: dict[str, Any]) -> list[str]:
    """Return the names of a small table that has only names and lost none, in order."""
    if _by_insertion:
        return list(fields)
    shape = tuple(fields)
    found = _shapes.get(shape)
    if found is None:
        order = Order()
        found = order.ordered(fields, {}, 0)
        if len(_shapes) >= _MOST_SHAPES:
            _shapes.clear()
        _shapes[shape] = found
    return found
