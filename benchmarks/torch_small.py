"""Small tensor calls from Python, in nanoseconds beside the original's figures, and a loop in
constant memory.

Run `python benchmarks/torch_small.py`. The original's figures are from 2 virtual cores of an AMD
EPYC; only ratios taken in the same minutes on the same machine say much.
"""

from __future__ import annotations

import timeit

from th7shell import torch
from th7shell.lua import new_table
from th7shell.torch.memory import array_bytes

CASES = {  # what is run: ns a call in Torch7
    "v[3]": 160,
    "v[3] = 1.5": 163,
    "m[3]": 877,
    "m[3][4]": 945,
    "m[key]": 344,
    "m[part]": 1042,
    "m.narrow(1, 1, 5)": 1244,
    "m.select(1, 3)": 1309,
    "m.view(100)": 8131,
    "m.t()": 569,
    "m.size()": 465,
    "m.size(1)": 303,
    "m.dim()": 275,
    "m.nElement()": 340,
    "v.clone()": 647,
    "v.copy(w)": 362,
    "v.fill(1)": 979,
    "v.resize(10)": 539,
    "Double(10)": 663,
    "v.add(0.5)": 904,
    "v.add(w)": 500,
    "v + w": 1720,
}


def names() -> dict[str, object]:
    """What the cases use: a vector and a matrix of ten, keys, a constructor."""
    vector, matrix = torch.DoubleTensor(10).fill(1), torch.DoubleTensor(10, 10).fill(1)
    part = new_table([new_table([1, 5]), new_table()])
    return {
        "v": vector,
        "w": vector.clone(),
        "m": matrix,
        "key": new_table([2, 3]),
        "part": part,
        "Double": torch.DoubleTensor,
    }


def main() -> None:
    scope = names()
    print(f"{'call':20}{'ns':>8}{'Torch7':>8}{'ratio':>7}")
    for call, original in CASES.items():
        best = min(timeit.repeat(call, globals=scope, number=20_000, repeat=7)) / 20_000 * 1e9
        print(f"{call:20}{best:8.0f}{original:8}{best / original:7.2f}")
    a, b, c = (torch.rand(1_000_000) for _ in range(3))
    before = array_bytes()
    for _ in range(100):
        x = torch.cmul(a, b) + c
    held = (array_bytes() - before) / x.nd.nbytes
    print(f"x = a*b + c over 1e6 elements, 100 times: {held:.1f} tensors more held at the end")


if __name__ == "__main__":
    main()
