"""What a hint may look at: the message, the text that failed, and, where Lua code ran, the failing
operation with the values of its parts. Nothing here runs user code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any

from th7shell import lua
from th7shell.lua import Table
from th7shell.lua.compiler import tree
from th7shell.lua.host_failures import arguments_of
from th7shell.lua.marks import CHUNK, SOURCE
from th7shell.lua.naming import is_store, node_at
from th7shell.lua.tracebacks import no_calls

from ..embedding import caller_locals
from ..members import Instance, is_class, lookup
from ..offered import peek
from ..scan import tokens


@dataclass
class Level:
    """One call of a Lua function: the operation at which it stands, and its variables."""

    frame: Any
    lasti: int

    @cached_property
    def node(self) -> Any:
        """The operation of the syntax tree, None where it is not known."""
        try:
            found = node_at(self.frame, self.lasti)
        except (lua.LuaError, RecursionError):
            return None
        return None if found is None else found[0]

    @property
    def arguments(self) -> list[Any]:
        """The arguments, if it is a call."""
        return self.node.arguments if isinstance(self.node, (tree.Call, tree.Method)) else []

    @cached_property
    def locals(self) -> dict[str, Any]:
        """The local variables that are seen there."""
        return caller_locals(self.frame)

    def source(self, node: Any) -> str:
        """The text of an expression."""
        return str(self.frame.f_globals[SOURCE][node.start : node.end])

    def value(self, node: Any, globals: Table) -> Any:
        """The value of an expression that can be known without running code, else None."""
        if isinstance(node, tree.Constant):
            return node.value
        if isinstance(node, tree.Paren):
            return self.value(node.inner, globals)
        if isinstance(node, tree.Local):
            return self.locals.get(node.variable.name)
        if isinstance(node, tree.Global):
            found = lookup(globals, node.name)
            return peek(node.name) if found is None else found
        if isinstance(node, tree.Index):
            owner, key = self.value(node.object, globals), self.value(node.key, globals)
            return None if owner is None or key is None else lookup(owner, key)
        if isinstance(node, tree.Call):
            made = self.value(node.function, globals)
            return Instance(made) if is_class(made) else None
        return None


@dataclass
class Scene:
    """message: the faithful one. text: the line that failed. typed: whether somebody typed it at a
    prompt, where packages need no `require`."""

    message: str
    text: str = ""
    globals: Table = field(default_factory=Table)
    typed: bool = True
    error: BaseException | None = None

    @cached_property
    def levels(self) -> list[Level]:
        """The Lua functions through which the error came, the innermost first."""
        found = []
        for tb in steps(self.error):
            if CHUNK in tb.tb_frame.f_globals:
                found.append(Level(tb.tb_frame, tb.tb_lasti))
        return found[::-1]

    @cached_property
    def level(self) -> Level | None:
        """The innermost of them."""
        return self.levels[0] if self.levels else None

    @property
    def node(self) -> Any:
        """The operation that failed."""
        return None if self.level is None else self.level.node

    @property
    def arguments(self) -> list[Any]:
        """The arguments of the call that failed."""
        return [] if self.level is None else self.level.arguments

    def value(self, node: Any, level: Level | None = None) -> Any:
        """The value of an expression in the failing function, or in that of another level."""
        level = level or self.level
        found = None if level is None else level.value(node, self.globals)
        if found is None or isinstance(found, Instance):
            seen = self.given.get(id(node)) if level is self.level else None
            return found if seen is None else seen
        return found

    @property
    def own(self) -> bool:
        """Whether the operation that failed is the Lua code's, not one inside a package of ours."""
        return not re.search(r"(?m)^\S+\.py:\d+:", self.message)

    @cached_property
    def given(self) -> dict[int, Any]:
        """What the failing operation was given, by the expressions of its parts: as the library's
        function has it that was called."""
        node = self.node
        if isinstance(node, tree.Method):
            parts = [node.object, *node.arguments]
        elif isinstance(node, tree.Call):
            parts = node.arguments
        elif isinstance(node, tree.Binary):
            parts = [node.left, node.right]
        elif isinstance(node, tree.Index) or is_store(node):
            parts = [node.object, node.key]
        else:
            return {}
        frame = self._entered
        if frame is None:
            return {}
        values = [v for _, v in arguments_of(frame)]
        return {id(part): value for part, value in zip(parts, values)}

    @property
    def _entered(self) -> Any:
        """The Python frame that the innermost Lua function called."""
        if self.level is None:
            return None
        ahead = steps(self.error)
        places = [i for i, tb in enumerate(ahead) if tb.tb_frame is self.level.frame]
        below = (tb.tb_frame for tb in ahead[places[-1] + 1 :]) if places else ()
        return next((f for f in below if f.f_code not in no_calls), None)

    def source(self, node: Any, level: Level | None = None) -> str:
        """The text of an expression there."""
        level = level or self.level
        return "" if level is None else level.source(node)

    @cached_property
    def code(self) -> str:
        """The failing line, its strings emptied and its comments blank, offsets kept."""
        text = self.text
        for word in tokens(self.text):
            if word.kind == "comment":
                text = text[: word.start] + " " * len(word.text) + text[word.end :]
            elif word.kind == "string":
                inner = "_" * (len(word.text) - 2)
                text = text[: word.start + 1] + inner + text[word.end - 1 :]
        return text


def steps(error: BaseException | None) -> list[TracebackType]:
    """The steps of an exception's traceback and of those that it was raised from: the place where it
    all began comes last."""
    found: list[TracebackType] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        tb = error.__traceback__
        while tb is not None:
            found.append(tb)
            tb = tb.tb_next
        error = error.__cause__
    return found
