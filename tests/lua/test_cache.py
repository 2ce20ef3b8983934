"""The cache of compiled files: used, renewed, switched off, and safe against damage and company."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from th7shell.lua import cache
from th7shell.lua.compiler import build
from th7shell.lua.interpreter import Interpreter

SOURCE = "local t = {}\n" + "t[#t + 1] = 'line'\n" * 40 + "return #t, t.field\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(cache, "_private", {})
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
    sound = entry.read_bytes()
    for damage in (b"", b"nonsense", sound[:50]):
        entry.write_bytes(damage)
        assert Interpreter().run_file(path) == (40, None)
        assert entry.read_bytes() == sound
    assert len(compilations) == 4


def test_an_entry_under_another_name_is_not_used(
    folder: Path, compilations: list[str], tmp_path: Path
) -> None:
    Interpreter().run_file(write(tmp_path / "a.lua", SOURCE))
    (first,) = folder.iterdir()
    other = write(tmp_path / "b.lua", SOURCE.replace("#t,", "#t * 2,"))
    Interpreter().run_file(other)
    (second,) = set(folder.iterdir()) - {first}
    second.write_bytes(first.read_bytes())
    assert Interpreter().run_file(other) == (80, None)
    assert len(compilations) == 3


HOSTILE = 170  # entries


def damaged(entry: bytes, rng: random.Random) -> bytes:
    """An entry cut short, with some bytes changed, a part zeroed, or marshal's marks in it."""
    data = bytearray(entry)
    way = rng.randrange(5)
    place = rng.randrange(len(data))
    if way == 0:
        return bytes(data[:place])
    if way == 1:
        return bytes(data[:place]) + rng.randbytes(len(data) - place)
    if way == 2:
        data[place : place + 40] = bytes(len(data[place : place + 40]))
    else:
        marks = b"[({<)>\xe3\xf2zusilr" if way == 3 else bytes(range(256))
        for _ in range(rng.randrange(1, 9)):
            place = rng.randrange(len(data))
            data[place] = (data[place] + 1 + rng.choice(marks)) % 256
    return bytes(data) if data != entry else entry[:-1]


def run_all(scripts: list[Path], home: Path) -> subprocess.CompletedProcess[str]:
    program = home / "all.lua"
    program.write_text("".join(f"io.write(dofile('{s}'), ' ')\n" for s in scripts))
    environment = {k: v for k, v in os.environ.items() if k != "TH7SHELL_NO_CACHE"}
    environment |= {"XDG_CACHE_HOME": str(home), "HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "th7shell", str(program)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the cache's folder is named by a variable")
@pytest.mark.parametrize("rounds", [1, pytest.param(12, marks=pytest.mark.long)])
def test_many_damaged_entries_crash_nothing_and_are_healed(tmp_path: Path, rounds: int) -> None:
    scripts = [tmp_path / f"s{i}.lua" for i in range(HOSTILE)]
    for i, script in enumerate(scripts):
        script.write_text(
            f"local t = {{f = function(x) return x + 1 end, 'text'}} return {i} --{'.' * 400}"
        )
    expected = "".join(f"{i} " for i in range(HOSTILE))
    assert run_all(scripts, tmp_path).stdout == expected
    place = tmp_path / "th7shell" / "lua"
    sound = {entry: entry.read_bytes() for entry in place.iterdir()}
    assert len(sound) >= HOSTILE and place.stat().st_mode & 0o077 == 0
    rng = random.Random(rounds)
    for _ in range(rounds):
        for entry, data in sound.items():
            entry.write_bytes(damaged(data, rng))
        done = run_all(scripts, tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")
        assert {entry: entry.read_bytes() for entry in place.iterdir()} == sound


@pytest.mark.skipif(os.name == "nt", reason="folders have no such modes")
def test_the_folder_is_closed_to_others(
    folder: Path, compilations: list[str], tmp_path: Path
) -> None:
    path = write(tmp_path / "a.lua", SOURCE)
    Interpreter().run_file(path)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    cache._private.clear()
    Interpreter().run_file(path)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name == "nt", reason="files have no such owners")
def test_a_folder_of_somebody_else_is_not_used(
    folder: Path, compilations: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.lua", SOURCE)
    Interpreter().run_file(path)
    cache._private.clear()
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    for _ in range(2):
        Interpreter().run_file(path)
    assert len(compilations) == 3


def test_what_a_killed_program_left_is_removed(folder: Path, tmp_path: Path) -> None:
    Interpreter().run_file(write(tmp_path / "a.lua", SOURCE))
    old, new = folder / "tmpold", folder / "tmpnew"
    for left in (old, new):
        left.write_bytes(b"part")
    os.utime(old, (0, time.time() - 7200))
    Interpreter().run_file(write(tmp_path / "b.lua", SOURCE))
    assert not old.exists() and new.exists()


def test_loading_data_writes_no_entries(folder: Path, tmp_path: Path) -> None:
    interpreter = Interpreter()
    from th7shell import torch

    torch.luaopen(interpreter.globals)
    interpreter.load(
        f"""local f = loadstring(("local x = 1\\n"):rep(60) .. "return 6", "@f.lua")
        torch.save('{tmp_path}/f.t7', {{f}})"""
    )()
    before = sorted(folder.iterdir())
    for entry in before:
        entry.unlink()
    assert interpreter.load(f"return torch.load('{tmp_path}/f.t7')[1]()")() == 6
    assert not folder.exists() or list(folder.iterdir()) == []


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


def test_texts_are_compiled_once(monkeypatch):
    from th7shell.lua.compiler import build

    made = []
    monkeypatch.setattr(build, "build", lambda *a, real=build.build: made.append(a) or real(*a))
    lua = Interpreter()
    first, second, third = lua.load("""
    local f = {}
    for i = 1, 3 do f[i] = loadstring('local n = ... count = (count or 0) + n return count', i < 3 and 'a' or 'b') end
    return unpack(f)
    """)()
    assert [chunk for _, chunk in made[1:]] == ["a", "b"]
    assert first is not second and (first(1), second(2), third(3)) == (1, 3, 6)
    for i in range(cache._REMEMBERED + 5):
        lua.load(f"return {i}")
    assert len(cache._texts) == cache._REMEMBERED
