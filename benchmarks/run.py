"""Run the Torch7 benchmark scripts and print each figure beside the original's.

usage: python benchmarks/run.py [--threads 1,2] [--runtime CMD] [SCRIPT …]

The scripts (plain Torch7 Lua that prints `name value unit` lines) are those of ../shared/bench
where that folder stands beside
the project, else the copies in benchmarks/lua. The original's figures are in torch7_figures.tsv;
machines differ and are noisy, so
read the ratio as a direction, and compare two programs only in the same run.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared" / "bench"
DEFAULT = [
    "a_lenet_sgd",
    "b_lenet_batch",
    "c_mlp",
    "d_lstm",
    "e_element",
    "f_ops",
    "g_apply",
    "h_math",
]
DEFAULT += ["i_startup", "j_saveload"]
LINE = re.compile(r"^(\S+) ([-\d.e+]+) (\S+)")


def original_figures() -> dict[str, tuple[float | None, float | None]]:
    """name → the original's median with one thread and with two."""
    with open(HERE / "torch7_figures.tsv", encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {
            row["name"]: tuple(
                float(row[k]) if row[k] else None for k in ("one_thread", "two_threads")
            )
            for row in rows
        }


def run_script(path: Path, command: str, threads: int) -> list[tuple[str, float, str]]:
    """The `name value unit` lines that the script prints."""
    environment = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
        "RUNTIME": command,
    }
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [command, str(path)], cwd=folder, env=environment, capture_output=True, text=True
        )
    if done.returncode != 0:
        print(f"{path.stem}: exit {done.returncode}\n{done.stderr}", file=sys.stderr)
    found = (LINE.match(line) for line in done.stdout.splitlines())
    return [(m[1], float(m[2]), m[3]) for m in found if m]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", default="1", help="BLAS threads, one figure a count: 1 or 1,2")
    parser.add_argument("--runtime", default=None, help="the program that runs the scripts")
    parser.add_argument("scripts", nargs="*", default=DEFAULT)
    options = parser.parse_args()
    beside = Path(sys.executable).with_name("th7shell")
    command = options.runtime or (str(beside) if beside.exists() else shutil.which("th7shell"))
    if command is None:
        parser.error("th7shell is not installed here; name the program with --runtime")
    folder = SHARED if SHARED.is_dir() else HERE / "lua"
    figures = original_figures()
    counts = [int(n) for n in options.threads.split(",")]
    failed = False
    print(f"{'figure':38}{'threads':>8}{'here':>12}{'original':>12}{'ratio':>8}  unit")
    for script in options.scripts:
        for threads in counts:
            lines = run_script(folder / f"{Path(script).stem}.lua", command, threads)
            failed |= not lines
            for name, value, unit in lines:
                theirs = figures.get(name, (None, None))[min(threads, 2) - 1]
                beside_it = (
                    f"{theirs:12.4g}{value / theirs:8.2f}" if theirs else f"{'-':>12}{'-':>8}"
                )
                print(f"{name:38}{threads:8}{value:12.4g}{beside_it}  {unit}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
