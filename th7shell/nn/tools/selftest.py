"""`nn.test()`: gradients of layers and criterions against differences, and what copies share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.torch.namespace import TORCH as torch
from th7shell.torch.namespace import namespace
from th7shell.torch.selftest import Checks, self_test

NN = namespace("nn")

LAYERS: dict[str, tuple[tuple[Any, ...], tuple[int, ...]]] = {  # arguments, size of the input
    "Linear": ((4, 3), (2, 4)),
    "Tanh": ((), (3, 4)),
    "Sigmoid": ((), (3, 4)),
    "LogSoftMax": ((), (3, 4)),
    "SoftMax": ((), (3, 4)),
    "PReLU": ((), (3, 4)),
    "BatchNormalization": ((4,), (5, 4)),
    "SpatialConvolution": ((2, 3, 3, 3), (2, 2, 5, 6)),
    "SpatialFullConvolution": ((2, 3, 3, 3, 2, 2), (2, 2, 3, 4)),
    "SpatialMaxPooling": ((2, 2), (2, 4, 6)),
    "SpatialAveragePooling": ((2, 2), (2, 4, 6)),
    "TemporalConvolution": ((3, 2, 2), (5, 3)),
    "VolumetricConvolution": ((1, 2, 2, 2, 2), (1, 3, 4, 3)),
    "Bilinear": ((2, 3, 2), ()),
}
CRITERIONS = (
    "MSECriterion",
    "AbsCriterion",
    "SmoothL1Criterion",
    "BCECriterion",
    "DistKLDivCriterion",
)
PRECISION = 1e-5


def _layer(name: str, arguments: tuple[Any, ...], size: tuple[int, ...]) -> Callable[[Any], None]:
    def check(t: Any) -> None:
        layer, jacobian = NN[name](*arguments), NN.Jacobian
        if not size:
            pair = [torch.randn(2, 2), torch.randn(2, 3)]
            t.eq(layer.forward(pair).size(2), 2)
            return
        input = torch.randn(*size)
        t.assertlt(jacobian.testJacobian(layer, input), PRECISION, name)
        if layer.weight is not None:
            for part, gradient in (("weight", "gradWeight"), ("bias", "gradBias")):
                if layer[part] is not None:
                    error = jacobian.testJacobianParameters(
                        layer, input, layer[part], layer[gradient]
                    )
                    t.assertlt(error, PRECISION, f"{name}: {part}")

    return check


def _criterion(name: str) -> Callable[[Any], None]:
    def check(t: Any) -> None:
        criterion, x, y = NN[name](), torch.rand(3, 2).add(0.2).div(1.5), torch.rand(3, 2)
        gradient = criterion.backward(x, y).clone()
        for i in range(1, 4):
            values = []
            for step in (1e-6, -1e-6):
                moved = x.clone()
                moved[i][1] += step
                values.append(criterion.forward(moved, y))
            t.assertlt(abs((values[0] - values[1]) / 2e-6 - gradient[i][1]), PRECISION, name)

    return check


def _copies(t: Any) -> None:
    net = NN.Sequential().add(NN.Linear(3, 4)).add(NN.Tanh()).add(NN.Linear(4, 2))
    x = torch.randn(5, 3)
    want = net.forward(x).clone()
    t.eq(net.clone().forward(x), want)
    t.eq(torch.deserialize(torch.serialize(net)).forward(x), want)
    shared = net.clone("weight", "bias")
    net.get(1).weight.fill(0)
    t.eq(shared.get(1).weight, net.get(1).weight)
    weights, _ = net.getParameters()
    t.eq(weights.nElement(), 3 * 4 + 4 + 4 * 2 + 2)


CHECKS: Checks = {name: _layer(name, *row) for name, row in LAYERS.items()}
CHECKS |= {name: _criterion(name) for name in CRITERIONS}
CHECKS["copies"] = _copies

NN.test = self_test("nn", CHECKS)
