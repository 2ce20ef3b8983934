"""Colours of what is shown, by role, and the question whether to use any.

A style is a few words: `bold`, `dim`, `underline`, one of the terminal's own eight colours, or
`#rrggbb`; rich reads the same words. Nothing is painted black or white: either is the window's
ground somewhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

COLOURS = "black red green yellow blue magenta cyan white".split()
CODES = {  # th's names of colours, for programs that ask for them
    "none": "0",
    "bright": "1",
    "dim": "2",
    "underline": "4",
    "blink": "5",
    "reverse": "7",
    "hidden": "8",
}
for _n, _name in enumerate(COLOURS):
    CODES[_name] = f"0;3{_n}"
    CODES[_name.capitalize()] = f"1;3{_n}"
    CODES["_" + _name] = f"4{_n}"
CODES = {name: f"\x1b[{code}m" for name, code in CODES.items()}

TERMINAL = {  # the style of each role where the window's own colours are used
    "nil": "dim",
    "number": "cyan",
    "boolean": "blue",
    "function": "magenta",
    "userdata": "red",
    "cdata": "red",
    "thread": "magenta",
    "string": "green",
    "quote": "dim",
    "name": "bold green",  # of the program
    "faint": "dim",  # times, rules, what matters less
    "error": "bold red",
    "hint": "green",
    "place": "cyan",  # a file and line
    "interrupted": "yellow",
    "failing": "bold",  # the line of source that failed
    "head": "bold",  # of a table or page
    "mark": "bold yellow",  # what stands out among others
    "kind": "magenta",
    "code": "cyan",  # names in prose
}

_styles: Mapping[str, str] = TERMINAL
_forced: bool | None = None


def use(styles: Mapping[str, str]) -> None:
    """Paint with these styles from now on."""
    global _styles
    _styles = styles


def style(role: str) -> str:
    """The style of a role in the theme that is in force."""
    return _styles[role]


def styles() -> Mapping[str, str]:
    """The style of every role."""
    return _styles


@lru_cache(maxsize=256)
def code(style: str) -> str:
    """The escape sequence of a style."""
    numbers = ["0"]
    for word in style.split():
        if word in COLOURS:
            numbers.append(f"3{COLOURS.index(word)}")
        elif word.startswith("#"):
            numbers.append(_coloured(*(int(word[i : i + 2], 16) for i in (1, 3, 5))))
        else:
            numbers.append({"bold": "1", "dim": "2", "italic": "3", "underline": "4"}[word])
    return f"\x1b[{';'.join(numbers)}m"


def _coloured(red: int, green: int, blue: int) -> str:
    """A colour of any shade; the nearest of 256 where the terminal promises no more."""
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return f"38;2;{red};{green};{blue}"
    r, g, b = (round(c / 255 * 5) for c in (red, green, blue))
    return f"38;5;{16 + 36 * r + 6 * g + b}"


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
    """`text` in the style of `role`."""
    return f"{code(_styles[role])}{text}{CODES['none']}" if colour else text
