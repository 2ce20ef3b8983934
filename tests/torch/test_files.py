"""The File family: modes, typed reads and writes, places, strings, errors; the same on disk and in
memory."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.torch.storage import STORAGES

KINDS = ("Byte", "Char", "Short", "Int", "Long", "Float", "Double")


@pytest.fixture(params=["disk", "memory"])
def make(request, tmp_path):
    """make(mode) opens the same file again and again."""
    if request.param == "disk":
        return lambda mode="rw": torch.DiskFile(str(tmp_path / "file"), mode)
    shared = torch.CharStorage([0])

    def open_memory(mode="rw"):
        return torch.MemoryFile(shared, mode)

    return open_memory


def error_of(call) -> str:
    with pytest.raises(LuaError) as caught:
        call()
    return str(caught.value)


VALUES = {
    "Byte": [0, 65, 10, 255],
    "Char": [-128, 0, 10, 127],
    "Short": [-32768, 12],
    "Int": [-(2**31), 2**31 - 1],
    "Long": [-(2**62), 0, 2**62],
    "Float": [0.1, -3e30, np.inf],
    "Double": [0.1, 1e-310, -np.inf, 12345678.25],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["ascii", "binary"])
def test_storages_and_numbers_come_back(make, kind, mode) -> None:
    stored = STORAGES[kind](VALUES[kind])
    f = getattr(make(), mode)()
    assert getattr(f, f"write{kind}")(stored) == len(stored)
    for value in stored:
        assert getattr(f, f"write{kind}")(value) == ()
    f.seek(1)
    read = getattr(f, f"read{kind}")
    assert read(len(stored)).nd.tolist() == stored.nd.tolist()
    assert [read() for _ in range(len(stored))] == [stored[i] for i in range(1, len(stored) + 1)]
    f.seek(1)
    again = STORAGES[kind](2)
    assert read(again) == 2 and again.nd.tolist() == stored.nd.tolist()[:2]
    f.close()


@given(
    st.lists(st.floats(width=64), max_size=40),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40),
)
def test_ascii_keeps_every_bit(doubles, longs) -> None:
    f = torch.MemoryFile()
    f.writeDouble(torch.DoubleStorage(np.array(doubles, float)))
    f.writeLong(torch.LongStorage(np.array(longs, np.int64)))
    f.seek(1)
    read = f.readDouble(len(doubles)).nd
    assert np.array_equal(read, np.array(doubles, float), equal_nan=True)
    assert np.array_equal(
        np.signbit(read[~np.isnan(read)]), np.signbit(np.array(doubles)[~np.isnan(read)])
    )
    assert f.readLong(len(longs)).nd.tolist() == longs


TEXTS = [
    ("writeInt", (3,), "3\n"),
    ("writeInt", (3.99,), "3\n"),
    ("writeDouble", (0.1,), "0.10000000000000001\n"),
    ("writeFloat", (0.1,), "0.100000001\n"),
    ("writeDouble", (float("nan"),), "nan\n"),
    ("writeDouble", (float("-inf"),), "-inf\n"),
    ("writeBool", (True,), "1\n"),
    ("writeBool", (None,), "0\n"),
    ("writeByte", (65,), "A\n"),
    ("writeChar", (torch.CharStorage([72, 105]),), "Hi\n"),
    ("writeInt", (torch.IntStorage([1, -2, 3]),), "1 -2 3\n"),
    ("writeInt", (torch.IntStorage(),), ""),
    ("writeString", ("a\nb",), "a\nb"),
]


@pytest.mark.parametrize("method, arguments, text", TEXTS)
def test_what_ascii_looks_like(method, arguments, text) -> None:
    f = torch.MemoryFile()
    getattr(f, method)(*arguments)
    assert f.storage().string() == text + "\0"


def test_no_auto_spacing() -> None:
    f = torch.MemoryFile().noAutoSpacing()
    f.writeInt(torch.IntStorage([1, 2]))
    f.writeInt(3)
    assert f.storage().string() == "123\0" and not f.isAutoSpacing()
    f.autoSpacing().seek(1)
    assert f.readInt() == 123


SCANS = [  # text, method, n: numbers, how many bytes were taken
    ("1 2 3\n4", "readInt", 3, [1, 2, 3], 6),
    ("  7\n8", "readInt", 1, [7], 4),
    ("12ab", "readInt", 1, [12], 2),
    ("1_0", "readInt", 1, [1], 1),
    ("3.5 1", "readInt", 1, [3], 1),
    ("1e3,", "readDouble", 1, [1000], 3),
    ("-inf nan", "readDouble", 1, [-np.inf], 4),
    ("0x1p4 ", "readDouble", 1, [16], 5),
    ("99999999999999999999", "readLong", 1, [2**63 - 1], 20),
]


@pytest.mark.parametrize("text, method, n, numbers, taken", SCANS)
def test_ascii_numbers_are_found_as_scanf_does(tmp_path, text, method, n, numbers, taken) -> None:
    (tmp_path / "f").write_text(text)
    f = torch.DiskFile(str(tmp_path / "f"))
    assert getattr(f, method)(n).nd.tolist() == numbers
    assert f.position() == taken + 1


def test_large_ascii_storages_cross_the_window(tmp_path) -> None:
    numbers = np.random.default_rng(0).random(120_000)
    f = torch.DiskFile(str(tmp_path / "f"), "rw")
    f.writeDouble(torch.DoubleStorage(numbers))
    f.writeInt(5)
    f.seek(1)
    assert np.array_equal(f.readDouble(len(numbers)).nd, numbers)
    assert f.readInt() == 5


def test_short_reads(make) -> None:
    f = make().binary()
    f.writeInt(torch.IntStorage([1, 2, 3]))
    f.writeByte(9)
    f.seek(5)
    assert error_of(lambda: f.readInt(4)) == "read error: read 2 blocks instead of 4"
    assert f.hasError()
    f.clearError().quiet().seek(5)
    assert f.readInt(4).nd.tolist() == [2, 3]
    assert f.hasError() and f.readInt() == 0
    assert f.readString("*a") in ("", "\t")


def test_places_are_bytes_from_1(make) -> None:
    f = make().binary()
    f.writeShort(torch.ShortStorage([1, 2, 3]))
    assert f.position() == 7
    f.seek(3)
    assert f.readShort() == 2 and f.position() == 5
    f.writeShort(7)
    f.seek(5)
    assert f.readShort() == 7
    assert f.seekEnd().position() == 7
    assert "position has to be greater than 0!" in error_of(lambda: f.seek(0))


def test_strings(make) -> None:
    f = make()
    f.writeString("one\ntwo\n\nend")
    f.seek(1)
    assert [f.readString("*l") for _ in range(4)] == ["one", "two", "", "end"]
    assert error_of(lambda: f.readString("*l")) == "read error: read 0 blocks instead of 1"
    f.seek(5)
    assert f.readString("*all") == "two\n\nend"
    assert "format must be '*a' or '*l'" in error_of(lambda: f.readString("*n"))
    assert f.quiet().readString("*a") == "" and f.hasError()


def test_reads_and_writes_change_places(make) -> None:
    f = make()
    f.writeString("1\n2\n3\n")
    f.seek(1)
    assert f.readInt() == 1 and f.position() == 3
    f.writeString("7")
    assert f.position() == 4 and f.readString("*l") == "" and f.readInt() == 3
    f.seek(1)
    assert f.readString("*a") == "1\n7\n3\n"


def test_flags() -> None:
    f = torch.MemoryFile("r")
    assert (f.isReadable(), f.isWritable(), f.isBinary(), f.isQuiet(), f.isAutoSpacing()) == (
        True,
        False,
        False,
        False,
        True,
    )
    assert f.binary().isBinary() and f.quiet().isQuiet() and not f.pedantic().isQuiet()
    assert f.isReferenced() and not f.referenced(False).isReferenced()


ERRORS = [
    (lambda f: f("w").readInt(), "attempt to read in a write-only file"),
    (lambda f: f("r").writeInt(1), "attempt to write in a read-only file"),
    (lambda f: f("r").writeString("x"), "attempt to write in a read-only file"),
    (lambda f: f("rw").close().readInt(), "attempt to use a closed file"),
    (lambda f: f("rw").close().close(), "attempt to use a closed file"),
    (lambda f: f("x"), "file mode should be 'r','w' or 'rw'"),
    (lambda f: f("rw").readInt("x"), "nothing, number, or IntStorage expected"),
    (lambda f: f("rw").writeInt(torch.LongStorage([1])), "number, or IntStorage expected"),
    (lambda f: f("rw").longSize(3), "Invalid long size specified"),
    (lambda f: f("rw").writeString(torch.Tensor()), "string expected, got userdata"),
]


@pytest.mark.parametrize("call, message", ERRORS)
def test_errors(make, call, message) -> None:
    make("rw").close()
    assert message in error_of(lambda: call(make))


def test_opening(tmp_path) -> None:
    name = str(tmp_path / "none")
    assert error_of(lambda: torch.DiskFile(name)) == f"cannot open <{name}> in mode r "
    assert torch.DiskFile(name, "r", True) is None
    f = torch.DiskFile(name, "rw")
    assert str(f) == f"torch.DiskFile on <{name}> [status: open -- mode rw]"
    assert "status: closed" in str(f.close())
    assert str(torch.MemoryFile("w")) == "torch.MemoryFile [status: open -- mode:  w]"


def test_big_endian(tmp_path) -> None:
    f = torch.DiskFile(str(tmp_path / "f"), "w").binary().bigEndianEncoding()
    f.writeInt(1)
    f.writeDouble(torch.DoubleStorage([1]))
    f.writeObject(torch.Tensor([1, 2]))
    f.close()
    assert (tmp_path / "f").read_bytes()[:12] == b"\0\0\0\1" + b"\x3f\xf0" + b"\0" * 6
    f = torch.DiskFile(str(tmp_path / "f")).binary().bigEndianEncoding()
    assert f.readInt() == 1 and f.readDouble() == 1 and f.readObject().nd.tolist() == [1, 2]
    assert f.isLittleEndianCPU() == (sys.byteorder == "little") != f.isBigEndianCPU()
    f.nativeEndianEncoding().littleEndianEncoding().seek(1)
    assert f.readInt() == 2**24


def test_long_size() -> None:
    f = torch.MemoryFile().binary().longSize(4)
    f.writeLong(torch.LongStorage([1, -2]))
    assert f.storage().string() == "\1\0\0\0\xfe\xff\xff\xff\0"
    f.seek(1)
    assert f.readLong(2).nd.tolist() == [1, -2]


def test_a_file_over_a_storage_grows_it() -> None:
    s = torch.CharStorage([72, 105, 0])
    view = torch.CharTensor(s)
    f = torch.MemoryFile(s, "rw")
    assert f.readString("*a") == "Hi"
    f.writeString("!" * 100)
    assert f.storage() is s and s.string() == "Hi" + "!" * 100 + "\0"
    assert view.nd.tolist() == [72, 105, 33]
    assert "must be terminated by 0" in error_of(lambda: torch.MemoryFile(torch.CharStorage([1])))


def test_unclosed_files_are_written_when_they_go(tmp_path) -> None:
    f = torch.DiskFile(str(tmp_path / "f"), "w")
    f.writeInt(1)
    del f
    assert (tmp_path / "f").read_text() == "1\n"


def test_synchronize_and_no_buffer(tmp_path) -> None:
    f = torch.DiskFile(str(tmp_path / "f"), "w")
    f.writeInt(1)
    assert (tmp_path / "f").read_text() == ""
    f.synchronize()
    assert (tmp_path / "f").read_text() == "1\n"
    f.noBuffer().writeInt(2)
    assert (tmp_path / "f").read_text() == "1\n2\n"


@pytest.mark.skipif(sys.platform == "win32", reason="commands of a Unix shell")
def test_pipes(tmp_path) -> None:
    f = torch.PipeFile("echo 1 2; echo text")
    assert f.readInt(2).nd.tolist() == [1, 2] and f.readString("*a") == "text\n"
    assert "unable to obtain disk file offset" in error_of(f.position)
    assert "unable to seek to position 0" in error_of(lambda: f.seek(1))
    f.close()
    out = tmp_path / "out"
    f = torch.PipeFile(f"cat > {out}", "w").binary()
    f.writeObject(torch.IntTensor([1, 2]))
    f.close()
    assert torch.load(str(out)).nd.tolist() == [1, 2]
    with torch_pipe(f"cat {out}") as f:
        assert f.readObject().nd.tolist() == [1, 2]
    assert "file mode should be 'r','w'" in error_of(lambda: torch.PipeFile("true", "rw"))


class torch_pipe:
    """A binary pipe that is closed at the end of a block."""

    def __init__(self, command: str) -> None:
        self.file = torch.PipeFile(command).binary()

    def __enter__(self):
        return self.file

    def __exit__(self, *_) -> None:
        self.file.close()
