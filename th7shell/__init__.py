"""th7shell: Torch7 alive again, on Python and NumPy.

`from th7shell import torch, nn` uses the library from Python; `th7shell.cli` runs Lua scripts and
the shell. Rooms and arrows: docs/architecture.md.
"""

from __future__ import annotations

TYPE_CHECKING = False  # the program's first moments, in which Ctrl-C is Python's, are kept short
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from th7shell.lua.errors import LuaError, PositionError, TorchError

__all__ = ["LuaError", "PositionError", "TorchError", "dofile", "embed", "load", "save"]
__version__ = "0.2.0"
_ERRORS = (
    "LuaError",
    "TorchError",
    "PositionError",
    "BadArgument",
    "OperandError",
    "LuaSyntaxError",
)


def __getattr__(name: str) -> Any:
    if name not in _ERRORS:
        raise AttributeError(f"module 'th7shell' has no attribute {name!r}")
    from th7shell.lua import errors

    return getattr(errors, name)


def embed(names: Mapping[str, Any] | None = None) -> int:
    """Open a Lua prompt from Python: `th7shell.embed(locals())` shows the names given as
    globals."""
    from th7shell.shell.start import embed as open_prompt

    return open_prompt(names or {})


def dofile(path: Any) -> Any:
    """Run a Lua file as Lua's `dofile` does, and give its first result:
    `net = th7shell.dofile('net.lua')`. Its globals are those that Python sees. Errors: LuaError."""
    import os

    from th7shell.lua import first, state
    from th7shell.lua.stdlib.texts import from_system

    if not state.current.world.autoload:  # Python alone, or an interpreter without our packages
        from th7shell.session.environment import Environment

        Environment(state.MAIN)
    return first(state.globals.dofile(from_system(os.fspath(path))))


def load(path: Any, **options: Any) -> Any:
    """The object in a file of any format, which its ending says (`.t7` where that says none): a
    net, a tensor, a table of tensors. `net = th7shell.load('model.t7')`; `export.load` with its
    options. Errors: `th7shell.export.ExportError`."""
    from th7shell import export

    return export.load(path, **options)


def save(path: Any, value: Any, **options: Any) -> None:
    """Save a net, a tensor or a table in the format that the ending says:
    `th7shell.save('net.safetensors', net)`; `export.save` with its options. Errors:
    `th7shell.export.ExportError`."""
    from th7shell import export

    export.save(path, value, **options)
