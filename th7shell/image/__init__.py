"""image: load, save, show and transform pictures; a picture is a tensor planes×height×width.

`files` reads and writes; `scaling`, `geometry`, `turning` and `warping` move pixels; `colour`
converts, `filters` convolves, `compose` lays out, `drawing` draws, `viewing` shows. Each file
has its public names in a table NAMES; `names` lists all. Numbers agree with the original to the
last bit, so the float32 of its C variables is kept everywhere.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, need, shows
from th7shell.torch.promised import Names, complete, promise

from . import names

IMAGE = namespace("image")
promise(IMAGE, {f"{__name__}.{file}": words for file, words in names.NAMES.items()})
promise(IMAGE, {f"{__name__}.files": "supported_filetypes"})

__all__ = sorted(" ".join(names.NAMES.values()).split())
__getattr__, __dir__ = shows(__name__, Names(IMAGE), lambda: complete(IMAGE))

FILES = {"test": None}  # what the original consists of, besides init


def luaopen(globals: Any) -> Any:
    """Put `image` into Lua's globals and return it."""
    need(globals, "xlua")
    need(globals, "dok")
    globals.image = IMAGE
    return IMAGE
