"""The session object: evaluation, completeness, results, locals, interrupts, errors."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from th7shell import lua
from th7shell.display.shown import Failure


def run(session, *entries):
    for entry in entries:
        outcome = session.evaluate(entry)
    return outcome


VALUES = [
    (["1+1"], [2]),
    (["x = 5", "x"], [5]),
    (["= 7"], [7]),
    (['"a", 1, nil'], ["a", 1, None]),
    (["local y = 3", "y * 2"], [6]),
    (["local a, b", "a = 4", "a, b"], [4, None]),
    (["local function f(n) return n < 2 and 1 or n * f(n-1) end", "f(5)"], [120]),
    (["function g() return 1, 2, 3 end", "g()"], [1, 2, 3]),
    (["-- a comment\n1"], [1]),
    (["s = 'ü'", "#s"], [2]),
]


@pytest.mark.parametrize(("entries", "values"), VALUES)
def test_values(session, entries, values):
    assert list(run(session, *entries).values) == values


@pytest.mark.parametrize(
    ("entry", "kind", "quiet"),
    [
        ("x = 5", "statement", True),
        ("print", "values", False),
        ("nosuch", "values", False),
        ("(function() end)()", "values", True),
        ("tostring(nil) == 'x' and 1 or nil", "values", True),
        ("5;", "values", True),
        ("math.floor(1.5);", "statement", True),
        ("", "statement", True),
        (":set", "command", False),
        ("exit", "exit", False),
        ("break", "break", False),
        ("os.exit(4)", "exit", False),
    ],
)
def test_kinds(session, entry, kind, quiet):
    outcome = session.evaluate(entry)
    assert (outcome.kind, outcome.quiet) == (kind, quiet)


def test_exit_code(session):
    assert session.evaluate("os.exit(4)").code == 4


COMPLETENESS = [
    ("for i=1,3 do", "incomplete", 3),
    ("for i=1,3 do\n   if i then", "incomplete", 6),
    ("x={", "incomplete", 3),
    ("1+", "incomplete", 0),
    ("[[a", "incomplete", 0),
    ("--[[", "incomplete", 0),
    ("f(", "incomplete", 3),
    ("local x =", "incomplete", 0),
    ("function f() return", "incomplete", 3),
    ("a = = 1", "invalid", 0),
    ('"abc', "invalid", 0),
    ("x 1", "invalid", 0),
    ("1", "complete", 0),
    ("x = 1", "complete", 0),
    ("= x", "complete", 0),
    ("? nn.Linear", "complete", 0),
    ("nn.Linear?", "complete", 0),
    ("$ ls (", "complete", 0),
    (":time f(", "complete", 0),
    ("", "complete", 0),
]


@pytest.mark.parametrize(("text", "state", "indent"), COMPLETENESS)
def test_is_complete(session, text, state, indent):
    assert session.is_complete(text) == (state, indent)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = = 1\ny = 2", (1, "unexpected symbol near '='")),
        ("x = 1\ny = ) 2", (2, "unexpected symbol near ')'")),
        ("x = =", None),
        ("for i = 1, 3 d", None),
        ("for i = 1, 3 do", None),
        ("x = 1", None),
        (":help )", None),
    ],
)
def test_syntax_error(session, text, found):
    assert session.syntax_error(text) == found


def test_locals_of_an_entry_stay_unless_switched_off(session):
    run(session, "local kept = 1")
    assert list(run(session, "kept").values) == [1]
    session.evaluate(":locals off")
    run(session, "local lost = 1")
    assert list(run(session, "lost").values) == [None]
    session.evaluate(":locals on")


def test_a_local_with_a_name_of_th_itself_stays_local(session):
    run(session, "local type = 5")
    assert list(run(session, "type(1)").values) == ["number"]


def test_results(session):
    run(session, "2+3")
    assert list(run(session, "_*2").values) == [10]
    assert list(run(session, "_1, _2, _LAST, #_RESULTS, _RESULT[1]").values) == [5, 10, 10, 2, 10]
    run(session, "_ = 'mine'", "1")
    assert list(run(session, "_").values) == ["mine"]
    run(session, ":forget")
    assert list(run(session, "#_RESULTS, _1").values) == [0, None]


def test_results_are_capped_so_that_tensors_are_let_go(session):
    session.settings.set("results", 3)
    for i in range(6):
        run(session, str(i))
    assert list(run(session, "_1, _3, _5, #_RESULTS").values) == [None, None, 4, 3]
    session.settings.set("results", 100)


def test_an_error_is_data_and_the_session_goes_on(session):
    (outcome) = run(session, "function f(t) return t.a.b end", "f({})")
    error = outcome.failure
    assert outcome.kind == "error" and isinstance(error, Failure)
    assert error.message.endswith(":1: attempt to index field 'a' (a nil value)")
    assert [f.function for f in error.lua_frames] == ["function 'f'", "main chunk"]
    assert error.lua_frames[0].source() == [(1, "function f(t) return t.a.b end")]
    assert error.lua_frames[1].source() == [(1, "f({})")]
    assert list(run(session, "1").values) == [1]
    assert session.last_error is error


def test_an_error_value_that_is_a_table_is_kept_and_shown(session):
    error = run(session, "error({code=3})").failure
    assert isinstance(error.value, lua.Table) and error.value.code == 3
    assert "code : 3" in error.message


def test_an_error_inside_a_net_names_place_and_shapes(session):
    run(session, "require 'nn'", "net = nn.Sequential():add(nn.Linear(2,3)):add(nn.Linear(5,1))")
    error = run(session, "net:forward(torch.ones(2))").failure
    assert "In 2 module of nn.Sequential:" in error.message and "size mismatch" in error.message
    assert "stack traceback" not in error.message and "WARNING" not in error.message


def test_pythons_own_error_shows_its_frames_below_lua(session):
    def broken(*_):
        return [][3]

    session.globals.broken = broken
    error = run(session, "broken()").failure
    assert "IndexError" in error.python and "broken" in error.python


HINTS = [
    ("torch.rnadn(3)", "did you mean torch.randn?"),
    ("pritn(1)", "did you mean print?"),
    ("require 'optmi'", "did you mean require 'optim'?"),
    ("t = torch.Tensor(2)\nt:fil(1)", "did you mean t:fill?"),
    ("zzzzqq()", None),
]


@pytest.mark.parametrize(("entry", "hint"), HINTS)
def test_hints(session, entry, hint):
    assert run(session, entry).failure.hint == hint


INTERRUPTED = [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "coroutine.wrap(function() while true do end end)()",
    "local t = {3,2,1} while true do table.sort(t, function(a, b) return a < b end) end",
    "local a = torch.rand(30,30) while true do a = a * a end",
    "local s = ('x'):rep(50) while true do s:gsub('x', function() return 'y' end) end",
]


posix = pytest.mark.skipif(sys.platform == "win32", reason="signals to a thread")


@posix
@pytest.mark.parametrize("entry", INTERRUPTED)
def test_an_interrupt_ends_the_entry_and_keeps_the_state(session, entry):
    run(session, "kept = 3")
    timer = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
    main = threading.main_thread().ident
    timer.function = lambda *_: signal.pthread_kill(main, signal.SIGINT)
    timer.start()
    outcome = run(session, entry)
    timer.join()
    assert outcome.kind == "interrupted" and outcome.seconds < 5
    assert list(run(session, "kept").values) == [3]


@posix
def test_a_hundred_interrupts_leave_a_net_consistent(session):
    run(
        session,
        "require 'nn'",
        "net = nn.Sequential():add(nn.Linear(4,8)):add(nn.Tanh()):add(nn.Linear(8,1))",
    )
    run(session, "crit = nn.MSECriterion() p, g = net:getParameters()")
    loop = (
        "while true do local x = torch.randn(6, 4) local o = net:forward(x) "
        "local d = crit:backward(o, o*0) net:zeroGradParameters() net:backward(x, d) net:updateParameters(0.01) end"
    )
    main = threading.main_thread().ident
    for i in range(100):
        delay = 0.002 + (i * 37 % 100) / 20000
        timer = threading.Timer(delay, lambda: signal.pthread_kill(main, signal.SIGINT))
        try:
            timer.start()
            outcome = session.evaluate(loop)
            assert outcome.kind == "interrupted", outcome.failure.message
        except KeyboardInterrupt:
            pass  # it came while the session was at its own work
        timer.join()
    outcome = run(
        session, "net:forward(torch.ones(6,4)):size(1), p:nElement(), g:nElement(), p:eq(p):all()"
    )
    assert list(outcome.values) == [6, 49, 49, True] or list(outcome.values)[:3] == [6, 49, 49]


def test_show_uses_the_print_that_the_user_has_set(session):
    run(session, "seen = {}", "old = print", "function print(...) seen[#seen+1] = {...} end")
    session.show(run(session, "1, 2, nil"))
    run(session, "print = old")
    assert list(run(session, "#seen, seen[1][1], seen[1][2]").values) == [1, 1, 2]
    session.workspace.globals.print = session.globals.print_new


def test_a_class_can_be_declared_again_and_old_objects_go_on(session):
    entry = "do local C = torch.class('Redo') function C:hi() return %d end end"
    run(session, entry % 1, "r = Redo()")
    assert list(run(session, "r:hi()").values) == [1]
    assert run(session, entry % 2).kind == "statement"
    assert list(run(session, "Redo():hi(), r:hi()").values) == [2, 1]


def test_reload(session, tmp_path):
    (tmp_path / "mymod.lua").write_text("return {v = 1}")
    assert list(run(session, "require('mymod').v").values) == [1]
    (tmp_path / "mymod.lua").write_text("return {v = 2, longer = true}")
    assert list(run(session, "require('mymod').v").values) == [1]
    run(session, ":reload mymod")
    assert list(run(session, "require('mymod').v").values) == [2]


def test_large_tensors_are_shown_in_short_but_print_shows_all(session, capsys):
    session.show(session.evaluate("torch.range(1, 1200)"))
    text = capsys.readouterr().out
    assert text.count("\n") < 8 and "1200 " not in text.split("size")[0][:-10]
    assert "of size 1200]\nmin 1, mean 600.5, max 1200" in text and "print(x)" in text
    session.evaluate("print(torch.range(1, 1200))")
    assert capsys.readouterr().out.count("\n") > 1200
    session.evaluate(":set shorten=2000")
    session.show(session.evaluate("torch.range(1, 1200)"))
    assert capsys.readouterr().out.count("\n") > 1200
    session.evaluate(":set shorten=1000")


def test_a_print_of_the_users_own_shows_results(session, capsys):
    session.evaluate("old = print; function print(...) io.write('mine\\n') end")
    session.show(session.evaluate("1 + 1"))
    session.evaluate("print = old")
    assert capsys.readouterr().out == "mine\n"


def test_the_summary_of_a_net_is_a_table(session, capsys):
    session.evaluate("require 'nn'; net = nn.Sequential():add(nn.Linear(4, 5))")
    session.show(session.evaluate("net:summary{4}"))
    assert "◀" in capsys.readouterr().out
    session.evaluate("print(net:summary{4})")
    assert "multiply-adds" in capsys.readouterr().out


ENDS = [  # an entry that ends in a value, and the value
    ("a = 3; a", [3]),
    ("a = 3; a, a + 1", [3, 4]),
    ("local b = 2; b * 2", [4]),
    ("a = 5\na", [5]),
    ("for i = 1, 3 do a = i end a = a * 2; a", [6]),
    ("function f(x) return x end; f(7)", [7]),
    ("a = 1; b = 2;\na + b", [3]),
]


@pytest.mark.parametrize(("text", "values"), ENDS)
def test_statements_may_end_in_a_value(session, text, values):
    assert session.is_complete(text)[0] == "complete"
    outcome = session.evaluate(text)
    assert outcome.failure is None and list(outcome.values) == values and not outcome.quiet


def test_what_ends_in_nothing_still_goes_on(session):
    for text in ("a = 3; a =", "if x then a = 1; a", "a = 3; for i = 1, 2 do"):
        assert session.is_complete(text)[0] == "incomplete", text
    assert session.evaluate("a = 3; a;").quiet


@pytest.mark.parametrize("text", ["x = 'abc", 'print("a', "f('a', \"b c", "x = 'a\\'"])
def test_a_string_that_is_being_typed_is_no_error(session, text):
    assert session.syntax_error(text) is None
    assert session.syntax_error(text + "\ny = 2") is not None
