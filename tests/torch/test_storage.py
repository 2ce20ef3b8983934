"""Storages: construction, sharing, conversion, strings, mapped files."""

from __future__ import annotations

import gc
import os
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError, array, new_table
from th7shell.torch import storage as storage_module
from th7shell.torch.storage import STORAGES
from th7shell.torch.tensor import TYPES, Tensor

pytestmark = pytest.mark.usefixtures("young")
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


# who looks at a storage: all of them follow when it gets other memory


def row(t):
    return t.resize(2, 5)[2]


def dead_row(t):
    t.resize(2, 5)[1].fill(0)


def moved_away(t):
    other = torch.DoubleTensor(t)
    t.set(torch.DoubleTensor(1))
    return other


def stranded(t):
    tail = t.narrow(1, 8, 3)
    t.storage().resize(5)
    return tail


VIEWS = {
    "alone": lambda t: None,
    "row": row,
    "dead row": dead_row,
    "rows of rows": lambda t: [m[1] for m in (t.resize(2, 1, 5)[1], t[2])],
    "iterated": lambda t: list(t.resize(5, 2)),
    "narrow": lambda t: t.narrow(1, 3, 4),
    "transposed": lambda t: t.resize(2, 5).t(),
    "a part by a table": lambda t: t[new_table([new_table([2, 4])])],
    "python's slice": lambda t: t[2:7],
    "unfold": lambda t: t.unfold(1, 3, 2),
    "set to it": lambda t: torch.DoubleTensor(t),
    "set to its storage": lambda t: torch.DoubleTensor(t.storage(), 4, 3),
    "empty": lambda t: torch.DoubleTensor().set(t.storage(), 3, 0),
    "pointed elsewhere": moved_away,
    "stranded": stranded,
    "read from a file": lambda t: array(
        torch.deserialize(torch.serialize(new_table([t, t.narrow(1, 2, 3)])))
    ),
}
GROWTHS = {
    "by the storage": "s:resize(40)",
    "twice": "s:resize(12); s:resize(40)",
    "down and up": "s:resize(4); s:resize(40)",
    "by a tensor": "t:resize(40)",
    "by a new tensor": "torch.DoubleTensor(s, 1, 40)",
}


def flat(found):
    return [found] if isinstance(found, Tensor) else list(found or ())


@pytest.mark.parametrize("growth", GROWTHS)
@pytest.mark.parametrize("view", VIEWS)
def test_all_tensors_follow_a_storage(lua, view, growth):
    first = torch.range(1, 10)
    tensors = [first, *flat(VIEWS[view](first))]
    t = tensors[1] if view in ("read from a file", "pointed elsewhere") else first
    storage = t.storage()
    over = [seen for seen in tensors if seen.storage() is storage]
    assert len(over) == len(tensors) - (t is not first)
    lua(f"local t, s = ...; {GROWTHS[growth]}", t, storage)
    assert storage.size() == 40
    storage.fill(5)
    for seen in over:
        assert set(seen.nd.reshape(-1).tolist()) <= {5.0}
        assert np.shares_memory(seen.nd, storage.nd) or not seen.nd.size
    t.fill(7)
    assert storage[t.storageOffset()] == 7


def searches(monkeypatch, program) -> int:
    found = []
    monkeypatch.setattr(gc, "get_referrers", lambda *o: found.append(o) or REFERRERS(*o))
    program()
    return len(found)


REFERRERS = gc.get_referrers


def fresh():
    torch.ByteStorage().resize(9).resize(100).string("text")


def of_one_tensor():
    t = torch.ones(4)
    t.storage().resize(100).resize(2).resize(50)
    t.resize(100)


def by_a_file():
    storage = torch.CharStorage([0])
    seen = torch.CharTensor(storage)
    file = torch.MemoryFile(storage, "rw")
    for i in range(300):
        file.writeInt(i)
    assert seen.set(storage).nElement() > 1000


def after_a_row_died():
    t = torch.ones(4, 4)
    t[1].fill(2)
    t.storage().resize(20).resize(40).resize(60)


@pytest.mark.parametrize(
    ("program", "most"), [(fresh, 0), (of_one_tensor, 0), (by_a_file, 0), (after_a_row_died, 1)]
)
def test_the_process_is_searched_for_tensors_only_where_there_may_be_several(
    monkeypatch, program, most
):
    assert searches(monkeypatch, program) == most


def test_a_part_of_a_storage_and_a_pointer_keep_the_memory_they_had():
    s = torch.DoubleStorage([1, 2, 3])
    part, pointer = torch.DoubleStorage(s, 2), torch.DoubleTensor(s).data()
    s.resize(50)
    assert part.totable()[2] == 3 and pointer[2] == 3
    part.resize(30)
    assert part[2] == 3 and s[3] == 3


def test_adding_to_the_end_searches_for_the_tensors_a_few_times(monkeypatch):
    searches = []
    search = storage_module.tensors_over
    monkeypatch.setattr(
        storage_module, "tensors_over", lambda *s: (searches.append(s), search(*s))[1]
    )
    t = torch.DoubleTensor(2).fill(0)
    first, whole = t.narrow(1, 1, 1), t.view(2, 1)
    for i in range(3, 200):
        t.resize(i)
        t[i] = i
        assert t.storage().size() == i
    assert t.sum() == sum(range(3, 200)) and len(searches) < 15
    t[1] = 5
    assert first[1] == whole[1][1] == 5
    memory = t.storage()
    memory.resize(1)
    assert len(memory) == 1 and memory[1] == 5
    memory.resize(300)
    assert memory[1] == 5 and len(memory) == 300
