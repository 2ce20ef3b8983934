"""Train the same nets with th7shell and with PyTorch (CPU, where installed) in one run; print
ratios.

usage: python benchmarks/nn_torch_compare.py [--threads N] [--rounds R] [--memory] [NAME …]

The two take turns, a few steps each, so that a busy machine slows both; the figure is the least
round, by processor time with one thread and by the clock with more. Below 1 th7shell is faster;
behind the ratio stands the goal. --memory adds what each side's process grew by at most over one
that has only been started, from a process for each. The cases are those of nn_torch_cases.py.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nn_torch_cases import CASES, Step

SIDES = ("th7shell", "torch")
STATUS = Path("/proc/self/status")


def step_of(name: str, side: str, threads: int) -> Step:
    """The step of a case in th7shell or PyTorch."""
    case = CASES[name]
    if side == "torch":
        import torch

        torch.set_num_threads(threads)
        torch.manual_seed(1)
        return case.theirs(case.kind, *case.arguments)
    from th7shell import torch as ours

    ours.manualSeed(1)
    return case.ours(case.kind, *case.arguments)


def alternate(
    steps: list[Step], rounds: int, clock: Callable[[], float], span: float
) -> list[float]:
    """Microseconds of each step, the least of `rounds` rounds in which they take turns."""
    counts = []
    for step in steps:
        for _ in range(3):
            step()
        start = time.perf_counter()
        step()
        counts.append(max(1, int(span / (time.perf_counter() - start))))
    best = [float("inf")] * len(steps)
    for _ in range(rounds):
        for i, (step, count) in enumerate(zip(steps, counts)):
            start = clock()
            for _ in range(count):
                step()
            best[i] = min(best[i], (clock() - start) / count * 1e6)
    return best


def most(kind: str = "VmHWM") -> float:
    """The most megabytes that this process has held; `VmRSS`: those that it holds, on Linux."""
    if STATUS.exists():  # getrusage would tell the parent's if that is more
        return int(re.search(rf"{kind}:\s*(\d+)", STATUS.read_text())[1]) / 1024
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def growth(name: str, side: str, threads: int) -> float:
    """Megabytes that five steps of a case take at most, in this process."""
    tiny = "classnll 10k" if name == "lookup" else "lookup"  # starts what starts late
    step_of(tiny, side, threads)()
    if STATUS.exists():
        STATUS.with_name("clear_refs").write_text("5")  # the most begins anew
    before = most("VmRSS")
    step = step_of(name, side, threads)
    for _ in range(5):
        step()
    return most() - before


def grown(name: str, side: str, threads: int) -> float:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--threads", str(threads), "--grow", side, name]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--span", type=float, default=0.03, help="seconds that a side's turn takes")
    parser.add_argument("--clock", choices=("cpu", "wall"), help="what measures")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--grow", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", default=list(CASES))
    options = parser.parse_args()
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(options.threads)  # before NumPy is loaded
    if options.grow:
        print(growth(options.names[0], options.grow, options.threads))
        return
    installed = importlib.util.find_spec("torch") is not None
    sides = SIDES if installed else SIDES[:1]
    if not installed:
        print("PyTorch is not installed: only th7shell's own figures follow")
    by_clock = (options.clock or ("cpu" if options.threads == 1 else "wall")) == "wall"
    clock = time.perf_counter if by_clock else time.process_time
    for name in options.names:
        steps = [step_of(name, side, options.threads) for side in sides]
        found = alternate(steps, options.rounds, clock, options.span)
        text = f"{name:18s} th7shell {found[0]:10.1f} us/iter"
        if installed:
            ratio, goal = found[0] / found[1], CASES[name].goal
            text += f"   PyTorch {found[1]:10.1f}   ratio {ratio:.2f}   goal {goal:.1f}"
            text += " " if ratio <= goal else "*"
        if options.memory:
            held = [grown(name, side, options.threads) for side in sides]
            text += "   MB " + " / ".join(f"{megabytes:.1f}" for megabytes in held)
        print(text, flush=True)


if __name__ == "__main__":
    main()
