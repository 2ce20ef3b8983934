"""Batch normalisation of features, planes and volumes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import nd, nd_real, same_type
from ..helpers.output_sizes import as_large
from ..helpers.utils import clear, factor
from ..kernels import batch_norm as kernel
from ..module import Module, inputs_of, size_text


class BatchNormalization(
    Module, name="nn.BatchNormalization", arguments="nOutput eps=1e-5 momentum=0.1 affine=true"
):
    """Normalise each feature over the batch: y = (x - mean) / √(var + eps) · weight + bias.

    input: (batch, nOutput). While training, mean and (biased) variance are those of the batch, and
    running_mean and running_var move towards them (the unbiased variance) by `momentum`; in
    evaluation, and for a batch of one sample, the running statistics are used.
    weight: (nOutput) from U(0, 1), bias: (nOutput) zeros; with affine = false neither.
    running_mean starts at 0, running_var at 1; save_mean and save_std (1/√(var + eps)) are those
    of the last batch.

    Errors: "only mini-batch supported (2D tensor), got …", "got …-feature tensor, expected …".
    Source: torch/nn, doc/simple.md#nn.BatchNormalization; S. Ioffe, C. Szegedy, arXiv:1502.03167.

    >>> nn.BatchNormalization(4).forward(torch.randn(8, 4))
    """

    nDim = 2
    save_mean: Any = None
    save_std: Any = None
    running_mean: Any = None
    running_var: Any = None
    running_std: Any = None

    def __post_init__(self, nOutput: Any) -> None:
        if nOutput.__class__ not in (int, float):
            raise TorchError("Missing argument #1: dimensionality of input. ")
        if nOutput == 0:
            raise TorchError(
                "To set affine=false call BatchNormalization(nOutput,  eps, momentum, false) "
            )
        if not isinstance(self.affine, bool):
            raise TorchError("affine has to be true/false")
        self.train = True
        tensor = default_type()
        self.running_mean = tensor(nOutput).zero()
        self.running_var = tensor(nOutput).fill(1)
        if self.affine:
            self.weight, self.bias = tensor(nOutput), tensor(nOutput)
            self.gradWeight, self.gradBias = tensor(nOutput), tensor(nOutput)
            self.reset()

    def reset(self, *_: Any) -> Any:
        """Draw the weight from U(0, 1); bias and running statistics start anew."""
        if self.weight is not None:
            self.weight.uniform()
        if self.bias is not None:
            self.bias.zero()
        self.running_mean.zero()
        self.running_var.fill(1)
        return nothing()

    def checkInputDim(self, input: Any = None, *_: Any) -> Any:
        """Refuse tensors of other dimensions or with another number of features."""
        x = nd(input)
        dims = 0 if x.shape == (0,) else x.ndim
        if dims != self.nDim and not (dims == self.nDim - 1 and self.train is False):
            raise TorchError(
                f"only mini-batch supported ({self.nDim}D tensor), got {dims}D tensor instead"
            )
        features = x.shape[0 if dims == self.nDim - 1 else 1]
        expected = self.running_mean.nd.size
        if features != expected:
            raise TorchError(f"got {features}-feature tensor, expected {expected}")
        return nothing()

    def _features(self, tensor: Any, name: str) -> NDArray[Any]:
        """The array of a tensor as (batch, features) or (batch, features, rest)."""
        self.checkInputDim(tensor)
        x = nd_real(tensor, name)
        same_type(x, self.running_mean.nd, 5)
        if x.ndim == self.nDim - 1:
            x = x[None]
        n, c = x.shape[:2]
        return x if x.ndim == 2 else x.reshape(n, c, x.size // (n * c))

    def _arrays(self) -> tuple[Any, Any]:
        """Arrays of weight and bias, None where there are none."""
        return tuple(None if t is None else t.nd for t in (self.weight, self.bias))  # type: ignore

    def _of_batch(self, x: NDArray[Any]) -> bool:
        """Whether the statistics are those of the batch."""
        return bool(self.train) and len(x) > 1

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = self._features(input, "input")
        shape = input.nd.shape
        out = resized(self.output, shape if input.nd.ndim == self.nDim else (1, *shape))
        for name in ("save_mean", "save_std"):
            if self[name] is None:
                self[name] = input.new()
            resized(self[name], self.running_mean.nd.shape)
        if self._of_batch(x):
            count = x.size // x.shape[1]
            mean, squares = kernel.moments(x)
            invstd = 1 / np.sqrt(squares / count + self.eps)
            self.save_mean.nd[...] = mean
            self.save_std.nd[...] = invstd
            for running, value in (
                (self.running_mean, mean),
                (self.running_var, squares / (count - 1)),
            ):
                r = running.nd
                r[...] = self.momentum * value + (1 - self.momentum) * r
        else:
            mean, invstd = self._running()
        kernel.normalise(x, out.reshape(x.shape), mean, invstd, *self._arrays())
        return self.output

    def _running(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Mean and 1/√(var + eps) of the running statistics, in double precision."""
        var = self.running_var.nd.astype(np.float64)
        return self.running_mean.nd.astype(np.float64), 1 / np.sqrt(var + self.eps)

    def _backward(
        self, input: Any, gradOutput: Any, scale: float, into_input: bool, into_parameters: bool
    ) -> Any:
        x = self._features(input, "input")
        g = self._features(gradOutput, "gradOutput")
        if self.save_mean is None or self.save_std is None:
            raise TorchError("must call :updateOutput() first")
        if g.shape != x.shape:
            raise TorchError(
                f"gradOutput of size {size_text(gradOutput.nd.shape)} does not belong to an input "
                f"of size {size_text(input.nd.shape)}"
            )
        train = self._of_batch(x)
        if train:
            mean, invstd = (t.nd.astype(np.float64) for t in (self.save_mean, self.save_std))
        else:
            mean, invstd = self._running()
        gx = None
        if into_input:
            shape = gradOutput.nd.shape
            gx = resized(self.gradInput, shape if len(shape) == self.nDim else (1, *shape))
            gx = gx.reshape(x.shape)
        gw = gb = None
        if into_parameters:
            gw, gb = (None if t is None else t.nd for t in (self.gradWeight, self.gradBias))
        kernel.backward(x, g, gx, gw, gb, self._arrays()[0], mean, invstd, scale, train)
        return self.gradInput

    def backward(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        """Compute gradInput and accumulate the parameters' gradients times `scale`, in one
        pass."""
        input, gradOutput = inputs_of(self, input, gradOutput)
        scale = factor(scale)
        return self._backward(input, gradOutput, scale, self.gradInput is not None, True)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        return self._backward(input, gradOutput, 1, self.gradInput is not None, False)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        return self._backward(input, gradOutput, factor(scale), False, True)

    def read(self, file: Any = None, version: Any = None, *_: Any) -> Any:
        """Read the fields; version 1 kept the inverse standard deviation instead of the
        variance."""
        super().read(file)
        if (version or 1) < 2 and self.running_std is not None:
            self.running_var = self.running_std.pow(-2).add(-self.eps)
            self.running_std = None
        return ()

    def clearState(self, *_: Any) -> Any:
        """Drop outputs, gradients of inputs and the last batch's statistics; return self."""
        clear(
            self,
            *("buffer", "buffer2", "centered", "std", "normalized", "_input", "_gradOutput"),
            *("save_mean", "save_std"),
        )
        return super().clearState()

    def __str__(self) -> str:
        return f"{torch_type(self)} ({self.nDim}D) ({tostring(self.running_mean.nElement())})"


def move(running: NDArray[Any], value: NDArray[Any], momentum: float) -> None:
    """running += momentum · (value - running)."""
    running[...] = momentum * value + (1 - momentum) * running


class SpatialBatchNormalization(BatchNormalization, name="nn.SpatialBatchNormalization"):
    """Normalise each plane over the batch and all pixels.

    input: (batch, nOutput, h, w). Formula, parameters, initialisation and errors are those of
    nn.BatchNormalization.
    Source: torch/nn, doc/convolution.md#nn.SpatialBatchNormalization.

    >>> nn.SpatialBatchNormalization(3).forward(torch.randn(2, 3, 8, 8))
    """

    nDim = 4


class VolumetricBatchNormalization(BatchNormalization, name="nn.VolumetricBatchNormalization"):
    """Normalise each plane over the batch and all cells of its volumes.

    input: (batch, nOutput, t, h, w). Formula, parameters, initialisation and errors are those of
    nn.BatchNormalization.
    Source: torch/nn, VolumetricBatchNormalization.

    >>> nn.VolumetricBatchNormalization(3).forward(torch.randn(2, 3, 4, 8, 8))
    """

    nDim = 5


for _cls in (BatchNormalization, SpatialBatchNormalization, VolumetricBatchNormalization):
    type.__setattr__(_cls, "__version", 2)
