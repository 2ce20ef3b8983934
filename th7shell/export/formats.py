"""The formats that models come in and go to: a table from a file's ending to the module that reads
or writes it, and `convert`, which goes from one to another.

A module has `read(path, options)`, which gives a value (a net, a tensor, a table of tensors),
or `write(value, path, options)`, or both; it is imported when a file of its kind is met. Both raise
ExportError, whose text is one line; `write` leaves a complete file or none (`replaced`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from th7shell.lua import LuaError
from th7shell.lua.stdlib.texts import to_text
from th7shell.torch.serialization import api

from .options import ExportError, Options, replaced

#: ending → (module, what it does: r, w or rw, what the files hold)
FORMATS: dict[str, tuple[str, str, str]] = {
    ".t7": ("th7shell.export.t7", "rw", "Torch7's own files"),
    ".safetensors": ("th7shell.export.safetensors", "rw", "named tensors, safe and fast to read"),
    ".npz": ("th7shell.export.npz", "rw", "named NumPy arrays"),
    ".h5": ("th7shell.export.hdf5", "rw", "named HDF5 data sets (pip install 'th7shell[hdf5]')"),
    ".pt": ("th7shell.export.state_dicts", "r", "tensors that PyTorch saved; nothing is run"),
    ".pth": ("th7shell.export.state_dicts", "r", "the same"),
    ".lua": ("th7shell.export.lua_source", "rw", "the Torch program that builds a net; it is run"),
    ".onnx": (
        "th7shell.export.onnx",
        "rw",
        "a net as an ONNX graph (pip install 'th7shell[onnx]')",
    ),
    ".py": ("th7shell.export.pytorch", "w", "a net as PyTorch source, weights beside it"),
}
OTHERWISE = ".t7"  # what a file of any other ending is read as


def ending(path: str | os.PathLike[str]) -> str:
    """The ending of a file's name, in small letters, that says its format."""
    return os.path.splitext(os.fspath(path))[1].lower()


def formats(letter: str) -> list[str]:
    """The endings that can be read ('r') or written ('w')."""
    return [name for name, row in FORMATS.items() if letter in row[1]]


def load(path: str | os.PathLike[str], options: Options | None = None, **asked: Any) -> Any:
    """The object in a file of any format: `export.load('model.t7')`, a net, a tensor, a table of
    tensors; options as `Options` has them. With `mapped=True` its large tensors stay in the file,
    where they cannot be written to. Errors: ExportError."""
    kind = ending(path)
    _guarded(
        path, lambda: open(path, "rb").close()
    )  # whatever a library would say of one that is not there
    return _run("read", kind if kind in FORMATS else OTHERWISE, path, options, asked)


def save(
    path: str | os.PathLike[str], value: Any, options: Options | None = None, **asked: Any
) -> None:
    """Save a value in the format that the file's ending says, with torch.save's order of arguments:
    `export.save('net.safetensors', net, names='torch')`. The value stays as it is, whatever is
    asked. Errors: ExportError; the file is then as it was."""
    options = replace(options or Options(), **asked)
    if options.cpu or options.float or not options.state:  # what changes it is done to a copy
        value = _guarded(path, lambda: api.deserialize(api.serialize(value)))
    _converted(value, path, options)


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    options: Options | None = None,
    **asked: Any,
) -> None:
    """Convert a file to another: `convert('model.t7', 'model.safetensors')`. The endings say the
    formats; options as `Options` has them. Where nothing is to be changed, the file is read to its
    end and copied. Errors: ExportError; `target` is then as it was."""
    options = replace(options or Options(), **asked)
    _module("write", ending(target), target)  # before much is read
    value = load(source, options, mapped=True)
    if ending(source) == ending(target) and options == Options():
        with replaced(target) as temporary:
            shutil.copyfile(source, temporary)
        return
    _converted(value, target, options)


def _converted(value: Any, target: Any, options: Options) -> None:
    """Write a value that may be changed."""
    if options.part is not None:
        from .walk import part_at

        value = part_at(value, options.part)
    if options.into is not None:
        from .filling import fill

        value = fill(load(options.into), value, options)
    if options.cpu or options.float or not options.state:
        from .cleaning import clean

        value = clean(value, options)
    _run("write", ending(target), target, options, {}, value)


def _run(
    verb: str, kind: str, path: Any, options: Options | None, asked: dict[str, Any], *value: Any
) -> Any:
    function = getattr(_module(verb, kind, path), verb)
    return _guarded(path, function, *value, os.fspath(path), replace(options or Options(), **asked))


def _guarded(path: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function whose errors become ExportErrors."""
    try:
        return function(*arguments)
    except ExportError:
        raise
    except LuaError as error:
        raise ExportError(to_text(str(error))) from error
    except RecursionError as error:
        raise ExportError(f"{path}: nested too deep") from error
    except OSError as error:
        name = error.filename if isinstance(error.filename, str) else path
        raise ExportError(f"{name}: {error.strerror or error}") from error


def _module(verb: str, kind: str, path: Any) -> Any:
    row = FORMATS.get(kind)
    if row is None or verb[0] not in row[1]:
        able = ", ".join(formats(verb[0]))
        what = f"{kind} files cannot be {'read' if verb == 'read' else 'written'}"
        if row is None:
            what = f"its ending says no format to {verb}"
        raise ExportError(f"{os.fspath(path)}: {what} (there are: {able})")
    return import_module(row[0])
