"""Lua functions in files: code as `string.dump` gives it, and upvalues.

Functions of the original hold LuaJIT or PUC bytecode. They are kept as they are, can be written
again, and say what they are when called.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import LuaError, Table, TorchError, array, first, new_table, rawget, state

from .memo import FUNCTION, Memo

_KEPT = "__t7_function__"  # attribute of a function that cannot be run here: (code, upvalues)
_FORMATS = {"\x1bLJ": "LuaJIT", "\x1bLua": "PUC Lua"}


def _library(name: str) -> Any:
    return getattr(state.globals, name, None) or Table()


def can_be_written(function: Any) -> bool:
    """Whether a function is Lua code and not one of the host's."""
    if hasattr(function, _KEPT):
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
    kept = getattr(function, _KEPT, None)
    if kept is not None:
        return kept
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


def loaded(code: str) -> Any:
    """The function of some code, its upvalues not yet set; one that only says so if it cannot be
    run here."""
    load = getattr(state.globals, "loadstring", None)
    function = first(load(code)) if load is not None and code.startswith("\x1b") else None
    if function is not None:
        return function
    languages = [language for mark, language in _FORMATS.items() if code.startswith(mark)]
    return _opaque(code, languages[0] if languages else "an unknown Lua")


def _opaque(code: str, language: str) -> Any:
    def function(*_: Any) -> Any:
        raise TorchError(
            f"this function was saved as bytecode of {language}, which cannot be run here; "
            "define it again from its source"
        )

    setattr(function, _KEPT, (code.encode("latin-1"), Table()))
    return function


def bind(function: Any, upvalues: Table, kind: int, memo: Memo) -> None:
    """Give a function that was read its upvalues, joined with those that other functions share."""
    kept = getattr(function, _KEPT, None)
    if kept is not None:
        setattr(function, _KEPT, (kept[0], upvalues))
        return
    debug = _library("debug")
    for i, record in enumerate(array(upvalues), 1):
        if kind != FUNCTION or not isinstance(record, Table):
            debug.setupvalue(function, i, record)
            continue
        if rawget(record, "name") == "_ENV":
            debug.setupvalue(function, i, state.globals)
            continue
        debug.setupvalue(function, i, rawget(record, "value"))
        number = rawget(record, "id")
        if number is not None:
            other = memo.joined.setdefault(number, (function, i))
            if other[0] is not function:
                debug.upvaluejoin(function, i, *other)
