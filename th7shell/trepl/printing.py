"""`print` as th has it, and `setprintlevel`. Written at once, so that print, io.write and stderr
stay in order."""

from __future__ import annotations

import sys
from typing import Any

from th7shell.display import palette
from th7shell.display.text import render, typename
from th7shell.lua import LuaError, Table, rawget
from th7shell.lua.host import lua_function
from th7shell.lua.stdlib.texts import from_text

from .output import write


class Printer:
    """The print level of a session: 0 is Lua's own print, n opens n levels of tables. style: 'th',
    or 'pretty' for display.pretty's. shorten: elements from which `show` shortens tensors, 0:
    none."""

    def __init__(self, level: int = 5, style: str = "th") -> None:
        self.level = level
        self.style = style
        self.shorten = 0
        self.function: Any = None  # `print`, as programs see it

    def print(self, *values: Any) -> tuple[()]:
        """Print values as th does: tables are opened, tensors and modules show themselves, others
        are joined by tabs."""
        if self.style == "pretty" and self.level:
            from th7shell.display import pretty

            write(pretty.render(values, self.level, palette.wanted(sys.stdout)))
            return ()
        write(render(values, self.level, palette.wanted(sys.stdout), plain=self.level == 0))
        return ()

    def show(self, *values: Any) -> tuple[()]:
        """Print the values of an entry: as print does, but large tensors in short and the summary
        of a net as a table."""
        shown = [self.in_short(v) for v in values] if self.level else []
        if all(s is None for s in shown):
            return self.print(*values)
        for value, text in zip(values, shown):
            if text is None:
                self.print(value)
            else:
                write(text)
        return ()

    def in_short(self, value: Any) -> str | None:
        """The text of a value that is shown otherwise than print would, None for any other."""
        name = typename(value) or ""
        if name.endswith("Tensor") and not isinstance(value, type):
            from th7shell.display import pretty

            return pretty.in_short(value, self.shorten)
        summaries = sys.modules.get("th7shell.nn.tools.summary")
        if summaries is not None and isinstance(value, summaries.Summary):
            from th7shell.display.layers import summary_table
            from th7shell.display.rendering import rich_text

            return from_text(rich_text(summary_table(value), palette.wanted(sys.stdout)))
        return None

    def setprintlevel(self, n: Any = None, *_: Any) -> tuple[()]:
        """Open `n` levels of nested tables in print (5 at the start); 0 is Lua's own print."""
        if n is None or n < 0:
            raise LuaError("expected number [0,+)", 1)
        self.level = int(n)
        return ()


def install(globals: Table) -> Printer:
    """Put `print`, `print_old` and `setprintlevel` into the globals."""
    printer = Printer()
    if rawget(globals, "print_old") is None:
        globals.print_old = globals.print
    globals.print = globals.print_new = printer.function = lua_function(printer.print)
    globals.setprintlevel = lua_function(printer.setprintlevel)
    return printer
