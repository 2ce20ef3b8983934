"""cuDNN's convolutions: nn's, with groups, and with the settings of cuDNN's algorithms, which are
kept and change nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.nn.convolution.full import SpatialFullConvolution as PlainFull
from th7shell.nn.convolution.spatial import SpatialConvolution as Plain
from th7shell.nn.convolution.temporal import TemporalConvolution as PlainTemporal
from th7shell.nn.convolution.volumetric import VolumetricConvolution as PlainVolume
from th7shell.nn.convolution.volumetric import VolumetricFullConvolution as PlainFullVolume
from th7shell.nn.helpers.checks import check, nd
from th7shell.nn.helpers.utils import clear
from th7shell.torch.tensor import resized, wrap


class Tuned:
    """What all have: the choice of algorithms."""

    groups: Any = None
    fastest_mode = fmode = bdmode = bwmode = None

    def fastest(self, mode: Any = None, *_: Any) -> Any:
        """Ask for the fastest algorithms, or not with false; return self."""
        self.fastest_mode = True if mode is None else mode
        return self

    def setMode(self, fmode: Any = None, bdmode: Any = None, bwmode: Any = None, *_: Any) -> Any:
        """Choose the algorithms of the three passes by cuDNN's names; return self."""
        for name, value in (("fmode", fmode), ("bdmode", bdmode), ("bwmode", bwmode)):
            if value is not None:
                setattr(self, name, value)
        return self

    def resetMode(self, *_: Any) -> Any:
        """Leave the choice of algorithms to cuDNN; return self."""
        self.fmode = self.bdmode = self.bwmode = None
        return self

    def resetWeightDescriptors(self, *_: Any) -> Any:
        """Nothing: there are no descriptors; return self."""
        return self

    def clearDesc(self, *_: Any) -> Any:
        """Drop what the original keeps beside descriptors; return self."""
        for name in ("oSize", "scaleT"):
            setattr(self, name, None)
        return self

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        self.clearDesc()
        clear(self, "_input", "_gradOutput", "input_slice", "output_slice")
        return super().clearState()  # type: ignore[misc]


class SpatialConvolution(
    Tuned,
    Plain,
    name="cudnn.SpatialConvolution",
    arguments="nInputPlane nOutputPlane kW kH dW=1 dH=1 padW=0 padH=0 groups=1",
):
    """nn.SpatialConvolution in groups: the planes of a group see those of the same input group.

    weight: (nOutputPlane, nInputPlane/groups, kH, kW). Errors: "nInputPlane should be divisible by
    nGroups". `fastest()`, `setMode(f, bd, bw)` and `resetMode()` are kept and change nothing.
    Source: soumith/cudnn.torch.

    >>> cudnn.SpatialConvolution(4, 6, 3, 3, 1, 1, 1, 1, 2).forward(torch.randn(4, 8, 8))
    """

    def __init__(
        self,
        nInputPlane: Any,
        nOutputPlane: Any,
        kW: Any,
        kH: Any,
        dW: Any,
        dH: Any,
        padW: Any,
        padH: Any,
        groups: Any,
    ) -> None:
        self.groups = groups
        whole = "should be divisible by nGroups"
        if nInputPlane is not None and nOutputPlane is not None:
            check(nInputPlane % groups == 0, f"nInputPlane {whole}")
            check(nOutputPlane % groups == 0, f"nOutputPlane {whole}")
        super().__init__(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)

    def weight_shape(self) -> tuple[Any, ...]:
        """Sizes of the weight tensor."""
        planes = self.nInputPlane
        if planes is not None and self.groups not in (None, 1):
            planes = planes // self.groups
        return self.nOutputPlane, planes, self.kH, self.kW

    def _parts(self) -> list[Any]:
        """A plain convolution for each group, whose parameters are parts of this one's."""
        tensors = (self.weight, self.bias, self.gradWeight, self.gradBias)
        known = scratch(self).get("groups")
        memory = [None if t is None else t.nd for t in tensors]
        if known is not None and all(a is b for a, b in zip(known[0], memory)):
            return known[1]
        count = int(self.groups)
        rows = self.nOutputPlane // count
        parts = []
        for i in range(count):
            part: Any = Plain.__new__(Plain)
            for name, value in vars(self).items():
                setattr(part, name, value)
            part.nInputPlane, part.nOutputPlane = self.nInputPlane // count, rows
            part.output, part.gradInput = self.output.new(), self.output.new()
            for name, t in zip(("weight", "bias", "gradWeight", "gradBias"), tensors):
                piece = None if t is None else t.narrow(1, i * rows + 1, rows)
                setattr(part, name, piece)
            parts.append(part)
        scratch(self)["groups"] = memory, parts
        return parts

    def _slices(self, tensor: Any, name: str, planes: Any) -> list[Any]:
        """The planes of each group."""
        axis = nd(tensor, name).ndim - 2
        check(tensor.dim() in (3, 4), "3D or 4D input tensor expected")
        size = tensor.size(axis)
        check(
            size == planes,
            f"input has to contain: {planes} feature maps, but received {name} with {size}",
        )
        n = size // int(self.groups)
        return [tensor.narrow(axis, i * n + 1, n) for i in range(int(self.groups))]

    def _joined(self, tensor: Any, parts: list[Any]) -> Any:
        """The groups' planes, one group after the other."""
        arrays = [part.nd for part in parts]
        values = np.concatenate(arrays, arrays[0].ndim - 3)
        resized(tensor, values.shape)[...] = values
        return tensor

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if self.groups in (None, 1):
            return super().updateOutput(input)
        slices = self._slices(input, "input", self.nInputPlane)
        outputs = [p.updateOutput(s) for p, s in zip(self._parts(), slices)]
        return self._joined(self.output, outputs)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.groups in (None, 1):
            return super().updateGradInput(input, gradOutput)
        if self.gradInput is None:
            return nothing()
        pairs = zip(
            self._parts(),
            self._slices(input, "input", self.nInputPlane),
            self._slices(gradOutput, "gradOutput", self.nOutputPlane),
        )
        return self._joined(self.gradInput, [p.updateGradInput(x, g) for p, x, g in pairs])

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        if self.groups in (None, 1):
            return super().accGradParameters(input, gradOutput, scale)
        inputs = self._slices(input, "input", self.nInputPlane)
        gradients = self._slices(gradOutput, "gradOutput", self.nOutputPlane)
        for part, x, g in zip(self._parts(), inputs, gradients):
            part.accGradParameters(x, g, scale)
        return nothing()


class SpatialFullConvolution(Tuned, PlainFull, name="cudnn.SpatialFullConvolution"):
    """nn.SpatialFullConvolution with the choice of algorithms, which is kept and changes nothing.

    >>> cudnn.SpatialFullConvolution(3, 2, 4, 4, 2, 2, 1, 1).forward(torch.randn(3, 5, 5))
    """


class VolumetricConvolution(Tuned, PlainVolume, name="cudnn.VolumetricConvolution"):
    """nn.VolumetricConvolution with the choice of algorithms, which is kept and changes nothing.

    >>> cudnn.VolumetricConvolution(2, 3, 2, 2, 2).forward(torch.randn(2, 4, 4, 4))
    """


class VolumetricFullConvolution(Tuned, PlainFullVolume, name="cudnn.VolumetricFullConvolution"):
    """nn.VolumetricFullConvolution with the choice of algorithms, which is kept and changes
    nothing.

    >>> cudnn.VolumetricFullConvolution(2, 3, 2, 2, 2).forward(torch.randn(2, 4, 4, 4))
    """


class TemporalConvolution(
    Tuned,
    PlainTemporal,
    name="cudnn.TemporalConvolution",
    arguments="inputFrameSize outputFrameSize kH dH=1 padH=0",
):
    """nn.TemporalConvolution with padding.

    padH: frames of zeros at both ends. weight: (outputFrameSize, kH·inputFrameSize). kW and dW are
    those of an image of frames, inputFrameSize and 1, as in the original.

    >>> cudnn.TemporalConvolution(4, 3, 3, 1, 1).forward(torch.randn(6, 4))
    """

    def __init__(
        self, inputFrameSize: Any, outputFrameSize: Any, kH: Any, dH: Any, padH: Any
    ) -> None:
        super().__init__(inputFrameSize, outputFrameSize, kH, dH)
        self.nInputPlane, self.nOutputPlane, self.groups = 1, outputFrameSize, 1
        self.kW, self.kH = inputFrameSize, kH
        self.dW, self.dH = 1, dH
        self.padW, self.padH = 0, padH

    def _plain(self) -> Any:
        """nn's layer over the same parameters."""
        plain = scratch(self).get("plain")
        if plain is None:
            plain = scratch(self)["plain"] = PlainTemporal.__new__(PlainTemporal)
            plain.output, plain.gradInput = self.output.new(), self.output.new()
        for name in ("weight", "bias", "gradWeight", "gradBias", "inputFrameSize"):
            setattr(plain, name, getattr(self, name))
        plain.outputFrameSize = self.outputFrameSize
        plain.kW, plain.dW = self.kH, self.dH
        if plain.output.type() != self.weight.type():
            plain.output, plain.gradInput = self.weight.new(), self.weight.new()
        return plain

    def _padded(self, input: Any) -> Any:
        """The input with frames of zeros at both ends."""
        x, pad = nd(input), int(self.padH or 0)
        if not pad or x.ndim not in (2, 3):
            return input
        width = [(0, 0)] * (x.ndim - 2) + [(pad, pad), (0, 0)]
        return wrap(np.pad(x, width), input)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = self._plain().updateOutput(self._padded(input))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        if self.gradInput is None:
            return nothing()
        frames = input.nd.shape[-2]
        padded = self._plain().updateGradInput(self._padded(input), gradOutput)
        whole = padded.nd[..., int(self.padH or 0) :, :][..., :frames, :]
        resized(self.gradInput, whole.shape)[...] = whole
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        return self._plain().accGradParameters(self._padded(input), gradOutput, scale)


__all__ = ["SpatialConvolution", "TemporalConvolution", "Tuned"]
