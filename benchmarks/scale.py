"""Training over MPI on this machine: what a step costs on 1 and on 2 ranks, and an allreduce beside mpi4py alone.

    python benchmarks/scale.py [--ranks 1,2] [--rounds N] [--json FILE]

Needs `pip install 'th7shell[mpi]'`. Every rank has one BLAS thread. Times are minima over rounds, in milliseconds: other
work on the machine only adds. The runs of 1 and 2 ranks alternate. Where other work keeps the cores busy, the time on the
clock says little: `CPU` is the processor time that a rank spends on a step, waiting in MPI included.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import time

NETS = {
    "LeNet, batch 64 a rank": ("lenet", 64),
    "MLP of 10 million parameters, batch 64 a rank": ("mlp", 64),
}
SIZES = (1, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)  # doubles


def net_of(name):
    from th7shell import nn, torch

    torch.manualSeed(1)
    if name == "mlp":  # 784·2560 + 2560·2560 + 2560·560 + 560·10 and biases
        sizes = (784, 2560, 2560, 560, 10)
        net = nn.Sequential()
        for a, b in itertools.pairwise(sizes):
            net.add(nn.Linear(a, b))
            net.add(nn.LogSoftMax() if b == 10 else nn.ReLU())
        return net, (784,)
    net = nn.Sequential()
    for layer in (
        nn.SpatialConvolution(1, 20, 5, 5), nn.SpatialMaxPooling(2, 2, 2, 2), nn.SpatialConvolution(20, 50, 5, 5),
        nn.SpatialMaxPooling(2, 2, 2, 2), nn.View(800), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10), nn.LogSoftMax(),
    ):  # fmt: skip
        net.add(layer)
    return net, (1, 28, 28)


def steps(name, batch, rounds):
    """Minima of the step's computing, its sum of gradients and the whole step, in ms on the clock and in ms of processor
    time; and how many parameters there are."""
    from th7shell import nn, torch
    from th7shell.torchmpi import networks
    from th7shell.torchmpi.communicators import LEVELS

    net, shape = net_of(name)
    net.float()
    weights, gradients = net.getParameters()
    criterion = nn.ClassNLLCriterion().float()
    x, y = torch.randn(batch, *shape).float(), torch.ones(batch)
    best = [float("inf")] * 6
    for _ in range(rounds):
        LEVELS.comm.Barrier()
        start = now()
        gradients.zero()
        criterion.forward(net.forward(x), y)
        net.backward(x, criterion.backward(net.output, y))
        weights.add(-0.01, gradients)
        computed = now()
        networks.synchronizeGradients(net)
        end = now()
        spans = ((start, computed), (computed, end), (start, end))
        took = [b[kind] - a[kind] for kind in (0, 1) for a, b in spans]
        best = [min(a, b) for a, b in zip(best, took)]
    return best, weights.nElement()


def now():
    """The time on the clock and this process's, in ms."""
    return 1e3 * time.perf_counter(), 1e3 * time.process_time()


def sums(rounds):
    """Minima for SIZES of torchmpi's allreduce and mpi4py's on the same memory, alternating, in ms."""
    import numpy as np

    from th7shell import torch
    from th7shell.torchmpi import collectives
    from th7shell.torchmpi.communicators import LEVELS
    from th7shell.torchmpi.library import running

    comm, MPI = LEVELS.comm, running()
    table = {}
    for size in SIZES:
        tensor, plain = torch.zeros(size), np.zeros(size)
        kinds = {
            "torchmpi": lambda t=tensor: collectives.allreduce(t),
            "mpi4py": lambda a=plain: comm.Allreduce(MPI.IN_PLACE, a),
        }
        best = dict.fromkeys(kinds, float("inf"))
        for _ in range(rounds * (10 if size <= 1_000_000 else 1)):
            for kind, call in kinds.items():
                comm.Barrier()
                start = time.perf_counter()
                call()
                best[kind] = min(best[kind], 1e3 * (time.perf_counter() - start))
        table[size] = best
    return table


def rank(rounds):
    """What a rank does; the first prints the slowest rank's figures."""
    from th7shell import torch
    from th7shell.torchmpi import library
    from th7shell.torchmpi.communicators import LEVELS

    library.mpi()
    LEVELS.start()
    torch.setnumthreads(1)
    found = {title: steps(*net, rounds) for title, net in NETS.items()}
    found["sums"] = sums(rounds)
    everything = LEVELS.comm.gather(found)
    if LEVELS.comm.rank == 0:
        slowest = {
            t: [[max(x) for x in zip(*(f[t][0] for f in everything))], found[t][1]] for t in NETS
        }
        slowest["sums"] = {
            size: {
                kind: max(f["sums"][size][kind] for f in everything) for kind in found["sums"][size]
            }
            for size in SIZES
        }
        print("FIGURES " + json.dumps(slowest), flush=True)


def run(ranks, rounds):
    from th7shell.launch import ROOT, THREADS, launcher

    environment = os.environ | dict.fromkeys(THREADS, "1") | dict.fromkeys(ROOT, "1")
    command = [
        launcher(),
        "-n",
        str(ranks),
        sys.executable,
        __file__,
        "--rank",
        "--rounds",
        str(rounds),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    line = next((x for x in done.stdout.splitlines() if "FIGURES " in x), None)
    if line is None:
        sys.exit(done.stdout + done.stderr)
    return json.loads(line.partition("FIGURES ")[2])


def least(a, b):
    """The smaller of two figures, all through nested lists and tables."""
    if isinstance(a, dict):
        return {k: least(a[k], b[k]) for k in a}
    return [least(x, y) for x, y in zip(a, b)] if isinstance(a, list) else min(a, b)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ranks", default="1,2")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--turns", type=int, default=2, help="how often each count of ranks is run")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--rank", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.rank:
        return rank(asked.rounds)
    counts = [int(n) for n in asked.ranks.split(",")]
    best = {}
    for _ in range(asked.turns):
        for n in counts:
            found = run(n, asked.rounds)
            best[n] = least(best[n], found) if n in best else found
    for title in NETS:
        one = best[counts[0]][title]
        print(f"\n{title} ({one[1]} parameters)")
        print("        clock, ms                    CPU, ms")
        print(
            "ranks   computing    sum     step    computing    sum     step   of 1 rank's speed, by CPU"
        )
        for n in counts:
            c, s, t, cpu, cpu_s, cpu_t = best[n][title][0]
            share = one[0][5] / cpu_t
            print(
                f"{n:5} {c:11.1f} {s:7.2f} {t:8.1f} {cpu:11.1f} {cpu_s:7.2f} {cpu_t:8.1f}   {share:.2f}"
            )
    n = counts[-1]
    print(
        f"\nallreduce of doubles on {n} ranks, ms\n   doubles  torchmpi   mpi4py   speed of mpi4py's"
    )
    for size, row in best[n]["sums"].items():
        print(
            f"{size:>10}  {row['torchmpi']:8.3f} {row['mpi4py']:8.3f}   {row['mpi4py'] / row['torchmpi']:.2f}"
        )
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump(best, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
