"""A function that returns a call of itself → a loop around its body, which takes no room on the
stack."""

from __future__ import annotations

import _ast as ast
from typing import Any

from ..marks import VARARG
from . import templates as T
from . import tree
from .control import Control
from .nodes import LOAD, STORE, place


class TailCalls(Control):
    """Emits the loop, and the returns that start its next round."""

    function: Any = None  # the tree.Function
    itself = ""  # the variable that holds the function; "" where it cannot tell itself from others

    def rounds(self, e: tree.Function) -> None:
        """Emit the body of a function as a loop whose rounds are the calls of itself."""
        self.own_level = self.jumps.open(size=1)
        outer, self.out = self.out, []
        self.round(e)
        body, self.out = self.out, outer
        self.jumps.close(self.own_level)
        self.at(e.body.statements[0])
        self.out.append(place(ast.While(self.constant(True), body, []), self.position))

    def round(self, e: tree.Function) -> None:
        """Emit what each call of a function does."""
        for parameter in e.parameters:
            if parameter.boxed:
                self.set_name(parameter.python, self.box(self.load(parameter.python)))
        self.block(e.body)
        if not self.out or not isinstance(self.out[-1], ast.Return):
            self.at(tree.Node(e.end, e.end))
            nothing = place(ast.Tuple([], LOAD), self.position)
            self.out.append(place(ast.Return(nothing), self.position))

    def call_again(self, s: tree.Return) -> bool:
        """Emit `return f(…)` in f itself; whether that was done."""
        if s.again is None or not (s.again or self.itself):
            return False
        call: Any = s.values[0]
        if s.again:
            arguments, function = call.arguments, self.function
            in_order = len(arguments) <= len(function.parameters) and not (
                arguments and isinstance(arguments[-1], tree.Multi)
            )
            self.next_round(call, *self.given(arguments, keep=not in_order))
            return True
        leading: list[Any] = []
        if call.__class__ is tree.Method:
            callee, again = self.method(call, *self.pair(self.value(call.object)))
            leading.append(again)
        else:
            callee = self.value(call.function)
        self.at(call)
        callee = self.held(callee)
        nodes, rest = self.given(call.arguments, keep=True)
        self.at(call)
        nodes = leading + nodes
        outer, self.out = self.out, []
        self.next_round(call, nodes, rest)
        taken, self.out = self.out, outer
        test = T.IS(self, A=callee, B=self.load(self.itself))
        self.out.append(place(ast.If(test, taken, []), self.position))
        if rest is not None:
            nodes = [*nodes, place(ast.Starred(rest, LOAD), self.position)]
        node = place(ast.Call(callee, nodes, []), self.position)
        self.at(s)
        self.out.append(place(ast.Return(node), self.position))
        return True

    def held(self, node: Any) -> Any:
        """Put a value that is used later, perhaps twice, into a temporary."""
        if node.__class__ is ast.Constant:
            return node
        name = self.temporary()
        self.set_name(name, node)
        return self.load(name)

    def given(self, arguments: list[tree.Expression], keep: bool) -> tuple[list[Any], Any]:
        """Emit arguments: one node each, and one for the tuple of the values that end them, if
        several may. keep: they are used twice."""
        nodes: list[Any] = []
        for i, e in enumerate(arguments):
            if i == len(arguments) - 1 and isinstance(e, tree.Multi) and not self.is_single(e):
                rest = self.spread(e)
                self.at(e)
                return nodes, self.held(rest)
            node = self.value(e)
            self.at(e)
            nodes.append(self.held(node) if keep else node)
        return nodes, None

    def next_round(self, call: Any, nodes: list[Any], rest: Any) -> None:
        """Emit the assignment of arguments to the parameters, and the jump."""
        self.at(call)
        function = self.function
        targets = [self.store(p.python) for p in function.parameters]
        count = len(targets)
        missing = count - len(nodes)
        values = nodes[:count]
        beyond = nodes[count:]
        if missing > 0 and rest is not None:
            values.append(
                place(
                    ast.Starred(self.call("adjust", rest, self.constant(missing)), LOAD),
                    self.position,
                )
            )
            part = ast.Slice(self.constant(missing), None, None)
            rest = place(ast.Subscript(rest, place(part, self.position), LOAD), self.position)
        else:
            values.extend(self.constant(None) for _ in range(missing))
        if function.vararg:
            if rest is not None:
                rest = self.call("few", rest)
                beyond.append(place(ast.Starred(rest, LOAD), self.position))
            targets.append(self.store(VARARG))
            values.append(place(ast.Tuple(beyond, LOAD), self.position))
        self.assign_rest(targets, values)
        self.out.extend(self.jumps.again(self.own_level))

    def assign_rest(self, targets: list[Any], values: list[Any]) -> None:
        """Emit `a, b = x, y` without what stays as it is."""
        pairs = [
            (target, value)
            for target, value in zip(targets, values)
            if value.__class__ is not ast.Name or value.id != target.id
        ]
        if not any(value.__class__ is ast.Starred for value in values):
            targets, values = [t for t, _ in pairs], [v for _, v in pairs]
        if len(targets) == 1 and values[0].__class__ is not ast.Starred:
            self.out.append(self.assign(targets[0], values[0]))
        elif targets:
            both = [ast.Tuple(targets, STORE), ast.Tuple(values, LOAD)]
            self.out.append(self.assign(*(place(node, self.position) for node in both)))
