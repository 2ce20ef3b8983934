"""`.lua` files: the program builds the net again, and reads as a person would have written it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.export.converted import ROWS, expected, flat_arrays
from th7shell import export, nn, nngraph, torch
from th7shell.lua import array, new_table
from th7shell.session.environment import Environment
from th7shell.torch.tensor import Tensor


@pytest.fixture
def lua():
    nngraph.calls.install()
    return Environment()


def program_of(net, folder, **options):
    torch.save(folder / "in.t7", net)
    said: list[str] = []
    export.convert(folder / "in.t7", folder / "net.lua", say=said.append, **options)
    return (folder / "net.lua").read_text("latin-1"), said


def rebuilt(lua, folder):
    return lua.load_file(str(folder / "net.lua"))()


def numbers(value):
    if isinstance(value, Tensor):
        return [value.nd.copy()]
    return [n for part in array(value) for n in numbers(part)]


def same(a, b):
    return len(a) == len(b) and all(map(np.array_equal, a, b))


def test_a_plain_net(lua, tmp_path):
    net = nn.Sequential().add(nn.SpatialConvolution(1, 2, 3, 3, 1, 1, 1)).add(nn.ReLU(True))
    net.add(nn.SpatialBatchNormalization(2)).add(nn.SpatialMaxPooling(2, 2).ceil())
    net.add(nn.Concat(2).add(nn.Identity()).add(nn.SpatialConvolution(2, 3, 1, 1).noBias()))
    net.add(nn.View(-1).setNumInputDims(3)).add(nn.Dropout(0.3)).add(nn.Linear(45, 2)).float()
    net.modules[3].running_mean.uniform()
    net.evaluate()
    net.modules[1].name = "first"
    text, said = program_of(net, tmp_path)
    assert said == []
    assert text.partition("local net = ")[2] == (
        """nn.Sequential()
   :add(nn.SpatialConvolution(1, 2, 3, 3, 1, 1, 1))
   :add(nn.ReLU(true))
   :add(nn.SpatialBatchNormalization(2))
   :add(nn.SpatialMaxPooling(2, 2):ceil())
   :add(nn.Concat(2)
      :add(nn.Identity())
      :add(nn.SpatialConvolution(2, 3, 1, 1):noBias()))
   :add(nn.View(-1):setNumInputDims(3))
   :add(nn.Dropout(0.3))
   :add(nn.Linear(45, 2))
net:type('torch.FloatTensor')
net:evaluate()
return learned('net', net)
"""
    )
    input = torch.randn(2, 1, 5, 5).float()
    made = rebuilt(lua, tmp_path)
    assert made.forward(input).equal(net.forward(input)) and made.modules[1].name == "first"


def test_a_graph(lua, tmp_path):
    x, y = nn.Identity()(), nn.Identity()()
    h = nn.Linear(3, 4)(x).annotate(new_table((), {"name": "hidden"}))
    a, b = nn.SplitTable(1)(nn.Reshape(2, 2)(h)).split(2)
    joined = nn.JoinTable(1)(new_table([a, nn.Tanh()(b), nn.Linear(2, 3)(y)]))
    net = nn.gModule(new_table([x, y]), new_table([joined, nn.Sigmoid()(h)]))
    text, said = program_of(nn.Sequential().add(net).add(nn.SelectTable(1)), tmp_path)
    assert said == [] and "require 'nngraph'" in text
    assert "local hidden = learned('hidden', nn.Linear(3, 4))(input)" in text
    assert "local part, part2 = parts:split(2)\n" in text
    assert "nn.JoinTable(1)({part, tanh, linear})\n" in text
    made = rebuilt(lua, tmp_path)
    input = new_table([torch.randn(3), torch.randn(2)])
    assert made.forward(input).equal(net.forward(input)[1])
    program_of(net, tmp_path)
    assert same(numbers(rebuilt(lua, tmp_path).forward(input)), numbers(net.forward(input)))


def test_a_graph_of_many_nodes(lua, tmp_path):
    x = node = nn.Identity()()
    for i in range(1200):
        node = nn.Linear(2, 2)(node) if i % 50 == 0 else nn.AddConstant(i)(node)
    net = nn.gModule(new_table([x]), new_table([node]))
    program_of(net, tmp_path)
    assert rebuilt(lua, tmp_path).forward(torch.ones(2)).equal(net.forward(torch.ones(2)))
    report = export.inspect(tmp_path / "in.t7")
    assert max(len(path) for path in report.statistics) < 40
    assert "modules.2.weight" in report.statistics


def test_what_is_shared(lua, tmp_path):
    layer = nn.Linear(2, 2)
    net = nn.Sequential().add(layer).add(nn.Tanh()).add(layer)
    net.add(nn.Linear(2, 2).share(layer, "weight"))
    text, _ = program_of(net, tmp_path)
    assert "local linear = nn.Linear(2, 2)\n" in text and text.count(":add(linear)") == 2
    made = rebuilt(lua, tmp_path)
    assert made.modules[1] is made.modules[3]
    made.modules[1].weight.fill(7)
    assert made.modules[4].weight.sum() == 28 and made.modules[4].bias.equal(net.modules[4].bias)


def test_what_cannot_be_read_from_fields_is_taken_whole(lua, tmp_path):
    net = nn.Sequential().add(nn.Constant(torch.ones(2, 3))).add(nn.Linear(3, 2))
    text, said = program_of(net, tmp_path)
    assert said == ["1: nn.Constant is taken whole from net.weights.t7"]
    assert ":add(file.layers[1] --[[ nn.Constant ]])" in text
    assert rebuilt(lua, tmp_path).forward(torch.ones(1)).equal(net.forward(torch.ones(1)))
    net = nn.Sequential().add(nn.AddConstant(torch.range(1, 3)))
    text, said = program_of(net, tmp_path)
    assert said == ["1: nn.AddConstant is taken whole from net.weights.t7"]
    assert rebuilt(lua, tmp_path).forward(torch.ones(3)).equal(torch.range(2, 4))


def test_no_random_number_is_drawn(tmp_path):
    torch.manualSeed(3)
    expected = torch.rand(1)[1]
    torch.manualSeed(3)
    net = nn.Linear(3, 2)
    torch.manualSeed(3)
    program_of(net, tmp_path)
    assert torch.rand(1)[1] == expected


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rows_of_the_layer_tables(row, lua, tmp_path):
    net = row.build()
    program_of(nn.Sequential().add(net), tmp_path)
    made = rebuilt(lua, tmp_path).modules[1]
    assert str(made) == str(net)
    arrays = row.arrays()
    outputs = [flat_arrays(expected(one, arrays)) for one in (net, made)]
    assert same(*outputs)


def test_refused(tmp_path):
    torch.save(tmp_path / "in.t7", torch.ones(2))
    with pytest.raises(export.ExportError, match="there is no net in it"):
        export.convert(tmp_path / "in.t7", tmp_path / "net.lua")
    net = nn.Sequential()
    torch.save(tmp_path / "in.t7", net.add(nn.Sequential().add(net)))
    with pytest.raises(export.ExportError, match="contains itself"):
        export.convert(tmp_path / "in.t7", tmp_path / "net.lua")
    assert [p.name for p in tmp_path.iterdir()] == ["in.t7"]
