"""`pl.template`: texts with Lua in them. Lines that begin with `#` are Lua, `$(expression)` is the
expression's value.

A template becomes a Lua function that gathers pieces of text; its lines keep their numbers, so that
errors name the template's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from th7shell.lua import state
from th7shell.lua.stdlib.debug import traceback
from th7shell.lua.stdlib.loading import load_text
from th7shell.lua.stdlib.protected import xpcall
from th7shell.lua.stdlib.string import gmatch
from th7shell.lua.stdlib.string_format import quoted
from th7shell.lua.stdlib.table import concat

from .values import LuaError, call, new_table, rawget, results, send, setmetatable, true

HEAD = "return function() local __out, __n, __tostring = {}, 0, __tostring; "
ADD = " __n = __n + 1 __out[__n] = "
TAIL = "return __out end"
_MAGIC = re.compile(r"[-.+\[\]()$^%?*]")


def literally(text: str) -> str:
    """A Lua pattern that matches a text."""
    return _MAGIC.sub(lambda m: "%" + m[0], text)


class Source:
    """A template's text and how Lua is marked in it."""

    def __init__(self, text: str, escape: str, inline: str, brackets: str, newline: bool) -> None:
        self.text, self.escape, self.newline = text, escape, newline
        self.inline = f"(){literally(inline)}(%b{brackets})()"

    def code(self) -> tuple[str, bool]:
        """The Lua code of the template, and whether it is but one string."""
        lines = self.text.split("\n")
        ended = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        out: list[str] = []
        texts = 0
        for is_lua, part in groupby(ended, lambda line: line.startswith(self.escape)):
            if is_lua:
                out += [self.bare(line) for line in part]
            else:
                pieces = list(self.pieces("".join(part)))
                out += pieces
                texts += len(pieces)
        if len(out) == 1 and texts == 1 and out[0].startswith(ADD + '"'):
            return f"return {out[0].removeprefix(ADD)}", True
        return "".join([HEAD, *out, TAIL]), False

    def bare(self, line: str) -> str:
        """A line of Lua without its mark, which may be repeated."""
        rest = line.removeprefix(self.escape).lstrip(self.escape[-1])
        return rest if rest.endswith("\n") else rest + "\n"

    def pieces(self, text: str) -> Iterator[str]:
        """The statements that add a text and the expressions in it."""
        done = 0
        for start, expression, behind in iter(gmatch(text, self.inline), None):
            yield f"{ADD}{quoted(text[done : start - 1])};"
            yield f"{ADD}__tostring(({expression[1:-1]}) or '');"
            done = behind - 1
        rest = text[done:]
        dropped = rest.count("\n") if self.newline else 0
        if dropped:
            rest = rest.replace("\n", "")
        if rest:
            yield f"{ADD}{quoted(rest)};"
        if dropped:
            yield "\n" * dropped


def compile(str: Any = None, opts: Any = None, *_: Any) -> Any:
    """A template that `render(env, parent)` fills in any number of times; nil, a message and the
    code where it is no valid Lua.

    opts: `chunk_name` ('TMP'), `escape` ('#'), `inline_escape` ('$'), `inline_brackets` ('()'),
    `newline` (leave out the line ends of the text), `debug` (keep the code).
    """
    opts = new_table() if opts is None else opts
    names = {"escape": "#", "inline_escape": "$", "inline_brackets": "()"}
    escape, inline, brackets = (opts[n] if true(opts[n]) else d for n, d in names.items())
    code, constant = Source(str, escape, inline, brackets, true(opts["newline"])).code()
    env = new_table(fields={"__tostring": state.globals.tostring})
    name = opts["chunk_name"]
    try:
        chunk = load_text(code, name if true(name) else "TMP", "t", env)
    except LuaError as error:
        return None, error.value, code
    fields = {"fn": call(chunk), "env": env, "render": render_text if constant else render}
    if true(opts["debug"]):
        fields["code"] = code
    return new_table(fields=fields)


def render(self: Any = None, env: Any = None, parent: Any = None, db: Any = None, *_: Any) -> Any:
    """The text with its expressions' values, whose names are fields of `env` and then of `parent`;
    nil and a message with a traceback where they fail. With `db` the code is printed then."""
    env = new_table() if env is None else env
    if true(parent):
        setmetatable(env, new_table(fields={"__index": parent}))
    setmetatable(self.env, new_table(fields={"__index": env}))
    answer = xpcall(self.fn, traceback)
    if not answer[0]:
        if true(self["code"]) and true(db):
            state.globals.print(self["code"])
        return None, answer[1], self["code"]
    return concat(answer[1]), None, self["code"]


def render_text(self: Any = None, *_: Any) -> Any:
    """The text of a template without any Lua."""
    return self.fn, None, self["code"]


def substitute(str: Any = None, env: Any = None, *_: Any) -> Any:
    """Fill in a template. Fields of `env` are the names in it, and `_parent` (where to look for
    others), `_escape`, `_inline_escape`, `_brackets`, `_chunk_name`, `_debug` its options."""
    env = new_table() if env is None else env
    options = {
        "chunk_name": "_chunk_name",
        "escape": "_escape",
        "inline_escape": "_inline_escape",
        "inline_brackets": "_brackets",
        "debug": "_debug",
    }
    fields = {name: rawget(env, field) for name, field in options.items()}
    made = compile(str, new_table(fields={n: v for n, v in fields.items() if v is not None}))
    if made.__class__ is tuple:
        return results(made)
    return send(made, "render", env, rawget(env, "_parent"), rawget(env, "_debug"))


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.template'`."""
    return new_table(fields={"compile": compile, "substitute": substitute})
