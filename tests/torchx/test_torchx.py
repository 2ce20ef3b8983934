"""torchx's helpers on tensors."""

from __future__ import annotations

import pytest

from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    return lambda text: environment.load("require 'torchx'\n" + text, "=test")()


HOLD = {
    "find": """
        local t = torch.Tensor{{1, 2}, {2, 2}}
        local r = torch.find(t, 2)
        assert(#r == 3 and r[1] == 2 and r[3] == 4)
        r = t:find(2, 2)
        assert(#r == 2 and r[1][1] == 2 and r[2][2] == 2 and #torch.find(t, 9) == 0)""",
    "concat": """
        local a, b = torch.ones(2, 3), torch.zeros(2, 2)
        local c = torch.concat({a, b}, 2)
        assert(c:size(2) == 5 and c:sum() == 6)
        local res = torch.FloatTensor()
        assert(rawequal(torch.concat(res, {a, a}), res) and res:size(1) == 4)
        assert(torch.Tensor().concat({a, a}, 1):size(1) == 4)""",
    "remap": """
        local src, n = {torch.ones(2), {torch.ones(3)}}, 0
        local _, out = torch.remap(src, nil, function(x, y) n = n + 1; y:resizeAs(x):copy(x) end)
        assert(n == 2 and out[2][1]:sum() == 3)""",
    "group": """
        local t = torch.Tensor{3, 4, 5, 1, 2, 3, 3, 4}
        local groups, sorted, index = torch.group(t)
        assert(groups[3].idx:size(1) == 3 and groups[4].val:sum() == 8 and sorted[1] == 1 and index[1] == 4)
        local half = torch.group(t, function(a, b) return math.floor(a / 3) == math.floor(b / 3) end)
        assert(half[1].idx:size(1) == 2 and half[3].idx:size(1) == 6)""",
}


@pytest.mark.parametrize("text", HOLD.values(), ids=HOLD)
def test_it_holds(lua, text):
    lua(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("torch.find(torch.ones(2), 1, 2)", "only supports matrices"),
        ("torch.find(torch.ones(2, 2), 1, 1)", "only supports dim=2"),
        ("torch.concat({torch.ones(2, 3), torch.ones(3, 2)})", "Cannot concat dim 2"),
        ("torch.concat({1})", "Expecting table of torch.Tensors at arg 2 : number"),
        ("torch.remap(1, 2, print)", "Got number and number instead"),
        ("torch.group(1)", "expecting torch.Tensor for arg 3"),
    ],
)
def test_errors(lua, text, message):
    with pytest.raises(LuaError, match=message):
        lua(text)
