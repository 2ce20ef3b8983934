"""Functions of single elements, and of one tensor with a learnt one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Node
from ..layers import per_sample, softmax_axis
from .builder import Builder

Rule = Callable[[Builder, Node], Any]


def operator(kind: str, **fields: str) -> Rule:
    """A layer that is one operator; attributes from the layer's fields."""

    def rule(g: Builder, node: Node) -> str:
        attributes = {name: float(node.layer[field]) for name, field in fields.items()}
        return g.op(kind, g.of(node.input), **attributes)

    return rule


def passed(g: Builder, node: Node) -> str:
    return g.of(node.input)


def clip(low: str, high: str) -> Rule:
    def rule(g: Builder, node: Node) -> str:
        ends = (g.floats(float(node.layer[name])) for name in (low, high))
        return g.op("Clip", g.of(node.input), *ends)

    return rule


def relu6(g: Builder, node: Node) -> str:
    return g.op("Clip", g.of(node.input), g.floats(0.0), g.floats(6.0))


def clipped(g: Builder, node: Node) -> str:
    return g.op("Clip", g.of(node.input), g.floats(0.0), g.floats(float(node.layer.ceiling)))


def threshold(g: Builder, node: Node) -> str:
    x = g.of(node.input)
    above = g.op("Greater", x, g.floats(float(node.layer.threshold)))
    return g.op("Where", above, x, g.floats(float(node.layer.val)))


def soft_plus(g: Builder, node: Node) -> str:
    beta = g.floats(float(node.layer.beta))
    return g.op("Div", g.op("Softplus", g.op("Mul", g.of(node.input), beta)), beta)


def log_sigmoid(g: Builder, node: Node) -> str:
    return g.op("Neg", g.op("Softplus", g.op("Neg", g.of(node.input))))


def tanh_shrink(g: Builder, node: Node) -> str:
    x = g.of(node.input)
    return g.op("Sub", x, g.op("Tanh", x))


def shrink(soft: bool) -> Rule:
    def rule(g: Builder, node: Node) -> str:
        size = float(node.layer["lambda"])
        return g.op("Shrink", g.of(node.input), lambd=size, bias=size if soft else 0.0)

    return rule


def prelu(g: Builder, node: Node) -> str:
    """Slopes of planes: the first axis of a vector, the second of others."""
    slopes, x = node.layer.weight.nd, node.input
    if slopes.size > 1:
        slopes = slopes.reshape(-1, *(1,) * max(x.rank - 2, 0))
    return g.op("PRelu", g.of(x), g.parameter(slopes, "weight"))


def rrelu(g: Builder, node: Node) -> str:
    slope = (float(node.layer.lower) + float(node.layer.upper)) / 2
    return g.op("LeakyRelu", g.of(node.input), alpha=slope)


def crelu(g: Builder, node: Node) -> str:
    x = g.of(node.input)
    axis = int(node.input.rank == int(node.layer.nInputDims) + 1)
    return g.op("Relu", g.op("Concat", x, g.op("Neg", x), axis=axis))


def gated(g: Builder, node: Node) -> str:
    axis = int(node.layer.dim or node.input.rank) - 1
    a, b = g.several("Split", 2, g.of(node.input), axis=axis)
    return g.op("Mul", a, g.op("Sigmoid", b))


def softmax(kind: str, negated: bool = False) -> Rule:
    def rule(g: Builder, node: Node) -> str:
        x = g.of(node.input)
        return g.op(kind, g.op("Neg", x) if negated else x, axis=softmax_axis(node.input))

    return rule


def constant_scalar(kind: str) -> Rule:
    def rule(g: Builder, node: Node) -> str:
        number = node.layer.constant_scalar
        values = number if isinstance(number, (int, float)) else number.nd
        return g.op(kind, g.of(node.input), g.floats(values))

    return rule


def learnt(kind: str, name: str) -> Rule:
    """Add, CAdd, Mul, CMul: one operator with a learnt tensor that broadcasts."""

    def rule(g: Builder, node: Node) -> str:
        values = per_sample(node.layer[name].nd, node.input)
        return g.op(kind, g.of(node.input), g.parameter(values, name))

    return rule


def square(g: Builder, node: Node) -> str:
    x = g.of(node.input)
    return g.op("Mul", x, x)


def power(g: Builder, node: Node) -> str:
    return g.power(g.of(node.input), float(node.layer.pow))


def scaled_down(g: Builder, node: Node) -> str:
    """Dropout without scaling while training scales in evaluation."""
    x, layer = g.of(node.input), node.layer
    if layer.p > 0 and not layer.v2:
        return g.op("Mul", x, g.floats(1 - float(layer.p)))
    return x


def planes_scaled_down(g: Builder, node: Node) -> str:
    return g.op("Mul", g.of(node.input), g.floats(1 - float(node.layer.p)))


def noise_mean(g: Builder, node: Node) -> str:
    return g.op("Add", g.of(node.input), g.floats(float(node.layer.mean)))


def constant(g: Builder, node: Node) -> str:
    """The value, repeated for each sample of a batch."""
    value, out = np.asarray(node.layer.value.nd, np.float32), node.output
    name = g.floats(value.reshape((1,) * (out.rank - value.ndim) + value.shape))
    if out.rank == value.ndim:
        return name
    count = g.op("Slice", g.op("Shape", g.of(node.input)), g.ints(0), g.ints(1))
    sizes = g.op("Concat", count, g.ints(*out.shape[1:]), axis=0)
    return g.op("Expand", name, sizes)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("nn.ReLU", "cudnn.ReLU"), operator("Relu")),
    **dict.fromkeys(("nn.Tanh", "cudnn.Tanh"), operator("Tanh")),
    **dict.fromkeys(("nn.Sigmoid", "cudnn.Sigmoid"), operator("Sigmoid")),
    **dict.fromkeys(("nn.SoftMax", "nn.SpatialSoftMax"), softmax("Softmax")),
    **dict.fromkeys(("nn.LogSoftMax", "nn.SpatialLogSoftMax"), softmax("LogSoftmax")),
    "nn.SoftMin": softmax("Softmax", negated=True),
    "nn.ReLU6": relu6,
    "cudnn.ClippedReLU": clipped,
    "nn.HardTanh": clip("min_val", "max_val"),
    "nn.Clamp": clip("min_val", "max_val"),
    "nn.Threshold": threshold,
    "nn.SoftPlus": soft_plus,
    "nn.SoftSign": operator("Softsign"),
    "nn.LogSigmoid": log_sigmoid,
    "nn.TanhShrink": tanh_shrink,
    "nn.HardShrink": shrink(soft=False),
    "nn.SoftShrink": shrink(soft=True),
    "nn.ELU": operator("Elu", alpha="alpha"),
    "nn.LeakyReLU": operator("LeakyRelu", alpha="negval"),
    "nn.PReLU": prelu,
    "nn.RReLU": rrelu,
    "nn.CReLU": crelu,
    "nn.GatedLinearUnit": gated,
    "nn.AddConstant": constant_scalar("Add"),
    "nn.MulConstant": constant_scalar("Mul"),
    "nn.Add": learnt("Add", "bias"),
    "nn.CAdd": learnt("Add", "bias"),
    "nn.Mul": learnt("Mul", "weight"),
    "nn.CMul": learnt("Mul", "weight"),
    "nn.Abs": operator("Abs"),
    "nn.Exp": operator("Exp"),
    "nn.Log": operator("Log"),
    "nn.Square": square,
    "nn.Sqrt": operator("Sqrt"),
    "nn.Power": power,
    "nn.Dropout": scaled_down,
    "nn.SpatialDropout": planes_scaled_down,
    "nn.VolumetricDropout": planes_scaled_down,
    "nn.WhiteNoise": noise_mean,
    "nn.Copy": passed,
    "nn.ZeroGrad": passed,
    "nn.GradientReversal": passed,
    "nn.L1Penalty": passed,
    "nn.Constant": constant,
}
