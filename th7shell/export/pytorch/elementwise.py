"""Functions of single elements, and of one tensor with a learnt one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph import Node
from ..layers import per_sample, softmax_axis
from .pieces import PRODUCT, SUM, Expression, Layer, arguments, number

Rule = Callable[[Node], Any]


def plain(name: str, stem: str, inline: str = "") -> Rule:
    """A module without arguments."""
    return lambda node: Layer(f"nn.{name}()", stem, inline=inline)


def with_fields(name: str, stem: str, *fields: str) -> Rule:
    """A module whose arguments are numbers in the layer's fields."""

    def rule(node: Node) -> Layer:
        values = arguments(*(float(node.layer[field]) for field in fields))
        return Layer(f"nn.{name}({values})", stem)

    return rule


def template(text: str) -> Rule:
    """An expression that has no parameters."""
    return lambda node: Expression(text)


def passed(node: Node) -> Expression:
    return Expression("{0}")


def softmax(name: str) -> Rule:
    def rule(node: Node) -> Layer:
        axis = softmax_axis(node.input)
        function = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Softmin": "F.softmin"}[name]
        function = function if "." in function else f"torch.{function}"
        return Layer(
            f"nn.{name}(dim={axis})", name.lower(), inline=f"{function}({{0}}, dim={axis})"
        )

    return rule


def soft_plus(node: Node) -> Layer:
    beta = arguments(beta=(float(node.layer.beta), 1.0))
    return Layer(f"nn.Softplus({beta})", "softplus")


def elu(node: Node) -> Layer:
    return Layer(f"nn.ELU({arguments(alpha=(float(node.layer.alpha), 1.0))})", "elu")


def prelu(node: Node) -> Layer:
    weight, alone = node.layer.weight.nd, node.input.rank == 1
    text = f"nn.PReLU({arguments(num_parameters=(weight.size, 1))})"
    if alone and weight.size > 1:
        return Layer(f"Unbatched({text})", "prelu", {"layer.weight": weight}, ("Unbatched",))
    return Layer(text, "prelu", {"weight": weight})


def rrelu(node: Node) -> Layer:
    ends = arguments(float(node.layer.lower), float(node.layer.upper))
    return Layer(f"nn.RReLU({ends})", "rrelu")


def crelu(node: Node) -> Expression:
    axis = int(node.input.rank == int(node.layer.nInputDims) + 1)
    return Expression(f"torch.cat([{{0}}, -{{0:p}}], dim={axis}).relu()")


def clipped(node: Node) -> Layer:
    return Layer(f"nn.Hardtanh({arguments(0, float(node.layer.ceiling))})", "clip")


def gated(node: Node) -> Layer:
    axis = int(node.layer.dim or node.input.rank) - 1
    return Layer(f"nn.GLU(dim={axis})", "glu")


def constant_scalar(sign: str) -> Rule:
    def rule(node: Node) -> Any:
        value = node.layer.constant_scalar
        if isinstance(value, (int, float)):
            if sign == "*":
                return Expression(f"{{0:m}} * {number(value)}", level=PRODUCT)
            if value < 0:
                return Expression(f"{{0}} - {number(-value)}", level=SUM)
            return Expression(f"{{0}} + {number(value)}", level=SUM)
        kind, name = ("Shift", "bias") if sign == "+" else ("Scale", "weight")
        return learnt_array(kind, name, value.nd)

    return rule


def learnt(kind: str, name: str) -> Rule:
    """Add, CAdd, Mul, CMul: a helper with one learnt tensor that broadcasts."""
    return lambda node: learnt_array(kind, name, per_sample(node.layer[name].nd, node.input))


def learnt_array(kind: str, name: str, values: Any) -> Layer:
    while values.ndim > 1 and values.shape[0] == 1:
        values = values[0]
    return Layer(
        f"{kind}({', '.join(map(str, values.shape))})", kind.lower(), {name: values}, (kind,)
    )


def sqrt(node: Node) -> Layer:
    return Layer("Sqrt()", "sqrt", helpers=("Sqrt",))


def power(node: Node) -> Expression:
    return Expression(f"{{0:p}}.pow({number(node.layer.pow)})")


def dropout(node: Node) -> Layer:
    layer = node.layer
    if layer.v2:
        return Layer(f"nn.Dropout({number(layer.p)})", "drop")
    return Layer(f"PlainDropout({number(layer.p)})", "drop", helpers=("PlainDropout",))


def map_dropout(dims: int) -> Rule:
    def rule(node: Node) -> Layer:
        text = f"MapDropout({number(node.layer.p)}, dims={dims})"
        return Layer(text, "drop", helpers=("MapDropout",))

    return rule


def white_noise(node: Node) -> Layer:
    text = f"WhiteNoise({arguments(float(node.layer.mean), float(node.layer.std))})"
    return Layer(text, "noise", helpers=("WhiteNoise",))


def gradient_reversal(node: Node) -> Layer:
    text = f"GradientReversal({number(node.layer['lambda'])})"
    return Layer(text, "reversal", helpers=("GradientReversal",))


def l1_penalty(node: Node) -> Layer:
    layer = node.layer
    options = arguments(
        float(layer.l1weight),
        mean=(bool(layer.sizeAverage), False),
        only=(not layer.provideOutput, False),
    )
    return Layer(f"L1Penalty({options})", "penalty", helpers=("L1Penalty",))


def constant(node: Node) -> Layer:
    value = np.asarray(node.layer.value.nd)
    batch = node.output.rank > value.ndim
    shape = ", ".join(map(str, value.shape)) + (", batch=True" if batch else "")
    return Layer(f"Constant({shape})", "constant", {"value": value}, ("Constant",))


RULES: dict[str, Rule] = {
    **dict.fromkeys(("nn.ReLU", "cudnn.ReLU"), plain("ReLU", "relu", "torch.relu({0})")),
    **dict.fromkeys(("nn.Tanh", "cudnn.Tanh"), plain("Tanh", "tanh", "torch.tanh({0})")),
    **dict.fromkeys(
        ("nn.Sigmoid", "cudnn.Sigmoid"), plain("Sigmoid", "sigmoid", "torch.sigmoid({0})")
    ),
    **dict.fromkeys(("nn.SoftMax", "nn.SpatialSoftMax"), softmax("Softmax")),
    **dict.fromkeys(("nn.LogSoftMax", "nn.SpatialLogSoftMax"), softmax("LogSoftmax")),
    "nn.SoftMin": softmax("Softmin"),
    "nn.ReLU6": plain("ReLU6", "relu", "F.relu6({0})"),
    "cudnn.ClippedReLU": clipped,
    "nn.HardTanh": with_fields("Hardtanh", "clip", "min_val", "max_val"),
    "nn.Clamp": with_fields("Hardtanh", "clip", "min_val", "max_val"),
    "nn.Threshold": with_fields("Threshold", "threshold", "threshold", "val"),
    "nn.SoftPlus": soft_plus,
    "nn.SoftSign": plain("Softsign", "softsign", "F.softsign({0})"),
    "nn.LogSigmoid": plain("LogSigmoid", "logsigmoid", "F.logsigmoid({0})"),
    "nn.TanhShrink": plain("Tanhshrink", "shrink", "F.tanhshrink({0})"),
    "nn.HardShrink": with_fields("Hardshrink", "shrink", "lambda"),
    "nn.SoftShrink": with_fields("Softshrink", "shrink", "lambda"),
    "nn.ELU": elu,
    "nn.LeakyReLU": with_fields("LeakyReLU", "relu", "negval"),
    "nn.PReLU": prelu,
    "nn.RReLU": rrelu,
    "nn.CReLU": crelu,
    "nn.GatedLinearUnit": gated,
    "nn.AddConstant": constant_scalar("+"),
    "nn.MulConstant": constant_scalar("*"),
    "nn.Add": learnt("Shift", "bias"),
    "nn.CAdd": learnt("Shift", "bias"),
    "nn.Mul": learnt("Scale", "weight"),
    "nn.CMul": learnt("Scale", "weight"),
    "nn.Abs": template("{0:p}.abs()"),
    "nn.Exp": template("{0:p}.exp()"),
    "nn.Log": template("{0:p}.log()"),
    "nn.Square": template("{0:p}.square()"),
    "nn.Sqrt": sqrt,
    "nn.Power": power,
    "nn.Dropout": dropout,
    "nn.SpatialDropout": map_dropout(2),
    "nn.VolumetricDropout": map_dropout(3),
    "nn.WhiteNoise": white_noise,
    "nn.Copy": passed,
    "nn.ZeroGrad": template("{0:p}.detach()"),
    "nn.GradientReversal": gradient_reversal,
    "nn.L1Penalty": l1_penalty,
    "nn.Constant": constant,
}
