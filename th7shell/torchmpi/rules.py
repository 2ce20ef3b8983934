"""Arguments in order or by name, as argcheck takes them: `mpi.start{withCuda = true}`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.argcheck import argcheck_of
from th7shell.lua import new_table, state


def rule(name: str, type: str, **more: Any) -> Any:
    """A rule of argcheck's: `rule('prefetch', 'number', default=0)`."""
    return new_table(fields={"name": name, "type": type, **more})


def checked(call: Callable[..., Any], *rules: Any) -> Callable[..., Any]:
    """A function that checks its arguments by rules and gives them, in order, to another."""
    checkers: dict[int, Any] = {}  # one for each interpreter

    def function(*arguments: Any) -> Any:
        globals = state.globals
        if id(globals) not in checkers:
            table = new_table(rules, {"call": call})
            checkers[id(globals)] = argcheck_of(globals).env.argcheck(table)
        return checkers[id(globals)](*arguments)

    function.__doc__, function.__name__ = call.__doc__, call.__name__
    return function
