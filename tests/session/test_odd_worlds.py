"""Sessions whose globals a program has bent, error objects that do not speak, and every command with
odd words: a result or one clear message, never Python's words."""

from __future__ import annotations

import pytest

from th7shell.session import failure
from th7shell.session.commands.registry import load_all
from th7shell.session.core import Session
from th7shell.shell.console import Console

WORDS = ("NoneType", "Error:", "Errno", "Traceback", "embedded null")


@pytest.fixture
def session(tmp_path, monkeypatch):
    for name in ("STATE", "CONFIG"):
        monkeypatch.setenv(f"TH7SHELL_{name}_DIR", str(tmp_path / name))
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.chdir(tmp_path)
    made = Session()
    made.pages = []
    console = Console(made.settings)
    made.emit = lambda value: made.pages.append(console.rendered(value))
    made.rendered = console.rendered
    return made


def entry(session, text, capsys):
    """What an entry shows."""
    session.pages.clear()
    try:
        session.run_entry(text)
    except Exception as error:  # the prompt shows it
        session.emit(session.error_page(failure.describe(error, session)))
    shown = capsys.readouterr().out + "".join(session.pages)
    assert not any(word in shown for word in WORDS), (text, shown)
    return shown


@pytest.mark.parametrize("bent", ["print = nil", "print = 7", "tostring, type = nil", "io = nil"])
def test_results_show_without_print(session, capsys, bent):
    entry(session, bent, capsys)
    assert entry(session, "1 + 1", capsys) == "2\n"
    assert entry(session, "{5}", capsys) == "{\n  1 : 5\n}\n"


def test_packages_load_without_the_table_of_packages(session, capsys):
    entry(session, "package = nil", capsys)
    assert entry(session, "type(require 'moses')", capsys) == "table\n"


def test_results_go_round_a_strict_table_of_globals(session, capsys):
    strict = "{__newindex = function(_, k) error('new ' .. k, 0) end, __index = error}"
    entry(session, f"do setmetatable(_G, {strict}) end", capsys)
    assert entry(session, "2 + 3", capsys) == "5\n"
    assert entry(session, "_RESULT[1] + _ + _LAST", capsys) == "15\n"
    assert "new y" in entry(session, "y = 1", capsys)
    entry(session, "$ echo hi", capsys)
    assert entry(session, "_STATUS", capsys) == "0\n"
    entry(session, ":clear", capsys)


def test_results_survive_a_program_s_own_table(session, capsys):
    raising = "{__index = error, __newindex = error, __len = error}"
    entry(session, f"_RESULTS = setmetatable({{}}, {raising})", capsys)
    assert entry(session, "8", capsys) == "8\n"
    entry(session, "_RESULTS = 5", capsys)
    assert entry(session, "9", capsys) == "9\n"


MUTE = {
    "__tostring = function() error('mute') end": "(error object is a table value)",
    "__tostring = function() return {} end": "(error object is a table value)",
    "__tostring = function() end": "(error object is a table value)",
    "__pairs = function() error('mute') end": "(error object is a table value)",
    "__tostring = function() return 'says' end": "says",
    "__tostring = function() return 7 end": "7",
}


@pytest.mark.parametrize("metatable", MUTE)
def test_error_objects_that_do_not_speak(session, capsys, metatable):
    shown = entry(session, f"error(setmetatable({{}}, {{{metatable}}}))", capsys)
    assert shown.split("\n")[0] == MUTE[metatable]


def test_values_that_do_not_speak(session, capsys):
    shown = entry(session, "setmetatable({}, {__tostring = function() return {} end})", capsys)
    assert "'tostring' must return a string to 'print'" in shown


ODD = [
    "",
    "1",
    "-1",
    "nil",
    "no.such",
    "\xe9\xe8",
    "🙂",
    "na\0me",
    '"',
    "nn.Linear",
    "t[1",
    "error()",
    "1e400",
    "/",
    "/no/where/x",
    "../..",
    "*",
    "\x1b[31m",
    "f(",
    "--",
    "%s",
    "\udcff",
    "setmetatable({}, {__tostring = function() error(1) end})",
]


def test_commands_with_odd_words(session, capsys):
    calls = 0
    for name in load_all():
        if name in ("debug", "edit", "restart", "exit", "quit", "apropos"):
            continue
        for word in ODD if name != "time" else ODD[-4:]:  # which runs what works for a second
            outcome = session.evaluate(f":{name} {word}")
            calls += 1
            shown = ""
            if outcome.failure is not None:
                assert not outcome.failure.python, (name, word, outcome.failure.message)
                shown = session.rendered(session.error_page(outcome.failure))
            elif outcome.shown is not None:
                shown = session.rendered(outcome.shown)
            assert not any(w in shown for w in WORDS), (name, word, shown)
    assert calls > 500
