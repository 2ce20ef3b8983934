"""A prompt inside a running program: the caller's locals are globals while it is open."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from th7shell.lua import Table, rawget, rawset

from .python_frames import plays_lua

SHADOW = re.compile(r"([A-Za-z_]\w*)(?:ħħ(\d+))?\Z", re.ASCII)


def caller_locals(frame: FrameType | None = None) -> dict[str, Any]:
    """Locals of the innermost Lua frame: of several with one name, the one that is seen."""
    frame = frame or sys._getframe(1)
    while frame is not None and not plays_lua(frame):
        frame = frame.f_back
    if frame is None:
        return {}
    found: dict[str, tuple[int, Any]] = {}
    for name, value in frame.f_locals.items():
        match = SHADOW.match(name)
        if match is None:
            continue
        if isinstance(value, list):  # a local that closures share and change
            value = value[0] if len(value) == 1 else None
        depth = int(match[2] or 0)
        if depth >= found.get(match[1], (-1,))[0]:
            found[match[1]] = (depth, value)
    return {name: value for name, (_, value) in found.items()}


@contextmanager
def visible(globals: Table, names: Mapping[str, Any]) -> Iterator[None]:
    """Make `names` globals inside; what the globals held before comes back."""
    before = {name: rawget(globals, name) for name in names}
    for name, value in names.items():
        rawset(globals, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            rawset(globals, name, value)
