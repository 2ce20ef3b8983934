"""What `inspect` tells: of files of every encoding, of nets, of tensors, and of what is no .t7."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from th7shell import export, nn, torch
from th7shell.cli import main
from th7shell.lua import new_table
from th7shell.torch.serialization.api import load_with


def net():
    return nn.Sequential().add(nn.Linear(3, 4)).add(nn.Tanh()).add(nn.Linear(4, 2))


def in_encoding(value, path, encoding):
    file = torch.DiskFile(path, "w")
    if encoding == "ascii":
        file.ascii()
    else:
        file.binary()
    if encoding == "big-endian":
        file.bigEndianEncoding()
    if encoding == "short":
        file.longSize(4)
    file.writeObject(value)
    file.close()


ENCODINGS = {
    "binary": "a binary .t7 file, little-endian, longs of 8 bytes",
    "short": "a binary .t7 file, little-endian, longs of 4 bytes",
    "big-endian": "a binary .t7 file, big-endian, longs of 8 bytes",
    "ascii": "an ascii .t7 file",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_found_out(encoding, tmp_path):
    value = new_table([torch.range(1, 2000), torch.LongTensor([1, 2**30])], {"x": "text"})
    path = tmp_path / "file.t7"
    in_encoding(value, path, encoding)
    report = export.inspect(path)
    assert ENCODINGS[encoding] in str(report)
    assert report.value[1].sum() == 2001000 and report.value[2][2] == 2**30
    assert report.statistics["1"].mean == 1000.5


FOREIGN = {
    "empty": (b"", "is empty"),
    "html": (b"<!DOCTYPE html><html>", "is an HTML page"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
    "pytorch": (b"PK\x03\x04" + b"\0" * 26 + b"archive/data.pkl", "is a PyTorch file"),
    "pickle": (b"\x80\x02\x8a\nl\xfc\x9c", "is a Python pickle"),
    "gzip": (b"\x1f\x8b\x08", "is compressed with gzip"),
    "text": (b"hello world, this is text", "is not a .t7 file"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_else_a_file_is(kind, tmp_path, capsys):
    content, answer = FOREIGN[kind]
    (tmp_path / "model.t7").write_bytes(content)
    assert main(["inspect", str(tmp_path / "model.t7")]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and answer in err


def test_a_file_that_was_cut_short(tmp_path, capsys):
    path = tmp_path / "model.t7"
    torch.save(path, net())
    data = path.read_bytes()
    path.write_bytes(data[:300])
    assert main(["inspect", str(path)]) == 1
    err = capsys.readouterr().err
    assert "was cut short or is damaged: it ends at byte 300" in err and err.count("\n") == 1
    path.write_bytes(data.replace(b"nn.Linear", b"\xff" * 9).replace(b"V 1", b"\0\0\0", 3))
    assert main(["inspect", str(path)]) == 1
    assert "is a .t7 file that is damaged at byte" in capsys.readouterr().err


def test_several_files_are_shown_though_one_cannot(tmp_path, capsys):
    torch.save(tmp_path / "a.t7", 5)
    torch.save(tmp_path / "b.t7", "text")
    names = [str(tmp_path / name) for name in ("a.t7", "missing.t7", "b.t7")]
    assert main(["inspect", *names]) == 1
    out, err = capsys.readouterr()
    assert "\n5\n" in out and '"text"' in out and "missing.t7: No such file" in err


def test_a_net_as_a_table_of_modules(tmp_path):
    torch.save(tmp_path / "net.t7", net().float())
    text = str(export.inspect(tmp_path / "net.t7"))
    for words in (
        "nn.Sequential",
        "1    nn.Linear(3 -> 4)          16  4                  12",
        "26 parameters (104 bytes), 20 multiply-adds for an input of 3",
    ):
        assert words in text
    sized = export.inspect(tmp_path / "net.t7", input=(5, 3))
    assert "100 multiply-adds for an input of 5x3" in str(sized)
    wrong = export.inspect(tmp_path / "net.t7", input=(7,))
    assert (
        "no output sizes for an input of 7: layer 1 nn.Linear(3 -> 4): 3 inputs expected, got 7"
        in str(wrong)
    )


def test_modules_that_are_there_twice(tmp_path):
    shared = nn.Linear(3, 3)
    both = nn.Sequential().add(shared).add(nn.Linear(3, 3)).add(shared)
    both.modules[2].share(shared, "weight")
    torch.save(tmp_path / "net.t7", both)
    report = export.inspect(tmp_path / "net.t7", input=(3,))
    assert report.nets[0].parameters == 9 + 3 + 3
    torch.save(tmp_path / "plain.t7", nn.Sequential().add(nn.Tanh()).add(both.modules[3]))
    same = export.inspect(tmp_path / "net.t7").tensors
    assert {e.path: e.same for e in same}["modules.2.weight"] == "modules.1.weight"


def test_a_net_in_a_net_without_end(tmp_path, capsys):
    inner = nn.Sequential()
    torch.save(tmp_path / "net.t7", inner.add(nn.Sequential().add(inner)))
    text = str(export.inspect(tmp_path / "net.t7", input=(3,)))
    assert "= the net itself" in text and "no output sizes" in text


def test_an_unknown_class_is_told(tmp_path):
    torch.save(tmp_path / "net.t7", nn.Sequential().add(nn.Linear(2, 2)))
    data = (tmp_path / "net.t7").read_bytes().replace(b"nn.Linear", b"nn.Minear")
    (tmp_path / "net.t7").write_bytes(data)
    text = str(export.inspect(tmp_path / "net.t7", input=(2,)))
    assert "nn.Minear (of an unknown class)           6" in text
    assert "no output sizes for an input of 2: 1 is nn.Minear, of an unknown class" in text


def test_statistics_are_those_of_numpy(tmp_path):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(1000, 1001)).astype(np.float32)
    values[3, 4] = values[5, 6] = np.nan
    tensor = torch.FloatTensor(1000, 1001)
    tensor.nd[...] = values
    expanded = torch.ones(1).mul(7).expand(1000)
    torch.save(
        tmp_path / "t.t7",
        new_table([tensor, tensor.t(), expanded, torch.DoubleTensor(3).fill(float("nan"))]),
    )
    found = export.inspect(tmp_path / "t.t7").statistics
    for path in ("1", "2"):
        s = found[path]
        assert s.min == np.nanmin(values) and s.max == np.nanmax(values) and s.nans == 2
        assert abs(s.mean - np.nanmean(values.astype(float))) < 1e-12
    assert found["3"].mean == 7 and found["3"].nans == 0
    assert found["4"].nans == 3 and found["4"].mean != found["4"].mean


def test_shared_memory_is_marked(tmp_path, capsys):
    flat = torch.range(1, 12)
    parts = new_table([flat, flat.narrow(1, 1, 4), flat.narrow(1, 5, 8), flat])
    torch.save(tmp_path / "t.t7", parts)
    assert main(["inspect", "--tensors", str(tmp_path / "t.t7")]) == 0
    out = capsys.readouterr().out
    assert out.count("storage 1, 3 tensors") == 3 and "= 1" in out
    assert "4 tensors (torch.DoubleTensor) over 96 bytes" in out


def test_json_has_all_of_it(tmp_path, capsys):
    value = new_table([net(), float("inf"), torch.ByteTensor([1, 2])], {"é": "ü\xff", "a.b": True})
    value[1.5] = value
    torch.save(tmp_path / "t.t7", value)
    assert main(["inspect", "--json", str(tmp_path / "t.t7")]) == 0
    made = json.loads(capsys.readouterr().out)
    objects = {o["path"]: o for o in made["objects"]}
    assert objects["1.modules.1.weight"] == {
        "path": "1.modules.1.weight",
        "class": "torch.DoubleTensor",
        "size": [4, 3],
    }
    assert objects["2"]["value"] == "inf" and objects['"a.b"']["value"] is True
    assert objects["[1.5]"]["same"] == ""
    assert made["nets"][0]["parameters"] == 26 and made["longs"] == 8
    assert next(t for t in made["tensors"] if t["path"] == "3")["mean"] == 1.5


def test_long_lists_and_depths_are_cut(tmp_path):
    value = new_table(range(1000), {"many": new_table(new_table([i]) for i in range(100))})
    value["deep"] = new_table([new_table([new_table([new_table([new_table()])])])])
    torch.save(tmp_path / "t.t7", value)
    text = str(export.inspect(tmp_path / "t.t7"))
    assert text.count("\n") < 120 and "… 70 more" in text and "… 970 more" in text
    assert "        1: table of 1" not in text
    assert "        1: table of 1" in export.inspect(tmp_path / "t.t7").text(depth=4)


def test_deep_and_doubling_tables_end(tmp_path):
    doubled = new_table()
    for _ in range(60):
        doubled = new_table([doubled, doubled])
    torch.save(tmp_path / "double.t7", doubled)
    assert len(export.inspect(tmp_path / "double.t7").data()["objects"]) == 121
    deep = new_table()
    for _ in range(5000):
        deep = new_table([deep])
    torch.save(tmp_path / "deep.t7", deep)
    with pytest.raises(export.ExportError, match="more than 1000 deep"):
        str(export.inspect(tmp_path / "deep.t7"))


def test_an_old_object_that_changes_its_tensors_when_read(tmp_path):
    layer = nn.BatchNormalization(1500)
    layer.running_var.fill(4)
    layer.running_std = layer.running_var.clone().add(layer.eps).pow(-0.5)
    layer.running_var = None
    torch.save(tmp_path / "t.t7", layer)
    data = (tmp_path / "t.t7").read_bytes()
    assert data.count(b"V 2") == 1
    (tmp_path / "t.t7").write_bytes(data.replace(b"V 2", b"V 1"))
    assert abs(export.load(tmp_path / "t.t7").running_var[7] - 4) < 1e-9


def test_what_follows_the_first_object_is_told(tmp_path):
    torch.save(tmp_path / "t.t7", "first")
    with open(tmp_path / "t.t7", "ab") as file:
        file.write(struct.pack("<id", 1, 5.0))
    assert "12 bytes follow the first object" in str(export.inspect(tmp_path / "t.t7"))


def test_large_arrays_stay_in_the_file(tmp_path):
    torch.save(tmp_path / "t.t7", new_table([torch.range(1, 5000), torch.range(1, 5)]))
    large, small = (export.load(tmp_path / "t.t7", mapped=True)[i] for i in (1, 2))
    assert not large.nd.flags.writeable and small.nd.flags.writeable
    assert load_with(str(tmp_path / "t.t7"))[1].nd.flags.writeable


def test_a_model_in_place_of_a_script(tmp_path, capsys):
    torch.save(tmp_path / "net.T7", net())
    assert main([str(tmp_path / "net.T7")]) == 0
    assert "26 parameters" in capsys.readouterr().out
    assert main([str(tmp_path / "net.T7"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["nets"]


def test_the_prompt_has_the_object_in_model(tmp_path):
    pytest.importorskip("pexpect")
    pytest.importorskip("pyte")
    from tests.shell.screens import Shell

    torch.save(tmp_path / "net.t7", net())
    shell = Shell(tmp_path, 100, 40, args=("-q", "-i", "net.t7"))
    try:
        shell.ready()
        assert "26 parameters" in shell.text()
        assert "4" in shell.enter("model:get(1):forward(torch.ones(3)):size(1)")
        assert shell.enter("model:get(1).weight:fill(2):sum()").startswith("24")
    finally:
        shell.close()
