"""dok: named arguments, usage texts, errors and help."""

from __future__ import annotations

import pytest

from th7shell import dok
from th7shell.lua import LuaError
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


@pytest.fixture(scope="module")
def lua():
    interpreter = Interpreter(MAIN)
    dok.luaopen(interpreter.globals)
    return lambda text: interpreter.load(text, "=case")()


DEFINED = "'f', 'what f does', {arg='a', type='number', help='one', req=true}, \
{arg='b', type='number', help='two', default=2}, {arg='c', type='number', defaulta='b'}"


@pytest.mark.parametrize("given", ["{{a=1}}", "{1}", "{1, 2}", "{1, 2, 2}"])
def test_arguments_by_name_and_in_order(lua, given):
    assert lua(f"local t, a, b, c = dok.unpack({given}, {DEFINED}) return t.a, b, c") == (1, 2, 2)


def test_all_arguments_may_be_left_out(lua):
    assert lua("return (select(2, dok.unpack({}, 'f', '', {arg='a', type='number'})))") is None


def test_a_missing_argument_prints_the_usage(lua, capsys):
    with pytest.raises(LuaError, match="error"):
        lua(f"dok.unpack({{{{b=1}}}}, {DEFINED})")
    shown = capsys.readouterr().out
    assert "missing argument: a" in shown
    assert "[b = number]" in shown


def test_help_and_colours(lua, capsys):
    lua("dok.inline[print] = 'prints things' help(print) help({})")
    shown = capsys.readouterr().out
    assert "prints things" in shown
    assert "undocumented symbol" in shown
    lua("dok.dontusecolors()")
    assert "\x1b" not in lua("return dok.usage('f', 'd', nil, {arg='a', type='t', help='h'})")
    lua("dok.usecolors()")
    assert "\x1b" in lua("return dok.usage('f', 'd', nil, {arg='a', type='t', help='h'})")


def test_an_error_names_its_domain(lua):
    with pytest.raises(LuaError, match="<here> wrong"):
        lua("dok.error('wrong', 'here')")
