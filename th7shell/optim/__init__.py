"""optim: gradient-based optimisers, line searches, a confusion matrix and a logger.

`first_order` has the methods that use one gradient a step; `settings` what all share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..torch.namespace import namespace
from .confusion_matrix import ConfusionMatrix
from .conjugate_gradient import cg
from .evolution import cmaes, de
from .first_order import adadelta, adagrad, adam, adamax, asgd, nag, rmsprop, rprop, sgd
from .fista import FistaLS
from .gradient_check import checkgrad
from .lbfgs import lbfgs
from .line_search import lswolfe, polyinterp
from .logger import Logger

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *(sgd, nag, asgd, adam, adamax, adagrad, adadelta, rmsprop, rprop, cg, lbfgs, FistaLS),
    *(cmaes, de, lswolfe, polyinterp, checkgrad),
)
PUBLIC: dict[str, Any] = {"ConfusionMatrix": ConfusionMatrix, "Logger": Logger}
PUBLIC |= {f.__name__: f for f in FUNCTIONS}
__all__ = list(PUBLIC)


#: the original's files, which return nothing
FILES = dict.fromkeys((*(name for name in PUBLIC if name != "FistaLS"), "fista"))


def luaopen(globals: Any) -> Any:
    """Put `optim` into Lua's globals and return it."""
    table = namespace("optim")
    for name in __all__:
        table[name] = PUBLIC[name]
    globals.optim = table
    return table
