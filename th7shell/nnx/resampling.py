"""Layers of nnx that change the size of planes: SpatialReSampling, SpatialReSamplingEx,
SpatialUpSampling, SpatialDownSampling, SpatialMaxSampling, SpatialPadding, PixelSort."""

from __future__ import annotations

import math
from typing import Any

from th7shell.lua import TorchError, new_table, tostring
from th7shell.nn.helpers.checks import nd, torch_shape
from th7shell.nn.module import Module
from th7shell.torch.storage import STORAGES
from th7shell.torch.tensor import default_type, resized, wrap
from th7shell.xlua.unpacking import unpack_class

from . import library

__plays_lua__ = True


def named(layer: Any, given: tuple[Any, ...], name: str, help: str, *rows: tuple[Any, ...]) -> None:
    """Put named or positional arguments into the layer's fields, xlua's way. A row: the name, the
    help, and where there is one the default; REQUIRED instead of it marks those that must be
    given."""
    definitions = []
    for arg, kind, text, *default in rows:
        fields: dict[str, Any] = {"arg": arg, "type": kind, "help": text}
        if default:
            fields["req" if default[0] is REQUIRED else "default"] = default[0]
        definitions.append(new_table((), fields))
    unpack_class(layer, new_table(given), name, help, *definitions)


REQUIRED = True
_SIZES = (
    ("rwidth", "number", "ratio: owidth/iwidth"),
    ("rheight", "number", "ratio: oheight/iheight"),
    ("owidth", "number", "output width"),
    ("oheight", "number", "output height"),
)
_DIMENSIONS = (
    ("yDim", "number", "image y dimension", 2),
    ("xDim", "number", "image x dimension", 3),
)


class SpatialReSampling(Module, name="nn.SpatialReSampling", arguments="options…"):
    """Resample planes by bilinear interpolation, corners on corners.

    SpatialReSampling{owidth=, oheight=} or {rwidth=, rheight=}, ratios of the new size to the old

    input: (planes, h, w) or (batch, planes, h, w); output: (…, oheight, owidth).

    Source: clementfarabet/lua---nnx.

    >>> nn.SpatialReSampling({"owidth": 4, "oheight": 4})
    """

    oheight: Any = None
    owidth: Any = None

    def __init__(self, *options: Any) -> None:
        super().__init__()
        named(self, options, "nn.SpatialReSampling", "Resamples planes bilinearly.", *_SIZES)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        if x.ndim not in (3, 4):
            sizes = ", ".join(map(str, x.shape))
            raise TorchError(f"input to SpatialReSampling must be 3D or 4D, received: [{sizes}]")
        if self.oheight is None:
            self.oheight = self.rheight * x.shape[-2]
        if self.owidth is None:
            self.owidth = self.rwidth * x.shape[-1]
        library.SpatialReSampling_updateOutput(self, input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        library.SpatialReSampling_updateGradInput(self, input, gradOutput)
        return self.gradInput


class _OnTwoDimensions(Module, abstract=True):
    """Works on dimensions yDim and xDim = yDim + 1 of a tensor, seen as four."""

    yDim: Any
    xDim: Any

    def check(self, name: str) -> None:
        """Refuse dimensions that are not neighbours; make the storages of sizes."""
        if self.yDim + 1 != self.xDim:
            raise TorchError(f"{name}: yDim must be equals to xDim-1")
        self.outputSize = STORAGES["Long"](4)
        self.inputSize = STORAGES["Long"](4)

    def seen(self, input: Any) -> Any:
        """The input as four dimensions, its shape in inputSize."""
        x = nd(input)
        y = int(self.yDim) - 1
        if x.ndim < y + 2:
            raise TorchError(f"bad argument #2 to 'size' (out of range: {x.ndim} dimensions)")
        shape = (math.prod(x.shape[:y]), *x.shape[y : y + 2], math.prod(x.shape[y + 2 :]))
        self.inputSize.nd[:] = shape
        return wrap(x.reshape(shape))

    def finished(self, tensor: Any, like: Any, sizes: tuple[int, ...] | None = None) -> Any:
        """A tensor of four dimensions with the input's number of them."""
        shape = list(nd(like).shape)
        if sizes is not None:
            y = int(self.yDim) - 1
            shape[y : y + 2] = sizes
        return wrap(tensor.nd.reshape(shape))


class SpatialReSamplingEx(_OnTwoDimensions, name="nn.SpatialReSamplingEx", arguments="options…"):
    """Resample two neighbouring dimensions of any tensor.

    SpatialReSamplingEx{owidth=, oheight= or rwidth=, rheight=, mode='simple' | 'average' |
    'bilinear', yDim=2, xDim=3}; 'average' is for smaller outputs.

    Source: clementfarabet/lua---nnx.
    """

    oheight: Any = None
    owidth: Any = None
    MODES = ("simple", "average", "bilinear")

    def __init__(self, *options: Any) -> None:
        super().__init__()
        modes = "Mode : simple | average (only for downsampling) | bilinear"
        named(
            self,
            options,
            "nn.SpatialReSampling",
            "Extended spatial resampling.",
            *_SIZES,
            ("mode", "string", modes, "simple"),
            *_DIMENSIONS,
        )
        self.check("nn.SpatialReSamplingEx")
        if self.mode not in self.MODES:
            raise TorchError("SpatialReSampling: mode must be simple | average | bilinear")
        self.mode_c = self.MODES.index(self.mode)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = self.seen(input)
        self.iheight, self.iwidth = x.nd.shape[1:3]
        h, w = self.oheight, self.owidth
        h = math.floor(self.rheight * self.iheight + 0.5) if h is None else int(h)
        w = math.floor(self.rwidth * self.iwidth + 0.5) if w is None else int(w)
        if (h >= self.iheight) != (w >= self.iwidth):
            raise TorchError(
                "SpatialReSamplingEx: Cannot upsample one dimension while downsampling the other"
            )
        self.oheightCurrent, self.owidthCurrent = h, w
        self.outputSize.nd[:] = x.nd.shape[0], h, w, x.nd.shape[3]
        resized(self.output, tuple(self.outputSize.nd.tolist()))
        library.SpatialReSamplingEx_updateOutput(self, x)
        self.output = self.finished(self.output, input, (h, w))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = wrap(nd(gradOutput, "gradOutput").reshape(self.outputSize.nd.tolist()))
        resized(self.gradInput, tuple(self.inputSize.nd.tolist()))
        library.SpatialReSamplingEx_updateGradInput(self, g)
        self.gradInput = self.finished(self.gradInput, input)
        return self.gradInput


class SpatialUpSampling(_OnTwoDimensions, name="nn.SpatialUpSampling", arguments="options…"):
    """Repeat each point dH by dW times.

    SpatialUpSampling{dW=, dH=, yDim=2, xDim=3}

    Source: clementfarabet/lua---nnx.
    """

    def __init__(self, *options: Any) -> None:
        super().__init__()
        named(
            self,
            options,
            "nn.SpatialUpSampling",
            "Repeats each point of planes.",
            ("dW", "number", "stride width", REQUIRED),
            ("dH", "number", "stride height", REQUIRED),
            *_DIMENSIONS,
        )
        self.check("nn.SpatialUpSampling")

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = self.seen(input)
        n, h, w, q = x.nd.shape
        sizes = h * int(self.dH), w * int(self.dW)
        self.outputSize.nd[:] = n, *sizes, q
        resized(self.output, (n, *sizes, q))
        library.SpatialUpSampling_updateOutput(self, x)
        self.output = self.finished(self.output, input, sizes)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = wrap(nd(gradOutput, "gradOutput").reshape(self.outputSize.nd.tolist()))
        resized(self.gradInput, tuple(self.inputSize.nd.tolist()))
        library.SpatialUpSampling_updateGradInput(self, None, g)
        self.gradInput = self.finished(self.gradInput, input)
        return self.gradInput


class SpatialDownSampling(Module, name="nn.SpatialDownSampling", arguments="options…"):
    """The mean of blocks of rH by rW points.

    SpatialDownSampling{rW=, rH=}

    input: (planes, h, w); output: (planes, floor(h / rH), floor(w / rW)).

    Source: clementfarabet/lua---nnx.
    """

    def __init__(self, *options: Any) -> None:
        super().__init__()
        named(
            self,
            options,
            "nn.SpatialDownSampling",
            "Takes the mean of blocks.",
            ("rW", "number", "ratio width", REQUIRED),
            ("rH", "number", "ratio height", REQUIRED),
        )

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = library.array_of(input, 2, 3)
        shape = [len(x)]
        for i, step in ((1, self.rH), (2, self.rW)):
            if x.shape[i] < step:
                raise TorchError(f"input too small in dimension {i + 1}")
            shape.append(x.shape[i] // int(step))
        resized(self.output, tuple(shape))
        library.SpatialDownSampling_updateOutput(self, input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        resized(self.gradInput, nd(input).shape)
        library.SpatialDownSampling_updateGradInput(self, gradOutput)
        return self.gradInput


class SpatialMaxSampling(Module, name="nn.SpatialMaxSampling", arguments="options…"):
    """The greatest points of oheight by owidth windows.

    SpatialMaxSampling{owidth=, oheight=}; the field indices says where they are.

    input: (planes, h, w); output: (planes, oheight, owidth).

    Source: clementfarabet/lua---nnx.
    """

    def __init__(self, *options: Any) -> None:
        super().__init__()
        help = "resample an image using max selection"
        named(self, options, "nn.SpatialMaxSampling", help, *_SIZES[2:])
        self.indices = default_type()()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        library.SpatialMaxSampling_updateOutput(self, input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        library.SpatialMaxSampling_updateGradInput(self, input, gradOutput)
        return self.gradInput


class SpatialPadding(
    Module,
    name="nn.SpatialPadding",
    arguments="pad_l pad_r=pad_l pad_t=pad_l pad_b=pad_l y_dim=2 x_dim=3 val=0",
):
    """Put a border of a value around planes; negative padding crops.

    Those
    that are missing as pad_l

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self) -> None:
        if self.pad_l is None:
            raise TorchError("nn.SpatialPadding: left padding expected")
        for name in ("x_dim", "y_dim"):
            if self[name] % 1:
                raise TorchError(f"{name} must be integer")

    def _windows(self, x: Any) -> tuple[tuple[int, ...], Any, Any]:
        """The output's shape, the part of the input that is kept, its place in the output."""
        shape = list(x.shape)
        inner, outer = [slice(None)] * x.ndim, [slice(None)] * x.ndim
        for dim, before, after in (
            (self.y_dim, self.pad_t, self.pad_b),
            (self.x_dim, self.pad_l, self.pad_r),
        ):
            axis, before, after = int(dim) - 1, int(before), int(after)
            if not 0 <= axis < x.ndim:
                raise TorchError(f"bad argument #2 to 'size' (out of range: {tostring(dim)})")
            n = shape[axis]
            shape[axis] = n + before + after
            if shape[axis] < 1:
                raise TorchError("input is too small")
            inner[axis] = slice(max(0, -before), n - max(0, -after))
            outer[axis] = slice(max(0, before), shape[axis] - max(0, after))
        return tuple(shape), tuple(inner), tuple(outer)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        if type(self.output) is not type(input):
            self.output = type(input)()
        shape, inner, outer = self._windows(x)
        out = resized(self.output, shape)
        out.fill(self.val)
        out[outer] = x[inner]
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        shape, inner, outer = self._windows(x)
        if g.shape != shape:
            raise TorchError(f"inconsistent gradOutput size {torch_shape(g)}, expected {shape}")
        gx = resized(self.gradInput, x.shape)
        gx.fill(0)
        gx[inner] = g[outer]
        return self.gradInput


class PixelSort(Module, name="nn.PixelSort", arguments="downscaleFactor"):
    """Make planes of the points of r by r blocks, the inverse of nn.PixelShuffle's kind.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, planes·r², h/r, w/r).

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self) -> None:
        self.downscaleFactorSquared = self.downscaleFactor * self.downscaleFactor

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x, r = nd(input), int(self.downscaleFactor)
        *batch, c, h, w = x.shape
        if h % r or w % r:
            raise TorchError(f"sizes must be multiples of {r}, got {h} x {w}")
        parts = x.reshape(-1, c, h // r, r, w // r, r).transpose(0, 1, 3, 5, 2, 4)
        out = resized(self.output, (*batch, c * r * r, h // r, w // r))
        out[...] = parts.reshape(out.shape)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, r = nd(input), int(self.downscaleFactor)
        *_batch, c, h, w = x.shape
        g = nd(gradOutput, "gradOutput").reshape(-1, c, r, r, h // r, w // r)
        gx = resized(self.gradInput, x.shape)
        gx[...] = g.transpose(0, 1, 4, 2, 5, 3).reshape(x.shape)
        return self.gradInput
