"""Layers that compare the input with learned vectors: Euclidean, WeightedEuclidean, Cosine,
Kmeans.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, new_table, send
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.torch.tensor import TYPES, default_type, resized, wrap

from ..helpers.checks import check, nd
from ..helpers.output_sizes import elements
from ..helpers.utils import clear, factor
from ..kernels import clusters
from ..module import Module
from .add_mul import draw

SMALL = 1e-7  # added to distances before a division


class Distances(Module, abstract=True, arguments="inputSize outputSize"):
    """What both share: the differences of input and centres, times the factors of `_spread`."""

    fastBackward: Any = None

    def __post_init__(self, inputSize: Any, outputSize: Any) -> None:
        self.weight = default_type()(inputSize, outputSize)
        self.gradWeight = default_type()(inputSize, outputSize)
        self.fastBackward = True
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the centres anew."""
        draw(self.weight, self.weight.size(1), stdv)
        return nothing()

    def _spread(self) -> NDArray | None:
        """The factors of the differences, as (inputSize, outputSize)."""
        return None

    def _differences(self, input: Any) -> NDArray:
        """(x - w)·factor for every sample, as (n, inputSize, outputSize)."""
        x = nd(input, method="new")
        size = self.weight.size(1)
        if x.ndim > 2 or x.shape == (0,):
            raise TorchError("1D or 2D input expected")
        rows = x.reshape(-1, x.shape[-1])
        if rows.shape[1] != size:
            input.contiguous().view(*x.shape[:-1], size, 1)
        parts = rows[:, :, None] - self.weight.nd
        spread = self._spread()
        return parts if spread is None else parts * spread

    def _multiply_adds(self, input: Any, output: Any) -> int:
        return self.weight.nd.shape[0] * elements(output)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        parts = self._differences(input)
        scratch(self)["parts"] = parts
        out = resized(self.output, (*nd(input).shape[:-1], self.weight.size(2)))
        np.sqrt(np.square(parts).sum(1), out=out.reshape(len(parts), -1))
        return self.output

    def _scaled(self, input: Any, gradOutput: Any) -> tuple[NDArray, NDArray]:
        """The differences and gradOutput / distance for each of them."""
        parts = self._differences(input)
        y = self.output.nd.reshape(len(parts), -1)
        ratio = nd(gradOutput, "gradOutput").reshape(y.shape) / (y + y.dtype.type(SMALL))
        return parts, ratio[:, None, :]

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        if not self.fastBackward:
            send(self, "updateOutput", input)
        parts, ratio = self._scaled(input, gradOutput)
        spread = self._spread()
        pull = parts * ratio if spread is None else parts * ratio * spread
        out = resized(self.gradInput, nd(input).shape)
        np.add.reduce(pull, 2, out=out.reshape(len(parts), -1))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        parts, ratio = self._scaled(input, gradOutput)
        spread = self._spread()
        pull = parts * ratio if spread is None else parts * ratio * spread
        self.gradWeight.nd[...] -= factor(scale) * pull.sum(0)
        return nothing()


class Euclidean(Distances, name="nn.Euclidean"):
    """The distances of the input to learned centres, y_j = ‖w_j - x‖.

    input: (inputSize) or (batch, inputSize). weight: (inputSize, outputSize), a centre a column,
    drawn from U(-1/√inputSize, 1/√inputSize); `reset(stdv)`: U(-√3·stdv, √3·stdv). Field:
    fastBackward. Error: "1D or 2D input expected". Source: torch/nn, doc/simple.md.

    >>> nn.Euclidean(3, 2).forward(torch.randn(3))
    """


class WeightedEuclidean(Distances, name="nn.WeightedEuclidean", arguments="…"):
    """The distances of the input to learned centres with learned diagonal metrics, y_j = ‖c_j ⊙
    (w_j - x)‖.

    input: (inputSize) or (batch, inputSize). weight as in Euclidean; diagCov: (inputSize,
    outputSize), filled with 1. Fields: weight, gradWeight, diagCov, gradDiagCov, fastBackward.

    Source: torch/nn, doc/simple.md.

    >>> nn.WeightedEuclidean(3, 2).forward(torch.randn(3))
    """

    def __init__(self, inputSize: Any, outputSize: Any) -> None:
        self.diagCov = default_type()(inputSize, outputSize)
        self.gradDiagCov = default_type()(inputSize, outputSize)
        super().__init__(inputSize, outputSize)

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the centres anew; the metrics become 1."""
        super().reset(stdv)
        self.diagCov.fill(1)
        return nothing()

    def _spread(self) -> NDArray | None:
        return self.diagCov.nd

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        parts, ratio = self._scaled(input, gradOutput)
        change = (np.square(parts) / self.diagCov.nd * ratio).sum(0)
        super().accGradParameters(input, gradOutput, scale)
        self.gradDiagCov.nd[...] += factor(scale) * change
        return nothing()

    def parameters(self, *_: Any) -> Any:
        """weight and diagCov, and their gradients."""
        return (
            new_table([self.weight, self.diagCov]),
            new_table([self.gradWeight, self.gradDiagCov]),
        )

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        kept = self.gradWeight, self.gradDiagCov
        before = self.diagCov
        self.gradWeight, self.gradDiagCov = self.weight, before
        try:
            send(self, "accGradParameters", input, gradOutput, -lr)
        finally:
            self.gradWeight, self.gradDiagCov = kept
        return nothing()


class Cosine(Module, name="nn.Cosine", arguments="inputSize outputSize"):
    """The cosine similarity of the input with learned vectors, y_j = w_j·x / (‖w_j‖·‖x‖).

    input: (inputSize) or (batch, inputSize). weight: (outputSize, inputSize), drawn from
    U(-1/√outputSize, 1/√outputSize); `reset(stdv)`: U(-√3·stdv, √3·stdv). Error: "input must be
    vector or matrix". Source: torch/nn, doc/simple.md.

    >>> nn.Cosine(3, 2).forward(torch.randn(3))
    """

    _buffers = ("_input", "_weight", "_gradOutput", "_sum", "_inputNorm", "_weightNorm")

    def __post_init__(self, inputSize: Any, outputSize: Any) -> None:
        self.weight = default_type()(outputSize, inputSize)
        self.gradWeight = default_type()(outputSize, inputSize)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the vectors anew."""
        draw(self.weight, self.weight.size(1), stdv)
        return nothing()

    def _parts(self, input: Any) -> tuple[NDArray, NDArray, NDArray]:
        """The input as rows, its norms as a column, the norms of the weight's rows."""
        outputs, size = self.weight.size(1), self.weight.size(2)
        x = nd(input)
        if x.ndim > 2 or x.shape == (0,):
            raise TorchError("input must be vector or matrix")
        rows, eps = x.reshape(-1, x.shape[-1]), x.dtype.type(1e-12)
        if rows.shape[1] != size or input.__class__ is not self.weight.__class__:
            result = self.weight.new(*x.shape[:-1], outputs).zero()
            if x.ndim == 1:
                result.addmv(1, self.weight, input)
            else:
                result.addmm(0, result, 1, input, self.weight.t())
        norms = np.sqrt(np.square(rows).sum(1, keepdims=True)) + eps
        return rows, norms, np.sqrt(np.square(self.weight.nd).sum(1)) + eps

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        rows, norms, weight_norms = self._parts(input)
        out = resized(self.output, (*nd(input).shape[:-1], self.weight.size(1)))
        np.divide(rows @ self.weight.nd.T, norms * weight_norms, out=out.reshape(len(rows), -1))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        rows, norms, weight_norms = self._parts(input)
        y = self.output.nd.reshape(len(rows), -1)
        g = nd(gradOutput, "gradOutput").reshape(y.shape)
        towards = (g / weight_norms) @ self.weight.nd
        along = (g * y).sum(1, keepdims=True) * rows / norms
        out = resized(self.gradInput, nd(input).shape)
        np.divide(towards - along, norms, out=out.reshape(rows.shape))
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        rows, norms, weight_norms = self._parts(input)
        y = self.output.nd.reshape(len(rows), -1)
        g = nd(gradOutput, "gradOutput").reshape(y.shape)
        column = weight_norms[:, None]
        towards = g.T @ (rows / norms)
        along = (g * y).sum(0)[:, None] * self.weight.nd / column
        self.gradWeight.nd[...] += factor(scale) * (towards - along) / column
        return nothing()


class Kmeans(Module, name="nn.Kmeans", arguments="k dim scale?"):
    """Online k-means: the output is the index of the nearest centre of each sample, from 1.

    input: (batch, dim), contiguous. weight: (k, dim), the centres, drawn from U(-1, 1)
    (`reset(bound)`: U(-bound, bound)); `initRandom(samples)` and `initKmeansPlus(samples[, p =
    0.95])` choose them among samples. Backward moves them: gradWeight gets scale·(centre - mean of
    its samples). Fields: loss (the squared distances of the last forward), clusterSampleCount. The
    gradInput is zero.

    Source: torch/nn, doc/simple.md.

    >>> nn.Kmeans(3, 2).forward(torch.randn(10, 2))
    """

    scale = None
    _minIndx: Any = None

    def __post_init__(self) -> None:
        check(self.k > 0, "Clusters cannot be 0 or negative.")
        check(self.dim > 0, "Dimensionality cannot be 0 or negative.")
        self.weight = default_type()(self.k, self.dim)
        self.gradWeight = default_type()(self.k, self.dim)
        self.loss: float = 0
        self.clusterSampleCount = default_type()(self.k)
        self.reset()

    def reset(self, stdev: Any = None, *_: Any) -> Any:
        """Draw the centres from U(-stdev, stdev), stdev = 1."""
        bound = 1 if stdev is None else stdev
        self.weight.uniform(-bound, bound)
        return nothing()

    def _samples(self, input: Any) -> NDArray:
        x = nd(input, method="nDimension")
        check(x.ndim == 2, "Incorrect input dimensionality. Expecting 2D.")
        check(x.shape[1] == self.dim, "Dimensionality of input and weight don't match.")
        return x

    def initRandom(self, input: Any = None, *_: Any) -> Any:
        """Take k random samples as centres."""
        x = self._samples(input)
        check(len(x) >= self.k, "Need atleast k samples for initialization.")
        chosen = default_type()(self.k).random(1, len(x)).nd.astype(np.intp) - 1
        self.weight.nd[...] = x[chosen]
        return nothing()

    def initKmeansPlus(self, input: Any = None, p: Any = None, *_: Any) -> Any:
        """Take samples that are far from the centres chosen before, among the farthest 1 - p of
        all.
        """
        if p is not None or self["p"] is None:
            self.p = 0.95 if p is None else p
        check(0 <= self.p <= 1, "P value should be between 0-1.")
        x = self._samples(input)
        candidates = max(math.ceil((1 - self.p) * len(x)), 1)
        draw_index = TYPES["torch.LongTensor"](1)
        chosen = int(draw_index.random(len(x)).nd[0]) - 1
        self.weight.nd[0] = x[chosen]
        nearest = np.full(len(x), np.inf, x.dtype)
        for k in range(1, self.k):
            nearest = np.minimum(nearest, np.square(x - self.weight.nd[k - 1]).sum(1))
            order = clusters.farthest_first(nearest)
            self.weight.nd[k] = x[order[int(draw_index.random(candidates).nd[0]) - 1]]
        return nothing()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = self._samples(input)
        check(x.flags.c_contiguous, "Input is not contiguous.")
        distances = np.square(x - self.weight.nd[:, None, :]).sum(2)
        nearest = distances.argmin(0)
        self._minIndx = wrap(nearest.astype(np.int64) + 1, input)
        resized(self.output, nearest.shape)[...] = self._minIndx.nd
        self.loss = float(distances.min(0).sum())
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        return self.gradInput.resize(input.size()).zero()

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = self.scale or factor(scale)
        check(scale > 0, " Scale has to be positive.")
        x, nearest = nd(input), self._minIndx.nd - 1
        counts, moves = clusters.pull(self.weight.nd, x, nearest, scale)
        self.clusterSampleCount.nd[...] = counts
        self.gradWeight.nd[...] += moves / (counts + 1e-7)[:, None].astype(x.dtype)
        return nothing()

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        self._minIndx = None
        return clear(self, "output", "gradInput")

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert, after dropping buffers."""
        if type is not None:
            self.clearState()
        return super().type(type, tensorCache)
