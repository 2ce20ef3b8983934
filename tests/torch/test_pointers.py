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


LIVES = [
    # a pointer keeps the memory that its tensor had
    ("t:resize(1000):fill(7) for i = 0, 3 do p[i] = p[i] + 1 end return p[3], t[4]", (5, 7)),
    ("t:set() collectgarbage() for i = 0, 3 do p[i] = p[i] + 1 end return p[3], p[0]", (5, 2)),
    ("t:storage():resize(2) collectgarbage() return p[3], p[0]", (4, 1)),
    ("t = nil collectgarbage() return p[3], p[0]", (4, 1)),
    ("for i = 0, 3 do p[i] = i * 10 end return t[4], t:sum()", (30, 60)),
    ("t:fill(9) return p[1], p[3]", (9, 9)),
    ("t = t:narrow(1, 3, 2):data() for i = 0, 1 do t[i] = 0 end return p[3], t[-2]", (0, 1)),
    (
        "local q = torch.data(t, true) q = ffi.cast(TYPE, q) q[2] = 8 q[3] = 9 return t[3], t[4]",
        (8, 9),
    ),
    ("return tonumber(p[2]), pcall(function() p[4] = 1 end)", (3, False)),
]


@pytest.mark.parametrize("source, expected", LIVES)
@pytest.mark.parametrize("name", ["Double", "Float", "Int", "Byte", "Char", "Short", "Long"])
def test_pointers_outlive_what_they_came_from(lua, name, source, expected):
    kind = "int64_t" if name == "Long" else {"Byte": "unsigned char"}.get(name, name.lower())
    text = f"""
        local ffi = require 'ffi'
        local TYPE = '{kind} *'
        local t = torch.{name}Tensor{{1, 2, 3, 4}}
        local p = t:data()
        for i = 0, 3 do p[i] = p[i] end
        local function numbers(a, b) return tonumber(a), type(b) == 'cdata' and tonumber(b) or b end
        return numbers((function() {source} end)())
    """
    assert tuple(lua(text)) == expected


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
