"""`pl.test`: what test scripts compare with. A difference is written to stderr and ends the
program; `test.error_handler` may be replaced."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.protected import pcall
from th7shell.lua.stdlib.string_format import format

from .comparing import deepcompare
from .utils import printf, unpack
from .values import (
    Table,
    array,
    equal,
    first,
    index,
    is_table,
    meta_field,
    module,
    new_table,
    offer,
    rawset,
    send,
    setmetatable,
    state,
    tostring,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def shown(value: Any) -> Any:
    """A value as a report shows it."""
    if is_table(value) and meta_field(value, "__tostring") is None:
        return first(module("pretty").write(value, " ", True))
    return f'"{value}"' if isinstance(value, str) else tostring(value)


@offer(FUNCTIONS)
def error_handler(
    file: Any = None,
    line: Any = None,
    got: Any = None,
    needed: Any = None,
    said: Any = None,
    *_: Any,
) -> Any:
    """Report a difference on stderr and end the program."""
    err = state.globals.io.stderr
    name = module("path").basename(file)
    send(err, "write", f"{name}:{tostring(line)}: assertion failed\n")
    send(err, "write", "got:\t", got, "\n")
    send(err, "write", "needed:\t", needed, "\n")
    return module("utils").quit(1, "these values were not equal" if said is None else said)


@offer(FUNCTIONS)
def complain(
    got: Any = None, needed: Any = None, said: Any = None, where: Any = None, *_: Any
) -> Any:
    """Hand two values that differ to `error_handler`, with the line of the test: that which called
    the function that calls this, or `where` levels further up."""
    place = state.globals.debug.getinfo(3 + (where or 0))
    module("test").error_handler(
        place.short_src, place.currentline, shown(got), shown(needed), said
    )
    return ()


@offer(FUNCTIONS)
def asserteq(a: Any = None, b: Any = None, eps: Any = None, where: Any = None, *_: Any) -> Any:
    """Require that two values are equal, tables by their entries, numbers up to eps."""
    if not equal(a, b) and not deepcompare(a, b, True, eps):
        complain(a, b, None, where)
    return ()


@offer(FUNCTIONS)
def asserteq2(
    a: Any = None, b: Any = None, x: Any = None, y: Any = None, where: Any = None, *_: Any
) -> Any:
    """Require that a is x and b is y."""
    if not equal(a, x):
        complain(a, x, None, where)
    if not equal(b, y):
        complain(b, y, None, where)
    return ()


@offer(FUNCTIONS)
def assertmatch(s: Any = None, pattern: Any = None, where: Any = None, *_: Any) -> Any:
    """Require that a string matches a pattern."""
    if first(state.globals.string.match(s, pattern)) is None:
        complain(s, pattern, "these strings did not match", where)
    return ()


@offer(FUNCTIONS)
def assertraise(f: Any = None, pattern: Any = None, where: Any = None, *_: Any) -> Any:
    """Require that a function, or {function, argument …}, raises an error that matches."""
    call = array(f) if is_table(f) else [f]
    answer = pcall(*call)
    error = answer[1] if len(answer) > 1 else None
    if answer[0] or first(state.globals.string.match(error, pattern)) is None:
        complain(error, pattern, "these errors did not match", where)
    return ()


@offer(FUNCTIONS)
def timer(said: Any = None, times: Any = None, f: Any = None, *arguments: Any) -> Any:
    """Call f(…) so many times and print how long that took."""
    start = time.process_time()
    for _ in range(int(times)):
        f(*arguments)
    return printf("%s: took %7.2f sec\n", said, time.process_time() - start)


def _tuple_text(self: Any = None, *_: Any) -> str:
    values = (index(self, i) for i in range(1, self.n + 1))
    texts = (format("%q", v) if isinstance(v, str) else tostring(v) for v in values)
    return f"tuple({', '.join(texts)})"


def _tuple_equals(a: Any = None, b: Any = None, *_: Any) -> bool:
    return a.n == b.n and all(equal(index(a, i), index(b, i)) for i in range(1, a.n + 1))


def _tuple_length(self: Any = None, *_: Any) -> Any:
    return self.n


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.test'`."""
    made = new_table(fields=FUNCTIONS)
    meta = new_table(
        fields={
            "unpack": unpack,
            "__tostring": _tuple_text,
            "__eq": _tuple_equals,
            "__len": _tuple_length,
        }
    )
    rawset(meta, "__index", meta)

    def tuple(*values: Any) -> Any:
        """Several values as one, to compare the results of calls; nils count."""
        return setmetatable(new_table(values, {"n": len(values)}), meta)

    rawset(made, "tuple", tuple)
    return made
