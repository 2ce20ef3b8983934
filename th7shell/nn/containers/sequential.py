"""nn.Sequential: a chain of modules."""

from __future__ import annotations

from types import MethodType
from typing import Any

from th7shell.lua import LuaObject, TorchError, array, first, length, lua_type
from th7shell.lua.callers import nothing
from th7shell.torch.python_values import FOREIGN
from th7shell.torch.tensor import default_type

from ..container import Container, in_child
from ..helpers.checks import check_part
from ..helpers.tree import chain_text
from ..helpers.utils import factor
from ..module import (
    MODULES_BACKWARD,
    NOTHING_TO_ACCUMULATE,
    backward_error,
    call,
    input_of,
)


class Sequential(Container, name="nn.Sequential"):
    """Feed the output of each module to the next.

    Add modules with `add`; `insert(module, index)` and `remove(index)` change the chain; `#net`
    counts. The output and gradInput are those of the last and the first module. Backward needs at
    least one module.

    Source: torch/nn, doc/containers.md.

    >>> mlp = nn.Sequential().add(nn.Linear(10, 25)).add(nn.Tanh()).add(nn.Linear(25, 1))
    """

    def add(self, module: Any = None, *_: Any) -> Any:
        """Append a module and return self."""
        if not isinstance(module, LuaObject | type | str):
            raise TorchError(f"attempt to index local 'module' (a {lua_type(module)} value)")
        check_part(module)
        if not array(self.modules):
            self.gradInput = field(module, "gradInput")
        super().add(module)
        self.output = field(module, "output")
        return self

    def insert(self, module: Any = None, index: int | None = None, *_: Any) -> Any:
        """Put a module at `index` (at the end without it); those from there on move up."""
        check_part(module)
        children = array(self.modules)
        index = len(children) + 1 if index is None else index
        if not 1 <= index <= len(children) + 1:
            raise TorchError("index should be contiguous to existing modules")
        children.insert(int(index) - 1, module)
        self._rewire(children)
        return nothing()

    def remove(self, index: int | None = None, *_: Any) -> Any:
        """Take out the module at `index` (the last without it)."""
        children = array(self.modules)
        index = len(children) if index is None else index
        if not 1 <= index <= len(children):
            raise TorchError("index out of range")
        del children[int(index) - 1]
        self.modules[len(children) + 1] = None
        self._rewire(children)
        return nothing()

    def _rewire(self, children: list) -> None:
        for i, child in enumerate(children, 1):
            self.modules[i] = child
        self.output = field(children[-1], "output") if children else default_type()()
        self.gradInput = field(children[0], "gradInput") if children else default_type()()

    def _shape_through(self, shape: Any, child: Any) -> Any:
        for place in range(1, length(self.modules) + 1):
            shape = child(place, shape)
        return shape

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        """Run the input through all modules."""
        value, i = input, 0
        try:
            for i, child in enumerate(array(self.modules), 1):  # noqa: B007
                update = child.updateOutput
                value = update(value) if update.__class__ is MethodType else update(child, value)
                if value.__class__ is tuple:
                    value = first(value)
        except Exception as error:
            raise in_child(self, i, error) from error
        self.output = value
        return value

    def _downwards(self, method: str, input: Any, gradOutput: Any, *extra: Any) -> Any:
        """Call a backward method of every module, from the last to the first; yields what went
        below.
        """
        children = array(self.modules)
        grad, i = gradOutput, len(children)
        if not children:
            raise TorchError("attempt to index local 'module' (a nil value)")
        takes_result = method == "updateGradInput"
        try:
            for i in range(len(children), 0, -1):
                child = children[i - 1]
                below = children[i - 2].output if i > 1 else input
                result = call(child, method, below, grad, *extra)
                grad = result if takes_result else child.gradInput
        except Exception as error:
            raise backward_error(self, input, in_child(self, i, error)) from error
        return grad

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        """Run the gradient through all modules, from the last to the first."""
        self.gradInput = grad = self._downwards("updateGradInput", input, gradOutput)
        return grad

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        """Accumulate the parameters' gradients of all modules."""
        self._downwards("accGradParameters", input, gradOutput, factor(scale))
        return nothing()

    def backward(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        """Both of the above in one pass."""
        if input.__class__ in FOREIGN or gradOutput.__class__ in FOREIGN:
            input, gradOutput = input_of(self, input), input_of(self, gradOutput)
        if scale is None:
            scale = 1
        children = array(self.modules)
        if not children:
            raise TorchError("attempt to index local 'module' (a nil value)")
        grad, i = gradOutput, len(children)
        below = own = None
        try:
            for i in range(len(children), 0, -1):
                child = children[i - 1]
                below = children[i - 2].output if i > 1 else input
                method = child.backward
                if method.__class__ is MethodType and method.__func__ is MODULES_BACKWARD:
                    own = child  # and no call of it: every layer passes by
                    update = child.updateGradInput
                    if update.__class__ is MethodType:
                        update(below, grad)
                    else:
                        update(child, below, grad)
                    update = child.accGradParameters
                    if update.__class__ is not MethodType:
                        update(child, below, grad, scale)
                    elif update.__func__ is not NOTHING_TO_ACCUMULATE:
                        update(below, grad, scale)
                    own = None
                    grad = child.gradInput
                else:
                    grad = call(child, "backward", below, grad, scale)
                    if i > 1:
                        child.gradInput = grad
        except Exception as error:
            if own is not None and isinstance(error, TorchError):
                backward_error(own, below, error)
            raise backward_error(self, input, in_child(self, i, error)) from error
        self.gradInput = grad
        return grad

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        """Update the parameters of all modules at once."""
        self._downwards("accUpdateGradParameters", input, gradOutput, lr)
        return nothing()

    def __len__(self) -> int:
        return length(self.modules)

    def __str__(self) -> str:
        return chain_text("nn.Sequential", array(self.modules))


def field(module: Any, name: str) -> Any:
    """A field of something that should be a module (a string among modules has none)."""
    return getattr(module, name, None)
