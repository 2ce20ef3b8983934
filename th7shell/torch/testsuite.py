"""`torch.TestSuite`: a table of test functions that refuses to define a test twice."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, lua_type, new_table, tostring
from th7shell.lua.metatables import setmetatable

from .namespace import export

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original


@export
def TestSuite(*_: Any) -> Table:
    """Return an empty set of tests for `torch.Tester`: `s = torch.TestSuite(); function s.sum() …
    end`.

    Errors: a test of that name is there; the value is not a function.
    """
    tests = Table()
    suite = new_table((), {"__tests": tests, "__isTestSuite": True})
    return setmetatable(suite, new_table((), {"__index": _get, "__newindex": _define}))


def _get(suite: Any, key: Any = None, *_: Any) -> Any:
    return suite["__tests"][key]


def _define(suite: Any, key: Any = None, value: Any = None, *_: Any) -> tuple[()]:
    tests = suite["__tests"]
    if tests[key] is not None:
        raise TorchError(f"Test {tostring(key)} is already defined.")
    if lua_type(value) == "table":
        raise TorchError("Nested tables of tests are not supported")
    if lua_type(value) != "function":
        raise TorchError("Only functions are supported as members of a TestSuite")
    tests[key] = value
    return ()
