"""`require 'cutorch'`: devices, streams, memory, and the environment's choice."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from th7shell import cutorch, torch
from th7shell.lua import LuaError
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


@pytest.fixture
def lua():
    interpreter = Interpreter(MAIN)
    cutorch.luaopen(interpreter.globals)
    return lambda text: interpreter.load(text, "=case")()


ANSWERS = [
    ("return cutorch.getDeviceCount(), cutorch.getDevice()", (1, 1)),
    ("cutorch.setDevice(1); return cutorch.getDevice()", 1),
    ("return cutorch.withDevice(1, function() return 5, 6 end)", (5, 6)),
    ("local free, total = cutorch.getMemoryUsage(1); return free > 0 and free <= total", True),
    ("local p = cutorch.getDeviceProperties(1); return type(p.name), p.totalGlobalMem > 2^20",
     ("string", True)),
    ("cutorch.synchronize(); cutorch.synchronizeAll(); cutorch.streamSynchronize(0)", ()),
    ("cutorch.reserveStreams(2); cutorch.setStream(2); local s = cutorch.getStream()"
     " cutorch.setDefaultStream(); return s, cutorch.getStream(), cutorch.getNumStreams()",
     (2, 0, 2)),
    ("cutorch.streamBarrier{1, 2}; cutorch.streamWaitFor(1, {2}); return 1", 1),
    ("return cutorch.getNumBlasHandles(), cutorch.getBlasHandle()", (1, 1)),
    ("local e = cutorch.Event(); e:waitOn(); return torch.type(e)", "cutorch.Event"),
    ("return cutorch.createCudaHostTensor(2, 3):size(2)", 3),
    ("return cutorch.createCudaHostLongTensor(2):type()", "torch.LongTensor"),
    ("return cutorch.createCudaHostTensor(torch.LongStorage{2, 4}):nElement()", 8),
    ("return cutorch.isCachingAllocatorEnabled(), cutorch.hasHalf, cutorch.hasHalfInstructions()",
     (False, True, False)),
    ("return cutorch.getPeerToPeerAccess(1, 1), cutorch.getKernelPeerToPeerAccess()",
     (True, False)),
    ("return cutorch.isManaged(torch.CudaTensor(2)), cutorch.driverVersion", (True, 8000)),
    ("return torch.CudaTensor(2):getDevice()", 1),
    ("return torch.CudaTensor(2):copyAsync(torch.FloatTensor{1, 2})[2]", 2),
    ("return torch.FloatTensor(2):copyAsync(torch.CudaTensor{1, 2})[2]", 2),
    ("local t = torch.CudaTensor{1, -2, 3}; t[torch.CudaTensor{1, 0, 1}] = 7;"
     " return t[1], t[2], t[torch.CudaTensor{0, 0, 1}]:size(1)", (7, -2, 1)),
    ("cutorch.manualSeedAll(4); return cutorch.initialSeed(), cutorch.seed() ~= cutorch.seedAll()",
     (4, True)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_answers(lua, text, answer):
    assert lua(text) == answer


REFUSED = [
    ("cutorch.setDevice(2)", "invalid device ordinal"),
    ("cutorch.withDevice(0, print)", "invalid device ordinal"),
    ("cutorch.getDeviceProperties()", "number expected, got no value"),
    ("cutorch.setStream(99)", r"99 is not a valid stream, valid range is: \(0, "),
    ("cutorch.setBlasHandle(0)", r"0 is not a valid handle"),
    ("cutorch.setHeapTracking(1)", "boolean expected, got number"),
    ("cutorch.isManaged(1)", "got number"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_refusals(lua, text, message):
    with pytest.raises(LuaError, match=message):
        lua(text)


def run(choice: str, text: str) -> tuple[str, str]:
    """What a process of its own writes on stdout and stderr."""
    environment = os.environ | {"TH7SHELL_CUDA": choice}
    command = [sys.executable, "-m", "th7shell", "-e", text]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    return done.stdout, done.stderr


def test_the_notice_comes_once():
    before = "require 'torch'; print(torch.CudaTensor, torch.Tensor(2).cuda)"
    text = f"{before} require 'cutorch'; require 'cunn'; print(torch.Tensor(2):cuda():type())"
    out, err = run("", text)
    assert out.split() == ["nil", "nil", "torch.CudaTensor"]
    assert err.count("th7shell: no GPU is used") == 1 and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("off", "false\tmodule 'cutorch' not found:"),
        ("error", "CUDA is refused"),
        ("quiet", "true"),
    ],
)
def test_the_environment_chooses(choice, words):
    out, err = run(choice, "print(pcall(require, 'cutorch'))")
    assert words in out and not err


def test_files_load_without_a_require(tmp_path):
    path = tmp_path / "net.t7"
    run(
        "quiet",
        f"""require 'cudnn' require 'cunn'
        torch.save('{path}', {{nn.Sequential():add(cudnn.ReLU(true)):add(cudnn.LSTM(2, 2, 1)):cuda(),
            nn.DataParallelTable(1):add(nn.Linear(2, 2):cuda(), {{1}}), torch.CudaLongTensor{{3}}}})""",
    )
    text = f"""require 'nn'
        local all = torch.load('{path}')
        print(rawget(_G, 'cudnn'), all[1], all[2], all[3]:type(), all[1]:get(2).weight:type())
        print(all[1]:forward(torch.CudaTensor(1, 1, 2)):type())
        torch.save('{path}', all)"""
    out, err = run("quiet", text)
    assert not err
    for word in ("nil", "cudnn.ReLU", "cudnn.LSTM", "1 x nn.Linear", "torch.CudaLongTensor"):
        assert word in out
    assert out.endswith("torch.CudaTensor\n")
    data = path.read_bytes()
    assert b"cudnn.LSTM" in data and b"torch.CudaLongStorage" in data
    out, err = run("error", f"require 'nn' print(pcall(torch.load, '{path}'))")
    assert out.startswith("false") and "CUDA is refused" in out


def test_python_alone_has_the_names():
    assert cutorch.getDevice() == 1 and torch.CudaTensor([1]).cudaLong().type() == (
        "torch.CudaLongTensor"
    )
