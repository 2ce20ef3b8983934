"""torch: tensors, maths, random numbers, files and the class system, for Python and for Lua.

`from th7shell import torch; torch.randn(2, 3)` in Python, `require 'torch'` in Lua: the same
functions, from one table. What tensors alone do not need is imported when first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as _np

_np.seterr(all="ignore")  # as in C, inf and nan are values; numbers that do not fit wrap

from th7shell.lua import Table, new_table  # noqa: E402

from . import luat, storage  # noqa: E402  (after the setting above)
from .index_protocol import show_index  # noqa: E402
from .namespace import TORCH, need, shows  # noqa: E402
from .operators import show_operators  # noqa: E402
from .promised import Names, promise  # noqa: E402
from .promised import complete as promised_complete  # noqa: E402
from .tensor import TYPES as _TYPES  # noqa: E402
from .tensor import Tensor as _Tensor  # noqa: E402  (`Tensor` is the default type)

_NOW = (  # they fill the table
    "class_functions",
    "conversion",
    "reshaping",
    "apply",
    "pointers",
    "explanations",
    "ops",
    "generators",
    "python_operators",
    "python_members",
)
_LATER = {  # what programs use seldom, or late: the names that a file defines
    "utilities": "getnumcores getnumthreads include isatty packageLuaPath setheaptracking"
    " setnumthreads updateerrorhandlers updatethreadlocals",
    "serialization.api": "deserialize deserializeFromStorage load loadobj save saveobj serialize"
    " serializeToStorage",
    "testsuite": "TestSuite",
    "selftest": "test",
}
_CLASSES_LATER = {
    "files": "DiskFile File MemoryFile PipeFile",
    "cmdline": "CmdLine",
    "timer": "Timer tic toc",
    "tester": "Tester",
}

for _part in _NOW:
    import_module(f"{__name__}.{_part}")
for _class in (_Tensor, *_TYPES.values()):
    show_operators(_class)
for _class in (_Tensor, storage.Storage):
    show_index(_class)


for _files, _package in ((_LATER, ""), (_CLASSES_LATER, "torch")):
    promise(TORCH, {f"{__name__}.{file}": names for file, names in _files.items()}, _package)


def complete() -> None:
    """Import every part, so that the table holds all names of torch."""
    promised_complete(TORCH)


__getattr__, __dir__ = shows(__name__, Names(TORCH), complete)

from .python_members import from_numpy, tensor  # noqa: E402  (in place of the module's name)

#: what the original consists of
FILES: dict[str, Any] = dict.fromkeys(
    ("CmdLine", "FFInterface", "File", "Tensor", "TestSuite", "Tester", "test")
)
FILES["paths"] = lambda globals: install_paths(globals)


def install_paths(globals: Any) -> Table:
    """What `require 'torch.paths'` returns: the places of an installation."""
    need(globals, "paths")
    names = ("prefix", "bin", "man", "lib", "share", "include", "cmake")
    paths = globals.paths
    return new_table((), {f"install_{name}": paths[f"install_{name}"] for name in names})


def luaopen(globals: Any) -> Any:
    """Put `torch` where Lua expects it and return it: what `require 'torch'` runs."""
    globals.torch = TORCH
    debug = globals["debug"]
    if debug is not None:
        debug["getregistry"] = luat.getregistry
    return TORCH


__all__ = ["TORCH", "complete", "from_numpy", "luaopen", "tensor"]
