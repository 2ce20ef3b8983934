"""The program's sub-commands `inspect` and `convert`: their command lines.

A model's file in place of a script is inspected too. Exit codes: 0 ok, 1 a file that cannot be
read, written or converted (one line on stderr says why), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from th7shell import export
from th7shell.export.command_line import INPUT, REQUIRE, add_options, sizes
from th7shell.export.formats import FORMATS
from th7shell.lua.interpreter import deepen
from th7shell.nn.tools.summary import bytes_text
from th7shell.options import Options

Prompt = Callable[..., int]

CONVERT = """\
Convert a model or its tensors to another format, which the ending of OUT says:

{formats}

A FILE of another ending is read as a .t7 file, of any machine and age. What is in a file, and what
its parts are called, {program} inspect FILE tells.
"""
EXAMPLES = """\
Examples:
  its numbers for NumPy:
    {program} model.t7 model.npz
  a state dict for PyTorch:
    {program} model.t7 model.safetensors --names torch
  the net in PyTorch's source code, and as an ONNX graph:
    {program} model.t7 model.py --input 2x3x224x224
    {program} model.t7 model.onnx --input 2x3x224x224
  the net of a checkpoint that holds other things too:
    {program} checkpoint.t7 model.onnx --part model
  a small file for the CPU of one that was saved on a GPU:
    {program} gpu.t7 small.t7 --cpu --no-state --float
  back to Torch: the net of model.t7, or of a program, with other weights:
    {program} weights.safetensors new.t7 --into model.t7
    {program} checkpoint.pt new.t7 --into net.lua
  an ONNX model as a net of Torch:
    {program} model.onnx model.t7

OUT is complete or, if something goes wrong, as it was before; then one line says why, and the exit
code is 1. docs/convert.md tells more.
"""


def convert(words: Sequence[str], program: str, open_prompt: Prompt) -> int:
    """`th7shell convert FILE OUT [options]`."""
    can = {"r": ", only read", "w": ", only written", "rw": ""}
    rows = [f"  {name:13} {what}{can[does]}" for name, (_, does, what) in FORMATS.items()]
    parser = _parser(
        f"{program} convert",
        "FILE OUT [options]",
        CONVERT.format(formats="\n".join(rows), program=program),
        EXAMPLES.format(program=f"{program} convert"),
    )
    parser.add_argument("file", metavar="FILE", help="what to convert")
    parser.add_argument("out", metavar="OUT", help="the file to write")
    add_options(parser)
    parser.add_argument("--require", metavar="FILE.lua", action="append", default=[], help=REQUIRE)
    asked = vars(parser.parse_args(words))
    source, target = asked.pop("file"), asked.pop("out")
    _require(asked.pop("require"))
    with Progress() as progress:
        export.convert(source, target, export.Options(say=_say, progress=progress, **asked))
    return 0


INSPECT = """\
Tell what files are and hold: .t7 files of any machine and age, and the other formats that convert
reads. Of a net, its modules with their parameters are shown; of all else, the tree of its tables
and tensors.
"""
INSPECTED = """\
Examples:
  with the output sizes and multiply-adds of a net's modules:
    {program} inspect model.t7 --input 3x224x224
  are there NaNs in it?
    {program} inspect model.t7 --tensors
  look around in it at the prompt:
    {program} -i model.t7

{program} model.t7 is the same as {program} inspect model.t7.
"""


def inspect(words: Sequence[str], program: str, open_prompt: Prompt) -> int:
    """`th7shell inspect FILE... [options]`."""
    parser = _parser(
        f"{program} inspect",
        "FILE... [options]",
        INSPECT,
        INSPECTED.format(program=program),
    )
    parser.add_argument("files", metavar="FILE", nargs="+", help="what to look at")
    parser.add_argument("--tree", action="store_true", help="show the fields of modules too")
    parser.add_argument(
        "--tensors",
        action="store_true",
        help="show each tensor with its smallest, mean and largest number, the NaNs in it, and"
        " whose memory it shares",
    )
    parser.add_argument("--depth", metavar="N", type=int, help="how deep the tree goes")
    parser.add_argument("--json", action="store_true", help="write everything as JSON")
    parser.add_argument("--input", metavar="SIZES", type=sizes, help=INPUT)
    parser.add_argument("--require", metavar="FILE.lua", action="append", default=[], help=REQUIRE)
    parser.add_argument(
        "-i", dest="prompt", action="store_true", help="open the prompt with the object in `model`"
    )
    asked = parser.parse_args(words)
    _require(asked.require)
    code = 0
    reports = []
    for path in asked.files:
        try:
            with Progress() as progress:
                report = export.inspect(path, asked.input, progress)
                if asked.json:
                    reports.append(report.data(asked.depth))
                    continue
                text = report.text(asked.tree, asked.tensors, asked.depth)
            _write(text)
        except export.ExportError as error:
            _say(f"{program}: {error}")
            code = 1
    if asked.json and reports:
        text = json.dumps(reports if len(asked.files) > 1 else reports[0], ensure_ascii=False)
        _write(text + "\n")
    if asked.prompt and not code:
        return _prompt(asked.files[-1], open_prompt)
    return code


def _prompt(path: str, open_prompt: Prompt) -> int:
    """The prompt with a file's object in the global `model`."""
    from th7shell.session.program import run

    def prompt(environment: Any, options: Any, nested: bool) -> int:
        environment.preload()
        environment.set_global("model", export.load(path))
        return open_prompt(environment, options, nested)

    return run(Options(interactive=True, statements=["require 'nn'"]), prompt)


class Progress:
    """How much is done, on the last line of a terminal, once that takes longer than a moment."""

    def __init__(self) -> None:
        self.started = self.shown = time.monotonic()
        self.drawn = False

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.started > 0.5 and now - self.shown > 0.1 and sys.stderr.isatty():
            self.shown, self.drawn = now, True
            sys.stderr.write(f"\r{100 * done // max(1, total):3d}% of {bytes_text(total)}")
            sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _require(paths: list[str]) -> None:
    """Run Lua files, whose classes are then known. Errors: ExportError."""
    if not paths:
        return
    from th7shell.lua import state
    from th7shell.lua.errors import LuaError
    from th7shell.session.environment import Environment

    environment = Environment(state.MAIN)  # where files are read
    for path in paths:
        try:
            environment.load_file(path)()
        except LuaError as error:
            raise export.ExportError(f"{path}: {error}") from error


def _parser(program: str, usage: str, description: str, epilog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        program,
        f"{program} {usage}",
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _write(text: str) -> None:
    """Write text to standard output, whatever its encoding can spell."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def launch(words: Sequence[str], program: str, open_prompt: Prompt) -> int:
    """`th7shell launch -n N [options] FILE.lua [arguments]`."""
    from th7shell.launch import launch as start

    return start(words, program, _say)


COMMANDS: dict[str, Callable[[Sequence[str], str, Prompt], int]] = {
    "convert": convert,
    "inspect": inspect,
    "launch": launch,
}


def run(words: Sequence[str], program: str, open_prompt: Prompt) -> int:
    """Run the sub-command that the first word names; the exit code."""
    os.environ.setdefault("TH7SHELL_CUDA", "quiet")
    try:
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # not in the background
            signal.signal(signal.SIGINT, signal.default_int_handler)  # what is half done goes
    except ValueError:  # not the main thread
        pass
    deepen()  # nets may be nested deep
    try:
        return COMMANDS[words[0]](words[1:], program, open_prompt)
    except SystemExit as ended:  # argparse: help, or wrong usage
        return ended.code if isinstance(ended.code, int) else 2
    except export.ExportError as error:
        _say(f"{program}: {error}")
        return 1


def model(options: Options, program: str, open_prompt: Prompt) -> int:
    """`th7shell [-i] model.t7`: a model's file in place of a script."""
    words = ["inspect", *(["-i"] if options.interactive else ()), options.script or ""]
    return run([*words, *options.arguments], program, open_prompt)
