"""Modules build nodes when they are called, in these tests alone."""

from __future__ import annotations

import pytest

from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.nngraph import calls, luaopen


@pytest.fixture(autouse=True)
def nodes():
    calls.install()
    yield
    calls.uninstall()


@pytest.fixture
def lua():
    """Runs Lua with torch, nn and nngraph; the result of its last `return`."""
    interpreter = Interpreter(MAIN)
    luaopen(interpreter.globals)
    return lambda text: interpreter.load(text, "=case")()
