"""optim: gradient-based optimisers, line searches, a confusion matrix and a logger.

`first_order` has the methods that use one gradient a step; `settings` what all share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.torch.namespace import namespace, shows

from . import confusion_matrix, conjugate_gradient, evolution, fista, gradient_check, line_search
from . import first_order as one
from . import lbfgs as quasi_newton
from . import logger as log

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    *(one.sgd, one.nag, one.asgd, one.adam, one.adamax, one.adagrad, one.adadelta, one.rmsprop),
    *(one.rprop, conjugate_gradient.cg, quasi_newton.lbfgs, fista.FistaLS),
    *(evolution.cmaes, evolution.de, line_search.lswolfe, line_search.polyinterp),
    gradient_check.checkgrad,
)
PUBLIC: dict[str, Any] = {"ConfusionMatrix": confusion_matrix.ConfusionMatrix, "Logger": log.Logger}
PUBLIC |= {f.__name__: f for f in FUNCTIONS}
__all__ = list(PUBLIC)
__getattr__, __dir__ = shows(__name__, PUBLIC)
del globals()["lbfgs"]  # the file: the name is the function's


#: the original's files, which return nothing
FILES = dict.fromkeys((*(name for name in PUBLIC if name != "FistaLS"), "fista"))


def luaopen(globals: Any) -> Any:
    """Put `optim` into Lua's globals and return it."""
    table = namespace("optim")
    for name in __all__:
        table[name] = PUBLIC[name]
    globals.optim = table
    return table
