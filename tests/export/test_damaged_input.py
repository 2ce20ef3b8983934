"""Damaged and hostile files through `inspect` and `convert`: one clear line, exit 1, no output left."""

from __future__ import annotations

import json
import os
import random
import struct
import time
import zipfile
from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest

from tests.torch.test_damaged_files import more_samples, mutated, samples
from th7shell import export, nn, nngraph, torch
from th7shell.cli import main
from th7shell.export import pieces
from th7shell.lua import new_table


def nets() -> list[tuple[str, str]]:
    """Files of nets of several kinds."""
    convolutions = nn.Sequential().add(nn.SpatialConvolution(1, 2, 3, 3)).add(nn.ReLU())
    convolutions.add(nn.SpatialMaxPooling(2, 2)).add(nn.View(-1)).add(nn.Linear(8, 3)).float()
    branches = nn.Concat(1).add(nn.Linear(3, 2)).add(nn.Sequential().add(nn.Tanh()))
    branches.add(nn.ParallelTable().add(nn.LookupTable(5, 2)).add(nn.BatchNormalization(3)))
    nngraph.calls.install()
    node = nn.Identity()()
    graph = nn.gModule(new_table([node]), new_table([nn.Linear(3, 2)(node)]))
    nets = [convolutions, branches, graph, new_table([convolutions], {"epoch": 5})]
    return [(torch.serialize(net, mode), mode) for net in nets for mode in ("binary", "ascii")]


ONNX = find_spec("onnx")
TARGETS = [
    ("out.safetensors", {}),
    ("out.safetensors", {"names": "torch"}),
    ("out.npz", {}),
    ("out.t7", {}),
    ("out.t7", {"float": True, "state": False}),
    ("out.t7", {"mode": "ascii", "cpu": True}),
    ("out.t7", {"longs": 4}),
    ("out.lua", {}),
    ("out.py", {"input": (1, 1, 6, 6)}),
    ("out.py", {"input": (2, 3)}),
    *([("out.h5", {})] if find_spec("h5py") else []),
    *([("out.onnx", {"input": (2, 3)}), ("out.onnx", {"input": (1, 1, 6, 6)})] * bool(ONNX)),
]


def attempt(do) -> bool:
    """Whether it succeeds; the only error may be an ExportError of one line."""
    try:
        do()
    except export.ExportError as error:
        assert str(error) and "\n" not in str(error)
        return False
    return True


def emptied(folder, path) -> None:
    """Only the damaged file stays in its folder."""
    for other in folder.iterdir():
        if other != path:
            other.unlink()


def check(count: int, seed: int, folder) -> None:
    rng = random.Random(seed)
    files = samples() + more_samples() + nets() * 4
    path = folder / "mutated.t7"
    opened = 0
    for i in range(count):
        text, _ = rng.choice(files)
        path.write_bytes(mutated(text, rng).encode("latin-1"))
        started = time.process_time()

        def look():
            report = export.inspect(path, rng.choice([None, (3,), (1, 6, 6)]))
            assert report.text(tree=rng.random() < 0.5, tensors=True)
            json.dumps(report.data(), allow_nan=False)

        opened += attempt(look)
        name, options = rng.choice(TARGETS)
        if not attempt(partial(export.convert, path, folder / name, **options)):
            assert os.listdir(folder) == ["mutated.t7"], i
        else:
            emptied(folder, path)
        assert time.process_time() - started < 10, i
    assert opened > count / 20


def test_some_mutated_files(tmp_path, monkeypatch):
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")

    check(300, 1, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 14))
def test_many_mutated_files(seed, tmp_path, monkeypatch):
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")
    check(3000, seed, tmp_path)


def archive(ending, folder) -> bytes:
    """A file of named arrays of a net."""
    net = nn.Sequential().add(nn.Linear(3, 2)).add(nn.Linear(2, 2))
    net.getParameters()
    torch.save(folder / "net.t7", net)
    export.convert(folder / "net.t7", folder / f"good{ending}", input=(2, 3))
    os.remove(folder / "net.t7")
    data = (folder / f"good{ending}").read_bytes()
    os.remove(folder / f"good{ending}")
    return data


def check_archives(count: int, seed: int, ending: str, folder) -> None:
    rng = random.Random(seed)
    good = archive(ending, folder)
    path = folder / f"bad{ending}"
    for i in range(count):
        data = mutated(good.decode("latin-1"), rng)
        if rng.random() < 0.5:  # numbers and names of the header
            old = rng.choice([":[", "12", "Double", "1", '"', "modules", "}", "nn.Linear", "8"])
            new = rng.choice(["99999999", "-1", "Float", "[", "null", "1e999", '"', ""])
            data = data.replace(old, new, rng.choice([1, 2, 99]))
        path.write_bytes(data.encode("latin-1"))
        started = time.process_time()
        if not attempt(lambda: export.convert(path, folder / "out.t7")):
            assert os.listdir(folder) == [path.name], i
        else:
            emptied(folder, path)
        assert time.process_time() - started < 5, i


ARCHIVES = [
    pytest.param(
        ending, marks=pytest.mark.skipif(bool(needs) and not find_spec(needs), reason="needs it")
    )
    for ending, needs in ((".safetensors", ""), (".npz", ""), (".h5", "h5py"), (".onnx", "onnx"))
]


@pytest.mark.parametrize("ending", ARCHIVES)
def test_some_damaged_archives(ending, tmp_path):
    check_archives(300, 5, ending, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("ending", ARCHIVES)
def test_many_damaged_archives(ending, tmp_path):
    check_archives(10_000, 6, ending, tmp_path)


HEADERS = {
    "no length": b"abc",
    "a length beyond the file": struct.pack("<Q", 2**63) + b"{}",
    "no JSON": struct.pack("<Q", 4) + b"abcd",
    "a list": struct.pack("<Q", 2) + b"[]",
    "deep": struct.pack("<Q", 90_000) + b"[" * 90_000,
    "an unknown type": {"x": {"dtype": "F4", "shape": [1], "data_offsets": [0, 4]}},
    "a size that does not fit": {"x": {"dtype": "F32", "shape": [3], "data_offsets": [0, 4]}},
    "an endless size": {"x": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]}},
    "a place beyond the file": {"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
    "a negative size": {"x": {"dtype": "F32", "shape": [-1, -1], "data_offsets": [0, 4]}},
    "half a row": {"x": {"dtype": "F32"}},
    "a metadata of numbers": {"__metadata__": {"a": 1}},
}


@pytest.mark.parametrize("case", HEADERS)
def test_hostile_headers(case, tmp_path, capsys):
    data = HEADERS[case]
    if isinstance(data, dict):
        text = json.dumps(data).encode()
        data = struct.pack("<Q", len(text)) + text + b"\0" * 4
    (tmp_path / "x.safetensors").write_bytes(data)
    for words in (["inspect"], ["convert"]):
        out = [str(tmp_path / "out.t7")] * (words == ["convert"])
        assert main([*words, str(tmp_path / "x.safetensors"), *out]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and "is not a .safetensors file" in err
    assert os.listdir(tmp_path) == ["x.safetensors"]


def test_an_archive_of_objects_is_not_unpickled(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.array([print], object))
    with pytest.raises(export.ExportError):
        export.load(tmp_path / "x.npz")
    with zipfile.ZipFile(tmp_path / "y.npz", "w") as made:
        made.writestr("x.npy", b"hello")
    with pytest.raises(export.ExportError):
        export.load(tmp_path / "y.npz")


@pytest.mark.parametrize("size", [10_000, 1_000_000])  # the large one is copied by the system
@pytest.mark.parametrize("ending", ["safetensors", "npz", "h5"])
def test_a_full_disk_leaves_nothing(ending, size, tmp_path, monkeypatch):
    if ending == "h5":
        pytest.importorskip("h5py")
    torch.save(tmp_path / "x.t7", torch.range(1, size))
    out = tmp_path / f"out.{ending}"
    out.write_text("as it was")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pieces, "write_all", full)
    monkeypatch.setattr("th7shell.export.safetensors.write_all", full)
    monkeypatch.setattr("th7shell.export.npz.pieces", full)
    monkeypatch.setitem(vars(os), "copy_file_range", full)
    with pytest.raises(export.ExportError, match="No space left on device"):
        export.convert(tmp_path / "x.t7", out)
    assert out.read_text() == "as it was"
    assert sorted(os.listdir(tmp_path)) == [out.name, "x.t7"]


@pytest.mark.parametrize("way", ["as it is", "not between these files", "in small parts", "absent"])
def test_large_tensors_are_copied_by_the_system_where_it_can(way, tmp_path, monkeypatch):
    values = torch.range(1, 600_000).add(0.5)
    torch.save(tmp_path / "x.t7", new_table([values, values.float(), torch.ones(3)]))
    own, calls = vars(os).get("copy_file_range"), []

    def copy(source, target, count, offset):
        calls.append(count)
        if way == "not between these files" or (way == "in small parts" and len(calls) > 3):
            raise OSError(18, "Invalid cross-device link")
        return own(source, target, min(count, 1001) if way == "in small parts" else count, offset)

    if own is None and way != "absent":
        pytest.skip("this system has no such call")
    monkeypatch.setitem(vars(os), "copy_file_range", None if way == "absent" else copy)
    done = []
    path = tmp_path / "x.safetensors"
    export.convert(tmp_path / "x.t7", path, progress=lambda *now: done.append(now))
    made = export.load(path)
    assert made[1].equal(values) and made[2].equal(values.float())
    assert done[-1][0] == done[-1][1] and bool(calls) == (way != "absent")


def test_deep_nets(tmp_path):
    net = nn.Sequential().add(nn.Tanh())
    for _ in range(450):
        net = nn.Sequential().add(net)
    torch.save(tmp_path / "deep.t7", net)
    assert "450" not in str(export.inspect(tmp_path / "deep.t7", (3,)).nets[0].problem)
    for name, options in TARGETS:
        attempt(partial(export.convert, tmp_path / "deep.t7", tmp_path / name, **options))
    attempt(partial(export.convert, tmp_path / "deep.t7", tmp_path / "deep.lua"))


def test_a_file_of_a_function(tmp_path):
    text = "\x08\0\0\0\1\0\0\0\6\0\0\0\x1bLJ\2??\3\0\0\0\2\0\0\0\0\0\0\0"
    (tmp_path / "f.t7").write_bytes(text.encode("latin-1"))
    assert "function" in str(export.inspect(tmp_path / "f.t7"))
    with pytest.raises(export.ExportError, match="is a function, no tensor and no table"):
        export.convert(tmp_path / "f.t7", tmp_path / "f.npz")
