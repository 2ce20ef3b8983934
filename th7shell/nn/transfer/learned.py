"""Transfer functions with parameters, noise or parts: PReLU, RReLU, CReLU, GatedLinearUnit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.rounding import formatted
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type, resized

from ..containers.sequential import Sequential
from ..helpers.checks import bad_argument, nd, nd_real, same_elements
from ..helpers.elementwise import Elementwise, gradient_arrays, own_array
from ..helpers.utils import factor
from ..kernels import activation as kernels
from ..module import Module, call, inputs_of
from ..simple.identity import Identity
from ..table.containers import ConcatTable
from ..table.shape import JoinTable
from .constants import MulConstant
from .pointwise import ReLU


class PReLU(Elementwise, name="nn.PReLU", arguments="nOutputPlane=0"):
    """y = x where x > 0, else a·x, with a learned a.

    One `a` for all, or one for each plane (the first dimension of a 1-D input, the second of
    others). weight: (1) or (nOutputPlane), filled with 0.25.

    Source: torch/nn, doc/transfer.md; He et al., arXiv 1502.01852, 2015.

    >>> nn.PReLU(3).forward(torch.randn(2, 3, 4, 4))
    """

    _buffers = ("gradWeightBuf", "gradWeightBuf2")
    _forward = staticmethod(kernels.leaky)
    _backward = staticmethod(kernels.leaky_gradient)

    def __post_init__(self) -> None:
        self.weight = default_type()(self.nOutputPlane or 1).fill(0.25)
        self.gradWeight = default_type()(self.nOutputPlane or 1)

    def _slopes(self, x: NDArray) -> NDArray:
        """The weight in the shape that broadcasts over x."""
        if self.nOutputPlane == 0:
            return self.weight.nd.reshape(-1)[0]
        axis = int(x.ndim > 1)
        if x.shape[axis] != self.nOutputPlane:
            raise TorchError(
                f"Wrong number of input planes. Expected {tostring(self.nOutputPlane)} "
                f"but got {x.shape[axis]}."
            )
        return self.weight.nd.reshape((-1,) + (1,) * (x.ndim - axis - 1))

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        slopes = self._slopes(x)
        kernels.leaky(x, own_array(self, "output", input, x, 3), slopes)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = gradient_arrays(input, gradOutput)
        out = own_array(self, "gradInput", gradOutput, g, 4)
        kernels.leaky_gradient(x, x, g, out, self._slopes(x))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        x, g = gradient_arrays(input, gradOutput)
        self._slopes(x)
        below = np.minimum(x, 0) * g
        if self.nOutputPlane:
            axes = tuple(a for a in range(x.ndim) if a != int(x.ndim > 1))
            total = below.sum(axes)
        else:
            total = below.sum()
        self.gradWeight.nd[...] += total * factor(scale)
        return self.gradWeight


class RReLU(Elementwise, name="nn.RReLU", arguments="l=1/8 u=1/3 inplace=false"):
    """Leaky ReLU whose slope is drawn anew for every negative element while training.

    Slopes from U(l, u), kept in `noise`; (l + u)/2 after `evaluate()`. Fields: lower, upper,
    noise, train, inplace.

    Source: torch/nn, doc/transfer.md; Xu et al., arXiv 1505.00853, 2015.

    >>> nn.RReLU(0.1, 0.3).forward(torch.randn(3))
    """

    _buffers = ("noise",)

    def __post_init__(self, l: Any, u: Any) -> None:
        self.lower = l
        self.upper = u
        if not 0 <= self.lower <= self.upper:
            raise TorchError("assertion failed!")
        self.noise = default_type()()
        self.train = True

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        if self.train:
            noise = resized(self.noise, x.shape)
            noise.fill(1)
            below = x <= 0
            count = int(np.count_nonzero(below))
            if count:
                noise[below] = self.noise.new(count).uniform(self.lower, self.upper).nd
            np.multiply(x, noise, out=own_array(self, "output", input, x, 3))
        else:
            kernels.leaky(x, own_array(self, "output", input, x, 3), (self.lower + self.upper) / 2)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = gradient_arrays(input, gradOutput)
        drawn = self.train and self.upper - self.lower > 1e-6
        if drawn:
            same_elements(self.noise.nd, g, "noise")
        out = own_array(self, "gradInput", gradOutput, g, 4)
        if drawn:
            np.multiply(g, self.noise.nd.reshape(g.shape), out=out)
        else:
            kernels.leaky_gradient(x, x, g, out, (self.lower + self.upper) / 2)
        return self.gradInput

    def __str__(self) -> str:
        return (
            f"{torch_type(self)} (l:{formatted('%f', self.lower)}, u:{formatted('%f', self.upper)})"
        )


class CReLU(Sequential, name="nn.CReLU", arguments="nInputDims inplace=false"):
    """Concatenate max(0, x) and max(0, -x) along the planes.

    nInputDims without the batch. The output has twice the planes. Source: torch/nn,
    doc/transfer.md; Shang et al., arXiv 1603.05201, 2016.

    >>> nn.CReLU(3).forward(torch.randn(2, 3, 4, 4))
    """

    def __post_init__(self) -> None:
        self.add(ConcatTable().add(Identity()).add(MulConstant(-1)))
        self.add(JoinTable(2))
        self.add(ReLU(self.inplace))

    def _rows(self, input: Any) -> int:
        """How many samples there are."""
        return input.size(1) if input.dim() == self.nInputDims + 1 else 1

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        nd(input)
        super().updateOutput(input.view(self._rows(input), -1))
        size = input.size()
        planes = 2 if input.dim() == self.nInputDims + 1 else 1
        size[planes] = size[planes] * 2
        return self.output.resize(size)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        rows = self._rows(input)
        super().updateGradInput(input.view(rows, -1), gradOutput.view(rows, -1))
        return self.gradInput.resizeAs(input)

    def backward(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        input, gradOutput = inputs_of(self, input, gradOutput)
        return call(self, "updateGradInput", input, gradOutput)

    def __str__(self) -> str:
        return "CReLU()"


class GatedLinearUnit(Module, name="nn.GatedLinearUnit", arguments="dim?"):
    """One half of the input times the sigmoid of the other, y = a·σ(b), along a dimension.

    The last dimension by default; its size must be even. Source: torch/nn, doc/transfer.md;
    Dauphin et al., arXiv 1612.08083, 2016.

    >>> nn.GatedLinearUnit().forward(torch.randn(2, 6))
    """

    dim: Any = None

    def _halves(self, x: NDArray) -> tuple[NDArray, NDArray]:
        """Views of the two halves of x."""
        dim = x.ndim if self.dim is None else self.dim
        if x.shape[dim - 1] % 2:
            bad_argument(2, f"Halving dimension must be even. Dim {dim} is size {x.shape[dim - 1]}")
        a, b = np.split(x, 2, axis=dim - 1)
        return a, b

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        a, b = self._halves(nd_real(input))
        out = resized(self.output, a.shape)
        kernels.sigmoid(b, out)
        np.multiply(out, a, out=out)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd_real(input), nd_real(gradOutput, "gradOutput")
        a, b = self._halves(x)
        same_elements(a, g, "output")
        g = g.reshape(a.shape)
        ga, gb = self._halves(resized(self.gradInput, x.shape))
        gate = np.empty_like(a)
        kernels.sigmoid(b, gate)
        np.multiply(gate, g, out=ga)
        np.multiply(gate * (1 - gate) * a, g, out=gb)
        return self.gradInput
