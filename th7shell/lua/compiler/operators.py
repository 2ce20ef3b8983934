"""Lua operators and conditions → Python expressions, by what is known of the operands."""

from __future__ import annotations

import _ast as ast
from typing import Any

from . import templates as T
from . import tree
from .kinds import BOOLEAN, FLOAT, STRING, Kind, exact
from .nodes import place
from .pieces import Pieces, is_simple

_ORDER = frozenset({"<", "<=", ">", ">="})


class Operators(Pieces):
    """Emits operators. `raw`, `value` and `is_single` are the expressions' own."""

    raw: Any
    operand: Any
    operand_value: Any
    value: Any
    is_single: Any

    def _binary(self, e: tree.Binary) -> Any:
        op = e.operator
        if op == "..":
            return self.concatenation(e)
        if op in ("==", "~="):
            return self.equality(e)
        if op in _ORDER:
            return self.comparison(e)
        return self.arithmetic(e)

    def numeric(self, e: tree.Expression, other: Kind) -> Any:
        """Emit an operand of arithmetic; a literal beside a float is emitted as a float."""
        if other is FLOAT and e.__class__ is tree.Constant and e.value.__class__ is int:
            self.at(e)
            return self.constant(float(e.value))
        return self.operand(e)

    def arithmetic(self, e: tree.Binary) -> Any:
        op = e.operator
        a, b = self.kind(e.left), self.kind(e.right)
        left, right = self.numeric(e.left, b), self.numeric(e.right, a)
        self.at(e)
        if op == "%":
            return self.modulo(e, left, right)
        if op == "^":
            return self.power(e, left, right)
        if op == "/":
            return self.division(e, left, right)
        if op not in T.UNKNOWN:
            return T.HELPER[op](self, A=left, B=right)
        numbers = a.number, b.number
        if numbers == (True, True):
            if a is FLOAT or b is FLOAT or (a.bits and b.bits and exact(op, a, b)):
                return T.RAW[op](self, A=left, B=right)
            pairs = (self.pair(left), self.pair(right)) if op == "*" else (left, right)
            return T.NUMBERS[op](self, A=pairs[0], B=pairs[1])
        if numbers == (False, True) and is_simple(right) and self.harmless(e.right, b):
            template = T.LEFT_UNKNOWN
            if op == "*" and b is not FLOAT:
                return T.SCALED(self, A=self.pair(left), B=self.pair(right))
            return template[op](self, A=self.pair(left), B=self.pair(right))
        if numbers == (True, False) and is_simple(left) and self.harmless(e.left, a):
            if op == "*" and a is not FLOAT:
                return T.SCALED_RIGHT(self, A=self.pair(left), B=self.pair(right))
            return T.RIGHT_UNKNOWN[op](self, A=self.pair(left), B=self.pair(right))
        return T.UNKNOWN[op](self, A=self.pair(left), B=self.pair(right))

    @staticmethod
    def harmless(e: tree.Expression, kind: Kind) -> bool:
        """Whether an operand cannot lead a whole result out of the exact range: a float or a small
        literal."""
        if kind is FLOAT:
            return True
        return e.__class__ is tree.Constant and 0 < e.value <= 65536

    def modulo(self, e: tree.Binary, left: Any, right: Any) -> Any:
        a = self.kind(e.left)
        if e.right.__class__ is tree.Constant and self.kind(e.right).bits and e.right.value > 0:
            if a.bits:
                return T.RAW["%"](self, A=left, B=right)
            return T.MODULO(self, A=self.pair(left), B=self.pair(right))
        return T.MODULO_ANY(self, A=self.pair(left), B=self.pair(right))

    def power(self, e: tree.Binary, left: Any, right: Any) -> Any:
        square = e.right.__class__ is tree.Constant and e.right.value == 2
        if square:
            operand = self.pair(left)
            if self.kind(e.left) is FLOAT:
                return T.RAW["*"](self, A=operand[0], B=operand[1])
            return T.SQUARE(self, A=operand, B=right)
        return T.HELPER["^"](self, A=left, B=right)

    def division(self, e: tree.Binary, left: Any, right: Any) -> Any:
        a, b = self.kind(e.left).number, self.kind(e.right).number
        if e.right.__class__ is tree.Constant and b and e.right.value:
            if a:
                return T.RAW["/"](self, A=left, B=right)
            return T.DIVIDE(self, A=self.pair(left), B=self.pair(right))
        if a and b:
            left = self.pair(left)
            return T.DIVIDE_NUMBERS(self, A=left, B=self.pair(right))
        return T.DIVIDE_ANY(self, A=self.pair(left), B=self.pair(right))

    def comparison(self, e: tree.Binary) -> Any:
        op = e.operator
        a, b = self.kind(e.left), self.kind(e.right)
        left, right = self.numeric(e.left, b), self.numeric(e.right, a)
        self.at(e)
        numbers = a.number, b.number
        if numbers == (True, True) or a is b is STRING:
            return T.RAW[op](self, A=left, B=right)
        simple = is_simple(left), is_simple(right)
        left, right = self.pair(left), self.pair(right)
        if numbers == (False, True) and simple[1]:
            return T.COMPARE_LEFT[op](self, A=left, B=right)
        if numbers == (True, False) and simple[0]:
            return T.COMPARE_RIGHT[op](self, A=left, B=right)
        return T.COMPARE[op](self, A=left, B=right)

    def assigned(self, e: tree.Expression, target: Any) -> Any:
        """Emit the value of an assignment to a variable; a literal for one of floats is emitted as
        a float."""
        if (
            target.__class__ is tree.Variable
            and target.kind is FLOAT
            and e.__class__ is tree.Constant
            and e.value.__class__ is int
        ):
            self.at(e)
            return self.constant(float(e.value))
        return self.operand_value(e)

    def equality(self, e: tree.Binary) -> Any:
        node = self.equal(e)
        if e.operator == "==":
            return node
        self.at(e)
        return T.NOT(self, A=node)

    def equal(self, e: tree.Binary) -> Any:
        left, right = e.left, e.right
        if left.__class__ is tree.Constant:
            left, right = right, left
        a, b = self.kind(left), self.kind(right)
        if (a.number and b.number) or a is b is STRING:
            nodes = self.numeric(left, b), self.numeric(right, a)
            self.at(e)
            return T.RAW["=="](self, A=nodes[0], B=nodes[1])
        if right.__class__ is tree.Constant:
            node = self.value(left)
            value = right.value
            constant = self.raw(right)
            self.at(e)
            if value is None or value.__class__ is bool:
                return T.IS(self, A=node, B=constant)
            if (value == 0 or value == 1) and not a.number:
                return T.EQUAL_BIT(
                    self, A=self.pair(node), B=constant, C=self.constant(bool(value))
                )
            return T.RAW["=="](self, A=node, B=constant)
        nodes = self.value(e.left), self.value(e.right)
        self.at(e)
        return T.EQUAL(self, A=self.pair(nodes[0]), B=self.pair(nodes[1]))

    def concatenation(self, e: tree.Binary) -> Any:
        parts: list[tree.Expression] = [e.left]
        right = e.right
        while right.__class__ is tree.Binary and right.operator == "..":
            parts.append(right.left)
            right = right.right
        parts.append(right)
        kinds = [self.kind(part) for part in parts]
        if all(kind is STRING or kind.number for kind in kinds):
            nodes = [self.text(part) for part in parts]
            self.at(e)
            if len(nodes) == 2:
                return T.RAW["+"](self, A=nodes[0], B=nodes[1])
            joined = [
                n
                if n.__class__ is ast.Constant
                else place(ast.FormattedValue(n, -1), self.position)
                for n in nodes
            ]
            return place(ast.JoinedStr(joined), self.position)
        nodes = [self.raw(part) for part in parts]
        self.at(e)
        if len(nodes) > 2:
            return self.call("concat", *nodes)
        a = kinds[0] is STRING and is_simple(nodes[0])
        b = kinds[1] is STRING and is_simple(nodes[1])
        template = T.JOIN_RIGHT if a else T.JOIN_LEFT if b else T.JOIN
        return template(self, A=self.pair(nodes[0]), B=self.pair(nodes[1]))

    def text(self, e: tree.Expression) -> Any:
        """Emit a string or a number as a Python string."""
        node = self.raw(e)
        if self.kind(e) is STRING:
            return node
        self.at(e)
        return T.NUMBER_TEXT(self, A=node)

    def _unary(self, e: tree.Unary) -> Any:
        op = e.operator
        if op == "not":
            return self.condition(e.operand, False)
        node = self.raw(e.operand) if op == "-" else self.value(e.operand)
        kind = self.kind(e.operand)
        self.at(e)
        if op == "#":
            if kind is STRING:
                return T.LENGTH_TEXT(self, A=node)
            return T.LENGTH(self, A=self.pair(node))
        if kind is FLOAT:
            return place(ast.UnaryOp(ast.USub(), node), self.position)
        template = T.NEGATE_NUMBER if kind.number else T.NEGATE
        return template(self, A=self.pair(node))

    def _logical(self, e: tree.Logical) -> Any:
        if self.kind(e.left) is BOOLEAN and self.kind(e.right) is BOOLEAN:
            return self.condition(e, True)
        left = self.value(e.left)
        self.settled = False
        right = self.value(e.right)
        self.at(e)
        return (T.OR if e.operator == "or" else T.AND)(self, A=left, B=right)

    # ---- conditions

    def condition(self, e: Any, sense: bool) -> Any:
        """Emit a Python boolean: whether `e` is true (`sense`) or false in Lua."""
        kind = e.__class__
        if kind is tree.Logical:
            left = self.condition(e.left, sense)
            self.settled = False
            right = self.condition(e.right, sense)
            self.at(e)
            both = (e.operator == "and") is sense
            return place(ast.BoolOp(ast.And() if both else ast.Or(), [left, right]), self.position)
        if kind is tree.Unary and e.operator == "not":
            return self.condition(e.operand, not sense)
        if kind is tree.Constant:
            self.at(e)
            return self.constant((e.value is not None and e.value is not False) is sense)
        if self.kind(e) is BOOLEAN:
            node = self.value(e)
            self.at(e)
            return node if sense else T.NOT(self, A=node)
        node = self.raw(e)
        self.at(e)
        if isinstance(e, tree.Multi) and e.__class__ is not tree.Vararg and not self.is_single(e):
            node = T.FIRST(self, A=node)
        if is_simple(node):
            return (T.TRUE_SIMPLE if sense else T.FALSE_SIMPLE)(self, A=(node, node))
        return (T.TRUE if sense else T.FALSE)(self, A=node)
