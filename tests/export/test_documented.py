"""docs/convert.md: its commands run, its figures and messages are those that come."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from th7shell import cudnn, export, nn, torch
from th7shell.cli import main
from th7shell.session.environment import Environment
from th7shell.torch.namespace import namespace

from .pytorch_files import saved, tensor

TEXT = (Path(__file__).parents[2] / "docs" / "convert.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("th7shell")
]
NEEDS = {".h5": "h5py", ".onnx": "onnx"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the page speaks of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")
    net = nn.Sequential().add(nn.SpatialConvolution(1, 6, 5, 5)).add(nn.ReLU(True))
    net.add(nn.SpatialMaxPooling(2, 2)).add(nn.SpatialConvolution(6, 16, 5, 5)).add(nn.ReLU(True))
    net.add(nn.SpatialMaxPooling(2, 2)).add(nn.View(400)).add(nn.Linear(400, 84)).add(nn.ReLU(True))
    net.add(nn.Linear(84, 10)).add(nn.LogSoftMax()).float()
    for name in ("model", "big"):
        torch.save(f"{name}.t7", net)
    export.convert("model.t7", "weights.safetensors", names="torch")
    export.convert("model.t7", "weights.npz", names="torch")
    export.convert("model.t7", "net.lua")
    shapes = {e.path: e.nd for e in export.inspect("weights.safetensors").tensors}
    state = {name: tensor(np.array(nd)) for name, nd in shapes.items()}
    Path("checkpoint.pt").write_bytes(saved({"epoch": 1, "state_dict": state}))
    assert cudnn
    net.cuda()
    torch.save("gpu.t7", namespace("cudnn").convert(net, namespace("cudnn")))
    return tmp_path


def test_there_are_commands():
    assert len(COMMANDS) > 8


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command, folder, capsys):
    words = shlex.split(command)[1:]
    target = Path(words[2] if words[0] == "convert" else words[1])
    for word in words:
        module = NEEDS.get(Path(word).suffix)
        if module is not None and importlib.util.find_spec(module) is None:
            pytest.skip(f"needs {module}")
    if "model.onnx" in words[:2]:
        export.convert("model.t7", "model.onnx", input=(1, 1, 32, 32))
    assert main(words) == 0
    assert target.exists()


def test_the_screen_is_what_comes(folder, capsys):
    assert main(["inspect", "model.t7", "--input", "1x32x32"]) == 0
    shown = capsys.readouterr().out.splitlines()
    block = re.search(r"\$ th7shell inspect model.t7 --input 1x32x32\n(.*?)```", TEXT, re.DOTALL)
    for line in block[1].splitlines():
        assert line == "…" or line in shown


def test_the_python_program_runs(folder, capsys):
    program = TEXT.partition("## From Python")[2]
    code = re.search(r"```python\n(.*?)```", program, re.DOTALL)[1]
    names: dict = {}
    exec(code, names)
    assert names["report"].nets[0].parameters == 37106
    assert export.load("cpu.t7").modules[1].weight.nElement() == 150
    export.convert("model.t7", "model.npz")
    assert np.load("model.npz")["modules.1.weight"].shape == (6, 1, 5, 5)


def test_the_program_of_lua_runs(folder):
    code = re.search(r"```lua\n(.*?)```", TEXT.partition("## From Lua")[2], re.DOTALL)[1]
    missing, unexpected = Environment().load(
        code + "return next(missing), next(unexpected)", "=page"
    )()
    assert missing is None and unexpected is None
    names = set(np.load("weights.npz")) - {"__about__"}
    assert names == set(export.inspect("model.safetensors").statistics)


def test_the_lua_program_is_what_comes(folder):
    export.convert("model.t7", "model.lua")
    block = re.search(r"```lua\n(.*?)```", TEXT, re.DOTALL)[1]
    assert block in Path("model.lua").read_text()
