"""Containers and decorators with simple children, each beside its formula."""

from __future__ import annotations

import numpy as np

from th7shell import nn

from .rows import Row


def linear(layer, x):
    return x @ layer.weight.nd.T + layer.bias.nd


def branches(name, *args):
    return lambda: getattr(nn, name)(*args).add(nn.Linear(4, 3)).add(nn.Linear(4, 2))


def both(x, m):
    return np.concatenate([linear(m.get(1), x), linear(m.get(2), x)], -1)


def weight_normed(x, m):
    v, g = m.v.nd, m.g.nd[:, 0]
    scale = g / np.sqrt((v**2).sum(1) + 1e-4)
    return x @ (v * scale[:, None]).T + m.bias.nd


CHAIN = "nn.Sequential {\n  [input -> (1) -> (2) -> output]\n  (1): nn.Linear(4 -> 3)\n  (2): nn.Tanh\n}"
FORK = "nn.Concat {\n  input\n    |`-> (1): nn.Linear(4 -> 3)\n     `-> (2): nn.Linear(4 -> 2)\n     ... -> output\n}"

ROWS = [
    Row(
        "Sequential",
        (),
        (4,),
        lambda x, m: np.tanh(linear(m.get(1), x)),
        batch=True,
        make=lambda: nn.Sequential().add(nn.Linear(4, 3)).add(nn.Tanh()),
        text=CHAIN,
        parameters=15,
    ),
    Row("Concat", (), (4,), both, make=branches("Concat", 1), text=FORK, parameters=25),
    Row("Concat", (), (5, 4), both, make=branches("Concat", 2)),
    Row("DepthConcat", (), (5, 4), both, make=branches("DepthConcat", 2)),
    Row(
        "Parallel",
        (),
        (2, 4),
        lambda x, m: np.concatenate([linear(m.get(1), x[0]), linear(m.get(2), x[1])]),
        make=branches("Parallel", 1, 1),
    ),
    Row(
        "Decorator",
        (),
        (4,),
        lambda x, m: linear(m.get(1), x),
        batch=True,
        make=lambda: nn.Decorator(nn.Linear(4, 3)),
        text="nn.Decorator @ nn.Linear(4 -> 3)",
    ),
    Row(
        "Bottle",
        (),
        (2, 3, 4),
        lambda x, m: linear(m.get(1), x),
        make=lambda: nn.Bottle(nn.Linear(4, 3)),
        text="nn.Bottle @ nn.Linear(4 -> 3)",
    ),
    Row("Bottle", (), (2, 3, 4), lambda x, m: x.sum(2), make=lambda: nn.Bottle(nn.Sum(2), 2, 1)),
    Row(
        "NaN",
        (),
        (4,),
        lambda x, m: linear(m.get(1), x),
        make=lambda: nn.NaN(nn.Linear(4, 3), "here"),
        text="nn.NaN(here) @ nn.Linear(4 -> 3)",
    ),
    Row(
        "Profile",
        (),
        (4,),
        lambda x, m: linear(m.get(1), x),
        make=lambda: nn.Profile(nn.Linear(4, 3), 100000),
    ),
    Row(
        "WeightNorm",
        (),
        (4,),
        weight_normed,
        batch=True,
        make=lambda: nn.WeightNorm(nn.Linear(4, 3)),
        text="nn.WeightNorm @ nn.Linear(4 -> 3)",
        parameters=18,
    ),
]
