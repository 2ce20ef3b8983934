"""nn: layers, containers and criterions, for Python and for Lua.

`from th7shell import nn; nn.Linear(3, 2)` in Python, `require 'nn'` in Lua: the same classes,
from one table. A family of layers is a file; the arithmetic is in `kernels/`, what all modules
share in `module.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from ..lua import new_table
from ..torch import TORCH
from ..torch.namespace import module_getattr, namespace
from . import utils

NN = namespace("nn")
NN.utils = new_table(fields=utils.NAMES)

for _family in pkgutil.iter_modules(__path__):
    if not _family.ispkg:
        importlib.import_module(f"{__name__}.{_family.name}")

__getattr__ = module_getattr("nn", __name__)


def luaopen(globals: Any) -> Any:
    """Put `nn` (and `torch`) where Lua expects them and return nn: what `require 'nn'` runs."""
    globals.torch = TORCH
    globals.nn = NN
    return NN


__all__ = ["NN", "luaopen"]
