"""ipc and distlearn in one process, which needs no MPI; on several ranks: torchmpi/."""

from __future__ import annotations

import pytest

from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    return lambda text: environment.load(text, "=test")()


def test_a_tree_of_one_node(lua):
    assert lua("""
        for _, name in ipairs{'Tree', 'LocalhostTree', 'StaticTree', 'DiscoveredTree', 'NullTree'} do
           local tree = require('ipc.' .. name)(1, 1)
           local v, n = tree.allReduce(5, function(a, b) return a + b end)
           assert(v == 5 and n == 1 and tree.scatter('x') == 'x' and tree.numNodes == 1 and tree.nodeIndex == 1)
        end
        return true""")


def test_walk_table_goes_by_keys(lua):
    assert (
        lua("""
        local t, seen = {b = 1, a = 2, 3, {c = 4}}, ''
        require 'ipc.utils'.walkTable(t, function(v) seen = seen .. v if v == 4 then return 5 end end)
        return seen .. t[2].c""")
        == "34215"
    )


def test_stand_ins_and_what_is_not_here(lua):
    assert lua("""
        local ipc = require 'libipc'
        local server, port = ipc.server('127.0.0.1', 8080)
        server:clients(3, function() end)
        ipc.client('127.0.0.1', port):close()
        server:close()
        return port == 8080 and ipc.nothing == nil""")
    for text, words in (
        ("require 'ipc'.map(1, function() end)", "ipc.map is not provided: use require 'threads'"),
        ("require 'ipc'.spawn", "use io.popen"),
        ("require 'ipc'.client():send('x')", "bytes go by MPI here"),
    ):
        with pytest.raises(LuaError, match=words):
            lua(text if "(" in text.partition(".")[2] else f"return {text}")


def test_distlearn_on_one_node(lua):
    assert lua("""
        local tree = require 'ipc.NullTree'()
        local sgd = require 'distlearn.AllReduceSGD'(tree)
        local params, grads = {torch.ones(3)}, {torch.ones(3)}
        sgd.synchronizeParameters(params)
        sgd.sumAndNormalizeGradients(grads)
        sgd.sumGradients(grads)
        assert(grads[1]:sum() == 3)
        local ea = require 'distlearn'.AllReduceEA(tree, 2, 0.25)
        ea.synchronizeParameters(params)
        params[1]:add(4)
        ea.averageParameters(params)
        assert(params[1][1] == 5)
        ea.averageParameters(params)
        assert(params[1][1] == 4)  -- a quarter of the way to the centre, 1
        ea.synchronizeCenter(params)
        return true""")
