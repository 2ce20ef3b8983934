"""What torch prints: through Lua's `io.write` and `print` as they are now, so that programs may
replace them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from th7shell.lua import TorchError, state, tostring
from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.texts import to_system


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


def leave(status: int) -> None:
    """End the program as Lua's `os.exit` does."""
    exit = getattr(getattr(state.globals, "os", None), "exit", None)
    (exit or sys.exit)(status)


def copier(name: str, append: bool = False) -> Callable[[str], None]:
    """A function that adds text to a file, which is made anew unless `append`; it stays closed
    between calls."""
    path = os.path.abspath(to_system(name))

    def add(text: str, mode: str = "ab") -> None:
        with open(path, mode) as file:
            file.write(text.encode("latin-1", "replace"))

    try:
        add("", "ab" if append else "wb")
    except OSError as error:
        raise TorchError(f"{name}: {error.strerror}") from None
    return add
