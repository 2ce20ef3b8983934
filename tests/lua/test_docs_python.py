"""The examples of docs/python.md: Python by doctest, Lua by what each line says it prints."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from tests.lua.harness import ours

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BLOCKS = re.findall(r"```lua\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_python_examples():
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert result.attempted > 10
    assert result.failed == 0


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.split("\n")[1][:30])
def test_lua_examples(block):
    expected = re.findall(r"--> (.*)", block)
    assert expected
    shown = _with_torch(block) if "torch" in block else ours(block)
    assert shown.split("\n")[:-1] == expected


def _with_torch(block: str) -> str:
    """Run a block with torch, as th does."""
    import io
    from contextlib import redirect_stdout

    from th7shell.lua.interpreter import Interpreter
    from th7shell.torch import luaopen

    interpreter = Interpreter()
    interpreter.globals.package.preload.torch = lambda *_: luaopen(interpreter.globals)
    out = io.StringIO()
    with redirect_stdout(out):
        interpreter.load(block)()
    return out.getvalue()
