"""nn: layers, containers and criterions, for Python and for Lua.

`from th7shell import nn; nn.Linear(3, 2)` in Python, `require 'nn'` in Lua: the same classes,
from one table. A family of layers is a folder, as in Torch's documentation; the arithmetic is in
`kernels/`, what all modules share in `module.py`, `container.py` and `criterion.py`.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import new_table
from th7shell.torch.generators import default_generator
from th7shell.torch.namespace import namespace, need, shows
from th7shell.torch.promised import Names, complete, promise

from .helpers import names, utils
from .tools import thnn

NN = namespace("nn")
NN.utils = new_table(fields=utils.NAMES)
promise(NN, {f"{__name__}.{file}": words for file, words in names.FILES.items()}, "nn")

#: the original's files: one for each class, which returns nothing, and these
FILES: dict[str, Any] = {
    name: None
    for name in f"Module Criterion {' '.join(names.FILES.values())}".split()
    if name != "tables"
}
FILES |= dict.fromkeys(("ErrorMessages", "utils"))
FILES["THNN"] = lambda globals: thnn.THNN
FILES["CrossEntropyCriterion"] = lambda globals: NN.CrossEntropyCriterion

__getattr__, __dir__ = shows(__name__, Names(NN), lambda: complete(NN))


def luaopen(globals: Any) -> Any:
    """Put `nn` (and `torch`) where Lua expects them and return nn: what `require 'nn'` runs.

    It draws four random numbers, because the original does: its self-test, loaded with it, makes a
    Linear(1, 2), weights and bias. Programs that seed before they load nn depend on it.
    """
    need(globals, "torch")
    globals.nn = NN
    default_generator().stream.leave_out(4)
    return NN


__all__ = ["NN", "luaopen"]
