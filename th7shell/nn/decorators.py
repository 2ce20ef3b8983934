"""Containers of one module that change how it is used: Decorator, Bottle, DontCast, NaN,
Profile, GPU.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from ..lua import Table, TorchError, array, items, lua_type, new_table, send, tostring
from ..torch.classes import torch_type, typename
from ..torch.tensor import TYPES, Tensor, default_type
from .checks import check, nd
from .container import Container
from .module import Module, call
from .passing import show
from .utils import is_plain, sizes_of


class Wrapper(Container, abstract=True):
    """What decorators do: what the one module does."""

    def __init__(self, module: Any = None, *_: Any) -> None:
        super().__init__()
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
        send(self.modules[1], "accGradParameters", input, gradOutput, 1 if scale is None else scale)
        return ()

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        send(self.modules[1], "accUpdateGradParameters", input, gradOutput, lr)
        return ()

    def sharedAccUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        send(self.modules[1], "sharedAccUpdateGradParameters", input, gradOutput, lr)
        return ()

    def __str__(self) -> str:
        return f"{self._title()} @ {tostring(self.modules[1])}"

    def _title(self) -> str:
        return typename(self) or ""


class Decorator(Wrapper, name="nn.Decorator"):
    """A container of one module that does what the module does: the base of those below.

    Decorator(module). `nn.Decorator.decorate(class)` gives another class its methods.
    Source: torch/nn, doc/containers.md.

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


class Bottle(Decorator, name="nn.Bottle"):
    """Let a module that takes nInputDim dimensions work on more: those before are flattened
    into its batch.

    Bottle(module[, nInputDim = 2[, nOutputDim = nInputDim]]). Fields: nInputDim, nOutputDim,
    dimDelta, inShape, outShape. Source: torch/nn, doc/containers.md.

    >>> nn.Bottle(nn.Linear(4, 3)).forward(torch.randn(2, 5, 4))
    """

    def __init__(
        self, module: Any = None, nInputDim: Any = None, nOutputDim: Any = None, *_: Any
    ) -> None:
        super().__init__(module)
        self.nInputDim = 2 if nInputDim is None else nInputDim
        self.nOutputDim = self.nInputDim if nOutputDim is None else nOutputDim
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
            f"Wrong number of output dims on module. Expected: {self.nOutputDim} "
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


class DontCast(Decorator, name="nn.DontCast"):
    """Keep a module out of `type()`: it stays of its type, and what goes in and out may be
    converted.

    DontCast(module[, castin = false[, castout = castin[, moduleType]]]): castin converts inputs
    to moduleType and gradInputs back, castout outputs and gradOutputs. moduleType is found from
    the module's output or parameters. Source: torch/nn, doc/containers.md.

    >>> nn.DontCast(nn.LookupTable(5, 2).float(), True)
    """

    castin = castout = moduleType = _input = _gradOutput = None

    def __init__(
        self,
        module: Any = None,
        castin: Any = None,
        castout: Any = None,
        moduleType: Any = None,
        *_: Any,
    ) -> None:
        super().__init__(module)
        self.castin = castin
        self.castout = castin if castout is None else castout
        self.moduleType = moduleType
        if (self.castin or self.castout) and moduleType is None:
            found = tensor_type(module.output) or tensor_type(call(module, "parameters"))
            if found is None:
                raise TorchError("Cannot extrapolate moduleType. Provide constructor argument 4")
            self.moduleType = found

    def _cast_input(self, input: Any) -> Any:
        if self.castin and tensor_type(input) != self.moduleType:
            self._input = input = converted(self._input, input, self.moduleType)
        return input

    def _cast_gradient(self, gradOutput: Any) -> Any:
        if self.castout and tensor_type(gradOutput) != self.moduleType:
            self._gradOutput = gradOutput = converted(self._gradOutput, gradOutput, self.moduleType)
        return gradOutput

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        output = call(self.modules[1], "updateOutput", self._cast_input(input))
        kind = tensor_type(self.output)
        self.output = converted(self.output, output, kind) if self.castout else output
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.castin and tensor_type(input) != self.moduleType:
            input = self._input
        gradOutput = self._cast_gradient(gradOutput)
        gradInput = call(self.modules[1], "updateGradInput", input, gradOutput)
        kind = tensor_type(self.gradInput)
        self.gradInput = converted(self.gradInput, gradInput, kind) if self.castin else gradInput
        return self.gradInput

    def _seen(self, input: Any, gradOutput: Any) -> tuple[Any, Any]:
        """Input and gradOutput as the module got them."""
        if self.castin and tensor_type(input) != self.moduleType:
            input = self._input
        return input, self._cast_gradient(gradOutput)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        return super().accGradParameters(*self._seen(input, gradOutput), scale)

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        return super().accUpdateGradParameters(*self._seen(input, gradOutput), lr)

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert the decorator's own output and gradInput, where it casts; the module stays as
        it is.
        """
        if type is None:
            return self._type
        if self.castout and tensor_type(self.output) != type:
            self.output = converted(None, self.output, type)
        if self.castin and tensor_type(self.gradInput) != type:
            self.gradInput = converted(None, self.gradInput, type)
        return self


class NaN(Decorator, name="nn.NaN"):
    """Raise an error where the module's output, gradInput or gradients hold a NaN, and say
    where it came from.

    NaN(module[, id]): the id, a running number at first, tells decorators apart in messages.
    Source: torch/nn, doc/containers.md.

    >>> nn.NaN(nn.Linear(3, 2), 'first').forward(torch.randn(3))
    """

    _count = 0

    def __init__(self, module: Any = None, id: Any = None, *_: Any) -> None:
        super().__init__(module)
        self.id = NaN.newId() if id is None else id

    @staticmethod
    def newId(*_: Any) -> int:
        """The next running number."""
        type.__setattr__(NaN, "_count", NaN._count + 1)
        return NaN._count

    def recursiveIsNaN(self, tensor: Any = None, *_: Any) -> bool:
        """Whether a tensor, or one in a table, holds a NaN."""
        if isinstance(tensor, Table):
            return any(self.recursiveIsNaN(value) for _key, value in items(tensor))
        return isinstance(tensor, Tensor) and bool(np.isnan(tensor.nd.sum()))

    def _refuse(self, what: str) -> None:
        raise TorchError(f"NaN found in {what} of module :\n{tostring(self)}")

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        super().updateOutput(input)
        if self.recursiveIsNaN(self.output):
            if self.recursiveIsNaN(input):
                self._refuse("input")
            if self.recursiveIsNaN(call(self, "parameters")):
                self._refuse("parameters")
            self._refuse("output")
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        super().updateGradInput(input, gradOutput)
        if self.recursiveIsNaN(self.gradInput):
            self._refuse("gradOutput" if self.recursiveIsNaN(gradOutput) else "gradInput")
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        super().accGradParameters(input, gradOutput, scale)
        if self.recursiveIsNaN(new_table(self.parameter_lists()[1])):
            self._refuse("gradParameters")
        return ()

    def _title(self) -> str:
        return f"{typename(self)}({tostring(self.id)})"


class Profile(Decorator, name="nn.Profile"):
    """Print how long the module takes, forward and backward.

    Profile(module[, print_interval = 100[, name]]): prints after every print_interval passes;
    the name is the module's class at first. Fields: numFwds, numBwds, summedFwdTime,
    summedBwdTime. Source: torch/nn, doc/containers.md.

    >>> nn.Profile(nn.Linear(3, 2), 1000)
    """

    def __init__(
        self, module: Any = None, print_interval: Any = None, name: Any = None, *_: Any
    ) -> None:
        super().__init__(module)
        self.print_interval = 100 if print_interval is None else print_interval
        self.name = torch_type(module) if name is None else name
        self.module = module
        self.numFwds = 0
        self.numBwds = 0
        self.summedFwdTime = 0
        self.summedBwdTime = 0

    def _timed(self, way: str, word: str, method: str, *args: Any) -> Any:
        start = time.perf_counter()
        result = call(self.module, method, *args)
        total, count = f"summed{way}Time", f"num{way}s"
        self[total] = self[total] + time.perf_counter() - start
        self[count] = self[count] + 1
        if self[count] % self.print_interval == 0:
            passes = f"{self.print_interval} {word} passes"
            show(f"{self.name} took {self[total]:.3f} seconds for {passes}")
            self[total] = self[count] = 0
        return result

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = self._timed("Fwd", "forward", "updateOutput", input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = self._timed("Bwd", "backward", "updateGradInput", input, gradOutput)
        return self.gradInput


class GPU(Wrapper, name="nn.GPU"):
    """A module that belongs to a device; here every device is the CPU, so it does what the
    module does.

    GPU(module, device[, outdevice = device]). Fields: device, outdevice. Source: torch/nn,
    doc/simple.md.

    >>> nn.GPU(nn.Linear(3, 2), 1).forward(torch.randn(3))
    """

    def __init__(
        self, module: Any = None, device: Any = None, outdevice: Any = None, *_: Any
    ) -> None:
        super().__init__(module)
        check(lua_type(device) == "number")
        self.device = device
        self.outdevice = device if outdevice is None else outdevice
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

    def accUpdateGradParameters(self, *_: Any) -> Any:
        raise TorchError(f"Not Implemented for {typename(self)}")

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
        return f"{typename(self)}({tostring(self.device)})"


def recursive_device(obj: Any = None, *_: Any) -> Any:
    """nn.GPU.recursiveModuleDevice: there is one device, so the object stays."""
    return obj


def recursive_set_device(dst: Any = None, src: Any = None, *_: Any) -> Any:
    """nn.GPU.recursiveSetDevice: there is one device, so the source itself is used."""
    return src


GPU.recursiveModuleDevice = staticmethod(recursive_device)
GPU.recursiveSetDevice = staticmethod(recursive_set_device)


def tensor_type(value: Any) -> str | None:
    """The type of a tensor, or of the first in a table."""
    if isinstance(value, Tensor):
        return typename(value)
    if isinstance(value, Table):
        return next((kind for v in array(value) if (kind := tensor_type(v))), None)
    return None


def converted(buffer: Any, value: Any, kind: str) -> Any:
    """Tensors, or the nested tables of them, copied into a buffer of another type."""
    if is_plain(value):
        buffer = buffer if is_plain(buffer) else new_table()
        for key, v in items(value):
            buffer[key] = converted(buffer[key], v, kind)
        return buffer
    if isinstance(value, Tensor):
        buffer = buffer if typename(buffer) == kind else TYPES[kind]()
        buffer.resize(value.size())
        return buffer.copy(value) if value.nElement() else buffer
    return value
