"""Tracing a net: what follows the batch, layers in place, sizes that are guessed, errors."""

from __future__ import annotations

import numpy as np
import pytest

from tests.nn.rows import plain, tensors
from th7shell import nn, torch
from th7shell.export import ExportError, Options, load
from th7shell.export.graph import leaves, rule_for
from th7shell.export.sizes import input_sizes
from th7shell.export.tracing import trace
from th7shell.lua import new_table
from th7shell.torch.classes import make_class
from th7shell.torch.registry import REGISTRY

from . import nets


def test_values_know_which_sizes_follow_the_batch():
    graph = trace(nets.build("lenet"), (1, 1, 32, 32))
    assert graph.input.free == {0}
    assert [value.shape[1:] for node in graph.nodes for value in node.outputs][6] == (400,)
    assert all(value.free == {0} for node in graph.nodes for value in node.outputs)


def test_a_single_sample_has_no_batch():
    graph = trace(nets.build("lenet"), (1, 32, 32))
    assert all(not value.free for node in graph.nodes for value in node.outputs)


def test_the_net_itself_is_left_alone():
    net = nets.build("vgg")
    net.training()
    trace(net, (1, 3, 16, 16))
    assert net.train is True
    assert net.modules[1].output.nd.size == 0


def test_a_layer_in_place_changes_what_later_readers_see():
    path = nn.Sequential().add(nn.ReLU(True)).add(nn.Linear(3, 3))
    net = nn.ConcatTable().add(path).add(nn.Identity())
    graph = trace(net, (2, 3))
    relu = graph.nodes[0]
    assert graph.output[1] is relu.output
    x = np.array([[-1.0, 2, 3]])
    assert (plain(net.forward(tensors(x)))[1] == [[0, 2, 3]]).all()


def test_a_deep_graph():
    node = given = nets.on(nn.Identity())
    for _ in range(400):
        node = nets.on(nn.Tanh(), node)
    assert len(trace(nets.graph([given], [node]), (2, 3)).nodes) == 400


def test_indices_are_integers():
    graph = trace(nets.build("attention"), [(2, 5), (2, 4)])
    assert [value.integer for value in leaves(graph.input)] == [True, False]


def test_places_of_layers():
    graph = trace(nets.build("vgg"), (1, 3, 16, 16))
    assert [node.place for node in graph.nodes[:2]] == ["(1).(1)", "(1).(2)"]


@pytest.mark.parametrize(
    "net, sizes, text",
    [
        (lambda: nn.Linear(3, 2), (1, 4), "nn.Linear at the top: size mismatch"),
        (lambda: nets.build("lenet"), (1, 1, 31, 31), r"nn.Linear at \(8\): .*say the net's input"),
        (lambda: new_table([1]), (1,), "only a net"),
        (lambda: nn.SelectTable("a"), [(1,)], "tables with named entries"),
        (lambda: nn.ParallelTable().add(nn.Tanh()), (1, 3), "should be a table"),
    ],
)
def test_errors_name_the_layer_and_its_place(net, sizes, text):
    with pytest.raises(ExportError, match=text):
        trace(net(), sizes)


def test_a_class_that_nobody_has(tmp_path):
    path = tmp_path / "net.t7"
    mine = make_class("wild.Mine", nn.Module)
    torch.save(str(path), nn.Sequential().add(nn.Tanh()).add(mine()))
    REGISTRY.pop("wild.Mine")
    with pytest.raises(ExportError, match=r"wild\.Mine at \(2\): its class is unknown here; --req"):
        trace(load(path), (1, 3))


def test_a_class_of_its_own_goes_by_its_parents_output():
    child = make_class("wild.Child", nn.Linear)
    graph = trace(nn.Sequential().add(child(3, 2)), (1, 3))
    assert rule_for(graph.nodes[0].layer, {"nn.Linear": "linear"}) == "linear"
    child.updateOutput = lambda self, x, *_: x
    assert rule_for(child(3, 2), {"nn.Linear": "linear"}) is None
    REGISTRY.pop("wild.Child")


@pytest.mark.parametrize(
    "name, sizes",
    [("lenet", (2, 1, 32, 32)), ("vgg", (2, 3, 16, 16)), ("unet", (2, 1, 224, 224))],
)
def test_sizes_are_guessed_from_the_first_layer(name, sizes):
    said = []
    assert input_sizes(nets.build(name), Options(say=said.append)) == sizes
    assert said and "--input" in said[0]


def test_sizes_that_cannot_be_guessed():
    with pytest.raises(ExportError, match="--input 1x8,1x8,1x8"):
        input_sizes(nets.build("lstm"), Options())
    with pytest.raises(ExportError, match="--input 1x3x224x224"):
        input_sizes(nn.Tanh(), Options())


def test_sizes_that_are_given():
    assert input_sizes(nn.Tanh(), Options(input=(2, 3))) == (2, 3)
    assert input_sizes(nn.Tanh(), Options(input=[[2, 3], [4]])) == [(2, 3), (4,)]
