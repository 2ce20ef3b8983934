"""xlua: named arguments, option parser, profiler, printing, tables, variables, packages."""

from __future__ import annotations

import pytest

from th7shell import xlua
from th7shell.lua import LuaError, Table, array, items, new_table
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


@pytest.fixture
def lua():
    """Runs Lua with xlua loaded; `lua.globals` are its variables."""
    interpreter = Interpreter(MAIN)
    xlua.luaopen(interpreter.globals)
    run = lambda source, *arguments: interpreter.load(source, "=test")(*arguments)  # noqa: E731
    run.globals = interpreter.globals
    return run


DEFINED = """
local function f(...)
   return xlua.unpack({...}, 'f', 'adds',
      {arg='a', type='number', help='first', req=true},
      {arg='b', type='number', help='second', default=2},
      {arg='c', type='number', help='third', defaulta='a'})
end
"""

UNPACKED = [
    ("f(5)", (5, 2, 5)),
    ("f(5, 6, 7)", (5, 6, 7)),
    ("f{a=1}", (1, 2, 1)),
    ("f{a=1, c=3}", (1, 2, 3)),
    ("f({1})", None),
]


@pytest.mark.parametrize("call, expected", UNPACKED)
def test_unpack(lua, call, expected) -> None:
    out = lua(f"{DEFINED} return {call}")
    assert len(out) == 65
    if expected is None:
        assert array(out[1]) == [1]
    else:
        assert out[1:4] == expected and (out[0].a, out[0].b, out[0].c) == expected


@pytest.mark.parametrize("call", ["f()", "f{b=1}"])
def test_missing_arguments_show_the_usage(lua, capsys, call) -> None:
    with pytest.raises(LuaError, match="error"):
        lua(f"{DEFINED} return {call}")
    out = capsys.readouterr().out
    assert "    a = number                          -- first\n" in out
    assert "    [b = number]                        -- second  [default = 2]\n" in out
    assert "    [c = number]                        -- third  [default == a]\n" in out
    assert ("missing argument: a" in out) == (call == "f{b=1}")


def test_usage_of_positional_forms(lua) -> None:
    out = lua(
        "return xlua.usage('f', 'adds', 'f(1)', {type='number', help='a', req=true}, '', {type='table', help='b'})"
    )
    assert out.count("f(\n") == 2 and "    [table]" in out and "f(1)" in out
    module = lua("local m = {} xlua.usage_module(m, 'm', 'what') return tostring(m)")
    assert "PACKAGE:\nm\n\nDESC:\nwhat\n" in module


def test_unpack_class(lua) -> None:
    assert (
        lua(
            "local o = {} xlua.unpack_class(o, {{a=3}}, 'f', '', {arg='a', type='number', help=''}) return o.a"
        )
        == 3
    )


TABLES = [
    ("xlua.table2string{1, 'a\"b', \"it's\", x={2}}", "{1,'a\"b',\"it's\",x={2}}"),
    ("xlua.table2string({['a b']=true}, true)", '{\n   ["a b"] : true\n}'),
    ("table.concat((table.splice({1,2,3,4}, 2, 2)), ',')", "1,4"),
    ("table.concat(select(2, table.splice{1,2,3}), ',')", "1"),
    ("table.concat(table.prune{3,1,3,2,1}, ',')", "1,2,3"),
    ("table.concat(table.prune({1,2,3}, function(v) return v % 2 end, math.max), ',')", "2,3"),
    ("table.concat(string.split('a b', ' '), ',')", "a,b"),
    ("('a-b'):split('-')[2]", "b"),
    ("string.tosymbol('math.pi')", 3.141592653589793),
    ("xlua.formatTime(0)", "0ms"),
    ("xlua.formatTime(0.25)", "250ms"),
    ("xlua.formatTime(61.5)", "1m1s"),
    ("xlua.formatTime(90061)", "1D1h"),
    ("xlua.trycatch(function() error('x', 0) end, function(e) caught = e end) or caught", "x"),
    ("xlua.installed('nosuch_zz')", False),
]


@pytest.mark.parametrize("expression, expected", TABLES)
def test_helpers(lua, expression, expected) -> None:
    out = lua(f"return {expression}")
    assert (out[0] if isinstance(out, tuple) else out) == expected


def test_symbols_that_do_not_exist(lua) -> None:
    with pytest.raises(LuaError, match=r"attempt to index global 'no'"):
        lua("return string.tosymbol('no.such')")


def test_parameters_from_the_environment(lua, monkeypatch) -> None:
    monkeypatch.setenv("lr", "0.5")
    monkeypatch.setenv("cuda", "False")
    monkeypatch.setenv("name", "7")
    params = lua("return xlua.envparams{lr=1, cuda=true, name='x', other=3}")
    assert dict(items(params)) == {"lr": 0.5, "cuda": False, "name": "7", "other": 3}


PARSER = """
local op = xlua.OptionParser('%prog [options]')
op:option{'-l', '--lr', action='store', dest='lr', default=0.1, help='rate'}
op:option{'-v', action='store_true', dest='verbose', help='talk'}
op:option{'-q', action='store_false', dest='talk', default=true, help='quiet'}
op:option{'-d', '--data', dest='data', help='data', req=true}
"""


def with_words(lua, *words: str) -> None:
    lua.globals.arg = new_table(words)
    lua.globals.arg[0] = "train.lua"


def test_option_parser(lua) -> None:
    with_words(lua, "--lr=3", "file", "-v", "-d", "x y/z")
    options, rest, name, text = lua(
        PARSER + "local o, r = op:parse() return o, r, op:tostring(true, {}), op:tostring()"
    )
    assert (options.lr, options.verbose, options.talk, options.data) == ("3", True, True, "x y/z")
    assert array(rest) == ["file"] and name == "-l=3,-v=true,-q=true,-d=x_y|z"
    assert text.startswith("<train> configuration:\n") and " + lr = 3\n" in text


WRONG = [
    (("-x",), "invalid option -x"),
    (("-d",), "option requires an argument -d"),
    ((), "requires an argument"),
]


@pytest.mark.parametrize("words, message", WRONG)
def test_wrong_options_end_the_program(lua, capsys, words, message) -> None:
    with_words(lua, *words)
    with pytest.raises(SystemExit) as end:
        lua(PARSER + "op:parse()")
    out, err = capsys.readouterr()
    assert end.value.code == 1 and message in err
    assert "Usage: train.lua [options]\n" in out and " rate [default = 0.1]\n" in out
    assert "  -d DATA, --data=DATA  data [REQUIRED]\n" in out


def test_options_without_a_program(lua) -> None:
    options = lua(PARSER + "return (op:parse())")
    assert options["__main__"] is False and options.lr == 0.1


def test_help_ends_well(lua, capsys) -> None:
    with_words(lua, "-d", "1", "-h")
    with pytest.raises(SystemExit) as end:
        lua(PARSER + "op:parse()")
    assert not end.value.code and "show this help message and exit" in capsys.readouterr().out


def test_a_profiler_rounds_as_lua_does(lua) -> None:
    text = lua(
        "local p = xlua.Profiler() p:start('a') p.events.a.reald, p.events.a.cpud = 2^-7, 5 * 2^-7 "
        "return p:formatAll()"
    )
    assert text.endswith("$ real 0.007813 | cpu 0.039063 <a>")


def test_profiler(lua, capsys) -> None:
    real, cpu, text, report = lua(
        "local p = xlua.Profiler() p:start('load', 'fps') local r, c = p:lap('load') p:print('load') "
        "return r, c, p:format('load'), p:formatAll()"
    )
    assert (
        real >= 0
        and cpu >= 0
        and text.endswith("<load>")
        and "$ profiler report:\n$ real " in report
    )
    assert " fps" in report and capsys.readouterr().out == text + "\n"
    lua("local p = xlua.Profiler('off', true) p:start('x') p:lap('x') p:printAll()")
    assert capsys.readouterr().out == "<x>\r"
    with pytest.raises(LuaError, match="There is no such profiler - y"):
        lua("xlua.Profiler():setColor('y', 'red')")
    with pytest.raises(LuaError, match="needs a painter"):
        lua("xlua.Profiler():displayAll{}")


def test_print(lua, capsys) -> None:
    lua("xprint({1, a='x\\ny'}) xlua.print('v', 2) xlua.print(io.stdout ~= nil)")
    assert capsys.readouterr().out == "{[1] = 1,\n [a] = x\\ny}\nv    2\ntrue\n"
    lua("xlua.print{long=('x'):rep(50)}")
    assert "[long] = " + "x" * 40 + "\x1b[0m ... }" in capsys.readouterr().out


def test_log(lua, tmp_path, capsys) -> None:
    name = tmp_path / "new" / "log"
    lua("xlua.log(...) io.write('a', 1) print('b')", str(name))
    assert name.read_text() == "a1b\n" and capsys.readouterr().out == "a1b\n"
    lua("xlua.log(...) io.write('c')", str(name))


def test_variables(lua, capsys) -> None:
    lua("mine = 1 other = 2 xlua.who() xlua.clear('other')")
    out = capsys.readouterr().out
    assert "Global Libs:" in out and "[mine] = 1" in out and lua.globals["other"] is None
    lua("xlua.clearall()")
    assert lua.globals["mine"] is None and lua.globals["print"] is not None


def test_require(lua, capsys) -> None:
    lua("package.preload.here = function() return 'loaded' end")
    assert (
        lua("return xrequire('here')") == "loaded"
        and lua("return xlua.installed('here')")[0] is True
    )
    assert lua("return xlua.require('nosuch_zz')") is False
    assert "warning: <nosuch_zz> could not be loaded (is it installed?)" in capsys.readouterr().out


def test_error(lua) -> None:
    with pytest.raises(LuaError) as error:
        lua("xerror('no', 'f', 'usage')")
    assert str(error.value).endswith("\x1b[1;31m<f> no\x1b[0m\nusage")
    assert isinstance(lua.globals.xlua, Table)
