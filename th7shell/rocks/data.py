"""Lua files that hold data (rockspecs, manifests) read as data: assignments of tables, texts and
numbers, with operators and conditions; a function, a call or a loop in one is an error.

Tables are dicts here, with whole numbers from 1 for the list.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from th7shell.lua.arithmetic import truth
from th7shell.lua.compiler import tree
from th7shell.lua.compiler.parser import parse
from th7shell.lua.errors import LuaSyntaxError

from . import RocksError

_STEPS = 5_000_000  # nodes; LuaRocks' own manifest has about a million
_LONGEST = 1_000_000  # characters of a text that was put together

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def read(text: str, name: str) -> dict[str, Any]:
    """The globals that a file of data sets. Errors: RocksError, with name and line."""
    reader = _Reader(text, name)
    try:
        reader.block(parse(text, f"={name}").body)
    except LuaSyntaxError as error:
        raise RocksError(str(error.value)) from None
    return {k: v for k, v in reader.globals.items() if v is not None}


class _Reader:
    """Evaluates the tree of one file."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.globals: dict[str, Any] = {}
        self.locals: dict[tree.Variable, Any] = {}
        self.steps = 0

    def fail(self, node: tree.Node, message: str) -> RocksError:
        line = self.text.count("\n", 0, node.start) + 1
        return RocksError(f"{self.name}:{line}: {message}")

    def block(self, block: tree.Block) -> None:
        for node in block.statements:
            self.statement(node)

    def statement(self, node: tree.Statement) -> None:
        if isinstance(node, tree.LocalStatement):
            values = self.values(node.values, len(node.variables))
            self.locals.update(zip(node.variables, values, strict=True))
        elif isinstance(node, tree.Assign):
            for target, value in zip(node.targets, self.values(node.values, len(node.targets))):
                self.assign(target, value)
        elif isinstance(node, tree.Do):
            self.block(node.body)
        elif isinstance(node, tree.If):
            for test, body in node.tests:
                if truth(self.value(test)):
                    return self.block(body)
            if node.otherwise is not None:
                self.block(node.otherwise)
        else:
            raise self.fail(node, _refusal(node))
        return None

    def values(self, nodes: list[tree.Expression], count: int) -> list[Any]:
        found = [self.value(node) for node in nodes]
        return (found + [None] * count)[:count]

    def assign(self, target: tree.Expression, value: Any) -> None:
        if isinstance(target, tree.Global):
            self.globals[target.name] = value
        elif isinstance(target, tree.Local):
            self.locals[target.variable] = value
        elif isinstance(target, tree.Index):
            table = self.value(target.object)
            if not isinstance(table, dict):
                raise self.fail(target, "a field is set of what is no table")
            table[self.key(target.key)] = value

    def key(self, node: tree.Expression) -> Any:
        value = self.value(node)
        if isinstance(value, dict) or value is None or value != value:
            raise self.fail(node, "the key of a table is a text, a number or a boolean")
        return value

    def value(self, node: tree.Expression) -> Any:
        self.steps += 1
        if self.steps > _STEPS:
            raise self.fail(node, "the file has too much in it")
        kind = node.__class__
        if kind is tree.Constant:
            value = node.value  # type: ignore[attr-defined]
            return int(value) if isinstance(value, float) and value.is_integer() else value
        if kind is tree.Constructor:
            return self.table(node)  # type: ignore[arg-type]
        if kind is tree.Local:
            return self.locals.get(node.variable)  # type: ignore[attr-defined]
        if kind is tree.Global:
            return self.globals.get(node.name)  # type: ignore[attr-defined]
        if isinstance(node, tree.Paren):
            return self.value(node.inner)
        if isinstance(node, tree.Index):
            table = self.value(node.object)
            if not isinstance(table, dict):
                raise self.fail(node, "a field is asked of what is no table")
            return table.get(self.key(node.key))
        if isinstance(node, tree.Logical):
            left = self.value(node.left)
            return self.value(node.right) if truth(left) == (node.operator == "and") else left
        if isinstance(node, tree.Unary):
            return self.unary(node, self.value(node.operand))
        if isinstance(node, tree.Binary):
            return self.binary(node, self.value(node.left), self.value(node.right))
        raise self.fail(node, _refusal(node))

    def table(self, node: tree.Constructor) -> dict[Any, Any]:
        found = {self.key(key): self.value(value) for key, value in node.fields}
        for place, item in enumerate(node.items, 1):
            found[place] = self.value(item)
        return {key: value for key, value in found.items() if value is not None}

    def unary(self, node: tree.Unary, value: Any) -> Any:
        if node.operator == "not":
            return not truth(value)
        if node.operator == "-" and _number(value):
            return -value
        if node.operator == "#" and isinstance(value, str):
            return len(value)
        if node.operator == "#" and isinstance(value, dict):
            return len(listed(value))
        raise self.fail(node, f"'{node.operator}' is not for this value")

    def binary(self, node: tree.Binary, left: Any, right: Any) -> Any:
        sign = node.operator
        if sign in ("==", "~="):
            same = left is right if isinstance(left, dict) else _same(left, right)
            return same == (sign == "==")
        if sign == ".." and _text(left) and _text(right):
            joined = f"{left}{right}"
            if len(joined) > _LONGEST:
                raise self.fail(node, "the text is too long")
            return joined
        alike = _number(left) and _number(right)
        if sign in _ARITHMETIC and (
            alike or (sign[0] in "<>" and isinstance(left, str) and isinstance(right, str))
        ):
            try:
                return _ARITHMETIC[sign](left, right)
            except (OverflowError, ZeroDivisionError):
                pass
        raise self.fail(node, f"'{sign}' is not for these values")


def _refusal(node: tree.Node) -> str:
    what = {
        "Call": "a call",
        "Method": "a call",
        "CallStatement": "a call",
        "Function": "a function",
        "LocalFunction": "a function",
        "While": "a loop",
        "Repeat": "a loop",
        "NumericFor": "a loop",
        "GenericFor": "a loop",
    }.get(type(node).__name__, f"'{type(node).__name__.lower()}'")
    return f"{what} in a file of data, of which nothing is run"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> bool:
    return isinstance(value, str) or _number(value)


def _same(left: Any, right: Any) -> bool:
    return isinstance(left, str) == isinstance(right, str) and (
        isinstance(left, bool) == isinstance(right, bool) and left == right
    )


def listed(table: Any) -> list[Any]:
    """The list in a table: what lies at 1, 2, … up to the first gap."""
    found: list[Any] = []
    while (len(found) + 1) in table:
        found.append(table[len(found) + 1])
    return found
