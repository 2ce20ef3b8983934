"""Commands about models and their files: `:inspect`, `:convert`."""

from __future__ import annotations

import argparse
import os
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from .model import values
from .registry import CommandError, command

if TYPE_CHECKING:
    from ..core import Session


class Words(argparse.ArgumentParser):
    """A command's words. Wrong ones are a CommandError."""

    def __init__(self, usage: str) -> None:
        super().__init__("", usage, add_help=False)

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}; usage: {self.usage}")

    def given(self, text: str) -> tuple[argparse.Namespace, list[str]]:
        """The options of a command, and the other words as they were typed."""
        try:
            split = shlex.split(text, posix=False)
        except ValueError as e:
            raise CommandError(f"{e}; usage: {self.usage}") from None
        options: list[str] = []
        others: list[str] = []
        for i, word in enumerate(split):
            if word.startswith("--") or (options and split[i - 1] in VALUED):
                options.append(word)
            else:
                others.append(word)
        return self.parse_args(options), others


VALUED = ("--part", "--input", "--into", "--names", "--longs", "--depth")


@command("file|value [--tensors] [--tree] [--input 3x8x8]", name="inspect")
def inspect_(session: Session, argument: str) -> Any:
    """Tell what a model's file or a value holds: a net's modules, the tree of all else. --tensors
    adds statistics of each tensor, --tree the fields of modules, --input 3x224x224 output sizes and
    multiply-adds: `:inspect model.t7 --input 3x224x224`, `:inspect net`."""
    from th7shell import export
    from th7shell.export.command_line import sizes

    parser = Words(":inspect file|value [--tensors] [--tree] [--depth N] [--input 3x8x8]")
    parser.add_argument("--tensors", action="store_true")
    parser.add_argument("--tree", action="store_true")
    parser.add_argument("--depth", type=int)
    parser.add_argument("--input", type=sizes)
    asked, words = parser.given(argument)
    text = " ".join(words)
    try:
        if _file(session, text):
            report = export.inspect(_file(session, text), asked.input)
        else:
            value = values(session, text, 1, f"usage: {parser.usage}")[0]
            report = export.inspect(value, asked.input)
        return report.text(asked.tree, asked.tensors, asked.depth)
    except export.ExportError as e:
        raise CommandError(str(e)) from None


@command("file|value file.ending [--names torch …]")
def convert(session: Session, argument: str) -> Any:
    """Convert a model's file or a value to another format, which the ending of the new file says:
    .t7, .safetensors, .npz, .h5, .lua, .onnx, .py. The options are those of `th7shell convert`:
    `:convert net net.onnx --input 3x224x224`, `:convert old.t7 new.t7 --float --no-state`."""
    from th7shell import export
    from th7shell.export.command_line import add_options

    parser = Words(":convert file|value file.ending [options]")
    add_options(parser)
    asked, words = parser.given(argument)
    if len(words) < 2:
        raise CommandError(f"usage: {parser.usage}")
    source, target = " ".join(words[:-1]).rstrip(","), _unquoted(words[-1])
    said: list[str] = []
    options = export.Options(say=said.append, **vars(asked))
    try:
        if _file(session, source):
            export.convert(_file(session, source), target, options)
        else:
            value = values(session, source, 1, f"usage: {parser.usage}")[0]
            export.save(target, value, options)
    except export.ExportError as e:
        raise CommandError(str(e)) from None
    return "".join(f"{line}\n" for line in [*said, f"{target}: {os.path.getsize(target):,} bytes"])


def _unquoted(text: str) -> str:
    """A name without the quotes around it, `~` as the home folder."""
    return os.path.expanduser(text.strip("'\" ,"))


def _file(session: Session, text: str) -> str:
    """The path that a text names, '' if it is an expression."""
    from th7shell.export.formats import FORMATS, ending

    path = _unquoted(text)
    if os.path.isfile(path):
        return path
    if ending(path) in FORMATS and session.environment.get(path.partition(".")[0]) is None:
        raise CommandError(f"no file {path}")
    return ""
