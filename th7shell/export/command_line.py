"""The options of conversions as words of a command line."""

from __future__ import annotations

import argparse
from typing import Any

INPUT = "the sizes of an input, 3x224x224 or 1x3x224x224; of several inputs, commas between"
BATCH = (
    "for .py and .onnx: the sizes of an input, a batch of two first: 2x3x224x224; of several inputs"
    " with commas between: 2x3,2x4. Without it they are guessed, and told"
)
REQUIRE = "run a Lua file first, for the classes that it makes"


def sizes(text: str) -> Any:
    """`3x224x224` as (3, 224, 224), and `3x8x8,10` as a list of two."""
    try:
        inputs = [tuple(int(n) for n in part.split("x")) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: 3x224x224 expected") from None
    if min(map(min, inputs)) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: sizes are positive")
    return inputs if len(inputs) > 1 else inputs[0]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of conversions, each named as the field of `export.Options` that it sets."""
    parser.add_argument(
        "--part",
        metavar="PATH",
        help="convert this part of what FILE holds alone: model, or modules.2, as inspect shows it",
    )
    tensors = parser.add_argument_group("tensors, in .safetensors, .npz and .h5")
    tensors.add_argument(
        "--names",
        choices=("torch7", "torch"),
        default="torch7",
        help="torch7 (default): all tensors, by the fields that hold them (modules.1.weight);"
        " torch: what the net has learned, by PyTorch's names, in PyTorch's shapes (0.weight)",
    )
    nets = parser.add_argument_group("nets")
    nets.add_argument("--input", metavar="SIZES", type=sizes, help=BATCH)
    nets.add_argument(
        "--into",
        metavar="NET",
        help="a file with a net, or a Lua program that returns one; it takes the tensors of FILE"
        " that have its names, its own or PyTorch's, and OUT is that net",
    )
    nets.add_argument(
        "--cpu",
        action="store_true",
        help="make CUDA's tensors the CPU's, cudnn's layers nn's, a net for several devices one",
    )
    nets.add_argument("--float", action="store_true", help="make doubles and halves floats")
    nets.add_argument(
        "--no-state",
        dest="state",
        action="store_false",
        help="leave out outputs and other buffers, as clearState does",
    )
    files = parser.add_argument_group(".t7 files to write")
    files.add_argument(
        "--ascii",
        dest="mode",
        action="store_const",
        const="ascii",
        help="as text, which Torch on every machine reads",
    )
    files.add_argument(
        "--binary", dest="mode", action="store_const", const="binary", help="as numbers (default)"
    )
    files.add_argument(
        "--longs",
        type=int,
        choices=(4, 8),
        help="bytes of long numbers: 8 (default), or 4 for Torch on Windows and 32-bit machines",
    )
