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

__all__ = ["LuaError", "PositionError", "TorchError", "embed"]
__version__ = "0.1.0"
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
