"""Convolutions over planes of pixels: SpatialConvolution, SpatialConvolutionMM,
SpatialDilatedConvolution."""

from __future__ import annotations

from typing import Any

from th7shell.lua import tostring

from .base import Convolution


class PlaneConvolution(
    Convolution,
    abstract=True,
    arguments="nInputPlane nOutputPlane kW kH dW=1 dH=1 padW=0 padH=padW",
):
    """Constructor and weight of the two forms of SpatialConvolution."""

    def __post_init__(self) -> None:
        self.make_parameters(self.nOutputPlane, *self.weight_shape())

    def weight_shape(self) -> tuple[Any, ...]:
        """Sizes of the weight tensor."""
        return self.nOutputPlane, self.nInputPlane, self.kH, self.kW


class SpatialConvolution(PlaneConvolution, name="nn.SpatialConvolution"):
    """Convolve an image of several planes with a bank of filters.

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); output: planes of
    floor((h + 2·padH - kH) / dH + 1) × floor((w + 2·padW - kW) / dW + 1).
    y[o, i, j] = bias[o] + Σ weight[o, c, s, t] · x[c, dH·i + s - padH, dW·j + t - padW].
    weight: (nOutputPlane, nInputPlane, kH, kW), bias: (nOutputPlane), both drawn from U(-b, b)
    with b = 1/√(kW·kH·nInputPlane), or √3·stdv after `reset(stdv)`. `noBias()` removes the bias.

    Errors: "Given input size … Output size is too small" where the kernel does not fit, "Need
    input of dimension …" for another number of planes, "3D or 4D input tensor expected".
    Source: torch/nn, doc/convolution.md#nn.SpatialConvolution.

    >>> nn.SpatialConvolution(3, 16, 5, 5).forward(torch.randn(3, 32, 32))
    """

    def update_fields(self) -> None:
        """Models saved by older versions have 2-D weights."""
        super().update_fields()
        for name in ("weight", "gradWeight"):
            tensor = getattr(self, name)
            if tensor is not None and tensor.dim() == 2:
                setattr(self, name, tensor.view(*self.weight_shape()))


class SpatialConvolutionMM(PlaneConvolution, name="nn.SpatialConvolutionMM"):
    """SpatialConvolution with its weight kept as a matrix (nOutputPlane, nInputPlane·kH·kW).

    Shapes, formula, initialisation and errors are those of nn.SpatialConvolution.
    Source: torch/nn, SpatialConvolutionMM.

    >>> nn.SpatialConvolutionMM(3, 16, 5, 5).forward(torch.randn(3, 32, 32))
    """

    def weight_shape(self) -> tuple[Any, ...]:
        """Sizes of the weight matrix."""
        nInputPlane = self.nInputPlane
        columns = None
        if None not in (nInputPlane, self.kH, self.kW):
            columns = nInputPlane * self.kH * self.kW
        return self.nOutputPlane, columns


class SpatialDilatedConvolution(
    SpatialConvolution, name="nn.SpatialDilatedConvolution", arguments="… dilationW=1 dilationH=1"
):
    """Convolve an image with filters whose taps are `dilation` pixels apart (à trous).

    input: (nInputPlane, h, w) or (batch, nInputPlane, h, w); output height:
    floor((h + 2·padH - dilationH·(kH - 1) - 1) / dH) + 1, width likewise.
    Parameters, initialisation and errors are those of nn.SpatialConvolution.
    Source: torch/nn, doc/convolution.md#nn.SpatialDilatedConvolution; F. Yu, V. Koltun,
    arXiv:1511.07122.

    >>> nn.SpatialDilatedConvolution(3, 16, 3, 3, 1, 1, 2, 2, 2, 2).forward(torch.randn(3, 32, 32))
    """

    def more_text(self) -> str:
        """The dilation is always told."""
        return f", {tostring(self.dilationW)},{tostring(self.dilationH)}"
