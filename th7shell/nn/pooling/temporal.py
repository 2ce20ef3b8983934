"""Pooling over sequences of frames: TemporalMaxPooling, TemporalDynamicKMaxPooling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import resized

from ..helpers.checks import bad_argument, long_buffer, nd, shape_text, torch_shape
from ..helpers.output_sizes import run
from ..helpers.utils import clear
from ..kernels.max_pooling import largest
from ..module import Module, size_text
from .max import MaxPooling, State


class TemporalMaxPooling(MaxPooling, name="nn.TemporalMaxPooling", arguments="kW dW=kW"):
    """Take the maximum of each feature over kW frames.

    input: (frames, size) or (batch, frames, size); output: (…, floor((frames - kW) / dW) + 1,
    size). indices (LongTensor): which frame of each window won, from 0; of equal values the first.

    Errors: "input sequence smaller than kernel size. Got: …", "2D or 3D (batch mode) tensor
    expected". Source: torch/nn, doc/convolution.md#nn.TemporalMaxPooling.

    >>> nn.TemporalMaxPooling(2).forward(torch.randn(10, 4))
    """

    ceil: Any = None  # its windows always fit
    floor: Any = None
    ceil_mode = None
    RANKS = (2, 3)
    INPUT = "2D or 3D (batch mode) tensor expected for input, but got: {}"

    def _shape_after(self, shape: Any) -> Any:
        return run(self, shape)

    def _fields(self, *_: Any) -> tuple[Any, ...]:  # type: ignore[override]
        return (self.kW, 1, self.dW, 1, 0, 0, 1, 1, False)

    def bind(self, x: NDArray[Any]) -> State:
        """Refuse what the words of the original call frames."""
        for position, word, value, name in (
            (5, "kernel size", self.kW, "kW"),
            (6, "stride", self.dW, "dW"),
        ):
            if value <= 0:
                bad_argument(
                    position, f"{word} should be greater than zero, but got {name}: {int(value)}"
                )
        if x.ndim in self.RANKS and x.size and x.shape[-2] < self.kW:
            bad_argument(
                2,
                "input sequence smaller than kernel size. "
                f"Got: {x.shape[-2]}, Expected: {int(self.kW)}",
            )
        return super().bind(x)

    def tap_codes(self, kernel: tuple[int, ...]) -> NDArray[Any]:
        """The number of the frame in its window."""
        return np.arange(kernel[0])

    def spread(self, plan: Any, g: Any, indices: Any, gx: Any) -> None:
        """Send the gradients to where the maxima were."""
        plan.backward_taps(g, [indices, 0], gx)

    def __str__(self) -> str:
        return torch_type(self)


class TemporalDynamicKMaxPooling(
    Module, name="nn.TemporalDynamicKMaxPooling", arguments="minK factor=0"
):
    """Keep the k highest values of each feature over the frames, in their order.

    k = max(minK, ⌈factor · frames⌉).

    input: (frames, size) or (batch, frames, size); output: (…, k, size). indices: the frames
    kept, from 1.

    Errors: "Only 2D or 3D(batch mode) accepted", "Input sequence length … too small for desired k
    value". Source: torch/nn, doc/simple.md#nn.TemporalDynamicKMaxPooling; N. Kalchbrenner et al.,
    arXiv:1404.2188.

    >>> nn.TemporalDynamicKMaxPooling(3).forward(torch.randn(10, 4))
    """

    indices: Any = None

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        if x.ndim not in (2, 3):
            raise TorchError("Only 2D or 3D(batch mode) accepted")
        axis = x.ndim - 2
        frames = x.shape[axis]
        k = int(max(self.minK, math.ceil(self.factor * frames)))
        if frames < self.minK:
            raise TorchError(
                f"Input sequence length ({frames}) too small for desired k value ({k})"
            )
        best = largest(x, k, axis)
        self.indices = long_buffer(self.indices, input)
        resized(self.indices, best.shape)[...] = best + 1
        if self.output.__class__ is not input.__class__:
            self.output = input.new()
        resized(self.output, best.shape)[...] = np.take_along_axis(x, best, axis)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        x, g = nd(input), nd(gradOutput, "gradOutput")
        if self.indices is None or g.shape != self.indices.nd.shape:
            have = None if self.indices is None else self.indices.nd.shape
            raise TorchError(
                f"gradOutput of size {shape_text(torch_shape(g))} does not belong to an output of "
                f"size {size_text(have)}"
            )
        along = x.ndim - 2
        if x.shape[:along] + x.shape[along + 1 :] != g.shape[:along] + g.shape[along + 1 :]:
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to an input of "
                f"size {size_text(torch_shape(x))}"
            )
        gx = resized(self.gradInput, x.shape)
        gx.fill(0)
        np.put_along_axis(gx, self.indices.nd - 1, g, x.ndim - 2)
        return self.gradInput

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and indices; return self."""
        clear(self, "indices")
        return super().clearState()
