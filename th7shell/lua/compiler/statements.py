"""Lua statements and functions → Python statements."""

from __future__ import annotations

import _ast as ast
from typing import Any

from ..marks import ENVIRONMENT, EXTRA, MARK, VARARG
from . import templates as T
from . import tree
from .elements import Elements
from .infer import upvalue_of_loop
from .jumps import PENDING
from .kinds import ANY, NIL, TABLE, Kind
from .nodes import LOAD, STORE, place
from .pieces import is_field, is_simple
from .rows import has_parts


class Statements(Elements):
    """Emits the statements of one Lua function into `self.out`."""

    # ---- functions

    def body(self, e: tree.Function) -> list[Any]:
        """Emit the body of a function."""
        self.function = e
        self.at(e)
        self.out = body = []
        outer = [v for v in e.scope.upvalues if not v.boxed and v.assigned]
        if outer:
            names = sorted(v.python for v in outer)
            body.append(place(ast.Nonlocal(names), self.position))
        start = len(body)
        (self.rounds if e.scope.again else self.round)(e)
        if self.jumps.used:
            body.insert(start, self.assign(self.store(PENDING), self.constant(0)))
        return body

    def define(self, e: tree.Function, name: str | None) -> str:
        """Define a function before the current statement; return its Python name."""
        fresh = upvalue_of_loop(e, self.function.scope) if self.function else []
        itself = e.scope.itself and not self.jumps.levels and not fresh
        wanted = name
        mark = self.shared.mark(e.name if name is None or itself else "")
        if itself:
            name = mark + MARK
        elif name is None:
            name = self.closure()
        emitter = Statements(self.inference, self.lines, self.shared)
        if itself:  # not where a loop gives the variable another function
            emitter.itself = name
        body = emitter.body(e)
        self.at(e)
        body.insert(0, self.expression(self.constant(mark)))
        definition = place(ast.FunctionDef(name, emitter.parameters(e), body, []), self.position)
        if hasattr(definition, "type_params"):
            definition.type_params = []
        if not fresh:
            self.out.append(definition)
            if wanted is not None and wanted != name:
                self.set_name(wanted, self.load(name))
                return wanted
            return name
        # A closure in a loop takes the variables of this round as parameters of a
        # function around it.
        maker = self.closure()
        arguments = [place(ast.arg(v.python), self.position) for v in fresh]
        result = place(ast.Return(self.load(name)), self.position)
        marked = self.expression(self.constant(self.shared.mark("(closure)")))
        outer = ast.FunctionDef(maker, _arguments(arguments), [marked, definition, result], [])
        if hasattr(outer, "type_params"):
            outer.type_params = []
        self.out.append(place(outer, self.position))
        made = place(
            ast.Call(self.load(maker), [self.load(v.python) for v in fresh], []), self.position
        )
        self.set_name(name, made)
        return name

    def parameters(self, e: tree.Function) -> ast.arguments:
        self.at(e)
        names = [place(ast.arg(p.python), self.position) for p in e.parameters]
        extra = None
        if e.vararg or not e.scope.exact:
            extra = place(ast.arg(VARARG if e.vararg else EXTRA), self.position)
        defaults = [self.constant(None) for _ in names]
        return ast.arguments([], names, extra, [], [], None, defaults)

    # ---- pieces

    def one_value(self, e: tree.Expression, target: Any = None) -> Any:
        """Emit one value; a table constructor as statements, faster than a helper's call."""
        if e.__class__ is not tree.Constructor:
            return self.assigned(e, target)
        node: Any = self.value(e)
        parts = {
            "make_list": ("ħarray",),
            "make_record": ("__dict__",),
            "make_table": ("ħarray", "__dict__"),
        }
        made_by: Any = node.func if node.__class__ is ast.Call else None
        names = made_by and parts.get(made_by.id[1:])
        if names is None:
            return node
        name = self.temporary()
        if target.__class__ is tree.Variable and not target.captured:
            name = target.python  # a variable in a register of its own
        self.set_name(name, self.call("new", self.helper("table")))
        if "ħarray" not in names:
            names, node.args = ("ħarray", *names), [self.helper("no_items"), *node.args]
        for attribute, value in zip(names, node.args):
            self.out.append(self.assign(self.attribute(self.load(name), attribute, STORE), value))
        return self.load(name)

    def statement(self, s: tree.Statement) -> None:
        self.temporaries = self.closures = 0
        self.settled = True
        _EMIT[s.__class__](self, s)

    # ---- statements

    def local_statement(self, s: tree.LocalStatement) -> None:
        variables, values = s.variables, s.values
        if len(variables) == 1 and len(values) == 1:
            variable, value = variables[0], values[0]
            if value.__class__ is tree.Function and not variable.boxed:
                self.define(value, variable.python)
                return
            node = self.one_value(value, variable)
            self.at(s)
            if node.__class__ is not ast.Name or node.id != variable.python or variable.boxed:
                self.declare(variable, node)
            return
        if not values:
            self.at(s)
            for variable in variables:
                self.declare(variable, self.constant(None))
            return
        nodes = self.adjusted(values, len(variables), variables)
        self.at(s)
        if all(is_simple(n) and not isinstance(n, ast.Name) for n in nodes):
            for variable, node in zip(variables, nodes):
                self.declare(variable, node)
            return
        self.assign_all([self.store(v.python) for v in variables], nodes)
        for variable in variables:
            if variable.boxed:
                self.set_name(variable.python, self.box(self.load(variable.python)))

    def assign_all(self, targets: list[Any], nodes: list[Any]) -> None:
        """Emit `a, b = x, y`; a single Starred node stands for a tuple of the right length."""
        if len(targets) == 1:
            self.out.append(self.assign(targets[0], nodes[0]))
            return
        target = place(ast.Tuple(targets, STORE), self.position)
        if len(nodes) == 1 and isinstance(nodes[0], ast.Starred):
            value = nodes[0].value
        else:
            value = place(ast.Tuple(nodes, LOAD), self.position)
        self.out.append(self.assign(target, value))

    def adjusted(
        self, values: list[tree.Expression], count: int, targets: list[Any] | None = None
    ) -> list[Any]:
        """Emit exactly `count` values; the last may be one Starred node of the missing values."""
        nodes: list[Any] = []
        unused: list[Any] = []
        for i, e in enumerate(values):
            last = i == len(values) - 1
            missing = count - i
            if last and missing > 1 and isinstance(e, tree.Multi) and not self.is_single(e):
                results = self.raw_results(e)
                self.at(e)
                adjusted = self.call("adjust", results, self.constant(missing))
                nodes.append(place(ast.Starred(adjusted, LOAD), self.position))
                return nodes
            if i < count:
                nodes.append(self.assigned(e, targets[i] if targets else None))
            else:
                unused.append(self.value(e))
        if unused:  # evaluated after the others
            pair = place(ast.Tuple([nodes[-1], *unused], LOAD), self.position)
            nodes[-1] = place(ast.Subscript(pair, self.constant(0), LOAD), self.position)
        nodes.extend(self.constant(None) for _ in range(count - len(nodes)))
        return nodes

    def local_function(self, s: tree.LocalFunction) -> None:
        variable = s.variable
        if variable.boxed:
            self.at(s)
            self.declare(variable, self.constant(None))
            name = self.define(s.function, None)
            self.at(s)
            self.out.append(self.assign(self.box_target(variable), self.load(name)))
            return
        self.define(s.function, variable.python)

    def box_target(self, variable: tree.Variable) -> Any:
        name = self.load(variable.python)
        return place(ast.Subscript(name, self.constant(0), STORE), self.position)

    def assign_statement(self, s: tree.Assign) -> None:
        if len(s.targets) == 1 and len(s.values) == 1:
            target, value = s.targets[0], s.values[0]
            if target.__class__ is tree.Index:
                pure = _is_pure_value(value)
                if has_parts(target.key):
                    self.store_parts(target, value, pure)
                    return
                if target.object.__class__ is tree.Index and self.stores_in_row(target, value):
                    return
                prepared = self.prepared(target, pure)
                node = self.one_value(value)
                self.store_index(target, prepared, node, self.kind(value))
                return
            if value.__class__ is tree.Function and target.__class__ is tree.Local:
                variable = target.variable
                if not variable.boxed and not upvalue_of_loop(value, self.function.scope):
                    self.define(value, variable.python)
                    return
            node = self.assigned(value, getattr(target, "variable", None))
            self.store_value(target, None, node, self.kind(value))
            return
        prepared = [self.prepared(t, False) for t in s.targets]
        variables = [getattr(target, "variable", None) for target in s.targets]
        nodes = self.adjusted(s.values, len(s.targets), variables)
        self.at(s)
        names = [self.temporary() for _ in s.targets]
        self.assign_all([self.store(n) for n in names], nodes)
        for target, ready, name in reversed(list(zip(s.targets, prepared, names))):
            self.at(target)
            self.store_value(target, ready, self.load(name), ANY)

    def store_parts(self, target: Any, value: tree.Expression, pure: bool) -> None:
        """Emit `o[{i, {a, b}, {}}] = value`."""
        object_node, key = self.value(target.object), target.key
        parts = self.parts(key)
        if not pure:
            object_node = self.kept(object_node, target.object)
            parts = [
                [self.kept(node, e) for node, e in zip(part, of.items)]
                if part.__class__ is list
                else self.kept(part, of)
                for part, of in zip(parts, key.items)
            ]
        node = self.one_value(value)
        self.at(target)
        self.out.append(self.expression(self.by_parts("set", object_node, parts, node)))

    def prepared(self, target: tree.Expression, pure: bool) -> Any:
        """Evaluate the table and the key of an assignment before its values are."""
        if target.__class__ is not tree.Index:
            return None
        object_node, key = self.value(target.object), target.key
        key_node = self.value(key)
        self.at(target)
        if not pure or not is_simple(key_node):
            object_node = self.kept(object_node, target.object)
            key_node = self.kept(key_node, key)
        return object_node, key_node

    def kept(self, node: Any, e: tree.Expression) -> Any:
        """Put a value into a temporary, unless it cannot change before it is used."""
        if node.__class__ is ast.Constant:
            return node
        if e.__class__ is tree.Local and not e.variable.assigned:
            return node
        name = self.temporary()
        self.set_name(name, node)
        return self.load(name)

    def store_value(self, target: Any, prepared: Any, node: Any, kind: Kind) -> None:
        if target.__class__ is tree.Local:
            self.at(target)
            variable = target.variable
            place_ = self.box_target(variable) if variable.boxed else self.store(variable.python)
            self.out.append(self.assign(place_, node))
        elif target.__class__ is tree.Global:
            self.at(target)
            environment = self.load(ENVIRONMENT)
            self.store_field(environment, target.name, node, kind, table=True)
        else:
            self.store_index(target, prepared, node, kind)

    def store_index(self, target: tree.Index, prepared: Any, node: Any, kind: Kind) -> None:
        object_node, key_node = prepared
        self.at(target)
        key = target.key
        if key.__class__ is tree.Constant and is_field(key.value):
            table = self.kind(target.object) is TABLE
            self.store_field(object_node, key.value, node, kind, table)
            return
        self.store_element(target, object_node, key_node, node, kind)

    def store_field(self, object_node: Any, name: str, node: Any, kind: Kind, table: bool) -> None:
        """Emit `object.name = value`; only a value that may be nil needs the helper."""
        field = self.field(name)
        if kind is NIL:
            self.out.append(
                self.expression(self.call("set_field", object_node, self.constant(name), node))
            )
            return
        if not is_simple(object_node):
            temporary = self.temporary()
            self.set_name(temporary, object_node)
            object_node = self.load(temporary)
        if not is_simple(node) and kind is ANY:
            temporary = self.temporary()
            self.set_name(temporary, node)
            node = self.load(temporary)
        store = self.assign(self.attribute(object_node, field, STORE), node)
        tests = []
        if kind is ANY:
            tests.append(T.IS_NOT(self, A=node, B=self.constant(None)))
        if not table:
            tests.append(T.STORABLE(self, A=object_node))
        if not tests:
            self.out.append(store)
            return
        helper = self.call("set_field", object_node, self.constant(name), node)
        test = tests[0] if len(tests) == 1 else place(ast.BoolOp(ast.And(), tests), self.position)
        self.out.append(place(ast.If(test, [store], [self.expression(helper)]), self.position))

    def call_statement(self, s: tree.CallStatement) -> None:
        call = s.call
        if call.__class__ is tree.Call and call.function.__class__ is tree.Global:
            if call.function.name == "collectgarbage":
                self.at(s)
                for number in range(1, self.most_temporaries + 1):
                    self.set_name(
                        f"ħtemporary{number}", self.constant(None)
                    )  # they may hold garbage
                for number in range(1, self.most_closures + 1):
                    self.set_name(f"ħclosure{number}", self.constant(None))
        node = self.raw(call)
        self.at(s)
        self.out.append(self.expression(node))

    def do_statement(self, s: tree.Do) -> None:
        self.block(s.body)

    def return_statement(self, s: tree.Return) -> None:
        values = s.values
        if self.call_again(s):
            return
        if len(values) == 1:
            if isinstance(values[0], tree.Multi):
                node = self.raw_results(values[0])
            else:
                node = self.one_value(values[0])
            self.at(s)
            if values[0].__class__ is tree.Vararg:
                node = self.call("results", node)
        else:
            nodes = self.values(values)
            self.at(s)
            node = place(ast.Tuple(nodes, LOAD), self.position)
            if nodes and isinstance(nodes[-1], ast.Starred):
                node = self.call("results", node)
        self.out.append(self._returned(node))

    def _returned(self, node: Any) -> Any:
        """The return of a value; of one of two calls, each a return of its own, by which errors
        know that the callee takes the caller's place."""
        if node.__class__ is ast.IfExp and ast.Call is node.body.__class__ is node.orelse.__class__:
            branches = [[self._returned(node.body)], [self._returned(node.orelse)]]
            return place(ast.If(node.test, *branches), self.position)
        return place(ast.Return(node), self.position)


def _arguments(arguments: list[Any]) -> ast.arguments:
    return ast.arguments([], arguments, None, [], [], None, [])


def _is_pure_value(e: tree.Expression) -> bool:
    """Whether an expression neither calls anything nor can change a variable."""
    kind = e.__class__
    return kind in (tree.Constant, tree.Local, tree.Function, tree.Vararg) or (
        kind is tree.Constructor and not e.items and not e.fields  # type: ignore[attr-defined]
    )


_EMIT: dict[type, Any] = {
    tree.LocalStatement: Statements.local_statement,
    tree.LocalFunction: Statements.local_function,
    tree.Assign: Statements.assign_statement,
    tree.CallStatement: Statements.call_statement,
    tree.Do: Statements.do_statement,
    tree.While: Statements.while_statement,
    tree.Repeat: Statements.repeat_statement,
    tree.If: Statements.if_statement,
    tree.NumericFor: Statements.numeric_for,
    tree.GenericFor: Statements.generic_for,
    tree.Return: Statements.return_statement,
    tree.Break: Statements.break_statement,
    tree.Goto: Statements.goto_statement,
    tree.Label: lambda self, s: None,
}
