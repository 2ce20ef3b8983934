"""Pointers to tensors' memory, as ffi code uses them."""

from __future__ import annotations

import pytest

from th7shell import torch
from th7shell.lua import LuaError


def test_a_pointer_reads_and_writes_the_tensor():
    t = torch.FloatTensor([1, 2, 3, 4])
    p = t.data()
    assert [p[i] for i in range(4)] == [1, 2, 3, 4]
    p[1] = 9
    assert t[2] == 9


def test_a_pointer_into_a_view_reaches_the_whole_storage():
    t = torch.IntTensor([1, 2, 3, 4])
    p = t.narrow(1, 3, 2).data()
    assert p[0] == 3 and p[-2] == 1
    with pytest.raises(LuaError, match="outside the memory"):
        p[2]
    assert t.storage().data()[3] == 4


def test_addresses_and_what_has_none():
    t = torch.DoubleTensor(2)
    assert torch.data(t, True) == t.nd.ctypes.data
    assert torch.DoubleTensor().data() is None
    assert torch.data(None) is None
    with pytest.raises(LuaError, match=r"torch\.\*Tensor expected, got number"):
        torch.data(5)


STRUCTS = [
    ("local t = torch.Tensor(2) return t:cdata() == torch.cdata(t)", True),
    ("local t = torch.Tensor(2) return t:cdata(true) == torch.pointer(t)", True),
    ("return torch.Tensor(2):cdata() == torch.Tensor(2):cdata()", False),
    ("return type(torch.Tensor():cdata())", "cdata"),
    (
        "return tostring(torch.LongStorage(1):cdata()):match('^cdata<struct %w+ %*>')",
        "cdata<struct THLongStorage *>",
    ),
    ("return pcall(function() return torch.Tensor(2):cdata().nDimension end)", False),
    ("return pcall(function() torch.Tensor(2):cdata().refcount = 2 end)", False),
    ("return pcall(torch.cdata, 3)", False),
]


@pytest.mark.parametrize("source, expected", STRUCTS)
def test_structs_can_be_compared_and_have_no_fields(lua, source, expected):
    assert lua(source)[0] == expected
