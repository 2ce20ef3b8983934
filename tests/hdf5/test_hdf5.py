"""HDF5 files, through Lua, and the one line that says what is missing."""

from __future__ import annotations

import importlib.util

import pytest

from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

HERE = importlib.util.find_spec("h5py") is not None
needs_h5py = pytest.mark.skipif(not HERE, reason="h5py is not installed")


@pytest.fixture
def lua(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = Environment(MAIN)

    def run(text):
        return environment.load("require 'hdf5'\n" + text, "=test")()

    return run


def test_what_is_missing_is_said(monkeypatch, lua):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "th7shell.hdf5.find_spec", lambda name: None if name == "h5py" else find(name)
    )
    with pytest.raises(LuaError, match=r"pip install 'th7shell\[hdf5\]'"):
        lua("")


@needs_h5py
def test_tensors_of_all_types_come_back(lua):
    lua("""
    for _, kind in ipairs{'Byte', 'Short', 'Int', 'Long', 'Float', 'Double'} do
       local t = torch.range(1, 24):type('torch.' .. kind .. 'Tensor'):view(2, 3, 4)
       local f = hdf5.open('x.h5', 'w'); f:write('/a/b', t); f:write('t', t:transpose(1, 3)); f:close()
       f = hdf5.open('x.h5', 'r')
       local d = f:read('a/b')
       local back = d:all()
       assert(torch.type(back) == torch.type(t) and back:eq(t):min() == 1, kind)
       assert(f:read('/t'):all():size(1) == 4)
       local s = d:dataspaceSize()
       assert(#s == 3 and s[1] == 2 and s[3] == 4 and torch.type(d:getTensorFactory()()) == torch.type(t))
       local part = d:partial({1, 2}, 2, {2, 4})
       assert(part:size(1) == 2 and part:size(2) == 1 and part:size(3) == 3 and part[2][1][1] == t[2][2][2])
       f:close()
    end""")


@needs_h5py
def test_tables_options_and_appending(lua):
    lua("""
    local f = hdf5.open('y.h5')
    f:write('/', {one = torch.ones(2), deep = {two = torch.zeros(3, 3)}})
    f:write('more', {x = torch.IntTensor{1, 2}})
    local o = hdf5.DataSetOptions():setChunked(2, 9):setDeflate(4)
    f:write('c', torch.rand(4, 3), o)
    assert(tostring(o) == '[DataSetOptions: chunking=2x3]')
    f:append('c', torch.ones(2, 3))
    f:close()
    f = hdf5.open('y.h5', 'r')
    local all = f:all()
    assert(all.deep.two:size(2) == 3 and all.one:sum() == 2 and all.more.x[2] == 2)
    assert(all.c:size(1) == 6 and all.c[6]:sum() == 3)
    assert(f:read('deep'):all().two:sum() == 0 and f:read('/'):all().one and f:filename():find('y.h5$'))
    assert(torch.type(f) == 'hdf5.HDF5File' and torch.type(f:read('deep')) == 'hdf5.HDF5Group')
    f:close()""")


@needs_h5py
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hdf5.open('none/x.h5')", "no such directory"),
        ("hdf5.open('none.h5', 'r')", "cannot open"),
        ("hdf5.open('a.h5', 'q')", "Unknown mode 'q'"),
        ("hdf5.open(1)", "file name expected"),
        ("f:read('no/such')", "no such child 'no' for"),
        ("f:read('t'):partial({1, 2})", "Expected 2 but 1 were given"),
        ("f:read('t'):partial({0, 2}, {1, 1})", "Cannot select hyperslab"),
        ("f:write('s', 'text')", "requires a tensor or table"),
        ("f:write('s', {a = 'text'})", "writing data of type string is not supported"),
        ("f:write('/', torch.ones(2))", "must provide a table"),
        ("f:write('t', torch.ones(2))", "Error writing data"),
        ("f:write('u', torch.ones(2), hdf5.DataSetOptions():setChunked(1, 1))", "Chunk size has 2"),
        ("f:append('t', torch.ones(2))", "Error extending data t"),
        ("f:close() f:read('t')", "closed"),
    ],
)
def test_errors(lua, text, message):
    with pytest.raises(LuaError, match=message):
        lua("local f = hdf5.open('e.h5', 'w') f:write('t', torch.ones(2, 2))\n" + text)
