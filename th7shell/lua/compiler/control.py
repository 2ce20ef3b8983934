"""Blocks, branches, loops and jumps of Lua → Python statements."""

from __future__ import annotations

import _ast as ast
from typing import Any

from . import templates as T
from . import tree
from .expressions import Expressions
from .infer import Inference
from .jumps import Jumps
from .nodes import LOAD, STORE, place
from .rows import calls


class Shared:
    """What the functions of one chunk share while they are emitted."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.numbers = 0
        self.functions: dict[str, str] = {}  # mark of a Python function → its Lua name

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def mark(self, name: str) -> str:
        """Note a function's Lua name; return a text that tells the function from all others."""
        mark = f"ħclosure{len(self.functions) + 1}"
        self.functions[mark] = name
        return mark


class Control(Expressions):
    """Emits what decides which statements run; `statement`, `adjusted` are the statements' own."""

    statement: Any
    adjusted: Any

    def __init__(self, inference: Inference, lines: list[int], shared: Shared) -> None:
        super().__init__(inference, lines)
        self.inference = inference
        self.shared = shared
        self.names = shared.names
        self.jumps = Jumps(self)

    def assign(self, target: Any, value: Any) -> Any:
        return place(ast.Assign([target], value), self.position)

    def expression(self, node: Any) -> Any:
        return place(ast.Expr(node), self.position)

    def set_name(self, name: str, value: Any) -> None:
        self.out.append(self.assign(self.store(name), value))

    def box(self, node: Any) -> Any:
        return place(ast.List([node], LOAD), self.position)

    def declare(self, variable: tree.Variable, value: Any) -> None:
        self.set_name(variable.python, self.box(value) if variable.boxed else value)

    def block(self, block: tree.Block) -> None:
        """Emit the statements of a block, with a Python loop for every region that a goto needs."""
        statements = block.statements
        if block.labels and not block.labels.keys().isdisjoint(_goes_to(statements)):
            self.segments(statements)
            return
        for statement in statements:
            self.statement(statement)

    def segments(self, statements: list[tree.Statement]) -> None:
        """Emit a block with labels: a loop that runs once; a goto starts it again at its label's
        segment."""
        parts: list[list[tree.Statement]] = [[]]
        labels = {}
        for statement in statements:
            if statement.__class__ is tree.Label:
                if parts[-1] or len(parts) == 1:
                    parts.append([])
                labels[statement.name] = len(parts) - 1
            else:
                parts[-1].append(statement)
        if not parts[-1]:
            parts.pop()
        level = self.jumps.open(labels, len(parts))
        self.out.append(self.assign(self.store(level.state), self.constant(0)))
        outer, self.out = self.out, []
        for number, part in enumerate(parts):
            inner, self.out = self.out, []
            for statement in part:
                self.statement(statement)
            body, self.out = self.out, inner
            state = self.load(level.state)
            test = T.RAW["<="](self, A=state, B=self.constant(number))
            if body:
                self.out.append(place(ast.If(test, body, []), self.position))
        self.out.append(place(ast.Break(), self.position))
        body, self.out = self.out, outer
        self.out.append(place(ast.While(self.constant(True), body, []), self.position))
        self.out.extend(self.jumps.close(level))

    def nested(self, block: tree.Block) -> list[Any]:
        """Emit a block as a list of statements of its own."""
        outer, self.out = self.out, []
        self.block(block)
        body, self.out = self.out, outer
        return body or [place(ast.Pass(), self.position)]

    def break_statement(self, s: tree.Break) -> None:
        self.at(s)
        self.out.extend(self.jumps.leave())

    def goto_statement(self, s: tree.Goto) -> None:
        self.at(s)
        self.out.extend(self.jumps.go(s.label))

    def if_statement(self, s: tree.If) -> None:
        self.branch(s, 0)

    def branch(self, s: tree.If, i: int) -> None:
        """Emit the test number `i` and, as its else part, those that follow."""
        condition, block = s.tests[i]
        test = self.condition(condition, True)
        self.at(condition)
        position = self.position
        body = self.nested(block)
        outer, self.out = self.out, []
        if i + 1 < len(s.tests):
            self.temporaries = 0
            self.settled = True
            self.branch(s, i + 1)
        elif s.otherwise is not None:
            self.block(s.otherwise)
        otherwise, self.out = self.out, outer
        self.out.append(place(ast.If(test, body, otherwise), position))

    def while_statement(self, s: tree.While) -> None:
        outer, self.out = self.out, []
        test = self.condition(s.condition, True)
        before, self.out = self.out, outer
        self.at(s.condition)
        position = self.position
        level = self.jumps.open()
        body = self.nested(s.body)
        self.position = position
        if before:
            stop = place(ast.If(T.NOT(self, A=test), [place(ast.Break(), position)], []), position)
            body = [*before, stop, *body]
            test = self.constant(True)
        self.out.append(place(ast.While(test, body, []), position))
        self.out.extend(self.jumps.close(level))

    def repeat_statement(self, s: tree.Repeat) -> None:
        level = self.jumps.open()
        outer, self.out = self.out, []
        self.block(s.body)
        self.temporaries = 0
        self.settled = True
        self.at(s.condition)
        test = self.condition(s.condition, True)
        self.at(s.condition)
        self.out.append(place(ast.If(test, [place(ast.Break(), self.position)], []), self.position))
        body, self.out = self.out, outer
        self.out.append(place(ast.While(self.constant(True), body, []), self.position))
        self.out.extend(self.jumps.close(level))

    def numeric_for(self, s: tree.NumericFor) -> None:
        first, limit = self.value(s.first), self.value(s.limit)
        step = None if s.step is None else self.value(s.step)
        kinds = [self.kind(s.first), self.kind(s.limit)]
        self.at(s)
        direction = 1
        if s.step is not None:
            amount = getattr(s.step, "value", 0)
            below = amount.__class__ is int and amount < 0
            direction = -1 if below else int(self.kind(s.step).positive and not calls(s.step))
        if kinds[0].bits and direction:
            one = self.constant(direction)
            if kinds[1].bits:
                stop = T.RAW["+"](self, A=limit, B=one)
            else:
                pair = self.pair(limit)
                stop = T.FOR_LIMIT(self, A=pair, B=one)
            values = self.call("range", first, stop, *([] if step is None else [step]))
        else:
            values = self.call("for_range", first, limit, *([] if step is None else [step]))
        self.loop(s.body, [s.variable], values)

    def loop(
        self,
        block: tree.Block,
        variables: list[tree.Variable],
        values: Any,
        guard: Any = None,
        second: str = "",
    ) -> None:
        """Emit a Python for loop over `values`; a guard stands first in it and reads the second
        value."""
        position = self.position
        targets = [self.store(v.python) for v in variables]
        if guard is not None and len(targets) == 1:
            targets.append(self.store(second))
        target = targets[0] if len(targets) == 1 else place(ast.Tuple(targets, STORE), position)
        level = self.jumps.open()
        outer, self.out = self.out, [] if guard is None else [guard]
        for variable in variables:
            if variable.boxed:
                self.set_name(variable.python, self.box(self.load(variable.python)))
        self.block(block)
        body, self.out = self.out, outer
        body = body or [place(ast.Pass(), position)]
        self.out.append(place(ast.For(target, values, body, []), position))
        self.out.extend(self.jumps.close(level))

    def generic_for(self, s: tree.GenericFor) -> None:
        count = len(s.variables)
        values = s.values
        call = values[0]
        if (
            len(values) == 1
            and call.__class__ is tree.Call
            and call.function.__class__ is tree.Global
            and call.function.name in ("pairs", "ipairs")
            and len(call.arguments) == 1
            and count <= 2
        ):
            self.library_loop(s, call)
            return
        nodes = self.adjusted(values, 3)
        self.at(s)
        iterator = self.call("iterate", self.constant(count), *nodes)
        self.loop(s.body, s.variables, iterator)

    def library_loop(self, s: tree.GenericFor, call: Any) -> None:
        """Emit a loop over `pairs(t)` or `ipairs(t)`: directly over the table if these are the
        library's."""
        name = call.function.name
        function, argument = self.value(call.function), self.value(call.arguments[0])
        self.at(call)
        number = self.shared.number()
        iterator, direct = f"ħiterator{number}", f"ħdirect{number}"
        targets = [self.store(iterator), self.store(direct)]
        pair = self.call(f"iterate_{name}", function, argument)
        self.out.append(self.assign(place(ast.Tuple(targets, STORE), self.position), pair))
        variables = list(s.variables)
        value = self.load(variables[1].python if len(variables) > 1 else f"ħvalue{number}")
        absent = T.IS(self, A=value, B=self.constant(None))
        test = place(ast.BoolOp(ast.And(), [absent, self.load(direct)]), self.position)
        jump = ast.Continue() if name == "pairs" else ast.Break()
        guard = place(ast.If(test, [place(jump, self.position)], []), self.position)
        self.loop(s.body, variables, self.load(iterator), guard, f"ħvalue{number}")


def _goes_to(statements: list[tree.Statement]) -> set[str]:
    """Return where the gotos among the statements, outside nested functions, lead."""
    found: set[str] = set()
    stack: list[Any] = list(statements)
    while stack:
        node = stack.pop()
        if node.__class__ is tree.Goto:
            found.add(node.label)
        if node.__class__ is not tree.Function and isinstance(node, tree.Statement):
            stack.extend(tree.children(node))
    return found
