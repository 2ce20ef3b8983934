"""csvigo: rows, the modes of loading, queries, saving, large files."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell.csvigo.rows import fields_of, row_of
from th7shell.lua import new_table
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

DATA = 'name,age,city\nann,3,"New ""York"", NY"\r\nbob,4,Rome\ncid,3,Rome\n'
SETUP = """csvigo = require 'csvigo'
function load(t) t.verbose = t.verbose or false t.path = t.path or 't.csv' return csvigo.load(t) end
function save(t) t.path, t.verbose = 'u.csv', false csvigo.save(t) local f = io.open 'u.csv' local s = f:read '*a' f:close() return s end
function rows(t) local s = {} for _, row in ipairs(t) do s[#s + 1] = table.concat(row, '|') end return table.concat(s, '/') end
function show(t) local s = {} for _, k in ipairs{'name', 'age', 'city'} do s[#s + 1] = table.concat(t[k], '|') end return table.concat(s, '/') end
function write(text) local f = io.open('w.csv', 'w') f:write(text) f:close() end"""


@pytest.fixture(scope="module")
def lua(tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "t.csv").write_text(DATA, newline="")
        environment = Environment(MAIN)
        environment.load(SETUP, "=t")()
        yield lambda text: environment.load(text, "=case")()


ALL = 'ann|bob|cid/3|4|3/New "York", NY|Rome|Rome'
CASES = {
    "return show(load{})": ALL,
    "return rows(load{mode='raw'})": 'name|age|city/ann|3|New "York", NY/bob|4|Rome/cid|3|Rome',
    "return load{header=false}.var_1[1], load{header='yes'}.var_3[2]": ("name", 'New "York", NY'),
    "local names, t = load{column_order=true} return table.concat(names, ','), t.age[2]": ("name,age,city", "4"),
    "return load{skip=2, header=true}.Rome[1]": "Rome",
    "write '1,2\\n3,4' local t = load{path='w.csv'} return t.var_1[1], t.var_2[2], csvigo == _G.csvigo": ("1", "4", True),
    "write 'a b  c\\n1 2 3' return rows(load{path='w.csv', separator=' ', mode='raw'})": "a|b||c/1|2|3",
    "write 'a|b\\n\"x|y\"|z' return rows(load{path='w.csv', separator='|', mode='raw'}):gsub('|', ';')": ("a;b/x;y;z", 3),
    "write '' return #load{path='w.csv', mode='raw'}, #load{path='w.csv', mode='large'}": (0, 0),
    "local q = load{mode='query'} return show(q()), show(q 'all'), table.concat(q 'vars', ',')": (ALL, ALL, "name,age,city"),
    "local q = load{mode='query'} return show(q('union', {age=4, name={'ann'}}))": 'ann|bob/3|4/New "York", NY|Rome',
    "local q = load{mode='query'} return show(q('inter', {age={3, 4}, city='Rome'}))": "bob|cid/4|3/Rome|Rome",
    "local q = load{mode='query'} return show(q('union', {age=99}))": "//",
    "local m = load{mode='large'} return #m, m[3][1], rows(m):sub(1, 12), m.mt ~= nil": (4, "bob", "name|age|cit", True),
    "local m, s = load{mode='large'}, '' for i, row in pairs(m) do s = s .. i .. row[2] end return s": "1age233443",
    "write 'x\\r\\ny' local m = load{path='w.csv', mode='large'} return #m, m[1][1], m[2][1], tostring(m)": (2, "x", "y", "x\ny\n"),
    "write(('r\\n'):rep(40)) local _, n = tostring(load{path='w.csv', mode='large'}):gsub('r\\n', '') return n": 21,
    "return save{data={{1, 2.5, 'a,b'}, {'q\"'}}}": '1,2.5,"a,b"\n"q"""\n',
    "return save{data={age={1, 2}, name={'x', 'y'}}, column_order={'name', 'age'}}": "name,age\nx,1\ny,2\n",
    "return save{data={b={1, 0/0}}, nan_as_missing=true, header=false}": "1\n\n",
    "return save{data={b={1}}, header=false, mode='tidy'}": "1\n",
    "return save{data=load{mode='query'}, mode='query', column_order={'age'}}": "age\n3\n4\n3\n",
    "return save{data={{'a', 'b'}}, separator=';'}": "a;b\n",
    "local f = csvigo.File('u.csv', 'w', '|') f:write{1, 'a|b'} f:close() f = csvigo.File('u.csv', 'r', '|') local r = f:read() return r[2], f:read(), torch.type(f)": ("a|b", None, "csvigo.File"),
    "local f = csvigo.File('t.csv', 'r') f:read() local l = f:lines()() return l:sub(1, 5), #f:readall()": ("ann,3", 2),
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_what_lua_sees(lua, text):
    assert lua(text) == CASES[text]


WRONG = {
    "load{mode='none'}": "unknown mode",
    "load{path='none.csv'}": "none.csv: No such file or directory",
    "csvigo.load{}": "error",
    "save{data={}, mode='none'}": "unknown mode",
    "csvigo.save('u.csv', 5)": "cannot autodetect mode, incorrect data type",
    "save{data={{true}}}": "(string expected, got boolean)",
    "write 'a,b\\n1,2,3' load{path='w.csv'}": "bad argument #1 to 'insert' (table expected, got nil)",
    "write 'a,\"b' load{path='w.csv'}": 'unmatched "',
    "write '' load{path='w.csv'}": "attempt to index local 'firstline' (a nil value)",
    "load{mode='large'}[1] = 2": "attempt to update a read-only table",
    "local x = load{mode='large'}[9]": "index out of bounds: 9",
    "load{mode='query'}('inter', {age=99})": "bad argument #1 to 'ipairs' (table expected, got nil)",
    "load{mode='query'}('union', {none=1})": "query: there is no variable 'none'",
    "load{mode='query'}('union')": "bad argument #1 to 'pairs' (table expected, got nil)",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused(lua, text):
    said = lua(f"return select(2, pcall(function() {text} end))")
    said = said.replace("\x1b[0m", "")
    assert said.endswith(WRONG[text])


def test_it_says_what_it_does(lua, capsys):
    lua("csvigo.load('t.csv')")
    assert capsys.readouterr().out.split("\n")[:2] == [
        "<csv>\tparsing file: t.csv",
        "<csv>\ttidying up entries",
    ]
    lua("csvigo.load{path='t.csv', mode='query', verbose=false}('help')")
    assert "query: all | help | vars | inter | union" in capsys.readouterr().out


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\r\n\0", max_codepoint=255), max_size=6),
        min_size=1,
    )
)
def test_rows_are_those_of_other_programs(fields):
    text = row_of(new_table(fields), ",")
    assert fields_of(text, ",") == fields
    if fields != [""]:
        assert next(csv.reader(io.StringIO(text))) == fields
