"""Without an optional package one line says what to type, and all else works.

Packages are hidden as if they were not installed, whatever is.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "optional-dependencies"
]
OPTIONAL = ("h5py", "onnx", "onnxruntime", "torch", "safetensors", "ipykernel", "jupyter_client")
OPTIONAL += ("mpi4py",)
USED = {  # what a program uses of an extra: each is one line on stderr that ends in the command to type
    "hdf5": [
        ["-e", "require 'hdf5'"],
        ["-e", "print(pcall(require, 'hdf5')) require 'hdf5'"],
        ["convert", "net.t7", "net.h5"],
        ["convert", "net.h5", "net.t7"],
        ["inspect", "net.h5"],
    ],
    "onnx": [["convert", "net.t7", "net.onnx", "--input=3"]],
    "jupyter": [["kernel", "install"]],
    "mpi": [
        ["-e", "require 'torchmpi'"],
        ["-e", "require 'torchmpi.nn'"],
        ["-e", "require 'ipc.Tree'(1, 2)"],
        ["launch", "-n", "2", "train.lua"],
    ],
}
TESTS_ONLY = {"test", "export", "docs"}
LATE = {  # packages of ours that need an extra as soon as they are imported
    "hdf5.files": "h5py",
    **dict.fromkeys(("kernel.app", "kernel.core", "kernel.input", "kernel.streams"), "ipykernel"),
}


def run(folder, *words, hidden=OPTIONAL):
    hide = f"import sys; sys.modules.update(dict.fromkeys({hidden!r}))"
    program = f"{hide}; sys.argv[0] = 'th7shell'; from th7shell.cli import main; sys.exit(main({list(words)!r}))"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    assert run(place, "-e", "torch.save('net.t7', nn.Linear(3, 2))").stderr == ""
    (place / "net.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    return place


def test_every_extra_has_its_cases():
    assert set(EXTRAS) - TESTS_ONLY == set(USED)


@pytest.mark.parametrize(
    ("extra", "words"), [(e, w) for e, many in USED.items() for w in many], ids=str
)
def test_one_line_says_what_to_type(folder, extra, words):
    done = run(folder, *words)
    line = done.stderr.splitlines()[0]
    assert done.returncode == 1
    assert line.startswith("th7shell: ") and line.endswith(f"pip install 'th7shell[{extra}]'"), (
        done.stderr
    )
    assert "Traceback" not in done.stderr


def test_it_starts_without_what_only_some_programs_use(folder):
    late = (*OPTIONAL, "PIL", "scipy", "prompt_toolkit", "rich", "pygments")
    program = "require 'nn' local m = nn.Linear(3, 2) m:forward(torch.ones(3)) print(m)"
    done = run(folder, "-e", program, hidden=late)
    assert (done.returncode, done.stdout, done.stderr) == (0, "nn.Linear(3 -> 2)\n", "")


def test_only_the_late_modules_need_an_extra():
    """Every module of the package is imported with all optional packages hidden."""
    program = f"""
import importlib, os, pkgutil, sys
os.environ['TH7SHELL_CUDA'] = 'quiet'
sys.modules.update(dict.fromkeys({OPTIONAL!r}))
import th7shell
failed = {{}}
for module in pkgutil.walk_packages(th7shell.__path__, 'th7shell.', onerror=lambda name: None):
    if module.name.endswith('__main__') or '.helpers.' in module.name:  # texts that are written out
        continue
    try:
        importlib.import_module(module.name)
    except ImportError as error:
        failed[module.name.removeprefix('th7shell.')] = error.name.partition('.')[0]
print(failed)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300
    )
    assert done.stderr == ""
    assert eval(done.stdout) == LATE
