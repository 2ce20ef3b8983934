"""Memory stays constant in loops over large tensors: the peak after ten rounds is that after two.

usage: python benchmarks/operation_memory.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from th7shell import torch

N = 4_000_000  # 32 MB a tensor
MB = 1 << 20


def peak() -> float:
    """The largest memory this process has had, in MB."""
    if sys.platform == "win32":
        raise SystemExit(
            "this benchmark reads the peak memory from the resource module, not on Windows"
        )
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / MB if sys.platform == "darwin" else used / 1024


def main() -> None:
    a, b, c = (torch.DoubleTensor(N).fill(0.5) for _ in range(3))
    r = torch.DoubleTensor(N)
    loops: dict[str, Callable[[], object]] = {
        "x = a + b * 2": lambda: a + b * 2,
        "r:cmul(a, b):add(c)": lambda: r.cmul(a, b).add(c),
        "r:addcmul(a, 0.5, b, c)": lambda: r.addcmul(a, 0.5, b, c),
        "r:add(a, 0.5, b)": lambda: r.add(a, 0.5, b),
        "r:sigmoid(a)": lambda: r.sigmoid(a),
        "r:apply(x * 0.5)": lambda: r.apply(lambda x: x * 0.5),
    }
    for name, loop in loops.items():
        for _ in range(2):
            loop()
        start = peak()
        for _ in range(10):
            loop()
        print(f"{name:26s} peak {start:6.0f} MB, after ten more rounds {peak() - start:+5.0f} MB")


if __name__ == "__main__":
    main()
