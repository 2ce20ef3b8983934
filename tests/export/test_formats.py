"""The table of formats: what is read, written and refused, in Python and on the command line."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from importlib import import_module

import pytest

import th7shell
from th7shell import export, nn, torch
from th7shell.cli import main
from th7shell.export.formats import FORMATS
from th7shell.lua import new_table
from th7shell.subcommands import EXAMPLES


@pytest.fixture
def model(tmp_path):
    torch.save(tmp_path / "model.t7", torch.range(1, 6))
    return tmp_path / "model.t7"


@pytest.mark.parametrize("ending", FORMATS)
def test_a_module_does_what_the_table_says(ending):
    name, can, what = FORMATS[ending]
    module = import_module(name)
    assert what and [v for v in ("read", "write") if v[0] in can] == [
        v for v in ("read", "write") if v in vars(module)
    ]


def test_convert_from_python(model, tmp_path):
    export.convert(model, tmp_path / "out.t7")
    assert torch.load(tmp_path / "out.t7").sum() == 21


REFUSED = {
    "an unknown ending": (["model.t7", "out.xyz"], "out.xyz: its ending says no format to write"),
    "no ending": (["model.t7", "out"], "out: its ending says no format to write"),
    "a missing file": (["nothing.t7", "out.t7"], "nothing.t7"),
    "a missing folder": (["model.t7", "no/out.t7"], "no/out.t7"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line_and_no_output(case, model, tmp_path, capsys, monkeypatch):
    words, message = REFUSED[case]
    monkeypatch.chdir(tmp_path)
    assert main(["convert", *words]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and message in err
    assert [p.name for p in tmp_path.iterdir()] == ["model.t7"]


def test_usage(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["convert", "--help"]) == 0
    assert "FILE OUT" in capsys.readouterr().out
    assert main(["convert", "one"]) == 2
    assert "OUT" in capsys.readouterr().err
    assert main(["convert", "a.t7", "b.t7", "--input", "3xx4"]) == 2
    assert "is no size" in capsys.readouterr().err


def test_the_examples_of_the_help_are_understood(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [line for line in EXAMPLES.splitlines() if "{program} " in line]
    assert len(lines) > 8
    for line in lines:
        assert main(shlex.split(line.format(program="convert"))) == 1
        assert "No such file or directory" in capsys.readouterr().err


def test_a_script_of_that_name_is_a_script(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "convert").write_text("io.write('a script\\n')")
    assert main(["convert"]) == 0
    assert capfd.readouterr().out == "a script\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_an_interrupted_conversion_leaves_nothing(tmp_path):
    storage = torch.FloatStorage(str(tmp_path / "zeros"), True, 1 << 26)
    torch.save(tmp_path / "large.t7", torch.FloatTensor(storage))
    os.remove(tmp_path / "zeros")
    words = [sys.executable, "-m", "th7shell", "convert", "large.t7", "out.npz"]
    run = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while len(os.listdir(tmp_path)) == 1 and time.monotonic() < until:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    assert run.communicate()[1] == b""
    assert run.returncode == 130
    assert os.listdir(tmp_path) == ["large.t7"]


@pytest.mark.parametrize("kind", ["t7", "safetensors", "npz", "h5", "onnx", "lua"])
def test_what_python_saves_and_loads(kind, tmp_path):
    module = {"h5": "h5py", "onnx": "onnx"}.get(kind)
    if module is not None:
        pytest.importorskip(module)
    net, path, x = nn.Sequential().add(nn.Linear(3, 2)), tmp_path / f"net.{kind}", torch.randn(4, 3)
    th7shell.save(path, net.float(), input=(2, 3))
    made = th7shell.load(path)
    assert made.forward(x.float()).equal(net.forward(x.float()))
    made.modules[1].weight.fill(1)  # nothing of it stays in the file
    if kind != "onnx":  # in which all is float
        th7shell.save(path, made.double(), input=(2, 3), float=True)
        assert made.type() == "torch.DoubleTensor"
        assert th7shell.load(path).modules[1].weight.nElement() == 6
    (path.parent / f"bad.{kind}").write_bytes(b"\x00nothing = =")
    for wrong in ("bad", "not there"):
        with pytest.raises(export.ExportError, match=wrong) as caught:
            th7shell.load(path.parent / f"{wrong}.{kind}")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["ñü", "日本 ñ"])
def test_letters_of_all_kinds_in_file_names(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    th7shell.save(f"{name}.t7", nn.Linear(2, 3))
    for kind in ("npz", "safetensors", "lua"):
        export.convert(f"{name}.t7", f"{name}.{kind}")
        assert th7shell.load(f"{name}.{kind}").weight.nElement() == 6
    th7shell.save(f"{name}.t7", th7shell.load(f"{name}.t7"), float=True, mode="ascii")
    names = sorted(f"{name}.{kind}" for kind in ("t7", "npz", "safetensors", "lua", "weights.t7"))
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    with pytest.raises(export.ExportError, match=f"^{name}.x.t7: No such file"):
        th7shell.load(f"{name}.x.t7")


def test_a_part_of_what_a_file_holds(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    nets = [nn.Sequential().add(nn.Linear(3, 2)), nn.Linear(2, 1)]
    torch.save("both.t7", new_table(nets, {"best model": nets[1], "epoch": 5}))
    assert main(["convert", "both.t7", "net.lua"]) == 1
    assert "several nets in it (1, 2); say which: --part 1" in capsys.readouterr().err
    assert main(["convert", "both.t7", "net.lua", "--part", "1.modules.1"]) == 0
    assert th7shell.load("net.lua").weight.equal(nets[0].modules[1].weight)
    assert main(["convert", "both.t7", "net.t7", "--part", "best model"]) == 0
    assert th7shell.load("net.t7").weight.equal(nets[1].weight)
    capsys.readouterr()
    for part, said in {
        "1.module": "no part 1.module: 1 has ",
        "epoch.1": "no part epoch.1: epoch has nothing with a path",
        "three": "no part three: the object has 1, 2, ",
        "[1.5]": "no part [1.5]: the object has nothing with a path",
    }.items():
        assert main(["convert", "both.t7", "x.t7", "--part", part]) == 1
        err = capsys.readouterr().err
        assert said in err and err.count("\n") == 1
