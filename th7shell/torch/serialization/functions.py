"""Lua functions in files: code as `string.dump` gives it, and upvalues.

Functions of the original hold LuaJIT or PUC bytecode. They are kept as they are, can be written
again, and say what they are when called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import LuaError, Table, TorchError, array, first, new_table, rawget, state
from th7shell.lua.pending import pending, resolved

from .memo import FUNCTION, Memo

_KEPT = "__t7_function__"  # attribute of a function that cannot be run here: (code, upvalues)
_SAVED = "__t7_saved__"  # of a function that is made when it is needed: the same
_GIVEN = "__t7_upvalues__"  # of such a function: its kind and upvalues, for when it is made
_LUA = "__t7_lua__"  # of a function of the host's: what makes Lua code that does the same
_FORMATS = {"\x1bLJ": "LuaJIT", "\x1bLua": "PUC Lua"}


def _library(name: str, world: Any = None) -> Any:
    return getattr(world or state.globals, name, None) or Table()


def written_as(function: Any, make: Callable[[], Any]) -> None:
    """Let files hold the Lua function that `make` gives in place of a function of the host's."""
    setattr(function, _LUA, make)


def can_be_written(function: Any) -> bool:
    """Whether a function is Lua code, or known as such, and not one of the host's."""
    if any(hasattr(function, mark) for mark in (_KEPT, _SAVED, _LUA)):
        return True
    try:
        return _dump(function) is not None
    except LuaError:
        return False


def _dump(function: Any) -> str | None:
    dump = getattr(_library("string"), "dump", None)
    return first(dump(function)) if dump is not None else None


def dumped(function: Any, memo: Memo) -> tuple[bytes, Table]:
    """A function's code and the list of its upvalues, `{name=, id=, value=}` each.

    Equal ids mark upvalues that functions share.
    """
    kept = getattr(function, _KEPT, None) or _unreadable(function)
    if kept is not None:
        return kept
    make = getattr(function, _LUA, None)
    if make is not None:
        function = make()
    debug = _library("debug")
    upvalues = Table()
    i = 1
    while True:
        found = debug.getupvalue(function, i)
        if found.__class__ is not tuple or not found or found[0] is None:
            break
        name, value = found
        cell = debug.upvalueid(function, i)
        number = memo.cells.setdefault(cell, len(memo.cells) + 1)
        upvalues[i] = new_table((), {"name": name, "id": number, "value": value})
        i += 1
    return (_dump(function) or "").encode("latin-1"), upvalues


def _unreadable(function: Any) -> Any:
    """Code and upvalues of a function from a file that cannot be made, None of all others."""
    saved = getattr(function, _SAVED, None)
    if saved is not None:
        try:
            resolved(function)
        except LuaError:
            return saved
    return None


def loaded(code: str, memo: Memo) -> Any:
    """The function of some code, its upvalues not yet set; one that only says so if it cannot be
    run here.

    Nothing is compiled before the function is called or looked into."""
    if code.startswith("\x1bLJx"):
        return _later(code, memo.joined)
    languages = [language for mark, language in _FORMATS.items() if code.startswith(mark)]
    return _opaque(code, languages[0] if languages else "an unknown Lua")


def _later(code: str, joined: dict[Any, Any]) -> Any:
    """A function that is made of its code, and given its upvalues, when it is needed."""
    world = state.globals

    def make() -> Any:
        load = getattr(world, "loadstring", None)
        result = (None, "no Lua is running") if load is None else load(code)
        made = first(result)
        if made is None:
            raise TorchError(f"this function of a file cannot be run here: {result[1]}")
        kind, upvalues = given[0] if given else (FUNCTION, Table())
        _bind(made, upvalues, kind, joined, world)
        return made

    given: list[tuple[int, Table]] = []
    function = pending(make)
    setattr(function, _GIVEN, given)
    setattr(function, _SAVED, (code.encode("latin-1"), Table()))
    return function


def _opaque(code: str, language: str) -> Any:
    def function(*_: Any) -> Any:
        raise TorchError(
            f"this function was saved as bytecode of {language}, which cannot be run here; "
            "define it again from its source"
        )

    setattr(function, _KEPT, (code.encode("latin-1"), Table()))
    return function


def bind(function: Any, upvalues: Table, kind: int) -> None:
    """Give a function that was read its upvalues, joined with those that other functions share."""
    given = getattr(function, _GIVEN, None)
    if given is not None:
        given[:] = [(kind, upvalues)]
    mark = _KEPT if given is None else _SAVED
    setattr(function, mark, (getattr(function, mark)[0], upvalues))


def _bind(function: Any, upvalues: Table, kind: int, joined: dict[Any, Any], world: Any) -> None:
    debug = _library("debug", world)
    for i, record in enumerate(array(upvalues), 1):
        if kind != FUNCTION or not isinstance(record, Table):
            debug.setupvalue(function, i, record)
            continue
        if rawget(record, "name") == "_ENV":
            debug.setupvalue(function, i, world)
            continue
        debug.setupvalue(function, i, rawget(record, "value"))
        number = rawget(record, "id")
        if number is not None:
            other = joined.setdefault(number, (function, i))
            if other[0] is not function:
                debug.upvaluejoin(function, i, *other)
