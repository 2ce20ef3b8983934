"""Where th's own text goes: Lua's standard output, flushed at once as th's print does."""

from __future__ import annotations

from th7shell.lua.stdlib import streams


def write(text: str) -> None:
    """Write Lua text (a latin-1 character a byte) and flush."""
    streams.write(text)
    streams.flush()
