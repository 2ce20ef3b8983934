"""sys: clock, commands, colours, words."""

from __future__ import annotations

import os
import sys as python_sys

import pytest

from th7shell import sys
from th7shell.lua import LuaError, array, items
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


@pytest.fixture
def lua():
    interpreter = Interpreter(MAIN)
    sys.luaopen(interpreter.globals)
    return interpreter


SPLITS = [
    ("a,b,,c", ",", ["a", "b", "", "c"]),
    (",a", ",", ["a"]),
    ("a, b ,c", "%s*,%s*", ["a", "b", "c"]),
    ("abc", ",", ["abc"]),
    ("", ",", []),
    ("a,", ",", ["a"]),
    ("abc", "", ["abc"]),
]


@pytest.mark.parametrize("text, pattern, pieces", SPLITS)
def test_split(text, pattern, pieces) -> None:
    assert array(sys.words.split(text, pattern)) == pieces


@pytest.mark.skipif(os.name == "nt", reason="commands of Unix")
def test_commands(tmp_path) -> None:
    assert sys.commands.execute("printf ' a\\n b \\n'; printf c >&2") == "a\n b \nc"
    assert sys.commands.fexecute("printf 'a\\nb'", "*l") == "a"
    (tmp_path / "f").write_text("")
    assert sys.commands.execute(f"ls {tmp_path}") == "f"
    with pytest.raises(LuaError, match="string expected, got no value"):
        sys.commands.execute()


def test_clock(monkeypatch, capsys) -> None:
    now = [100.0]
    monkeypatch.setattr(sys.clock.time, "time", lambda: now[0])
    slept = []
    monkeypatch.setattr(sys.clock.time, "sleep", slept.append)
    sys.clock._started.clear()
    with pytest.raises(LuaError, match="called before"):
        sys.clock.toc()
    sys.clock.tic()
    now[0] = 102.5
    assert sys.clock.clock() == 102.5 and sys.clock.toc() == 2.5 and sys.clock.toc(True) == 2.5
    assert capsys.readouterr().out == "2.5\n"
    sys.clock.sleep(2)
    sys.clock.usleep(5e5)
    assert slept == [2, 0.5]
    with pytest.raises(LuaError, match="number expected"):
        sys.clock.sleep("x")


def test_what_lua_gets(lua, tmp_path) -> None:
    names = dict(items(lua.globals.sys))
    assert names["COLORS"].red == "\x1b[0;31m" and names["COLORS"].Red == "\x1b[1;31m"
    assert names["COLORS"]["_red"] == "\x1b[41m" and names["COLORS"].none == "\x1b[0m"
    assert names["OS"] == {"linux": "linux", "darwin": "macos", "win32": "windows"}.get(
        python_sys.platform, "?"
    )
    assert (
        names["dirname"]("/a/b") == "/a" and names["isNaN"](float("nan")) and not names["isNaN"](1)
    )
    assert {"ls", "ll", "la", "lla", "concat", "filep", "uname", "prefix"} <= set(names)
    (tmp_path / "x.lua").write_text("dir, file = sys.fpath()")
    lua.run_file(str(tmp_path / "x.lua"))
    assert lua.globals.file == "x.lua" and os.path.samefile(lua.globals.dir, tmp_path)
    assert sys.colors(lua.globals) is names["COLORS"]
