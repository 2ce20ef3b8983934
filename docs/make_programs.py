"""Fill the tables of docs/programs.md.

    python docs/make_programs.py RUN [BARE]

RUN is the output of the tool that replays the recorded programs, a line for each: `ok   NAME: 63 of
63 lines, 19 s; …`; BARE the same of runs without stand-ins for packages. What a program is, and how
long it took with the original on one thread, stands here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("programs.md")
BEGIN, END = "<!-- table of recorded programs -->", "<!-- end of table -->"
LINE = re.compile(r"^(ok|DIFF) +([\w-]+): (\d+) of (\d+) lines, (\d+) s", re.MULTILINE)
PROGRAMS = {  # name: repository, command, seconds of the original, what differs
    "char-rnn": (
        "karpathy/char-rnn",
        "train.lua, sample.lua, inspect_checkpoint.lua",
        2,
        "the tab after printed values (below); nothing else",
    ),
    "practical4": ("oxford-cs-ml-2015/practical4", "main.lua, jacobiancheck.lua", 0, ""),
    "linear-regression": ("torch/demos", "linear-regression", 34, ""),
    "digits-mnist": ("torch/demos", "train-on-mnist.lua", 24, ""),
    "torch-rnn": ("jcjohnson/torch-rnn", "train.lua, sample.lua", 1, ""),
    "optim-tests": (
        "torch/optim",
        "test/test_*.lua",
        12,
        "`fista` misses the package kex, where the original missed unsup (two lines for one)",
    ),
    "nngraph-tests": ("torch/nngraph", "test/*.lua", 2, ""),
    "treelstm": ("stanfordnlp/treelstm", "relatedness, sentiment", 4, ""),
    "torchnet-tests": ("torchnet/torchnet", "test/test.lua", 3, ""),
    "fast-neural-style": (
        "jcjohnson/fast-neural-style",
        "fast_neural_style.lua, test/layer_utils_test.lua",
        0,
        "",
    ),
    "dcgan": (
        "soumith/dcgan.torch",
        "main.lua (0 and 1 threads), generate.lua",
        2,
        "the fourth digit of two of 32 losses: they change with the kernels of BLAS, and with"
        " those for Haswell one of them is as recorded",
    ),
    "cifar-torch": ("szagoruyko/cifar.torch", "train.lua (nin)", 12, ""),
}


def runs(path: str) -> dict[str, tuple[str, str]]:
    """Lines that agree and seconds, by name; a later run of a program counts."""
    found = {}
    for _, name, same, lines, seconds in LINE.findall(Path(path).read_text(encoding="utf-8")):
        found[name] = (f"{int(same):,} of {int(lines):,}", f"{seconds} s")
    return found


def table(full: dict[str, tuple[str, str]], bare: dict[str, tuple[str, str]]) -> str:
    rows = ["| program | repository | command | lines that agree | time | original | differs |"]
    rows.append("|---|---|---|---|---|---|---|")
    for name, (repository, command, seconds, differs) in PROGRAMS.items():
        same, time = full[name]
        if name in bare:
            same, time = f"{same}; alone {bare[name][0]}", f"{time}; alone {bare[name][1]}"
        rows.append(
            f"| {name} | {repository} | {command} | {same} | {time} | {seconds} s | {differs} |"
        )
    return "\n".join(rows)


def main(full: str, bare: str | None = None) -> None:
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    text = table(runs(full), runs(bare) if bare else {})
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
