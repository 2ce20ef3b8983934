"""Lua's `env`, the start-up file of Torch before trepl: its greeting, its globals `who`, `import`,
`exit`, `setprintlevel` and `loaddefaultlibs`, and `table()`."""

from __future__ import annotations

from typing import Any

import th7shell.torch.console as console
from th7shell.lua import Table, items, new_table, rawget
from th7shell.lua.metatables import getmetatable, setmetatable
from th7shell.torch.namespace import need
from th7shell.trepl import install as install_trepl

FILES: dict[str, Any] = {}  # one file
_GREETING = "Torch 7.0  Copyright (C) 2001-2011 Idiap, NEC Labs, NYU"


def exit(*_: Any) -> None:
    """End the program."""
    console.leave(0)


def _all_of_table(library: Table) -> Any:
    def made(*_: Any) -> Table:
        """A new table with the functions of the table library as methods."""
        return new_table(fields=dict(items(library)))  # type: ignore[arg-type]

    return made


def luaopen(globals: Any) -> bool:
    """Greet and set the globals; those that th has set already stay."""
    need(globals, "paths", "torch", "dok")
    console.show(_GREETING)
    globals._PROMPT, globals._PROMPT2 = "t7> ", ". > "
    if rawget(globals, "who") is None:
        install_trepl(globals)
    if rawget(globals, "exit") is None:
        globals.exit = exit

    def loaddefaultlibs(by_import: Any = None, *_: Any) -> tuple[()]:
        """Load torch and dok; with a true argument their names become globals."""
        for name in ("torch", "dok"):
            globals.require(name) if by_import in (None, False) else globals["import"](name)
        return ()

    globals.loaddefaultlibs = loaddefaultlibs
    library = globals.table
    if getmetatable(library) is None:
        setmetatable(library, new_table(fields={"__call": _all_of_table(library)}))
    globals._preloaded_ = new_table(fields={str(k): True for k, _ in items(globals)})
    return True
