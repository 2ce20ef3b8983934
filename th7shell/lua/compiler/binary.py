"""The binary operators of Lua, a row each: the lexer, the parser, the emitter and the messages read
this table.

An operator whose fast forms are in no table of `templates` is a call of its helper, a function of
`runtime.HELPERS`; its result is a number of any kind.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """left, right: how strongly it binds its operands; event: its metamethod's name without
    underscores, '' for none; helper: what decides where the operands are not plain numbers."""

    left: int
    right: int
    event: str = ""
    helper: str = ""


BINARY = {
    "or": Row(1, 1),
    "and": Row(2, 2),
    "<": Row(3, 3, "lt"),
    ">": Row(3, 3, "lt"),
    "<=": Row(3, 3, "le"),
    ">=": Row(3, 3, "le"),
    "~=": Row(3, 3, "eq"),
    "==": Row(3, 3, "eq", "equal"),
    "..": Row(5, 4, "concat", "concat"),
    "+": Row(6, 6, "add", "add"),
    "-": Row(6, 6, "sub", "subtract"),
    "*": Row(7, 7, "mul", "multiply"),
    "/": Row(7, 7, "div", "divide"),
    "%": Row(7, 7, "mod", "modulo"),
    "^": Row(10, 9, "pow", "power"),
}
UNARY_PRIORITY = 8
