"""Objects in `.safetensors`, `.npz` and `.h5` files: what is in them, and the way back."""

from __future__ import annotations

import importlib.util
import json
import struct

import numpy as np
import pytest

from th7shell import export, nn, tds, torch
from th7shell.cli import main
from th7shell.export.archive import Cover
from th7shell.lua import new_table
from th7shell.torch.tensor import TYPES

H5 = pytest.param(
    ".h5",
    marks=pytest.mark.skipif(importlib.util.find_spec("h5py") is None, reason="needs h5py"),
)
ENDINGS = [".safetensors", ".npz", H5]


def header_of(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def convolutions():
    net = nn.Sequential().add(nn.SpatialConvolution(1, 2, 3, 3)).add(nn.ReLU())
    net.add(nn.ConcatTable().add(nn.Identity()).add(nn.SpatialBatchNormalization(2)))
    return net.add(nn.CAddTable()).add(nn.View(-1)).add(nn.Linear(32, 3)).float()


def saved(value, tmp_path):
    torch.save(tmp_path / "source.t7", value)
    return tmp_path / "source.t7"


def there_and_back(value, tmp_path, ending):
    target = tmp_path / f"middle{ending}"
    export.convert(saved(value, tmp_path), target)
    export.convert(target, tmp_path / "back.t7")
    return torch.load(tmp_path / "back.t7")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_net_comes_back_as_it_was(ending, tmp_path):
    net = convolutions()
    net.evaluate()
    input = torch.randn(1, 6, 6).float()
    output = net.forward(input).clone()
    back = there_and_back(net, tmp_path, ending)
    assert str(back) == str(net) and back.forward(input).equal(output)
    assert back.modules[4].inplace == net.modules[4].inplace


@pytest.mark.parametrize("ending", ENDINGS)
def test_all_types_and_plain_values_come_back(ending, tmp_path):
    value = new_table([cls(2, 3).fill(3) for cls in TYPES.values()], {"\xe9": "ü\xff\0", "x.y": 5})
    value["Ã©"] = "Ã¼"  # UTF-8
    value["1"], value["inf"], value["no"] = -0.5, float("-inf"), False
    value["empty"], value["sizes"] = torch.FloatTensor(), torch.LongStorage([3, 4])
    value["transposed"] = torch.range(1, 6).resize(2, 3).t()
    back = there_and_back(value, tmp_path, ending)
    for i, cls in enumerate(TYPES.values(), 1):
        assert type(back[i]) is cls and back[i].nd.tolist() == [[3] * 3] * 2
    for name in ("\xe9", "Ã©", "x.y", "1", "inf", "no"):
        assert back[name] == value[name], name
    assert type(back.empty) is TYPES["torch.FloatTensor"] and back.empty.dim() == 0
    assert type(back.sizes) is torch.LongStorage and back.sizes[2] == 4
    assert back.transposed.equal(value.transposed)


@pytest.mark.parametrize("ending", [".safetensors", ".t7"])
def test_objects_of_tds_come_back(ending, tmp_path):
    hash = tds.Hash()
    hash["a"], hash[3] = 5, torch.ones(2)
    value = new_table([hash, tds.Vec(new_table(["x", torch.zeros(3)]))])
    export.convert(saved(value, tmp_path), tmp_path / f"middle{ending}", float=True)
    export.convert(tmp_path / f"middle{ending}", tmp_path / "back.t7", mode="binary")
    back = torch.load(tmp_path / "back.t7")
    assert type(back[1]) is tds.Hash and back[1]["a"] == 5 and len(back[1]) == 2
    assert type(back[2]) is tds.Vec and back[2][1] == "x" and back[2][2].nElement() == 3


@pytest.mark.parametrize("ending", ENDINGS)
def test_tensors_are_as_many_as_they_were(ending, tmp_path):
    whole = torch.range(1, 6)
    value = new_table([whole, whole.view(6), whole, new_table([whole.view(6)])])
    back = there_and_back(value, tmp_path, ending)
    assert back[3] is back[1] and back[2] is not back[1] and back[4][1] is not back[1]
    back[1].resize(2, 3).fill(7)
    assert back[2].sum() == back[4][1].sum() == 42 and back[2].dim() == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_tensor_in_several_places_is_written_under_the_shortest_path(ending, tmp_path):
    one, other = torch.range(1, 4), torch.range(5, 8)
    deep = new_table((), {"a": new_table((), {"b": new_table([one, other.view(2, 2)])})})
    value = new_table([deep, one, other, one.view(4)])
    back = there_and_back(value, tmp_path, ending)
    assert back[1].a.b[1] is back[2] and back[4] is not back[2]
    back[2].fill(1)
    back[3].fill(2)
    assert back[4].sum() == 4 and back[1].a.b[2].sum() == 8
    assert "1.a.b.1" not in export.inspect(tmp_path / f"middle{ending}").statistics


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_shared_stays_shared_and_is_written_once(ending, tmp_path):
    net = nn.Sequential().add(nn.Linear(30, 30)).add(nn.Linear(30, 30))
    net.add(net.modules[1]).add(
        nn.Linear(30, 30).share(net.modules[2], "weight", "bias", "gradWeight", "gradBias")
    )
    flat, _ = net.getParameters()
    back = there_and_back(new_table([net, flat]), tmp_path, ending)
    assert (tmp_path / f"middle{ending}").stat().st_size < 8 * 2 * flat.nElement() + 20_000
    back[2].fill(7)
    parts = back[1].modules
    assert all(parts[i].weight.sum() == 7 * 900 for i in range(1, 5))
    assert parts[3] is parts[1] and parts[4] is not parts[2]
    parts[2].weight.fill(1)
    assert parts[4].weight.sum() == 900


def test_the_safetensors_file_is_as_others_read_it(tmp_path):
    flat = torch.range(1, 10)
    value = new_table(
        [torch.ByteTensor([1, 2, 3]), flat.narrow(1, 1, 4), flat.narrow(1, 5, 6), flat]
    )
    export.convert(saved(value, tmp_path), tmp_path / "out.safetensors")
    header, data = header_of(tmp_path / "out.safetensors")
    about = header.pop("__metadata__")
    assert all(isinstance(text, str) for text in about.values())
    assert (tmp_path / "out.safetensors").stat().st_size % 8 == 3 % 8 + 0
    spans = sorted(row["data_offsets"] for row in header.values())
    assert [a for a, _ in spans] == [0, *(b for _, b in spans)][:-1] and spans[-1][1] == len(data)
    assert set(header) == {"1", "2", "3"}  # the whole is its parts
    first, last = header["3"]["data_offsets"]
    assert header["3"]["dtype"] == "F64" and header["3"]["shape"] == [6]
    assert np.frombuffer(data[first:last]).tolist() == [5, 6, 7, 8, 9, 10]
    assert json.loads(about["th7shell"])["classes"]["4"] == "torch.DoubleTensor"


def test_npz_is_as_numpy_reads_it(tmp_path):
    export.convert(saved(convolutions(), tmp_path), tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as arrays:
        assert arrays["modules.1.weight"].shape == (2, 1, 3, 3)
        assert arrays["modules.1.weight"].dtype == np.float32
        assert (
            json.loads(str(arrays["__about__"]))["classes"]["modules.1"] == "nn.SpatialConvolution"
        )


def test_names_of_pytorch(tmp_path, capsys):
    net = (
        convolutions().add(nn.TemporalConvolution(3, 4, 2)).add(nn.SpatialConvolutionMM(1, 2, 3, 3))
    )
    source = str(saved(new_table((), {"model": net, "extra": torch.ones(3)}), tmp_path))
    target = tmp_path / "out.safetensors"
    assert main(["convert", source, str(target), "--names", "torch"]) == 0
    header, data = header_of(target)
    shapes = {name: row["shape"] for name, row in header.items() if name != "__metadata__"}
    assert shapes == {
        "0.weight": [2, 1, 3, 3],
        "0.bias": [2],
        "2.1.weight": [2],
        "2.1.bias": [2],
        "2.1.running_mean": [2],
        "2.1.running_var": [2],
        "5.weight": [3, 32],
        "5.bias": [3],
        "6.weight": [4, 3, 2],
        "6.bias": [4],
        "7.weight": [2, 1, 3, 3],
        "7.bias": [2],
    }
    first, last = header["6.weight"]["data_offsets"]
    theirs = np.frombuffer(data[first:last]).reshape(4, 3, 2)
    ours = net.modules[7].weight.nd.reshape(4, 2, 3)
    assert (theirs == ours.transpose(0, 2, 1)).all()


def test_tensors_of_others_become_tables(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        **{"0.weight": np.ones((2, 3), np.float32), "0.bias": np.zeros(2), "n": np.array(7)},
        flags=np.array([True, False]),
        small=np.arange(3, dtype=np.uint16),
        large=np.arange(3, dtype=">i8"),
    )
    export.convert(tmp_path / "a.npz", tmp_path / "a.t7")
    table = torch.load(tmp_path / "a.t7")
    assert type(table[0].weight) is torch.FloatTensor and table[0].weight.size(2) == 3
    assert table.n[1] == 7 and type(table.flags) is torch.ByteTensor and table.small[3] == 2
    assert table.large[3] == 2
    np.savez(tmp_path / "b.npz", **{"a": np.ones(1), "a.b": np.ones(2)})
    assert export.load(tmp_path / "b.npz")["a.b"].nElement() == 2
    np.savez(tmp_path / "c.npz", z=np.ones(2, complex))
    with pytest.raises(export.ExportError, match="z: Torch has no type for complex128"):
        export.load(tmp_path / "c.npz")


def test_half_precision_of_others(tmp_path):
    header = json.dumps({"x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
    numbers = np.array([1.5, -2], np.float32).view(np.uint32) >> 16
    data = struct.pack("<Q", len(header)) + header + numbers.astype("<u2").tobytes()
    (tmp_path / "x.safetensors").write_bytes(data)
    assert export.load(tmp_path / "x.safetensors").x.nd.tolist() == [1.5, -2]


def test_an_expanded_tensor_without_end_is_refused(tmp_path, capsys):
    source = str(saved(torch.ones(1, 1).expand(2**30, 4), tmp_path))
    assert main(["convert", source, str(tmp_path / "out.npz")]) == 1
    assert "too large to be written out" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


def test_what_no_file_can_hold_is_told(tmp_path, capsys):
    value = new_table([torch.ones(2)])
    value[1.5] = torch.ones(3)
    value[True] = 5
    source = str(saved(value, tmp_path))
    assert main(["convert", source, str(tmp_path / "out.safetensors")]) == 0
    assert "left out what is no tensor and no plain value" in capsys.readouterr().err


def test_the_same_object_gives_the_same_bytes(tmp_path):
    source = saved(convolutions(), tmp_path)
    for ending in (".safetensors", ".npz"):
        for name in ("a", "b"):
            export.convert(source, tmp_path / (name + ending))
        assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_cover():
    rng = np.random.default_rng(1)
    cover, plain = Cover(), set()
    for _ in range(300):
        start = int(rng.integers(0, 200))
        end = start + int(rng.integers(1, 9))
        inside = set(range(start, end))
        assert cover.holds(start, end) == (inside <= plain)
        if rng.random() < 0.3:
            assert cover.add(start, end) == bool(inside & plain)
            plain |= inside
