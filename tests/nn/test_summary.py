"""net:summary: sizes, parameters and multiply-adds from shapes alone, checked against real
passes."""

from __future__ import annotations

import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError, new_table
from th7shell.lua.interpreter import Interpreter
from th7shell.torch.namespace import TORCH, namespace


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


SHAPES = [  # every layer with a rule of its own: the shape that a real pass has
    (lambda: nn.VolumetricConvolution(2, 3, 2, 3, 3, 1, 2, 2, 0, 1, 1), (2, 5, 8, 9)),
    (
        lambda: nn.VolumetricDilatedConvolution(2, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 2, 2),
        (2, 5, 8, 9),
    ),
    (
        lambda: nn.VolumetricFullConvolution(2, 3, 2, 3, 3, 2, 2, 2, 0, 1, 1, 0, 1, 1),
        (4, 2, 3, 4, 5),
    ),
    (lambda: nn.SpatialFullConvolution(2, 3, 4, 4, 2, 2, 1, 1, 1, 1), (2, 5, 6)),
    (lambda: nn.SpatialConvolutionMM(2, 3, 3, 3, 1, 1, 1, 1), (4, 2, 5, 6)),
    (lambda: nn.SpatialDilatedConvolution(2, 3, 3, 3, 1, 1, 2, 2, 2, 2), (2, 7, 8)),
    (lambda: nn.SpatialConvolutionLocal(2, 3, 8, 7, 3, 3), (2, 7, 8)),
    (lambda: nn.SpatialDepthWiseConvolution(2, 3, 3, 3), (2, 7, 8)),
    (lambda: nn.SpatialConvolutionMap(nn.tables.full(2, 3), 3, 3), (2, 7, 8)),
    (lambda: nn.VolumetricMaxPooling(2, 2, 2), (2, 4, 6, 8)),
    (lambda: nn.VolumetricAveragePooling(2, 3, 2), (2, 4, 6, 9)),
    (lambda: nn.SpatialDilatedMaxPooling(2, 2, 1, 1, 0, 0, 2, 2), (2, 7, 8)),
    (lambda: nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1).ceil(), (2, 8, 8)),
    (lambda: nn.TemporalMaxPooling(2), (6, 3)),
    (lambda: nn.LookupTable(10, 4), (6,)),
    (lambda: nn.SpatialBatchNormalization(2), (4, 2, 3, 3)),
    (lambda: nn.MM(), [(3, 4), (4, 5)]),
    (lambda: nn.CMul(1, 3, 1, 1), (2, 3, 4, 4)),
    (lambda: nn.Bottle(nn.Linear(3, 5)), (2, 4, 3)),
    (lambda: nn.WeightNorm(nn.Linear(3, 5)), (2, 3)),
    (lambda: nn.MapTable().add(nn.Linear(3, 5)), [(2, 3), (4, 3)]),
]


@pytest.mark.parametrize(("make", "sizes"), SHAPES)
def test_the_shape_of_a_layer_is_that_of_a_real_pass(make, sizes):
    net = make()
    net.evaluate()
    found = net.summary(given(sizes)).rows[0].output
    assert found == shape(net.forward(ones(sizes)))


def given(sizes):
    return new_table([given(s) for s in sizes]) if isinstance(sizes, list) else new_table(sizes)


def ones(sizes):
    return new_table([ones(s) for s in sizes]) if isinstance(sizes, list) else torch.ones(*sizes)


COSTS = [  # a layer, an input, multiply-adds counted by hand
    (lambda: nn.Linear(4, 3), (5, 4), 5 * 4 * 3),
    (lambda: nn.SpatialConvolution(2, 3, 5, 5), (2, 8, 8), 4 * 4 * 3 * 2 * 25),
    (lambda: nn.VolumetricConvolution(2, 3, 2, 3, 3), (2, 4, 5, 5), 3 * 3 * 3 * 3 * 2 * 18),
    (lambda: nn.SpatialFullConvolution(2, 3, 4, 4, 2, 2, 1, 1), (2, 5, 6), 5 * 6 * 2 * 3 * 16),
    (lambda: nn.VolumetricFullConvolution(2, 3, 2, 2, 2, 2, 2, 2), (2, 3, 3, 3), 27 * 2 * 3 * 8),
    (lambda: nn.SpatialConvolutionLocal(2, 3, 6, 6, 3, 3), (4, 2, 6, 6), 4 * 16 * 3 * 2 * 9),
    (lambda: nn.SpatialDepthWiseConvolution(2, 3, 3, 3), (2, 5, 5), 9 * 2 * 3 * 9),
    (lambda: nn.SpatialConvolutionMap(nn.tables.oneToOne(3), 3, 3), (3, 5, 5), 9 * 3 * 9),
    (lambda: nn.SpatialFullConvolutionMap(nn.tables.oneToOne(3), 3, 3), (3, 5, 5), 25 * 3 * 9),
    (lambda: nn.TemporalConvolution(4, 3, 2), (6, 4), 5 * 3 * 4 * 2),
    (lambda: nn.TemporalRowConvolution(4, 3), (6, 4), 4 * 4 * 3),
    (lambda: nn.SpatialBatchNormalization(2), (4, 2, 3, 3), 4 * 2 * 9),
    (lambda: nn.CMul(1, 3, 1, 1), (2, 3, 4, 4), 2 * 3 * 16),
    (lambda: nn.LookupTable(10, 4), (6,), 0),
    (lambda: nn.Euclidean(4, 3), (5, 4), 5 * 4 * 3),
    (lambda: nn.Cosine(4, 3), (5, 4), 5 * 4 * 3),
    (lambda: nn.Bilinear(3, 4, 5), [(2, 3), (2, 4)], 2 * 3 * 4 * 5),
    (lambda: nn.MM(), [(3, 4), (4, 5)], 3 * 4 * 5),
    (lambda: nn.MV(), [(3, 4), (4,)], 3 * 4),
    (lambda: nn.DotProduct(), [(2, 5), (2, 5)], 10),
    (lambda: nn.Bottle(nn.Linear(3, 5)), (2, 4, 3), 8 * 3 * 5),
    (lambda: nn.WeightNorm(nn.Linear(3, 5)), (2, 3), 2 * 3 * 5),
    (lambda: nn.MapTable().add(nn.Linear(3, 5)), [(2, 3), (4, 3)], 6 * 3 * 5),
    (lambda: nn.Tanh(), (5, 4), 0),
]


@pytest.mark.parametrize(("make", "sizes", "cost"), COSTS)
def test_multiply_adds(make, sizes, cost):
    assert make().summary(given(sizes)).operations == cost


def test_classes_made_in_lua_inherit_what_a_layer_tells():
    lua = Interpreter()
    lua.globals.nn = namespace("nn")
    lua.globals.torch = TORCH
    net = lua.load(
        """
        torch.class('Mine2d', 'nn.SpatialConvolution')
        local Part, parent = torch.class('Half', 'nn.Linear')
        function Part:updateOutput(input)
           return parent.updateOutput(self, input):narrow(1, 1, 2)
        end
        torch.class('Net', 'nn.Sequential')
        local Layer, base = torch.class('Own', 'nn.Module')
        function Layer:__init() base.__init(self) self.weight = torch.ones(4, 2) end
        function Layer:updateOutput(input)
           self.output = self.weight * input
           return self.output
        end
        local Again, container = torch.class('Twice', 'nn.Container')
        function Again:__init(m) container.__init(self) self:add(m) end
        function Again:updateOutput(input)
           self.output = self.modules[1]:forward(self.modules[1]:forward(input))
           return self.output
        end
        local net = Net():add(Mine2d(1, 2, 3, 3)):add(nn.View(18)):add(Half(18, 5)):add(Own())
        return net:add(Twice(nn.Linear(4, 4)))
        """,
        "=net",
    )()
    found = net.summary(new_table([1, 5, 5]))
    assert [(r.name.partition("(")[0], r.output, r.macs) for r in found.rows] == [
        ("Net", (4,), 0),
        ("Mine2d", (2, 3, 3), 162),
        ("nn.View", (18,), 0),
        ("Half", (2,), 36),
        ("Own", (4,), 8),
        ("Twice", (4,), 0),
        ("nn.Linear", (4,), 32),
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
