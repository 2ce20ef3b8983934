"""Errors seen from Python: their Lua value, position and Lua traceback, and what Python itself raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from th7shell.lua import BadArgument, LuaError, TorchError
from th7shell.lua.failures import caught as error_text
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.tracebacks import LUA, frames_of, traceback_text


def failing(source: str, **globals: object) -> BaseException:
    interpreter = Interpreter()
    for name, value in globals.items():
        setattr(interpreter.globals, name, value)
    with pytest.raises(Exception) as caught:
        interpreter.load(source, "@prog.lua")()
    return caught.value


def test_traceback_in_luas_layout() -> None:
    error = failing("""local function inner(t)
  local x = t.a.b
  return x
end
function outer(t)
  inner(t)
end
outer({})
""")
    assert error_text(error) == "prog.lua:2: attempt to index field 'a' (a nil value)"
    lines = traceback_text(error.__traceback__).split("\n")
    assert lines[:4] == [
        "stack traceback:",
        "\tprog.lua:2: in function 'inner'",
        "\tprog.lua:6: in function 'outer'",
        "\tprog.lua:8: in main chunk",
    ]


def test_frames_tell_file_line_and_function() -> None:
    error = failing("local function f()\n\n  error('x')\nend\nf()\n")
    lua = [frame for frame in frames_of(error.__traceback__) if frame.kind is LUA]
    assert [(f.chunk, f.line, f.is_main) for f in lua] == [
        ("@prog.lua", 3, False),
        ("@prog.lua", 5, True),
    ]


def test_library_errors_get_the_position_of_the_lua_caller() -> None:
    def fails(*_: object) -> None:
        raise TorchError("size mismatch")

    error = failing("local x = 1\nlocal y = fails(x)\n", fails=fails)
    assert error_text(error) == "prog.lua:2: size mismatch"


def test_argument_errors_are_named_by_the_call() -> None:
    def fails(*_: object) -> None:
        raise BadArgument(2, "number expected, got nil")

    cases = {
        "local x = fails(1)": "bad argument #2 to 'fails' (number expected, got nil)",
        "local t = {f = fails} local x = t.f(1)": "bad argument #2 to 'f' (number expected, got nil)",
        "local t = {f = fails} local x = t:f()": "bad argument #1 to 'f' (number expected, got nil)",
    }
    for source, message in cases.items():
        assert error_text(failing(source, fails=fails)) == "prog.lua:1: " + message


def test_a_bad_self_is_called_so() -> None:
    def fails(*_: object) -> None:
        raise BadArgument(1, "tensor expected")

    error = failing("local t = {f = fails} local x = t:f()", fails=fails)
    assert error_text(error) == "prog.lua:1: calling 'f' on bad self"


def test_values_thrown_arrive_as_they_are() -> None:
    error = failing("error({code = 5})")
    assert isinstance(error, LuaError)
    assert error_text(error).code == 5


PYTHON_ERRORS = {
    "TypeError": TypeError("odd type"),
    "ZeroDivisionError": ZeroDivisionError("by zero"),
    "KeyError": KeyError("k"),
    "MemoryError": MemoryError(),
}


@pytest.mark.parametrize("name", PYTHON_ERRORS)
def test_pythons_exceptions_become_messages(name: str) -> None:
    def fails(*_: object) -> None:
        raise PYTHON_ERRORS[name]

    text = error_text(failing("local y = fails()", fails=fails))
    assert text == "not enough memory" if name == "MemoryError" else name in text


def test_wrong_number_of_arguments_is_told() -> None:
    def exact(a: int) -> int:
        return a

    text = error_text(failing("local y = exact(1, 2)", exact=exact))
    assert text.startswith("prog.lua:1: ")
    assert "wrong number of arguments" in text


def test_names_are_found_in_files_loaded_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from th7shell.lua import cache

    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
    monkeypatch.delenv("TH7SHELL_NO_CACHE", raising=False)
    path = tmp_path / "prog.lua"
    path.write_text("local first = 1\n" * 30 + "local cfg = {}\nprint(cfg.opt.name.first)\n")
    for _ in range(2):
        with pytest.raises(AttributeError) as caught:
            Interpreter().run_file(str(path))
        assert error_text(caught.value).endswith("attempt to index field 'opt' (a nil value)")
