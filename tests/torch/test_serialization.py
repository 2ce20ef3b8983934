"""Objects in files: the format's bytes, sharing, cycles, classes, functions, foreign and damaged
files."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError, Table, items, new_table
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.torch.classes import REGISTRY, TorchClass, typename
from th7shell.torch.serialization.api import keep_unknown, load_with
from th7shell.torch.tensor import TYPES


def copy(value, mode="binary"):
    """What a file makes of a value."""
    return torch.deserialize(torch.serialize(value, mode), mode)


def ints(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}i", *values)


def longs(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}q", *values)


def named(text: str) -> bytes:
    return ints(len(text)) + text.encode()


# the format written out by hand, little-endian with longs of 8 bytes
BYTES = [
    (None, ints(0)),
    (1.5, ints(1) + struct.pack("<d", 1.5)),
    ("a\xff\n", ints(2, 3) + b"a\xff\n"),
    (True, ints(5, 1)),
    (False, ints(5, 0)),
    (new_table((), {"a": True}), ints(3, 1, 1) + ints(2, 1) + b"a" + ints(5, 1)),
    (
        torch.FloatTensor([7, 8]),
        ints(4, 1) + named("V 1") + named("torch.FloatTensor") + ints(1) + longs(2, 1, 1)
        + ints(4, 2) + named("V 1") + named("torch.FloatStorage") + longs(2) + struct.pack("<2f", 7, 8),
    ),
    (torch.Tensor(), ints(4, 1) + named("V 1") + named("torch.DoubleTensor") + ints(0) + longs(1) + ints(0)),
]  # fmt: skip

LINES = [
    (7, "1\n7\n"),
    ("hello\nworld", "2\n11\nhello\nworld\n"),
    ("", "2\n0\n"),
    (new_table([10, new_table()]), "3\n1\n2\n1\n1\n1\n10\n1\n2\n3\n2\n0\n"),
    (torch.IntStorage([1, 2]), "4\n1\n3\nV 1\n16\ntorch.IntStorage\n2\n1 2\n"),
    (torch.ByteStorage([65, 0]), "4\n1\n3\nV 1\n17\ntorch.ByteStorage\n2\nA\0\n"),
]


@pytest.mark.parametrize("value, data", BYTES)
def test_binary_bytes(value, data) -> None:
    assert torch.serialize(value).encode("latin-1") == data
    assert torch.serialize(torch.deserialize(data.decode("latin-1"))).encode("latin-1") == data


@pytest.mark.parametrize("value, text", LINES)
def test_ascii_text(value, text) -> None:
    assert torch.serialize(value, "ascii") == text
    assert torch.serialize(torch.deserialize(text, "ascii"), "ascii") == text


scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False),
    st.text(st.characters(max_codepoint=255), max_size=9),
)
keys = st.one_of(
    st.integers(-3, 9),
    st.floats(-5, 5).filter(lambda v: not v.is_integer()),
    st.booleans(),
    st.text(st.sampled_from("ab_N"), max_size=4),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=12,
)


def table_of(value):
    """A Lua value of Python lists and dicts."""
    if isinstance(value, list):
        return new_table([table_of(v) for v in value])
    if isinstance(value, dict):
        t = Table()
        for key, v in value.items():
            t[key] = table_of(v)
        return t
    return value


def plain(value):
    """The reverse, everything a dict."""
    return (
        {(k, type(k) is bool): plain(v) for k, v in items(value)}
        if isinstance(value, Table)
        else value
    )


@given(values, st.sampled_from(["binary", "ascii"]))
def test_tables_come_back(value, mode) -> None:
    t = table_of(value)
    assert plain(copy(t, mode)) == plain(t)


@pytest.mark.parametrize("name", sorted(TYPES))
@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_tensors_of_all_types(name, mode) -> None:
    t = TYPES[name](2, 3)
    t.nd[...] = np.arange(65, 71).reshape(2, 3)
    for view in (
        t,
        t.t(),
        t.narrow(2, 2, 2),
        t.select(1, 2),
        TYPES[name](3).fill(7).view(1, 3).expand(4, 3),
    ):
        c = copy(view, mode)
        assert c.type() == name and np.array_equal(c.nd, view.nd)
        assert c.nd.strides == view.nd.strides and c.storageOffset() == view.storageOffset()
        assert len(c.storage()) == len(view.storage())


def test_sharing_survives() -> None:
    t = torch.range(1, 4)
    c = copy(new_table([t, t.narrow(1, 2, 2), t, t.storage()]))
    assert c[1] is c[3] and c[1] is not c[2] and c[1].storage() is c[4]
    c[2].fill(0)
    assert c[1].nd.tolist() == [1, 0, 0, 4]


def test_cycles_and_object_keys() -> None:
    t = new_table([1])
    key = new_table()
    t[2] = t
    t[key] = torch.Tensor([1])
    t[t[key]] = key
    c = copy(t)
    assert c[2] is c
    back = {
        typename(k) or type(k).__name__: (k, v)
        for k, v in items(c)
        if not isinstance(k, (int, float))
    }
    inner, tensor = back["Table"]
    assert back["torch.DoubleTensor"] == (tensor, inner)


def test_depth_has_no_limit() -> None:
    deep = new_table()
    for _ in range(10_000):
        deep = new_table([deep], {"x": "y"})
    for mode in ("binary", "ascii"):
        c, depth = copy(deep, mode), 0
        while c[1] is not None:
            c, depth = c[1], depth + 1
        assert depth == 10_000


def test_one_memo_for_a_file() -> None:
    f = torch.MemoryFile().binary()
    t = torch.Tensor([1])
    f.writeObject(t)
    f.writeInt(5)
    f.writeObject(new_table([t]))
    f.seek(1)
    first = f.readObject()
    assert f.readInt() == 5 and f.readObject()[1] is first


def test_without_references_objects_are_doubled(tmp_path) -> None:
    t = torch.Tensor([1])
    name = str(tmp_path / "x")
    torch.save(name, new_table([t, t]), "binary", False)
    c = torch.load(name)
    assert c[1] is not c[2] and c[2].nd.tolist() == [1]
    f = torch.MemoryFile().binary().referenced(False)
    for value in (1, 2):
        f.writeObject(t.fill(value))
    f.seek(1)
    assert [f.readObject()[1], f.readObject()[1]] == [1, 2]


@pytest.fixture
def registered():
    """Makes Torch classes and forgets them afterwards."""
    from th7shell.torch.classes import REGISTRY

    names = set(REGISTRY)
    yield lambda name, **members: TorchClass(
        name, (Table,), {"__slots__": (), **members}, name=name
    )
    for name in set(REGISTRY) - names:
        del REGISTRY[name]


def test_classes_are_written_by_their_fields(registered) -> None:
    Point = registered("Point")
    p = Point()
    p.x, p.me, p.__dict__["gone"] = 1, p, None
    p[1] = "one"
    c = copy(p)
    assert (
        type(c) is Point and c.x == 1 and c.me is c and c[1] == "one" and "gone" not in c.__dict__
    )
    assert torch.serialize(p).startswith("\4\0\0\0\1\0\0\0\3\0\0\0V 1\5\0\0\0Point\3\0\0\0\2\0\0\0")


def test_classes_may_write_themselves(registered) -> None:
    seen = []

    def write(self, file, *_):
        file.writeInt(self.n)
        file.writeObject(self.inner)

    def read(self, file, version=None, *_):
        seen.append(version)
        self.n, self.inner = file.readInt(), file.readObject()

    Own = registered("Own", write=write, read=read, __version=3)
    o, shared = Own(), torch.Tensor([2])
    o.n, o.inner = 9, new_table([shared, o])
    c = copy(new_table([shared, o]))
    assert c[2].n == 9 and c[2].inner[1] is c[1] and c[2].inner[2] is c[2] and seen == [3]


def test_fields_that_cannot_be_written_are_left_out(registered, capsys) -> None:
    Interpreter(MAIN)  # its `print`, whatever a test before made of that
    p = registered("Holder")()
    p.timer, p.x = torch.Timer(), 1
    c = copy(new_table((), {"h": p})).h
    assert c.x == 1 and "timer" not in c.__dict__
    assert (
        capsys.readouterr().out
        == "$ Warning: cannot write object field <timer> of <Holder> <?>.h\n"
    )


def test_classes_as_values_are_empty_tables() -> None:
    c = copy(new_table([torch.Tester]))
    assert type(c[1]) is Table and not list(items(c[1]))


def test_python_containers_are_tables() -> None:
    c = copy({"a": [1, (2,)], 3: torch.Tensor([1])})
    assert c.a[2][1] == 2 and c[3][1] == 1 and copy("naïve–") == "naïve–".encode().decode("latin-1")


def test_what_cannot_be_written(tmp_path) -> None:
    f = torch.MemoryFile()
    f.writeObject("before")
    for value, kind in ((torch.Timer(), "userdata"), (print, "function"), (f, "userdata")):
        with pytest.raises(LuaError, match=rf"Unwritable object <{kind}> at <\?>\.a\.1"):
            f.writeObject(new_table((), {"a": new_table([value])}))
    f.writeObject("after")
    assert f.storage().string() == "2\n6\nbefore\n2\n5\nafter\n\0"


def test_hooks_replace_objects() -> None:
    f = torch.MemoryFile()
    to_float = lambda v, *_: v.float() if typename(v) == "torch.DoubleTensor" else v  # noqa: E731
    t = torch.Tensor([1])
    f.writeObject(new_table([t, t]), None, to_float)
    f.seek(1)
    c = f.readObject()
    assert c[1] is c[2] and c[1].type() == "torch.FloatTensor"


def test_generators_and_storages() -> None:
    gen = torch.Generator()
    torch.manualSeed(gen, 5)
    other = copy(gen)
    assert torch.random(gen) == torch.random(other)
    s = copy(torch.LongStorage([1, 2]))
    assert typename(s) == "torch.LongStorage" and s.nd.tolist() == [1, 2]
    empty = copy(torch.Tensor(torch.DoubleStorage(3), 2, torch.LongStorage()))
    assert empty.dim() == 0


def test_storage_forms() -> None:
    s = torch.serializeToStorage(new_table([1]))
    assert s.string() == torch.serialize(new_table([1]))
    assert torch.deserializeFromStorage(s)[1] == 1


def with_short_longs(data: bytes) -> bytes:
    f = torch.MemoryFile().binary().longSize(4)
    f.writeObject(torch.deserialize(data.decode("latin-1")))
    return f.storage().string()[:-1].encode("latin-1")


SHORT = [
    torch.range(1, 6).resize(2, 3),
    torch.Tensor(),
    torch.FloatStorage(np.zeros(5, np.float32)),
    torch.LongTensor([1, 2, 3]),
    new_table([torch.Tensor(), torch.zeros(3), 5], {"a": torch.ByteTensor([1])}),
]


@pytest.mark.parametrize("value", SHORT)
def test_longs_of_four_bytes_are_recognised(value, tmp_path) -> None:
    data = with_short_longs(torch.serialize(value).encode("latin-1"))
    name = tmp_path / "x"
    name.write_bytes(data)
    for mode in ("binary", "b32"):
        assert torch.serialize(torch.load(str(name), mode)) == torch.serialize(value)


def test_longs_stay_recognised(tmp_path) -> None:
    f = torch.DiskFile(str(tmp_path / "x"), "rw").binary().longSize(4)
    f.writeObject(torch.range(1, 3))
    f.writeObject(torch.range(1, 2))
    f.longSize(0).seek(1)
    assert f.readObject().nd.tolist() == [1, 2, 3] and f.readObject().nd.tolist() == [1, 2]


def test_old_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")
    tensor = (
        ints(1)
        + longs(1, 1, 1)
        + ints(4, 2)
        + named("torch.DoubleStorage")
        + longs(1)
        + struct.pack("<d", 4)
    )
    old = ints(4, 1) + named("torch.DoubleTensor") + tensor  # before classes had versions
    assert torch.deserialize(old.decode("latin-1")).nd.tolist() == [4]
    cuda = ints(4, 1) + named("V 1") + named("torch.CudaTensor") + ints(0) + longs(1) + ints(0)
    assert torch.deserialize(cuda.decode("latin-1")).type() == "torch.CudaTensor"
    monkeypatch.setenv("TH7SHELL_CUDA", "off")
    assert torch.deserialize(cuda.decode("latin-1")).type() == "torch.FloatTensor"
    cuda = ints(4, 1) + named("V 1") + named("torch.CudaByteTensor") + ints(0) + longs(1) + ints(0)
    assert torch.deserialize(cuda.decode("latin-1")).type() == "torch.ByteTensor"


def test_tds_objects_become_tables(monkeypatch) -> None:
    for name in ("tds.Hash", "tds.Vec", "tds_vec", "tds_hash", "tds.AtomicCounter"):
        monkeypatch.delitem(REGISTRY, name, raising=False)  # as long as nobody has required tds
    number = ints(1) + struct.pack("<d", 4)
    head = ints(4, 1) + named("V 0")
    hash = torch.deserialize(
        (head + named("tds.Hash") + longs(1) + ints(2, 1) + b"k" + number).decode("latin-1")
    )
    assert hash.k == 4
    inner = ints(4, 2) + named("V 0") + named("tds_vec") + longs(0)
    vec = torch.deserialize((head + named("tds.Vec") + longs(2) + number + inner).decode("latin-1"))
    assert vec[1] == 4 and len(vec[2]) == 0
    counter = torch.deserialize((head + named("tds.AtomicCounter") + longs(9)).decode("latin-1"))
    assert counter.value == 9


@pytest.mark.parametrize("tag", [6, 7, 8])
def test_bytecode_is_kept_and_says_so(tag) -> None:
    code = "\x1bLJ\2\x0a???"
    head = ints(tag) if tag == 6 else ints(tag, 1)
    upvalues = ints(3, 2, 1) + ints(1) + struct.pack("<d", 1) + ints(2, 1) + b"u"
    f = torch.deserialize((head + named(code) + upvalues).decode("latin-1"))
    with pytest.raises(LuaError, match="bytecode of LuaJIT"):
        f()
    again = torch.serialize(f)
    assert code in again and again == torch.serialize(torch.deserialize(again))


def test_unknown_classes(tmp_path) -> None:
    body = ints(3, 2, 1) + ints(2, 1) + b"n" + ints(1) + struct.pack("<d", 3)
    data = ints(4, 1) + named("V 2") + named("my.Layer") + body
    name = tmp_path / "x"
    name.write_bytes(data)
    with pytest.raises(LuaError, match=r"unknown Torch class <my\.Layer>"):
        torch.load(str(name))
    value = load_with(str(name), unknown=keep_unknown())
    assert typename(value) == "my.Layer" and value.n == 3
    assert torch.serialize(value).encode("latin-1") == data


FOREIGN = [
    (b"", "is empty"),
    (b"<!DOCTYPE html><html>", "HTML page"),
    (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
    (gzip.compress(b"x", mtime=0), "compressed with gzip"),
    (b"PK\x03\x04....archive/data.pkl", "PyTorch file"),
    (b"PK\x03\x04....", "zip archive"),
    (b"\x80\x02\x8a\nl\xfc", "Python pickle"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 file"),
    (b"1\n5\n", "ascii .t7 file: read it with torch.load(name, 'ascii')"),
    (b"\0\0\0\3\0\0\0\1\0\0\0\0", "big-endian"),
    (b"garbage!garbage!", "is not a .t7 file"),
    (ints(3, 1, 5) + ints(2, 1), "is a .t7 file that is damaged or was cut short, byte"),
]


@pytest.mark.parametrize("data, message", FOREIGN)
def test_files_that_are_something_else(tmp_path, data, message) -> None:
    name = tmp_path / "x"
    name.write_bytes(data)
    with pytest.raises(LuaError) as error:
        torch.load(str(name))
    assert message in str(error.value) and str(name) in str(error.value)


DAMAGED = [
    ints(2, 2**31 - 1),
    ints(2, -5),
    ints(3, 1, -1),
    ints(9),
    ints(4, 1) + named("V 1") + named("torch.DoubleTensor") + ints(99),
    ints(4, 1) + named("V 1") + named("torch.DoubleTensor") + ints(1) + longs(5, 1, 1) + ints(0),
    ints(4, 1) + named("V 1") + named("torch.DoubleTensor") + ints(1) + longs(5, 1, 1) + ints(5, 1),
    ints(4, 1) + named("V 1") + named("torch.DoubleTensor") + ints(1) + longs(5, 2**40, 1) + ints(4, 2)
    + named("V 1") + named("torch.DoubleStorage") + longs(1) + longs(0),
    ints(4, 1) + named("V 1") + named("torch.DoubleStorage") + longs(2**60),
    ints(4, 1) + named("V 1") + named("torch.DoubleStorage") + longs(-1),
    ints(3, 1, 1) + ints(0) + ints(5, 1),
]  # fmt: skip


@pytest.mark.parametrize("data", DAMAGED)
def test_damaged_files_raise(data) -> None:
    with pytest.raises(LuaError):
        torch.deserialize(data.decode("latin-1"))


def test_quiet_files_return_nil() -> None:
    f = torch.MemoryFile().binary().quiet()
    assert f.readObject() is None and f.hasError()


@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_every_prefix_of_a_file_raises(mode) -> None:
    text = torch.serialize(
        new_table([torch.range(1, 3), "text", True], {"k": new_table([1])}), mode
    )
    for n in range(len(text) - (mode == "ascii")):
        with pytest.raises(LuaError):
            torch.deserialize(text[:n], mode)


MODES = [
    (lambda n: torch.save(n, 1, "text"), '"binary" or "ascii" (or nil) expected for mode'),
    (lambda n: torch.load(n, "x"), '"binary", "b32", "b64" or "ascii" (or nil) expected for mode'),
    (lambda n: torch.load(n, "binary", 1), "true or false (or nil) expected for referenced"),
    (lambda n: torch.load(n + "/no"), "cannot open <"),
    (lambda n: torch.save(n + "/no/file", 1), "cannot open <"),
]


@pytest.mark.parametrize("call, message", MODES)
def test_bad_arguments(tmp_path, call, message) -> None:
    with pytest.raises(LuaError) as error:
        call(str(tmp_path / "x"))
    assert message in str(error.value)


def test_a_failed_save_leaves_the_file_as_it_was(tmp_path) -> None:
    name = str(tmp_path / "x")
    torch.save(name, "first")
    with pytest.raises(LuaError):
        torch.save(name, new_table([torch.range(1, 1e5), torch.Timer()]))
    assert torch.load(name) == "first" and os.listdir(tmp_path) == ["x"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links of Unix")
def test_saving_keeps_mode_and_link(tmp_path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    torch.save(str(target), 1)
    target.chmod(0o640)
    link.symlink_to(target)
    torch.save(str(link), 2)
    assert (
        link.is_symlink()
        and torch.load(str(target)) == 2
        and target.stat().st_mode & 0o777 == 0o640
    )
    torch.save("/dev/null", 3)
    target.chmod(0o440)
    if os.getuid():
        with pytest.raises(LuaError, match=r"cannot open"):
            torch.save(str(target), 4)


KILLED = """
import os, sys, threading, time
from th7shell import torch
name = sys.argv[1]
value = torch.range(1, 400_000)
print("ready", flush=True)
while True:
    torch.save(name, value)
"""


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_killed_save_leaves_the_earlier_file(tmp_path) -> None:
    """200 times, at random moments."""
    name = str(tmp_path / "x")
    torch.save(name, torch.range(1, 400_000))
    rng = np.random.default_rng(0)
    for _ in range(200):
        process = subprocess.Popen([sys.executable, "-c", KILLED, name], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        try:
            process.wait(rng.random() * 0.03)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        process.stdout.close()
        assert torch.load(name).nd[-1] == 400_000


def test_bytes_of_either_sign_in_storages_and_tensors() -> None:
    storage = torch.serializeToStorage(new_table([1, "x"]))
    chars = torch.CharTensor(storage)
    for source in (storage, chars, chars.byte(), chars.byte().storage()):
        assert torch.deserializeFromStorage(source)[2] == "x"
    with pytest.raises(LuaError, match=r"torch.CharStorage expected, got torch.IntTensor"):
        torch.deserializeFromStorage(torch.IntTensor(2))
