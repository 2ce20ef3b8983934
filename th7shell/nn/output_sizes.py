"""Output sizes and multiply-adds of layers from shapes alone, a rule a family; a layer without a
rule is run on zeros.

shape: tuple of sizes, or a list of shapes for a table of tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from th7shell import lua
from th7shell.lua import TorchError, send
from th7shell.torch.classes import typename
from th7shell.torch.tensor import Tensor

Shape = Any
SAME = frozenset(
    "Identity Tanh Sigmoid ReLU ReLU6 LeakyReLU PReLU RReLU ELU SoftMax SoftMin LogSoftMax "
    "SoftPlus SoftSign HardTanh HardShrink SoftShrink TanhShrink Threshold LogSigmoid Dropout "
    "SpatialDropout VolumetricDropout Exp Log Abs Sqrt Square Power Clamp AddConstant MulConstant "
    "Mul Add CMul CAdd Copy Contiguous GradientReversal WhiteNoise BatchNormalization "
    "SpatialBatchNormalization VolumetricBatchNormalization Normalize SpatialSoftMax "
    "SpatialLogSoftMax SpatialCrossMapLRN".split()
)
CONVOLUTION = frozenset("SpatialConvolution SpatialConvolutionMM SpatialDilatedConvolution".split())
POOLING = frozenset("SpatialMaxPooling SpatialAveragePooling SpatialDilatedMaxPooling".split())
CHAIN = frozenset(("Sequential",))
BRANCHES = frozenset("Concat DepthConcat ConcatTable ParallelTable Parallel".split())


class ShapeError(Exception):
    """An input does not fit a layer."""


def extent(
    size: int, kernel: int, stride: int, pad: int, dilation: int = 1, ceil: bool = False
) -> int:
    """Positions of a window along one axis."""
    free = (size + 2 * pad - (dilation * (kernel - 1) + 1)) / stride
    n = (math.ceil(free) if ceil else math.floor(free)) + 1
    if ceil and pad and (n - 1) * stride >= size + pad:
        n -= 1
    return n


def output_shape(module: Any, shape: Shape) -> Shape:
    """The shape that a layer (not a container) makes of `shape`."""
    name = (typename(module) or "").rpartition(".")[2]
    rule = RULES.get(name)
    if rule is not None and isinstance(shape, tuple):
        return rule(module, shape)
    if name in SAME:
        return shape
    return run(module, shape)


def _linear(m: Any, shape: tuple[int, ...]) -> Shape:
    out, inner = m.weight.size(1), m.weight.size(2)
    if shape[-1] != inner or len(shape) > 2:
        raise ShapeError(f"{inner} inputs expected, got {show(shape)}")
    return (*shape[:-1], out)


def _convolution(m: Any, shape: tuple[int, ...]) -> Shape:
    _planes(m.nInputPlane, shape)
    d = (
        (m.dilationH or 1, m.dilationW or 1)
        if typename(m) == "nn.SpatialDilatedConvolution"
        else (1, 1)
    )
    h = extent(shape[-2], m.kH, m.dH, m.padH or 0, d[0])
    w = extent(shape[-1], m.kW, m.dW, m.padW or 0, d[1])
    return _positive((*shape[:-3], m.nOutputPlane, h, w), shape)


def _pooling(m: Any, shape: tuple[int, ...]) -> Shape:
    _planes(None, shape)
    ceil = bool(m.ceil_mode)
    h = extent(shape[-2], m.kH, m.dH, m.padH or 0, 1, ceil)
    w = extent(shape[-1], m.kW, m.dW, m.padW or 0, 1, ceil)
    return _positive((*shape[:-2], h, w), shape)


def _planes(planes: int | None, shape: tuple[int, ...]) -> None:
    if len(shape) not in (3, 4) or (planes is not None and shape[-3] != planes):
        wanted = f"{planes} planes" if planes is not None else "planes"
        raise ShapeError(f"{wanted} x height x width expected, got {show(shape)}")


def _positive(out: tuple[int, ...], shape: tuple[int, ...]) -> Shape:
    if min(out) < 1:
        raise ShapeError(f"input {show(shape)} is too small: output would be {show(out)}")
    return out


RULES: dict[str, Callable[[Any, tuple[int, ...]], Shape]] = {"Linear": _linear}
RULES |= dict.fromkeys(CONVOLUTION, _convolution)
RULES |= dict.fromkeys((n for n in POOLING if n != "SpatialDilatedMaxPooling"), _pooling)


def run(module: Any, shape: Shape) -> Shape:
    """What a copy of the layer makes of zeros."""
    copy = send(module, "clone")
    send(copy, "evaluate")
    try:
        return shape_of(lua.first(send(copy, "forward", zeros(shape, copy._type))))
    except TorchError as e:
        raise ShapeError(str(e)) from None


def zeros(shape: Shape, kind: str) -> Any:
    """A tensor (or a table of tensors) of zeros."""
    from th7shell.torch.tensor import TYPES

    if isinstance(shape, list):
        return lua.new_table([zeros(s, kind) for s in shape])
    return send(TYPES[kind](*shape), "zero")


def shape_of(value: Any) -> Shape:
    """The shape of a tensor, or the shapes of a table of tensors."""
    if isinstance(value, Tensor):
        return tuple(value.nd.shape)
    if isinstance(value, lua.Table):
        return [shape_of(v) for v in lua.array(value)]
    return (1,)


def macs(module: Any, output: Shape) -> int:
    """Multiply-adds of one forward pass: weights used, times positions they are used at."""
    weight = getattr(module, "weight", None)
    if weight is None or not isinstance(output, tuple) or not isinstance(weight, Tensor):
        return 0
    name = (typename(module) or "").rpartition(".")[2]
    if name in CONVOLUTION:
        batch = output[0] if len(output) == 4 else 1
        return int(weight.nd.size) * output[-1] * output[-2] * batch
    batch = output[0] if len(output) > 1 else 1
    return int(weight.nd.size) * batch if name == "Linear" else 0


def elements(shape: Shape) -> int:
    """How many numbers a shape holds."""
    return sum(map(elements, shape)) if isinstance(shape, list) else math.prod(shape)


def show(shape: Shape) -> str:
    """`32x14x14`, and `{…, …}` for a table."""
    if isinstance(shape, list):
        return "{" + ", ".join(map(show, shape)) + "}"
    return "x".join(map(str, shape))
