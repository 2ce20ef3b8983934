"""What Lua's `require` finds in th7shell: packages by name, opened on first use, and the files that
the original's packages consist of.

A package that the user has put on LUA_PATH or package.path goes before the built-in one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from th7shell.lua import LuaError, Table, new_table, rawset, state
from th7shell.lua.collecting import lasting
from th7shell.lua.host import lua_function
from th7shell.lua.metatables import setmetatable
from th7shell.lua.stdlib import package as lua_package
from th7shell.lua.stdlib.loading import load_file
from th7shell.lua.stdlib.texts import from_system, to_system

from . import absent
from .interrupts import INTERRUPTS

PACKAGES = {  # what require is given: the module with `luaopen(globals)`
    "torch": "th7shell.torch",
    "nn": "th7shell.nn",
    "image": "th7shell.image",
    "optim": "th7shell.optim",
    "paths": "th7shell.paths",
    "sys": "th7shell.sys",
    "xlua": "th7shell.xlua",
    "dok": "th7shell.dok",
    "moses": "th7shell.moses",
    "gnuplot": "th7shell.gnuplot",
    "lfs": "th7shell.lfs",
    "cjson": "th7shell.cjson",
    "tds": "th7shell.tds",
    "csvigo": "th7shell.csvigo",
    "argcheck": "th7shell.argcheck",
    "class": "th7shell.lua_modules.classes",
    "dkjson": "th7shell.lua_modules.dkjson",
    "env": "th7shell.lua_modules.env",
    "iterm": "th7shell.lua_modules.iterm",
    "json": "th7shell.lua_modules.json",
    "base64": "th7shell.c_modules.base64",
    "bit32": "th7shell.c_modules.bit32",
    "lua-utf8": "th7shell.c_modules.luautf8",
    "md5": "th7shell.c_modules.md5",
    "snappy": "th7shell.c_modules.snappy",
    "mime": "th7shell.c_modules.mime",
    "socket": "th7shell.c_modules.socket",
    "utf8": "th7shell.c_modules.utf8",
    "itorch": "th7shell.itorch",
    "trepl": "th7shell.trepl",
    "graph": "th7shell.graph",
    "nngraph": "th7shell.nngraph",
    "threads": "th7shell.threads",
    "export": "th7shell.export.in_lua",
    "hdf5": "th7shell.hdf5",
    "graphicsmagick": "th7shell.graphicsmagick",
    "loadcaffe": "th7shell.loadcaffe",
    "display": "th7shell.panes",
    "torchx": "th7shell.torchx",
    "nnx": "th7shell.nnx",
    "libnnx": "th7shell.nnx.library",
    "stn": "th7shell.stn",
    "libstn": "th7shell.stn.library",
    "unsup": "th7shell.unsup",
    "libunsup": "th7shell.unsup.library",
    "pl": "th7shell.pl",
    "torchmpi": "th7shell.torchmpi",
    "distlearn": "th7shell.distlearn",
    "ipc": "th7shell.ipc",
}
CUDA = {  # unknown where TH7SHELL_CUDA is `off`
    "cutorch": "th7shell.cutorch",
    "cunn": "th7shell.cunn",
    "cudnn": "th7shell.cudnn",
}
LIBRARIES = {
    "libtorch": "torch",
    "libpaths": "paths",
    "libsys": "sys",
    "libimage": "image",
    "libthreads": "threads",
    "libcutorch": "cutorch",
    "libipc": "ipc",
}


def cuda_is_known() -> bool:
    """Whether `require` finds CUDA's packages."""
    return os.environ.get("TH7SHELL_CUDA") != "off"


class Packages:
    """The built-in packages of one interpreter."""

    def __init__(self, globals: Table) -> None:
        self.globals = globals
        self.library = globals.package  # a program may let go of the name
        self.known = PACKAGES | CUDA if cuda_is_known() else PACKAGES

    def install(self) -> None:
        """Put every package into `package.preload`; a package's files are found there when asked
        for."""
        preload = self.library.preload
        for name in self.known:
            rawset(preload, name, lua_function(self.opener(name)))
        setmetatable(preload, new_table((), {"__index": lua_function(self.part)}))
        absent.install(self.library)

    def opener(self, name: str) -> Callable[..., Any]:
        """The loader that `require(name)` calls."""

        def load(*_: Any) -> Any:
            own = own_file(name, self.library.path)
            if own is not None:
                return load_file(own)(name)
            try:
                if state.current.world is not state.MAIN:  # Ctrl-C is the main program's
                    return self._open(name)
                return INTERRUPTS.shielded(self._open, name)
            except LuaError:  # what it needs is not installed: the next require says so again
                rawset(self.library.loaded, name, None)
                raise

        return load

    def _open(self, name: str) -> Any:
        value = lasting(import_module, self.known[name]).luaopen(self.globals)
        if state.current.world is state.MAIN:
            namespace = sys.modules.get("th7shell.torch.namespace")
            if namespace is not None:  # torch takes long to import
                namespace.remember()
            return value
        from th7shell.torch.worlds import detach

        return detach(self.globals, value)

    def part(self, _preload: Any = None, name: Any = None, *_: Any) -> Any:
        """The loader of a file of a package, `nn.Linear`: it loads the package and gives what the
        original's file returns; nil for a name that is no such file."""
        if not isinstance(name, str):
            return None
        package, _dot, file = name.partition(".")
        if name in LIBRARIES:
            package, file = LIBRARIES[name], "init"
        if package not in self.known or not file:
            return None
        path = self.library.path
        if own_file(package, path) is not None or own_file(name, path) is not None:
            return None
        module = import_module(self.known[package])
        files = module.FILES
        if file != "init" and file not in files:
            return None

        def load(*_: Any) -> Any:
            apart = file != "init" and getattr(module, "APART", False)
            value = None if apart else self.globals.require(package)
            if file != "init":
                make = files[file]
                value = True if make is None else make(self.globals)
            if state.current.world is not state.MAIN:
                from th7shell.torch.worlds import own

                return own(value)
            return value

        return lua_function(load)


def own_file(name: str, path: Any) -> str | None:
    """The file of a package that the user has put on the path, None where there is none."""
    if not isinstance(path, str):
        return None
    own = ";".join(own_templates(path))
    found = lua_package.searchpath(name, own) if own else None
    return found if isinstance(found, str) else None


def own_templates(path: str) -> Iterator[str]:
    """The places on a path that are the user's: named by LUA_PATH or added by the program, and
    standing before those of an installed Torch7, whose packages need its C libraries."""
    default = lua_package.default_path().split(";")
    named = from_system(os.environ.get("LUA_PATH", "")).split(";")
    for template in path.split(";"):
        if "?" not in template or (template in default and template not in named):
            continue
        if holds_torch(template):
            return
        yield template


def holds_torch(template: str) -> bool:
    """Whether a place on a path is a tree into which the original was installed."""
    files = (template.replace("?", name) for name in ("torch", "torch/init"))
    return any(f.endswith("/torch/init.lua") and os.path.exists(to_system(f)) for f in files)


def install(globals: Table) -> None:
    """Let `require` find the built-in packages."""
    Packages(globals).install()


state.equip = install
