"""What editors and type checkers see: the stubs are current, complete and usable, `dir` and
`inspect.signature` tell what the classes take, and no name of the engine's own shows."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jedi
import pytest

from th7shell import image, nn, optim, torch

ROOT = Path(__file__).parent.parent
PACKAGES = {"torch": torch, "nn": nn, "optim": optim, "image": image}
DIGITS = ROOT / "examples" / "python" / "digits.py"
ENGINE = re.compile(
    r"\b(nd|kin|element_type|parameter_lists|branch_\w+|NN|TORCH|luaopen|_storage)\b"
)


MAKE = """
import json, runpy
import th7shell
made = runpy.run_path("docs/make_stubs.py")["STUBS"]
print(json.dumps({name: (make(), dir(getattr(th7shell, name))) for name, make in made.items()}))
"""


@pytest.fixture(scope="module")
def made():
    """The stubs, and the names that dir tells, from a process in which no other test has loaded more packages."""
    done = subprocess.run(
        [sys.executable, "-c", MAKE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", PACKAGES)
def test_stubs_are_current(made, name):
    text = (ROOT / "th7shell" / name / "__init__.pyi").read_text(encoding="utf-8")
    assert text == made[name][0], "run `make stubs`"
    assert not ENGINE.search(re.sub(r'""".*?"""', "", text))


@pytest.mark.parametrize("name", PACKAGES)
def test_stubs_declare_what_dir_tells(made, name):
    declared = set(re.findall(r"^(?:class |def |)(\w+)[:(]", made[name][0], re.MULTILINE))
    told = {n for n in made[name][1] if not n.startswith("__") and n not in ("class", "assert")}
    assert {n for n in told if not n.startswith("Cuda")} <= declared


USER = """
from collections.abc import Sequence
import numpy as np
from th7shell import TorchError, image, nn, optim, torch

class Net(nn.Module):
    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.Tanh())

    def updateOutput(self, input: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.inner.forward(input)
        return output

def numbers(x: torch.Tensor) -> float:
    z = torch.zeros(2, 3).add(1).mul(2)
    rows: int = z.size(1)
    shape: tuple[int, ...] = z.shape
    values, places = torch.max(z, 1)
    z += 1
    both = torch.cat([z, torch.from_numpy(np.ones((2, 3)))], 1)
    return rows + len(shape) + z.sum() + values.norm() + float(np.mean(both)) + torch.tensor([1, 2]).dot(x)

net, criterion = Net([3, 2]), nn.MSECriterion()
parameters, gradients = net.getParameters()
loss: float = criterion.forward(net(torch.ones(3)), np.zeros(2))
_, losses = optim.adam(lambda x: (loss, gradients), parameters, {"learningRate": 0.1})
for module in net.inner:
    print(module, net.inner[1], len(net.inner), net.clone().inner)
picture = image.scale(image.lena(), 10, 10)
torch.save("net.t7", {"net": net})
try:
    net.training()
except TorchError as error:
    print(error, error.lua_traceback)
"""
WRONG = {
    "net.trainig()": '"Net" has no attribute "trainig"',
    "torch.ones(2).summ()": '"Tensor" has no attribute "summ"',
    "nn.Linear(3)": 'Missing positional argument "outputSize"',
    "nn.lineer": 'Module has no attribute "lineer"',
    "text: str = torch.ones(2).sum()": "Incompatible types in assignment",
}


def check(path):
    """What mypy --strict says of a program that uses th7shell."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--no-error-summary",
        str(path),
    ]
    environment = os.environ | {
        "MYPYPATH": str(ROOT),
        "MYPY_CACHE_DIR": str(ROOT / ".mypy_cache" / "strict"),
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=path.parent)
    return done.stdout + done.stderr


def test_programs_pass_a_strict_type_checker(tmp_path):
    right = tmp_path / "right.py"
    right.write_text(USER)
    assert check(right) == "" and check(DIGITS) == ""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(USER + "\n".join(WRONG) + "\n")
    said = check(wrong)
    first = USER.count("\n") + 1
    for line, words in enumerate(WRONG.values(), first):
        assert re.search(rf"wrong\.py:{line}: error: .*{re.escape(words)}", said), said


def completions(code):
    return {c.name: c.type for c in jedi.Script(code, project=jedi.Project(ROOT)).complete()}


def test_editors_complete_names():
    start = "from th7shell import torch, nn, optim, image\n"
    layers = completions(start + "nn.")
    assert sum(kind == "class" for kind in layers.values()) >= 190 and "Linear" in layers
    assert {"zeros", "cat", "tensor", "from_numpy", "Tensor"} <= completions(
        start + "torch."
    ).keys()
    assert {"sgd", "adam", "ConfusionMatrix"} <= completions(start + "optim.").keys()
    assert {"load", "scale"} <= completions(start + "image.").keys()
    assert {"shape", "numpy", "narrow"} <= completions(start + "torch.zeros(2, 3).").keys()
    assert {"forward", "add", "getParameters"} <= completions(start + "nn.Sequential().").keys()
    signature = jedi.Script(start + "nn.Linear(", project=jedi.Project(ROOT)).get_signatures()[0]
    assert [p.name for p in signature.params] == ["inputSize", "outputSize", "bias"]


SIGNATURES = [
    (lambda: nn.Linear, "(inputSize, outputSize, bias=True)"),
    (
        lambda: nn.SpatialConvolution,
        "(nInputPlane, nOutputPlane, kW, kH, dW=1, dH=1, padW=0, padH=None)",
    ),
    (lambda: nn.View, "(*size)"),
    (lambda: torch.save, "(filename, object, mode=None, referenced=None)"),
    (lambda: torch.add, "(t, value, /)"),
]


@pytest.mark.parametrize(("of", "signature"), SIGNATURES)
def test_signatures(of, signature):
    assert str(inspect.signature(of())) == signature


def test_dir_tells_public_names_alone():
    assert sum(isinstance(getattr(nn, n), type) for n in dir(nn)) >= 190
    assert {"sgd", "adam", "Logger"} <= set(dir(optim)) and {"load", "scale"} <= set(dir(image))
    for value in (
        torch,
        nn,
        optim,
        image,
        nn.Linear,
        nn.Linear(2, 3),
        torch.ones(2),
        nn.SpatialMaxPooling,
    ):
        told = set(dir(value))
        assert not {n for n in told if ENGINE.fullmatch(n) or not n.isascii()}, value
        for name in told - {"__path__"}:
            getattr(value, name)
    assert {"weight", "forward", "zeroGradParameters"} <= set(dir(nn.Linear(2, 3)))
    assert {"shape", "add", "numpy"} <= set(dir(torch.ones(2)))


def test_the_example_learns():
    done = subprocess.run(
        [sys.executable, str(DIGITS), "2"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert float(re.search(r"epoch 2: .* ([\d.]+)%", done.stdout)[1]) > 80
    assert len(DIGITS.read_text().splitlines()) < 50
