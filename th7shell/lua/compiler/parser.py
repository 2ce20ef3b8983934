"""Tokens → syntax tree, by recursive descent: statements and blocks; names are resolved too."""

from __future__ import annotations

from typing import Any

from . import tree
from .parse_expressions import ExpressionParser
from .reader import MAX_LEVELS, Jump, OpenBlock
from .tree import Block, Expression, Statement, Variable

_BLOCK_END = frozenset({"eof", "end", "else", "elseif", "until"})


def parse(source: str, chunk: str) -> tree.Function:
    """Parse a whole chunk into its main function. Raises LuaSyntaxError."""
    return Parser(source, chunk).chunk()


class Parser(ExpressionParser):
    """Parses a chunk."""

    def chunk(self) -> tree.Function:
        """Parse the whole chunk."""
        block = self.function_block([])
        if self.kind != "eof":
            self.fail("'<eof>' expected")
        end = self.ends[max(self.at - 1, 0)]
        return tree.Function(0, end, self.scope, [], True, block, "main chunk")

    def function_block(self, parameters: list[Variable]) -> Block:
        """Parse the statements of a function whose scope is open."""
        outer, self.blocks, loops, self.loops = self.blocks, [], self.loops, 0
        block = self.block(parameters)
        self.blocks, self.loops = outer, loops
        return block

    def loop_block(self, variables: list[Variable]) -> Block:
        """Parse the body of a loop, in which `variables` are new for each round."""
        self.loops += 1
        for variable in variables:
            variable.in_loop = True
        block = self.block(variables)
        self.loops -= 1
        return block

    def block(self, variables: list[Variable]) -> Block:
        """Parse statements up to the end of the block; `variables` are visible in it."""
        opened = self.open_block(variables)
        block = self.statements(opened)
        self.close_block(opened)
        return block

    def open_block(self, variables: list[Variable]) -> OpenBlock:
        self.enter()
        opened = OpenBlock(self.blocks[0].count if self.blocks else [0])
        self.blocks.append(opened)
        self.active.append({})
        for variable in variables:
            self.show(variable)
        return opened

    def statements(self, opened: OpenBlock) -> Block:
        block = opened.block
        while self.kind not in _BLOCK_END:
            if self.kind == "return":
                block.statements.append(self.return_statement())
                self.accept(";")
                break
            statement = self.statement()
            if statement is not None:
                block.statements.append(statement)
                if statement.__class__ is not tree.Label:
                    opened.trailing.clear()
        return block

    def close_block(self, opened: OpenBlock) -> None:
        """Leave a block: resolve the gotos to its labels and pass the others on to the block around
        it."""
        self.active.pop()
        self.blocks.pop()
        self.level -= 1
        opened.count[0] -= len(opened.locals)
        outer = self.blocks[-1] if self.blocks else None
        for jump in opened.jumps:
            label = opened.labels.get(jump.node.label)
            if label is None:
                if outer is None:
                    self.fail_at(f"undefined label '{jump.node.label}'", jump.node.start)
                outer.jumps.append(Jump(jump.node, len(outer.locals), jump.known))
                continue
            visible = 0 if jump.node.label in opened.trailing else label.visible
            if visible > jump.visible:
                name, local = jump.node.label, opened.locals[jump.visible].name
                self.fail_at(
                    f"<goto {name}> jumps into the scope of local '{local}'", jump.node.start
                )
            for variable in self.scope.variables[label.known : jump.known]:
                variable.in_loop = True

    # ---- statements

    def statement(self) -> Statement | None:
        method = _STATEMENTS.get(self.kind)
        if method is not None:
            return method(self)
        return self.expression_statement()

    def empty_statement(self) -> None:
        self.advance()

    def if_statement(self) -> Statement:
        at = self.at
        tests = []
        otherwise = None
        while True:
            self.advance()
            condition = self.expression()
            self.expect("then")
            tests.append((condition, self.block([])))
            self.check_tests(len(tests))
            if self.kind != "elseif":
                break
        if self.accept("else"):
            otherwise = self.block([])
        self.expect_close("end", "if", at)
        return tree.If(self.starts[at], self.ends[self.at - 1], tests, otherwise)

    def while_statement(self) -> Statement:
        at = self.at
        self.advance()
        self.loops += 1
        condition = self.expression()
        self.loops -= 1
        self.expect("do")
        body = self.loop_block([])
        self.expect_close("end", "while", at)
        return tree.While(self.starts[at], self.ends[self.at - 1], condition, body)

    def do_statement(self) -> Statement:
        at = self.at
        self.advance()
        body = self.block([])
        self.expect_close("end", "do", at)
        return tree.Do(self.starts[at], self.ends[self.at - 1], body)

    def repeat_statement(self) -> Statement:
        at = self.at
        self.advance()
        self.loops += 1
        opened = self.open_block([])
        body = self.statements(opened)
        self.expect_close("until", "repeat", at)
        opened.trailing.clear()  # the condition follows every label
        condition = self.expression()
        self.close_block(opened)
        self.loops -= 1
        return tree.Repeat(self.starts[at], self.ends[self.at - 1], body, condition)

    def for_statement(self) -> Statement:
        at = self.at
        self.advance()
        names = [self.expect_name()]
        if self.kind == "=":
            return self.numeric_for(at, names[0])
        if self.kind not in (",", "in"):
            self.fail("'=' or 'in' expected")
        while self.accept(","):
            names.append(self.expect_name())
        self.expect("in")
        values = self.expressions()
        self.expect("do")
        header = self.ends[self.at - 1]
        variables = [self.declare(name) for name in names]
        for variable in variables:
            variable.sources.append(None)
        body = self.loop_block(variables)
        self.expect_close("end", "for", at)
        return tree.GenericFor(self.starts[at], header, variables, values, body)

    def numeric_for(self, at: int, name: str) -> Statement:
        self.advance()
        first = self.expression()
        self.expect(",")
        limit = self.expression()
        step = self.expression() if self.accept(",") else None
        self.expect("do")
        header = self.ends[self.at - 1]
        variable = self.declare(name)
        body = self.loop_block([variable])
        self.expect_close("end", "for", at)
        loop = tree.NumericFor(self.starts[at], header, variable, first, limit, step, body)
        variable.sources.insert(0, loop)
        return loop

    def function_statement(self) -> Statement:
        at = self.at
        self.advance()
        start = self.starts[self.at]
        name = self.expect_name()
        target = self.resolve(name, start, self.ends[self.at - 1])
        is_method = False
        while self.kind in (".", ":"):
            is_method = self.kind == ":"
            self.advance()
            key_at = self.at
            key = self.expect_name()
            name = f"{name}{'.:'[is_method]}{key}"
            end = self.ends[key_at]
            constant = tree.Constant(self.starts[key_at], end, key)
            target = tree.Index(start, end, target, constant)
            if is_method:
                break
        function = self.function(at, name, is_method)
        if isinstance(target, tree.Local):
            target.variable.assigned += 1
            target.variable.sources.append(function)
        return tree.Assign(self.starts[at], function.end, [target], [function])

    def local_statement(self) -> Statement:
        at = self.at
        self.advance()
        if self.accept("function"):
            name = self.expect_name()
            variable = self.declare(name)
            self.show(variable)
            function = self.function(at, name, False)
            variable.sources.append(function)
            return tree.LocalFunction(self.starts[at], function.end, variable, function)
        names = [self.expect_name()]
        while self.accept(","):
            names.append(self.expect_name())
        values = self.expressions() if self.accept("=") else []
        for name, value in zip(names, values):
            self.name_function(value, name)
        variables = [self.declare(name) for name in names]
        _note_sources(variables, values)
        for variable in variables:
            self.show(variable)
        return tree.LocalStatement(self.starts[at], self.ends[self.at - 1], variables, values)

    def return_statement(self) -> Statement:
        at = self.at
        self.advance()
        values = []
        if self.kind not in _BLOCK_END and self.kind != ";":
            values = self.expressions()
        statement = tree.Return(self.starts[at], self.ends[self.at - 1], values)
        self.scope.returns.append(statement)
        return statement

    def break_statement(self) -> Statement:
        if not self.loops:
            self.fail_at("no loop to break", self.starts[self.at])
        self.advance()
        return tree.Break(self.starts[self.at - 1], self.ends[self.at - 1])

    def goto_statement(self) -> Statement:
        at = self.at
        self.advance()
        statement = tree.Goto(self.starts[at], self.ends[self.at], self.expect_name())
        block = self.blocks[-1]
        block.jumps.append(Jump(statement, len(block.locals), len(self.scope.variables)))
        return statement

    def label_statement(self) -> Statement:
        at = self.at
        self.advance()
        name = self.expect_name()
        if name in self.blocks[-1].labels:
            self.fail_at(f"duplicate label '{name}'", self.starts[at])
        self.expect("::")
        block = self.blocks[-1]
        if self.level + len(block.trailing) >= MAX_LEVELS:
            self.too_deep()
        label = Jump(None, len(block.locals), len(self.scope.variables))
        block.labels[name] = block.trailing[name] = label
        block.block.labels[name] = len(block.block.statements)
        return tree.Label(self.starts[at], self.ends[self.at - 1], name)

    def expression_statement(self) -> Statement:
        at = self.at
        expression = self.suffixed()
        kind = expression.__class__
        if kind is tree.Call or kind is tree.Method:
            return tree.CallStatement(expression.start, expression.end, expression)
        targets = [self.target(expression)]
        while self.accept(","):
            targets.append(self.target(self.suffixed()))
            self.check_targets(len(targets))
        self.expect("=")
        values = self.expressions()
        for target, value in zip(targets, values):
            self.name_function(value, self.source[target.start : target.end])
        _note_sources([t.variable if t.__class__ is tree.Local else None for t in targets], values)
        for target in targets:
            if isinstance(target, tree.Local):
                target.variable.assigned += 1
        return tree.Assign(self.starts[at], self.ends[self.at - 1], targets, values)

    def target(self, expression: Expression) -> Expression:
        if not isinstance(expression, (tree.Local, tree.Global, tree.Index)):
            self.fail("syntax error")
        return expression


def _note_sources(variables: list[Any], values: list[Expression]) -> None:
    """Remember what is assigned to each variable, for the inference of its type."""
    for i, variable in enumerate(variables):
        if variable is None:
            continue
        if i < len(values) - 1 or (i < len(values) and not isinstance(values[i], tree.Multi)):
            variable.sources.append(values[i])
        elif i == len(values) - 1:
            variable.sources.append(tree.Paren(0, 0, values[i]))
        else:
            variable.sources.append(None)


_STATEMENTS: dict[str, Any] = {
    ";": Parser.empty_statement,
    "if": Parser.if_statement,
    "while": Parser.while_statement,
    "do": Parser.do_statement,
    "for": Parser.for_statement,
    "repeat": Parser.repeat_statement,
    "function": Parser.function_statement,
    "local": Parser.local_statement,
    "return": Parser.return_statement,
    "break": Parser.break_statement,
    "goto": Parser.goto_statement,
    "::": Parser.label_statement,
}
