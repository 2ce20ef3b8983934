"""Layers that add randomness while training: Dropout and its feature-map forms, WhiteNoise."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.lua.callers import nothing
from th7shell.lua.rounding import formatted
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import nd, nd_like, same_elements
from ..helpers.output_sizes import as_large
from ..module import Module


class Dropping(Module, abstract=True):
    """What drops each element, or each feature map, with probability p."""

    def setp(self, p: Any = None, *_: Any) -> Any:
        """Change the probability."""
        self.p = p
        return nothing()

    def __str__(self) -> str:
        return f"{torch_type(self)}({formatted('%f', self.p)})"


class Dropout(
    Dropping, name="nn.Dropout", arguments="p=0.5 v1=false inplace?=false stochasticInference=false"
):
    """Set elements to zero at random while training, each with probability p, and scale the
    others by 1/(1-p).

    After `evaluate()` it passes the input through, unless stochasticInference. v1: no scaling
    while training; evaluation multiplies by 1-p. Fields: p, noise (the mask, scaled), v2 (not v1),
    inplace, stochastic_inference. Error: p outside [0, 1).

    Source: torch/nn, doc/simple.md; Hinton et al., arXiv 1207.0580, 2012.

    >>> nn.Dropout(0.3).forward(torch.ones(4))
    """

    inplace: Any = None
    stochastic_inference: Any = None
    v2: Any = None
    _buffers = ("noise",)

    def __post_init__(self, v1: Any, stochasticInference: Any) -> None:
        self.train = True
        self.stochastic_inference = bool(stochasticInference)
        self.v2 = not v1
        if not 0 <= self.p < 1:
            raise TorchError("<Dropout> illegal percentage, must be 0 <= p < 1")
        self.noise = default_type()()

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input) if self.inplace else nd_like(self.output, input)
        out = self.output.set(input).nd if self.inplace else resized(self.output, x.shape)
        if self.p > 0 and (self.train or self.stochastic_inference):
            noise = self.noise.resizeAs(input).bernoulli(1 - self.p).nd
            if self.v2:
                np.divide(noise, 1 - self.p, out=noise)
            np.multiply(x, noise, out=out)
        else:
            self._pass(x, out)
        return self.output

    def _pass(self, x: np.ndarray, out: np.ndarray) -> None:
        """What happens to values when nothing is dropped."""
        if self.p > 0 and not self.v2:
            np.multiply(x, 1 - self.p, out=out)
        elif out is not x:
            np.copyto(out, x)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = nd(gradOutput, "gradOutput")
        masked = self.train and self.p > 0
        if masked:
            same_elements(self.noise.nd, g, "noise")
        gx = self.gradInput.set(gradOutput).nd if self.inplace else resized(self.gradInput, g.shape)
        if masked:
            np.multiply(g, self.noise.nd.reshape(g.shape), out=gx)
        elif self.train:
            np.copyto(gx, g)
        else:
            self._pass(g, gx)
        return self.gradInput


class MapDropout(Dropping, abstract=True, arguments="p=0.5 stochasticInference=false"):
    """What both forms for feature maps share: one draw for each map of `_map_dims` dimensions."""

    _buffers = ("noise",)
    stochastic_inference: Any = None
    _map_dims: int
    _shapes: str

    def __post_init__(self, stochasticInference: Any) -> None:
        self.train = True
        self.stochastic_inference = bool(stochasticInference)
        self.noise = default_type()()

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_like(self.output, input)
        if self.train or self.stochastic_inference:
            if x.ndim not in (self._map_dims + 1, self._map_dims + 2):
                raise TorchError(self._shapes)
            self.noise.resize(*x.shape[: -self._map_dims], *[1] * self._map_dims)
            factor = self.noise.bernoulli(1 - self.p).nd
        else:
            factor = 1 - self.p
        np.multiply(x, factor, out=resized(self.output, x.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if not self.train:
            raise TorchError("backprop only defined while training")
        g = nd_like(self.gradInput, gradOutput, "gradOutput")
        same_elements(nd(input), g)
        np.multiply(g, self.noise.nd, out=resized(self.gradInput, g.shape))
        return self.gradInput


class SpatialDropout(MapDropout, name="nn.SpatialDropout"):
    """Set whole feature maps to zero at random while training, each with probability p, without
    scaling.

    input: (planes, h, w) or (batch, planes, h, w). Evaluation multiplies by 1-p. Fields: p, noise,
    stochastic_inference. Backward works only while training.

    Source: torch/nn, doc/simple.md; Tompson et al., arXiv 1411.4280, 2014.

    >>> nn.SpatialDropout(0.3).forward(torch.ones(3, 2, 2))
    """

    _map_dims = 2
    _shapes = "Input must be 4D (nbatch, nfeat, h, w) or 3D (nfeat, h, w)"


class VolumetricDropout(MapDropout, name="nn.VolumetricDropout"):
    """Set whole feature volumes to zero at random while training, each with probability p,
    without scaling.

    input: (planes, t, h, w) or with a batch before. Otherwise as SpatialDropout. Source: torch/nn,
    doc/simple.md.

    >>> nn.VolumetricDropout(0.3).forward(torch.ones(3, 2, 2, 2))
    """

    _map_dims = 3
    _shapes = "Input must be 5D (nbatch, nfeat, t, h, w) or 4D (nfeat, t, h, w)"


class WhiteNoise(Module, name="nn.WhiteNoise", arguments="mean=0 std=0.1"):
    """Add normal noise while training; the mean alone after `evaluate()`.

    Fields: mean, std, noise. Backward works only while training.

    Source: torch/nn, doc/simple.md.

    >>> nn.WhiteNoise().forward(torch.zeros(3))
    """

    _buffers = ("noise",)

    def __post_init__(self) -> None:
        self.noise = default_type()()

    _shape_after = as_large

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_like(self.output, input)
        if self.train is False:
            added = x.dtype.type(self.mean)
        else:
            added = self.noise.resizeAs(input).normal(self.mean, self.std).nd
        np.add(x, added, out=resized(self.output, x.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.train is False:
            raise TorchError("backprop only defined while training")
        return self.gradInput.resizeAs(gradOutput).copy(gradOutput)

    def __str__(self) -> str:
        mean, std = formatted("%f", self.mean), formatted("%f", self.std)
        return f"{torch_type(self)} mean: {mean}, std: {std}"
