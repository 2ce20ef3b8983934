"""Python's tools on Lua code: breakpoints, profile, coverage and tracebacks name Lua files, functions and lines."""

from __future__ import annotations

import bdb
import cProfile
import io
import pstats
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from th7shell.lua.interpreter import Interpreter

SOURCE = """local function double(x)
  local y = x * 2
  return y
end
local total = 0
for i = 1, 3 do
  total = total + double(i)
end
if total < 0 then
  print("never")
end
return total
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "script.lua"
    path.write_text(SOURCE)
    return str(path)


class Stops(bdb.Bdb):
    """A debugger that notes where it stops and what the variables are there."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, int, dict[str, Any]]] = []

    def user_line(self, frame: FrameType) -> None:
        if self.break_here(frame):
            self.seen.append((frame.f_code.co_name, frame.f_lineno, dict(frame.f_locals)))
        self.set_continue()


def test_a_breakpoint_stops_in_a_lua_file(script: str) -> None:
    function = Interpreter().load_file(script)
    debugger = Stops()
    assert debugger.set_break(script, 3) is None
    old = sys.gettrace()
    try:
        assert debugger.runcall(function) == 12
    finally:
        sys.settrace(old)
    assert [(name, line) for name, line, _ in debugger.seen] == [("double", 3)] * 3
    assert [(v["x"], v["y"]) for _, _, v in debugger.seen] == [(1, 2), (2, 4), (3, 6)]


def test_stepping_visits_the_lines_in_order(script: str) -> None:
    function = Interpreter().load_file(script)
    lines: list[int] = []

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename == script and event == "line":
            lines.append(frame.f_lineno)
        return trace

    old = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(old)
    assert lines == [1, 5, 6, 7, 2, 3, 6, 7, 2, 3, 6, 7, 2, 3, 6, 9, 12]


def test_profile_names_lua_functions(script: str) -> None:
    function = Interpreter().load_file(script)
    profile = cProfile.Profile()
    profile.runcall(function)
    stats: Any = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    calls = {(file, line, name): row[0] for (file, line, name), row in stats.items()}
    assert calls[script, 1, "double"] == 3
    assert calls[script, 1, "main chunk"] == 1


def test_coverage_measures_and_reports_lua_lines(script: str) -> None:
    coverage = pytest.importorskip("coverage")
    if sys.gettrace() is not None:
        pytest.skip("another tool traces this run")
    measure = coverage.Coverage(data_file=None, include=["*.lua"], config_file=False)
    measure.set_option("run:plugins", ["th7shell.lua.coverage_plugin"])
    function = Interpreter().load_file(script)
    measure.start()
    try:
        function()
    finally:
        measure.stop()
    assert sorted(measure.get_data().lines(script)) == [1, 2, 3, 5, 6, 7, 9, 12]
    _, statements, _, missing, _ = measure.analysis2(script)
    assert statements == [1, 2, 3, 5, 6, 7, 9, 10, 12]
    assert missing == [10]
    out = io.StringIO()
    assert round(measure.report(file=out)) == 89
    assert "script.lua" in out.getvalue()


def test_python_tracebacks_show_lua_source(tmp_path: Path) -> None:
    path = tmp_path / "failing.lua"
    path.write_text("local function inner(t)\n  return t.x.y\nend\ninner({})\n")
    with pytest.raises(AttributeError) as caught:
        Interpreter().run_file(str(path))
    text = "".join(traceback.format_exception(caught.value))
    assert f'File "{path}", line 2, in inner\n    return t.x.y' in text
    assert f'File "{path}", line 4, in main chunk\n    inner({{}})' in text
