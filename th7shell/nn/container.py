"""nn.Container: the base of modules that hold modules, and the chain of places in error
messages.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..lua import Table, TorchError, array, new_table, send
from ..torch.classes import torch_type, typename
from ..torch.tensor import Tensor
from .checks import check_part
from .module import Module, call, scratch

WARNING = (
    "WARNING: If you see a stack trace below, it doesn't point to the place where this error "
    "occurred. Please use only the one above."
)


class Container(Module, name="nn.Container"):
    """The base of containers: keeps the children in the table `modules` and hands things down
    to them.

    Container(): no parameters of its own; `add(module)` appends a child. Errors of a child come
    out as "In <number> module of <class>:", one line a container, then the child's message.

    Source: torch/nn, doc/containers.md.
    """

    def __init__(self, *_: Any) -> None:
        super().__init__()
        self.modules = new_table()

    def add(self, module: Any = None, *_: Any) -> Any:
        """Append a module and return self."""
        check_part(module)
        if module is not None:
            self.modules[len(array(self.modules)) + 1] = module
        return self

    def get(self, index: int | None = None, *_: Any) -> Any:
        """The child at `index`, from 1; nil where there is none."""
        return self.modules[index]

    def size(self, *_: Any) -> int:
        """How many children there are."""
        return len(array(self.modules))

    def rethrowErrors(
        self, module: Any = None, moduleIndex: int | None = None, funcName: str = "", *args: Any
    ) -> Any:
        """Call a child's method; an error names the child's place in this container."""
        if module is not self.modules[moduleIndex]:
            raise TorchError("mismatch between moduleIndex and self.modules in rethrowErrors")
        try:
            return call(module, funcName, *args)
        except Exception as error:
            raise in_child(self, moduleIndex, error) from error

    def applyToModules(self, func: Callable[..., Any] | None = None, *_: Any) -> Any:
        """Call `func(child)` for each child."""
        for child in array(self.modules):
            func(child)
        return ()

    def zeroGradParameters(self, *_: Any) -> Any:
        """Set the gradients of all children's parameters to zero."""
        return tell(self, "zeroGradParameters")

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Take a gradient step in all children."""
        return tell(self, "updateParameters", learningRate)

    def training(self, *_: Any) -> Any:
        """Switch the container and all children to training mode."""
        tell(self, "training")
        return super().training()

    def evaluate(self, *_: Any) -> Any:
        """Switch the container and all children to evaluation mode."""
        tell(self, "evaluate")
        return super().evaluate()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw all children's parameters anew."""
        return tell(self, "reset", stdv)

    def share(self, mlp: Any = None, *names: str) -> Any:
        """Share the named tensors of each child with the child of `mlp` at the same place;
        return self.
        """
        for child, other in zip(array(self.modules), array(mlp.modules)):
            send(child, "share", other, *names)
        return self

    def parameters(self, *_: Any) -> Any:
        """The parameters and gradients of all children, in order."""
        params: list = []
        grads: list = []
        for child in array(self.modules):
            w, g = child_parameters(child)
            params += w
            grads += g
        return new_table(params), new_table(grads)

    def clearState(self, *_: Any) -> Any:
        """Drop the buffers of the container and of all children; return self."""
        scratch(self).clear()
        for name in ("output", "gradInput"):
            value = self[name]
            if isinstance(value, Tensor):
                self[name] = value.new()
            elif value is not None:
                self[name] = (
                    new_table() if typename(value) is None and isinstance(value, Table) else None
                )
        if self.modules is not None:
            tell(self, "clearState")
        return self


def tell(container: Any, method: str, *args: Any) -> tuple:
    """Call a method of every child."""
    for child in array(container.modules):
        call(child, method, *args)
    return ()


def child_parameters(child: Any) -> tuple[list, list]:
    """A child's parameters and gradients as flat lists (a table within the tables is spread
    out).
    """
    found = send(child, "parameters")
    pair = (found if found.__class__ is tuple else (found,)) + (None, None)
    return flat_list(pair[0]), flat_list(pair[1])


def flat_list(value: Any) -> list:
    """A tensor, or the tensors of nested tables, in order."""
    if value is None:
        return []
    if isinstance(value, Table) and typename(value) is None:
        return [x for v in array(value) for x in flat_list(v)]
    return [value]


def in_child(container: Any, index: int | None, error: Exception) -> Exception:
    """The error of child `index`, told as an error of the container: its place, its message,
    where it happened.
    """
    from ..lua.failures import caught
    from ..lua.tracebacks import frames_of, stack, traceback_lines

    if isinstance(error, RecursionError):
        raise error  # a net that contains itself: a line for each of its levels would take hours
    text = caught(error)
    if not isinstance(text, str):
        return error
    if WARNING in text:
        text = text[text.index("\n") + 1 :]
    else:
        frames = frames_of(error.__traceback__) + stack(sys._getframe(2))
        trace = "\n".join(["stack traceback:", *traceback_lines(frames)])
        text = f"{text}\n{trace}\n\n{WARNING}"
    return TorchError(f"\nIn {index} module of {torch_type(container)}:\n{text}")
