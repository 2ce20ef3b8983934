"""The tree of ways in which arguments may come, and the walk of a call's arguments through it.

A path is made of types: of each argument in order, or of `table` and then of each named field, or
of `self`, `table` and the fields. Where a path ends, a node knows the rules and how each argument
came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from th7shell.lua import TorchError, first, items
from th7shell.lua.values import new_record

from .rules import HERE, NIL, Rule, Rules, holds

ORDERED, NAMED, METHOD = "O", "N", "M"
_TABLE = ("table", None, None)
Key = tuple[Any, Any, Any]  # type, name of a field, check
IsType = Callable[[Any, Any], Any]
NO_MATCH = object()


class Node:
    """A step of a path. `ways` and `kind` belong to the rules that end here."""

    def __init__(self, key: Key) -> None:
        self.type, self.name, self.check = self.key = key
        self.children: dict[Key, Node] = {}
        self.rules: Rules | None = None
        self.ways: tuple[int, ...] = ()
        self.kind = ""
        self.kinds: set[str] = set()  # of what ends here or below
        self.is_self = False
        self.result: Any = None
        self.next: dict[str, list[Node]] = {}

    def all(self) -> Iterator[Node]:
        """This node and those below."""
        yield self
        for child in self.children.values():
            yield from child.all()

    def accepts(self, value: Any, istype: IsType) -> bool:
        """Whether an argument is of this step's type and passes its check."""
        if self.type is None:
            if value is None:
                return False
        elif not holds(istype(value, self.type)):
            return False
        return self.check is None or holds(self.check(value))


class Graph:
    """The tree over several rules, as overloading adds them up."""

    def __init__(self, all_rules: list[Rules], istype: IsType) -> None:
        self.all_rules = all_rules
        self.istype = istype
        self.root = Node(("@", None, None))
        for rules in all_rules:
            self.add(rules)
        self.settle(self.root)
        self.is_quiet = all(node.rules.quiet for node in self.root.all() if node.rules is not None)
        self.named = self.root.children.get(_TABLE) if NAMED in self.root.kinds else None
        self.methods = [
            (head, head.children[_TABLE]) for head in self.root.children.values() if head.is_self
        ]

    def add(self, rules: Rules) -> None:
        """Add all paths of some rules. Errors: a path that is another rules' already."""
        for ways in product(*(rule.ways for rule in rules.rules)):
            if not rules.noordered:
                self.add_path(rules, ways, ORDERED)
            if not rules.nonamed:
                self.add_path(rules, ways, METHOD if rules.is_method else NAMED)

    def add_path(self, rules: Rules, ways: tuple[int, ...], kind: str) -> None:
        path = list(_path(rules.rules, ways, kind))
        node = self.root
        for key in path:
            child = node.children.get(key)
            if child is None:
                child = node.children[key] = Node(key)
            node = child
        if node.rules is not None and node.rules is not rules and not rules.force:
            raise TorchError("argcheck rules led to ambiguous situations")
        node.rules, node.ways, node.kind = rules, ways, kind
        if kind == METHOD:
            self.root.children[path[0]].is_self = True

    def settle(self, node: Node) -> set[str]:
        """Work out what a call needs of each node."""
        if node.rules is not None:
            node.kinds.add(node.kind)
            node.result = result_of(node.rules, node.ways, node.kind)
        for child in node.children.values():
            node.kinds |= self.settle(child)
        for kind in (ORDERED, NAMED, METHOD):
            node.next[kind] = [c for c in node.children.values() if kind in c.kinds]
        return node.kinds

    def match(self, arguments: tuple[Any, ...]) -> Any:
        """What the rules that fit make of a call's arguments; `NO_MATCH` if none does."""
        found = self.in_order(self.root, arguments, 0)
        if found is not NO_MATCH:
            return found
        count = len(arguments)
        if self.named is not None and count == 1 and holds(self.istype(arguments[0], "table")):
            found = self.by_name(self.named, NAMED, None, arguments[0], _count(arguments[0]))
        if found is NO_MATCH and count == 2 and self.methods:
            for head, fields in self.methods:
                object, table = arguments
                if not holds(self.istype(table, "table")) or not head.accepts(object, self.istype):
                    continue
                found = self.by_name(fields, METHOD, object, table, _count(table))
                if found is not NO_MATCH:
                    break
        return found

    def in_order(self, node: Node, arguments: tuple[Any, ...], depth: int) -> Any:
        """Walk on below a node that took `depth` arguments."""
        if depth == len(arguments):
            if node.kind == ORDERED:
                return node.result(arguments, None)
            return NO_MATCH
        value = arguments[depth]
        for child in node.next[ORDERED]:
            if child.accepts(value, self.istype):
                found = self.in_order(child, arguments, depth + 1)
                if found is not NO_MATCH:
                    return found
        return NO_MATCH

    def by_name(self, node: Node, kind: str, object: Any, table: Any, left: int) -> Any:
        """Walk on below a node, with `left` fields of the table that no step took."""
        if left == 0 and node.kind == kind:
            return node.result(table, object)
        for child in node.next[kind]:
            is_nil = child.type == "nil"
            if (is_nil or left > 0) and child.accepts(table[child.name], self.istype):
                found = self.by_name(child, kind, object, table, left if is_nil else left - 1)
                if found is not NO_MATCH:
                    return found
        return NO_MATCH

    def dot(self) -> str:
        """The tree in Graphviz' language."""
        lines = ["digraph ACN {"]

        def add(node: Node) -> None:
            lines.append("edge [penwidth=.3 arrowsize=0.8];")
            label = f"{node.type}{'*' if node.is_self else ''}{' <check>' if node.check else ''}"
            if node.name is not None:
                label += f" ({node.name})"
            colour = "#aaaaaa" if node.rules is not None else "#eeeeee"
            lines.append(
                f'id{id(node):08x} [label="{label}" penwidth=.1 fontsize=10 style=filled '
                f'fillcolor="{colour}"];'
            )
            for child in node.children.values():
                add(child)
                lines.append(f"id{id(node):08x} -> id{id(child):08x};")

        add(self.root)
        return "\n".join([*lines, "}"])


def _count(table: Any) -> int:
    return sum(1 for _ in items(table))


def _path(rules: list[Rule], ways: tuple[int, ...], kind: str) -> Iterator[Key]:
    """The steps of a path."""
    if kind == NAMED:
        yield _TABLE
    for i, (rule, way) in enumerate(zip(rules, ways, strict=True)):
        is_bare = kind == ORDERED or (kind == METHOD and i == 0)
        if way == HERE:
            yield rule.type, None if is_bare else rule.name, rule.check
        elif way == NIL and kind == ORDERED:
            yield "nil", None, None
        if kind == METHOD and i == 0:
            yield _TABLE


def result_of(rules: Rules, ways: tuple[int, ...], kind: str) -> Callable[[Any, Any], Any]:
    """What makes the checker's result of the arguments (or the table of fields) and self."""
    given, defaults, copies = _sources(rules, ways, kind)
    count = len(rules.rules)
    names = [rule.name for rule in rules.rules]
    call, quiet, pack = rules.call, rules.quiet, rules.pack
    has_self = kind == METHOD

    def result(source: Any, object: Any) -> Any:
        values: list[Any] = [None] * count
        if has_self:
            values[0] = object
        for i, key in given:
            values[i] = source[key]
        for i, default, function in defaults:
            values[i] = default if function is None else first(function())
        for i, other in copies:
            values[i] = values[other]
        if pack:
            table = new_record(names[has_self:], values[has_self:])
            values = [object, table] if has_self else [table]
        if call is not None:
            return (call, *values) if quiet else call(*values)
        if quiet:
            return (True, *values)
        return values[0] if len(values) == 1 else tuple(values)

    return result


def _sources(rules: Rules, ways: tuple[int, ...], kind: str) -> tuple[Any, Any, Any]:
    """Where the values come from: (place, index or name of what was given), (place, default,
    function) and (place, place of the argument whose value it takes)."""
    given: list[tuple[int, Any]] = []
    defaults: list[tuple[int, Any, Any]] = []
    copies: list[tuple[int, int]] = []
    for i, (rule, way) in enumerate(zip(rules.rules, ways, strict=True)):
        if kind == METHOD and i == 0:
            continue
        if way == HERE:
            given.append((i, len(given) if kind == ORDERED else rule.name))
            continue
        if way == NIL and kind == ORDERED:
            given.append((i, len(given)))
            if not (holds(rule.default) or rule.defaulta or rule.defaultf):
                continue
        if rule.default is not None:
            defaults.append((i, rule.default, None))
        elif rule.defaultf is not None:
            defaults.append((i, None, rule.defaultf))
        elif rule.defaulta and not rule.opt:
            copies.append((i, rules.place(rule.defaulta)))
    return given, defaults, copies
