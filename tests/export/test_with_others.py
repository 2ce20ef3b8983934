"""Files between th7shell and the libraries that they are for, where those are installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from th7shell import nn, torch

PROGRAM = """
import warnings
warnings.simplefilter("ignore")
import numpy, torch
from safetensors import safe_open
from safetensors.torch import load_file
from th7shell import export, torch as torch7

export.convert("net.t7", "all.safetensors")
export.convert("net.t7", "state.safetensors", names="torch")
with safe_open("all.safetensors", "pt") as file:
    assert "modules.1.weight" in file.keys() and "th7shell" in file.metadata()
net = torch.nn.Sequential(torch.nn.Conv2d(1, 6, 5), torch.nn.ReLU(), torch.nn.BatchNorm2d(6),
                          torch.nn.Flatten(), torch.nn.Linear(96, 3))
left = net.load_state_dict(load_file("state.safetensors"), strict=False)
assert not left.missing_keys and not left.unexpected_keys, left
net.eval()
x = torch.randn(2, 1, 8, 8)
input = torch7.FloatTensor(2, 1, 8, 8)
input.nd[...] = x.numpy()
expected = net(x).detach().numpy()

def same(path):
    ours = export.load(path, mapped=False)
    ours.evaluate()
    assert abs(ours.forward(input).nd - expected).max() < 1e-5

same("net.t7")
for legacy in (False, True):
    with torch.no_grad():
        net[4].bias += 1
    expected = net(x).detach().numpy()
    torch.save({"epoch": 3, "state_dict": net.state_dict(), "best": [0.5, None]}, "saved.pt",
               _use_new_zipfile_serialization=not legacy)
    export.convert("saved.pt", "back.t7", into="net.t7")
    same("back.t7")
"""


def test_safetensors_and_pytorch(tmp_path):
    for name in ("safetensors", "torch"):
        found = subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True)
        if found.returncode:
            pytest.skip(f"needs {name}")
    net = nn.Sequential().add(nn.SpatialConvolution(1, 6, 5, 5)).add(nn.ReLU(True))
    net.add(nn.SpatialBatchNormalization(6)).add(nn.View(-1).setNumInputDims(3))
    net.add(nn.Linear(96, 3)).float()
    net.modules[3].running_mean.uniform()
    torch.save(tmp_path / "net.t7", net)
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, check=True)
