"""The program's sub-commands `inspect` and `convert`: their command lines.

A model's file in place of a script is inspected too. Exit codes: 0 ok, 1 a file that cannot be
read, written or converted (one line on stderr says why), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from th7shell import export
from th7shell.export.formats import FORMATS

Prompt = Callable[..., int]

CONVERT = """\
The formats are those of the files' endings:
{formats}

For example:
  th7shell convert model.t7 model.safetensors
"""


def convert(words: Sequence[str], program: str, open_prompt: Prompt) -> int:
    """`th7shell convert FILE OUT [options]`."""
    can = {"r": "read", "w": "written", "rw": "read and written"}
    rows = [f"  {name:13} {row[2]} ({can[row[1]]})" for name, row in FORMATS.items()]
    parser = _parser(
        f"{program} convert",
        "Convert a model or its tensors to another format.",
        CONVERT.format(formats="\n".join(rows)),
    )
    parser.add_argument("file", metavar="FILE", help="what to convert")
    parser.add_argument("out", metavar="OUT", help="the file to write")
    _options(parser)
    asked = vars(parser.parse_args(words))
    export.convert(asked.pop("file"), asked.pop("out"), export.Options(say=_say, **asked))
    return 0


def _options(parser: argparse.ArgumentParser) -> None:
    """Options of conversions, each named as the field of `export.Options` that it sets."""
    parser.add_argument(
        "--names",
        choices=("torch7", "torch"),
        default="torch7",
        help="name tensors by Torch7's fields (modules.1.weight) or as PyTorch does (0.weight)",
    )
    parser.add_argument(
        "--input",
        metavar="SIZES",
        type=sizes,
        help="the sizes of an input, as 3x224x224; several inputs with commas between",
    )
    parser.add_argument("--into", metavar="NET", help="the file of the net that takes the tensors")


def sizes(text: str) -> Any:
    """`3x224x224` as (3, 224, 224), and `3x8x8,10` as a list of two."""
    try:
        inputs = [tuple(int(n) for n in part.split("x")) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: 3x224x224 expected") from None
    if min(map(min, inputs)) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: sizes are positive")
    return inputs if len(inputs) > 1 else inputs[0]


def _parser(program: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        program,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


COMMANDS: dict[str, Callable[[Sequence[str], str, Prompt], int]] = {"convert": convert}


def run(words: Sequence[str], program: str, open_prompt: Prompt) -> int:
    """Run the sub-command that the first word names; the exit code."""
    os.environ.setdefault("TH7SHELL_CUDA", "quiet")
    try:
        return COMMANDS[words[0]](words[1:], program, open_prompt)
    except SystemExit as ended:  # argparse: help, or wrong usage
        return ended.code if isinstance(ended.code, int) else 2
    except export.ExportError as error:
        _say(f"{program}: {error}")
        return 1
