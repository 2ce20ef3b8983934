"""How an error looks: its sentence marked, text once, a caret, frames and Python's part where they
help."""

from __future__ import annotations

import pytest

from th7shell.display import palette
from th7shell.display.errors import error_text
from th7shell.display.shown import ErrorPage


def page(session, *entries, colour=False, full=False):
    for entry in entries:
        outcome = session.evaluate(entry)
    return error_text(ErrorPage(outcome.failure, context=2, full=full), colour)


def test_an_entry_of_one_line_shows_its_text_once_and_no_frames(session):
    shown = page(session, "x = torch.ones(3)", "x.size(1)")
    assert shown == (
        "[string \"x.size(1)\"]:1: bad argument #1 to 'size' (torch.*Tensor expected, got number)\n"
        "call methods with a colon: x:size(1)\n"
    )


def test_functions_and_longer_entries_show_their_frames(session):
    shown = page(session, "function f(t) return t.a.b end", "f({})")
    assert "stack traceback:" in shown and "in function 'f'" in shown and "in main chunk" in shown
    shown = page(session, "local x = 1\nnosuch.field = x")
    assert "> 2 | nosuch.field = x" in shown


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        ("x = = 1", ['syntax error: [string "x = = 1"]:1: unexpected symbol near \'=\'', "                           ^"]),
        ("x = 1\ny = ) 2", ["  2 | y = ) 2", "          ^"]),
        ("local s = 'ü' .. = 1", ["syntax error: [string \"local s = 'ü' .. = 1\"]:1: unexpected symbol near '='", " " * 40 + "^"]),
        ("if n == 5 then print(1) elif n == 4 then print(2) end", ["  if n == 5 then print(1) elif n == 4 then print(2) end", " " * 31 + "^"]),
    ],
)  # fmt: skip
def test_a_syntax_error_has_a_caret(session, entry, lines):
    shown = page(session, entry).splitlines()
    at = shown.index(lines[0])
    assert shown[at + 1] == lines[1]


def test_red_marks_the_sentence(session):
    red = palette.paint("error", "ˑ").split("ˑ")[0]
    faint = palette.paint("faint", "ˑ").split("ˑ")[0]
    shown = page(
        session,
        "net = nn.Sequential():add(nn.Linear(3, 2))",
        "net:forward(torch.ones(4))",
        colour=True,
    )
    lines = shown.splitlines()
    assert lines[0].startswith(faint) and lines[1].startswith(faint)
    assert f"{red}size mismatch, [2 x 3], [4]" in lines[2] and lines[2].startswith(faint)
    assert shown.count(red) == 1


def test_pythons_frames_only_when_asked(session):
    def broken(*_):
        return [][3]

    session.globals.broken = broken
    assert "Traceback" not in page(session, "broken()")
    assert "Traceback" in page(session, "broken()", full=True)
    assert "Traceback" in error_text(session.evaluate(":tb full").shown)
    assert "Traceback" not in error_text(session.evaluate(":tb").shown)


def test_a_script_s_error_value_has_no_hint(session):
    outcome = session.evaluate("select(2, pcall(function() return len(1) end))")
    assert "the length" not in outcome.values[0]
