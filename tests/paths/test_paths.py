"""paths: parts of names, joining, directories, files beside the one that runs, places."""

from __future__ import annotations

import os
import platform
import re
import sys

import pytest

from th7shell import paths
from th7shell.lua import LuaError, array, items
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN

posix = pytest.mark.skipif(os.name == "nt", reason="names of Unix")


@pytest.fixture
def lua():
    interpreter = Interpreter(MAIN)
    paths.luaopen(interpreter.globals)
    return interpreter


def run(lua, source, *arguments):
    return lua.load(source, "=test")(*arguments)


NAMES = [
    ("basename", ("/a/b/c.txt",), "c.txt"),
    ("basename", ("/a/b/c.txt", "txt"), "c"),
    ("basename", ("/a/b/c.txt", ".txt"), "c"),
    ("basename", ("/a/b/ctxt", "txt"), "ctxt"),
    ("basename", ("txt", "txt"), "txt"),
    ("basename", ("/a/b//",), "b"),
    ("basename", ("/",), ""),
    ("dirname", ("/a/b/c.txt",), "/a/b"),
    ("dirname", ("abc",), "."),
    ("dirname", ("/a",), "/"),
    ("dirname", ("/",), "/"),
    ("dirname", ("a/b/",), "a"),
    ("extname", ("a.tar.gz",), "gz"),
    ("extname", ("abc",), ()),
    ("concat", ("a", "b", "/c"), "/c"),
    ("concat", ("/a", "b/", "c"), "/a/b/c"),
    ("concat", ("/a/./b", "..", "c"), "/a/c"),
    ("concat", ("/", ".."), "/"),
]


@posix
@pytest.mark.parametrize("function, arguments, expected", NAMES)
def test_names(function, arguments, expected) -> None:
    assert getattr(paths.names, function)(*arguments) == expected


def test_names_of_the_current_directory(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        paths.names.cwd() == paths.names.concat() == os.path.realpath(tmp_path).replace("\\", "/")
    )
    with pytest.raises(LuaError, match="string expected, got no value"):
        paths.names.dirp()
    with pytest.raises(LuaError, match="string expected, got boolean"):
        paths.names.concat("a", True)


def test_directories(lua, tmp_path) -> None:
    folder = str(tmp_path / "new" / "folder")
    out = run(
        lua,
        """
        local d = ... local made, again = paths.mkdir(d), {paths.mkdir(d)} io.open(d .. '/f1.lua',
        'w'):close() paths.mkdir(d .. '/s') local function all(iterate, ...) local l = {} for f in
        iterate(...) do l[#l+1] = f end return table.concat(l, ' ') end return made, again[1],
        again[3], all(paths.files, d), all(paths.files, d, 'lua$'), all(paths.files, d, function(f)
        return #f == 1 end), all(paths.iterfiles, d), all(paths.iterdirs, d), paths.filep(d ..
        '/f1.lua'), paths.filep(d), paths.dirp(d), paths.dir('/no/such'), paths.rmdir(d),
        all(paths.files, '/no/such') """,
        folder,
    )
    assert out[:2] == (True, None) and out[2] == 17
    assert out[3:8] == (". .. f1.lua s", "f1.lua", ". s", "f1.lua", "s")
    assert out[8:] == (True, False, True, None, None, "")
    assert paths.directories.rmall(folder) == (None, "missing second argument ('yes')")
    assert paths.directories.rmall(folder, "yes") is True and not os.path.exists(folder)
    assert paths.directories.rmall(folder, "yes")[1] == "not a file or directory"
    with pytest.raises(LuaError, match="Expecting optional arg 2"):
        paths.directories.files(".", 3)


@posix
def test_rmall_leaves_what_a_link_points_to(tmp_path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "link").symlink_to(tmp_path / "kept")
    assert paths.directories.rmall(str(tmp_path / "gone"), "yes") is True
    assert (tmp_path / "kept").is_dir()


def test_files_beside_the_one_that_runs(lua, tmp_path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.lua").write_text(
        "a = paths.thisfile() b = paths.thisfile('x') paths.dofile('sub/part.lua')"
    )
    (tmp_path / "sub" / "part.lua").write_text(
        "c = paths.thisfile() include('other.lua') function outer() return paths.thisfile(nil, 3) end"
    )
    (tmp_path / "sub" / "other.lua").write_text("d = paths.thisfile()")
    lua.run_file(str(tmp_path / "main.lua"))
    g = lua.globals
    here = os.path.realpath(tmp_path).replace("\\", "/")
    assert [g.a, g.b, g.c, g.d] == [
        f"{here}/{n}" for n in ("main.lua", "x", "sub/part.lua", "sub/other.lua")
    ]
    assert run(lua, "return paths.thisfile()") is None
    assert run(lua, "return paths.thisfile('x')") == "x"
    (tmp_path / "call.lua").write_text("e = outer()")
    lua.run_file(str(tmp_path / "call.lua"))
    assert g.e == f"{here}/call.lua"
    with pytest.raises(LuaError, match="No such file"):
        run(lua, "paths.dofile('nosuch.lua')")


def test_places(lua) -> None:
    names = dict(items(lua.globals.paths))
    assert names["home"] == os.path.expanduser("~") and names["install_lib"].endswith("/lib")
    assert paths.places.uname()[0] == platform.system()
    assert bool(paths.places.is_win()) == (sys.platform == "win32")
    assert bool(paths.places.is_mac()) == (sys.platform == "darwin")
    assert os.path.isdir(paths.places.execdir())
    assert paths.places.findprogram("no-such-program-zz") is None
    assert os.path.isfile(paths.places.findprogram("no-such-program-zz", "python3", "python"))
    name = paths.places.tmpname()
    assert name != paths.places.tmpname() and not os.path.exists(name)
    assert re.fullmatch(r".*luatmp[A-Za-z0-9]{6}", name)
    with pytest.raises(LuaError, match="cannot load 'nosuchlib_zz'"):
        run(lua, "paths.require('nosuchlib_zz')")
    if sys.platform != "win32":
        with pytest.raises(LuaError, match="only on windows"):
            paths.places.getregistryvalue("HKEY_CURRENT_USER", "a", "b")
    assert array(paths.directories.dir("/"))[:2] == [".", ".."]
