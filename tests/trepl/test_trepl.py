"""trepl's Lua side: print levels, who, import, colours, require of files, the watch on globals."""

from __future__ import annotations

import pytest

from th7shell import lua
from th7shell.display import palette
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def whole():
    return Environment(MAIN)


@pytest.fixture
def th(whole, capsys, tmp_path, monkeypatch):
    """Run Lua text; what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(text):
        capsys.readouterr()
        whole.load(text, "=test")()
        return capsys.readouterr().out

    yield run
    palette.force(None)  # noColors() settles it for the process


PRINTS = [
    ("print(1, nil, 'a')", "1\tnil\ta\n"),
    ("print()", ""),
    ("print({1})", "{\n  1 : 1\n}\n"),
    ("print_new('x') print_old('y')", "x\ny\n"),
    ("setprintlevel(1) print({{1}}) setprintlevel(5)", "{\n  1 : {...}\n}\n"),
    ("setprintlevel(0) print('a', 1) setprintlevel(5)", "a\t1\n"),
    ("local t = {print = print} t.print(2)", "2\n"),
    ("print(torch.Tensor{1,2})", " 1\n 2\n[torch.DoubleTensor of size 2]\n\n"),
    ("c = require 'trepl.colorize' print(c.red('x'))", "x\n"),
    ("print(#require 'trepl.colors'.red)", "0\n"),
    ("noColors() print('kept')", "kept\n"),
]


@pytest.mark.parametrize(("text", "printed"), PRINTS)
def test_print(th, text, printed):
    assert th(text) == printed


def test_setprintlevel_refuses_what_is_no_level(th):
    for wrong in ("setprintlevel()", "setprintlevel(-1)"):
        with pytest.raises(lua.LuaError, match=r"expected number \[0,\+\)"):
            th(wrong)


def test_who_lists_only_the_users_names(th):
    shown = th("mine = {1, 2}; word = ('x'):rep(60); t = torch.Tensor(3, 4); who()")
    lines = shown.splitlines()
    assert lines[0] == "== User Variables ==" and lines[-1] == "=="
    assert any(line.split() == ["mine", "table", "size:", "2"] for line in lines)
    assert any(line.startswith("t ") and "3x4" in line and "96 bytes" in line for line in lines)
    assert any(line.startswith("word") and "..." in line for line in lines)
    assert not any(line.startswith("print") for line in lines)
    assert "== System Variables ==" in th("who(true)")


def test_who_sorts_by_bytes(th):
    names = [
        line.split()[0]
        for line in th(
            "small = torch.Tensor(1); big = torch.Tensor(50); who{sort='bytes'}"
        ).splitlines()
    ]
    assert names.index("big") < names.index("small")
    with pytest.raises(lua.LuaError, match="cannot sort by 'age'"):
        th("who{sort='age'}")


def test_import_copies_names_and_keeps_what_exists(th, tmp_path):
    (tmp_path / "bag.lua").write_text("return {apple = 1, type = 'own'}")
    assert th("import 'bag' print(apple, type(1))") == "1\tnumber\n"
    assert th("saved = type; import('bag', true) print(type) type = saved") == "own\n"


def test_require_of_data_files(th, tmp_path):
    (tmp_path / "conf.json").write_text('{"a": [1, 2], "b": {"c": "\\u00fc"}}')
    assert th("c = require './conf' print(c.a[2], #c.b.c)") == "2\t2\n"
    th("torch.save('w.t7', {5, 6})")
    assert th("print(require('./w')[2])") == "6\n"


def test_a_module_that_fails_shows_its_own_error(th, tmp_path):
    (tmp_path / "broken.lua").write_text("local x = nil\nreturn x.y")
    with pytest.raises(AttributeError) as caught:
        th("require 'broken'")
    from th7shell.lua.failures import caught as error_text

    assert "broken.lua:2: attempt to index local 'x' (a nil value)" in error_text(caught.value)


def test_a_module_that_is_not_there_names_where_it_was_sought(th):
    with pytest.raises(lua.LuaError, match="module 'nosuch' not found"):
        th("require 'nosuch'")
    with pytest.raises(lua.LuaError, match=r"module '\./nosuch' not found"):
        th("require './nosuch'")


def test_monitoring_reads_and_writes(capsys):
    environment = Environment(MAIN)
    environment.monitor(1)
    environment.load("fresh = 1\nlocal x = undeclared\nfresh = 2", "=m")()
    errors = capsys.readouterr().err.splitlines()
    assert errors == [
        "created global variable: fresh @ m:1",
        "attempt to read undeclared variable: undeclared @ m:2",
    ]
    strict = Environment(MAIN)
    strict.monitor(2)
    with pytest.raises(lua.LuaError, match="created global variable: other @ m:1"):
        strict.load("other = 1", "=m")()


def test_programs_watch_globals_themselves(capsys):
    environment = Environment(MAIN)
    seen = environment.load(
        "local seen = {} monitor_G(function(name, how) seen[#seen + 1] = name .. ' ' .. how end)"
        " fresh = 1 fresh = 2 local x = undeclared return table.concat(seen, ', ') .. fresh",
        "=m",
    )()
    assert (seen, capsys.readouterr().err) == ("fresh newindex, undeclared index2", "")
    with pytest.raises(lua.LuaError, match="created global variable: other @ m:1"):
        Environment(MAIN).load("monitor_G(true) other = 1", "=m")()
    Environment(MAIN).load("monitor_G() another = 1", "=m")()
    assert capsys.readouterr().err == "created global variable: another @ m:1\n"
