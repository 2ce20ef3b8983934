"""`pl.comprehension`: lists, sums, … written as in mathematics: `C'x^2 for x if x > 1' {1, 2, 3}`.

A text becomes a Lua function once; its arguments are `_1`, `_2`, … and then the lists of the `for`
clauses that name none.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from th7shell.lua.stdlib.environments import getfenv
from th7shell.lua.stdlib.loading import load_text

from .luabalanced import bracket_end, expression_end, listed, name_end, pieces
from .values import LuaError, new_table, rawset, setmetatable

#: what a kind starts with, and what it does with each value
KINDS = {
    "list": ("{}", "__result[#__result + 1] = (%s)"),
    "table": ("{}", "local __k, __v = %s __result[__k] = __v"),
    "sum": ("0", "__result = __result + (%s)"),
    "min": ("nil", "local __v = %s if not __result or __v < __result then __result = __v end"),
    "max": ("nil", "local __v = %s if not __result or __v > __result then __result = __v end"),
}
_KIND = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*\(", re.ASCII)
_CLAUSE = re.compile(r"\s*(for|if)\s+", re.ASCII)
_RANGE = re.compile(r"(=)\s*|(in)\s+", re.ASCII)
_PARAMETER = re.compile(r"_([0-9]+)")


class Loop(NamedTuple):
    """A `for` clause: its variables, '=', 'in' or '', and what follows."""

    names: list[str]
    kind: str
    values: list[str]


def fail(message: str) -> None:
    """Tell what is wrong with a comprehension."""
    raise LuaError(message, 0)


class Comprehension:
    """A comprehension that was read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.kind, self.loops, self.conditions = "list", [], []  # type: ignore[var-annotated]
        place, end = 0, len(text)
        m = _KIND.match(text)
        if m:
            closed = bracket_end(text, m.end() - 1)
            if not text[closed:].strip():
                self.kind, place, end = m[1], m.end(), closed - 1
        values, place = listed(text, place, expression_end)
        if not values:
            fail("syntax error: missing expression list")
        self.value = ", ".join(values)
        while (m := _CLAUSE.match(text, place)) and m[1] == "for":
            place = self.read_loop(m.end())
        if not self.loops:
            fail('syntax error: missing "for" clause')
        while (m := _CLAUSE.match(text, place)) and m[1] == "if":
            place = expression_end(text, m.end())
            self.conditions.append(text[m.end() : place])
        if place != end:
            fail(f"syntax error: unrecognized {text[place:]}")
        if self.kind not in KINDS:
            fail("assertion failed!")

    def read_loop(self, place: int) -> int:
        """Read the variables and the range of a `for` clause; give the place behind it."""
        names, place = listed(self.text, place, name_end)
        names = [name.rstrip() for name in names]
        if not names:
            fail("syntax error: zero variables")
        for name in names:
            if name.startswith("__"):
                fail(f"identifier {name} may not contain __ prefix")
        m = _RANGE.match(self.text, place)
        if m is None:
            self.loops.append(Loop(names, "", []))
            return place
        values, place = listed(self.text, m.end(), expression_end)
        if not values:
            fail("syntax error: zero expressions")
        kind = m[1] or m[2]
        if kind == "=" and len(values) not in (2, 3):
            fail("syntax error: numeric for requires 2 or three expressions")
        self.loops.append(Loop(names, kind, values))
        return place

    def parameters(self) -> list[str]:
        """The names of the function's arguments."""
        words = [text for kind, text, _ in pieces(self.text, 0) if kind == "word"]
        found = [int(m[1]) for m in map(_PARAMETER.fullmatch, words) if m]
        lists = [f"__in{i}" for i, loop in enumerate(self.loops, 1) if not loop.kind]
        return [f"_{i}" for i in range(1, max(found, default=0) + 1)] + lists

    def code(self) -> str:
        """The body of the Lua function."""
        start, step = KINDS[self.kind]
        body = step.replace("%s", self.value)
        for condition in reversed(self.conditions):
            body = f"if {condition} then {body} end"
        for i, loop in reversed(list(enumerate(self.loops, 1))):
            head = f"{', '.join(loop.names)} {loop.kind} {', '.join(loop.values)}"
            if not loop.kind:
                head = f"__i{i} = 1, #__in{i}"
                body = f"local {loop.names[0]} = __in{i}[__i{i}] {body}"
            body = f"for {head} do {body} end"
        names = self.parameters()
        arguments = f"local {', '.join(names)} = ... " if names else ""
        return f"{arguments}local __result = {start} {body} return __result"


def build(text: Any, env: Any) -> Any:
    """The Lua function of a comprehension's text."""
    code = Comprehension(text).code()
    try:
        return load_text(code, "tmp", "t", env)
    except LuaError as error:
        raise LuaError(f"{error.value} with generated code {code}") from error


def new(env: Any = None, *_: Any) -> Any:
    """A maker of functions that keeps those it made: `C(text)` or `C[text]`. Global names in them
    are fields of `env` (default: the caller's environment)."""
    if env is None:
        env = getfenv(2)

    def made(cache: Any = None, text: Any = None, *_: Any) -> Any:
        function = build(text, env)
        rawset(cache, text, function)
        return function

    def called(cache: Any = None, text: Any = None, *_: Any) -> Any:
        return cache[text]

    metatable = new_table(fields={"__index": made, "__call": called})
    return setmetatable(new_table(fields={"new": new}), metatable)


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.comprehension'`."""
    return new_table(fields={"new": new})
