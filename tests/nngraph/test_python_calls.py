"""Calls of modules from Python, with nngraph opened: data runs them, nodes make nodes."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import TorchError
from th7shell.nngraph.node import Node


def test_data_runs_and_nodes_make_nodes() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    assert net(torch.ones(2)).shape == (3,)
    assert net(np.ones((4, 2))).shape == (4, 3)
    assert nn.CAddTable()([torch.ones(2), torch.ones(2)]).tolist() == [2, 2]
    assert nn.MSECriterion()(torch.ones(2), torch.zeros(2))[0] == 1
    x = nn.Identity()()
    assert isinstance(nn.Linear(2, 2)(x), Node)


def test_what_is_neither_is_refused_as_in_the_original() -> None:
    with pytest.raises(TorchError, match=r"specifically a nn\.Tanh"):
        nn.Tanh()(nn.Tanh())
    with pytest.raises(TorchError, match="empty table of inputs"):
        nn.Tanh()([])


def test_lua_is_refused_data_as_in_the_original(lua) -> None:
    found = lua("return select(2, pcall(nn.Tanh(), torch.ones(2)))")
    assert "should be an nngraph.Node but is of type torch.DoubleTensor" in str(found)


def test_only_where_it_is_open() -> None:
    """In an interpreter that has not opened nngraph, calls run modules."""
    from th7shell.session.environment import Environment

    other = Environment()
    found = other.load("require 'nn' return nn.Tanh()(torch.zeros(2)):sum()", "=t")()
    assert found == 0
    opened = Environment().load("require 'nngraph' return torch.type(nn.Tanh()())", "=t")()
    assert opened == "nngraph.Node"
    again = other.load("return nn.Tanh()(torch.zeros(2)):sum()", "=t")()
    assert again == 0
