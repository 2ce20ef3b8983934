"""Where things are: home, temporary files, programs, the installation; and what system this is."""

from __future__ import annotations

import atexit
import os
import platform
import sys
from typing import Any

from th7shell.lua import TorchError, first
from th7shell.lua.stdlib import string as lua_string
from th7shell.lua.stdlib.os import temporary_file
from th7shell.lua.stdlib.texts import from_system, to_system
from th7shell.torch.namespace import export, namespace

from .names import checked

_temporary: list[str] = []


@export(package="paths")
def tmpname(*_: Any) -> str:
    """A name for a temporary file, which is removed at the end of the program."""
    name = temporary_file("luatmp")
    os.remove(to_system(name))
    _temporary.append(to_system(name))
    return name


@atexit.register
def _remove_temporary() -> None:
    for name in _temporary:
        if os.path.isfile(name):
            os.remove(name)


@export(package="paths")
def execdir(*_: Any) -> str:
    """The directory of the program that is running."""
    return from_system(os.path.dirname(os.path.abspath(sys.executable)))


@export(package="paths")
def uname(*_: Any) -> tuple[str, str, str]:
    """The system's name ('Linux', 'Darwin', 'Windows'), the computer's, and the processor's
    type."""
    system = platform.uname()
    return system.system, system.node, system.machine


def _system_is(name: str) -> Any:
    return first(lua_string.match(platform.system(), name))


@export(package="paths")
def is_win(*_: Any) -> Any:
    """The name of the system if it is Windows, else nil."""
    return _system_is("Windows")


@export(package="paths")
def is_mac(*_: Any) -> Any:
    """The name of the system if it is macOS, else nil."""
    return _system_is("Darwin")


@export(package="paths")
def findprogram(*names: Any) -> str | None:
    """The full name of the first of some programs that the system's search path has, else nil."""
    import shutil

    for i, name in enumerate(names, 1):
        found = shutil.which(checked(name, i))
        if found is not None:
            return from_system(os.path.abspath(found))
    return None


@export(package="paths")
def getregistryvalue(key: Any = None, subkey: Any = None, value: Any = None, *_: Any) -> Any:
    """A value of the Windows registry, or nil and the system's error number; an error elsewhere."""
    if sys.platform != "win32":
        raise TorchError("This function exists only on windows")
    import winreg

    try:
        with winreg.OpenKey(getattr(winreg, str(key)), subkey) as handle:
            found = winreg.QueryValueEx(handle, value)[0]
    except (AttributeError, OSError) as error:
        return None, getattr(error, "winerror", 0) or 0
    return from_system(found) if isinstance(found, str) else found


_PARTS = {
    "prefix": "",
    "bin": "bin",
    "man": "share/man",
    "lib": "lib",
    "share": "share",
    "include": "include",
    "cmake": "share/cmake/torch",
    "hlp": "share/torch/hlp",
    "html": "share/torch/html",
    "lua_path": "share/lua/5.1",
    "lua_cpath": "lib/lua/5.1",
}
#: install_prefix, install_bin …: where an installation has its parts
INSTALLED = {
    f"install_{name}": from_system(f"{sys.prefix}/{part}".rstrip("/"))
    for name, part in _PARTS.items()
}


def _set_names() -> None:
    table = namespace("paths")
    table.home = from_system(os.path.expanduser("~"))
    for name, place in INSTALLED.items():
        setattr(table, name, place)


_set_names()
