"""Padding of planes and volumes: zeros, reflections, repetitions of the border."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from th7shell.lua import TorchError, tostring
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import resized

from ..helpers.checks import bad_argument, nd, nd_real, same_type, torch_shape
from ..kernels import padding as kernel
from ..module import Module, size_text


class SpatialPadding(Module, abstract=True, arguments="pad_l pad_r=pad_l pad_t=pad_l pad_b=pad_l"):
    """Four paddings: left, right, top, bottom; the last three are as the first where not given."""

    pad_l: Any
    pad_r: Any
    pad_t: Any
    pad_b: Any

    def pads(self) -> list[tuple[int, int]]:
        """(before, after) for each of the last two axes."""
        return [(int(self.pad_t), int(self.pad_b)), (int(self.pad_l), int(self.pad_r))]

    def __str__(self) -> str:
        l, r, t, b = map(tostring, (self.pad_l, self.pad_r, self.pad_t, self.pad_b))
        return f"{torch_type(self)}(l={l}, r={r}, t={t}, b={b})"


class SpatialZeroPadding(SpatialPadding, name="nn.SpatialZeroPadding"):
    """Put zeros around every plane; negative padding crops.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, h + pad_t + pad_b,
    w + pad_l + pad_r).

    Errors: "input is too small" where nothing would be left, "input must be 3 or 4-dimensional".
    Source: torch/nn, doc/convolution.md#nn.SpatialZeroPadding.

    >>> nn.SpatialZeroPadding(1, 1, 2, 2).forward(torch.randn(3, 4, 4))
    """

    def _windows(self, x: NDArray[Any]) -> tuple[tuple[int, ...], Any, Any]:
        """The output's shape, the part of the input that is kept, and its place in the output."""
        if x.ndim not in (3, 4):
            raise TorchError("input must be 3 or 4-dimensional")
        inner, outer, size = [], [], []
        for n, (before, after) in zip(x.shape[-2:], self.pads()):
            total = n + before + after
            if total < 1:
                raise TorchError("input is too small")
            if min(before, after) < 0 and n + min(before, after) < 1:
                raise TorchError("bad argument #3 to 'narrow' (out of range)")
            size.append(total)
            inner.append(slice(max(0, -before), n - max(0, -after)))
            outer.append(slice(max(0, before), total - max(0, after)))
        return (*x.shape[:-2], *size), (..., *inner), (..., *outer)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        shape, inner, outer = self._windows(x)
        out = resized(self.output, shape)
        out.fill(0)
        out[outer] = x[inner]
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        shape, inner, outer = self._windows(x)
        if g.shape != shape:
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to an output of "
                f"size {size_text(shape)}"
            )
        gx = resized(self.gradInput, x.shape)
        gx.fill(0)
        gx[inner] = g[outer]
        return self.gradInput


class BorderPadding(Module, abstract=True):
    """Base of the paddings that take their values from the image."""

    SOURCE: Callable[[int, int, int], NDArray[Any]] = staticmethod(kernel.replicated)
    DIMS = "3 or 4"
    LETTERS: tuple[str, ...] = ("H", "W")
    pads: Any

    def _shapes(self, x: NDArray[Any]) -> tuple[tuple[int, ...], list[NDArray[Any]]]:
        """The output's shape, and where each row, column … of it comes from."""
        pads = self.pads()
        dims = len(pads)
        if x.ndim not in (dims + 1, dims + 2):
            raise TorchError(f"input must be {self.DIMS}-dimensional")
        size = [n + before + after for n, (before, after) in zip(x.shape[-dims:], pads)]
        if min(size) < 1:
            given = ", ".join(f"{a}: {n}" for a, n in zip(self.LETTERS, x.shape[-dims:]))
            got = " ".join(f"{a}: {n}" for a, n in zip(self.LETTERS, size))
            bad_argument(2, f"input ({given})is too small. Calculated output {got}")
        self.check_pads(x.shape[-dims:], pads)
        places = [self.SOURCE(n, *pad) for n, pad in zip(x.shape[-dims:], pads)]
        return (*x.shape[:-dims], *size), places

    def check_pads(self, size: tuple[int, ...], pads: list[tuple[int, int]]) -> None:
        """Any padding will do when the border is repeated."""

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        shape, places = self._shapes(x)
        kernel.gather(x, places, resized(self.output, shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd_real(input), nd(gradOutput, "gradOutput")
        dims = len(self.LETTERS)
        if x.ndim not in (dims + 1, dims + 2) or g.ndim != x.ndim:
            raise TorchError(
                f"input and gradOutput must be {self.DIMS}-dimensional\n"
                "        and have equal number of dimensions"
            )
        shape, places = self._shapes(x)
        if g.shape != shape:
            raise TorchError("input and gradOutput must be compatible in size")
        same_type(x, g, 3)
        kernel.scatter(g, places, resized(self.gradInput, x.shape))
        return self.gradInput


class SpatialReflectionPadding(SpatialPadding, BorderPadding, name="nn.SpatialReflectionPadding"):
    """Continue every plane past its border by its mirror image; negative padding crops.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, h + pad_t + pad_b,
    w + pad_l + pad_r). The border itself is not repeated, so the padding must be smaller than
    the image.

    Errors: "padding … is too large", "input must be 3 or 4-dimensional".
    Source: torch/nn, doc/convolution.md#nn.SpatialReflectionPadding.

    >>> nn.SpatialReflectionPadding(1, 1, 1, 1).forward(torch.randn(3, 4, 4))
    """

    SOURCE = staticmethod(kernel.reflected)

    def check_pads(self, size: tuple[int, ...], pads: list[tuple[int, int]]) -> None:
        """A mirror image is as large as the image without its border."""
        for n, pad, letter in zip(size, pads, self.LETTERS):
            if max(pad) >= n:
                bad_argument(
                    2,
                    f"padding of {max(pad)} is too large for an input of {letter}: {n} to reflect",
                )


class SpatialReplicationPadding(SpatialPadding, BorderPadding, name="nn.SpatialReplicationPadding"):
    """Continue every plane past its border by repeating the border; negative padding crops.

    input: (planes, h, w) or (batch, planes, h, w); output: (…, h + pad_t + pad_b,
    w + pad_l + pad_r).

    Errors: "input … is too small", "input must be 3 or 4-dimensional".
    Source: torch/nn, doc/convolution.md#nn.SpatialReplicationPadding.

    >>> nn.SpatialReplicationPadding(1, 1, 1, 1).forward(torch.randn(3, 4, 4))
    """


class VolumetricReplicationPadding(
    BorderPadding,
    name="nn.VolumetricReplicationPadding",
    arguments="pleft pright=pleft ptop=pleft pbottom=pleft pfront=pleft pback=pleft",
):
    """Continue every volume past its border by repeating the border; negative padding crops.

    input: (planes, t, h, w) or (batch, planes, t, h, w); output: sizes grow by the paddings.

    Errors: "input … is too small", "input must be 4 or 5-dimensional".
    Source: torch/nn, doc/convolution.md#nn.VolumetricReplicationPadding.

    >>> nn.VolumetricReplicationPadding(1).forward(torch.randn(3, 4, 4, 4))
    """

    DIMS = "4 or 5"
    LETTERS = ("D", "H", "W")

    def pads(self) -> list[tuple[int, int]]:
        """(before, after) for each of the last three axes."""
        sides = self.pfront, self.pback, self.ptop, self.pbottom, self.pleft, self.pright
        a, b, c, d, e, f = map(int, sides)
        return [(a, b), (c, d), (e, f)]

    def __str__(self) -> str:
        names = ("left", "right", "top", "bottom", "front", "back")
        told = ", ".join(f"{name}={tostring(self['p' + name])}" for name in names)
        return f"{torch_type(self)}({told})"
