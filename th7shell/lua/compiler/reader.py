"""The tokens of a chunk being parsed, the names in sight, and errors worded as LuaJIT's."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NoReturn

from ..errors import LuaSyntaxError
from . import tree
from .chunks import chunk_id
from .lexer import line_starts, tokens
from .tree import Block, Expression, Scope, Variable

MAX_LEVELS = 200
_MAX_LOCALS = 200
_MAX_UPVALUES = 60
_MAX_TESTS = 8000  # of one `if`


class Reader:
    """One chunk being parsed: its tokens, the current one, the scopes and blocks that are open."""

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
        self.blocks: list[OpenBlock] = []

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
        """Expect the token that closes the one at index `at`, and name that one's line if it is
        another line."""
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
        end, start = self.ends[self.at], self.starts[self.at]
        self.fail_at(f"{message} near '{self.near()}'", end, self.kind == "eof", start)

    def fail_at(
        self, message: str, offset: int, incomplete: bool = False, start: int | None = None
    ) -> NoReturn:
        line = self.line(offset)
        message = f"{chunk_id(self.name)}:{line}: {message}"
        place = offset if start is None else start
        raise LuaSyntaxError(message, line, incomplete, self.source, place)

    def enter(self) -> None:
        self.level += 1
        self.check_level()

    def check_level(self) -> None:
        if self.level >= MAX_LEVELS:
            self.too_deep()

    def too_deep(self) -> NoReturn:
        self.fail_at("chunk has too many syntax levels", self.ends[self.at])

    def check_targets(self, count: int) -> None:
        if self.level + count > MAX_LEVELS:
            self.limit(self.scope, MAX_LEVELS, "variable names")

    def check_tests(self, count: int) -> None:
        if count > _MAX_TESTS:
            self.fail("control structure too long")

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
                    assert scope.parent is not None  # the variable's scope is further out
                    scope = scope.parent
                variable.uses += 1
                return tree.Local(start, end, variable)
        return tree.Global(start, end, name)


class OpenBlock:
    """A block while it is parsed. `count` is shared by the blocks of a function: how many locals
    are active."""

    __slots__ = ("block", "count", "jumps", "labels", "locals", "trailing")

    def __init__(self, count: list[int]) -> None:
        self.block = Block([])
        self.count = count
        self.locals: list[Variable] = []
        self.labels: dict[str, Jump] = {}
        self.trailing: dict[str, Jump] = {}  # the labels that nothing follows
        self.jumps: list[Jump] = []


class Jump:
    """A goto or a label: how many locals of its block are visible there, how many the function has
    had so far."""

    __slots__ = ("known", "node", "visible")

    def __init__(self, node: Any, visible: int, known: int) -> None:
        self.node = node
        self.visible = visible
        self.known = known
