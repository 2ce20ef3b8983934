"""Which returns call the function that returns: these become jumps to its beginning.

A `local function` that is never assigned again is surely itself. A global, a field or a method is
what its name says only while the program runs, so the function compares the callee with itself.
"""

from __future__ import annotations

from typing import Any

from . import tree


def note_own_calls(function: tree.Function) -> None:
    """Mark the returns of a function that call it, and its variables as those of a loop."""
    scope = function.scope
    for statement in scope.returns:
        statement.again = _calls(statement.values, function)
        if statement.again is not None:
            scope.again = True
            scope.itself |= not statement.again
    if scope.again:
        for variable in scope.variables:
            variable.in_loop = True


def _calls(values: list[tree.Expression], function: tree.Function) -> bool | None:
    """Whether a return calls its function: surely True, perhaps False, None if it does not."""
    if len(values) != 1:
        return None
    call = values[0]
    path = function.name.replace(":", ".")
    if isinstance(call, tree.Call):
        callee = call.function
        if isinstance(callee, tree.Local) and callee.variable.known is function:
            return True
        return False if _path(callee) == path else None
    if isinstance(call, tree.Method) and isinstance(call.object, tree.Local):
        on_self = call.object.variable in function.parameters[:1]
        return False if on_self and call.name == path.rpartition(".")[2] else None
    return None


def _path(e: Any) -> str | None:
    """The text of a name or of fields behind it: `a.b.c`."""
    if e.__class__ is tree.Local:
        return e.variable.name
    if e.__class__ is tree.Global:
        return e.name
    if e.__class__ is tree.Index and e.key.__class__ is tree.Constant:
        return f"{_path(e.object)}.{e.key.value}"
    return None
