"""torch: tensors, maths, random numbers, files and the class system, for Python and for Lua.

`from th7shell import torch; torch.randn(2, 3)` in Python, `require 'torch'` in Lua: the same
functions, from one table.
"""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path
from typing import Any

import numpy as _np

_np.seterr(all="ignore")  # as in C, inf and nan are values; numbers that do not fit wrap

from . import class_functions, storage, tensor  # noqa: E402
from .index_protocol import show_index  # noqa: E402
from .namespace import TORCH, module_getattr  # noqa: E402
from .operators import show_operators  # noqa: E402

_PARTS = (
    "reshaping",
    "apply",
    "utilities",
    "ops",
    "generators",
    "files",
    "serialization",
    "cmdline",
    "timer",
    "tester",
    "testsuite",
)

for _part in _PARTS:
    if any((Path(__file__).parent / name).exists() for name in (f"{_part}.py", _part)):
        with contextlib.suppress(ImportError):
            importlib.import_module(f"{__name__}.{_part}")

for _class in (tensor.Tensor, *tensor.TYPES.values()):
    show_operators(_class)
for _class in (tensor.Tensor, storage.Storage):
    show_index(_class)
__getattr__ = module_getattr("torch", __name__)


def luaopen(globals: Any) -> Any:
    """Put `torch` where Lua expects it and return it: what `require 'torch'` runs."""
    globals.torch = TORCH
    debug = globals["debug"]
    if debug is not None:
        debug["getregistry"] = class_functions.getregistry
    return TORCH


__all__ = ["TORCH", "luaopen", "tensor"]
