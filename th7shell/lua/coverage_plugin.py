"""A plugin for coverage.py: measures and reports `.lua` files.

Turn it on in `.coveragerc` with `[run]` and `plugins = th7shell.lua.coverage_plugin`.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import CodeType
from typing import Any

from coverage import CoveragePlugin, FileReporter, FileTracer

_ENTRY = 2  # bytes of the instruction that begins a function, which is no statement of its line


class LuaPlugin(CoveragePlugin):
    """Claims the files whose names end in `.lua`."""

    def configure(self, config: Any) -> None:
        """Choose the way of measuring that asks plugins, unless the user chose one."""
        if sys.version_info >= (3, 14) and config.get_option("run:core") is None:
            config.set_option("run:core", "ctrace")  # the default there asks none

    def file_tracer(self, filename: str) -> FileTracer | None:
        return LuaTracer(filename) if filename.lower().endswith(".lua") else None

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
    size: Counter[int] = Counter()  # bytes of code on each line
    for start, end, line in code.co_lines():
        if line:
            size[line] += end - start
    size[code.co_firstlineno] -= _ENTRY
    found = {line for line, size in size.items() if size > 0}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _lines(constant)
    return found


def coverage_init(registry: Any, options: dict[str, Any]) -> None:
    """Register the plugin, as coverage.py asks."""
    plugin = LuaPlugin()
    registry.add_file_tracer(plugin)
    registry.add_configurer(plugin)
