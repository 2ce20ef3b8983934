"""Lua expressions → Python expressions."""

from __future__ import annotations

import ast
from bisect import bisect_right
from typing import Any

from ..values import attr
from . import templates as T
from . import tree
from .infer import Inference, exact_bits, is_number, known_function
from .templates import LOAD, PREFIX, STORE, Position, place

Operand = tuple[Any, Any]  # the node that evaluates it first, and the one for later uses

ENVIRONMENT = "ɢ"
VARARG = "ˑva"
_RESERVED = frozenset({"None", "True", "False", "__debug__"})
# Attributes that Python's own objects have: read through the helper, which knows what Lua sees there.
_PYTHON_NAMES = frozenset(
    name for kind in (int, float, bool, type, object) for name in dir(kind) if name[0] != "_"
)
_HELPED = _PYTHON_NAMES | _RESERVED
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Expressions:
    """Emits the expressions of one Lua function. `raw` may give a tuple for a call; `value` gives one value."""

    def __init__(self, inference: Inference, lines: list[int]) -> None:
        self.kind = inference.kind
        self.lines = lines
        self.position: Position = (1, 0, 1, 0)
        self.out: list[Any] = []
        self.temporaries = 0
        self.most_temporaries = 0
        self.names: set[str] = set()  # every field name that occurs: nil by default on all tables

    # ---- small pieces

    def at(self, node: tree.Node) -> None:
        """Give what is emitted next the source position of `node`."""
        lines = self.lines
        first = bisect_right(lines, node.start)
        last = bisect_right(lines, node.end)
        self.position = (first, node.start - lines[first - 1], last, node.end - lines[last - 1])

    def temporary(self) -> str:
        self.temporaries += 1
        if self.temporaries > self.most_temporaries:
            self.most_temporaries = self.temporaries
        return f"ʇ{self.temporaries}"

    def load(self, name: str) -> Any:
        return place(ast.Name(name, LOAD), self.position)

    def store(self, name: str) -> Any:
        return place(ast.Name(name, STORE), self.position)

    def helper(self, name: str) -> Any:
        return self.load(PREFIX + name)

    def constant(self, value: Any) -> Any:
        if value.__class__ is float and (value != value or value in (float("inf"), float("-inf"))):
            return self.load(PREFIX + ("infinity" if value > 0 else "minus_infinity"))
        return place(ast.Constant(value), self.position)

    def call(self, name: str, *arguments: Any) -> Any:
        """Emit a call of a runtime helper."""
        return place(ast.Call(self.helper(name), list(arguments), []), self.position)

    def attribute(self, node: Any, name: str, context: Any = LOAD) -> Any:
        return place(ast.Attribute(node, name, context), self.position)

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

    # ---- values

    def raw(self, e: tree.Expression) -> Any:
        """Emit an expression; a call may give a tuple of results."""
        return _EMIT[e.__class__](self, e)

    def value(self, e: tree.Expression) -> Any:
        """Emit an expression that gives exactly one Lua value."""
        kind = e.__class__
        if kind is tree.Call and _selects(e):
            return self.selected(e)
        node = self.raw(e)
        if kind is tree.Call or kind is tree.Method:
            function = known_function(e)
            if function is not None and function.scope.single:
                return node
            return T.FIRST(self, A=node)
        if kind is tree.Index and node.__class__ is ast.Attribute:
            return T.PLAIN(self, A=node)
        return node

    def selected(self, e: tree.Call) -> Any:
        """Emit one value of `select('#', ...)` or `select(i, ...)`: no call if it is the library's function."""
        which = e.arguments[0]
        self.at(e)
        function = self.raw(e.function)
        rest = self.load(VARARG)
        if which.__class__ is tree.Constant and which.value == "#":
            return T.SELECT_COUNT(self, A=self.pair(function), V=rest)
        key = self.pair(self.value(which))
        self.at(e)
        return T.SELECT(self, A=function, K=key, V=rest)

    def values(self, expressions: list[tree.Expression]) -> list[Any]:
        """Emit a list of expressions, the last of which may give several values."""
        nodes = [self.value(e) for e in expressions[:-1]]
        if expressions:
            last = expressions[-1]
            if isinstance(last, tree.Multi) and not self.is_single(last):
                nodes.append(place(ast.Starred(self.spread(last), LOAD), self.position))
            else:
                nodes.append(self.value(last))
        return nodes

    def is_single(self, e: tree.Expression) -> bool:
        function = known_function(e)
        return function is not None and function.scope.single

    def spread(self, e: tree.Expression) -> Any:
        """Emit the results of a call or of `...` as a tuple."""
        node = self.raw_results(e)
        if e.__class__ is tree.Vararg:
            return node
        return T.SPREAD(self, A=node)

    def raw_results(self, e: tree.Expression) -> Any:
        if e.__class__ is tree.Vararg:
            self.at(e)
            return self.load(VARARG)
        return self.raw(e)

    def _constant(self, e: tree.Constant) -> Any:
        self.at(e)
        return self.constant(e.value)

    def _vararg(self, e: tree.Vararg) -> Any:
        self.at(e)
        return T.VARARG_FIRST(self, A=self.load(VARARG))

    def _local(self, e: tree.Local) -> Any:
        self.at(e)
        return self.variable(e.variable)

    def _global(self, e: tree.Global) -> Any:
        self.at(e)
        return self.attribute(self.load(ENVIRONMENT), self.field(e.name))

    def _paren(self, e: tree.Paren) -> Any:
        return self.value(e.inner)

    def field(self, name: str) -> str:
        """Return the attribute of a string key, and remember the name."""
        name = attr(name)
        self.names.add(name)
        return name

    # ---- indexing

    def _index(self, e: tree.Index) -> Any:
        key = e.key
        if key.__class__ is tree.Constant and _is_field(key.value):
            base = self.base(e.object)
            self.at(e)
            return self.attribute(base, self.field(key.value))
        object_node = self.value(e.object)
        key_node = self.value(key)
        self.at(e)
        kind = self.kind(key)
        if kind == "s" or kind == "b" or kind == "f":
            return T.INDEX_HELPER(self, A=object_node, K=key_node)
        natural = kind.__class__ is int and kind > 0
        if _is_simple(object_node):
            template = T.INDEX_COUNT if natural else T.INDEX
            return template(self, A=(object_node, object_node), K=self.pair(key_node))
        template = T.INDEX_COUNT_OBJECT if natural else T.INDEX_OBJECT
        return template(self, A=object_node, K=self.pair(key_node))

    def base(self, e: tree.Expression) -> Any:
        """Emit an object whose field is read: a string stands for its library."""
        node = self.value(e)
        if self.kind(e) == "t":
            return node
        self.at(e)
        return T.BASE(self, A=self.pair(node))

    # ---- calls

    def _call(self, e: tree.Call) -> Any:
        function = self.value(e.function)
        arguments = self.values(e.arguments)
        self.at(e)
        return place(ast.Call(function, arguments, []), self.position)

    def _method(self, e: tree.Method) -> Any:
        first, again = self.pair(self.value(e.object))
        self.at(e)
        if not _is_field(e.name):
            method = self.call("method_of", first, self.constant(e.name))
        else:
            base = T.BASE(self, A=(first, again))
            method = T.PLAIN(self, A=self.attribute(base, self.field(e.name)))
        arguments = self.values(e.arguments)
        self.at(e)
        return place(ast.Call(method, [again, *arguments], []), self.position)

    # ---- operators

    def _binary(self, e: tree.Binary) -> Any:
        op = e.operator
        if op == "..":
            return self.concatenation(e)
        if op in ("==", "~="):
            return self.equality(e)
        if op in _FLIPPED:
            return self.comparison(e)
        return self.arithmetic(e)

    def numeric(self, e: tree.Expression, other: Any) -> Any:
        """Emit an operand of arithmetic; a literal beside a float is emitted as a float."""
        if other == "f" and e.__class__ is tree.Constant and e.value.__class__ is int:
            self.at(e)
            return self.constant(float(e.value))
        return self.raw(e)

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
        numbers = is_number(a), is_number(b)
        if numbers == (True, True):
            if (
                a == "f"
                or b == "f"
                or (a.__class__ is int and b.__class__ is int and exact_bits(op, a, b))
            ):
                return T.RAW[op](self, A=left, B=right)
            pairs = (self.pair(left), self.pair(right)) if op == "*" else (left, right)
            return T.NUMBERS[op](self, A=pairs[0], B=pairs[1])
        if numbers == (False, True) and _is_simple(right) and self.harmless(e.right, b):
            template = T.LEFT_UNKNOWN
            if op == "*" and b != "f":
                return T.SCALED(self, A=self.pair(left), B=self.pair(right))
            return template[op](self, A=self.pair(left), B=self.pair(right))
        if numbers == (True, False) and _is_simple(left) and self.harmless(e.left, a):
            if op == "*" and a != "f":
                return T.SCALED_RIGHT(self, A=self.pair(left), B=self.pair(right))
            return T.RIGHT_UNKNOWN[op](self, A=self.pair(left), B=self.pair(right))
        return T.UNKNOWN[op](self, A=self.pair(left), B=self.pair(right))

    @staticmethod
    def harmless(e: tree.Expression, kind: Any) -> bool:
        """Whether an operand cannot lead a whole result out of the exact range: a float or a small literal."""
        if kind == "f":
            return True
        return e.__class__ is tree.Constant and 0 < e.value <= 65536  # type: ignore[attr-defined]

    def modulo(self, e: tree.Binary, left: Any, right: Any) -> Any:
        a = self.kind(e.left)
        if (
            e.right.__class__ is tree.Constant
            and self.kind(e.right).__class__ is int
            and e.right.value > 0
        ):
            if a.__class__ is int:
                return T.RAW["%"](self, A=left, B=right)
            return T.MODULO(self, A=self.pair(left), B=self.pair(right))
        return T.HELPER["%"](self, A=left, B=right)

    def power(self, e: tree.Binary, left: Any, right: Any) -> Any:
        square = e.right.__class__ is tree.Constant and e.right.value == 2
        if square and self.kind(e.left) == "f":
            operand = self.pair(left)
            return T.RAW["*"](self, A=operand[0], B=operand[1])
        return T.HELPER["^"](self, A=left, B=right)

    def division(self, e: tree.Binary, left: Any, right: Any) -> Any:
        a, b = is_number(self.kind(e.left)), is_number(self.kind(e.right))
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
        numbers = is_number(a), is_number(b)
        if numbers == (True, True) or a == b == "s":
            return T.RAW[op](self, A=left, B=right)
        simple = _is_simple(left), _is_simple(right)
        left, right = self.pair(left), self.pair(right)
        if numbers == (False, True) and simple[1]:
            return T.COMPARE_LEFT[op](self, A=left, B=right)
        if numbers == (True, False) and simple[0]:
            return T.COMPARE_RIGHT[op](self, A=left, B=right)
        return T.COMPARE[op](self, A=left, B=right)

    def assigned(self, e: tree.Expression, target: Any) -> Any:
        """Emit the value of an assignment to a variable; a literal for one of floats is emitted as a float."""
        if (
            target.__class__ is tree.Variable
            and target.kind == "f"
            and e.__class__ is tree.Constant
            and e.value.__class__ is int
        ):
            self.at(e)
            return self.constant(float(e.value))
        return self.value(e)

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
        if (is_number(a) and is_number(b)) or a == b == "s":
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
            if (value == 0 or value == 1) and not is_number(a):
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
        if all(kind == "s" or is_number(kind) for kind in kinds):
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
        a = kinds[0] == "s" and _is_simple(nodes[0])
        b = kinds[1] == "s" and _is_simple(nodes[1])
        template = T.JOIN_RIGHT if a else T.JOIN_LEFT if b else T.JOIN
        return template(self, A=self.pair(nodes[0]), B=self.pair(nodes[1]))

    def text(self, e: tree.Expression) -> Any:
        """Emit a string or a number as a Python string."""
        node = self.raw(e)
        if self.kind(e) == "s":
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
            if kind == "s":
                return T.LENGTH_TEXT(self, A=node)
            return T.LENGTH(self, A=self.pair(node))
        if kind == "f":
            return place(ast.UnaryOp(ast.USub(), node), self.position)
        template = T.NEGATE_NUMBER if is_number(kind) else T.NEGATE
        return template(self, A=self.pair(node))

    def _logical(self, e: tree.Logical) -> Any:
        if self.kind(e.left) == "b" and self.kind(e.right) == "b":
            return self.condition(e, True)
        left, right = self.value(e.left), self.value(e.right)
        self.at(e)
        return (T.OR if e.operator == "or" else T.AND)(self, A=left, B=right)

    # ---- conditions

    def condition(self, e: tree.Expression, sense: bool) -> Any:
        """Emit a Python boolean: whether `e` is true (`sense`) or false in Lua."""
        kind = e.__class__
        if kind is tree.Logical:
            left, right = self.condition(e.left, sense), self.condition(e.right, sense)
            self.at(e)
            both = (e.operator == "and") is sense
            return place(ast.BoolOp(ast.And() if both else ast.Or(), [left, right]), self.position)
        if kind is tree.Unary and e.operator == "not":
            return self.condition(e.operand, not sense)
        if kind is tree.Constant:
            self.at(e)
            return self.constant((e.value is not None and e.value is not False) is sense)
        if self.kind(e) == "b":
            node = self.value(e)
            self.at(e)
            return node if sense else T.NOT(self, A=node)
        node = self.raw(e)
        self.at(e)
        if isinstance(e, tree.Multi) and e.__class__ is not tree.Vararg and not self.is_single(e):
            node = T.FIRST(self, A=node)
        if _is_simple(node):
            return (T.TRUE_SIMPLE if sense else T.FALSE_SIMPLE)(self, A=(node, node))
        return (T.TRUE if sense else T.FALSE)(self, A=node)

    # ---- constructors and functions

    def _constructor(self, e: tree.Constructor) -> Any:
        items = self.values(e.items)
        names = [k.value for k, _ in e.fields if k.__class__ is tree.Constant]
        plain = all(n.__class__ is str for n in names) and len(set(names)) == len(e.fields)
        in_order = e.order == sorted(e.order, reverse=True)
        if plain and (in_order or all(_is_pure(v) for v in (*e.items, *(v for _, v in e.fields)))):
            values = [self.value(v) for _, v in e.fields]
            keys = [self.constant(self.field(n)) for n in names]
        else:
            return self.mixed_constructor(e)
        self.at(e)
        if not items and not keys:
            return self.call("new_table")
        values_node = place(ast.List([self.constant(None), *items], LOAD), self.position)
        if not keys:
            return self.call("make_list", values_node)
        fields_node = place(ast.Dict(keys, values), self.position)
        if not items:
            return self.call("make_record", fields_node)
        return self.call("make_table", values_node, fields_node)

    def mixed_constructor(self, e: tree.Constructor) -> Any:
        """Emit a constructor whose keys are computed or repeat: entries in the order in which they stand."""
        items, fields = iter(e.items), iter(e.fields)
        entries: list[Any] = []
        last: tree.Expression | None = None
        for i, is_item in enumerate(e.order):
            if is_item:
                item = next(items)
                if i == len(e.order) - 1 and isinstance(item, tree.Multi):
                    last = item
                    break
                pair = [self.helper("item"), self.value(item)]
            else:
                key, value = next(fields)
                pair = [self.value(key), self.value(value)]
            entries.append(place(ast.Tuple(pair, LOAD), self.position))
        self.at(e)
        if last is not None:
            spread = place(ast.Starred(self.spread(last), LOAD), self.position)
            return self.call("build_table", place(ast.List(entries, LOAD), self.position), spread)
        return self.call("build_table", place(ast.List(entries, LOAD), self.position))

    def _function(self, e: tree.Function) -> Any:
        name = self.define(e, None)
        self.at(e)
        return self.load(name)

    def define(self, e: tree.Function, name: str | None) -> str:
        """Emit the definition of a function before the current statement; return its Python name."""
        raise RuntimeError("only statements can define functions")


def _is_field(key: Any) -> bool:
    """Whether a constant key is read as a Python attribute."""
    return (
        key.__class__ is str and key not in _PYTHON_NAMES and key.isidentifier() and key.isascii()
    )


def _selects(e: tree.Call) -> bool:
    """Whether a call is `select(x, ...)`."""
    return (
        e.function.__class__ is tree.Global
        and e.function.name == "select"  # type: ignore[attr-defined]
        and len(e.arguments) == 2
        and e.arguments[1].__class__ is tree.Vararg
        and not isinstance(e.arguments[0], tree.Multi)
    )


def _is_simple(node: Any) -> bool:
    return node.__class__ is ast.Name or node.__class__ is ast.Constant


def _is_pure(e: tree.Expression) -> bool:
    """Whether evaluating an expression earlier or later makes no difference."""
    return e.__class__ in (tree.Constant, tree.Local, tree.Function)


_EMIT: dict[type, Any] = {
    tree.Constant: Expressions._constant,
    tree.Vararg: Expressions._vararg,
    tree.Local: Expressions._local,
    tree.Global: Expressions._global,
    tree.Paren: Expressions._paren,
    tree.Index: Expressions._index,
    tree.Call: Expressions._call,
    tree.Method: Expressions._method,
    tree.Function: Expressions._function,
    tree.Binary: Expressions._binary,
    tree.Unary: Expressions._unary,
    tree.Logical: Expressions._logical,
    tree.Constructor: Expressions._constructor,
}
