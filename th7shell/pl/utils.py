"""`pl.utils`: functions of general use; how Penlight fails; texts as functions. It has the names of
`pl.compat` too.

`enums` and `shell` hold enumerations, and files and commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.marks import scratch
from th7shell.lua.runtime import concat
from th7shell.lua.stdlib import table
from th7shell.lua.stdlib.arguments import check_string
from th7shell.lua.stdlib.loading import load
from th7shell.lua.stdlib.string import find
from th7shell.lua.stdlib.table import pack

from . import enums, shell
from .values import (
    LuaError,
    Table,
    call,
    check,
    check_function,
    failed,
    first,
    getmetatable,
    index,
    items,
    length,
    lua_type,
    module,
    new_table,
    offer,
    rawget,
    rawset,
    results,
    send,
    set_index,
    state,
    tostring,
    true,
)

VERSION = "1.15.0"
PATTERNS = {
    "FLOAT": "[%+%-%d]%d*%.?%d*[eE]?[%+%-]?%d*",
    "INTEGER": "[+%-%d]%d*",
    "IDEN": "[%a_][%w_]*",
    "FILE": "[%a%.\\][:%][%w%._%-\\]*",
}
STANDARD = ("List", "Map", "Set", "MultiMap")  # metatables that exist before their classes do
MODES = ("default", "quit", "error")
FUNCTIONS: dict[str, Callable[..., Any]] = {}
_BLANK = re.compile("[ \t\n\v\f\r]+")
_MAGIC = re.compile(r"[-.+\[\]()$^%?*]")


def own() -> dict[str, Any]:
    """What this interpreter's `pl.utils` remembers."""
    return scratch(module("utils"))


# ---- calls and tables

FUNCTIONS["pack"] = pack


@offer(FUNCTIONS)
def unpack(t: Any = None, i: Any = None, j: Any = None, *_: Any) -> Any:
    """The values t[i], …, t[j] (default: 1 to t.n, or to #t) as results, nils among them."""
    if not true(j):
        j = index(t, "n")
        j = j if true(j) else length(t)
    return table.unpack(t, i if true(i) else 1, j)


@offer(FUNCTIONS)
def printf(fmt: Any = None, *values: Any) -> Any:
    """Write values to standard output by a format (see `string.format`)."""
    check(1, fmt, "string")
    return fprintf(state.globals.io.stdout, fmt, *values)


@offer(FUNCTIONS)
def fprintf(f: Any = None, fmt: Any = None, *values: Any) -> Any:
    """Write values to a file by a format."""
    check(2, fmt, "string")
    send(f, "write", call(state.globals.string.format, fmt, *values))
    return ()


@offer(FUNCTIONS, "import")
def import_(t: Any = None, target: Any = None, *_: Any) -> Any:
    """Copy a module's names (default: this one's) into a table (default: the globals); names that
    exist stay, with a warning."""
    target = state.globals if target is None else target
    t = module("utils") if t is None else t
    if isinstance(t, str):
        t = first(state.globals.require(t))
    library = next((key for key, value in items(target) if value is t), "?")
    imported = own()["imported"]
    if t in imported:
        return ()
    imported.add(t)
    for name, value in list(items(t)):
        taken = rawget(target, name)
        if taken not in (None, False) and name not in ("_M", "_NAME", "_PACKAGE", "_VERSION"):
            text = f"warning: '{library}.{name}' will not override existing symbol\n"
            send(state.globals.io.stderr, "write", text)
        else:
            rawset(target, name, value)
    return ()


@offer(FUNCTIONS)
def choose(condition: Any = None, a: Any = None, b: Any = None, *_: Any) -> Any:
    """a if the condition is true, else b."""
    return a if true(condition) else b


@offer(FUNCTIONS)
def array_tostring(t: Any = None, buffer: Any = None, text: Any = None, *_: Any) -> Any:
    """The texts of a list's values, by tostring or by text(value, index), in a new table or in
    `buffer`."""
    buffer = new_table() if buffer is None else buffer
    text = state.globals.tostring if text is None else text
    for i in range(1, length(t) + 1):
        set_index(buffer, i, call(text, index(t, i), i))
    return buffer


@offer(FUNCTIONS)
def is_type(value: Any = None, kind: Any = None, *_: Any) -> bool:
    """Whether a value is of a Lua type, or has a certain metatable."""
    return lua_type(value) == kind if isinstance(kind, str) else getmetatable(value) is kind


@offer(FUNCTIONS)
def npairs(t: Any = None, start: Any = None, end: Any = None, step: Any = None, *_: Any) -> Any:
    """Loop over (i, t[i]) for i from start (1) to end (t.n or #t) by step, nils included."""
    step = 1 if step is None else step
    if step == 0:
        raise LuaError("iterator step-size cannot be 0", 2)
    if end is None:
        end = index(t, "n")
        end = length(t) if end is None else end
    place = (1 if start is None else start) - step

    def following(*_: Any) -> Any:
        nonlocal place
        place += step
        return None if (place < end if step < 0 else place > end) else (place, index(t, place))

    return following


@offer(FUNCTIONS)
def kpairs(t: Any = None, *_: Any) -> Any:
    """Loop over the (key, value) pairs whose key is no whole number."""
    pairs = iter(list(items(t)))

    def following(*_: Any) -> Any:
        for key, value in pairs:
            if lua_type(key) != "number" or key % 1 != 0:
                return key, value
        return None, None

    return following


# ---- how Penlight fails


@offer(FUNCTIONS)
def assert_arg(
    n: Any = None,
    value: Any = None,
    kind: Any = None,
    verify: Any = None,
    message: Any = None,
    level: Any = None,
    *_: Any,
) -> Any:
    """Give an argument that is of a Lua type and for which verify(value) holds; else an error at a
    level of the stack (2)."""
    return check(n, value, kind, verify, message, (2 if level is None else int(level)) + 1)


@offer(FUNCTIONS)
def assert_string(n: Any = None, value: Any = None, *_: Any) -> Any:
    """Give an argument that is a string."""
    return check(n, value, "string")


@offer(FUNCTIONS)
def function_arg(n: Any = None, f: Any = None, message: Any = None, *_: Any) -> Any:
    """What Penlight takes for a function: one, a callable object, the text of an operator ('+') or
    of a string lambda ('|x| x + 1', '_ + 1')."""
    check(1, n, "number")
    return check_function(n, f, message)


@offer(FUNCTIONS)
def on_error(mode: Any = None, *_: Any) -> Any:
    """How functions of Penlight fail: 'default' nil and a message, 'error', or 'quit'."""
    mode = tostring(mode)
    if mode in MODES:
        own()["mode"] = mode
        return ()
    words = f"expected string; 'default', 'quit', or 'error'. Got '{mode}'"
    if own()["mode"] == "default":
        raise LuaError(f"Bad argument {words}", 2)
    raise_(f"Bad argument {words}")
    return ()


@offer(FUNCTIONS, "raise")
def raise_(message: Any = None, *_: Any) -> Any:
    """Fail as `on_error` says: `return utils.raise(message)`."""
    return failed(message)


@offer(FUNCTIONS)
def quit(code: Any = None, message: Any = None, *values: Any) -> Any:
    """End the program: quit(code, format, …) or quit(format, …), the text on stderr."""
    if isinstance(code, str):
        code, message, values = -1, code, (message, *values)
        while values and values[-1] is None:
            values = values[:-1]
    if message is not None:
        fprintf(state.globals.io.stderr, message, *values)
        send(state.globals.io.stderr, "write", "\n")
    return state.globals.os.exit(code, True)


def silence(*_: Any) -> Any:
    """Drop a deprecation warning."""
    return ()


def warn_deprecated(message: Any = None, trace: Any = None, *_: Any) -> Any:
    """Hand a deprecation warning to the global `warn`."""
    more = () if trace is None else ("\n", trace)
    return index(state.globals, "warn")(message, *more)


@offer(FUNCTIONS)
def set_deprecation_func(f: Any = None, *_: Any) -> Any:
    """Let f(message, traceback) tell deprecation warnings; nil silences them."""
    own()["deprecated"] = silence if f is None else check(1, f, "function")
    return ()


@offer(FUNCTIONS)
def raise_deprecation(options: Any = None, *_: Any) -> Any:
    """Tell a deprecation warning: fields message, source, version_removed, deprecated_after,
    no_trace."""
    check(1, options, "table")
    message = index(options, "message")
    if not isinstance(message, str):
        raise LuaError("field 'message' of the options table must be a string", 2)
    trace = None
    if not true(index(options, "no_trace")):
        text = first(state.globals.debug.traceback("", 2))
        trace = text.lstrip("\n ").removeprefix("[").lstrip()
    after, removed = index(options, "deprecated_after"), index(options, "version_removed")
    said = [f"deprecated after {tostring(after)}"] if after is not None else []
    if removed is not None:
        said.append(f"scheduled for removal in {tostring(removed)}")
    if said:
        message += f" ({', '.join(said)})"
    if index(options, "source") is not None:
        message = concat(concat("[", index(options, "source")), concat("] ", message))
    elif message.startswith("@"):
        raise LuaError("message cannot start with '@'", 2)
    own()["deprecated"](message, trace)
    return ()


# ---- strings


@offer(FUNCTIONS)
def escape(s: Any = None, *_: Any) -> Any:
    """A pattern that matches a text as it is: `%` before every magic character."""
    check(1, s, "string")
    return _MAGIC.sub(lambda found: "%" + found[0], s)


@offer(FUNCTIONS)
def split(s: Any = None, pattern: Any = None, plain: Any = None, most: Any = None, *_: Any) -> Any:
    """The list of the pieces of a string between what matches a pattern (white space by default;
    with `plain` a text), at most so many."""
    check(1, s, "string")
    return new_table(pieces(s, pattern, true(plain), most))


def pieces(s: str, pattern: str | None, plain: bool, most: Any = None) -> list[str]:
    """Cut a string at what matches a pattern; an empty last piece is left out."""
    if pattern == "":
        return [s]
    if pattern is not None:
        pattern = check_string(2, pattern)
    limit = int(most) if most is not None and most is not False and most >= 1 else 0
    if pattern is None or pattern == "%s+":
        found = [s] if limit == 1 else _BLANK.split(s, max(limit - 1, 0))
    elif plain:
        found = s.split(pattern, limit - 1)  # -1: all
    else:
        found = _cut(s, pattern, limit)
    if found and found[-1] == "":
        found.pop()
    return [] if found == [""] else found


def _cut(s: str, pattern: str, limit: int) -> list[str]:
    found: list[str] = []
    start = 1
    while len(found) + 1 != limit:
        place = find(s, pattern, start)
        if first(place) is None:
            break
        if place[1] < place[0]:
            raise LuaError(f"pattern '{pattern}' matches the empty string", 4)
        found.append(s[start - 1 : place[0] - 1])
        start = place[1] + 1
    return [*found, s[start - 1 :]]


@offer(FUNCTIONS)
def splitv(s: Any = None, pattern: Any = None, plain: Any = None, most: Any = None, *_: Any) -> Any:
    """The pieces of `split` as results."""
    check(1, s, "string")
    return results(tuple(pieces(s, pattern, true(plain), most)))


# ---- functions


@offer(FUNCTIONS)
def memoize(f: Any = None, *_: Any) -> Any:
    """A function of one argument that remembers the results of f."""
    known = new_table()

    def remembering(key: Any = None, *_: Any) -> Any:
        value = rawget(known, key)
        if value is None:
            value = call(f, key)
            rawset(known, key, value)
        return value

    return remembering


@offer(FUNCTIONS)
def add_function_factory(metatable: Any = None, factory: Any = None, *_: Any) -> Any:
    """Let factory(object) make the function that an object with this metatable stands for."""
    own()["factories"][metatable] = factory
    return ()


def make_lambda(text: Any = None, *_: Any) -> Any:
    """The function of '|x, y| expression', or of an expression of `_`."""
    check(1, text, "string")
    if "_" in text:
        arguments, body = "_", text
    elif text.startswith("|"):
        found = re.match(r"\|([^|]*)\|(.+)", text, re.DOTALL)
        if found is None:
            return raise_("bad string lambda")
        arguments, body = found[1], found[2]
    else:
        return raise_("not a string lambda")
    made = load(f"return function({arguments}) return {body} end")
    if first(made) is None:
        return raise_(made[1])
    return first(made())


@offer(FUNCTIONS)
def bind1(f: Any = None, value: Any = None, *_: Any) -> Any:
    """f with its first argument given."""
    f = check_function(1, f)
    return lambda *arguments: f(value, *arguments)


@offer(FUNCTIONS)
def bind2(f: Any = None, value: Any = None, *_: Any) -> Any:
    """f with its second argument given."""
    f = check_function(1, f)
    return lambda a=None, *arguments: f(a, value, *arguments)


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.utils'`."""
    made = new_table(fields={**FUNCTIONS, **enums.FUNCTIONS, **shell.FUNCTIONS})
    for name, value in items(module("compat")):
        rawset(made, name, value)
    rawset(made, "_VERSION", VERSION)
    rawset(made, "patterns", new_table(fields=PATTERNS))
    metatables = {name: new_table(fields={"_name": name}) for name in STANDARD}
    rawset(made, "stdmt", new_table(fields=metatables))
    rawset(made, "string_lambda", memoize(make_lambda))
    scratch(made).update(mode="default", imported=set(), factories={}, deprecated=warn_deprecated)
    return made
