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
from th7shell.lua.state import MAIN
from th7shell.torch.tensor import wrap
from th7shell.torch.vectorise import NotArithmetic, is_arithmetic, on_arrays

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
    assert on_arrays(f, x.nd) is not NotArithmetic
    want = x.clone()
    for i, v in enumerate(x.nd.tolist(), 1):
        if f(v) is not None:
            want[i] = f(v)
    assert x.apply(f) is x
    np.testing.assert_array_equal(x.nd, want.nd)


@pytest.mark.parametrize("n", [16_384, 16_385, 40_000])
def test_long_tensors_are_done_in_pieces(n: int) -> None:
    a, b = (np.random.default_rng(i).standard_normal(n) for i in (2, 3))
    want = a * 2 + b / 3
    np.testing.assert_array_equal(wrap(a).map(wrap(b), lambda x, y: x * 2 + y / 3).nd, want)


@pytest.mark.parametrize("f", OTHERS)
def test_other_functions_are_called_for_each_element(f: Any) -> None:
    x = np.linspace(-1, 1, 100)
    assert on_arrays(f, x) is NotArithmetic
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
    assert on_arrays(steps, x) is NotArithmetic
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
    from th7shell.lua.interpreter import Interpreter

    nd = np.append(np.random.default_rng(2).standard_normal(300), 0)
    for f in Interpreter(MAIN).load(LUA, "=test")():
        want = wrap(nd.copy())
        for i, v in enumerate(nd.tolist(), 1):
            result = f(v)
            if result != () and result is not None:
                want[i] = result
        np.testing.assert_array_equal(wrap(nd.copy()).apply(f).nd, want.nd)


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
