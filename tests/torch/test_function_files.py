"""Lua functions in files: code, upvalues that functions share, cycles, what cannot be read any
more."""

from __future__ import annotations

import json
import struct
import time
import zlib

import pytest

from th7shell.lua import LuaError

COPIES = [
    ("return copy(function(a, b) return a + b end)(2, 3)", (5,)),
    ("local n = 3 local f = copy(function() n = n + 1 return n end) return f(), f(), n", (4, 5, 3)),
    ("local t = {1, {2}} return copy(function() return t[2][1] end)()", (2,)),
    ("local x return copy(function() return x end)()", (None,)),
    (
        "local function fact(n) return n < 2 and 1 or n * fact(n - 1) end return copy(fact)(5)",
        (120,),
    ),
    ("local t = torch.Tensor{7} return copy(function() return t[1] end)()", (7,)),
    ("shout = string.upper return copy(function(s) return shout(s) end)('a')", ("A",)),
    ("return copy(function(...) return select('#', ...), ... end)(1, nil)", (2, 1, None)),
    ("local c = copy{f = function() return 1 end} return c.f()", (1,)),
    (
        "local n = 0 local c = copy{up = function() n = n + 1 end, get = function() return n end} "
        "c.up() c.up() return c.get(), n",
        (2, 0),
    ),
    (
        "local a, b = 1, 2 local c = copy{f = function() return a, b end, g = function() b, a = 10, 20 end} "
        "c.g() return c.f()",
        (20, 10),
    ),
    ("local f f = {run = function() return f end} local c = copy(f) return c.run() == c", (True,)),
    (
        "local function inner(x) return x * 2 end return copy(function(x) return inner(x) + 1 end)(4)",
        (9,),
    ),
]


@pytest.mark.parametrize("source, expected", COPIES)
@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_functions_come_back(lua, source, expected, mode) -> None:
    prelude = f"local function copy(x) return torch.deserialize(torch.serialize(x, '{mode}'), '{mode}') end "
    assert lua(prelude + source) == expected


def test_host_functions_cannot_be_written(lua) -> None:
    status, message = lua(
        "local p = print return pcall(torch.serialize, {1, function() return p end})"
    )
    assert not status and message.endswith("Unwritable object <function> at <?>.2.p")


def test_a_path_names_upvalues(lua) -> None:
    status, message = lua(
        "local inner = {baz = function() return io.stdout end, timer = torch.Timer()} local outer = {theinner = inner} "
        "return pcall(torch.serialize, function() return outer end)"
    )
    assert not status and "at <?>.outer.theinner.timer" in message


def test_code_that_was_changed_is_kept_and_says_so(lua) -> None:
    (text,) = lua("return torch.serialize(function() return 42 end)")
    middle = text.index("\x1bLJ") + 20
    changed = text[:middle] + chr(ord(text[middle]) ^ 0x55) + text[middle + 1 :]
    (function,) = lua("return torch.deserialize(...)", changed)
    with pytest.raises(LuaError, match="cannot be run here"):
        function()
    assert lua("return torch.serialize(...)", function) == (changed,)


def test_loading_compiles_nothing(lua) -> None:
    """A few hundred bytes whose source is five million characters long: loaded at once, refused when
    called, saved again as they were."""
    content = json.dumps([1, "=x", "local a = 1 " * 500_000, []])
    code = (b"\x1bLJ" + zlib.compress(content.encode(), 9)).decode("latin-1")
    data = (
        struct.pack("<iii", 8, 1, len(code)).decode("latin-1") + code + "\3\0\0\0\2\0\0\0\0\0\0\0"
    )
    started = time.process_time()
    found = lua(
        "local data = ... local f = torch.deserialize(data)"
        " return torch.serialize(f) == data, pcall(f)",
        data,
    )
    assert time.process_time() - started < 2
    assert found[:2] == (True, False)
    assert "cannot be run here" in found[2]


def test_functions_that_were_loaded_can_be_looked_into(lua) -> None:
    program = (
        "local n, calls = 3, {} local f = copy(function(a) n = n + a return n end)"
        " local name, value = debug.getupvalue(f, 1) debug.setupvalue(f, 1, 10)"
        " local g = loadstring(string.dump(f)) debug.setupvalue(g, 1, 1)"
        " return name, value, f(1), g(1), debug.getinfo(f).nparams, n"
    )
    prelude = "local function copy(x) return torch.deserialize(torch.serialize(x)) end "
    assert lua(prelude + program) == ("n", 3, 11, 2, 1, 3)


def test_saving_many_functions_of_one_chunk_is_linear(lua) -> None:
    functions = "\n".join(f"t[{i}] = function() return {i} end" for i in range(1, 801))
    started = time.process_time()
    source = f"local t = {{}} {functions} local u = torch.deserialize(torch.serialize(t))"
    assert lua(f"{source} return u[1](), u[800](), #u") == (1, 800, 800)
    assert time.process_time() - started < 4
