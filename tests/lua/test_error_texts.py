"""An exception's text is Lua bytes from the moment that Lua sees it: no character kills `print`."""

from __future__ import annotations

import pytest

from th7shell import nn, torch
from th7shell.lua import BadArgument, LuaError, TorchError
from th7shell.lua.errors import lua_text
from th7shell.lua.failures import caught as error_text
from th7shell.lua.interpreter import Interpreter


def utf8(text: str) -> str:
    return text.encode().decode("latin-1")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("plain", "plain"),
        ("caf\xe9", "caf\xe9"),  # bytes of a Lua string already
        ("a … b", utf8("a … b")),
        ("caf\xe9 …", utf8("caf\xe9 …")),
        ("name \udcff.t7 …", "name \xff.t7 " + utf8("…")),
        ("\ud800", "\xed\xa0\x80"),
    ],
)
def test_lua_text(given, expected):
    assert lua_text(given) == expected


@pytest.mark.parametrize("error", [LuaError, TorchError, lambda m: BadArgument(1, m, "f")])
def test_errors_of_libraries(error):
    assert error_text(error("3 × 3 … 中")).endswith(
        utf8("3 × 3 … 中") + ")" * (error not in (LuaError, TorchError))
    )


@pytest.mark.parametrize("text", ["…", "caf\xe9", "\udc80x", "\U0001f600"])
@pytest.mark.parametrize("kind", [ValueError, KeyError, OSError, RuntimeError, Exception])
def test_exceptions_of_python(kind, text, capsysbinary):
    def fail(*_):
        raise kind(text)

    interpreter = Interpreter()
    interpreter.globals["fail"] = fail
    kept = interpreter.load("print(pcall(fail)) return select(2, pcall(fail))", "=t")()
    assert max(kept) <= "\xff"
    assert capsysbinary.readouterr().out.startswith(b"false\t")


@pytest.mark.parametrize(
    "call",
    [
        "nn.MapTable(nn.Identity()):forward(nil)",
        "table.foreach(torch.DoubleTensor, print)",
        "nn.Sequential():add(1)",
    ],
)
def test_calls_with_wrong_arguments(call, capsysbinary):
    interpreter = Interpreter()
    torch.luaopen(interpreter.globals)
    nn.luaopen(interpreter.globals)
    interpreter.load(f"print(pcall(function() return {call} end)) print('on')", "=t")()
    assert capsysbinary.readouterr().out.endswith(b"on\n")
