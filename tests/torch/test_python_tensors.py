"""Tensors with the habits of NumPy and PyTorch: what Python programs see, and that Lua sees none of
it."""

from __future__ import annotations

import copy
import math
import subprocess
import sys

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.lua.interpreter import Interpreter


@pytest.fixture
def x():
    return torch.tensor([1, 2, 3, 4, 5])


@pytest.fixture
def m():
    return torch.tensor([[1, 2, 3], [4, 5, 6]])


def test_what_a_tensor_tells(x, m):
    assert (len(x), len(m), len(torch.Tensor())) == (5, 2, 0)
    assert (m.shape, m.ndim, m.T.shape, torch.Tensor().shape) == ((2, 3), 2, (3, 2), ())
    assert x.T.tolist() == x.tolist() and m.T.storage() is m.storage()
    assert m.dtype == np.float64 and m.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert [row.tolist() for row in m] == m.tolist() and list(x) == [1, 2, 3, 4, 5]
    one = torch.tensor(2.5)
    assert (one.item(), float(one), int(one), bool(one)) == (2.5, 2.5, 2, True)
    for wrong in (x.item, lambda: float(x), lambda: int(x), lambda: bool(x == x)):
        with pytest.raises(ValueError, match="5"):
            wrong()


def test_memory_is_shared_with_arrays(x):
    for dtype in (np.uint8, np.int8, np.int16, np.int32, np.int64, np.float32, np.float64):
        a = np.arange(6, dtype=dtype).reshape(2, 3)
        for t in (torch.from_numpy(a), torch.tensor(a)):
            t[1, 1] += 7
            assert a[0, 0] == t[1, 1] and t.numpy() is a
            assert torch.tensor(t) is t
        assert np.asarray(t) is a and t.dtype == dtype
        a[0, 0] = 0
    assert np.array(x, copy=True) is not x.nd
    assert torch.ones(2).copy(np.zeros(2)).tolist() == [0, 0] and x.clone().resize(
        (5, 1)
    ).shape == (5, 1)
    assert torch.ones(2).add(np.ones(2)).tolist() == [2, 2] and torch.cat([x, x]).shape == (10,)
    assert torch.from_numpy(np.arange(4)[::-1]).tolist() == [3, 2, 1, 0]
    with pytest.raises(TypeError, match="a NumPy array expected, got list"):
        torch.from_numpy([1])
    with pytest.raises(LuaError, match="no tensor type for elements of type complex128"):
        torch.tensor(np.zeros(2, complex))


def test_numpys_functions_take_tensors(x, m):
    assert np.mean(x, axis=0) == 3 and np.mean(m, axis=0).tolist() == [2.5, 3.5, 4.5]
    assert np.concatenate([x, x]).shape == (10,) and np.sum(m) == 21
    assert np.sqrt(x).tolist() == [math.sqrt(v) for v in range(1, 6)]
    assert (np.ones(5) + x).tolist() == (x + np.ones(5)).tolist() == [2, 3, 4, 5, 6]
    assert type(np.float64(2) * x) is torch.DoubleTensor and (np.ones(5) - x).tolist()[-1] == -4


ELEMENTWISE = [
    (lambda x: x == 3, [0, 0, 1, 0, 0]),
    (lambda x: x != 3, [1, 1, 0, 1, 1]),
    (lambda x: x < 3, [1, 1, 0, 0, 0]),
    (lambda x: x <= 3, [1, 1, 1, 0, 0]),
    (lambda x: 3 < x, [0, 0, 0, 1, 1]),
    (lambda x: x >= torch.tensor([5, 4, 3, 2, 1]), [0, 0, 1, 1, 1]),
    (lambda x: x == torch.IntTensor([1, 2, 0, 0, 5]), [1, 1, 0, 0, 1]),
    (lambda x: x == [1, 2, 0, 0, 5], [1, 1, 0, 0, 1]),
    (lambda x: (x > 1) & (x < 4), [0, 1, 1, 0, 0]),
    (lambda x: (x < 2) | (x > 4), [1, 0, 0, 0, 1]),
    (lambda x: ~(x < 2), [0, 1, 1, 1, 1]),
    (lambda x: x**2, [1, 4, 9, 16, 25]),
    (lambda x: 2**x, [2, 4, 8, 16, 32]),
    (lambda x: x**x, [1, 4, 27, 256, 3125]),
    (lambda x: x / x, [1, 1, 1, 1, 1]),
    (lambda x: 60 / x, [60, 30, 20, 15, 12]),
    (lambda x: abs(-x), [1, 2, 3, 4, 5]),
    (lambda x: 10 - x * 2, [8, 6, 4, 2, 0]),
    (lambda x: x - [1, 1, 1, 1, 1], [0, 1, 2, 3, 4]),
]


@pytest.mark.parametrize(("operation", "expected"), ELEMENTWISE)
def test_operators(x, operation, expected):
    assert operation(x).tolist() == expected
    assert x.tolist() == [1, 2, 3, 4, 5]


def test_masks_and_products(x, m):
    x[x > 3] = 0
    assert x.tolist() == [1, 2, 3, 0, 0] and x[x > 1].tolist() == [2, 3]
    assert ((x == x.clone()).all(), (x == 9).any()) == (True, False)
    assert (m @ m.T).tolist() == [[14, 32], [32, 77]] and x @ x == 14
    assert (m @ torch.tensor([1, 0, 0])).tolist() == [1, 4]
    batch = torch.tensor(np.arange(12.0).reshape(2, 2, 3))
    assert (batch @ batch.transpose(2, 3)).shape == (2, 2, 2)
    with pytest.raises(LuaError, match=r"size mismatch, a @ b of \[2 x 3\] and \[2 x 3\]"):
        m @ m
    with pytest.raises(LuaError, match="same number of elements"):
        x < m  # noqa: B015
    with pytest.raises(TypeError):
        x < "a"  # noqa: B015


def test_in_place(x):
    same, view = x, x[2:3]
    x += 1
    x -= x * 0.5
    x *= 4
    x /= torch.tensor([1, 1, 2, 2, 2])
    x **= 2
    assert same is x and x.tolist() == [16, 36, 16, 25, 36] and view.tolist() == [36, 16]
    x %= 10
    assert x.tolist() == [6, 6, 6, 5, 6]
    whole = torch.IntTensor([1, 2])
    whole += 1.7
    assert whole.tolist() == [2, 3]
    with pytest.raises(LuaError, match=r"x\.cmul\(y\) multiplies"):
        x *= x


SLICES = [
    (slice(1, 3), [1, 2, 3]),
    (slice(None, 3), [1, 2, 3]),
    (slice(-2, None), [4, 5]),
    (slice(-3, -2), [3, 4]),
    (slice(None), [1, 2, 3, 4, 5]),
    (slice(1, 100, 2), [1, 3, 5]),
    (..., [1, 2, 3, 4, 5]),
    ([5, -5], [5, 1]),
    ((1, 2), None),
]


@pytest.mark.parametrize(("key", "expected"), SLICES)
def test_slices(x, key, expected):
    if expected is None:
        with pytest.raises(IndexError, match="2 positions given for a tensor of 1 dimensions"):
            x[key]
        return
    assert x[key].tolist() == expected
    x[key] = 0
    assert x.tolist() == [0 if v in expected else v for v in (1, 2, 3, 4, 5)]


def test_masks_and_positions_of_numpy(x, m):
    mask = np.array([True, False, True, False, False])
    assert x[mask].tolist() == x[mask.tolist()].tolist() == x[np.array([1, 3])].tolist() == [1, 3]
    assert x[torch.LongTensor([3, 1])].tolist() == [3, 1] and m[m.numpy() > 4].tolist() == [5, 6]
    assert m[:, [True, False, True]].tolist() == [[1, 3], [4, 6]]
    x[mask] = 0
    m[m.numpy() > 4] = -1
    assert x.tolist() == [0, 2, 0, 4, 5] and m.tolist() == [[1, 2, 3], [4, -1, -1]]


@pytest.mark.parametrize("number", [np.float64(7), np.float32(7), np.int64(7)])
def test_numbers_of_numpy_are_stored(x, m, number):
    x[1], x[np.int64(2)], m[1, 2], m[2] = number, number, number, number
    m[m < 2] = number
    assert x.tolist() == [7, 7, 3, 4, 5] and m.tolist() == [[7, 7, 3], [7, 7, 7]]


def test_an_error_that_nobody_catches_is_its_sentence():
    code = "from th7shell import torch; torch.ones(2)[1] = object()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    last = done.stderr.splitlines()[-1]
    assert last == "th7shell.BadArgument: bad argument #3 (torch.*Tensor expected, got userdata)"


def test_storages(m):
    sizes = m.size()
    assert (sizes[1], list(sizes), len(sizes)) == (2, [2, 3], 2)
    for wrong in (0, 3):
        with pytest.raises(
            IndexError, match=f"position {wrong} is out of bounds: positions count from 1 to 2"
        ):
            sizes[wrong]
    with pytest.raises(TypeError, match="a position expected, got str"):
        sizes["nothing"]


def test_large_tensors_are_shown_in_short():
    text = repr(torch.zeros(100, 100))
    assert text.endswith("in short: print(x) shows all") and len(text) < 1000
    assert len(str(torch.zeros(100, 100))) > 10_000
    assert repr(torch.ones(10, 10)) == str(torch.ones(10, 10))


@pytest.mark.parametrize("data", [[[1, 2], [3]], "abc", [1, "a"], [{}]])
def test_what_is_no_tensor(data):
    with pytest.raises((ValueError, TypeError)):
        torch.tensor(data)


def test_slices_of_several_dimensions(m):
    assert m[:, 2].tolist() == [2, 5] and m[2].tolist() == [4, 5, 6] and m[2, 3] == 6
    assert (
        m[..., 1].tolist() == [1, 4] and m[None].shape == (1, 2, 3) and m[1, 2:3].tolist() == [2, 3]
    )
    assert m[:, (1, 2)].tolist() == [[1, 2], [4, 5]] and m[:, [3, 1]].tolist() == [[3, 1], [6, 4]]
    view = m[:, 2:3]
    view.fill(0)
    m[:, 1] = [8, 9]
    m[1] = np.array([7, 7, 7])
    m[2, 1:2] = torch.FloatTensor([1, 2])
    assert m.tolist() == [[7, 7, 7], [1, 2, 0]] and view.storage() is m.storage()


REFUSED = [
    (0, "position 0 is out of range: positions count from 1 to 5"),
    (6, "position 6 is out of range"),
    (-6, "or from -1 back to -5 from the end"),
    (np.int64(0), "position 0"),
    (slice(0, 2), "position 0 is out of range"),
    (slice(3, 2), "the slice 3:2 is empty: a slice includes both its ends"),
    (slice(None, None, -1), "its step must be positive, not -1"),
    (True, "position True"),
    ([1, 6], "position 6"),
]


@pytest.mark.parametrize(("key", "message"), REFUSED)
def test_positions_that_do_not_exist(x, key, message):
    for act in (lambda: x[key], lambda: x.__setitem__(key, 1)):
        with pytest.raises(IndexError, match=message) as caught:
            act()
        assert isinstance(caught.value, LuaError)
    assert x.tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("key", [{}, "nothing", object(), 1 + 2j])
def test_keys_that_are_no_positions(x, key):
    for act in (lambda: x[key], lambda: x.__setitem__(key, 1)):
        with pytest.raises(TypeError, match="a position"):
            act()


def test_identity_stays(x):
    y = x.clone()
    assert hash(x) == object.__hash__(x) and {x: 1, y: 2}[y] == 2
    assert (x == None) is False and (x != "a") is True  # noqa: E711
    assert copy.deepcopy(x).tolist() == x.tolist()


LUA = """
local x, y = torch.ones(2), torch.ones(2)
assert(x ~= y and x == x and not (x == y) and x ~= 1 and not (x == 1) and x ~= 'a')
assert(torch.type(#x) == 'torch.LongStorage' and not not x)
for _, name in ipairs{'shape', 'ndim', 'T', 'item', 'tolist', 'numpy'} do
   assert(x[name] == nil and torch.DoubleTensor[name] == nil and getmetatable(x)[name] == nil)
end
assert(x.shape == nil and x.numpy == nil)
local kept = {[x] = 1, [y] = 2}
assert(kept[x] == 1 and kept[y] == 2 and getmetatable(x).__eq == nil)
local words = {}
for i, f in ipairs{function() return x < y end, function() return x <= y end, function() return x ^ 2 end,
   function() return x / y end, function() return 1 / x end, function() return x + {1, 2} end,
   function() return math.sqrt(x) end, function() return x[0] end, function() return getmetatable(x).__lt(x, y) end} do
   words[i] = select(2, pcall(f))
end
return table.concat(words, '\\n')
"""


def test_lua_sees_nothing_of_it():
    lua = Interpreter()
    torch.luaopen(lua.globals)
    words = lua.load(LUA, "=lua")().split("\n")
    assert words == [
        "lua:12: both torch.DoubleTensor and torch.DoubleTensor have no less-than operator",
        "lua:12: both torch.DoubleTensor and torch.DoubleTensor have no less-equal operator",
        "lua:12: both torch.DoubleTensor and (null) have no power operator",
        "bad argument #2 to '?' (number expected)",
        "bad argument #1 to '?' (torch.DoubleTensor expected, got boolean)",
        "bad argument #2 to '?' (number expected, got table)",
        "bad argument #1 to '?' (number expected, got userdata)",
        "bad argument #2 to '?' (out of range)",
        "both torch.DoubleTensor and torch.DoubleTensor have no less-than operator",
    ]
