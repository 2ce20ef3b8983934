"""What a theme looks like: a line of code, results, an error, a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from th7shell.display import themes

from ..painting import pieces

LINE = 'for i = 1, 3 do print("text", 0.5, nil) end -- all'
RESULTS = (("number", "3.14"), ("string", '"text"'), ("boolean", "true"), ("nil", "nil"))


def painted(code: str, theme: str) -> Text:
    """Code in a theme's colours."""
    out = Text()
    for kind, text in pieces(code):
        out.append(text, themes.code_style(theme, kind) if kind else "")
    return out


def samples(names: Sequence[str], current: str) -> Any:
    """Every theme with the ground it is made for and a line of code; the one in force is marked."""
    rows = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
    for name in names:
        mark = "*" if name == current else " "
        rows.add_row(f"{mark} {name:<19}{themes.ground(name):<5}", painted(LINE, name))
    for column in rows.columns:
        column.no_wrap = True
    return rows


def sample(theme: str) -> Any:
    """How a theme paints code, results, an error and a menu."""
    style = themes.styles(theme)
    values = Text("{ ")
    for role, text in RESULTS:
        values.append(text, style[role])
        values.append("  ")
    values.append("function: 0x7f01", style["function"])
    values.append(" }")
    error = Text("attempt to index global 'x' (a nil value)", style["error"])
    hint = Text("did you mean xs?", style["hint"])
    place = Text.assemble(("  file.lua:3", style["place"]), ": in main chunk")
    menu = Text.assemble(" Linear( ", (" layer  ", style["kind"]), " Affine map y = x·Wᵀ + b")
    time = Text("[0.5123s]", style["faint"], justify="right")
    return Group(painted(LINE, theme), values, error, hint, place, menu, time)
