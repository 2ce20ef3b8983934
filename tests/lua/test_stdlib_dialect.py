"""What the 5.2 switch adds to LuaJIT, and the libraries that a comparison with another program cannot show."""

from __future__ import annotations

import pytest

from tests.lua.harness import run, value

VALUES = [
    # the 5.2 switch
    ("table.pack(1, nil, 3).n", "3"),
    ("unpack == table.unpack, table.unpack({1, 2})", "true 1 2"),
    ("rawlen({1, 2}), rawlen('abc')", "2 3"),
    ("#setmetatable({}, {__len = function() return 42 end})", "42"),
    ("('abc'):find('b', 10), ('abc'):match('', 5)", "nil nil"),
    ("select('#', coroutine.running()), select(2, coroutine.running())", "2 true"),
    ("coroutine.status((coroutine.running()))", "running"),
    (
        "coroutine.wrap(function(m) return coroutine.status(m), select(2, coroutine.resume(m)) end)"
        "((coroutine.running()))",
        "normal cannot resume running coroutine",
    ),
    ("os.execute('exit 3')", "nil exit 3"),
    ("os.execute()", "true"),
    ("io.write('') == io.stdout", "true"),
    ("load('return x', 'n', 't', {x = 5})()", "5"),
    ("load('return 1', 'n', 'b')", "nil attempt to load chunk with wrong mode"),
    ("package.searchers == package.loaders", "true"),
    ("(function() local t = setmetatable({}, {__lt = function() return true end}) return t < {} end)()", "true"),
    # iteration through metamethods
    ("(function() local s = '' for k, v in pairs(setmetatable({}, {__pairs = function() return next, {a = 1} end})) do s = s .. k .. v end return s end)()", "a1"),
    ("(function() local s = 0 for i, v in ipairs(setmetatable({}, {__ipairs = function(t) return ipairs({5, 6}) end})) do s = s + v end return s end)()", "11"),
    # jit, bit, versions
    ("jit.version_num, jit.status(), type(jit.on), require('bit') == bit", "20100 false function true"),
    ("_VERSION, math.mod, string.gfind", "Lua 5.1 nil nil"),
    # package
    ("pcall(require, 'no.such')", "module 'no.such' not found:\\n\\tno field package.preload['no.such']"),
    ("package.searchpath('x', './?.none;?/y.none')", "nil \\n\\tno file './x.none'\\n\\tno file 'x/y.none'"),
    ("package.config:sub(1, 1) ~= '', package.loaded.string == string, package.loaded._G == _G", "true true true"),
    ("require('table.new')(5, 5) ~= nil, next(require('table.clear') and {})", "true nil"),
    ("(function() package.preload.m = function(n) return {name = n} end return require('m').name, require('m') == require('m') end)()", "m true"),
    # debug
    ("debug.getinfo(1, 'S').what, debug.getinfo(print, 'S').short_src", "Lua [C]"),
    ("(function() local a, b = 1, 2 debug.setlocal(1, 2, 9) return b end)()", "9"),
    ("(function() local x = 1 local function f() return x end local function g() return x end return debug.upvalueid(f, 1) == debug.upvalueid(g, 1) end)()", "true"),
    ("(function() local x, y = 1, 2 local function f() return x end local function g() return y end debug.upvaluejoin(f, 1, g, 1) y = 5 return f() end)()", "5"),
    ("(function() debug.setmetatable(nil, {__add = function(a, b) return type(a) .. b end}) local r = nil + 1 debug.setmetatable(nil, nil) return r end)()", "nil1"),
    ("type(debug.getregistry()), debug.gethook()", "table nil  0"),
    ("(function() local n = 0 debug.sethook(function() n = n + 1 end, 'l') local a = 1\nlocal b = 2\ndebug.sethook() return n > 1, debug.gethook() end)()", "true nil  0"),
    # environments
    ("(function() setfenv(1, {y = 5}) return y end)()", "5"),
    ("(function() local early = function() return x end x = 1 local env = setmetatable({}, {__index = _G}) setfenv(1, env) x = 2 local late = function() return x end return early(), late(), _G.x end)()", "1 2 1"),
    ("(function() local f = loadstring('module(\"some.mod\", package.seeall) v = type(print) return _NAME, _PACKAGE') local a, b = f() return a, b, some.mod.v, package.loaded['some.mod'] == some.mod end)()", "some.mod some. function true"),
    # dumps
    ("load(string.dump(function(a) return a * 2, ... end))", "error"),
    ("load(string.dump(function(a, ...) return a * 2, ... end))(4, 'x')", "8 x"),
    ("(function() local n = 3 local f = load(string.dump(function() return n end)) debug.setupvalue(f, 1, 7) return f() end)()", "7"),
    ("pcall(string.dump, print)", "false unable to dump given function"),
    ("load('\\27LJnonsense')", "nil cannot load malformed bytecode"),
    # proxies
    ("(function() local p = newproxy(true) local m = getmetatable(p) m.__index = function(_, k) return k .. '!' end m.__len = function() return 7 end m.__call = function(_, a) return a end return p.x, #p, p(3), newproxy(p).y end)()", "x! 7 3 y!"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), VALUES)
def test_values(source, expected):
    expected = expected.replace("\\n", "\n").replace("\\t", "\t")
    if expected == "error":
        with pytest.raises(Exception, match="vararg"):
            value(source)
    else:
        shown = value(source)
        assert expected in shown if "not found" in expected else shown == expected


FILES = r"""
local name, put = ...
local f = assert(io.open(name, 'w'))
assert(io.type(f) == 'file' and tostring(f):find('^file %(0x'))
assert(f:write('first\n', 2, ' ', 3.5, '\nlast \255') == f)
f:close()
assert(io.type(f) == 'closed file' and tostring(f) == 'file (closed)')
put(pcall(f.read, f))
f = io.open(name)
put(f:read('*l', '*n', '*n', 1, 4, '*a'))
put(f:read('*a'), f:read('*l'), f:read('*n'), f:read(0), f:read(5))
put(f:seek('set', 2), f:read(3), f:seek('cur'), f:seek('end'), f:seek('set'))
put(f:read('*L'), f:write('x'))
f:close()
local lines = {}
for line in io.lines(name) do lines[#lines + 1] = line end
put(unpack(lines))
for a, b in io.lines(name, 1, '*l') do put(a, b) break end
f = io.open(name, 'a+') f:write('!') f:seek('set') put(#f:read('*a')) f:close()
f = io.open(name, 'r+') f:write('F') f:seek('set', 0) put(f:read('*l')) f:close()
put(io.open(name, 'q')) put(io.open('/no/such/dir/x', 'w')) put(pcall(io.lines, '/no/such'))
f = io.open(name, 'w') f:setvbuf('no') f:write('0x1F -7.5e1 nan . end') f:close()
f = io.open(name) put(f:read('*n', '*n')) put(f:read('*n')) f:close()
local old = io.output() io.output(name) io.write('via output') io.close() io.output(old)
io.input(name) put(io.read('*a')) io.input():close() io.input(io.stdin)
local t = io.tmpfile() t:write('tmp') t:seek('set') put(t:read('*a')) t:close()
local p = io.popen('echo hi') put(p:read('*a'), p:close()) put(io.popen('exit 7'):close())
put(os.remove(name), os.remove(name))
"""


def test_files(tmp_path):
    name = str(tmp_path / "file.txt")
    rows: list[tuple] = []
    run(FILES, name, lambda *values: rows.append(values))
    assert rows == [
        (False, "attempt to use a closed file"),
        ("first", 2, 3.5, "\n", "last", " \xff"),
        ("", None, None, None, None),
        (2, "rst", 5, 18, 0),
        ("first\n", None, "Bad file descriptor", 9),
        ("first", "2 3.5", "last \xff"),
        ("f", "irst"),
        (19,),
        ("First",),
        (None, f"{name}: Invalid argument", 22),
        (None, "/no/such/dir/x: No such file or directory", 2),
        (False, "bad argument #1 to '?' (/no/such: No such file or directory)"),
        (31, -75),
        pytest.approx((float("nan"),), nan_ok=True),
        ("via output",),
        ("tmp",),
        ("hi\n", True, "exit", 0),
        (None, "exit", 7),
        (True, None, f"{name}: No such file or directory", 2),
    ]


@pytest.mark.parametrize("opens", ["io.open(name, 'w')", "io.popen('cat > ' .. name, 'w')"])
def test_a_file_that_nobody_holds_is_written_out(tmp_path, opens):
    """In a cycle too, where the collector meets what is below the buffer first."""
    program = f"""
local name = ...
local function leave() local t = {{f = {opens}}} t.t = t t.f:write('kept') end
leave()
collectgarbage()
return io.open(name):read('*a')
"""
    assert run(program, str(tmp_path / "left")) == "kept"


def test_print_and_write_keep_bytes(capfdbinary):
    run(
        "io.write('a\\0\\255\\n') print('\\195\\164', 1, nil) io.stderr:write('e\\254') io.flush() io.stderr:flush()"
    )
    out, err = capfdbinary.readouterr()
    assert (out, err) == (b"a\0\xff\n\xc3\xa4\t1\tnil\n", b"e\xfe")


def test_traceback_of_a_handler_shows_where_the_error_was():
    text = run(
        "local function inner() error('boom') end\nlocal function outer() inner() end\n"
        "return select(2, xpcall(outer, debug.traceback))"
    )
    lines = text.split("\n")
    assert lines[:2] == ["test.lua:1: boom", "stack traceback:"]
    assert lines[2].endswith("in function 'error'")
    assert "test.lua:1: in function 'inner'" in lines[3]
    assert "test.lua:2: in function <test.lua:2>" in lines[4]


def test_traceback_of_a_coroutine():
    text = run(
        "local co = coroutine.create(function()\n local function f() coroutine.yield() end\n f()\nend)\n"
        "coroutine.resume(co)\nreturn debug.traceback(co)"
    )
    assert text == (
        "stack traceback:\n\t[C]: in function 'yield'\n\ttest.lua:2: in function 'f'\n"
        "\ttest.lua:3: in function <test.lua:1>"
    )


def test_exit_raises_with_the_status():
    for source, status in (
        ("os.exit()", 0),
        ("os.exit(3)", 3),
        ("pcall(os.exit, false)", 1),
        ("os.exit(true)", 0),
    ):
        with pytest.raises(SystemExit) as stop:
            run(source)
        assert stop.value.code == status


def test_unfinished_coroutines_are_freed():
    import gc
    import weakref

    from th7shell.lua.stdlib import coroutine

    class Mark:
        pass

    def body(*_):
        mark = Mark()
        marks.append(weakref.ref(mark))
        coroutine.yield_()

    marks: list = []
    co = coroutine.create(body)
    coroutine.resume(co)
    assert marks[0]() is not None
    del co
    gc.collect()
    assert marks[0]() is None


def test_an_interrupt_passes_pcall():
    def interrupt(*_):
        raise KeyboardInterrupt

    for source in (
        "pcall(...)",
        "coroutine.wrap(...)()",
        "xpcall(..., print)",
        "('x'):gsub('x', ...)",
    ):
        with pytest.raises(KeyboardInterrupt):
            run(source, interrupt)
