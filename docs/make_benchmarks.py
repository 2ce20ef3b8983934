"""Fill the table of docs/benchmarks.md.

    python docs/make_benchmarks.py SIDE_BY_SIDE

SIDE_BY_SIDE is the output of alternating runs of the benchmark scripts with the original and with
th7shell: `### SCRIPT, N thread(s)`, then lines `name | unit | least / median of the original |
least / median here | …`. Which figures are shown, and in whose words, stands here.
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("benchmarks.md")
BEGIN, END = "<!-- table of figures -->", "<!-- end of table -->"
SCRIPT = re.compile(r"### (\w+), 1 thread")
LINE = re.compile(r"^(\S+) \| (\S+) \| (\S+) / \S+ \| (\S+) / \S+ \|")
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
        {"th:startup_bare": "the program", "th:startup_torch_nn": "with torch and nn"},
    ),
    "j_saveload": (
        "saving and loading",
        {"load_50MB_binary": "50 MB loaded", "save_table_1e5_pairs": "a table of 100,000 pairs"},
    ),
}


def figures(text: str) -> dict[str, dict[str, tuple[str, float, float]]]:
    """By script and name: the unit, the original's least time and ours; one thread."""
    found: dict[str, dict[str, tuple[str, float, float]]] = {}
    for part in re.split(r"^(?=### )", text, flags=re.M):
        head = SCRIPT.match(part)
        lines = (LINE.match(line) for line in part.splitlines()) if head else ()
        for line in filter(None, lines):
            unit = (line[2], float(line[3]), float(line[4]))
            found.setdefault(head[1], {}).setdefault(line[1], unit)  # the first machine's
    return found


def table(found: dict[str, dict[str, tuple[str, float, float]]]) -> str:
    """A row for each group, with the geometric mean of its ratios, and for its figures."""
    rows = ["| | original | here | ratio |", "|---|---|---|---|"]
    for script, (what, shown) in GROUPS.items():
        ratios = [ours / theirs for _, theirs, ours in found[script].values()]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        rows.append(f"| **{what}** (`{script}`, {len(ratios)} figures) | | | **{mean:.2f}** |")
        for name, words in shown.items():
            unit, theirs, ours = found[script][name]
            unit = unit.replace("us", "µs").removesuffix("/iter").replace("/element", "")
            rows.append(f"| {words} | {theirs:g} {unit} | {ours:g} {unit} | {ours / theirs:.2f} |")
    return "\n".join(rows)


def main(path: str) -> None:
    """Write the table into the page."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    text = table(figures(Path(path).read_text(encoding="utf-8")))
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
