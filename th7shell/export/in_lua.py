"""`require 'export'`: the functions of `th7shell.export` for Lua. Options are the fields of a
table, sizes are tables of numbers, arrays come as tensors; file names are Lua's strings.
"""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Any

from th7shell.lua import Table, TorchError, array, items, new_table, rawset
from th7shell.lua.absent_fields import suggestion
from th7shell.lua.metatables import setmetatable
from th7shell.lua.stdlib.texts import from_system, from_text, to_system, to_text
from th7shell.torch.classes import torch_type
from th7shell.torch.namespace import namespace, need

from . import filling, formats, names, report
from .options import Options, silent
from .unpack import tensor_of

FILES: dict[str, Any] = {}  # no original has the package
OPTIONS = {f.name: f for f in fields(Options) if f.name != "progress"}
TABLE = namespace("export")


def load(path: Any = None, options: Any = None, *_: Any) -> Any:
    """`export.load(path [, options])`: the object in a file of any format, which its ending says:
    a net, a tensor, a table of tensors. `export.load 'weights.safetensors'`; of a .lua file what it
    returns. An ending that is none of `export.formats` is read as .t7.

    With `{mapped = true}` large tensors stay in the file, where they cannot be written to.

    >>> export.save('net.npz', nn.Linear(3, 2))
    >>> export.load('net.npz').forward(torch.ones(3))
    """
    return formats.load(_path(path, "load", 1), _options(options, "load", 2))


def save(path: Any = None, value: Any = None, options: Any = None, *_: Any) -> Any:
    """`export.save(path, value [, options])`: save a net, a tensor or a table in the format that
    the ending of the name says: `export.save('net.onnx', net, {input = {2, 3, 224, 224}})`.

    The options are those of `export.convert`; given are also the lines that it gives.

    >>> net = nn.Sequential().add(nn.Linear(3, 2))
    >>> export.save('weights.safetensors', net, names='torch')
    """
    said, asked = _told(options, "save", 3)
    formats.save(_path(path, "save", 1), value, asked)
    return said


def convert(source: Any = None, target: Any = None, options: Any = None, *_: Any) -> Any:
    """`export.convert(source, target [, options])`: convert a file to another format, the endings
    say which: `export.convert('gpu.t7', 'cpu.t7', {cpu = true})`. What should be known of it, such
    as names that a net has and the file has not, is a table of lines.

    part: the path of what to convert alone, 'model.modules.2'. names: 'torch7' for all tensors by
    Lua's fields, 'torch' for a net's parameters by PyTorch's names. into: a file with a net, or a
    Lua program that builds one, that takes the tensors. input: the sizes of an input, a batch
    first, `{2, 3, 224, 224}`, of several a table of such. float, cpu: change the tensors' types.
    state: false drops outputs and buffers. mode, longs: 'ascii' or 'binary', 4 or 8, for .t7
    files. say: a function that takes each line instead.

    >>> torch.save('net.t7', nn.Linear(3, 2))
    >>> export.convert('net.t7', 'small.t7', float=True, state=False)
    """
    said, asked = _told(options, "convert", 3)
    formats.convert(_path(source, "convert", 1), _path(target, "convert", 2), asked)
    return said


def inspect(what: Any = None, options: Any = None, *_: Any) -> Any:
    """`export.inspect(what [, options])`: what a file is and holds, or what a value is:
    `print(export.inspect('model.t7'))`.

    Printed it is the report, with the options `input` ({3, 224, 224}), `tree`, `tensors` and
    `depth` as `th7shell inspect` has them. Its fields: `value` is the object; `file`, `what` and
    `size` are of the file; `nets` has each net's `parameters` and `modules`; `tensors` has path,
    class, size and statistics of each, `objects` all there is; lists that are made when read.

    >>> net = nn.Sequential().add(nn.SpatialConvolution(3, 8, 3, 3)).add(nn.ReLU())
    >>> print(export.inspect(net, input=[3, 32, 32]))
    """
    asked = _table(options, "inspect", 2)
    wrong = [k for k, _ in items(asked) if k not in ("input", "tree", "tensors", "depth")]
    if wrong:
        raise TorchError(f"export.inspect: it has no option {to_text(str(wrong[0]))!r}")
    path = to_system(what) if isinstance(what, str) else None
    found = report.inspect(path or what, _sizes(asked["input"]))

    def field(_table: Any = None, name: Any = None, *_: Any) -> Any:
        if name not in report.PARTS:
            return None
        rawset(result, name, _native(report.PARTS[name](found, asked["depth"])))
        return result[name]

    def text(*_: Any) -> str:
        return from_text(
            found.text(bool(asked["tree"]), bool(asked["tensors"]), asked["depth"]).rstrip()
        )

    of_file = {"file": from_system(found.path), "what": from_text(found.what), "size": found.size}
    result = new_table(fields={"value": found.value, **(of_file if found.path else {})})
    return setmetatable(result, new_table(fields={"__index": field, "__tostring": text}))


def to_onnx(net: Any = None, input_size: Any = None, *_: Any) -> Any:
    """`export.to_onnx(net, input_size)`: a net as an ONNX model, the bytes of an .onnx file in a
    string: `export.to_onnx(net, {2, 3, 224, 224})`; for a net that takes a table, a table of
    sizes. The first size is that of a batch, which stays open."""
    from .onnx import to_onnx

    return to_onnx(net, _sizes(input_size)).SerializeToString().decode("latin-1")


def from_onnx(model: Any = None, *_: Any) -> Any:
    """`export.from_onnx(model)`: the net of an ONNX model, the bytes of an .onnx file in a
    string."""
    from .onnx import from_onnx

    if not isinstance(model, str):
        raise TorchError(f"export.from_onnx: a string expected, got {_kind(model)}")
    return from_onnx(model.encode("latin-1"))


def to_torch_source(net: Any = None, input_size: Any = None, name: Any = None, *_: Any) -> Any:
    """`export.to_torch_source(net, input_size [, name])`: a net as PyTorch source code, in a
    string, and a table of its weights by name: `export.to_torch_source(net, {2, 3, 8, 8},
    'LeNet')`."""
    from .pytorch import to_torch_source

    named = () if name is None else (to_text(name),)
    source, weights = to_torch_source(net, _sizes(input_size), *named)
    return from_text(source), _tensors(weights)


def state_dict(net: Any = None, *_: Any) -> Any:
    """`export.state_dict(net)`: the parameters and running statistics of a net by PyTorch's names
    and in PyTorch's shapes, `state['0.weight']`: tensors that share the net's memory.

    >>> net = nn.Sequential().add(nn.Linear(3, 2))
    >>> export.state_dict(net)['0.weight'].fill(1)
    """
    return _tensors(names.state_dict(net))


def load_state_dict(net: Any = None, state: Any = None, *_: Any) -> Any:
    """`missing, unexpected = export.load_state_dict(net, state)`: fill a net with tensors of the
    same names, the net's own (`modules.1.weight`) or PyTorch's (`0.weight`). `state` is a table of
    tensors by name, nested as you like. Two tables of sizes by name tell what the state has not,
    and what the net has not. Errors: no name fits, or a size does not; the net is as it was.

    >>> net = nn.Sequential().add(nn.Linear(3, 2))
    >>> missing, unexpected = export.load_state_dict(net, {'0.bias': torch.zeros(2)})
    """
    return tuple(_native(part) for part in filling.load_state_dict(net, state))


FUNCTIONS = (
    *(load, save, convert, inspect, to_onnx, from_onnx, to_torch_source),
    *(state_dict, load_state_dict),
)
for _function in FUNCTIONS:
    setattr(TABLE, _function.__name__, _function)


def luaopen(globals: Any) -> Any:
    """Put `export` into Lua's globals and return it."""
    need(globals, "torch", "nn")
    globals.export = TABLE
    return TABLE


# Lua's values as Python's, and back


def _path(value: Any, name: str, number: int) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise TorchError(f"export.{name}: a file name expected at arg {number}, got {_kind(value)}")
    return to_system(value)


def _kind(value: Any) -> str:
    return torch_type(value) or "nil"


def _table(options: Any, name: str, number: int) -> Table:
    if options is not None and not isinstance(options, Table):
        raise TorchError(f"export.{name}: a table of options expected at arg {number}")
    return new_table() if options is None else options


def _options(given: Any, name: str, number: int) -> Options:
    """Options from the fields of a table."""
    found: dict[str, Any] = {}
    for key, value in items(_table(given, name, number)):
        if key not in OPTIONS:
            near = suggestion(key, OPTIONS) if isinstance(key, str) else ""
            raise TorchError(f"export.{name}: it has no option {to_text(str(key))!r}{near}")
        found[key] = value
    if "input" in found:
        found["input"] = _sizes(found["input"])
    if "into" in found:
        found["into"] = to_system(found["into"])
    return Options(**found)


def _told(given: Any, name: str, number: int) -> tuple[Table, Options]:
    """A table that takes the lines that the user should know of, and options."""
    asked, lines = _options(given, name, number), Table()
    say = asked.say

    def tell(line: str) -> None:
        if say is silent:
            rawset(lines, len(array(lines)) + 1, from_text(line))
        else:
            say(from_text(line))

    asked.say = tell
    return lines, asked


def _sizes(given: Any) -> Any:
    """`{3, 8, 8}` as (3, 8, 8), a table of such as a list."""
    if given is None or not isinstance(given, Table):
        return given
    parts = array(given)
    if any(isinstance(part, Table) for part in parts):
        return [_sizes(part) for part in parts]
    return tuple(int(n) for n in parts)


def _tensors(arrays: dict[str, Any]) -> Table:
    return new_table(fields={from_text(name): tensor_of(nd) for name, nd in arrays.items()})


def _native(value: Any) -> Any:
    """Dictionaries, lists and texts as Lua has them."""
    if isinstance(value, dict):
        return new_table(fields={from_text(key): _native(part) for key, part in value.items()})
    if isinstance(value, (list, tuple)):
        return new_table([_native(part) for part in value])
    return from_text(value) if isinstance(value, str) else value
