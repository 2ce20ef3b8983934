"""Train the same nets with th7shell and with PyTorch (CPU, where installed) in one run; print
ratios.

usage: python benchmarks/nn_torch_compare.py [--threads N] [--rounds R] [NAME …]

Each step is zeroGradParameters, forward, loss, backward, update, as a user would write it in
either. The two take turns, a few steps each, so that a busy machine slows both; the figure is the
least round. Below 1 th7shell is faster.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable

RATE = 0.001
Step = Callable[[], object]


def lenet_layers() -> list[tuple]:
    """The LeNet of the tutorial, as (class name, arguments)."""
    return [
        ("SpatialConvolution", 1, 6, 5, 5),
        ("ReLU",),
        ("SpatialMaxPooling", 2, 2, 2, 2),
        ("SpatialConvolution", 6, 16, 5, 5),
        ("ReLU",),
        ("SpatialMaxPooling", 2, 2, 2, 2),
        ("View", 400),
        ("Linear", 400, 120),
        ("ReLU",),
        ("Linear", 120, 84),
        ("ReLU",),
        ("Linear", 84, 10),
        ("LogSoftMax",),
    ]


def mlp_layers() -> list[tuple]:
    """784-512-512-10."""
    return [
        ("Linear", 784, 512),
        ("ReLU",),
        ("Linear", 512, 512),
        ("ReLU",),
        ("Linear", 512, 10),
        ("LogSoftMax",),
    ]


def vgg_layers() -> list[tuple]:
    """One 64→64 3×3 layer and a classifier on its means."""
    return [
        ("SpatialConvolution", 64, 64, 3, 3, 1, 1, 1, 1),
        ("ReLU",),
        ("SpatialAveragePooling", 32, 32),
        ("View", 64),
        ("Linear", 64, 10),
        ("LogSoftMax",),
    ]


CASES = {  # name: (layers, input sizes, float type)
    "lenet x1 double": (lenet_layers, (1, 1, 32, 32), "Double"),
    "lenet x1 float": (lenet_layers, (1, 1, 32, 32), "Float"),
    "lenet x32 float": (lenet_layers, (32, 1, 32, 32), "Float"),
    "lenet x128 float": (lenet_layers, (128, 1, 32, 32), "Float"),
    "mlp x64 float": (mlp_layers, (64, 784), "Float"),
    "mlp x64 double": (mlp_layers, (64, 784), "Double"),
    "vgg x16 float": (vgg_layers, (16, 64, 32, 32), "Float"),
}


def ours(layers: list[tuple], shape: tuple[int, ...], kind: str) -> Step:
    """A training step with th7shell."""
    from th7shell import nn, torch

    torch.manualSeed(1)
    net = nn.Sequential()
    for name, *args in layers:
        net.add(getattr(nn, name)(*args))
    kind = f"torch.{kind}Tensor"
    net.type(kind)
    criterion = nn.ClassNLLCriterion().type(kind)
    x = torch.rand(*shape).type(kind)
    target = torch.Tensor(shape[0]).random(1, 10).type(kind)
    if shape[0] == 1:
        x, target = x[1], target[1]

    def step() -> None:
        net.zeroGradParameters()
        out = net.forward(x)
        criterion.forward(out, target)
        net.backward(x, criterion.backward(out, target))
        net.updateParameters(RATE)

    return step


def theirs(layers: list[tuple], shape: tuple[int, ...], kind: str, threads: int) -> Step:
    """The same step with PyTorch."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    made = {
        "SpatialConvolution": lambda i, o, kw, kh, dw=1, dh=1, pw=0, ph=0: torch.nn.Conv2d(
            i, o, (kh, kw), (dh, dw), (ph, pw)
        ),
        "SpatialMaxPooling": lambda kw, kh, dw, dh: torch.nn.MaxPool2d((kh, kw), (dh, dw)),
        "SpatialAveragePooling": lambda kw, kh: torch.nn.AvgPool2d((kh, kw)),
        "View": lambda n: torch.nn.Flatten(),
        "Linear": torch.nn.Linear,
        "ReLU": torch.nn.ReLU,
        "LogSoftMax": lambda: torch.nn.LogSoftmax(1),
    }
    net = torch.nn.Sequential(*(made[name](*args) for name, *args in layers))
    dtype = torch.float32 if kind == "Float" else torch.float64
    net.to(dtype)
    criterion = torch.nn.NLLLoss()
    optimizer = torch.optim.SGD(net.parameters(), RATE)
    x = torch.rand(*shape, dtype=dtype, requires_grad=True)
    target = torch.randint(0, 10, (shape[0],))

    def step() -> None:
        optimizer.zero_grad()
        criterion(net(x), target).backward()
        optimizer.step()

    return step


def alternate(steps: list[Step], rounds: int) -> list[float]:
    """Microseconds of each step, the least of `rounds` rounds in which they take turns."""
    counts = []
    for step in steps:
        for _ in range(3):
            step()
        start = time.perf_counter()
        step()
        counts.append(max(1, int(0.03 / (time.perf_counter() - start))))
    best = [float("inf")] * len(steps)
    for _ in range(rounds):
        for i, (step, count) in enumerate(zip(steps, counts)):
            start = time.perf_counter()
            for _ in range(count):
                step()
            best[i] = min(best[i], (time.perf_counter() - start) / count * 1e6)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("names", nargs="*", default=list(CASES))
    options = parser.parse_args()
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = str(options.threads)  # before NumPy is loaded
    installed = importlib.util.find_spec("torch") is not None
    if not installed:
        print("PyTorch is not installed: only th7shell's own figures follow")
    for name in options.names:
        make, shape, kind = CASES[name]
        steps = [ours(make(), shape, kind)]
        if installed:
            steps.append(theirs(make(), shape, kind, options.threads))
        found = alternate(steps, options.rounds)
        text = f"{name:18s} th7shell {found[0]:10.1f} us/iter"
        if installed:
            text += f"   PyTorch {found[1]:10.1f}   ratio {found[0] / found[1]:.2f}"
        print(text, flush=True)


if __name__ == "__main__":
    main()
