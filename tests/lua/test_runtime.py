"""What runs under compiled code: numbers at the edges, prototypes, weak tables, deep stacks, loops, environments."""

from __future__ import annotations

import gc
import sys

import pytest

from th7shell.lua import Table, new_table
from th7shell.lua.interpreter import Interpreter, run_deep

from .harness import run, value

NUMBERS = {
    "2^53 + 1 == 2^53": "true",
    "9007199254740992 + 1 - 9007199254740992": "0",
    "3 * 3002399751580331 - 9007199254740992": "0",
    "0 * -1": "-0",
    "1 / (0 * -1)": "-inf",
    "-0": "-0",
    "5 % 0 ~= 5 % 0": "true",
    "-5 % 3, 5 % -3, -5 % -3": "1 -1 -2",
    "5.5 % 2, -5.5 % 2": "1.5 0.5",
    "1 / 0, -1 / 0": "inf -inf",
    "2 ^ 0.5 == math.sqrt(2), (-8) ^ (1/3) ~= (-8) ^ (1/3)": "true true",
    "'10' + 1, '0x10' * 2, 10 .. 20": "11 32 1020",
    "true + 1": "error: test.lua:1: attempt to perform arithmetic on a boolean value",
    "1 < true": "error: test.lua:1: attempt to compare number with boolean",
    "true < false": "error: test.lua:1: attempt to compare two boolean values",
    "'a' < 1": "error: test.lua:1: attempt to compare string with number",
    "1 == true, 0 == false, '1' == 1": "false false false",
    "({[1] = 'a', [true] = 'b'})[true], ({[1.0] = 'c'})[1]": "b c",
    "#'abc', #{1, 2, nil, 4}": "3 4",
    "not nil == true, not 0": "true false",
}


@pytest.mark.parametrize("expression", NUMBERS)
def test_expressions(expression: str) -> None:
    assert value(expression) == NUMBERS[expression]


def test_methods_are_found_through_the_chain_and_after_changes() -> None:
    assert (
        run("""
        local A, B, C = {}, {}, {}
        A.__index = A B.__index = B C.__index = C
        setmetatable(B, A) setmetatable(C, B)
        local o = setmetatable({}, C)
        function A:name() return 'A' end
        local seen = {o:name()}
        function B:name() return 'B' end seen[2] = o:name()
        o.name = function() return 'o' end seen[3] = o:name()
        o.name = nil seen[4] = o:name()
        B.name = nil seen[5] = o:name()
        setmetatable(B, nil) seen[6] = tostring(o.name)
        setmetatable(B, {__index = function(_, key) return key .. '!' end}) seen[7] = o.name
        return table.concat(seen, ' ')
    """)
        == "A B o B A nil name!"
    )


def test_a_field_of_a_prototype_that_changes_often_is_current() -> None:
    assert (
        run("""
        local P = {count = 0} P.__index = P
        local o = setmetatable({}, P)
        for i = 1, 500 do P.count = i assert(o.count == i) end
        P.count = nil
        return o.count
    """)
        is None
    )


def test_errors_inside_index_functions_run_once() -> None:
    assert run("""
        local calls = 0
        local t = setmetatable({}, {__index = function(_, k) calls = calls + 1 return k.x.y end})
        local ok, message = pcall(function() return t.field end)
        return calls, message
    """) == (1, "test.lua:3: attempt to index field 'x' (a nil value)")


def test_weak_tables_let_go_and_strong_ones_do_not() -> None:
    assert run("""
        local values = setmetatable({}, {__mode = 'v'})
        local keys = setmetatable({}, {__mode = 'k'})
        local kept = {}
        values[1], values.x, values.kept, values.text = {}, {}, kept, 'text'
        keys[{}], keys[kept] = 1, 2
        collectgarbage()
        local n = 0
        for _ in pairs(keys) do n = n + 1 end
        return values[1], values.x, values.kept == kept, values.text, n, keys[kept]
    """) == (None, None, True, "text", 1, 2)


def test_finalizers_of_proxies_run() -> None:
    assert run("""
        local done = {}
        do
          local p = newproxy(true)
          getmetatable(p).__gc = function() done[#done + 1] = 'gone' end
        end
        collectgarbage()
        return table.concat(done)
    """) in ("gone", "")  # the local may still be held by its frame


def test_a_dropped_proxy_is_finalized() -> None:
    interpreter = Interpreter()
    make = interpreter.load(
        "local note = ... local p = newproxy(true) getmetatable(p).__gc = function() note('gone') end"
    )
    notes: list[object] = []
    make(lambda text=None, *_: notes.append(text))
    gc.collect()
    assert notes == ["gone"]


RECURSIONS = {
    "calls": "local function r() return 1 + r() end r()",
    "index": "local t t = setmetatable({}, {__index = function(_, k) return t[k .. 'x'] end}) local x = t.a",
    "pcall": "local function r() local ok, e = pcall(r) error(e, 0) end r()",
    "sort": "local function r() table.sort({3, 2, 1}, function(a, b) r() return a < b end) end r()",
    "gsub": "local function r() return (string.gsub('a', 'a', function() return r() end)) end r()",
    "concat": "local t t = setmetatable({}, {__concat = function(a, b) return a .. b end}) t = t .. 'x'",
}


@pytest.mark.parametrize("name", RECURSIONS)
def test_endless_recursion_is_an_error(name: str) -> None:
    if sys.version_info[:3] == (3, 13, 0):
        pytest.skip("this Python does not count the depth of calls with extra arguments")
    ok, message = run(f"return pcall(function() {RECURSIONS[name]} end)")
    assert ok is False
    assert "stack overflow" in message


def test_deep_tail_calls_run_on_the_deep_stack() -> None:
    source = (
        "local function r(n) if n == 0 then return 'done' end return r(n - 1) end return r(50000)"
    )
    assert run_deep(run, source) == "done"


def test_exceptions_come_back_from_the_deep_stack() -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_deep(fail)


def test_an_interrupt_passes_through_pcall_and_coroutines() -> None:
    interpreter = Interpreter()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    interpreter.globals.interrupt = interrupt
    for body in (
        "pcall(interrupt)",
        "xpcall(interrupt, function() end)",
        "coroutine.wrap(function() pcall(interrupt) end)()",
        "coroutine.resume(coroutine.create(interrupt))",
        "local x = setmetatable({}, {__index = function() interrupt() end}).x",
        "string.gsub('a', 'a', interrupt)",
    ):
        with pytest.raises(KeyboardInterrupt):
            interpreter.load(body)()


def test_closures_of_a_loop_have_variables_of_their_own() -> None:
    assert run("""
        local fs = {}
        for i = 1, 3 do
          local n = i * 10
          fs[i] = function() n = n + i return n end
        end
        return fs[1](), fs[1](), fs[2](), fs[3]()
    """) == (11, 12, 22, 33)


def test_evaluation_order_of_assignments() -> None:
    assert run("""
        local log, t = {}, {}
        local function f(name, v) log[#log + 1] = name return v end
        f('t', t)[f('k', 1)], f('u', t)[f('l', 2)] = f('v', 'x'), f('w', 'y')
        local i, a = 1, {}
        i, a[i] = i + 1, 20
        local x, y = 1, 2
        x, y = y, x
        return table.concat(log), t[1], t[2], i, a[1], x, y
    """) == ("tkulvw", "x", "y", 2, 20, 2, 1)


def test_python_objects_answer_by_pythons_protocol() -> None:
    from th7shell.lua import LuaObject

    class Vector(LuaObject):
        def __init__(self, *values: float) -> None:
            self.values = list(values)

        def __getitem__(self, i: int) -> float:
            return self.values[i - 1]

        def __setitem__(self, i: int, v: float) -> None:
            self.values[i - 1] = v

        def __len__(self) -> int:
            return len(self.values)

        def __add__(self, other: Vector) -> Vector:
            return Vector(*(a + b for a, b in zip(self.values, other.values)))

        def __call__(self, x: int) -> int:
            return x + 1

        def __str__(self) -> str:
            return "Vector"

        def scaled(self, k: float, *_: object) -> Vector:
            return Vector(*(k * v for v in self.values))

    source = """
        local v = ...
        v[1] = 5
        local method = v.scaled
        return v[1], #v, (v + v)[2], v(1), tostring(v), v:scaled(2)[2], method(v, 3)[2], v.absent, type(v)
    """
    assert run(source, Vector(1, 2)) == (5, 2, 4, 2, "Vector", 4, 6, None, "userdata")


def test_results_of_python_functions_are_adjusted() -> None:
    t = new_table(
        [],
        {
            "none": lambda *_: (),
            "two": lambda *_: (1, 2),
            "one": lambda *_: 5,
            "nil_": lambda *_: None,
        },
    )
    assert isinstance(t, Table)
    assert run("local t = ... return select('#', t.none()), (t.two()), t.one(), t.nil_(), t.two()", t) == (
        0, 1, 5, None, 1, 2,
    )  # fmt: skip


def test_a_function_that_nothing_holds_is_collected() -> None:
    text = """
    local keys, values = setmetatable({}, {__mode = 'k'}), setmetatable({}, {__mode = 'v'})
    keys[function() end] = 1
    values[1] = function() return values end
    local held = function() end
    values[2] = held
    collectgarbage()
    return next(keys), values[1], values[2] == held
    """
    assert run(text) == (None, None, True)
