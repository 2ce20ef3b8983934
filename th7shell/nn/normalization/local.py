"""Normalisation by the weighted neighbourhood of each pixel:
Spatial{Subtractive,Divisive,Contrastive}Normalization.

They are built of other layers: a mean estimator (padding, convolution with the kernel,
replication) whose answer to an image of ones, `coef`, makes up for the border.
"""

from __future__ import annotations

import math
from typing import Any

from th7shell.lua import TorchError, new_table
from th7shell.torch.tensor import default_type

from ..containers.sequential import Sequential
from ..convolution.map import SpatialConvolutionMap, oneToOne
from ..convolution.spatial import SpatialConvolution
from ..module import Module, call
from ..padding.spatial import SpatialZeroPadding
from ..simple.arithmetic import Sqrt, Square
from ..simple.selecting import Replicate
from ..table.arithmetic import CDivTable, CSubTable
from ..transfer.pointwise import Threshold


def checked_kernel(kernel: Any, name: str) -> Any:
    """The averaging kernel (9×9 ones if none is given), of 1 or 2 odd dimensions."""
    if kernel is None or kernel is False:
        kernel = default_type()(9, 9).fill(1)
    dims = kernel.nDimension()
    if dims not in (1, 2):
        raise TorchError(f"<{name}> averaging kernel must be 2D or 1D")
    if any(n % 2 == 0 for n in kernel.nd.shape):
        raise TorchError(f"<{name}> averaging kernel must have ODD dimensions")
    if kernel.nd.dtype.kind != "f":  # its parts of one would all be 0
        raise TorchError(f"<{name}> averaging kernel must be of Float or Double")
    return kernel


def estimator(kernel: Any, planes: int, *before: Any) -> tuple[Any, list[Any]]:
    """Sum of each pixel's neighbourhood over all planes, on every plane; and its convolutions."""
    h, w = kernel.nd.shape[0], kernel.nd.shape[-1]
    net = Sequential()
    for module in before:
        net.add(module)
    net.add(SpatialZeroPadding(w // 2, w // 2, h // 2, h // 2))
    if kernel.nDimension() == 2:
        layers: list[Any] = [SpatialConvolution(planes, 1, w, h)]
    else:
        layers = [
            SpatialConvolutionMap(oneToOne(planes), h, 1),
            SpatialConvolution(planes, 1, 1, h),
        ]
    for layer in layers:
        net.add(layer)
    net.add(Replicate(planes, 1, 3))
    return net, layers


def set_kernel(layers: list[Any], kernel: Any) -> None:
    """Put the kernel into the convolutions of an estimator and their biases to 0."""
    flat = kernel.nd
    for layer in layers:
        weight = layer.weight.nd
        weight[...] = flat.reshape(weight.shape[-2:] if kernel.nDimension() == 1 else flat.shape)
        layer.bias.nd.fill(0)


class SpatialSubtractiveNormalization(
    Module, name="nn.SpatialSubtractiveNormalization", arguments="nInputPlane=1 kernel?"
):
    """Subtract from each pixel the weighted mean of its neighbourhood over all planes.

    kernel: a tensor of one or two odd sizes (9×9 ones); it is normalised in place to the sum
    1/nInputPlane.

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); output the same. At the border the
    mean is that of the pixels inside.

    Errors: "averaging kernel must be 2D or 1D", "averaging kernel must have ODD dimensions".
    Source: torch/nn, doc/convolution.md#nn.SpatialSubtractiveNormalization.

    >>> nn.SpatialSubtractiveNormalization(3, torch.ones(5)).forward(torch.randn(3, 8, 8))
    """

    _inpsz: Any = None
    ones: Any = None
    _coef: Any = None
    localsums = adjustedsums = None

    def __post_init__(self, kernel: Any) -> None:
        self.kernel = kernel = checked_kernel(kernel, "SpatialSubtractiveNormalization")
        kernel.div(kernel.sum() * self.nInputPlane)
        self.meanestimator, layers = estimator(kernel, self.nInputPlane)
        set_kernel(layers, kernel)
        self.subtractor, self.divider = CSubTable(), CDivTable()
        self.coef = default_type()(1, 1, 1)

    def _update_coef(self, input: Any) -> None:
        """The estimator's answer to ones, when the input's size is new."""
        if self._inpsz is not None and input.isSize(self._inpsz):
            return
        self._inpsz = input.size()
        self.ones = input.new() if self.ones is None else self.ones
        self._coef = self.coef.new() if self._coef is None else self._coef
        self.coef = border_factor(self, input)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self._update_coef(input)
        self.localsums = call(self.meanestimator, "updateOutput", input)
        self.adjustedsums = call(
            self.divider, "updateOutput", new_table([self.localsums, self.coef])
        )
        self.output = call(self.subtractor, "updateOutput", new_table([input, self.adjustedsums]))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput.resizeAs(input).zero()
        pair = new_table([input, self.adjustedsums])
        gradsub = call(self.subtractor, "updateGradInput", pair, gradOutput)
        pair = new_table([self.localsums, self.coef])
        graddiv = call(self.divider, "updateGradInput", pair, gradsub[2])
        self.gradInput.add(call(self.meanestimator, "updateGradInput", input, graddiv[1]))
        self.gradInput.add(gradsub[1])
        return self.gradInput

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and buffers; return self."""
        self._inpsz = None
        for buffer in (self.ones, self._coef):
            if buffer is not None:
                buffer.set()
        self.meanestimator.clearState()
        return super().clearState()


def border_factor(module: Any, input: Any) -> Any:
    """The mean estimator's answer to ones: 1 inside, less near the border; expanded over a
    batch."""
    batch = input.dim() == 4
    module.ones.resizeAs(input[1] if batch else input).fill(1)
    coef = call(module.meanestimator, "updateOutput", module.ones)
    module._coef.resizeAs(coef).copy(coef)
    if not batch:
        return module._coef
    shape = module._coef.nd.shape
    return module._coef.view(1, *shape).expand(input.nd.shape[0], *shape)


class SpatialDivisiveNormalization(
    Module,
    name="nn.SpatialDivisiveNormalization",
    arguments="nInputPlane=1 kernel? threshold=1e-4 thresval=threshold",
):
    """Divide each pixel by the weighted standard deviation of its neighbourhood over all planes.

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); output the same. Deviations not
    above `threshold` are replaced by `thresval`. The kernel is normalised in place.

    Errors: "averaging kernel must be 2D or 1D", "averaging kernel must have ODD dimensions".
    Source: torch/nn, doc/convolution.md#nn.SpatialContrastiveNormalization.

    >>> nn.SpatialDivisiveNormalization(3, torch.ones(5)).forward(torch.randn(3, 8, 8))
    """

    ones: Any = None
    _coef: Any = None
    localstds = adjustedstds = thresholdedstds = None

    def __post_init__(self, kernel: Any) -> None:
        self.kernel = kernel = checked_kernel(kernel, "SpatialDivisiveNormalization")
        thresholder = Threshold(self.threshold, self.thresval)  # fails before the kernel changes
        self.meanestimator, means = estimator(kernel, self.nInputPlane)
        self.stdestimator, stds = estimator(kernel, self.nInputPlane, Square())
        self.stdestimator.add(Sqrt())
        planes = self.nInputPlane
        kernel.div(kernel.sum() * (planes if kernel.nDimension() == 2 else math.sqrt(planes)))
        set_kernel(means, kernel)
        set_kernel(stds, kernel)
        self.normalizer, self.divider = CDivTable(), CDivTable()
        self.thresholder = thresholder
        self.coef = default_type()(1, 1, 1)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.localstds = call(self.stdestimator, "updateOutput", input)
        have, want = self.coef.nd.shape, self.localstds.nd.shape
        if len(have) != len(want) or have[-2:] != want[-2:] or have[0] != want[0]:
            self.ones = input.new() if self.ones is None else self.ones
            self._coef = input.new() if self._coef is None else self._coef
            self.coef = border_factor(self, input)
        self.adjustedstds = call(
            self.divider, "updateOutput", new_table([self.localstds, self.coef])
        )
        self.thresholdedstds = call(self.thresholder, "updateOutput", self.adjustedstds)
        self.output = call(
            self.normalizer, "updateOutput", new_table([input, self.thresholdedstds])
        )
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput.resizeAs(input).zero()
        pair = new_table([input, self.thresholdedstds])
        gradnorm = call(self.normalizer, "updateGradInput", pair, gradOutput)
        gradadj = call(self.thresholder, "updateGradInput", self.adjustedstds, gradnorm[2])
        pair = new_table([self.localstds, self.coef])
        graddiv = call(self.divider, "updateGradInput", pair, gradadj)
        self.gradInput.add(call(self.stdestimator, "updateGradInput", input, graddiv[1]))
        self.gradInput.add(gradnorm[1])
        return self.gradInput

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and buffers; return self."""
        for buffer in (self.ones, self._coef):
            if buffer is not None:
                buffer.set()
        if self.kernel is not None:
            self.coef = self.kernel.new(1, 1, 1)
        self.meanestimator.clearState()
        self.stdestimator.clearState()
        return super().clearState()


class SpatialContrastiveNormalization(
    Module,
    name="nn.SpatialContrastiveNormalization",
    arguments="nInputPlane=1 kernel? threshold=1e-4 thresval=threshold",
):
    """Subtract the mean of each pixel's neighbourhood, then divide by its standard deviation.

    It is an nn.SpatialSubtractiveNormalization and an nn.SpatialDivisiveNormalization.

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); output the same.

    Errors: "averaging kernel must be 2D or 1D", "averaging kernel must have ODD dimensions".
    Source: torch/nn, doc/convolution.md#nn.SpatialContrastiveNormalization.

    >>> nn.SpatialContrastiveNormalization(3, torch.ones(5)).forward(torch.randn(3, 8, 8))
    """

    def __post_init__(self, kernel: Any) -> None:
        self.kernel = checked_kernel(kernel, "SpatialContrastiveNormalization")
        self.normalizer = Sequential()
        self.normalizer.add(SpatialSubtractiveNormalization(self.nInputPlane, self.kernel))
        self.normalizer.add(
            SpatialDivisiveNormalization(
                self.nInputPlane, self.kernel, self.threshold, self.thresval
            )
        )

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = call(self.normalizer, "forward", input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = call(self.normalizer, "backward", input, gradOutput)
        return self.gradInput
