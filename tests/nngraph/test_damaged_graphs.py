"""Graphs as damaged files leave them: nodes, their data and modules of other types and sizes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nn.rows import Row
from tests.nn.test_damaged_modules import Damage
from th7shell.lua import first

BUILD = """
local function net(several)
   local a, b = nn.Identity()(), nn.Identity()()
   local h = nn.Tanh()(nn.Linear(3, 3)(a))
   local y = nn.CAddTable()({h, nn.Linear(2, 3)(b)})
   return nn.gModule({a, b}, several and {y, h} or {y})
end
local function single()
   local x = nn.Identity()()
   local parts = {nn.SplitTable(1)(x):split(2)}
   return nn.gModule({x}, {nn.CMulTable()(parts)})
end
return function() return net(false) end, function() return net(true) end, single
"""


def rows(lua: Any) -> list[Row]:
    makers = lua(BUILD)
    shapes: list[Any] = [[(4, 3), (4, 2)], [(4, 3), (4, 2)], (2, 3)]
    return [
        Row("gModule", shape=shape, make=lambda make=make: first(make()), label=f"graph {i}")
        for i, (make, shape) in enumerate(zip(makers, shapes))
    ]


def damage(lua: Any, seed: int, times: int) -> None:
    found = Damage(seed, depth=6)
    for _ in range(times):
        for row in rows(lua):
            found.layer(row)
    found.finish()


def test_some_damaged_graphs(lua):
    damage(lua, 1, 8)


@pytest.mark.long
def test_many_damaged_graphs(lua):
    damage(lua, 2, 400)


def test_a_graph_in_itself_is_an_error(lua):
    message = lua("""
        local x = nn.Identity()()
        local inner = nn.Sequential()
        local g = nn.gModule({x}, {inner(x)})
        inner:add(g)
        local ok, message = pcall(g.forward, g, torch.ones(3))
        return not ok and message
    """)
    assert "stack overflow" in message and len(message) < 300
