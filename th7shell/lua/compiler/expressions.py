"""Lua expressions → Python expressions."""

from __future__ import annotations

import _ast as ast
from typing import Any

from ..host import UNBOUND_NAMES
from ..marks import ENVIRONMENT, VARARG
from . import templates as T
from . import tree
from .infer import known_function
from .jumps import Jumps
from .kinds import BOOLEAN, FLOAT, STRING, TABLE
from .layout import layout
from .nodes import LOAD, call_node, place
from .pieces import is_field, is_simple
from .rows import PLACES, Rows, calls, has_parts, is_range


class Expressions(Rows):
    """Emits the expressions of one Lua function; `raw` may give a tuple for a call, `value` not."""

    jumps: Jumps

    def raw(self, e: tree.Expression) -> Any:
        """Emit an expression; a call may give a tuple of results."""
        kind = e.__class__
        node = _EMIT[kind](self, e)
        if self.settled and kind is not tree.Constant:
            self.settled = self.timeless(e)
        return node

    def timeless(self, e: Any) -> bool:
        """Whether an expression has no effect, and the same value whenever it is evaluated."""
        kind = e.__class__
        if kind is tree.Local:
            return not e.variable.captured or not e.variable.assigned
        if kind is tree.Binary:  # whose operands were emitted, and are timeless
            return self.kind(e.left).number and self.kind(e.right).number
        return kind is tree.Vararg or kind is tree.Function or kind is tree.Paren

    def operand(self, e: tree.Expression) -> Any:
        """Emit a value that may well be looked up by an exception if it is nil: what would be an
        error, usually."""
        if e.__class__ is not tree.Index:
            return self.raw(e)
        settled = self.settled
        node = self._index(e, settled and 0 < len(self.jumps.levels) < _MOST_LEVELS)
        self.settled = settled and is_simple(node)
        return node

    def value(self, e: Any) -> Any:
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
        """Emit one value of `select('#', ...)` or `select(i, ...)`: no call if it is the library's
        function."""
        self.settled = False
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

    def arguments(self, expressions: list[tree.Expression]) -> list[Any]:
        """Emit the arguments of a call; `...` behind others, which may grow from call to call, has
        its end."""
        nodes = self.values(expressions)
        if len(nodes) > 1 and expressions[-1].__class__ is tree.Vararg:
            nodes[-1].value = T.FEW(self, V=nodes[-1].value)
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

    # ---- indexing

    def _index(self, e: tree.Index, ahead: bool = False) -> Any:
        key: Any = e.key
        if key.__class__ is tree.Constant and is_field(key.value):
            base = self.base(e.object)
            self.at(e)
            return self.attribute(base, self.field(key.value))
        links = self.links(e)
        if len(links) > 1:
            together = ahead and all(self.counted(link.key) for link in links)
            return self.element_ahead(links) if together else self.element_of_row(links)
        if ahead and self.counted(key):
            return self.index_ahead(e)
        object_node = self.operand_value(e.object)
        if has_parts(key) and not self.may_change(e.object, key):
            items = self.parts(key)
            self.at(e)
            return self.by_parts("index", object_node, items)
        key_node = self.value(key)
        self.at(e)
        kind = self.kind(key)
        if kind in (STRING, BOOLEAN, FLOAT):
            return T.INDEX_HELPER(self, A=object_node, K=key_node)
        operand = self.pair(key_node)
        if not is_simple(object_node):
            return self.element(object_node, operand, key)
        if self.counted(key):
            template = T.INDEX_COUNT if kind.positive else T.INDEX_WHOLE
        else:
            template = T.INDEX if is_simple(key_node) else T.INDEX_LATER
        return template(self, A=(object_node, object_node), K=operand)

    def may_change(self, o: tree.Expression, key: Any) -> bool:
        """Whether evaluating a key may assign another object to the variable that it is a key of,
        which Lua reads last."""
        if o.__class__ is not tree.Local:
            return False
        variable = o.variable
        own = variable.scope is self.function.scope
        return own and variable.captured and variable.assigned > 0 and calls(key)

    def parts(self, key: Any) -> list[Any]:
        """Emit the members of a key `{i, {a, b}, {}}`, of those that are lists their own."""
        return [
            [self.value(end) for end in part.items] if is_range(part) else self.value(part)
            for part in key.items
        ]

    def by_parts(self, what: str, o: Any, parts: list[Any], *v: Any) -> Any:
        """Emit the call that reads `o[parts]` or, with a value, stores there."""
        if len(parts) in PLACES and not any(part.__class__ is list for part in parts):
            return self.call(f"{what}_{PLACES[len(parts)]}", o, *parts, *v)
        return self.call(f"{what}_parts", o, self.tuple_of(parts), *v)

    def tuple_of(self, parts: list[Any]) -> Any:
        members = [self.tuple_of(p) if p.__class__ is list else p for p in parts]
        return place(ast.Tuple(members, LOAD), self.position)

    def operand_value(self, e: tree.Expression) -> Any:
        """Emit one value, as `operand` does."""
        computed = e.__class__ is tree.Index and e.key.__class__ is not tree.Constant
        return self.operand(e) if computed else self.value(e)

    def index_ahead(self, e: tree.Index) -> Any:
        """Emit a read in `out`."""
        raise RuntimeError("only statements can read ahead")

    def base(self, e: tree.Expression) -> Any:
        """Emit an object whose field is read: a string stands for its library."""
        node = self.operand_value(e)
        if self.kind(e) is TABLE:
            return node
        self.at(e)
        return T.BASE(self, A=self.pair(node))

    # ---- calls

    def _call(self, e: tree.Call) -> Any:
        function = self.value(e.function)
        arguments = self.arguments(e.arguments)
        self.at(e)
        return call_node(function, arguments, self.position)

    def _method(self, e: tree.Method) -> Any:
        first, again = self.pair(self.value(e.object))
        known = not is_field(e.name) or e.name in UNBOUND_NAMES or e.name[0] == "_"
        if known or self.kind(e.object) in (STRING, TABLE) or not self.repeatable(e.arguments):
            method, again = self.method(e, first, again)
            arguments = self.arguments(e.arguments)
            self.at(e)
            return call_node(method, [again, *arguments], self.position)
        method, again = self.method(e, again, again)
        arguments = self.arguments(e.arguments)
        self.at(e)
        bound = self.attribute(again, self.field(e.name))
        by_python = call_node(bound, arguments, self.position)
        by_lua = call_node(method, [again, *arguments], self.position)
        return T.METHOD_CALL(self, A=by_python, B=by_lua, O=(first, again))

    def repeatable(self, arguments: list[tree.Expression]) -> bool:
        """Whether the arguments of a call may stand in two branches: names and constants."""
        return all(e.__class__ is tree.Constant or e.__class__ is tree.Local for e in arguments)

    def method(self, e: tree.Method, first: Any, again: Any) -> tuple[Any, Any]:
        """Emit the function that a method call calls, and the object, which it has evaluated;
        `first` and `again` are the object."""
        self.at(e)
        if not is_field(e.name):
            method = self.call("method_of", first, self.constant(e.name))
        else:
            base = T.BASE(self, A=(first, again))
            method = T.METHOD(self, A=self.attribute(base, self.field(e.name)), O=again)
        return method, again

    # ---- constructors and functions

    def _constructor(self, e: tree.Constructor) -> Any:
        node = self.table(e)
        known = layout(e)
        return node if known is None else self.call("laid", node, self.constant(known))

    def table(self, e: tree.Constructor) -> Any:
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
        """Emit a constructor whose keys are computed or repeat: entries in the order in which they
        stand."""
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
        """Define a function before the current statement; return its Python name."""
        raise RuntimeError("only statements can define functions")


def _selects(e: tree.Call) -> bool:
    """Whether a call is `select(x, ...)`."""
    return (
        e.function.__class__ is tree.Global
        and e.function.name == "select"
        and len(e.arguments) == 2
        and e.arguments[1].__class__ is tree.Vararg
        and not isinstance(e.arguments[0], tree.Multi)
    )


_MOST_LEVELS = 12  # of loops in which another block of Python's is sure to have room


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
