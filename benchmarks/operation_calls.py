"""What a call of an operation on ten elements costs, in units of NumPy's own `np.add(a, b, a)`.

usage: python benchmarks/operation_calls.py [NAME …]

Each figure is the median of many short runs, each between two runs of the unit, so that it holds on
a machine that does other things meanwhile. `f_ops` of `benchmarks/run.py` gives the same in
nanoseconds through Lua.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell import torch

REPEATS = 41
CALLS = 300


def cases() -> dict[str, Callable[[], Any]]:
    t, a, b, r = (torch.DoubleTensor(10).fill(0.5) for _ in range(4))
    m, v, square = torch.ones(4, 4), torch.ones(4), torch.Tensor(4, 4)
    big = torch.ones(10, 10)
    return {
        "t:add(0.5)": lambda: t.add(0.5),
        "t:add(a)": lambda: t.add(a),
        "t:mul(1)": lambda: t.mul(1.0),
        "t:cmul(a)": lambda: t.cmul(a),
        "torch.add(r, a, b)": lambda: torch.add(r, a, b),
        "torch.add(a, b)": lambda: torch.add(a, b),
        "a + b": lambda: a + b,
        "a * 2": lambda: a * 2,
        "torch.zeros(10)": lambda: torch.zeros(10),
        "t:fill(1)": lambda: t.fill(1),
        "t:sum()": lambda: t.sum(),
        "big:sum(1)": lambda: big.sum(1),
        "a:dot(b)": lambda: a.dot(b),
        "a:norm()": lambda: a.norm(),
        "a:max()": lambda: a.max(),
        "torch.max(big, 1)": lambda: torch.max(big, 1),
        "torch.mv(m, v)": lambda: torch.mv(m, v),
        "m * m": lambda: m * m,
        "square:mm(m, m)": lambda: square.mm(m, m),
        "torch.ge(a, 0.5)": lambda: torch.ge(a, 0.5),
    }


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return time.perf_counter() - start


def main(names: list[str]) -> None:
    x, y = np.ones(10), np.ones(10)

    def unit() -> None:
        np.add(x, y, x)

    for name, call in cases().items():
        if names and not any(wanted in name for wanted in names):
            continue
        seconds(call)
        ratios = []
        for _ in range(REPEATS):
            before, cost, after = seconds(unit), seconds(call), seconds(unit)
            ratios.append(2 * cost / (before + after))
        print(f"{name:20s} {statistics.median(ratios):6.2f} np.add")


if __name__ == "__main__":
    main(sys.argv[1:])
