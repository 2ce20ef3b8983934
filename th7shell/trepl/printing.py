"""`print` as th has it, and `setprintlevel`. Written at once, so that print, io.write and stderr
stay in order."""

from __future__ import annotations

import sys
from typing import Any

from th7shell.display import palette
from th7shell.display.text import render
from th7shell.lua import LuaError, Table, rawget
from th7shell.lua.host import lua_function
from th7shell.trepl.output import write


class Printer:
    """The print level of a session: 0 is Lua's own print, n opens n levels of tables. style: 'th',
    or 'pretty' for display.pretty's."""

    def __init__(self, level: int = 5, style: str = "th") -> None:
        self.level = level
        self.style = style

    def print(self, *values: Any) -> tuple[()]:
        """Print values as th does: tables are opened, tensors and modules show themselves, others
        are joined by tabs."""
        if self.style == "pretty" and self.level:
            from th7shell.display import pretty

            write(pretty.render(values, self.level, palette.wanted(sys.stdout)))
            return ()
        write(render(values, self.level, palette.wanted(sys.stdout), plain=self.level == 0))
        return ()

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
    globals.print = globals.print_new = lua_function(printer.print)
    globals.setprintlevel = lua_function(printer.setprintlevel)
    return printer
