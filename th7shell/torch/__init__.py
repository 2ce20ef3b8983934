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

from . import tensor  # noqa: E402
from .namespace import TORCH, module_getattr  # noqa: E402
from .operators import show_operators  # noqa: E402

_PARTS = (
    "class_functions",
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

show_operators(tensor.Tensor, vars(tensor.Tensor))
__getattr__ = module_getattr("torch", __name__)


def luaopen(globals: Any) -> Any:
    """Put `torch` where Lua expects it and return it: what `require 'torch'` runs."""
    globals.torch = TORCH
    return TORCH


__all__ = ["TORCH", "luaopen", "tensor"]
