"""optim: gradient-based optimisers, line searches, a confusion matrix and a logger.

`first_order` has the methods that use one gradient a step; `settings` what all share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..lua import TorchError
from ..torch.namespace import namespace
from .confusion_matrix import ConfusionMatrix
from .conjugate_gradient import cg
from .first_order import adadelta, adagrad, adam, adamax, asgd, nag, rmsprop, rprop, sgd
from .gradient_check import checkgrad
from .lbfgs import lbfgs
from .line_search import lswolfe, polyinterp
from .logger import Logger

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    adadelta,
    adagrad,
    adam,
    adamax,
    asgd,
    cg,
    checkgrad,
    lbfgs,
    lswolfe,
    nag,
    polyinterp,
)
FUNCTIONS += (rmsprop, rprop, sgd)

ABSENT = {
    "cmaes": "lbfgs or cg where there are gradients",
    "de": "lbfgs or cg where there are gradients",
    "FistaLS": "lbfgs with lswolfe",
}


def _absent(name: str, instead: str) -> Callable[..., Any]:
    def refuse(*_: Any) -> Any:
        raise TorchError(f"optim.{name} is not provided here: use {instead}")

    refuse.__doc__ = f"Not provided here: use {instead}."
    return refuse


PUBLIC: dict[str, Any] = {"ConfusionMatrix": ConfusionMatrix, "Logger": Logger}
PUBLIC |= {f.__name__: f for f in FUNCTIONS}
PUBLIC |= {name: _absent(name, instead) for name, instead in ABSENT.items()}
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
