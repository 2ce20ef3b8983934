"""CPU time of a start: what `th7shell -e '…'` takes, beside Python alone and NumPy alone.

    python benchmarks/startup.py [--rounds N] [PROGRAM …]

Each PROGRAM is a th7shell (by default the one beside this Python); a round runs every case once by every
program, in turn, so that noise of the machine meets all alike. The figures are the least of user and
system time of the child over the rounds, in milliseconds. Compile bytecode first
(`python -m compileall -q th7shell`), and let Python write it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path

CASES = {
    "bare": "",
    "torch": "require 'torch'",
    "nn": "require 'nn'",
    "nn optim image": "require 'nn' require 'optim' require 'image'",
    "nngraph": "require 'nngraph'",
    "a tensor": "require 'torch' local t = torch.randn(3, 4):add(1)",
    "a step": "require 'nn' local m = nn.Sequential():add(nn.Linear(10, 20)):add(nn.Tanh()) "
    "local x = torch.randn(5, 10) local c = nn.MSECriterion() "
    "local y = m:forward(x) c:forward(y, y:clone()) m:backward(x, c:backward(y, y:clone())) "
    "m:updateParameters(0.1)",
}


def spent(command: list[str]) -> float:
    """Seconds of CPU that a child takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a line a case, a column a program."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("programs", nargs="*", metavar="PROGRAM")
    options = parser.parse_args()
    programs = options.programs or [str(Path(sys.executable).with_name("th7shell"))]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    lines = {name: [[p, "-e", text] for p in programs] for name, text in CASES.items()}
    for name, code in (("python alone", "pass"), ("import numpy", "import numpy")):
        lines[name] = [[sys.executable, "-c", code]] * len(programs)
    least: dict[tuple[str, int], float] = {}
    for _ in range(options.rounds):
        for name, commands in lines.items():
            for column, command in enumerate(commands):
                key = name, column
                least[key] = min(spent(command), least.get(key, 1e9))
    for column, program in enumerate(programs):
        print(f"program {column + 1}: {program}")
    for name in lines:
        figures = "".join(f"{1000 * least[name, c]:9.1f}" for c in range(len(programs)))
        print(f"{name:16}{figures} ms")


if __name__ == "__main__":
    main()
