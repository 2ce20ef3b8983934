"""Tokens → expressions of the syntax tree, by precedence climbing."""

from __future__ import annotations

from typing import Any

from . import tree
from .binary import BINARY, UNARY_PRIORITY
from .reader import Reader
from .tree import Expression, Scope

_CONSTANTS = {"nil": None, "true": True, "false": False}


class ExpressionParser(Reader):
    """Parses expressions; `function_block` is the statements' own."""

    function_block: Any

    def expressions(self) -> list[Expression]:
        values = [self.expression()]
        while self.accept(","):
            values.append(self.expression())
        return values

    def expression(self, limit: int = 0) -> Expression:
        self.level += 1
        self.check_level()
        kind = self.kind
        if kind in _UNARY:
            start = self.starts[self.at]
            self.advance()
            operand = self.expression(UNARY_PRIORITY)
            left: Expression = _unary(kind, start, operand)
        else:
            left = self.simple()
        while (row := BINARY.get(self.kind)) and row.left > limit:
            operator = self.kind
            self.advance()
            right = self.expression(row.right)
            node = tree.Binary if row.event else tree.Logical
            left = node(left.start, right.end, operator, left, right)
        self.level -= 1
        return left

    def simple(self) -> Expression:
        kind = self.kind
        at = self.at
        if kind == "name" or kind == "(":
            return self.suffixed()
        if kind == "number" or kind == "string":
            value = self.values[at]
        elif kind in _CONSTANTS:
            value = _CONSTANTS[kind]
        elif kind == "{":
            return self.constructor()
        elif kind == "function":
            self.advance()
            return self.function(at, "anonymous", False)
        elif kind == "...":
            if not self.scope.vararg:
                self.fail("cannot use '...' outside a vararg function")
            self.advance()
            return tree.Vararg(self.starts[at], self.ends[at])
        else:
            self.fail("unexpected symbol")
        self.advance()
        return tree.Constant(self.starts[at], self.ends[at], value)

    def suffixed(self) -> Expression:
        """Parse a name or (expression) with the fields, indices and calls that follow it."""
        at = self.at
        start = self.starts[at]
        if self.kind == "name":
            left: Any = self.resolve(self.values[at], start, self.ends[at])
            self.advance()
        elif self.accept("("):
            inner = self.expression()
            self.expect_close(")", "(", at)
            left = tree.Paren(start, self.ends[self.at - 1], inner)
        else:
            self.fail("unexpected symbol")
        while True:
            kind = self.kind
            if kind == ".":
                self.advance()
                key_at = self.at
                name = self.expect_name()
                key: Expression = tree.Constant(self.starts[key_at], self.ends[key_at], name)
                left = tree.Index(start, self.ends[key_at], left, key)
            elif kind == "[":
                self.advance()
                key = self.expression()
                self.expect("]")
                left = tree.Index(start, self.ends[self.at - 1], left, key)
            elif kind == ":":
                self.advance()
                name = self.expect_name()
                if self.kind not in ("(", "{", "string"):
                    self.fail("function arguments expected")
                arguments = self.arguments()
                left = tree.Method(start, self.ends[self.at - 1], left, name, arguments)
            elif kind == "(" or kind == "{" or kind == "string":
                arguments = self.arguments()
                call = tree.Call(start, self.ends[self.at - 1], left, arguments)
                if left.__class__ is tree.Local:
                    left.variable.calls.append(call)
                left = call
            else:
                return left

    def arguments(self) -> list[Expression]:
        if self.kind != "(":
            return [self.simple()]
        at = self.at
        self.advance()
        if self.accept(")"):
            return []
        values = self.expressions()
        self.expect_close(")", "(", at)
        return values

    def constructor(self) -> Expression:
        at = self.at
        self.advance()
        items: list[Expression] = []
        fields: list[tuple[Expression, Expression]] = []
        order: list[bool] = []
        while self.kind != "}":
            key: Expression | None = None
            if self.kind == "name" and self.kinds[self.at + 1] == "=":
                key = tree.Constant(self.starts[self.at], self.ends[self.at], self.values[self.at])
                self.advance()
                self.advance()
            elif self.kind == "[":
                self.advance()
                key = self.expression()
                self.expect("]")
                self.expect("=")
            value = self.expression()
            order.append(key is None)
            if key is None:
                items.append(value)
            else:
                if isinstance(key, tree.Constant):
                    self.name_function(value, str(key.value))
                fields.append((key, value))
            if not self.accept(",") and not self.accept(";"):
                break
        self.expect_close("}", "{", at)
        return tree.Constructor(self.starts[at], self.ends[self.at - 1], items, fields, order)

    def function(self, at: int, name: str, is_method: bool) -> tree.Function:
        """Parse parameters and body; `at` is the token that the function begins with."""
        start = self.starts[at]
        scope = Scope(self.scope, self.line(start))
        self.scope = scope
        open_at = self.at
        self.expect("(")
        names = ["self"] if is_method else []
        if self.kind != ")":
            while True:
                if self.kind == "name":
                    names.append(self.values[self.at])
                    self.advance()
                elif self.accept("..."):
                    scope.vararg = True
                    break
                else:
                    self.fail("<name> or '...' expected")
                if not self.accept(","):
                    break
        self.expect_close(")", "(", open_at)
        parameters = [self.declare(parameter) for parameter in names]
        for parameter in parameters:
            parameter.in_loop = False
        body = self.function_block(parameters)
        self.expect_close("end", "function", at)
        assert scope.parent is not None  # the function's own scope is never the outermost
        self.scope = scope.parent
        end = self.ends[self.at - 1]
        function = tree.Function(start, end, scope, parameters, scope.vararg, body, name)
        scope.parent.inner.append(function)
        return function

    @staticmethod
    def name_function(value: Expression, name: str) -> None:
        """Name an anonymous function after what it is assigned to."""
        # Type: ignore[attr-defined].
        if value.__class__ is tree.Function and value.name == "anonymous":
            value.name = name


def _unary(operator: str, start: int, operand: Expression) -> Expression:
    if operator == "-" and operand.__class__ is tree.Constant:
        value = operand.value
        if value.__class__ is float or (value.__class__ is int and value):
            return tree.Constant(start, operand.end, -value)
    return tree.Unary(start, operand.end, operator, operand)


_UNARY = frozenset({"not", "-", "#"})
