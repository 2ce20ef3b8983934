"""What worker processes bring to a loader: an epoch of training on JPEG files with 0, 1, 2 … of them.

usage: python benchmarks/loading.py [--workers 0,1,2] [--styles shared,copied,samples] [--rounds 3]

The files are made when it runs. Two cases: `loading`, where decoding and scaling take most of the
time, and `training`, where the net does. Of each epoch two figures: its seconds, and how long the
busiest of its processes had a core, which is what the epoch would take on a machine that does
nothing else and has a core for each of them. Both are the shortest of several runs, taken in turns;
`x` is how many times faster than loading in the program itself. All runs of a style must have
loaded the same.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
CASES = {"loading": ["-planes", "2"], "training": ["-planes", "64"]}
COUNT = 64  # files
SIZE = 640, 480  # of a file's picture
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP")}


def make_files(folder: Path) -> None:
    """Write pictures of noise in several scales, about as hard to decode as photographs."""
    rng = np.random.default_rng(1)
    for i in range(1, COUNT + 1):
        picture = np.zeros((SIZE[1], SIZE[0], 3))
        for step in (4, 16, 64):
            small = rng.integers(0, 255, (SIZE[1] // step, SIZE[0] // step + 1, 3), np.uint8)
            picture += np.asarray(Image.fromarray(small).resize(SIZE, Image.Resampling.BILINEAR))
        Image.fromarray((picture / 3).astype(np.uint8)).save(folder / f"{i}.jpg", quality=90)


def epoch(folder: Path, style: str, workers: str, more: list[str]) -> tuple[float, float, str]:
    """An epoch's seconds, those of its busiest process, and the sum of what was loaded."""
    script = [str(HERE / "loading.lua"), "-folder", str(folder), "-count", str(COUNT)]
    command = [sys.executable, "-m", "th7shell", *script, "-style", style, "-workers", workers]
    done = subprocess.run(
        [*command, *more],
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    time, busiest, loaded = done.stdout.split()
    return float(time), float(busiest), loaded


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", default="0,1,2")
    parser.add_argument("--styles", default="shared,copied,samples")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    counts = options.workers.split(",")
    print(f"{os.cpu_count()} cores, {COUNT} files of {SIZE[0]}x{SIZE[1]}: seconds an epoch")
    print(
        f"{'case':10}{'style':10}" + "".join(f"{n + ' workers':>18}{'busiest':>18}" for n in counts)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder)
        for case, more in CASES.items():
            for style in options.styles.split(","):
                runs: dict[str, list[tuple[float, float, str]]] = {n: [] for n in counts}
                for _ in range(options.rounds):
                    for n in counts:
                        runs[n].append(epoch(folder, style, n, more))
                sums = {loaded for found in runs.values() for _, _, loaded in found}
                assert len(sums) == 1, f"{style} has loaded different pictures: {sums}"
                figures = ""
                for n in counts:
                    for i in (0, 1):
                        best, alone = (min(r[i] for r in runs[m]) for m in (n, counts[0]))
                        figures += f"{best:10.3f}{alone / best:6.2f} x"
                print(f"{case:10}{style:10}{figures}", flush=True)


if __name__ == "__main__":
    main()
