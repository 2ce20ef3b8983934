"""Element and slice access in all forms against NumPy; what is read is what was written."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError, new_table
from th7shell.torch.tensor import TYPES

shapes = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def counted(shape, cls=torch.DoubleTensor):
    t = cls(*shape)
    t.nd[...] = np.arange(1, t.nd.size + 1).reshape(shape)
    return t


@st.composite
def table_keys(draw):
    """A shape, Lua's table key and the NumPy index that means the same."""
    shape = draw(shapes)
    parts, index = [], []
    for n in shape[: draw(st.integers(0, len(shape)))]:
        kind = draw(st.sampled_from(("position", "range", "single", "all")))
        first = draw(st.integers(1, n))
        last = draw(st.integers(first, n))
        back = draw(st.booleans())
        first_key, last_key = (first - n - 1, last - n - 1) if back else (first, last)
        if kind == "position":
            parts.append(first_key)
            index.append(first - 1)
        elif kind == "range":
            parts.append(new_table([first_key, last_key]))
            index.append(slice(first - 1, last))
        elif kind == "single":
            parts.append(new_table([first_key]))
            index.append(slice(first - 1, first))
        else:
            parts.append(new_table())
            index.append(slice(None))
    return shape, new_table(parts), tuple(index)


@given(table_keys())
def test_table_keys_read_what_numpy_reads(case):
    shape, key, index = case
    t = counted(shape)
    got, expected = t[key], t.nd[index]
    if np.ndim(expected) == 0:
        assert type(got) is float and got == expected
    else:
        np.testing.assert_array_equal(got.nd, expected)
        assert got.storage() is t.storage()


@given(table_keys(), st.floats(-100, 100))
def test_table_keys_write_numbers_and_tensors(case, value):
    shape, key, index = case
    t, plain = counted(shape), counted(shape).nd
    t[key] = value
    plain[index] = value
    np.testing.assert_array_equal(t.nd, plain)
    if np.ndim(plain[index]):
        source = torch.FloatTensor(*plain[index].shape).fill(3)
        t[key] = source
        plain[index] = 3
        np.testing.assert_array_equal(t.nd, plain)


@given(shapes, st.data())
def test_numbers_select_and_elements_are_lua_numbers(shape, data):
    t = counted(shape)
    i = data.draw(st.integers(1, shape[0]))
    for key in (i, i - shape[0] - 1, float(i), str(i)):
        got = t[key]
        expected = t.nd[i - 1]
        assert got == expected if len(shape) == 1 else (got.nd == expected).all()
    whole = torch.LongStorage(shape)
    assert t[whole] == t.nd.size
    t[whole] = -1
    assert t.nd.reshape(-1)[-1] == -1


@pytest.mark.parametrize("name", TYPES)
def test_elements_of_each_type(name):
    t = counted((3,), TYPES[name])
    wanted = float if t.element_type.real else int
    for _ in range(4):  # the third read goes through another path than the first
        assert [type(t[i]) for i in (1, 2, 3)] == [wanted] * 3
        assert [t[i] for i in (1, 2, 3)] == [1, 2, 3]
    t[2] = 9
    assert t[2] == 9 and t.nd.tolist() == [1, 9, 3]
    for key in (0, 4, -4):
        with pytest.raises(LuaError, match="out of range"):
            t[key]
        with pytest.raises(LuaError, match="out of range"):
            t[key] = 1


def test_large_longs_reach_lua_as_floats():
    t = torch.LongTensor([2**53 + 2, 5])
    for _ in range(4):
        assert type(t[1]) is float and t[1] == 2.0**53 + 2
    assert type(t[new_table([1])]) is float
    assert type(t[2]) is int


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("torch.ByteTensor", 300, 44),
        ("torch.ByteTensor", -1, 255),
        ("torch.ByteTensor", 3.9, 3),
        ("torch.CharTensor", 200, -56),
        ("torch.IntTensor", -2.7, -2),
        ("torch.IntTensor", 2**31, -(2**31)),
        ("torch.LongTensor", math.inf, -(2.0**63)),
        ("torch.ShortTensor", 70000, 4464),
    ],
)
def test_numbers_are_converted_as_c_does(name, value, stored):
    t = TYPES[name](2).zero()
    t[1] = value
    assert t[1] == stored
    t.fill(value)
    assert t[2] == stored
    t[new_table([2])] = value
    assert t[2] == stored
    t[new_table([new_table([1, 2])])] = value
    assert t[1] == stored
    assert TYPES[name]([value])[1] == stored


@given(shapes, st.data())
def test_masks_select_fill_and_copy(shape, data):
    t, plain = counted(shape), counted(shape).nd
    bits = data.draw(
        st.lists(st.integers(0, 1), min_size=t.nElement(), max_size=t.nElement()).filter(any)
    )
    mask = torch.ByteTensor(bits).view(*shape)
    chosen = np.array(bits, bool).reshape(shape)
    assert t[mask].nd.tolist() == plain[chosen].tolist()
    t[mask] = -1
    plain[chosen] = -1
    np.testing.assert_array_equal(t.nd, plain)
    t[mask] = torch.range(1, sum(bits))
    plain[chosen] = range(1, sum(bits) + 1)
    np.testing.assert_array_equal(t.nd, plain)


ERRORS = [
    (lambda t: t[4], "bad argument #2 to '?' (out of range)"),
    (lambda t: t[new_table([1, 4])], "bad argument #2 to '?' (index out of bound)"),
    (lambda t: t[new_table([1, 0])], "bad argument #2 to '?' (index out of bound)"),
    (lambda t: t[new_table([new_table([1, 4])])], "bad argument #2 to '?' (end index out of bound)"),
    (lambda t: t[new_table([new_table([4])])], "bad argument #2 to '?' (start index out of bound)"),
    (lambda t: t[new_table([new_table([2, 1])])], "bad argument #2 to '?' (end index must be greater"),
    (lambda t: t[new_table([1, 1, 1])], "bad argument #2 to '?' (too many indices provided)"),
    (lambda t: t[torch.LongStorage([1])], "bad argument #2 to '?' (invalid size)"),
    (lambda t: torch.Tensor()[1], "bad argument #1 to '?' (empty tensor)"),
    (lambda t: t.__setitem__(3, "x"), "bad argument #3 to '?' (torch.*Tensor expected, got string)"),
    (lambda t: t.__setitem__(5, 1), "bad argument #3 to '?' (out of range)"),
    (lambda t: t.__setitem__(new_table([1, 1]), "x"), "bad argument #3 to '?' (number expected, got string)"),
    (lambda t: t.__setitem__(new_table(), None), "bad argument #3 to '?' (torch.*Tensor expected, got nil)"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "message"), ERRORS)
def test_errors(wrong, message):
    t = counted((3, 3))
    with pytest.raises(LuaError) as caught:
        wrong(t)
    assert str(caught.value.value).startswith(message)
    np.testing.assert_array_equal(t.nd, counted((3, 3)).nd)


def test_python_tuples_and_iteration():
    t = counted((2, 3))
    assert t[2, 3] == 6
    assert t[:, (1, 2)].nd.tolist() == [[1, 2], [4, 5]]
    t[1, 1] = 9
    assert [row.nd.tolist() for row in t] == [[9, 2, 3], [4, 5, 6]]
    assert list(t[1]) == [9, 2, 3]
