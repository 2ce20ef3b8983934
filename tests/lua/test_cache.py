"""The cache of compiled files: used, renewed, switched off, and safe against damage and company."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from th7shell.lua import cache
from th7shell.lua.compiler import build
from th7shell.lua.interpreter import Interpreter

SOURCE = "local t = {}\n" + "t[#t + 1] = 'line'\n" * 40 + "return #t, t.field\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    monkeypatch.delenv("TH7SHELL_NO_CACHE", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    original = build.build

    def counted(source: str, chunk: str) -> cache.Compiled:
        made.append(chunk)
        return original(source, chunk)

    monkeypatch.setattr(build, "build", counted)
    return made


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="latin-1")
    return str(path)


def test_a_file_is_compiled_once(folder: Path, compilations: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / "a.lua", SOURCE)
    for _ in range(3):
        assert Interpreter().run_file(path) == (40, None)
    assert compilations == ["@" + path]
    assert len(list(folder.iterdir())) == 1


def test_changed_text_is_compiled_again(
    folder: Path, compilations: list[str], tmp_path: Path
) -> None:
    path = write(tmp_path / "a.lua", SOURCE)
    assert Interpreter().run_file(path) == (40, None)
    write(tmp_path / "a.lua", SOURCE.replace("return #t", "return #t + 1"))
    assert Interpreter().run_file(path) == (41, None)
    assert len(compilations) == 2


def test_another_compiler_does_not_use_the_files(
    folder: Path, compilations: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.lua", SOURCE)
    Interpreter().run_file(path)
    monkeypatch.setattr(cache, "_fingerprint", b"another compiler")
    Interpreter().run_file(path)
    assert len(compilations) == 2


def test_it_can_be_switched_off(
    folder: Path, compilations: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TH7SHELL_NO_CACHE", "1")
    path = write(tmp_path / "a.lua", SOURCE)
    for _ in range(2):
        Interpreter().run_file(path)
    assert len(compilations) == 2
    assert not folder.exists()


def test_damaged_files_are_compiled_again(
    folder: Path, compilations: list[str], tmp_path: Path
) -> None:
    path = write(tmp_path / "a.lua", SOURCE)
    Interpreter().run_file(path)
    (entry,) = folder.iterdir()
    for damage in (b"", b"nonsense", entry.read_bytes()[:50]):
        entry.write_bytes(damage)
        assert Interpreter().run_file(path) == (40, None)
    assert len(compilations) == 4


def test_many_writers_leave_one_good_file(folder: Path) -> None:
    errors: list[BaseException] = []

    def compile_it() -> None:
        try:
            cache.compiled(SOURCE, "@shared.lua")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=compile_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert [entry.suffix for entry in folder.iterdir()] == [".luac"]


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(cache, "folder", lambda: blocked / "cache")
    monkeypatch.delenv("TH7SHELL_NO_CACHE", raising=False)
    code, names = cache.compiled(SOURCE, "@blocked.lua")
    assert code.co_name == "main chunk"
    assert "field" in names


def test_text_that_is_no_file_is_not_kept(folder: Path) -> None:
    cache.compiled(SOURCE, "=stdin")
    assert not folder.exists()


def test_the_oldest_half_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 4)
    for i in range(5):
        cache.compiled(SOURCE + f"-- {i}", "@many.lua")
    assert len(list(folder.iterdir())) == 3
