"""One table of speed: this tree beside the original, an earlier commit, NumPy and PyTorch.

usage: python benchmarks/run.py [--before REV] [--rounds N] [--threads 1,2] [--pytorch FOLDER] [SCRIPT …]

The scripts are plain Torch7 Lua and print `name value unit` lines: those of ../shared/bench where
that folder stands beside the project, else the copies in benchmarks/lua. Each is run by this tree
and, with --before, by that commit in turns, and beside them benchmarks/references.py measures what
NumPy, and PyTorch where it is installed (or lies in FOLDER), take for the same. All figures are the
least of the rounds. The original's are recorded (torch7_figures.tsv): machines differ and are
noisy, so read that ratio as a direction and compare two columns of one run.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SHARED = ROOT.parent / "shared" / "bench"
DEFAULT = [
    "a_lenet_sgd", "b_lenet_batch", "c_mlp", "d_lstm", "e_element",
    "f_ops", "g_apply", "h_math", "i_startup", "j_saveload",
]  # fmt: skip
LINE = re.compile(r"^(\S+) ([-\d.e+]+) (\S+)")
LAUNCHER = """#!{python}
import sys
sys.path.insert(0, {tree!r})
from th7shell.cli import main
sys.exit(main())
"""
Figures = dict[str, tuple[float, str]]  # name → the least value, and its unit


@dataclass
class Column:
    """One of the programs that are compared."""

    name: str
    program: list[str]  # what runs a script, whose path or name comes last
    reference: bool = False  # benchmarks/references.py, which takes names
    path: str = ""  # where it finds more packages

    def run(self, script: str, threads: int) -> Figures:
        """The lines that a script prints; no lines where it fails."""
        environment = {
            **os.environ,
            "OPENBLAS_NUM_THREADS": str(threads),
            "OMP_NUM_THREADS": str(threads),
            "RUNTIME": self.program[0],
        }
        if self.path:
            environment["PYTHONPATH"] = self.path
        folder = SHARED if SHARED.is_dir() else HERE / "lua"
        what = (
            [script, "--threads", str(threads)]
            if self.reference
            else [str(folder / f"{script}.lua")]
        )
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(
                [*self.program, *what], cwd=scratch, env=environment, capture_output=True, text=True
            )
        if done.returncode != 0:
            print(f"{self.name}, {script}: exit {done.returncode}\n{done.stderr}", file=sys.stderr)
        found = (LINE.match(line) for line in done.stdout.splitlines())
        return {m[1]: (float(m[2]), m[3]) for m in found if m}


def original_figures(threads: int) -> dict[str, float]:
    """name → the original's median with as many threads."""
    column = "one_thread" if threads == 1 else "two_threads"
    with open(HERE / "torch7_figures.tsv", encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {row["name"]: float(row[column]) for row in rows if row[column]}


def launcher(tree: Path, folder: Path) -> list[str]:
    """The command that runs th7shell of a tree, whose bytecode is compiled first."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(tree / "th7shell")], check=True)
    folder.mkdir()
    path = folder / "th7shell"
    path.write_text(LAUNCHER.format(python=sys.executable, tree=str(tree)), encoding="utf-8")
    path.chmod(0o755)
    return [str(path)]


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """A commit's files, in a folder of their own for as long as they are needed."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


@contextmanager
def columns(options: argparse.Namespace) -> Iterator[list[Column]]:
    """The programs to compare: this tree first."""
    reference = [sys.executable, str(HERE / "references.py")]
    beside = [Column("NumPy", [*reference, "numpy"], reference=True)]
    if options.pytorch or importlib.util.find_spec("torch"):
        beside.append(Column("PyTorch", [*reference, "pytorch"], True, options.pytorch))
    with tempfile.TemporaryDirectory() as folder:
        now = Column("now", launcher(ROOT, Path(folder) / "now"))
        if not options.before:
            yield [now, *beside]
            return
        with checkout(options.before) as tree:
            yield [now, Column("before", launcher(tree, Path(folder) / "before")), *beside]


def measured(column: Column, script: str, threads: int, found: Figures) -> None:
    """Run a script once more and keep what is less."""
    for name, (value, unit) in column.run(script, threads).items():
        found[name] = (min(value, found.get(name, (value, unit))[0]), unit)


def mean(ratios: list[float]) -> str:
    """The geometric mean of ratios."""
    return f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):9.2f}" if ratios else f"{'-':>9}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--before", metavar="REV", help="a commit to run in turns with this tree")
    parser.add_argument("--rounds", type=int, default=1, help="how often each script runs")
    parser.add_argument("--threads", default="1", help="BLAS threads, one figure a count: 1 or 1,2")
    parser.add_argument("--pytorch", default="", metavar="FOLDER", help="packages with PyTorch")
    parser.add_argument("scripts", nargs="*", default=DEFAULT)
    options = parser.parse_args()
    failed = False
    with columns(options) as compared:
        names = [column.name for column in compared] + ["original"]
        head = "".join(f"{name:>10}" for name in names)
        print(f"{'figure':34}{'threads':>8}{head}  {'unit':12}now beside {', '.join(names[1:])}")
        for script in (Path(name).stem for name in options.scripts):
            for threads in map(int, options.threads.split(",")):
                figures: list[Figures] = [{} for _ in compared]
                for _ in range(options.rounds):
                    for column, found in zip(compared, figures):
                        measured(column, script, threads, found)
                failed |= not figures[0]
                recorded = original_figures(threads)
                ratios: list[list[float]] = [[] for _ in names[1:]]
                for name, (value, unit) in figures[0].items():
                    others = [found.get(name, (None,))[0] for found in figures[1:]]
                    others.append(recorded.get(name))
                    row = "".join(f"{v:10.4g}" if v else f"{'-':>10}" for v in [value, *others])
                    for other, kept in zip(others, ratios):
                        if other:
                            kept.append(value / other)
                    beside = "".join(f"{value / v:9.2f}" if v else f"{'-':>9}" for v in others)
                    print(f"{name:34}{threads:8}{row}  {unit:11}{beside}", flush=True)
                means = "".join(map(mean, ratios))
                blank = 10 * len(names) + 13
                print(f"{script + ', mean':34}{threads:8}{'':{blank}}{means}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
