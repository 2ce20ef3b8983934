"""The libraries that reach outside Lua: ffi and python."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from tests.lua.harness import run, value
from th7shell.lua.stdlib import ffi_data

FFI = [
    ("(function() local a = ffi.new('int[3]', {1, 2, 3}) a[1] = 7.9 return a[0], a[1], ffi.sizeof(a) end)()", "1 7 12"),
    ("ffi.new('double[?]', 3, 5)[2], ffi.sizeof('double[?]', 4), ffi.sizeof('uint16_t')", "5 32 2"),
    ("tonumber(ffi.cast('int8_t', 200)), tonumber(ffi.cast('uint8_t', -1)), ffi.cast('int64_t', 5) + 1", "-56 255 6LL"),
    ("(function() ffi.cdef[[typedef struct { int x; double y; char name[4]; } point;]] local p = ffi.new('point', {x = 3}) p.y = 2.5 ffi.copy(p.name, 'abc') return p.x, p.y, ffi.string(p.name), ffi.sizeof('point'), ffi.offsetof('point', 'y') end)()", "3 2.5 abc 24 8"),
    ("ffi.string(ffi.cast('char *', 'hello'), 2), ffi.string('x'), ffi.istype('int', ffi.new('int'))", "he x true"),
    ("(function() local b = ffi.new('char[4]') ffi.fill(b, 3, 65) return ffi.string(b) end)()", "AAA"),
    ("(function() ffi.cdef[[enum { RED, BLUE = 5, GREEN };]] return ffi.C.RED, ffi.C.GREEN end)()", "0 6"),
    ("tostring(ffi.typeof('int[2][3]')), type(ffi.new('int')), ffi.abi('64bit') ~= nil", "ctype<int [2][3]> cdata true"),
    ("(function() local p = ffi.cast('int16_t *', ffi.new('int16_t[3]', {1, 2, 3})) return (p + 1)[0], (p + 2) - p, p == p end)()", "2 2 true"),
    ("select(2, pcall(ffi.load, 'm'))", "ffi.load is not supported: C libraries cannot be loaded; `require 'python'` reaches Python's"),
    ("pcall(function() return ffi.C.printf end)", "false test.lua:1: ffi.C.printf: C functions cannot be called from th7shell"),
    ("pcall(function() return ffi.new('int[2]')[5] end)", "false test.lua:1: index 5 out of range for 'int [2]'"),
    ("pcall(ffi.new, 'nosuch')", "false declaration specifier expected near 'nosuch'"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), FFI)
def test_ffi(source, expected):
    body = f"local ffi = require 'ffi' local function all(...) return ... end return all({source})"
    assert value(f"(function() {body} end)()") == expected


def test_data_pointers_are_live_and_bounded():
    array = np.arange(4, dtype=np.float32)
    program = (
        "local p = ... local old = p[2] p[2] = 9 return old, pcall(function() return p[4] end)"
    )
    old, ok, message = run(program, ffi_data.data_pointer(array))
    assert (old, array[2], ok) == (2.0, 9.0, False)
    assert "outside the memory" in message


STRUCT = "ffi.cdef[[typedef struct { int *p; int n; } holder;]] local d = ffi.new('int[3]', {1, 2, 3}) local h = ffi.new('holder') h.p = d "
NULL = "attempt to access memory through a NULL pointer"
OUTSIDE = "access outside the memory that the pointer belongs to"
MEMORY = [
    ("ffi.fill(ffi.new('char[4]'), -5)", "number of bytes expected, got -5"),
    ("ffi.string(ffi.new('char[4]'), -5)", "number of bytes expected, got -5"),
    ("ffi.string('text', -1)", "number of bytes expected, got -1"),
    ("ffi.copy(ffi.new('char[4]'), ffi.new('char[4]'), -1)", "number of bytes expected, got -1"),
    ("ffi.copy(ffi.new('char[4]'), 'text', -1)", "number of bytes expected, got -1"),
    ("ffi.copy(ffi.new('char[4]'), ffi.new('char[2]'), 4)", OUTSIDE),
    ("local x = ffi.cast('int *', nil)[0]", NULL),
    ("local x = (ffi.cast('int *', nil) + 3)[0]", NULL),
    ("local x = ffi.cast('int *', 0)[7]", NULL),
    ("(ffi.cast('int *', nil))[5] = 1", NULL),
    ("ffi.string(ffi.cast('char *', nil) + 1)", NULL),
    ("ffi.copy(ffi.new('char[4]'), ffi.cast('char *', nil) + 8, 4)", NULL),
    (STRUCT + "local x = h.p[3]", OUTSIDE),
    (STRUCT + "local g = ffi.new('holder') ffi.copy(g, h, ffi.sizeof(h)) assert(g.p[2] == 3) local x = g.p[3]", OUTSIDE),
    (STRUCT + "local g = ffi.new('holder', h) assert(g.p[2] == 3) local x = g.p[3]", OUTSIDE),
    (STRUCT + "local g = ffi.new('holder[2]') g[1] = h assert(g[1].p[2] == 3) local x = g[1].p[3]", OUTSIDE),
    (STRUCT + "local g = ffi.new('holder[2]') local x = g[0].p[0]", NULL),
    (STRUCT + "local s = ffi.cast('holder *', ffi.new('char[4]')) h = ffi.new('holder', s[0])", OUTSIDE),
    (STRUCT + "local s = ffi.cast('holder *', ffi.new('char[4]')) s[0] = h", OUTSIDE),
    (STRUCT + "local n = ffi.new('int64_t[1]') ffi.copy(n, h, 8) n[0] = n[0] + 4 local x = ffi.cast('int **', n)[0][0]", "not stored as a pointer"),
    ("ffi.new('char[?]', 1e15)", "size of C type is unknown or too large"),
    ("ffi.new('char[?]', 0/0)", "size of C type is unknown or too large"),
    ("ffi.new('char[?]', 1e14)", "not enough memory"),
    ("local x = ffi.new('char[4]')[0/0]", "out of range"),
    ("local x = ffi.new('char[4]')[1/0]", "out of range"),
    ("local x = ffi.cast('void *', ffi.new('int')) + 1", "size of C type is unknown"),
    ("local p = ffi.cast('void *', ffi.new('int')) local x = p - p", "size of C type is unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), MEMORY)
def test_ffi_memory_is_checked(body, message):
    source = f"local ffi = require 'ffi' return select(2, pcall(function() {body} end))"
    assert message in value(f"(function() {source} end)()")


def test_records_of_stored_pointers_go_with_their_owners():
    source = (
        "local ffi = require 'ffi' "
        + STRUCT
        + "return function() local k = ffi.new('holder') k.p = d return k end"
    )
    make = run(source)
    tracemalloc.start()
    try:
        make()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(2000):
            make()
        assert tracemalloc.get_traced_memory()[0] - before < 20_000
    finally:
        tracemalloc.stop()


PYTHON = [
    ("py.import('math').sqrt(16), py.eval('1 + 1'), py.eval('\"ä\"') == 'ä'", "4 2 true"),
    ("py.builtins.sorted(py.list{3, 1, 2}, py.kw{reverse = true})", "[3, 2, 1]"),
    ("py.eval('[1, 2, 3]')[0], #py.list{1, 2}, py.tuple{1, 2}, py.dict{a = 1}", "1 2 (1, 2) {'a': 1}"),
    ("py.table(py.eval('{\"a\": [1, (2, 3)]}')).a[2][1]", "2"),
    ("(function() local s = 0 for k, v in py.iter(py.dict{a = 1, b = 2}:items()) do s = s + v end return s end)()", "3"),
    ("py.builtins.list(py.builtins.map(function(x) return x * 2 end, py.list{1, 2}))", "[2, 4]"),
    ("py.exec('def f(a, b=2): return a + b').f(1), py.exec('x = 5').x", "3 5"),
    ("(function() local d = py.dict{} d.x = 'é' d[1] = 2 return d.x, d[1], #d, d end)()", "é 2 2 {'x': 'é', 1: 2}"),
    ("pcall(py.builtins.int, 'x')", "false ValueError: invalid literal for int() with base 10: 'x'"),
    ("pcall(function() return py.import('math').nothing end)", "false test.lua:1: AttributeError: module 'math' has no attribute 'nothing'"),
    ("py.list{1} + py.list{2}, py.list{1} == py.list{1}, type(py.list{})", "[1, 2] true userdata"),
    ("py.import('string').Template('$x'):substitute(py.kw{x = 3})", "3"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), PYTHON)
def test_python(source, expected):
    body = (
        f"local py = require 'python' local function all(...) return ... end return all({source})"
    )
    shown = value(f"(function() {body} end)()".encode().decode("latin-1"))
    assert shown.encode("latin-1").decode() == expected


def test_tensors_and_arrays_share_memory():
    pytest.importorskip("th7shell.torch")
    from th7shell.torch.tensor import wrap

    array = np.zeros(3)
    program = (
        "local py, t = require 'python', ... py.ndarray(t):fill(7) t[2] = 1"
        " local back = py.tensor(py.ndarray(t)) back[1] = 5 return py.import('numpy').sum(t)"
    )
    assert run(program, wrap(array)) == 13.0
    assert array.tolist() == [5.0, 1.0, 7.0]
