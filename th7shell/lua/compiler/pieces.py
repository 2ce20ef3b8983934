"""What every emitter builds with: positions, names, temporaries, calls of runtime helpers."""

from __future__ import annotations

import _ast as ast
from bisect import bisect_right
from typing import Any

from ..marks import MARK
from ..numerals import Wide
from ..values import attr
from . import tree
from .infer import Inference
from .nodes import LOAD, STORE, Position, call_node, name_node, new_node, place

Operand = tuple[Any, Any]  # the node that evaluates it first, and the one for later uses

# Attributes of Python's own objects: read through the helper, which knows what Lua sees there.
_PYTHON_NAMES = frozenset(
    name for kind in (int, float, bool, type, object) for name in dir(kind) if name[0] != "_"
)


class Pieces:
    """The state of an emitter and the smallest nodes that it makes."""

    def __init__(self, inference: Inference, lines: list[int]) -> None:
        self.kind = inference.kind
        self.lines = lines
        self.line = (0, 0, 1)  # where the line of `position` begins and ends, and its number
        self.position: Position = (1, 0, 1, 0)
        self.out: list[Any] = []
        self.temporaries = 0
        self.most_temporaries = 0
        # Whether all that the statement evaluates, up to what is emitted next, stands in `out` or
        # is the same at any time: so long, parts may be put there, to be evaluated ahead.
        self.settled = True
        self.closures = 0  # made by the statement
        self.most_closures = 0
        self.names: set[str] = set()  # every field name that occurs: nil by default on all tables

    def at(self, node: tree.Node) -> None:
        """Give what is emitted next the source position of `node`."""
        start, end = node.start, node.end
        begin, beyond, number = self.line
        if begin <= start and end < beyond:
            self.position = (number, start - begin, number, end - begin)
            return
        lines = self.lines
        first = bisect_right(lines, start)
        last = bisect_right(lines, end)
        begin = lines[first - 1]
        self.line = begin, lines[first] if first < len(lines) else begin, first
        self.position = (first, start - begin, last, end - lines[last - 1])

    def temporary(self) -> str:
        self.temporaries += 1
        if self.temporaries > self.most_temporaries:
            self.most_temporaries = self.temporaries
        return f"ħtemporary{self.temporaries}"

    def closure(self) -> str:
        """Return a name for a function that only this statement uses. (Many names in one Python
        function are slow to compile, and hold what they name.)"""
        self.closures += 1
        self.most_closures = max(self.most_closures, self.closures)
        return f"ħclosure{self.closures}"

    def load(self, name: str) -> Any:
        return name_node(name, LOAD, self.position)

    def store(self, name: str) -> Any:
        return name_node(name, STORE, self.position)

    def helper(self, name: str) -> Any:
        return self.load(MARK + name)

    def constant(self, value: Any) -> Any:
        if value.__class__ is float and (value != value or value in (float("inf"), float("-inf"))):
            return self.load(MARK + ("infinity" if value > 0 else "minus_infinity"))
        if value.__class__ is Wide:
            return self.call(
                "wide",
                *(
                    place(ast.Constant(part), self.position)
                    for part in (value.value, value.unsigned)
                ),
            )
        line, column, last, end = self.position
        return new_node(
            ast.Constant,
            {
                "value": value,
                "kind": None,
                "lineno": line,
                "col_offset": column,
                "end_lineno": last,
                "end_col_offset": end,
            },
        )

    def call(self, name: str, *arguments: Any) -> Any:
        """Emit a call of a runtime helper."""
        return call_node(self.helper(name), list(arguments), self.position)

    def attribute(self, node: Any, name: str, context: Any = LOAD) -> Any:
        line, column, last, end = self.position
        return new_node(
            ast.Attribute,
            {
                "value": node,
                "attr": name,
                "ctx": context,
                "lineno": line,
                "col_offset": column,
                "end_lineno": last,
                "end_col_offset": end,
            },
        )

    def variable(self, variable: tree.Variable) -> Any:
        name = self.load(variable.python)
        if variable.boxed:
            return place(ast.Subscript(name, self.constant(0), LOAD), self.position)
        return name

    def pair(self, node: Any) -> Operand:
        """Return how to evaluate a node first and how to use its value again."""
        kind = node.__class__
        if kind is ast.Name or kind is ast.Constant:
            return node, node
        name = self.temporary()
        first = place(ast.NamedExpr(self.store(name), node), self.position)
        return first, self.load(name)

    def field(self, name: str) -> str:
        """Return the attribute of a string key, and remember the name."""
        name = attr(name)
        self.names.add(name)
        return name


def is_field(key: Any) -> bool:
    """Whether a constant key is read as a Python attribute."""
    return (
        key.__class__ is str and key not in _PYTHON_NAMES and key.isidentifier() and key.isascii()
    )


def is_simple(node: Any) -> bool:
    return node.__class__ is ast.Name or node.__class__ is ast.Constant
