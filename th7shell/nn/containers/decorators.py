"""Containers of one module that change how it is used: Decorator, Bottle, GPU."""

from __future__ import annotations

import math
from typing import Any

from th7shell.lua import TorchError, lua_type, new_table, send, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type

from ..container import Container
from ..helpers.checks import check, nd
from ..helpers.utils import factor, sizes_of
from ..module import Module, call


class Wrapper(Container, abstract=True, arguments="module"):
    """What decorators do: what the one module does."""

    def __post_init__(self, module: Any) -> None:
        self.modules[1] = module

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = call(self.modules[1], "updateOutput", input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = call(self.modules[1], "updateGradInput", input, gradOutput)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        send(self.modules[1], "accGradParameters", input, gradOutput, factor(scale))
        return nothing()

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        send(self.modules[1], "accUpdateGradParameters", input, gradOutput, lr)
        return nothing()

    def sharedAccUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        send(self.modules[1], "sharedAccUpdateGradParameters", input, gradOutput, lr)
        return nothing()

    def __str__(self) -> str:
        return f"{self._title()} @ {tostring(self.modules[1])}"

    def _title(self) -> str:
        return torch_type(self)


class Decorator(Wrapper, name="nn.Decorator"):
    """A container of one module that does what the module does: the base of those below.

    `nn.Decorator.decorate(class)` gives another class its methods. Source: torch/nn,
    doc/containers.md.

    >>> nn.Decorator(nn.Linear(3, 2)).forward(torch.randn(3))
    """


def decorate(cls: Any, *_: Any) -> Any:
    """Give a class the methods of nn.Decorator (for a second parent class)."""
    for name in DECORATED:
        setattr(cls, name, Wrapper.__dict__[name])
    return ()


DECORATED = (
    "updateOutput",
    "updateGradInput",
    "accGradParameters",
    "accUpdateGradParameters",
    "sharedAccUpdateGradParameters",
    "__str__",
)


Decorator.decorate = staticmethod(decorate)


class Bottle(Decorator, name="nn.Bottle", arguments="… nInputDim=2 nOutputDim=nInputDim"):
    """Let a module that takes nInputDim dimensions work on more: those before are flattened
    into its batch.

    Fields: nInputDim, nOutputDim, dimDelta, inShape, outShape. Source: torch/nn,
    doc/containers.md.

    >>> nn.Bottle(nn.Linear(4, 3)).forward(torch.randn(2, 5, 4))
    """

    def __post_init__(self) -> None:
        self.dimDelta = self.nInputDim - self.nOutputDim
        self.inShape = default_type()(self.nInputDim)
        self.outShape = default_type()(self.nOutputDim)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        nd(input)
        batch = input.dim() - self.nInputDim + 1
        child = self.modules[1]
        if batch <= 1:
            return self.output.set(call(child, "updateOutput", input))
        sizes = sizes_of(input)
        fused = [math.prod(sizes[:batch]), *sizes[batch:]]
        self.inShape.resize(len(fused)).nd[...] = fused
        output = call(child, "updateOutput", input.view(*fused))
        check(
            output.dim() == self.nOutputDim,
            f"Wrong number of output dims on module. Expected: {tostring(self.nOutputDim)} "
            f"but got {output.dim()}",
        )
        out = sizes_of(output)
        self.outShape.resize(len(out)).nd[...] = out
        inner = out[0] // math.prod(sizes[: batch - 1])
        return self.output.set(output.view(*sizes[: batch - 1], inner, *out[1:]))

    def _fused(self, input: Any, gradOutput: Any) -> tuple[Any, Any]:
        """Input and gradOutput as the module saw and made them."""
        if input.dim() <= self.nInputDim:
            return input, gradOutput
        shapes = ([int(n) for n in shape.nd] for shape in (self.inShape, self.outShape))
        return tuple(t.view(*shape) for t, shape in zip((input, gradOutput), shapes))

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        child = self.modules[1]
        send(child, "updateGradInput", *self._fused(input, gradOutput))
        if child.gradInput is None:
            self.gradInput = None
        else:
            self.gradInput.set(child.gradInput.viewAs(input))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        return super().accGradParameters(*self._fused(input, gradOutput), scale)


class GPU(Wrapper, name="nn.GPU", arguments="… device outdevice=device"):
    """A module that belongs to a device; here every device is the CPU, so it does what the
    module does.

    Fields: device, outdevice. Source: torch/nn, doc/simple.md.

    >>> nn.GPU(nn.Linear(3, 2), 1).forward(torch.randn(3))
    """

    device: Any

    def __post_init__(self, module: Any) -> None:
        check(lua_type(self.device) == "number")
        check(isinstance(module, Module))

    def setDevice(self, device: Any = None, *_: Any) -> Any:
        """Change the device's number; return self."""
        self.device = self.device if device is None else device
        return self

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert the module; output and gradInput are made anew by the next pass."""
        if type is not None:
            self.output = self.gradInput = None
        return super().type(type, tensorCache)

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        raise TorchError(f"Not Implemented for {torch_type(self)}")

    sharedAccUpdateGradParameters = accUpdateGradParameters

    def write(self, file: Any = None, *_: Any) -> Any:
        """Write the tensor type and the device, then the fields."""
        file.writeObject(new_table([self._type, self.device]))
        return super().write(file)

    def read(self, file: Any = None, *_: Any) -> Any:
        """Read the tensor type and the device, then the fields."""
        file.readObject()
        return super().read(file)

    def _title(self) -> str:
        return f"{torch_type(self)}({tostring(self.device)})"


def recursive_device(obj: Any = None, *_: Any) -> Any:
    """nn.GPU.recursiveModuleDevice: there is one device, so the object stays."""
    return obj


def recursive_set_device(dst: Any = None, src: Any = None, *_: Any) -> Any:
    """nn.GPU.recursiveSetDevice: there is one device, so the source itself is used."""
    return src


GPU.recursiveModuleDevice = staticmethod(recursive_device)


GPU.recursiveSetDevice = staticmethod(recursive_set_device)
