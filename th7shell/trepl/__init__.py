"""Lua's `trepl`: th's print, `who`, `import`, colours, the watch on globals, and `repl`, which
opens a prompt."""

from __future__ import annotations

from typing import Any

from th7shell import frontend
from th7shell.lua import Table
from th7shell.lua.host import lua_function

from . import printing
from .colors import colorize, colors, no_colors
from .requiring import Requirer
from .workspace import Workspace

FILES = {"colors": colors, "colorize": colorize}  # what the original consists of


def install(globals: Table) -> Workspace:
    """Give the globals what every program run by th finds: print, who, import, require of relative
    files …"""
    workspace = Workspace(globals)
    workspace.printer = printing.install(globals)
    setattr(globals, "import", lua_function(workspace.import_))
    globals.who = lua_function(workspace.who)
    globals.noColors = no_colors(globals)
    globals.require = lua_function(Requirer(globals).require)
    globals.repl = repl
    globals._RESULTS = Table()
    globals._LAST = ""
    return workspace


def repl(*_: Any) -> Any:
    """Open a prompt here: your locals and the caller's are visible; `break` or Ctrl-D goes on with
    the program."""
    return frontend.show(frontend.Prompt())


def luaopen(globals: Table) -> Any:
    """Return `repl`, as `require 'trepl'` does."""
    return repl
