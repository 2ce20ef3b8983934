"""net:summary: sizes, parameters and multiply-adds from shapes alone, checked against real
passes."""

from __future__ import annotations

import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError, new_table


def lenet():
    net = nn.Sequential()
    for layer in (
        nn.SpatialConvolution(1, 6, 5, 5),
        nn.ReLU(),
        nn.SpatialMaxPooling(2, 2, 2, 2),
        nn.SpatialConvolution(6, 16, 5, 5, 2, 2, 1, 1),
        nn.SpatialAveragePooling(2, 2, 2, 2),
        nn.View(16 * 3 * 3),
        nn.Linear(144, 10),
        nn.LogSoftMax(),
    ):
        net.add(layer)
    return net


NETS = [
    (lenet, (1, 32, 32)),
    (lenet, (2, 1, 32, 32)),
    (lambda: nn.Concat(1).add(nn.Linear(3, 2)).add(nn.Linear(3, 4)), (3,)),
    (
        lambda: (
            nn.ConcatTable()
            .add(nn.Linear(3, 2))
            .add(nn.Sequential().add(nn.Linear(3, 4)).add(nn.Tanh()))
        ),
        (5, 3),
    ),
    (lambda: nn.Sequential().add(nn.Reshape(4, 2)).add(nn.Transpose(new_table([1, 2]))), (8,)),
    (lambda: nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1).ceil(), (2, 7, 8)),
]


def measured(net, sizes):
    found = []

    def walk(module):
        inner = module.modules
        found.append(shape(module.output))
        for i in range(1, (len(inner) if inner is not None else 0) + 1):
            walk(inner[i])

    copy = net.clone()
    copy.forward(torch.zeros(*sizes))
    walk(copy)
    return found


def shape(value):
    return (
        tuple(value.nd.shape)
        if getattr(value, "nd", None) is not None
        else [shape(value[i]) for i in range(1, len(value) + 1)]
    )


@pytest.mark.parametrize(("make", "sizes"), NETS)
def test_sizes_are_those_of_a_real_pass(make, sizes):
    net = make()
    found = net.summary(new_table(sizes))
    assert [row.output for row in found.rows] == measured(net, sizes)
    assert found.parameters == sum(w.nElement() for w in net.parameter_lists()[0])


def test_summary_leaves_the_net_alone():
    net = lenet()
    net.summary(1, 32, 32)
    assert net.output.dim() == 0 and net.get(1).output.dim() == 0


def test_text_and_table():
    found = lenet().summary(1, 32, 32)
    text = str(found)
    assert "SpatialConvolution" in text and "6x28x28" in text and "117,600" in text
    assert (
        text.splitlines()[-1].startswith("2,488 parameters")
        or "parameters" in text.splitlines()[-1]
    )
    rows = found.totable()
    assert (rows[2].place, rows[2].output, rows[2].parameters) == ("1", "6x28x28", 156)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (
            (3, 32, 32),
            r"layer 1 nn\.SpatialConvolution.*1 planes x height x width expected, got 3x32x32",
        ),
        ((1, 4, 4), r"layer 1 .*too small"),
        ((1, 64, 64), r"layer 6 nn\.View"),
        ((), "the input's sizes expected"),
    ],
)
def test_a_wrong_size_is_reported_at_the_layer(sizes, message):
    with pytest.raises(TorchError, match=message):
        lenet().summary(new_table(sizes))
