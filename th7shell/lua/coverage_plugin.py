"""A plugin for coverage.py: measures and reports `.lua` files.

Turn it on in `.coveragerc` with `[run]` and `plugins = th7shell.lua.coverage_plugin`.
"""

from __future__ import annotations

from pathlib import Path
from types import CodeType
from typing import Any

from coverage import CoveragePlugin, FileReporter, FileTracer


class LuaPlugin(CoveragePlugin):
    """Claims the files whose names end in `.lua`."""

    def file_tracer(self, filename: str) -> FileTracer | None:
        return LuaTracer(filename) if filename.endswith(".lua") else None

    def file_reporter(self, filename: str) -> FileReporter:
        return LuaReporter(filename)


class LuaTracer(FileTracer):
    """A Lua file that runs: the lines of its code are its own."""

    def __init__(self, filename: str) -> None:
        self.filename = filename

    def source_filename(self) -> str:
        return self.filename


class LuaReporter(FileReporter):
    """A Lua file in a report."""

    def lines(self) -> set[int]:
        """Return the lines that code stands on."""
        from .compiler.build import build

        source = Path(self.filename).read_text(encoding="latin-1")
        return _lines(build(source, "@" + self.filename)[0])


def _lines(code: CodeType) -> set[int]:
    found = {line for _, _, line in code.co_lines() if line}
    found.discard(code.co_firstlineno)  # where the function begins, not a statement of it
    for start, _, line in code.co_lines():
        if line == code.co_firstlineno and start > 2:
            found.add(line)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _lines(constant)
    return found


def coverage_init(registry: Any, options: dict[str, Any]) -> None:
    """Register the plugin, as coverage.py asks."""
    registry.add_file_tracer(LuaPlugin())
