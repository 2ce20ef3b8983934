"""The package library: `require`, where it searches, and `module`."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

from .. import state
from ..errors import LuaError
from ..runtime import index, set_index
from ..values import LuaObject, Table, first, lua_type, new_table, rawget, rawset
from .arguments import NONE, LibraryError, check_string, check_table, opt_string
from .environments import set_caller_environment
from .loading import load_file
from .table import clear, new
from .texts import from_system, to_system

SEPARATOR, MARK = ";", "?"
DIRECTORY_SEPARATOR = os.sep
CONFIG = f"{DIRECTORY_SEPARATOR}\n{SEPARATOR}\n{MARK}\n!\n-\n"
_TREES = ("/usr/local/share/luajit-2.1.0-beta3", "/usr/local/share/lua/5.1", "/usr/share/lua/5.1")
_C_TREES = ("/usr/local/lib/lua/5.1", "/usr/lib/lua/5.1", "/usr/lib/x86_64-linux-gnu/lua/5.1")
_LOADING = LuaObject()  # in package.loaded while a module is being loaded
_EXTENSIONS = {"table.clear": clear, "table.new": new}

# C modules of the Torch world whose work is done by a package of ours.
REPLACEMENTS = {
    "libpaths": "paths",
    "libtorch": "torch",
    "libnn": "nn",
    "libimage": "image",
    "libsys": "sys",
    "lfs": "paths",
    "readline": "trepl",
}


def rocks_tree() -> str:
    """The folder into which `th7shell rocks` installs ($TH7SHELL_ROCKS_DIR, else one in the user's
    home)."""
    return os.environ.get("TH7SHELL_ROCKS_DIR") or os.path.expanduser("~/.th7shell/rocks")


def default_path() -> str:
    home = from_system(os.path.expanduser("~"))
    own = f"{from_system(rocks_tree())}/share/lua/5.1"
    trees = [*_TREES, own, f"{home}/.luarocks/share/lua/5.1", f"{home}/torch/install/share/lua/5.1"]
    return ";".join(["./?.lua", *(f"{t}/?.lua;{t}/?/init.lua" for t in trees)])


def _default_cpath() -> str:
    return ";".join(["./?.so", *(f"{t}/?.so" for t in _C_TREES)])


def _from_environment(variable: str, default: str) -> str:
    """Give a search path: the environment's, in which `;;` stands for the default, or the
    default."""
    value = os.environ.get(variable)
    if value is None:
        return default
    path = from_system(value).replace(";;", f";{default};")
    return path.strip(";")


def _candidates(name: str, path: str, sep: str, rep: str) -> Iterator[str]:
    """Give the files that a module of this name may be in."""
    if sep:
        name = name.replace(sep, rep)
    for template in path.split(SEPARATOR):
        if template:
            yield template.replace(MARK, name)


def _search(
    name: str, path: str, sep: str = ".", rep: str = DIRECTORY_SEPARATOR
) -> tuple[str | None, str]:
    """Find a module's file: its name, or None and the list of what was tried."""
    tried = []
    for candidate in _candidates(name, path, sep, rep):
        place = to_system(candidate)
        if os.access(place, os.R_OK) and not os.path.isdir(place):
            return candidate, ""
        tried.append(f"\n\tno file '{candidate}'")
    return None, "".join(tried)


def searchpath(
    name: Any = NONE, path: Any = NONE, sep: Any = None, rep: Any = None, *_: Any
) -> Any:
    """Find a name in a path of templates: the file, or nil and the files that were tried."""
    found, tried = _search(
        check_string(1, name),
        check_string(2, path),
        opt_string(3, sep, "."),
        opt_string(4, rep, DIRECTORY_SEPARATOR),
    )
    return found if found is not None else (None, tried)


def seeall(module: Any = NONE, *_: Any) -> tuple[()]:
    """Let a module see the globals: an option for `module`."""
    from .. import metatables

    module = check_table(1, module)
    metatable = metatables.getmetatable(module)
    if metatable is None:
        metatable = new_table()
        metatables.setmetatable(module, metatable)
    set_index(metatable, "__index", state.globals)
    return ()


def loadlib(path: Any = NONE, function: Any = NONE, *_: Any) -> tuple[None, str, str]:
    """Refuse to load a C library: C modules cannot run here."""
    return None, _no_c(check_string(1, path)), "absent"


def _no_c(path: str) -> str:
    """Say that a C module cannot be loaded, and what replaces it."""
    stem = os.path.basename(path).split(".")[0]
    replacement = REPLACEMENTS.get(stem)
    advice = f"; `require '{replacement}'` does its work" if replacement else ""
    return f"'{path}' is a C module, which th7shell cannot load{advice}"


def _function(method: Callable[..., Any]) -> Callable[..., Any]:
    """Make a plain function of a bound method, whose self Lua would not pass."""

    @functools.wraps(method)
    def call(*arguments: Any) -> Any:
        return method(*arguments)

    return call


class Package:
    """The state of one interpreter's package library: its table, and the functions over it."""

    def __init__(self, globals: Table) -> None:
        self.globals = globals
        loaders = new_table(map(_function, self.searchers()))
        self.loaded = new_table()
        self.table = new_table(
            (),
            {
                "config": CONFIG,
                "cpath": _from_environment("LUA_CPATH", _default_cpath()),
                "loaded": self.loaded,
                "loaders": loaders,
                "loadlib": loadlib,
                "path": _from_environment("LUA_PATH", default_path()),
                "preload": new_table(),
                "searchers": loaders,
                "searchpath": searchpath,
                "seeall": seeall,
            },
        )
        for name, function in _EXTENSIONS.items():
            rawset(self.table.preload, name, lambda *_, function=function: function)

    def _field(self, name: str, kind: str) -> Any:
        value = rawget(self.table, name)
        if lua_type(value) != kind:
            raise LibraryError(f"'package.{name}' must be a {kind}")
        return value

    def from_preload(self, name: Any = NONE, *_: Any) -> Any:
        """Look for a loader in package.preload."""
        name = check_string(1, name)
        loader = index(self._field("preload", "table"), name)
        return loader if loader is not None else f"\n\tno field package.preload['{name}']"

    def from_path(self, name: Any = NONE, *_: Any) -> Any:
        """Look for a Lua file along package.path."""
        name = check_string(1, name)
        found, tried = _search(name, self._field("path", "string"))
        if found is None:
            return tried
        try:
            return load_file(found)
        except LuaError as error:
            message = f"error loading module '{name}' from file '{found}':\n\t{error.value}"
            raise LibraryError(message) from error

    def from_cpath(self, name: Any = NONE, *_: Any) -> Any:
        """Look for a C module along package.cpath: found, it is an error, since it cannot run
        here."""
        name = check_string(1, name)
        found, tried = _search(name, self._field("cpath", "string"))
        if found is None:
            return tried
        raise LibraryError(f"error loading module '{name}' from file '{found}':\n\t{_no_c(found)}")

    def from_package(self, name: Any = NONE, *_: Any) -> Any:
        """Look for a C module of which this one would be a part: `a.b` in the module `a`."""
        name = check_string(1, name)
        return self.from_cpath(name.split(".")[0]) if "." in name else ()

    def searchers(self) -> tuple[Callable[..., Any], ...]:
        """Give the loaders in the order in which they are asked."""
        return self.from_preload, self.from_path, self.from_cpath, self.from_package

    def require(self, name: Any = NONE, *_: Any) -> Any:
        """Load a module once and give its value: what it returned, or else package.loaded[name], or
        true.

        The loaders of package.loaders are asked in turn: package.preload, then the files of
        package.path.
        """
        name = check_string(1, name)
        loaded = self.loaded
        value = rawget(loaded, name)
        if value is _LOADING:
            raise LibraryError(f"loop or previous error loading module '{name}'")
        if value is not None and value is not False:
            return value
        loader = self._find(name)
        rawset(loaded, name, _LOADING)
        try:
            result = first(loader(name))
        except KeyboardInterrupt:
            rawset(loaded, name, None)  # the next require begins anew
            raise
        if result is not None:
            rawset(loaded, name, result)
        value = rawget(loaded, name)
        if value is _LOADING:
            value = True
            rawset(loaded, name, value)
        return value

    def _find(self, name: str) -> Callable[..., Any]:
        loaders = self._field("loaders", "table")
        tried = []
        i = 1
        while (loader := rawget(loaders, i)) is not None:
            found = first(loader(name))
            kind = lua_type(found)
            if kind == "function":
                return found
            if kind == "string":
                tried.append(found)
            i += 1
        raise LibraryError(f"module '{name}' not found:{''.join(tried)}")

    def module(self, name: Any = NONE, *options: Any) -> Any:
        """Make a module table of this name, make it the environment of the calling chunk, and give
        it."""
        name = check_string(1, name)
        module = rawget(self.loaded, name)
        if not isinstance(module, Table):
            module = self._nested(name)
            rawset(self.loaded, name, module)
        if index(module, "_NAME") is None:
            rawset(module, "_M", module)
            rawset(module, "_NAME", name)
            rawset(module, "_PACKAGE", name[: name.rfind(".") + 1])
        set_caller_environment(module)
        for option in options:
            option(module)
        return module

    def _nested(self, name: str) -> Table:
        """Give the table at a dotted global name, made where it is missing."""
        t = self.globals
        for part in name.split("."):
            inner = rawget(t, part)
            if inner is None:
                inner = new_table()
                rawset(t, part, inner)
            elif not isinstance(inner, Table):
                raise LibraryError(f"name conflict for module '{name}'")
            t = inner
        return t


def open_package(globals: Table) -> Table:
    """Make the package library of an interpreter and its globals `require` and `module`; gives its
    table."""
    package = Package(globals)
    rawset(globals, "require", _function(package.require))
    rawset(globals, "module", _function(package.module))
    for name, value in (("_G", globals), ("package", package.table)):
        rawset(package.loaded, name, value)
    return package.table
