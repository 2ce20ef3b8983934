"""An operator of Lua is a row of one table and a helper: `//` (a later Lua's) is added and taken
away again."""

from __future__ import annotations

import os
import subprocess
import sys

ADDED = """
from th7shell.lua.compiler import binary
binary.BINARY["//"] = binary.Row(7, 7, "idiv", "floor_divide")
from th7shell.lua import runtime
runtime.HELPERS["floor_divide"] = lambda a, b: a // b
from th7shell.lua.interpreter import Interpreter
load = Interpreter().load
assert load("local a = 7 return a // 2, 2 ^ 3 // 3 + 1, a -- // 2")() == (3, 3, 7)
"""


def test_an_operator_is_a_row_and_a_helper():
    subprocess.run(
        [sys.executable, "-c", ADDED], check=True, env={**os.environ, "TH7SHELL_NO_CACHE": "1"}
    )
