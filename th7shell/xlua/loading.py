"""Packages and errors: `xlua.require`, `xlua.installed`, `xlua.trycatch`."""

from __future__ import annotations

import os
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import first, state
from th7shell.lua.stdlib.texts import to_system
from th7shell.torch.namespace import export


@export(package="xlua")
def require(name: Any = None, *_: Any) -> Any:
    """Load a package; if that fails, print why and return false."""
    environment = state.globals
    status, *results = environment.pcall(environment.require, name)
    if status:
        return results[0] if results else None
    console.show(results[0])
    console.show(f"warning: <{name}> could not be loaded (is it installed?)")
    return False


@export(package="xlua")
def installed(name: Any = None, *_: Any) -> tuple[bool, str]:
    """Whether a package can be required, and its file (or where it was looked for)."""
    library = state.globals.package
    places = ";".join(filter(None, (library.path, library.cpath)))
    if library.preload[name] is not None:
        return True, "built in"
    for place in places.split(";"):
        file = place.replace("?", str(name).replace(".", "/"))
        if file and os.path.isfile(to_system(file)):
            return True, file
    return False, places


@export(package="xlua")
def trycatch(attempt: Any = None, handler: Any = None, *_: Any) -> tuple[()]:
    """Call a function; if it raises an error, call `handler(error)`."""
    status, *results = state.globals.pcall(attempt)
    if not status:
        first(handler(results[0]))
    return ()
