"""Convolutions with a connection table, and the tables: SpatialConvolutionMap,
SpatialFullConvolutionMap, nn.tables.

Each row of the table is {input plane, output plane} and has a filter of its own. The filters are
put into the dense weight of an ordinary convolution, zero where nothing connects.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import new_table
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.memory import new_over
from th7shell.torch.namespace import namespace
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import bad_argument, nd, nd_real, same_type
from ..helpers.output_sizes import elements
from ..helpers.utils import factor
from ..kernels.connections import add_filters, fan_in
from ..kernels.convolution import ConvolutionPlan, output_size
from ..module import Module
from .base import refuse_gradient


class ConnectionMap(Module, abstract=True, arguments="conMatrix kW kH dW=1 dH=1"):
    """Base of the two: parameters, the dense weight, and the plan."""

    FULL = False
    connTable: Any

    def __post_init__(self, conMatrix: Any) -> None:
        self.connTable = conMatrix
        self.nInputPlane = conMatrix.select(2, 1).max()
        self.nOutputPlane = conMatrix.select(2, 2).max()
        tensor = default_type()
        filters = conMatrix.size(1)
        self.weight, self.gradWeight = (
            tensor(filters, self.kH, self.kW),
            tensor(filters, self.kH, self.kW),
        )
        self.bias, self.gradBias = tensor(self.nOutputPlane), tensor(self.nOutputPlane)
        self.reset()

    def _multiply_adds(self, input: Any, output: Any) -> int:
        used, planes = (input, self.nInputPlane) if self.FULL else (output, self.nOutputPlane)
        return self.weight.nd.size * elements(used) // int(planes)

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw from U(-b, b), b = √3·stdv or 1/√(kW·kH·planes that lead to the output plane)."""
        if stdv:
            bound = stdv * math.sqrt(3)
            self.weight.uniform(-bound, bound)
            self.bias.uniform(-bound, bound)
            return nothing()
        outputs = self.connections()[1]
        inputs = fan_in(outputs, int(self.nOutputPlane))
        with np.errstate(divide="ignore"):
            bounds = (1 / np.sqrt(self.kW * self.kH * inputs)).tolist()
        for k, output in enumerate(outputs, 1):
            self.weight.select(1, k).uniform(-bounds[output], bounds[output])
        for k, bound in enumerate(bounds, 1):
            self.bias.narrow(1, k, 1).uniform(-bound, bound)
        return nothing()

    def connections(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Input and output planes of the filters, from 0."""
        table = self.connTable.nd.astype(np.intp) - 1
        return table[:, 0], table[:, 1]

    def _plan(self, x: NDArray[Any]) -> ConvolutionPlan:
        """The plan for a batch (n, c, h, w)."""
        kernel, stride = self.weight.nd.shape[1:], (int(self.dH), int(self.dW))
        c, o, size = x.shape[1], int(self.nOutputPlane), x.shape[2:]
        if self.FULL:
            given, size = size, tuple((n - 1) * s + k for n, k, s in zip(size, kernel, stride))
            key = (x.dtype, x.shape[0], o, c, size, kernel, stride, (0, 0), None, given)
        else:
            out = tuple(output_size(n, k, s, 0) for n, k, s in zip(size, kernel, stride))
            key = (x.dtype, x.shape[0], c, o, size, kernel, stride, (0, 0), None, out)
        kept = scratch(self).get("plan")
        if kept is None or kept[0] != key:
            kept = scratch(self)["plan"] = key, ConvolutionPlan(*key, like=x)
        return kept[1]

    def _dense(self, plan: ConvolutionPlan) -> tuple[NDArray[Any], tuple[Any, Any]]:
        """The dense weight (o, c, kH, kW) of the plan, and where each filter sits in it."""
        first, second = self.connections()
        place = (first, second) if self.FULL else (second, first)
        weight = np.zeros((plan.o, plan.c, *plan.kernel), plan.dtype)
        add_filters(weight, place, self.weight.nd)
        return weight.reshape(plan.o, plan.k), place

    def _input(self, input: Any) -> NDArray[Any]:
        """The input as a batch, checked."""
        x = nd_real(input)
        same_type(x, self.weight.nd, 3)
        if x.ndim not in ((3,) if self.FULL else (3, 4)):
            bad_argument(
                2, "3D tensor expected" if self.FULL else "3D or 4D(batch mode) tensor expected"
            )
        planes, h, w = x.shape[-3:]
        if planes < self.nInputPlane:
            bad_argument(2, "invalid number of input planes")
        if not self.FULL and (h < self.weight.nd.shape[1] or w < self.weight.nd.shape[2]):
            bad_argument(2, "input image smaller than kernel size")
        return x if x.ndim == 4 else x[None]

    def _shape(self, plan: ConvolutionPlan, input: Any) -> tuple[int, ...]:
        """The output's shape."""
        inner = (plan.c, *plan.size) if self.FULL else (plan.o, *plan.out)
        return (*input.nd.shape[:-3], *inner)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = self._input(input)
        plan = self._plan(x)
        weight, _place = self._dense(plan)
        out = resized(self.output, self._shape(plan, input))
        y = out if out.ndim == 4 else out[None]
        if self.FULL:
            plan.grad_input(x, weight, y)
        else:
            plan.forward(x, weight, None, y)
        y += self.bias.nd[:, None, None]
        return self.output

    def _gradient(self, x: NDArray[Any], gradOutput: Any, shape: tuple[int, ...]) -> NDArray[Any]:
        g = nd(gradOutput, "gradOutput", "cdata")
        if g.shape != shape:
            refuse_gradient(g, shape, 2)
        same_type(x, g, 3)
        return g if g.ndim == 4 else g[None]

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        x = self._input(input)
        plan = self._plan(x)
        g = self._gradient(x, gradOutput, self._shape(plan, input))
        weight, _place = self._dense(plan)
        gx = resized(self.gradInput, input.nd.shape).reshape(x.shape)
        if self.FULL:
            plan.forward(g, weight, None, gx)
        else:
            plan.grad_input(g, weight, gx)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        x = self._input(input)
        plan = self._plan(x)
        g = self._gradient(x, gradOutput, self._shape(plan, input))
        weight, place = self._dense(plan)
        weight.fill(0)
        plan.grad_weight(*((g, x) if self.FULL else (x, g)), weight, scale)
        self.gradWeight.nd[...] += weight.reshape(plan.o, plan.c, *plan.kernel)[place]
        self.gradBias.nd[...] += g.sum((0, 2, 3)) * scale
        return nothing()


class SpatialConvolutionMap(ConnectionMap, name="nn.SpatialConvolutionMap"):
    """Convolve planes that a table connects, each pair with a filter of its own.

    conMatrix: (filters, 2) with rows {input plane, output plane}, as made by nn.tables.full(nin,
    nout), nn.tables.oneToOne(n) or nn.tables.random(nin, nout, nto).

    input: (planes, h, w) or (batch, planes, h, w); output: planes of floor((h - kH) / dH) + 1 × …
    pixels. weight: (filters, kH, kW), bias: (nOutputPlane), from U(-b, b), b = 1/√(kW·kH·planes
    that lead to the output), or √3·stdv after `reset(stdv)`.

    Errors: "invalid number of input planes", "input image smaller than kernel size".
    Source: torch/nn, doc/convolution.md#nn.SpatialConvolutionMap.

    >>> nn.SpatialConvolutionMap(nn.tables.full(3, 6), 5, 5).forward(torch.randn(3, 12, 12))
    """

    def decayParameters(self, decay: Any = None, *_: Any) -> Any:
        """Shrink weight and bias by the share `decay`."""
        self.weight.add(-decay, self.weight)
        self.bias.add(-decay, self.bias)
        return nothing()


class SpatialFullConvolutionMap(ConnectionMap, name="nn.SpatialFullConvolutionMap"):
    """Convolve backwards (transposed convolution) planes that a table connects.

    conMatrix as for nn.SpatialConvolutionMap.

    input: (planes, h, w); output: planes of (h - 1)·dH + kH × (w - 1)·dW + kW pixels. Parameters
    and initialisation are those of nn.SpatialConvolutionMap.

    Errors: "3D tensor expected", "invalid number of input planes".
    Source: torch/nn, SpatialFullConvolutionMap.

    >>> layer = nn.SpatialFullConvolutionMap(nn.tables.oneToOne(3), 4, 4, 2, 2)
    >>> layer.forward(torch.randn(3, 6, 6))
    """

    FULL = True


def full(nin: Any = None, nout: Any = None, *_: Any) -> Any:
    """The table that connects every one of `nin` planes with every one of `nout`."""
    nin, nout = int(nin), int(nout)
    pairs = [(i, j) for j in range(1, nout + 1) for i in range(1, nin + 1)]
    return _table(pairs)


def oneToOne(nfeat: Any = None, *_: Any) -> Any:
    """The table that connects each of `nfeat` planes with its own output plane."""
    return _table([(i, i) for i in range(1, int(nfeat) + 1)])


def random(nin: Any = None, nout: Any = None, nto: Any = None, *_: Any) -> Any:
    """The table that connects each of `nout` planes with `nto` of `nin`, drawn without repeats
    while they last."""
    from th7shell.torch.namespace import TORCH

    nin, nout, nto = int(nin), int(nout), int(nto)
    chunks = nin // nto
    order = TORCH.randperm(nin).nd.astype(np.intp)
    pairs, at = [], 0
    for j in range(1, nout + 1):
        pairs += [(int(i), j) for i in order[at * nto : (at + 1) * nto]]
        at += 1
        if at == chunks:
            order, at = TORCH.randperm(nin).nd.astype(np.intp), 0
    return _table(pairs)


def _table(pairs: list[tuple[int, int]]) -> Any:
    return new_over(default_type(), np.array(pairs, default_type().dtype).reshape(-1, 2))


namespace("nn").tables = new_table(fields={"full": full, "oneToOne": oneToOne, "random": random})
