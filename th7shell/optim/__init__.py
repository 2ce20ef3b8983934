"""optim: gradient-based optimisers, line searches, a confusion matrix and a logger.

`first_order` has the methods that use one gradient a step; `settings` what all share. A file is
imported when one of its names is first read.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, shows
from th7shell.torch.promised import Names, complete, promise

OPTIM = namespace("optim")
METHODS = {  # file → its names in optim
    "first_order": "sgd nag asgd adam adamax adagrad adadelta rmsprop rprop",
    "conjugate_gradient": "cg",
    "quasi_newton": "lbfgs",
    "fista": "FistaLS",
    "evolution": "cmaes de",
    "line_search": "lswolfe polyinterp",
    "gradient_check": "checkgrad",
}
CLASSES = {"confusion_matrix": "ConfusionMatrix", "logger": "Logger"}
promise(OPTIM, {f"{__name__}.{file}": words for file, words in CLASSES.items()}, "optim")
promise(OPTIM, {f"{__name__}.{file}": words for file, words in METHODS.items()})

__all__ = [name for words in (*CLASSES.values(), *METHODS.values()) for name in words.split()]
__getattr__, __dir__ = shows(__name__, Names(OPTIM), lambda: complete(OPTIM))

#: the original's files, which return nothing
FILES: dict[str, Any] = dict.fromkeys((*(n for n in __all__ if n != "FistaLS"), "fista"))


def luaopen(globals: Any) -> Any:
    """Put `optim` into Lua's globals and return it."""
    globals.optim = OPTIM
    return OPTIM
