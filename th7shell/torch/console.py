"""What torch prints: through Lua's `io.write` and `print` as they are now, so that programs may
replace them."""

from __future__ import annotations

from typing import Any

from th7shell.lua import state, tostring
from th7shell.lua.stdlib import streams


def write(text: str) -> None:
    """Write text to Lua's standard output."""
    writer = getattr(getattr(state.globals, "io", None), "write", None)
    if writer is None:
        streams.write(text)
    else:
        writer(text)


def flush() -> None:
    """Show what was written."""
    flusher = getattr(getattr(state.globals, "io", None), "flush", None)
    if flusher is None:
        streams.flush()
    else:
        flusher()


def show(*values: Any) -> None:
    """Print values as Lua's `print` does."""
    printer = getattr(state.globals, "print", None)
    if printer is None:
        streams.write("\t".join(map(tostring, values)) + "\n")
    else:
        printer(*values)
