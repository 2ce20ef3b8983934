"""Tokens → syntax tree, by recursive descent; names are resolved on the way. Errors are worded as LuaJIT's."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NoReturn

from ..errors import LuaSyntaxError
from . import tree
from .chunks import chunk_id
from .lexer import line_starts, tokens
from .tree import Block, Expression, Scope, Statement, Variable

_MAX_LEVELS = 200
_MAX_LOCALS = 200
_MAX_UPVALUES = 60

# operator: (binding to the left, binding to the right, node)
_BINARY: dict[str, tuple[int, int, Any]] = {
    "or": (1, 1, tree.Logical),
    "and": (2, 2, tree.Logical),
    **dict.fromkeys(("<", ">", "<=", ">=", "~=", "=="), (3, 3, tree.Binary)),
    "..": (5, 4, tree.Binary),
    "+": (6, 6, tree.Binary),
    "-": (6, 6, tree.Binary),
    **dict.fromkeys("*/%", (7, 7, tree.Binary)),
    "^": (10, 9, tree.Binary),
}
_UNARY_PRIORITY = 8
_BLOCK_END = frozenset({"eof", "end", "else", "elseif", "until"})
_CONSTANTS = {"nil": None, "true": True, "false": False}


def parse(source: str, chunk: str) -> tree.Function:
    """Parse a whole chunk into its main function. Raises LuaSyntaxError."""
    return Parser(source, chunk).chunk()


class Parser:
    """One chunk being parsed: the tokens, the current one, and the scopes that are open."""

    def __init__(self, source: str, chunk: str) -> None:
        self.source = source
        self.name = chunk
        self.kinds, self.values, self.starts, self.ends = tokens(source, chunk)
        self.lines = line_starts(source)
        self.at = 0
        self.kind = self.kinds[0]
        self.level = 0
        self.scope = Scope(None, 0, True)
        self.active: list[dict[str, Variable]] = []  # visible names, innermost block last
        self.loops = 0  # loops around the current statement in this function
        self.blocks: list[_OpenBlock] = []

    # ---- tokens

    def advance(self) -> None:
        self.at += 1
        self.kind = self.kinds[self.at]

    def accept(self, kind: str) -> bool:
        if self.kind == kind:
            self.advance()
            return True
        return False

    def expect(self, kind: str) -> None:
        if self.kind != kind:
            self.fail(f"'{kind}' expected")
        self.advance()

    def expect_name(self) -> str:
        if self.kind != "name":
            self.fail("'<name>' expected")
        name = self.values[self.at]
        self.advance()
        return name

    def expect_close(self, kind: str, opener: str, at: int) -> None:
        """Expect the token that closes the one at index `at`, and name that one's line if it is another line."""
        if self.kind == kind:
            self.advance()
            return
        line, here = self.line(self.starts[at]), self.line(self.ends[self.at])
        if line == here:
            self.fail(f"'{kind}' expected")
        self.fail(f"'{kind}' expected (to close '{opener}' at line {line})")

    def near(self) -> str:
        return (
            "<eof>"
            if self.kind == "eof"
            else self.source[self.starts[self.at] : self.ends[self.at]]
        )

    def fail(self, message: str) -> NoReturn:
        """Raise a syntax error at the current token."""
        self.fail_at(f"{message} near '{self.near()}'", self.ends[self.at], self.kind == "eof")

    def fail_at(self, message: str, offset: int, incomplete: bool = False) -> NoReturn:
        line = self.line(offset)
        raise LuaSyntaxError(f"{chunk_id(self.name)}:{line}: {message}", line, incomplete)

    def enter(self) -> None:
        self.level += 1
        if self.level >= _MAX_LEVELS:
            self.fail_at("chunk has too many syntax levels", self.ends[self.at])

    def line(self, offset: int) -> int:
        return bisect_right(self.lines, offset)

    # ---- names

    def declare(self, name: str) -> Variable:
        """Make a local variable; it becomes visible by `show`."""
        scope = self.scope
        variable = Variable(name, scope)
        variable.in_loop = self.loops > 0
        scope.variables.append(variable)
        return variable

    def show(self, variable: Variable) -> None:
        block = self.blocks[-1]
        older = self.find(variable.name)
        if older is not None and older.scope is self.scope:
            variable.shadowed = older
        self.active[-1][variable.name] = variable
        block.locals.append(variable)
        block.count[0] += 1
        if block.count[0] > _MAX_LOCALS:
            self.limit(self.scope, _MAX_LOCALS, "local variables")

    def limit(self, scope: Scope, most: int, what: str) -> NoReturn:
        who = f"function at line {scope.line}" if scope.parent else "main function"
        self.fail_at(f"{who} has more than {most} {what}", self.ends[self.at])

    def find(self, name: str) -> Variable | None:
        for names in reversed(self.active):
            if name in names:
                return names[name]
        return None

    def resolve(self, name: str, start: int, end: int) -> Expression:
        for names in reversed(self.active):
            if name in names:
                variable = names[name]
                scope: Scope = self.scope
                while variable.scope is not scope:
                    variable.captured = True
                    scope.upvalues[variable] = None
                    if len(scope.upvalues) > _MAX_UPVALUES:
                        self.limit(scope, _MAX_UPVALUES, "upvalues")
                    scope = scope.parent  # type: ignore[assignment]
                return tree.Local(start, end, variable)
        return tree.Global(start, end, name)

    # ---- blocks

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

    def open_block(self, variables: list[Variable]) -> _OpenBlock:
        self.enter()
        opened = _OpenBlock(self.blocks[0].count if self.blocks else [0])
        self.blocks.append(opened)
        self.active.append({})
        for variable in variables:
            self.show(variable)
        return opened

    def statements(self, opened: _OpenBlock) -> Block:
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

    def close_block(self, opened: _OpenBlock) -> None:
        """Leave a block: resolve the gotos to its labels and pass the others on to the block around it."""
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
                outer.jumps.append(_Jump(jump.node, len(outer.locals), jump.known))
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
        if (
            self.kind == "name"
            and self.values[self.at] == "goto"
            and self.kinds[self.at + 1] == "name"
        ):
            return self.goto_statement()
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
        return tree.NumericFor(self.starts[at], header, variable, first, limit, step, body)

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
        block.jumps.append(_Jump(statement, len(block.locals), len(self.scope.variables)))
        return statement

    def label_statement(self) -> Statement:
        at = self.at
        self.advance()
        name = self.expect_name()
        if any(name in block.labels for block in self.blocks):
            self.fail_at(f"duplicate label '{name}'", self.starts[at])
        self.expect("::")
        block = self.blocks[-1]
        label = _Jump(None, len(block.locals), len(self.scope.variables))
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

    @staticmethod
    def name_function(value: Expression, name: str) -> None:
        """Name an anonymous function after what it is assigned to."""
        if value.__class__ is tree.Function and value.name == "anonymous":  # type: ignore[attr-defined]
            value.name = name  # type: ignore[attr-defined]

    # ---- expressions

    def expressions(self) -> list[Expression]:
        values = [self.expression()]
        while self.accept(","):
            values.append(self.expression())
        return values

    def expression(self, limit: int = 0) -> Expression:
        self.level += 1
        if self.level >= _MAX_LEVELS:
            self.enter()
        kind = self.kind
        if kind in _UNARY:
            start = self.starts[self.at]
            self.advance()
            operand = self.expression(_UNARY_PRIORITY)
            left: Expression = _unary(kind, start, operand)
        else:
            left = self.simple()
        while (priority := _BINARY.get(self.kind)) and priority[0] > limit:
            operator = self.kind
            self.advance()
            right = self.expression(priority[1])
            left = priority[2](left.start, right.end, operator, left, right)
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
            left = self.resolve(self.values[at], start, self.ends[at])
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
                left = tree.Call(start, self.ends[self.at - 1], left, arguments)
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
        self.scope = scope.parent  # type: ignore[assignment]
        end = self.ends[self.at - 1]
        return tree.Function(start, end, scope, parameters, scope.vararg, body, name)


class _OpenBlock:
    """A block while it is parsed. `count` is shared by the blocks of a function: how many locals are active."""

    __slots__ = ("block", "count", "jumps", "labels", "locals", "trailing")

    def __init__(self, count: list[int]) -> None:
        self.block = Block([])
        self.count = count
        self.locals: list[Variable] = []
        self.labels: dict[str, _Jump] = {}
        self.trailing: dict[str, _Jump] = {}  # the labels that nothing follows
        self.jumps: list[_Jump] = []


class _Jump:
    """A goto or a label: how many locals of its block are visible there, how many the function has had so far."""

    __slots__ = ("known", "node", "visible")

    def __init__(self, node: Any, visible: int, known: int) -> None:
        self.node = node
        self.visible = visible
        self.known = known


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


def _unary(operator: str, start: int, operand: Expression) -> Expression:
    if operator == "-" and operand.__class__ is tree.Constant:
        value = operand.value  # type: ignore[attr-defined]
        if value.__class__ is float or (value.__class__ is int and value):
            return tree.Constant(start, operand.end, -value)
    return tree.Unary(start, operand.end, operator, operand)


_UNARY = frozenset({"not", "-", "#"})
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
    "::": Parser.label_statement,
}
