"""`pl.pretty`: tables as Lua source that reads well, and back; large numbers for people."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.compiler.lexer import KEYWORDS, tokens
from th7shell.lua.errors import LuaSyntaxError
from th7shell.lua.stdlib.loading import load
from th7shell.lua.stdlib.protected import pcall
from th7shell.lua.stdlib.string_format import format

from . import shell
from .stringx import quote_string
from .values import (
    Table,
    check,
    first,
    index,
    is_table,
    items,
    lua_type,
    new_table,
    offer,
    setmetatable,
    state,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}
LOOPS = ("for", "repeat", "function", "goto")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_COMMENT = re.compile(r"--.*?\n", re.DOTALL)
_LARGEST = 2**53 - 1  # whole numbers up to here are written without an exponent
_UNITS = {"M": (1024, ("B", "KiB", "MiB", "GiB")), "N": (1000, ("", "K", "M", "B"))}


# ---- reading


def _words(text: str) -> set[str]:
    """The keywords and operators of Lua source; of faulty source none: compiling tells."""
    try:
        return set(tokens(text, "=tbl")[0])
    except LuaSyntaxError:
        return set()


def _run(text: str, env: Table, strings: bool) -> tuple[Any, ...]:
    """Compile text and call it as `pcall` does, meanwhile without methods of strings unless
    allowed."""
    chunk = load(text, "tbl", "t", env)
    if first(chunk) is None:
        return False, chunk[1]
    debug = state.globals.debug
    methods = first(debug.getmetatable(""))
    if not strings:
        debug.setmetatable("", None)
    try:
        return pcall(chunk)
    finally:
        if not strings:
            debug.setmetatable("", methods)


@offer(FUNCTIONS)
def read(text: Any = None, *_: Any) -> Any:
    """The table that a text `{…}` describes, which may use no names and no functions; nil and a
    message if it cannot be read."""
    check(1, text, "string")
    if text.lstrip(" \t\n\v\f\r").startswith("--"):
        text = _COMMENT.sub("", text)
    if not text.lstrip(" \t\n\v\f\r").startswith("{"):
        return None, "not a Lua table"
    if "function" in text and "function" in _words(text):
        return None, "cannot have functions in table definition"
    done, *answer = _run(f"return {text}", new_table(), False)
    value = answer[0] if answer else None
    return value if done else (None, value)


@offer(FUNCTIONS, "load")
def load_(text: Any = None, env: Any = None, paranoid: Any = None, *_: Any) -> Any:
    """Run a chunk and give the table of the globals that it set (a new one by default); nil and a
    message if it fails. Paranoid: without loops, functions and methods of strings."""
    env = new_table() if env is None else env
    if true(paranoid) and _words(check(1, text, "string")).intersection(LOOPS):
        return None, "looping not allowed"
    done, *answer = _run(text, env, not true(paranoid))
    return env if done else (None, answer[0] if answer else None)


# ---- writing


def text_of(value: Any) -> str:
    """A value as text, numbers with all that their type holds."""
    if lua_type(value) != "number":
        return tostring(value)
    if value != value:
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    if abs(value) <= _LARGEST:
        return format("%d" if value == math.floor(value) else "%.14g", value)
    text = format("%.14g", value)
    return text if "." in text else re.sub(r"(\d+)", r"\g<1>.0", text, count=1)


def element(t: Any, i: int) -> Any:
    """t[i], nil where a metamethod fails."""
    done, value = pcall(index, t, i)
    return value if done else None


class Writer:
    """The lines of a table as source. `clever` leaves out what Lua's syntax lets be left out."""

    def __init__(self, space: str, clever: bool) -> None:
        self.space = space
        self.clever = clever
        self.assign = " = " if space else "="
        self.lines: list[str] = []
        self.line = ""
        self.inside: set[int] = set()

    def write(self, t: Any) -> str:
        """The text of a table."""
        self.value(t, "", self.space)
        self.drop_comma()
        return ("\n" if self.space else "").join(self.lines)

    def end_line(self, text: str) -> None:
        """Add text and end the line."""
        self.lines.append(self.line + text)
        self.line = ""

    def drop_comma(self) -> None:
        """Take the comma from the end of the last line."""
        self.lines[-1] = self.lines[-1].removesuffix(",")

    def value(self, value: Any, outer: str, indent: str) -> None:
        """Write a value; what is in it goes behind `indent`, its end behind `outer`."""
        if isinstance(value, str):
            self.end_line(quote_string(value) + ",")
        elif not is_table(value):
            text = text_of(value)
            self.end_line((quote_string(text) if " " in text else text) + ",")
        elif id(value) in self.inside:
            self.end_line("<cycle>,")
        else:
            self.inside.add(id(value))
            self.end_line("{")
            self.entries(value, indent)
            self.inside.remove(id(value))
            self.drop_comma()
            self.end_line(outer + "},")

    def entries(self, t: Any, indent: str) -> None:
        """Write the entries of a table: the list, the sorted names, the other numbers."""
        listed = 0
        while self.clever and (value := element(t, listed + 1)) is not None:
            listed += 1
            self.line += indent
            self.value(value, indent, indent + self.space)
        pairs = [(key, value) for key, value in items(t)]
        named = [pair for pair in pairs if lua_type(pair[0]) != "number"]
        for key, value in sorted(named, key=lambda pair: (lua_type(pair[0]), tostring(pair[0]))):
            self.entry(self.name(key), value, indent)
        for key, value in pairs:
            if lua_type(key) == "number" and not (1 <= key <= listed and key % 1 == 0):
                self.entry(f"[{text_of(key)}]", value, indent)

    def entry(self, name: str, value: Any, indent: str) -> None:
        """Write one entry with its key."""
        self.line += indent + name + self.assign
        self.value(value, indent, indent + self.space)

    def name(self, key: Any) -> str:
        """A key that is no number, as it stands before `=`."""
        text = text_of(key)
        if self.clever and isinstance(key, str):
            if _IDENTIFIER.match(text) and text not in KEYWORDS:
                return text
        quoted = quote_string(text)
        return f"[ {quoted} ]" if quoted.startswith("[") else f"[{quoted}]"


@offer(FUNCTIONS)
def write(value: Any = None, space: Any = None, plain: Any = None, *_: Any) -> Any:
    """A table as Lua source, indented by two spaces or by `space`; an empty one puts all on one
    line. Plain: every key in brackets. Of what is no table the text, and a message."""
    if isinstance(value, str):
        return quote_string(value)
    if not is_table(value):
        return text_of(value), "not a table"
    space = "  " if space is None else check(2, space, "string")
    return Writer(space, not true(plain)).write(value)


@offer(FUNCTIONS)
def dump(value: Any = None, name: Any = None, *_: Any) -> Any:
    """Print a table as source, or write it to a file."""
    text = write(value)
    text = text if text.__class__ is tuple else (text,)
    if name is not None:
        return shell.writefile(name, *text[:1])
    state.globals.print(*text)
    return True


@offer(FUNCTIONS)
def debug(*values: Any) -> Any:
    """Print values, each as an entry of a table: `pretty(a, b)`."""
    shown = ("<nil>" if value is None else value for value in values)
    return dump(new_table(fields={f"arg {i}": value for i, value in enumerate(shown, 1)}))


@offer(FUNCTIONS)
def number(value: Any = None, kind: Any = None, digits: Any = None, *_: Any) -> Any:
    """A number for people: 'N' (default) with K, M, B; 'M' of memory with KiB, MiB, GiB; 'T' with
    commas between thousands."""
    if kind == "T":
        parts = []
        while math.floor(value / 1000) > 0:
            parts.append(tostring(value % 1000))
            value = math.floor(value / 1000)
        return ",".join([tostring(value), *reversed(parts)])
    factor, units = _UNITS["M" if kind == "M" else "N"]
    power = 0
    while power + 1 < len(units) and value >= factor ** (power + 1):
        power += 1
    if power == 0:
        return tostring(value) + units[0]
    digits = 1 if digits is None else digits
    return format(f"%.{tostring(digits)}f%s", value / factor**power, units[power])


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.pretty'`; called, it is `debug`."""
    made = new_table(fields=FUNCTIONS)

    def show(self: Any = None, *values: Any) -> Any:
        return self.debug(*values)

    return setmetatable(made, new_table(fields={"__call": show}))
