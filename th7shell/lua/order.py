"""In which order `pairs` and `next` give the keys of a table behind its array part.

Python's dicts keep the order of insertion; the original's is that of its hash nodes. It is worked
out at the first traversal (`node_order`) from the dicts and from what they cannot tell: the log of
removals. Small tables of the same names share one answer. `insertion(True)` keeps Python's order.
"""

from __future__ import annotations

from itertools import islice
from threading import Lock
from typing import Any

from .keys import BOOLEANS, Boolean, attr, key_of
from .node_order import Nodes

SMALL = 48  # tables of up to so many names are looked up by them
_MOST_SHAPES = 1 << 14
_MOST_EVENTS = 20_000  # are logged of a table that nobody traverses
_shapes: dict[tuple[Any, ...], list[str]] = {}
_by_insertion = False
_LOCK = Lock()  # two threads may traverse one table


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
# node count at first, the keys stored ahead of all others, those of them that get their value only
# when it is computed, the size of the array part for which the nodes are laid anew (0: none).
Layout = tuple[int, int, tuple[Any, ...], tuple[Any, ...], int]


class Order:
    """What is known of a table beyond its dicts: its nodes, the log of keys stored and removed
    since they were laid (a removed one as a tuple), how many keys of each dict nodes and log hold
    (`names`, `others`). Keys that are in neither were stored later, those of ħhash first. A name
    that stands in its dict with the value None is logged as removed and is among the `empty` ones,
    as it can get a value unseen. A table that is never traversed and changes without end loses its
    log: `lost` until it is traversed."""

    __slots__ = (
        "empty",
        "keys",
        "layout",
        "left",
        "log",
        "lost",
        "names",
        "names_only",
        "nodes",
        "others",
    )

    def __init__(self, layout: Layout | None = None) -> None:
        self.layout = layout
        self.nodes: Nodes | None = None
        self.names = self.others = 0
        self.names_only = self.lost = False
        self.log: list[Any] = []
        self.empty: list[str] = []
        self.left: set[int] = set()  # removed integers that had no node but a place in the array
        self.keys: list[Any] | None = None

    def flush(self, fields: dict[str, Any], rest: dict[Any, Any]) -> None:
        """Log the keys stored since the last time."""
        log = self.log
        if self.empty:
            log += (key_of(name) for name in self.empty if fields.get(name) is not None)
            self.empty = [name for name in self.empty if name in fields and fields[name] is None]
        if (count := len(rest) - self.others) > 0:
            log += reversed([*islice(reversed(rest), count)])
            self.others += count
        if (count := len(fields) - self.names) > 0:
            names = [*islice(reversed(fields), count)]
            names.reverse()
            log += map(key_of, names)
            empty = [name for name in names if fields[name] is None]
            if empty:  # as a constructor leaves them: nodes are laid for all its names
                log += [(key_of(name),) for name in empty]
                self.empty += empty
            self.names += count

    def remove(self, fields: dict[str, Any], rest: dict[Any, Any], key: Any) -> None:
        """Take note that `key` gets the value nil and leaves its dict, if it was there."""
        if self.lost:
            return
        if len(fields) > self.names or len(rest) > self.others:
            self.flush(fields, rest)
        self.log.append((key,))
        if key.__class__ is str:
            self.names -= attr(key) in fields
        else:
            self.others -= key in rest
        if len(self.log) > _MOST_EVENTS + 4 * (self.names + self.others):
            self.__init__()  # type: ignore[misc]
            self.lost = True

    def play(self, array: int) -> Nodes:
        """Bring the nodes up to date with the log."""
        nodes = self.nodes
        if nodes is None:
            nodes = self.nodes = (
                Nodes(array if array > 1 else 0) if self.layout is None else _laid(self.layout)
            )
        for key in self.log:
            kind = key.__class__
            if kind is tuple:
                if _is_ordered(key[0]) and not nodes.kill(key[0]):
                    self.left.add(key[0])
            elif kind is str or _is_ordered(key):
                nodes.set(key)
        self.log.clear()
        self.keys = None
        return nodes

    def ordered(self, fields: dict[str, Any], rest: dict[Any, Any], array: int) -> list[Any]:
        """Return the names and keys of both dicts in order, and among them some removed ones."""
        with _LOCK:
            return self._ordered(fields, rest, array)

    def _ordered(self, fields: dict[str, Any], rest: dict[Any, Any], array: int) -> list[Any]:
        if self.names > len(fields) or self.others > len(rest):  # something else took keys away
            self.__init__()  # type: ignore[misc]
        self.flush(fields, rest)
        if self.keys is not None and not self.log:
            return self.keys
        self.lost = False
        nodes = self.play(array)
        keys = [attr(k) if k.__class__ is str else k for k in nodes.keys if k is not None]
        inside = set(self.left)
        if rest:
            at = nodes.at
            strangers = [k for k in rest if k not in at]
            keys += (k for k in strangers if k.__class__ is not int)
            inside.update(k for k in strangers if k.__class__ is int)
        if inside:
            keys = [*sorted(inside), *keys]
        self.keys = keys
        self.names_only = all(key.__class__ is str for key in keys)
        return keys


def _laid(layout: Layout) -> Nodes:
    """Return the nodes that a constructor leaves behind."""
    array, bits, members, later, final = layout
    nodes = Nodes(array, bits)
    for key in members:
        nodes.set(BOOLEANS[key] if key.__class__ is bool else key)
    if final > nodes.array:
        nodes.lay_anew(final)
    for key in later:
        nodes.kill(key)
    return nodes


def ordered_names(fields: dict[str, Any]) -> list[str]:
    """Return the names of a small table that has only names and lost none, in order."""
    shape: tuple[Any, ...] = tuple(fields)
    found = _shapes.get(shape)
    if found is None or len(found) != len(fields):  # not known, or not where all have a value
        shape = tuple([name if value is not None else (name,) for name, value in fields.items()])
        found = _shapes.get(shape)
    if found is None:
        order = Order()
        found = order.ordered(fields, {}, 0)
        if len(_shapes) >= _MOST_SHAPES:
            _shapes.clear()
        _shapes[shape] = found
    return found
