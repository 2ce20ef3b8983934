"""`pl.operator`: Lua's operators as functions, and `optable`, the same by their symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua.arithmetic import (
    add,
    divide,
    equal,
    less,
    less_equal,
    modulo,
    multiply,
    negate,
    power,
    subtract,
)
from th7shell.lua.runtime import concat, index, length_of
from th7shell.lua.stdlib.string import find

from .values import new_table, offer, results, true

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def binary(operation: Callable[..., Any], doc: str) -> Callable[..., Any]:
    """An operation on two values as a function for Lua."""

    def apply(a: Any = None, b: Any = None, *_: Any) -> Any:
        return operation(a, b)

    apply.__doc__ = doc
    return apply


BINARY: dict[str, tuple[Callable[..., Any], str]] = {
    "index": (index, "t[k]"),
    "eq": (equal, "a == b"),
    "neq": (lambda a, b: not equal(a, b), "a ~= b"),
    "lt": (less, "a < b"),
    "le": (less_equal, "a <= b"),
    "gt": (lambda a, b: less(b, a), "a > b"),
    "ge": (lambda a, b: less_equal(b, a), "a >= b"),
    "add": (add, "a + b"),
    "sub": (subtract, "a - b"),
    "mul": (multiply, "a * b"),
    "div": (divide, "a / b"),
    "pow": (power, "a ^ b"),
    "mod": (modulo, "a % b"),
    "concat": (concat, "a .. b"),
    "land": (lambda a, b: b if true(a) else a, "a and b"),
    "lor": (lambda a, b: a if true(a) else b, "a or b"),
    "match": (lambda s, p: find(s, p) is not None, "Whether a string has a match of a pattern."),
}
FUNCTIONS |= {name: binary(*entry) for name, entry in BINARY.items()}


@offer(FUNCTIONS)
def call(fn: Any = None, *args: Any) -> Any:
    """fn(…)"""
    return fn(*args)


@offer(FUNCTIONS)
def len_(a: Any = None, *_: Any) -> Any:
    """#a"""
    return length_of(a)


@offer(FUNCTIONS)
def unm(a: Any = None, *_: Any) -> Any:
    """-a"""
    return negate(a)


@offer(FUNCTIONS)
def lnot(a: Any = None, *_: Any) -> bool:
    """not a"""
    return not true(a)


@offer(FUNCTIONS)
def table(*values: Any) -> Any:
    """The list of the arguments."""
    return new_table(values)


@offer(FUNCTIONS)
def nop(*values: Any) -> Any:
    """The arguments themselves."""
    return results(values)


#: what stands for a function where Penlight takes one: its name here
SYMBOLS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "%": "mod",
    "^": "pow",
    "..": "concat",
    "()": "call",
    "[]": "index",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
    "==": "eq",
    "~=": "neq",
    "#": "len",
    "and": "land",
    "or": "lor",
    "{}": "table",
    "~": "match",
    "": "nop",
}


def luaopen(globals: Any) -> Any:
    """The table of `require 'pl.operator'`."""
    optable = new_table(fields={symbol: FUNCTIONS[name] for symbol, name in SYMBOLS.items()})
    return new_table(fields={**FUNCTIONS, "optable": optable})
