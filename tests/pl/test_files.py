"""`pl.dir`, `pl.file`, `pl.path`, `pl.app` and `pl.utils` on real files."""

from __future__ import annotations

import os

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

FOLDER = "josé"


@pytest.fixture(scope="module")
def environment():
    return Environment(MAIN)


@pytest.fixture
def lua(environment, tmp_path, monkeypatch):
    (tmp_path / FOLDER / "in" / "deep").mkdir(parents=True)
    for name in ("a.txt", "b.lua", "in/c.txt", "in/deep/d.txt"):
        (tmp_path / FOLDER / name).write_text(name)
    os.symlink(tmp_path / FOLDER / "in", tmp_path / FOLDER / "link")
    monkeypatch.chdir(tmp_path)
    return lambda code: environment.load(f"local F = '{FOLDER}' " + code, "=case")()


CASES = [
    ("return dir.getfiles(F):map(path.basename):sort()", "{a.txt,b.lua}"),
    ("return dir.getfiles(F, '*.txt'):map(path.basename)", "{a.txt}"),
    ("return dir.getdirectories(F):map(path.basename):sort()", "{in,link}"),
    ("return dir.getallfiles(F, '*d.txt'):map(path.basename):sort()", "{d.txt,d.txt}"),
    ("local r = List() for p, d in dir.dirtree(F .. '/in') do r:append(path.basename(p) .. tostring(d)) end return r:sort()",
     "{c.txtfalse,d.txtfalse,deeptrue}"),
    ("local r = List() for root, dirs, files in dir.walk(F .. '/in') do r:append(path.basename(root) .. #dirs .. #files) end return r",
     "{in11,deep01}"),
    ("local r = List() for root in dir.walk(F .. '/in', true) do r:append(path.basename(root)) end return r",
     "{deep,in}"),
    ("local r = List() for root, dirs in dir.walk(F) do r:append(path.basename(root)) dirs:clear() end return r",
     "{josé}".encode().decode("latin-1")),
    ("return file.write(F .. '/n', 'hé'), file.read(F .. '/n'), path.getsize(F .. '/n')",
     (True, "hé".encode().decode("latin-1"), 3)),
    ("return file.copy(F .. '/a.txt', F .. '/in'), file.read(F .. '/in/a.txt')", (True, "a.txt")),
    ("return dir.copyfile(F .. '/a.txt', F .. '/b.lua', false)", (False, "cannot overwrite destination")),
    ("return dir.copyfile(F .. '/in', F .. '/x')", (False, "cp: -r not specified; omitting directory 'josé/in'".encode().decode("latin-1"))),
    ("return dir.movefile(F .. '/none', 'x')", (False, "mv: cannot stat 'josé/none': No such file or directory".encode().decode("latin-1"))),
    ("return file.move(F .. '/a.txt', 'moved'), path.exists(F .. '/a.txt'), path.exists('moved')", (True, False, "moved")),
    ("return dir.makepath('x/y/z'), path.isdir('x/y/z'), dir.makepath('x/y')", (True, True, True)),
    ("return dir.makepath(F .. '/a.txt/q') == nil", True),
    ("return dir.rmtree(F), path.exists(F)", (True, False)),
    ("return dir.rmtree(F .. '/link')", (False, "will not follow symlink")),
    ("local ok, d, f = dir.clonetree(F .. '/in', 'copy', dir.copyfile) return ok, #d, #f, file.read('copy/' .. F .. '/in/deep/d.txt')",
     (True, 0, 0, "in/deep/d.txt")),
    ("return dir.clonetree(F, F)", (None, "paths are the same")),
    ("return dir.clonetree(F, F .. '/q')", (None, "destination is a subdirectory of the source")),
    ("return dir.clonetree('nothing', F)", (None, "source is not a valid directory")),
    ("return path.mkdir(F)", (None, "mkdir failed for 'josé': File exists (code 17)".encode().decode("latin-1"), 17)),
    ("return path.attrib(F .. '/a.txt', 'size'), path.islink(F .. '/link'), path.link_attrib(F .. '/link', 'mode')", (5, True, "link")),
    ("return utils.readlines(F .. '/a.txt')[1], utils.readfile(F .. '/none') == nil", ("a.txt", True)),
    ("arg = {[0] = F .. '/script.lua'} return app.require_here('lib'):match('jos.*$'), package.path:match('jos[^;]*?')",
     ("josé/lib/".encode().decode("latin-1"), "josé/lib/?".encode().decode("latin-1"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CASES)
def test_files(environment, lua, code, expected):
    value = lua(code)
    if value.__class__ not in (tuple, str, bool):
        value = environment.globals.tostring(value)
    assert value == expected


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("dir.getfiles('nothing')", "argument 1: 'nothing' not a directory"),
        ("dir.walk(3)", "argument 1 expected a 'string', got a 'number'"),
        ("utils.on_error 'error' utils.readfile('nothing')",
         "nothing: No such file or directory"),
    ],
)  # fmt: skip
def test_errors_are_at_the_callers_line(lua, code, message):
    told = lua(f"return select(2, pcall(function() {code} end))")
    lua("utils.on_error 'default'")
    assert told == f"case:1: {message}"
