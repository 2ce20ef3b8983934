"""`nngraph.test()`: graphs against the same networks built of containers."""

from __future__ import annotations

from typing import Any

from th7shell.lua import new_table
from th7shell.torch.namespace import TORCH as torch
from th7shell.torch.namespace import namespace
from th7shell.torch.selftest import Checks, self_test

NN, NNGRAPH = namespace("nn"), namespace("nngraph")


def _chain(t: Any) -> None:
    first, second = NN.Linear(3, 4), NN.Linear(4, 2)
    input = NN.Identity()()
    graph = NN.gModule(new_table([input]), new_table([second(NN.Tanh()(first(input)))]))
    net = NN.Sequential().add(first).add(NN.Tanh()).add(second)
    x, gradient = torch.randn(5, 3), torch.randn(5, 2)
    t.eq(graph.forward(x), net.forward(x), 1e-12)
    t.eq(graph.backward(x, gradient).clone(), net.backward(x, gradient), 1e-12)


def _branches(t: Any) -> None:
    a, b = NN.Identity()(), NN.Identity()()
    both = new_table([a, b])
    ends = new_table([NN.CMulTable()(both), NN.CAddTable()(both)])
    graph = NN.gModule(both, ends)
    x, y = torch.randn(4), torch.randn(4)
    pair, ones = new_table([x, y]), new_table([torch.ones(4), torch.ones(4)])
    answer = graph.forward(pair)
    t.eq(answer[1], torch.cmul(x, y))
    t.eq(answer[2], x + y)
    gradients = graph.backward(pair, ones)
    t.eq(gradients[1], y + 1, 1e-12)


CHECKS: Checks = {"chain": _chain, "branches": _branches}

NNGRAPH.test = self_test("nngraph", CHECKS)
