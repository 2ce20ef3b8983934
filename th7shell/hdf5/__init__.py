"""hdf5: HDF5 files of tensors, on the h5py package. Upstream: deepmind/torch-hdf5.

`hdf5.open(path[, mode])` gives a file with `read`, `write`, `append`, `all` and `close`; what is
read is a group or a data set, whose `all`, `partial` and `dataspaceSize` give its contents.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from th7shell.lua import LuaError
from th7shell.torch.namespace import namespace, need

MISSING = "hdf5 needs the Python package h5py: pip install 'th7shell[hdf5]'"

FILES: dict[str, Any] = {}  # the original's parts are not loaded by themselves


def luaopen(globals: Any) -> Any:
    """Put `hdf5` into Lua's globals and return it. Errors: h5py is not installed."""
    if find_spec("h5py") is None:
        raise LuaError(MISSING)
    need(globals, "torch")
    from . import files

    table = namespace("hdf5")
    table.open = files.open
    globals.hdf5 = table
    return table
