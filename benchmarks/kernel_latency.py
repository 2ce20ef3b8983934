"""The notebook's kernel beside ipykernel's Python kernel, in one run: time to start, and the round trip of
a cell `1+1`. Needs `pip install th7shell[jupyter]`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

from th7shell.kernel import specs

ROUNDS, CELLS = 3, 100


def measured(name: str) -> tuple[float, float]:
    """Seconds to start a kernel, and the median of a cell's round trip."""
    started = time.perf_counter()
    manager, client = start_new_kernel(kernel_name=name)
    begun = time.perf_counter() - started
    trips = []
    for _ in range(CELLS):
        started = time.perf_counter()
        client.execute_interactive("1+1", output_hook=lambda _: None, timeout=30)
        trips.append(time.perf_counter() - started)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return begun, statistics.median(trips[5:])


def main() -> None:
    """Print both kernels' figures and their ratio, the best of some alternating rounds."""
    with tempfile.TemporaryDirectory() as folder:
        specs.install(prefix=folder)
        os.environ["JUPYTER_PATH"] = str(Path(folder) / "share" / "jupyter")
        found: dict[str, list[tuple[float, float]]] = {"th7": [], "python3": []}
        for _ in range(ROUNDS):
            for name, rows in found.items():
                rows.append(measured(name))
        best = {name: [min(column) for column in zip(*rows)] for name, rows in found.items()}
        for i, what in enumerate(("start", "1+1")):
            ours, theirs = best["th7"][i], best["python3"][i]
            sys.stdout.write(
                f"{what:8}{1000 * ours:9.1f} ms   Python's {1000 * theirs:9.1f} ms   {ours / theirs:.2f}\n"
            )


if __name__ == "__main__":
    main()
