"""apply, map and map2: element by element, and at once where the function is pure arithmetic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.torch.tensor import wrap
from th7shell.torch.vectorise import is_arithmetic, record

SCALE = 3


def capturing(k: Any) -> Any:
    return lambda x: x * k + 1


ARITHMETIC = [
    lambda x: x * 0.999,
    lambda x: 1 - x / 3,
    lambda x: -x + x * x,
    lambda x: 5,
    lambda x: None,
    capturing(4),
]
BRANCHES = [
    lambda x: x if x > 0 else -x,
    lambda x: 1 if x >= 0.5 else 0,
    lambda x: None if x < 0 else x * 2,
    lambda x: -1 if x < -0.5 else (1 if x > 0.5 else 0),
    lambda x: x if x == x else 0,
    lambda x: 7 if 0 < x and x * x < 0.25 else x,
    lambda x: 1 / x if x != 0 else 0,
]
OTHERS = [
    lambda x: math.exp(x),
    lambda x: x * SCALE,  # a global may be anything
    lambda x: x**2,
    lambda x: [x][0],
    capturing("2"),
    abs,
]


@pytest.mark.parametrize("f", ARITHMETIC + BRANCHES)
@pytest.mark.parametrize("cls", ["FloatTensor", "DoubleTensor"])
def test_arithmetic_is_done_at_once_and_exactly(f: Any, cls: str) -> None:
    x = getattr(torch, cls)([*np.random.default_rng(1).standard_normal(200).tolist(), 0, -0.5])
    assert record(f, 1) is not None
    want = x.clone()
    for i, v in enumerate(x.nd.tolist(), 1):
        if f(v) is not None:
            want[i] = f(v)
    assert x.apply(f) is x
    np.testing.assert_array_equal(x.nd, want.nd)


@pytest.mark.parametrize("n", [8192, 8193, 40_000])
def test_long_tensors_are_done_in_pieces(n: int) -> None:
    a, b = (np.random.default_rng(i).standard_normal(n) for i in (2, 3))
    want = a * 2 + b / 3
    np.testing.assert_array_equal(wrap(a).map(wrap(b), lambda x, y: x * 2 + y / 3).nd, want)


@pytest.mark.parametrize("f", OTHERS)
def test_other_functions_are_called_for_each_element(f: Any) -> None:
    x = np.linspace(-1, 1, 100)
    assert record(f, 1) is None
    if f is not OTHERS[4]:
        np.testing.assert_allclose(wrap(x.copy()).apply(f).nd, [f(v) for v in x.tolist()])


def test_functions_with_many_ways_are_left_to_the_loop() -> None:
    def steps(x: float) -> float:
        y = 0.0
        y += 1 if x > 0.1 else 0
        y += 2 if x > 0.2 else 0
        y += 4 if x > 0.3 else 0
        y += 8 if x > 0.4 else 0
        return y + 16 if x > 0.5 else y

    x = np.linspace(0, 1, 100)
    assert record(steps, 1) is None
    assert wrap(x.copy()).apply(steps).nd.tolist() == [steps(v) for v in x.tolist()]


LUA = """
local k = 0.5
return function(x) if x > k then return 1 else return 0 end end,
   function(x) return x >= 0 and x or -x end,
   function(x) local y = x * 2 if y < -1 then y = -1 elseif y > 1 then y = 1 end return y end,
   function(x) if x > 0 then return x / k end end,
   function(x) if x == 0 then return 5 end return x end
"""


def test_lua_functions() -> None:
    nd = np.append(np.random.default_rng(2).standard_normal(300), 0)
    for f in Interpreter(MAIN).load(LUA, "=test")():
        want = wrap(nd.copy())
        for i, v in enumerate(nd.tolist(), 1):
            result = f(v)
            if result != () and result is not None:
                want[i] = result
        np.testing.assert_array_equal(wrap(nd.copy()).apply(f).nd, want.nd)


CARRYING = """
local s, i, p, low = 0.5, 0, 1, 0
local function values() return s, i, p, low end
return values,
   function(x) s = s + x end,
   function(x) s = s - x * x end,
   function() i = i + 1 return i end,
   function(x) i = i + 1 return x / i end,
   function(x) i = i + 1 if x > 0 then return i end return x end,
   function(x) p = p * (1 + x * 1e-3) return p end,
   function(x) if x > 0 then s = s + x i = i + 1 end end,
   function(x) if x < 0 then low = low - 1 elseif x > 1 then low = x + low return 0 end end,
   function(x) s = x + s return s * 2 end,
   function(x) s = s + x s = s + 1 end,
   function(x) s = x end,
   function(x) local before = i i = i + 1 return before end,
   function(x) if x > s then s = x end end,
   function(x) if i > 50 then return 0 end i = i + 1 end,
   function(x) i = i + s s = s + 1 end,
   function(x) p = p / 2 return p end
"""
CARRIED = 9  # the first ones are recorded, the others called


def carrying() -> Any:
    return Interpreter(MAIN).load(CARRYING, "=test")()


@pytest.mark.parametrize("which", range(1, len(carrying())))
@pytest.mark.parametrize("n", [100, 20_000])
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_captured_numbers_that_each_call_changes(which: int, n: int, kind: Any) -> None:
    nd = np.random.default_rng(n).standard_normal(n).astype(kind)
    nd[n // 2] = -0.0
    values, *functions = carrying()
    f = functions[which - 1]
    assert (record(f, 1) is not None) == (which <= CARRIED)
    x = wrap(nd.copy()).apply(f)
    values_too, *functions = carrying()
    want = nd.copy()
    for i, v in enumerate(nd.tolist()):
        result = functions[which - 1](v)
        if result != () and result is not None:
            want[i] = result
    np.testing.assert_array_equal(x.nd, want)
    assert [str(v) for v in values()] == [str(v) for v in values_too()]


def test_what_is_carried_goes_in_the_order_of_the_elements() -> None:
    functions = carrying()
    nd = np.random.default_rng(3).standard_normal((30, 20)) * 10.0 ** np.arange(20)
    turned = wrap(nd.copy()).t()
    turned.apply(functions[9])  # s = x + s, which is returned twice
    want = 2 * np.cumsum([0.5, *nd.T.flatten()])[1:]
    np.testing.assert_array_equal(turned.nd, want.reshape(20, 30))


def test_a_hook_sees_each_call() -> None:
    seen = Interpreter(MAIN).load(
        """
        local t, n, i = ..., 0, 0
        debug.sethook(function() n = n + 1 end, 'c')
        t:apply(function() i = i + 1 return i end)
        debug.sethook()
        return n, i
        """,
        "=test",
    )
    calls, counted = seen(torch.Tensor(100).zero())
    assert calls >= 100 and counted == 100


def test_elements_that_share_memory_are_done_in_turn() -> None:
    x = torch.Tensor([1, 2])
    x.view(2, 1).expand(2, 100).apply(lambda v: v + 1)
    assert x.nd.tolist() == [101, 102]


def test_an_error_leaves_what_was_done() -> None:
    load = """
    local i = 0
    return function(x) i = i + 1 if i == 500 then error('stop') end return i end,
       function() return i end
    """
    f, count = Interpreter(MAIN).load(load, "=test")()
    x = torch.Tensor(1000).zero()
    with pytest.raises(LuaError, match="stop"):
        x.apply(f)
    assert count() == 500
    assert x.nd.tolist() == [*range(1, 500), *[0] * 501]


def test_elements_are_read_when_their_turn_comes() -> None:
    x = torch.range(1, 200)

    def spread(v: float) -> float:
        if v < 200:
            x[int(v) + 1] = v + 1
        return -v

    x.apply(spread)
    assert x.nd.tolist() == [-v for v in range(1, 201)]


def test_functions_with_effects_are_called_once_for_each_element() -> None:
    seen: list[float] = []
    total = 0.0

    def note(x: float) -> None:
        seen.append(x)

    def count(x: float) -> None:
        nonlocal total
        total += x

    assert not is_arithmetic(note.__code__)
    assert not is_arithmetic(count.__code__)
    x = torch.range(1, 100)
    x.apply(note)
    x.apply(count)
    assert seen == x.nd.tolist()
    assert total == 5050


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 80), st.booleans())
def test_maps(n: int, turned: bool) -> None:
    rng = np.random.default_rng(n)
    a, b, c = (wrap(rng.standard_normal((n, 2))) for _ in range(3))
    if turned:
        a, b = a.t(), b.t()
    want = a.nd + b.nd * 0.5
    assert a.map(b, lambda x, y: x + y * 0.5) is a
    np.testing.assert_array_equal(a.nd, want)
    third = c.t() if turned else c
    want = a.nd * b.nd - third.nd
    a.map2(b, third, lambda x, y, z: x * y - z)
    np.testing.assert_array_equal(a.nd, want)


def test_integers_and_overlapping_views_are_done_one_by_one() -> None:
    b = torch.ByteTensor(100).fill(250)
    assert b.apply(lambda x: x + 10).nd.tolist() == [4] * 100
    nd = np.arange(101.0)
    shifted = wrap(nd[1:])
    shifted.map(wrap(nd[:-1]), lambda x, y: x + y)
    assert shifted.nd.tolist() == np.cumsum(np.arange(101.0))[1:].tolist()


def test_results_that_are_no_numbers() -> None:
    x = torch.Tensor([1, 2])
    assert x.apply(lambda v: None).nd.tolist() == [1, 2]
    assert x.apply(lambda v: False).nd.tolist() == [1, 2]
    with pytest.raises(LuaError, match="cannot convert 'string' to 'double'"):
        x.apply(lambda v: "x")
    with pytest.raises(LuaError, match="attempt to call local 'func'"):
        x.apply(5)
    with pytest.raises(LuaError, match="size mismatch"):
        x.map(torch.Tensor(3), lambda a, b: a)
