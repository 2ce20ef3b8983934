"""Colours of printed values: the terminal's own sixteen, by role, and the question whether to use
any."""

from __future__ import annotations

import os
import sys
from typing import Any

CODES = {
    "none": "0",
    "bright": "1",
    "dim": "2",
    "underline": "4",
    "blink": "5",
    "reverse": "7",
    "hidden": "8",
}
for _n, _name in enumerate("black red green yellow blue magenta cyan white".split()):
    CODES[_name] = f"0;3{_n}"
    CODES[_name.capitalize()] = f"1;3{_n}"
    CODES["_" + _name] = f"4{_n}"
CODES = {name: f"\x1b[{code}m" for name, code in CODES.items()}

ROLES = {  # what th paints, by what it is
    "nil": "Black",
    "number": "cyan",
    "boolean": "blue",
    "function": "magenta",
    "userdata": "red",
    "cdata": "red",
    "table": "green",
    "string": "green",
    "quote": "Black",
    "time": "Black",
    "thread": "_black",
}

_forced: bool | None = None


def force(wanted: bool | None) -> None:
    """Settle the question for this process (`--no-color`, a theme, a notebook); None asks again."""
    global _forced
    _forced = wanted


def wanted(stream: Any = None) -> bool:
    """Whether colours are welcome on `stream` (standard output): a terminal, not dumb, NO_COLOR
    unset."""
    if _forced is not None:
        return _forced
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    stream = stream or sys.stdout
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # replaced by an object without a terminal, or closed
        return False


def paint(role: str, text: str, colour: bool = True) -> str:
    """`text` in the colour of `role` (see ROLES) or of a colour name."""
    if not colour:
        return text
    return CODES[ROLES.get(role, role)] + text + CODES["none"]
