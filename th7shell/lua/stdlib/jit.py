"""The jit table that scripts probe: what LuaJIT tells about itself. There is no compiler to control
here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from ..values import Table, builtin_number, first, new_table, rawget
from .arguments import NONE, check_function, check_integer

_ARCHITECTURES = {
    "x86_64": "x64",
    "amd64": "x64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i686": "x86",
}
_SYSTEMS = {"linux": "Linux", "darwin": "OSX", "win32": "Windows"}


def nothing(*_: Any) -> tuple[()]:
    """Accept a request to the just-in-time compiler; there is none, and results do not depend on
    it."""
    return ()


def status(*_: Any) -> bool:
    """Tell whether Lua code is compiled to machine code: never."""
    return False


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("attach", "flush", "off", "on"), nothing),
    "status": status,
}


def constants() -> dict[str, Any]:
    """Give the fields that say what machine this is, named as LuaJIT names them."""
    machine = _machine().lower()
    return {
        "arch": _ARCHITECTURES.get(machine, machine),
        "os": _SYSTEMS.get(sys.platform, "Other"),
        "version": "LuaJIT 2.1.0-beta3",
        "version_num": 20100,
    }


def _machine() -> str:
    """Name the processor as the system does."""
    if hasattr(os, "uname"):
        return os.uname().machine
    import platform

    return platform.machine()


def parts() -> dict[str, Table]:
    """Give the table jit.opt, as far as scripts use it."""
    return {"opt": new_table((), {"start": nothing})}


def funcinfo(f: Any = NONE, *_: Any) -> Table:
    """Describe a function: source, lines, parameters and upvalues; for a C function its number."""
    from .debug import getinfo

    about = getinfo(check_function(1, f), "Su")
    if rawget(about, "what") == "C":
        number = builtin_number(f)
        return new_table((), {"ffid": number, "addr": id(f), "upvalues": 0})
    fields = {
        "linedefined": rawget(about, "linedefined"),
        "lastlinedefined": rawget(about, "lastlinedefined"),
        "params": rawget(about, "nparams"),
        "isvararg": rawget(about, "isvararg"),
        "upvalues": rawget(about, "nups"),
        "source": rawget(about, "source"),
        "loc": f"{rawget(about, 'short_src')}:{rawget(about, 'linedefined')}",
        "currentline": rawget(about, "linedefined"),
    }
    return new_table((), fields)


def funcuvname(f: Any = NONE, i: Any = NONE, *_: Any) -> Any:
    """Give the name of upvalue number i of a function, from 0; nil if there is none."""
    from .debug import getupvalue

    return first(getupvalue(check_function(1, f), check_integer(2, i) + 1))


def util(*_: Any) -> Table:
    """Make the table that `require 'jit.util'` gives: functions are described, traces and byte code
    are none."""
    none = ("funcbc", "funck", "ircalladdr", "tracek", "traceexitstub", "traceinfo", "traceir")
    empty = dict.fromkeys((*none, "tracemc", "tracesnap"), nothing)
    return new_table((), {**empty, "funcinfo": funcinfo, "funcuvname": funcuvname})


def profile(*_: Any) -> Table:
    """Make the table that `require 'jit.profile'` gives. Python's profilers see Lua functions; this
    one takes no samples."""
    return new_table((), {"dumpstack": dumpstack, "start": nothing, "stop": nothing})


def dumpstack(*arguments: Any) -> str:
    """Give the stack as text: `dumpstack([thread,] format, depth)`."""
    from .debug import traceback

    return traceback("").lstrip("\n")
