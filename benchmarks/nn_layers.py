"""Time the kernels of nn: convolution, pooling, normalisation, lookup; one line a layer and pass.

usage: python benchmarks/nn_layers.py [--threads N] [--repeat R] [NAME …]

Prints `name pass type µs` for forward, gradInput and the parameters' gradients, each the least of R
measurements of processor time, and the most memory that the large cases held.
"""

from __future__ import annotations

import argparse
import os
import time
import tracemalloc
from collections.abc import Callable

CASES = {  # name: (make, input sizes)
    "lenet1 x1": ("SpatialConvolution", (1, 6, 5, 5), (1, 1, 32, 32)),
    "lenet1 x128": ("SpatialConvolution", (1, 6, 5, 5), (128, 1, 32, 32)),
    "lenet2 x1": ("SpatialConvolution", (6, 16, 5, 5), (1, 6, 14, 14)),
    "lenet2 x128": ("SpatialConvolution", (6, 16, 5, 5), (128, 6, 14, 14)),
    "vgg 64-64 3x3": ("SpatialConvolution", (64, 64, 3, 3, 1, 1, 1, 1), (16, 64, 32, 32)),
    "1x1 64-256": ("SpatialConvolution", (64, 256, 1, 1), (8, 64, 28, 28)),
    "stem 7x7/2": ("SpatialConvolution", (3, 64, 7, 7, 2, 2, 3, 3), (4, 3, 112, 112)),
    "dilated 3x3": (
        "SpatialDilatedConvolution",
        (16, 16, 3, 3, 1, 1, 2, 2, 2, 2),
        (8, 16, 32, 32),
    ),
    "full 4x4/2": ("SpatialFullConvolution", (64, 32, 4, 4, 2, 2, 1, 1), (8, 64, 16, 16)),
    "volumetric 3x3x3": ("VolumetricConvolution", (4, 8, 3, 3, 3), (4, 4, 12, 24, 24)),
    "max 2x2": ("SpatialMaxPooling", (2, 2, 2, 2), (16, 64, 56, 56)),
    "max 3x3/2": ("SpatialMaxPooling", (3, 3, 2, 2, 1, 1), (16, 64, 56, 56)),
    "average 2x2": ("SpatialAveragePooling", (2, 2, 2, 2), (16, 64, 56, 56)),
    "average 3x3/2": ("SpatialAveragePooling", (3, 3, 2, 2, 1, 1), (16, 64, 56, 56)),
    "batchnorm planes": ("SpatialBatchNormalization", (64,), (16, 64, 56, 56)),
    "batchnorm vectors": ("BatchNormalization", (512,), (128, 512)),
    "lrn": ("SpatialCrossMapLRN", (5,), (8, 32, 28, 28)),
    "lookup 10k x128": ("LookupTable", (10000, 128), (1000,)),
    "temporal": ("TemporalConvolution", (128, 256, 5), (16, 50, 128)),
}


def least(call: Callable[[], object], repeat: int) -> float:
    """Microseconds of processor time of one call, the least of `repeat` measurements."""
    call()
    count, spent = 1, 0.0
    while True:
        start = time.process_time()
        for _ in range(count):
            call()
        spent = time.process_time() - start
        if spent > 0.02:
            break
        count *= 4
    best = spent
    for _ in range(repeat - 1):
        start = time.process_time()
        for _ in range(count):
            call()
        best = min(best, time.process_time() - start)
    return best / count * 1e6


def measure(name: str, kind: str, repeat: int) -> None:
    """Print the three passes of one case."""
    from th7shell import nn, torch

    layer_name, args, shape = CASES[name]
    torch.manualSeed(1)
    layer = getattr(nn, layer_name)(*args).type(kind)
    if layer_name == "LookupTable":
        x = torch.LongTensor(*shape).random(1, args[0])
    else:
        x = torch.rand(*shape).type(kind)
    grad = torch.rand(*layer.forward(x).nd.shape).type(kind)
    layer.backward(x, grad)
    passes = {
        "forward": lambda: layer.updateOutput(x),
        "gradInput": lambda: layer.updateGradInput(x, grad),
    }
    if layer.weight is not None:
        passes["gradParameters"] = lambda: layer.accGradParameters(x, grad, 1)
    letter = kind.split(".")[1][0].lower()
    for which, call in passes.items():
        layer.forward(x)
        print(f"{name:20s} {which:15s} {letter} {least(call, repeat):12.1f} us", flush=True)


def peak(name: str) -> float:
    """Megabytes that one forward and backward pass of a case takes at most, besides the input."""
    from th7shell import nn, torch

    layer_name, args, shape = CASES[name]
    layer = getattr(nn, layer_name)(*args).float()
    x = torch.rand(*shape).float()
    tracemalloc.start()
    out = layer.forward(x)
    layer.backward(x, out)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("names", nargs="*", default=list(CASES))
    options = parser.parse_args()
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = str(options.threads)  # before NumPy is loaded
    for name in options.names:
        for kind in ("torch.FloatTensor", "torch.DoubleTensor"):
            measure(name, kind, options.repeat)
    for name in ("vgg 64-64 3x3", "stem 7x7/2"):
        if name in options.names:
            print(f"{name:20s} most memory       {peak(name):12.1f} MB")


if __name__ == "__main__":
    main()
