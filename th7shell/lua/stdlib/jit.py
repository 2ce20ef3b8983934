"""The jit table that scripts probe: what LuaJIT tells about itself. There is no compiler to control
here."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

from ..values import Table, new_table

_ARCHITECTURES = {
    "x86_64": "x64",
    "amd64": "x64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i686": "x86",
}
_SYSTEMS = {"Linux": "Linux", "Darwin": "OSX", "Windows": "Windows"}


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
    machine = platform.machine().lower()
    return {
        "arch": _ARCHITECTURES.get(machine, machine),
        "os": _SYSTEMS.get(platform.system(), "Other"),
        "version": "LuaJIT 2.1.0-beta3",
        "version_num": 20100,
    }


def parts() -> dict[str, Table]:
    """Give the tables jit.opt and jit.util, as far as scripts use them."""
    return {"opt": new_table((), {"start": nothing}), "util": Table()}
