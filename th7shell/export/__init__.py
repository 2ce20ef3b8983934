"""Models to and from today's formats: `from th7shell import export`, `require 'export'` in Lua.

`export.convert('model.t7', 'model.safetensors')` converts a file, the endings say the formats;
`export.load` and `export.save` are its two halves. `print(export.inspect('model.t7'))` tells what
a file is and holds. `export.to_onnx(net, (1, 3, 224, 224))` is the ONNX model of a net, and
`export.to_torch_source(net, (1, 3, 224, 224))` its PyTorch source and weights;
`export.state_dict(net)` has its parameters by PyTorch's names, `export.load_state_dict(net, state)`
sets them. What cannot be done is an `ExportError` of one line.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .formats import FORMATS, convert, load, save
from .options import ExportError, Options, replaced
from .report import Report, inspect

LATER = {  # loaded on first use
    "from_onnx": ".onnx",
    "load_state_dict": ".filling",
    "state_dict": ".names",
    "to_onnx": ".onnx",
    "to_torch_source": ".pytorch",
}


def __getattr__(name: str) -> Any:
    if name in LATER:
        return getattr(import_module(LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "FORMATS",
    "ExportError",
    "Options",
    "Report",
    "convert",
    "inspect",
    "load",
    "replaced",
    "save",
]
