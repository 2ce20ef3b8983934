"""LuaFileSystem's functions on a folder of their own."""

from __future__ import annotations

import os

import pytest

from th7shell import lfs
from th7shell.lua import LuaError, Table


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "sub").mkdir()
    return tmp_path


def test_attributes(folder):
    look = lfs.FUNCTIONS["attributes"]
    found = look("a.txt")
    assert isinstance(found, Table)
    assert (found["mode"], found["size"]) == ("file", 5)
    assert look("sub", "mode") == "directory"
    assert look("a.txt", "permissions").startswith("rw")
    assert look("none") == (None, "none: No such file or directory", 2)
    with pytest.raises(LuaError, match="invalid attribute name 'colour'"):
        look("a.txt", "colour")


def test_directories(folder):
    step, directory = lfs.dir(".")
    names = []
    while (name := step(directory)) is not None:
        names.append(name)
    assert sorted(names) == [".", "..", "a.txt", "sub"]
    with pytest.raises(LuaError, match="closed directory"):
        step(directory)
    with pytest.raises(LuaError, match="cannot open none"):
        lfs.dir("none")


def test_changes(folder):
    does = lfs.FUNCTIONS
    assert does["mkdir"]("new") is True
    assert does["mkdir"]("new")[2] == 17
    assert does["chdir"]("new") is True
    assert lfs.currentdir() == str(folder / "new")
    assert does["chdir"]("..") is True
    assert does["rmdir"]("new") is True
    assert not (folder / "new").exists()
    assert lfs.touch("a.txt", 1000, 2000) is True
    assert os.stat("a.txt").st_mtime == 2000
    assert lfs.link("a.txt", "b.txt", True) is True
    assert does["symlinkattributes"]("b.txt", "mode") == "link"
    assert does["attributes"]("b.txt", "mode") == "file"


@pytest.mark.parametrize("call", [lambda: lfs.FUNCTIONS["mkdir"](), lambda: lfs.touch(3)])
def test_names_are_strings(call):
    with pytest.raises(LuaError, match="string expected"):
        call()


def test_locks_say_what_to_do_instead():
    with pytest.raises(LuaError, match="rename a file into place"):
        lfs.lock()
