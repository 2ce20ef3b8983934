"""`pl.compat`: what differs between versions of Lua; here it is LuaJIT with additions of 5.2."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .values import Table, new_table, offer, rawget, rawset, send, state

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def execute(command: Any = None, *_: Any) -> Any:
    """Run a shell command: whether it succeeded, and its exit code."""
    answer = state.globals.os.execute(command)
    answer = answer if answer.__class__ is tuple else (answer,)
    return answer[0] not in (None, False), answer[2] if len(answer) > 2 else None


def warner() -> Callable[..., Any]:
    """Lua 5.4's `warn`: silent until warn("@on"); "@off" silences it again."""
    shown = [False]

    def warn(message: Any = None, *more: Any) -> Any:
        """Write a warning to stderr, once `warn("@on")` was called."""
        if isinstance(message, str) and message.startswith("@"):
            shown[0] = {"@on": True, "@off": False}.get(message, shown[0])
        elif shown[0]:
            send(state.globals.io.stderr, "write", "Lua warning: ", message, *more, "\n")
        return ()

    return warn


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.compat'`; a global `warn` is made where there is none."""
    if rawget(globals, "warn") is None:
        rawset(globals, "warn", warner())
    windows = os.sep == "\\"
    return new_table(
        fields={
            **FUNCTIONS,
            "lua51": True,
            "jit": True,
            "jit52": True,
            "dir_separator": os.sep,
            "is_windows": windows,
            "load": globals.load,
            "setfenv": globals.setfenv,
            "getfenv": globals.getfenv,
        }
    )
