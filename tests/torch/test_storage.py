"""Storages: construction, sharing, conversion, strings, mapped files."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError, new_table
from th7shell.torch.storage import STORAGES
from th7shell.torch.tensor import TYPES

CPU = [name for name in STORAGES if not name.startswith("Cuda")]
PAIRS = [(a, b) for a in CPU for b in CPU]


@pytest.mark.parametrize("name", CPU)
def test_forms_of_the_constructor(name):
    cls = STORAGES[name]
    assert cls().size() == 0 and cls(4).size() == 4 and len(cls(4)) == 4
    s = cls(new_table([1, 2, 3]))
    assert [s[i] for i in (1, 2, 3)] == [1, 2, 3]
    assert s.elementSize() == s.nd.itemsize
    part = cls(s, 2, 2)
    part[1] = 9
    assert s[2] == 9 and part.size() == 2
    assert cls(s).totable()[3] == 3


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_copies_convert_between_all_types(a, b):
    s = STORAGES[a]([1, 2, 100])
    assert STORAGES[b](3).copy(s).nd.tolist() == [1, 2, 100]
    t = TYPES[f"torch.{a}Tensor"]([1, 2, 100])
    u = TYPES[f"torch.{b}Tensor"](3).copy(t)
    assert u.nd.tolist() == [1, 2, 100]
    assert t.type(f"torch.{b}Tensor").nd.tolist() == [1, 2, 100]
    assert t.typeAs(u).type() == f"torch.{b}Tensor"
    assert (t.type(f"torch.{b}Tensor") is t) == (a == b)
    assert getattr(t, b.lower())().type() == f"torch.{b}Tensor"


@given(st.binary())
def test_strings_go_in_and_out(data):
    text = data.decode("latin-1")
    for cls in (torch.CharStorage, torch.ByteStorage):
        s = cls().string(text)
        assert s.size() == len(text)
        assert s.string() == text


def test_fill_resize_and_bounds():
    s = torch.ShortStorage(3).fill(70000)
    assert s[3] == 4464
    assert s.resize(5) is s and s.size() == 5 and s[3] == 4464
    for wrong in (lambda: s[6], lambda: s[0], lambda: s.__setitem__(6, 1)):
        with pytest.raises(LuaError, match="out of bounds"):
            wrong()
    with pytest.raises(TypeError, match="a position expected, got str"):
        s["x"]


def test_tensors_follow_a_storage_that_is_resized():
    s = torch.DoubleStorage([1, 2, 3, 4])
    t, tail = torch.DoubleTensor(s), torch.DoubleTensor(s, 3, 2)
    s.resize(1000)
    s[3] = 30
    assert t[3] == 30 and tail[1] == 30
    s.resize(2)
    assert s.totable()[2] == 2


WRONG = [
    (lambda: torch.LongStorage([1, "x"]), "element at index 2 is not a number"),
    (lambda: torch.LongStorage(torch.LongStorage(3), 4), "offset out of bounds"),
    (lambda: torch.LongStorage(torch.LongStorage(3), 2, 3), "size out of bounds"),
    (lambda: torch.LongStorage(torch.IntStorage(3)), "bad argument #1 to '?' (torch.LongStorage expected, got torch.IntStorage)"),
    (lambda: torch.LongStorage(2).copy(torch.IntStorage(3)), "bad argument #2 to '?' (size mismatch)"),
    (lambda: torch.LongStorage(2).copy(5), "bad argument #2 to '?' (torch.*Storage expected, got number)"),
    (lambda: torch.LongStorage(2).fill("x"), "bad argument #2 to '?' (number expected, got string)"),
    (lambda: torch.CharStorage("no such file"), "unable to open file <no such file> in read-only mode"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_errors(wrong, message):
    with pytest.raises(LuaError) as caught:
        wrong()
    assert str(caught.value.value) == message


def test_mapped_files(tmp_path):
    path = tmp_path / "numbers.bin"
    np.arange(4, dtype=np.float32).tofile(path)
    private = torch.FloatStorage(str(path))
    assert private.totable()[4] == 3
    private[1] = 9
    shared = torch.FloatStorage(str(path), True, 8)
    assert shared.size() == 8 and shared[1] == 0
    shared[1] = 5
    assert torch.FloatStorage(str(path))[1] == 5
    assert private[1] == 9
    with pytest.raises(LuaError, match="smaller than the required mapping size"):
        torch.FloatStorage(str(path), False, 100)
    del private, shared


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no shared memory in the file system")
def test_shared_memory_vanishes_with_its_storage():
    name = f"th7shell_test_{os.getpid()}_{sys.hash_info.width}"
    storage = torch.DoubleStorage(name, True, 3, True)
    storage.fill(2)
    assert torch.DoubleStorage(f"/dev/shm/{name}", True)[3] == 2
    del storage
    assert not os.path.exists(f"/dev/shm/{name}")


def test_the_size_of_an_element_needs_no_object(lua) -> None:
    assert lua("return torch.DoubleStorage.elementSize(), torch.FloatTensor.elementSize()") == (
        8,
        4,
    )
    assert lua("return torch.ByteStorage(3):elementSize(), torch.LongTensor(2):elementSize()") == (
        1,
        8,
    )


@pytest.mark.parametrize("size", [2**45, 2**59, 2**62])
def test_a_size_beyond_all_memory_is_named(size) -> None:
    for make in (
        lambda: torch.DoubleStorage(size),
        lambda: torch.DoubleStorage(3).resize(size),
        lambda: torch.DoubleTensor(3).resize(size),
    ):
        with pytest.raises(LuaError, match=f"you tried to allocate {size * 8 >> 30}GB"):
            make()
