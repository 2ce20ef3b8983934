"""Max pooling over volumes, with and without dilation, and its inverse.

As in files of the original, an index packs the winning tap of the window: t + 256·h + 65536·w.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from th7shell.lua import TorchError, tostring
from th7shell.lua.callers import nothing

from ..helpers.checks import bad_argument, long_buffer
from ..kernels.max_pooling import packed_taps
from ..module import Module
from .max import MaxPooling, State
from .spatial_max import MaxUnpooling


def taps_of(indices: Any) -> list[Any]:
    """The (t, h, w) taps that indices pack."""
    return [indices & 255, indices >> 8 & 255, indices >> 16 & 255]


class VolumetricMaxPooling(
    MaxPooling,
    name="nn.VolumetricMaxPooling",
    arguments="kT kW kH dT=kT dW=kW dH=kH padT=0 padW=0 padH=0",
):
    """Take the maximum of each kT×kW×kH window of every volume.

    input: (planes, t, h, w) or (batch, planes, t, h, w); output sizes: floor((n + 2·pad - k) / d)
    + 1, or rounded up after `ceil()`. Padding is -inf and at most half a kernel. indices: which
    tap of each window won.

    Errors: "pad should be smaller than half of kernel size", "Given input size … Output size is
    too small". Source: torch/nn, doc/convolution.md#nn.VolumetricMaxPooling.

    >>> nn.VolumetricMaxPooling(2, 2, 2).forward(torch.randn(1, 4, 8, 8))
    """

    AXES = ("T", "H", "W")
    TEXT_AXES = ("T", "W", "H")
    INPUT = "4D or 5D (batch mode) tensor expected for input, but got: {}"
    itime = iheight = iwidth = None
    _fields = staticmethod(
        attrgetter(
            *(name + axis for name in ("k", "d", "pad", "dilation") for axis in ("T", "H", "W")),
            "ceil_mode",
        )
    )

    def __post_init__(self) -> None:
        self.ceil_mode = False
        self.indices = long_buffer(None, None)

    def bind(self, x: Any) -> State:
        """Also keep the input's size, for nn.VolumetricMaxUnpooling."""
        state = super().bind(x)
        self.itime, self.iheight, self.iwidth = x.shape[-3:]
        return state

    def tap_codes(self, kernel: tuple[int, ...]) -> Any:
        """The packed taps of the window, by rows."""
        return packed_taps(kernel)

    def spread(self, plan: Any, g: Any, indices: Any, gx: Any) -> None:
        """Send the gradients to where the maxima were."""
        plan.backward_taps(g, taps_of(indices), gx)

    def refuse_pad(self, k: dict[str, int], p: dict[str, int]) -> None:
        """The padding is larger than half the kernel."""
        bad_argument(
            2,
            "pad should be smaller than half of kernel size, but got "
            f"kT: {k['T']} kW: {k['W']}, kH: {k['H']}, "
            f"padT: {p['T']}, padW: {p['W']}, padH: {p['H']}",
        )


class VolumetricDilatedMaxPooling(
    VolumetricMaxPooling,
    name="nn.VolumetricDilatedMaxPooling",
    arguments="… dilationT=1 dilationW=1 dilationH=1",
):
    """Take the maximum of windows of a volume whose cells are `dilation` apart.

    Output sizes: floor((n + 2·pad - dilation·(k - 1) - 1) / d) + 1; the rest is as in
    nn.VolumetricMaxPooling. Source: torch/nn, doc/convolution.md#nn.VolumetricDilatedMaxPooling.

    >>> nn.VolumetricDilatedMaxPooling(2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 2, 2)
    """

    def more_text(self) -> str:
        """The dilation is always told."""
        return ", " + ",".join(tostring(getattr(self, "dilation" + a)) for a in self.TEXT_AXES)


class VolumetricMaxUnpooling(MaxUnpooling, Module, name="nn.VolumetricMaxUnpooling"):
    """Put each value back where a volumetric pooling layer found its maximum; everything else is
    0.

    poolingModule: an nn.VolumetricMaxPooling whose stride equals its kernel, and which has been
    run forward.

    input: the shape of that layer's output; output: the shape of its input.

    Errors: "Argument must be a nn.VolumetricMaxPooling module", "input and indices shapes do not
    match". Source: torch/nn, doc/convolution.md#nn.VolumetricMaxUnpooling.

    >>> pool = nn.VolumetricMaxPooling(2, 2, 2)
    >>> nn.VolumetricMaxUnpooling(pool).forward(pool.forward(torch.randn(3, 4, 4, 4)))
    """

    POOLING = "nn.VolumetricMaxPooling"
    AXES = ("T", "H", "W")
    INPUT = "4D or 5D (batch mode) tensor expected for input, but got: {}"
    otime = oheight = owidth = None
    dT = dH = dW = padT = padH = padW = None

    def setParams(self, *_: Any) -> Any:
        """Take indices, sizes and strides from the pooling layer."""
        pooling = self.pooling
        self.indices = pooling.indices
        self.otime, self.oheight, self.owidth = pooling.itime, pooling.iheight, pooling.iwidth
        for name in ("dT", "dH", "dW", "padT", "padH", "padW"):
            setattr(self, name, getattr(pooling, name))
        return nothing()

    def local_places(self, indices: Any, size: tuple[int, ...]) -> Any:
        """Places inside a volume, from 0; -1 where the index points outside."""
        place: Any = 0
        inside: Any = True
        for axis, (name, tap) in enumerate(zip(self.AXES, taps_of(indices)), 1):
            shape = [1] * indices.ndim
            shape[axis] = -1
            windows = np.arange(indices.shape[axis]).reshape(shape)
            at = windows * int(self["d" + name]) - int(self["pad" + name]) + tap
            inside = inside & (at >= 0) & (at < size[axis - 1])
            place = place * size[axis - 1] + at
        return np.where(inside, place, -1)

    def refuse_gradient(self, g: Any, size: tuple[int, ...]) -> None:
        """gradOutput has not the size that the pooling layer's input had."""
        t, h, w = size
        have = "x".join(map(str, g.shape[-3:]))
        raise TorchError(
            f"Inconsistent gradOutput size. oT= {t}, oH= {h}, oW= {w}, gradOutput: {have}"
        )
