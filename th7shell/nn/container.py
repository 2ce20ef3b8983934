"""nn.Container: the base of modules that hold modules, and the chain of places in error
messages.
"""

from __future__ import annotations

import sys
from typing import Any

from th7shell.lua import Table, TorchError, array, new_table, send
from th7shell.lua.callers import LUAS, from_python, made_by_python, nothing
from th7shell.lua.errors import PositionError
from th7shell.lua.marks import scratch
from th7shell.torch.classes import field_or_item, torch_type, typename
from th7shell.torch.tensor import Tensor

from .helpers.checks import check_part
from .module import Module, call, update_all, zero_all

WARNING = (
    "WARNING: If you see a stack trace below, it doesn't point to the place where this error "
    "occurred. Please use only the one above."
)


class Container(Module, name="nn.Container", arguments=""):
    """The base of containers: keeps the children in the table `modules` and hands things down
    to them.

    No parameters of its own; `add(module)` appends a child. Errors of a child come out as "In
    <number> module of <class>:", one line a container, then the child's message.

    In Python a container goes over its children, `for m in net`, `net[1]` is the first, `len(net)`
    their number, and `nn.Sequential(a, b)` adds its arguments.

    Source: torch/nn, doc/containers.md.
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        self.modules = new_table()
        if modules and made_by_python():
            for module in modules:
                self.add(module)

    def add(self, module: Any = None, *_: Any) -> Any:
        """Append a module and return self."""
        check_part(module)
        if module is not None:
            self.modules[len(array(self.modules)) + 1] = module
        return self

    def get(self, index: int | None = None, *_: Any) -> Any:
        """The child at `index`, from 1; nil where there is none."""
        return self.modules[index]

    def __iter__(self) -> Any:
        return iter(array(self.modules))

    def __getitem__(self, key: Any) -> Any:
        if key.__class__ is int and from_python():
            return self.modules[child_position(self, key)]
        return field_or_item(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if key.__class__ is int and from_python():
            self.modules[child_position(self, key)] = value
        else:
            super().__setitem__(key, value)

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

    def applyToModules(self, func: Any = None, *_: Any) -> Any:
        """Call `func(child)` for each child."""
        for child in array(self.modules):
            func(child)
        return nothing()

    def zeroGradParameters(self, *_: Any) -> Any:
        """Set the gradients of all children's parameters to zero."""
        zero_all(array(self.modules))
        return nothing()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Take a gradient step in all children."""
        update_all(array(self.modules), learningRate)
        return nothing()

    def training(self, *_: Any) -> Any:
        """Switch the container and all children to training mode."""
        tell(self, "training")
        super().training()
        return nothing()

    def evaluate(self, *_: Any) -> Any:
        """Switch the container and all children to evaluation mode."""
        tell(self, "evaluate")
        super().evaluate()
        return nothing()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw all children's parameters anew."""
        tell(self, "reset", stdv)
        return nothing()

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


def child_position(container: Container, key: int) -> int:
    """The position, from 1, that a program in Python names, counting from the end if negative."""
    n = container.size()
    if not (1 <= key <= n or -n <= key <= -1):
        raise PositionError(
            f"module {key} is out of range: {torch_type(container)} has {n}, which count from 1"
        )
    return key if key > 0 else key + n + 1


def children(container: Any) -> int:
    """`len(net)` in Python; `#net` stays a table's length."""
    return container.size() if from_python() else Table.__len__(container)


LUAS[children] = Table.__len__
type.__setattr__(Container, "__len__", children)


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
    from th7shell.lua.failures import caught
    from th7shell.lua.tracebacks import frames_of, stack, traceback_lines

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
