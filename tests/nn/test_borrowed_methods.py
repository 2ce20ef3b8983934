"""A method that a class lends to an object of an unrelated one, or to a plain table, does what it
does at home: it finds the helpers of its own class, and the public fields and methods of the other.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import LuaObject, Table, array, new_table, rawitems
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.torch.classes import make_class, torch_type, typename
from th7shell.torch.tensor import Tensor

from .rows import Row, like, plain, tensors
from .test_criterions import CASES, wrap
from .test_layers import ROWS

METHODS = """updateOutput updateGradInput accGradParameters accUpdateGradParameters clearState
zeroGradParameters updateParameters parameters training evaluate type __tostring__""".split()
EMPTY = make_class("Borrower", nn.Module)
ONE_EACH = {type(row.build()): row for row in [*ROWS, *CASES]}
del ONE_EACH[nn.Profile]  # it measures time
ONE_EACH = list(ONE_EACH.values())
COMMON = (nn.Module, nn.Criterion)


def lenders(row):
    """The methods of a row's layer or criterion that it does not share with all others."""
    kind = type(row.build())
    for name in METHODS:
        method = kind[name]
        if method is not None and all(method is not common[name] for common in COMMON):
            yield name, method


def given(row: Any, name: str, output: Any) -> tuple[Any, ...]:
    """What a method is called with."""
    if not isinstance(row, Row):
        return (tensors(row.input()), wrap(row.target)) if name.startswith("update") else ()
    x = tensors(row.arrays())
    if name == "updateOutput":
        return (x,)
    if "Grad" in name and name != "zeroGradParameters":
        return x, tensors(like(plain(output))), *((0.5,) if name.startswith("acc") else ())
    return {"updateParameters": (0.5,), "type": ("torch.FloatTensor",)}.get(name, ())


def outcome(row: Any, name: str, method: Any, borrow: Any) -> Any:
    """What a call comes to: its result, or its error, and the fields that it leaves."""
    torch.manualSeed(2)
    layer = row.build()
    if isinstance(row, Row):
        layer.zeroGradParameters()
    elif type(layer.gradInput) is Table:  # not to compare what fresh memory holds
        for gradient in array(layer.gradInput):
            gradient.zero()
    torch.manualSeed(3)
    x = tensors(row.arrays() if isinstance(row, Row) else row.input())
    output = layer.forward(x, *(() if isinstance(row, Row) else (wrap(row.target),)))
    borrower = layer if borrow is None else borrow()
    if borrower is not layer:
        for key in [key for key, _ in rawitems(borrower)]:
            borrower[key] = None
        for key, value in rawitems(layer):
            borrower[key] = value
    torch.manualSeed(4)
    kind = type(borrower)
    try:
        result = method(borrower, *given(row, name, output))
    except Exception as error:
        result = re.sub(r"\S+\.py:\d+: ", "", str(error).partition("stack traceback")[0])
    assert type(borrower) is kind
    if result is borrower:
        result = "self"
    if isinstance(result, str):
        result = result.replace(typename(layer), "NAME").replace(torch_type(borrower), "NAME")
    if isinstance(result, tuple):
        result = new_table(result)
    return shown(result), sorted((str(k), shown(v)) for k, v in rawitems(borrower))


def shown(value: Any, depth: int = 3) -> Any:
    """A value as far as it can be compared."""
    if value.__class__ is Table and depth:
        return sorted((str(k), shown(v, depth - 1)) for k, v in rawitems(value))
    if isinstance(value, LuaObject) and not isinstance(value, Tensor):
        return type(value).__name__
    return plain(value)


def agree(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.shape == b.shape and np.array_equal(a, b, True)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(agree, a, b))
    return a == b or (a != a and b != b)


#: methods that call what the borrower has, or has not, of its own
CALLS_OTHERS = {
    ("nn.WeightedEuclidean", "accUpdateGradParameters"),  # accGradParameters
    ("nn.PartialLinear", "accUpdateGradParameters"),  # fails at home, too, without a backward pass
    ("nn.FlattenTable", "type"),  # clearState
}
BORROWERS = {
    "an empty class": lambda: EMPTY(),
    "a class with helpers of the same names": lambda: nn.TemporalConvolution(1, 1, 1),
    "a table": new_table,
}


def sweep(rows):
    """Compare every method of some classes at home and with each kind of borrower."""
    count, wrong = 0, []
    for row in rows:
        for name, method in lenders(row):
            here = outcome(row, name, method, None)
            for what, borrow in BORROWERS.items():
                there = outcome(row, name, method, borrow)
                count += 1
                if not agree(here, there) and (typename(row.build()), name) not in CALLS_OTHERS:
                    which = int(agree(here[0], there[0]))
                    wrong.append(f"{row} {name}, {what}: {here[which]} {there[which]}"[:300])
    assert not wrong, "\n".join(wrong[:40]) + f"\n{len(wrong)} of {count}"
    return count


def test_methods_of_some_classes():
    assert sweep(ONE_EACH[::6]) > 300


@pytest.mark.long
def test_every_method_of_every_class():
    assert sweep(ONE_EACH) > 1900


def test_containers_lend_what_their_own_class_does():
    """Concat and Parallel share code: each lends its own."""
    for own in (nn.Concat(1), nn.Parallel(1, 1)):
        own.add(nn.Identity()).add(nn.Identity())
        other = nn.Identity()
        for key, value in rawitems(own):
            other[key] = value
        x = torch.range(1, 6).view(2, 3)
        want = plain(own.forward(x))
        np.testing.assert_allclose(plain(type(own).updateOutput(other, x)), want)


LUA = """
local S = torch.class('Borrows' .. tostring(torch.random()), 'nn.Module')
S.updateOutput, S.__tostring__ = nn.Linear.updateOutput, nn.Linear.__tostring__
local new = torch.factory(S.__typename)
local s = new()
s.output, s.weight, s.bias = torch.Tensor(), torch.ones(2, 3), torch.ones(2)
assert(s:forward(torch.ones(3)):sum() == 8)
assert(tostring(s) == S.__typename .. '(3 -> 2)' and torch.type(s) == S.__typename)
-- a method is one value, wherever it is read, also after it was replaced and put back
local linear, f = nn.Linear(3, 2), nn.Linear.updateOutput
assert(S.updateOutput == f and s.updateOutput == f and linear.updateOutput == f)
assert(linear['update' .. 'Output'] == f and nn.Linear['update' .. 'Output'] == f)
assert(getmetatable(linear).updateOutput == f)
assert(nn.Linear.type == nn.Module.type and nn.VolumetricDropout.updateOutput ~= f)
assert(rawget(getmetatable(linear), 'updateOutput') == f)
for k, v in pairs(getmetatable(linear)) do assert(k ~= 'updateOutput' or v == f) end
local calls = 0
function nn.Linear:updateOutput(x) calls = calls + 1 return f(self, x) end
linear:forward(torch.ones(3))
nn.Linear.updateOutput = f
linear:forward(torch.ones(3))
assert(calls == 1 and nn.Linear.updateOutput == f)
-- a table, and one whose fields are another's
local t = {weight = torch.ones(2, 3), output = torch.Tensor()}
assert(f(t, torch.ones(3)):sum() == 6 and getmetatable(t) == nil)
assert(f(setmetatable({}, {__index = t}), torch.ones(3)):sum() == 6)
-- the public methods are the borrower's
function S:updateGradInput(x, g) self.seen = g return x end
function S:accGradParameters(x, g, scale) self.scale = scale end
nn.Sequential.accUpdateGradParameters({modules = {s}}, torch.ones(3), torch.ones(2), 3)
assert(s.scale == -3)
nn.Module.backward(s, torch.ones(3), torch.ones(2))
assert(s.seen:sum() == 2 and s.scale == 1)
-- errors leave the object what it is
assert(not pcall(f, s, torch.ones(4)) and torch.type(s) == S.__typename)
"""


def test_a_method_as_a_value_of_lua():
    lua = Interpreter(MAIN)
    nn.luaopen(lua.globals)
    lua.load(LUA, "=borrowed")()
