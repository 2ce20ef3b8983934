"""Convolutions over volumes: VolumetricConvolution, VolumetricDilatedConvolution,
VolumetricFullConvolution."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from th7shell.lua import tostring
from th7shell.torch.tensor import default_type

from .base import Convolution
from .full import FullConvolution

VOLUME_FIELDS = attrgetter(
    *(name + axis for name in ("k", "d", "pad", "dilation") for axis in ("T", "H", "W"))
)


class Volume(Convolution, abstract=True):
    """The axes of volumes and their words in errors."""

    AXES = ("T", "H", "W")
    TEXT_AXES = ("T", "W", "H")
    INPUT = "4D or 5D (batch mode) tensor expected for input, but got: {}"
    TIMES = "x"
    TELLS_BIAS = False
    _fields = staticmethod(VOLUME_FIELDS)


class VolumetricConvolution(
    Volume,
    name="nn.VolumetricConvolution",
    arguments="nInputPlane nOutputPlane kT kW kH dT=1 dW=1 dH=1 padT=0 padW=padT padH=padW",
):
    """Convolve a volume (or a film) of several planes with a bank of filters.

    input: (nInputPlane, t, h, w) or (batch, nInputPlane, t, h, w); output sizes: floor((n + 2·pad
    - k) / d + 1). weight: (nOutputPlane, nInputPlane, kT, kH, kW), bias: (nOutputPlane), both
    from U(-b, b) with b = 1/√(kT·kW·kH·nInputPlane), or √3·stdv after `reset(stdv)`. `noBias()`
    removes the bias.

    Errors: "Given input size …", "Need input of dimension …", "4D or 5D (batch mode) tensor
    expected". Source: torch/nn, doc/convolution.md#nn.VolumetricConvolution.

    >>> nn.VolumetricConvolution(1, 4, 3, 3, 3).forward(torch.randn(1, 8, 16, 16))
    """

    def __post_init__(self) -> None:
        self.make_parameters(
            self.nOutputPlane, self.nOutputPlane, self.nInputPlane, self.kT, self.kH, self.kW
        )


class VolumetricDilatedConvolution(
    VolumetricConvolution,
    name="nn.VolumetricDilatedConvolution",
    arguments="… dilationT=1 dilationW=1 dilationH=1",
):
    """Convolve a volume with filters whose taps are `dilation` cells apart (à trous).

    Output sizes: floor((n + 2·pad - dilation·(k - 1) - 1) / d) + 1; the rest is as in
    nn.VolumetricConvolution. Source: torch/nn, doc/convolution.md#nn.VolumetricDilatedConvolution.

    >>> nn.VolumetricDilatedConvolution(1, 4, 3, 3, 3, 1, 1, 1, 2, 2, 2, 2, 2, 2)
    """

    TELLS_BIAS = True

    def more_text(self) -> str:
        """The dilation is always told."""
        return ", " + ",".join(tostring(getattr(self, "dilation" + a)) for a in self.TEXT_AXES)


class VolumetricFullConvolution(
    FullConvolution,
    Volume,
    name="nn.VolumetricFullConvolution",
    arguments="nInputPlane nOutputPlane kT kW kH dT=1 dW=1 dH=1 padT=0 padW=0 padH=0 adjT=0 "
    "adjW=0 adjH=0",
):
    """Convolve a volume backwards (transposed convolution): enlarge it with learnt filters.

    input: (nInputPlane, t, h, w) or (batch, nInputPlane, t, h, w); output sizes: (n - 1)·d -
    2·pad + k + adj. With a table {x, y} as input the adjustments are chosen so that the output
    has the size of y. weight: (nInputPlane, nOutputPlane, kT, kH, kW), bias: (nOutputPlane), both
    from U(-b, b) with b = 1/√(kT·kW·kH·nInputPlane). `noBias()` removes the bias.

    Errors: "adjT, adjW and adjH must be smaller …", "Given input size …", "Need input of
    dimension …". Source: torch/nn, doc/convolution.md#nn.VolumetricFullConvolution.

    >>> layer = nn.VolumetricFullConvolution(4, 1, 4, 4, 4, 2, 2, 2, 1, 1, 1)
    >>> layer.forward(torch.randn(4, 4, 8, 8))
    """

    pT = pW = pH = None
    _geometry = staticmethod(VOLUME_FIELDS)

    def __post_init__(self, adjT: Any, adjW: Any, adjH: Any) -> None:
        self.set_adjustment(adjT, adjH, adjW)
        self.finput, self.fgradInput = default_type()(), default_type()()
        self.make_parameters(
            self.nOutputPlane, self.nInputPlane, self.nOutputPlane, self.kT, self.kH, self.kW
        )

    def update_fields(self) -> None:
        """Models saved by older versions have transposed weights and other names for the
        padding."""
        if self.adjW is None:
            self.weight = self.weight.transpose(1, 2).contiguous()
        for axis in self.AXES:
            if getattr(self, "pad" + axis) is None:
                setattr(self, "pad" + axis, getattr(self, "p" + axis))
        for axis, size in zip(self.AXES, self.weight.nd.shape[2:]):
            if getattr(self, "k" + axis) is None:
                setattr(self, "k" + axis, size)
        super().update_fields()
