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
    with pytest.raises(LuaError, match="there are no C structures here"):
        t.cdata()
    with pytest.raises(LuaError, match=r"torch\.\*Tensor expected, got number"):
        torch.data(5)
