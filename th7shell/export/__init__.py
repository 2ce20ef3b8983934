"""Models to and from today's formats, from Python: `from th7shell import export`.

`export.convert('model.t7', 'model.safetensors')` converts a file, the endings say the formats;
`export.read` and `export.write` are its two halves. `print(export.inspect('model.t7'))` tells what
a file is and holds. What cannot be done is an `ExportError` of one line.
"""

from __future__ import annotations

from .formats import FORMATS, ExportError, Options, convert, read, replaced, write
from .report import Report, inspect

__all__ = [
    "FORMATS",
    "ExportError",
    "Options",
    "Report",
    "convert",
    "inspect",
    "read",
    "replaced",
    "write",
]
