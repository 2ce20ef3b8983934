"""image: load, save, show and transform pictures; a picture is a tensor planes×height×width.

`files` reads and writes; `scaling`, `geometry`, `turning` and `warping` move pixels; `colour`
converts, `filters` convolves, `compose` lays out, `drawing` draws, `viewing` shows. Each module
lists its public names in a table NAMES. Numbers agree with the original to the last bit, so the
float32 of its C variables is kept everywhere.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, need, shows

from . import files
from .names import NAMES

__all__ = sorted(NAMES)
__getattr__, __dir__ = shows(__name__, NAMES)


FILES = {"test": None}  # what the original consists of, besides init


def luaopen(globals: Any) -> Any:
    """Put `image` into Lua's globals and return it."""
    need(globals, "xlua")
    need(globals, "dok")
    table = namespace("image")
    for name, value in NAMES.items():
        table[name] = value
    table["supported_filetypes"] = files.filetypes()
    globals.image = table
    return table
