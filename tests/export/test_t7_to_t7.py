"""`.t7` to `.t7`: the very bytes where nothing is asked, else cleaned, and objects that take
weights from other files."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from th7shell import cudnn, cunn, export, nn, torch
from th7shell.cli import main
from th7shell.lua import new_table
from th7shell.torch.classes import typename
from th7shell.torch.namespace import namespace


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")


def net():
    made = nn.Sequential().add(nn.Linear(3, 4)).add(nn.Tanh()).add(nn.Linear(4, 2))
    made.forward(torch.ones(5, 3))
    return made


def converted(value, folder, *options):
    torch.save(folder / "in.t7", value)
    words = ["convert", str(folder / "in.t7"), str(folder / "out.t7"), *options]
    assert main(words) == 0
    return torch.load(folder / "out.t7", "ascii" if "--ascii" in options else None)


def test_nothing_asked_gives_the_same_bytes(tmp_path):
    value = new_table([net(), torch.randn(3)], {"f": 5})
    for mode in ("binary", "ascii"):
        torch.save(tmp_path / "in.t7", value, mode)
        export.convert(tmp_path / "in.t7", tmp_path / "out.t7")
        assert (tmp_path / "in.t7").read_bytes() == (tmp_path / "out.t7").read_bytes()
    (tmp_path / "in.t7").write_bytes((tmp_path / "in.t7").read_bytes()[:-9])
    os.remove(tmp_path / "out.t7")
    with pytest.raises(export.ExportError):
        export.convert(tmp_path / "in.t7", tmp_path / "out.t7")
    assert not (tmp_path / "out.t7").exists()


def test_a_file_can_be_its_own_target(tmp_path):
    torch.save(tmp_path / "in.t7", torch.range(1, 5000))
    export.convert(tmp_path / "in.t7", tmp_path / "in.t7", float=True)
    assert torch.load(tmp_path / "in.t7").sum() == 5000 * 5001 / 2
    assert os.listdir(tmp_path) == ["in.t7"]


@pytest.mark.parametrize("options", [["--ascii"], ["--binary"], ["--longs", "4"], ["--longs", "8"]])
def test_other_encodings(options, tmp_path):
    back = converted(new_table([net(), torch.LongTensor([1, -(2**31)])]), tmp_path, *options)
    assert back[2][2] == -(2**31) and back[1].forward(torch.ones(3)).nElement() == 2
    what = str(export.inspect(tmp_path / "out.t7"))
    assert ("ascii" in what) == (options == ["--ascii"])
    assert ("longs of 4" in what) == (options[-1] == "4")


def test_longs_that_do_not_fit_are_refused(tmp_path, capsys):
    torch.save(tmp_path / "in.t7", new_table((), {"x": torch.LongTensor([2**31])}))
    words = ["convert", str(tmp_path / "in.t7"), str(tmp_path / "out.t7"), "--longs", "4"]
    assert main(words) == 1
    assert "x: longs of 4 bytes cannot hold it" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["in.t7"]


def test_floats_keep_what_is_shared(tmp_path):
    made = net()
    flat, _ = made.getParameters()
    value = new_table([made, flat, torch.LongTensor([1]), flat.narrow(1, 3, 4).view(2, 2).t()])
    expected = made.forward(torch.ones(3)).nd.copy()
    back = converted(value, tmp_path, "--float")
    assert type(back[2]) is torch.FloatTensor and type(back[3]) is torch.LongTensor
    assert back[1]._type == back[1].modules[1]._type == "torch.FloatTensor"
    assert np.allclose(back[1].forward(torch.ones(3).float()).nd, expected, atol=1e-6)
    back[2].fill(0)
    assert back[1].modules[3].weight.sum() == 0
    back[4].fill(1)
    assert back[2].sum() == 4


def test_without_state(tmp_path):
    back = converted(net(), tmp_path, "--no-state")
    assert back.output.nElement() == 0 and back.modules[1].output.nElement() == 0
    assert (tmp_path / "out.t7").stat().st_size < (tmp_path / "in.t7").stat().st_size
    assert back.forward(torch.ones(3)).nElement() == 2


def test_without_state_of_an_unknown_class(tmp_path):
    torch.save(tmp_path / "in.t7", net())
    data = (tmp_path / "in.t7").read_bytes().replace(b"nn.Tanh", b"nn.Lanh")
    (tmp_path / "in.t7").write_bytes(data)
    export.convert(tmp_path / "in.t7", tmp_path / "out.t7", state=False)
    back = export.load(tmp_path / "out.t7")
    assert typename(back.modules[2]) == "nn.Lanh" and back.modules[2].output.nElement() == 0
    assert b"nn.Lanh" in (tmp_path / "out.t7").read_bytes()


def test_cuda_to_the_cpu(tmp_path, capsys):
    assert cudnn and cunn
    inner = nn.Sequential().add(nn.SpatialConvolution(1, 2, 3, 3)).add(nn.ReLU())
    inner.cuda()
    inner = cudnn.convert(inner, namespace("cudnn"))
    for made in (inner, nn.DataParallelTable(1).add(inner, 1)):
        back = converted(new_table([made]), tmp_path, "--cpu")[1]
        assert typename(back) == "nn.Sequential"
        assert typename(back.modules[1]) == "nn.SpatialConvolution"
        assert typename(back.modules[1].weight) == "torch.FloatTensor"
        assert b"Cuda" not in (tmp_path / "out.t7").read_bytes()
        assert b"cudnn" not in (tmp_path / "out.t7").read_bytes()
        assert back.forward(torch.ones(1, 5, 5).float()).size(2) == 3
    assert capsys.readouterr().err == ""
    converted(nn.Sequential().add(cudnn.ClippedReLU(3)), tmp_path, "--cpu")
    assert "modules.1: cudnn.ClippedReLU has no twin on the CPU" in capsys.readouterr().err


@pytest.mark.parametrize("middle", ["m.t7", "m.safetensors", "m.npz"])
def test_unknown_classes_survive(middle, tmp_path):
    torch.save(tmp_path / "in.t7", net())
    data = (tmp_path / "in.t7").read_bytes()
    mine = b"V 9\7\0\0\0nn.Lanh"
    (tmp_path / "in.t7").write_bytes(data.replace(b"V 1\7\0\0\0nn.Tanh", mine))
    export.convert(tmp_path / "in.t7", tmp_path / middle, mode="binary")
    export.convert(tmp_path / middle, tmp_path / "out.t7", mode="binary")
    back = (tmp_path / "out.t7").read_bytes()
    assert mine in back and export.load(tmp_path / "out.t7").modules[2].output.nElement() == 20


# into


def test_a_net_takes_weights_by_its_own_names_or_pytorchs(tmp_path):
    source, other = net(), net()
    expected = source.forward(torch.ones(3)).clone()
    torch.save(tmp_path / "source.t7", source)
    torch.save(tmp_path / "net.t7", other)
    for names in ("torch7", "torch"):
        middle = tmp_path / f"{names}.safetensors"
        export.convert(tmp_path / "source.t7", middle, names=names)
        said: list[str] = []
        export.convert(middle, tmp_path / "o.t7", into=tmp_path / "net.t7", say=said.append)
        assert torch.load(tmp_path / "o.t7").forward(torch.ones(3)).equal(expected)
        assert said == []


def test_what_is_missing_or_left_over_is_told(tmp_path, capsys):
    torch.save(tmp_path / "net.t7", net())
    arrays = {
        "module.0.weight": np.ones((4, 3), np.float32),
        "module.0.bias": np.zeros(4),
        "module.2.weight": np.ones((2, 4)),
        "module.7.gamma": np.ones(3),
        "module.0.num_batches_tracked": np.array(3),
    }
    np.savez(tmp_path / "w.npz", **arrays)
    words = ["convert", str(tmp_path / "w.npz"), str(tmp_path / "o.t7"), "--into"]
    assert main([*words, str(tmp_path / "net.t7")]) == 0
    err = capsys.readouterr().err
    assert "not in the file, left as they were: 2.bias (2)\n" in err
    assert "not in the net, left out: 7.gamma (3)\n" in err
    assert torch.load(tmp_path / "o.t7").modules[1].weight.sum() == 12
    np.savez(tmp_path / "w.npz", **{"0.weight": np.ones((3, 4)), "0.bias": np.ones(4)})
    os.remove(tmp_path / "o.t7")
    assert main([*words, str(tmp_path / "net.t7")]) == 1
    assert "0.weight is 3x4, the net's 4x3" in capsys.readouterr().err
    np.savez(tmp_path / "w.npz", x=np.ones(3))
    assert main([*words, str(tmp_path / "net.t7")]) == 1
    assert "no tensor of the file is one of the net's: it has x (3); the net has 0.weight (4x3)" in capsys.readouterr().err  # fmt: skip
    assert not (tmp_path / "o.t7").exists()


def test_classes_of_a_lua_file(tmp_path, capsys):
    (tmp_path / "mine.lua").write_text(
        "require 'nn' local M = torch.class('nn.DoublesIt', 'nn.Module')"
        " function M:updateOutput(x) return x * 2 end"
    )
    (tmp_path / "make.lua").write_text(
        "dofile 'mine.lua' torch.save('net.t7', nn.Sequential():add(nn.DoublesIt()):add(nn.Linear(2, 2)))"
    )
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        subprocess.run([sys.executable, "-m", "th7shell", "make.lua"], check=True)
        assert main(["inspect", "net.t7", "--input", "2", "--require", "mine.lua"]) == 0
        assert "4 multiply-adds" in capsys.readouterr().out
        assert main(["inspect", "net.t7", "--require", "make.lu"]) == 1
    finally:
        os.chdir(before)
