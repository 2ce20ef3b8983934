"""Layers read tables as Lua does: with a table that answers by its metatable alone, as an input, a
gradient or a field of the layer, all results are those with a plain table.
"""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import Table, items, rawitems, tostring
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.torch.classes import typename

from .rows import flat, like, plain, tensors
from .test_layers import ROWS

PROXY = """
    return function(t)
       return setmetatable({}, {
          __index = t, __newindex = t, __len = function() return #t end,
          __pairs = function() return pairs(t) end, __ipairs = function() return ipairs(t) end})
    end
"""
ROWS_IN_ORDER = [row for row in ROWS if not row.random]
TAKING_TABLES = [row for row in ROWS_IN_ORDER if isinstance(row.shape, list)]


def is_plain(value):
    return isinstance(value, Table) and typename(value) is None


HOLDING_TABLES = [
    row for row in ROWS_IN_ORDER if any(is_plain(value) for _, value in rawitems(row.build()))
]


@pytest.fixture(scope="module")
def proxied():
    """Replaces every plain table in a value by an empty one that answers in its name."""
    proxy = Interpreter(MAIN).load(PROXY, "=proxy")()

    def proxied(value):
        if not is_plain(value):
            return value
        inner = type(value)()
        for key, member in items(value):
            inner[key] = proxied(member)
        return proxy(inner)

    return proxied


def results(row, given=lambda value: value, fields=False):
    """What a layer computes and tells, by method, when its tables are made by `given`."""
    layer, x = row.build(), tensors(row.arrays())
    single = tensors(row.arrays(), "torch.FloatTensor")
    if fields:
        for key, value in list(rawitems(layer)):
            layer[key] = given(value)
        given = lambda value: value  # noqa: E731
    torch.manualSeed(3)
    found = {"forward": plain(layer.forward(given(x)))}
    gradient = tensors(like(found["forward"]))
    layer.zeroGradParameters()
    found["backward"] = plain(layer.backward(given(x), given(gradient)))
    found["parameters"] = [plain(table) for table in layer.parameters() or ()]
    found["text"] = tostring(layer)
    found["listModules"] = float(len(layer.listModules()))
    found["clone"] = plain(layer.clone().forward(x))
    found["file"] = plain(torch.deserialize(torch.serialize(layer)).forward(x))
    found["float"] = plain(layer.float().forward(single))
    found["clearState"] = plain(layer.clearState().forward(given(single)))
    return found


def same(got, want):
    assert got.keys() == want.keys()
    for method, value in want.items():
        if isinstance(value, str):
            assert got[method] == value
        else:
            np.testing.assert_allclose(flat(got[method]), flat(value), err_msg=method)


@pytest.mark.parametrize("row", TAKING_TABLES, ids=str)
def test_a_table_as_input_and_gradient(row, proxied):
    same(results(row, proxied), results(row))


@pytest.mark.parametrize("row", HOLDING_TABLES, ids=str)
def test_tables_among_the_fields(row, proxied):
    same(results(row, proxied, fields=True), results(row))


def test_the_sweep_is_a_sweep():
    assert len(TAKING_TABLES) > 30
    assert len(HOLDING_TABLES) > 50
