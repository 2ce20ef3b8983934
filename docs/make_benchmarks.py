"""Fill the table of docs/benchmarks.md.

    make bench > FIGURES
    python docs/make_benchmarks.py FIGURES

FIGURES is what `benchmarks/run.py` prints. Which figures are shown, and in whose words, stands
here.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("benchmarks.md")
BEGIN, END = "<!-- table of figures -->", "<!-- end of table -->"
BESIDE = ("original", "NumPy", "PyTorch")
GROUPS = {  # script: what it measures, and its figures with what they are
    "a_lenet_sgd": (
        "LeNet, one picture at a time",
        {"lenet_sgd_relu_float": "a training step, float", "lenet_sgd_relu_double": "double"},
    ),
    "b_lenet_batch": (
        "LeNet, batches",
        {"lenet_batch32_float": "32 pictures", "lenet_batch128_float": "128 pictures"},
    ),
    "c_mlp": ("a multi-layer perceptron, batch 64", {"mlp_b64_float": "a training step, float"}),
    "d_lstm": (
        "an LSTM of 2 × 128, batch 50",
        {"lstm2x128_b50_step_float": "a training step", "lstm2x128_b50_forward_float": "forward"},
    ),
    "e_element": (
        "single elements from Lua",
        {"read_1d_double": "`t[i]`", "write_1d_double": "`t[i] = v`"},
    ),
    "f_ops": (
        "operations on 10 elements: the cost of a call",
        {"t_add_scalar": "`t:add(1)`", "t_narrow": "`t:narrow(1, 2, 3)`"},
    ),
    "g_apply": ("`apply` and `map` with Lua functions", {}),
    "h_math": ("operations on large tensors", {}),
    "i_startup": (
        "starting",
        {"startup_bare": "the program", "startup_torch_nn": "with torch and nn"},
    ),
    "j_saveload": (
        "saving and loading",
        {"load_50MB_binary": "50 MB loaded", "save_table_1e5_pairs": "a table of 100,000 pairs"},
    ),
}


def figures(text: str) -> dict[str, dict[str, str]]:
    """By name of a figure, and of a script for its mean: what stands in the table's columns, and
    with "/" before a column's name, the ratio to it."""
    lines = iter(text.splitlines())
    head = next(line for line in lines if line.startswith("figure"))
    columns = re.split(r"\s{2,}now beside ", head)[0].split()
    beside = [f"/{name}" for name in head.split("now beside ")[1].split(", ")]
    found: dict[str, dict[str, str]] = {}
    for line in lines:
        mean = re.match(r"(\w+), mean\s+1\s+", line)
        if mean:
            ratios = line[head.index("now beside") :].split()
            found[mean[1]] = dict(zip(beside, line.split()[-len(ratios) :], strict=False))
        elif (cells := line.split())[1:2] == ["1"]:
            found[cells[0]] = dict(zip([*columns, *beside], cells, strict=False))
    return found


def cell(row: dict[str, str], column: str) -> str:
    """A figure, and behind it the ratio."""
    value, ratio = row.get(column, ""), row.get(f"/{column}", "-")
    return "" if ratio == "-" else f"{float(value):g} ({ratio})" if value else f"**{ratio}**"


def table(found: dict[str, dict[str, str]]) -> str:
    """A row for each group, with the geometric means of its ratios, and for its figures."""
    rows = [f"| | here | {' | '.join(BESIDE)} |", "|---" * (2 + len(BESIDE)) + "|"]
    for script, (what, shown) in GROUPS.items():
        cells = " | ".join(cell(found[script], name) for name in BESIDE)
        rows.append(f"| **{what}** (`{script}`) | | {cells} |")
        for name, words in shown.items():
            row = found[name]
            unit = row["unit"].replace("us", "µs").split("/")[0]
            cells = " | ".join(cell(row, column) for column in BESIDE)
            rows.append(f"| {words} | {float(row['now']):g} {unit} | {cells} |")
    return "\n".join(rows)


def main(path: str) -> None:
    """Write the table into the page."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    text = table(figures(Path(path).read_text(encoding="utf-8")))
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
