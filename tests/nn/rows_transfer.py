"""Transfer functions, each beside its formula."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_softmax, softmax

from .rows import Row


def elu(x, a=1.0):
    return np.where(x > 0, x, a * (np.exp(x) - 1))


def leaky(x, slope):
    return np.where(x > 0, x, slope * x)


ELEMENTWISE = [
    ("Tanh", (), lambda x, m: np.tanh(x)),
    ("TanhShrink", (), lambda x, m: x - np.tanh(x)),
    ("Sigmoid", (), lambda x, m: expit(x)),
    ("LogSigmoid", (), lambda x, m: np.log(expit(x))),
    ("Threshold", (0.3, -0.2), lambda x, m: np.where(x > 0.3, x, -0.2)),
    ("ReLU", (), lambda x, m: np.maximum(x, 0)),
    ("ReLU6", (), lambda x, m: np.clip(x, 0, 6)),
    ("HardTanh", (-0.5, 0.7), lambda x, m: np.clip(x, -0.5, 0.7)),
    ("Clamp", (-0.1, 0.4), lambda x, m: np.clip(x, -0.1, 0.4)),
    ("HardShrink", (0.4,), lambda x, m: np.where(abs(x) > 0.4, x, 0)),
    ("SoftShrink", (0.4,), lambda x, m: np.sign(x) * np.maximum(abs(x) - 0.4, 0)),
    ("SoftPlus", (3,), lambda x, m: np.log1p(np.exp(3 * x)) / 3),
    ("SoftSign", (), lambda x, m: x / (1 + abs(x))),
    ("ELU", (0.3,), lambda x, m: elu(x, 0.3)),
    ("LeakyReLU", (0.2,), lambda x, m: leaky(x, 0.2)),
    ("PReLU", (), lambda x, m: leaky(x, 0.25)),
    ("Abs", (), lambda x, m: abs(x)),
    ("Exp", (), lambda x, m: np.exp(x)),
    ("Square", (), lambda x, m: x**2),
    ("AddConstant", (2.5,), lambda x, m: x + 2.5),
    ("MulConstant", (-1.5,), lambda x, m: -1.5 * x),
    ("Identity", (), lambda x, m: x),
    ("GradientReversal", (1,), lambda x, m: x),
]

TEXTS = {
    "ELU": "nn.ELU (alpha:0.300000)",
    "LeakyReLU": "nn.LeakyReLU(0.2)",
    "PReLU": "nn.PReLU",
    "Clamp": "nn.Clamp",
}

ROWS = [
    Row(name, args, shape, formula, text=TEXTS.get(name), slope=name != "GradientReversal")
    for name, args, formula in ELEMENTWISE
    for shape in ((7,), (2, 3, 4))
] + [
    Row("Log", (), (5,), lambda x, m: np.log(x), low=0.1),
    Row("Sqrt", (), (5,), lambda x, m: np.sqrt(x), low=0.1),
    Row("Power", (2.5,), (5,), lambda x, m: x**2.5, low=0.1),
    Row("PReLU", (3,), (2, 3, 4), lambda x, m: leaky(x, m.weight.nd.reshape(3, 1)), parameters=3),
    Row("PReLU", (3,), (3,), lambda x, m: leaky(x, m.weight.nd)),
    Row("RReLU", (0.1, 0.3), (2, 5), random=True, text="nn.RReLU (l:0.100000, u:0.300000)"),
    Row("SoftMax", (), (4,), lambda x, m: softmax(x), batch=True),
    Row("SoftMax", (), (3, 2, 2), lambda x, m: softmax(x, 0), batch=True),
    Row("SoftMin", (), (4,), lambda x, m: softmax(-x), batch=True),
    Row("LogSoftMax", (), (4,), lambda x, m: log_softmax(x), batch=True),
    Row("LogSoftMax", (), (3, 2, 2), lambda x, m: log_softmax(x, 0), batch=True),
    Row("SpatialSoftMax", (), (3, 2, 2), lambda x, m: softmax(x, 0), batch=True),
    Row("SpatialLogSoftMax", (), (3, 2, 2), lambda x, m: log_softmax(x, 0), batch=True),
    Row("GatedLinearUnit", (), (6,), lambda x, m: x[:3] * expit(x[3:]), batch=True),
    Row("GatedLinearUnit", (2,), (2, 4, 3), lambda x, m: x[:, :2] * expit(x[:, 2:])),
    Row(
        "CReLU",
        (3,),
        (2, 3, 3),
        lambda x, m: np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)]),
        batch=True,
        text="CReLU()",
    ),
]
