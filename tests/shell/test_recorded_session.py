"""The session that was recorded from the original, entry by entry; runs where the recordings lie
beside the checkout."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from th7shell.display.rendering import terminal_text
from th7shell.session.core import Session

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "golden" / "repl_session.repl.out"
ON_PURPOSE = {  # entry: what is different here, named in docs/shell.md
    "nosuchvar": ["nil"],
    "1 +\n2": ["3"],
    "_RESULT": ["{", "  1 : 3", "}"],
    "torch.type(t)": ["torch.DoubleTensor"],
    "x = = 3": ["syntax error: <pos>: unexpected symbol near '='"],
}


def entries(text):
    """(entry, output lines) of a recorded screen."""
    found = []
    for line in text.split("\n"):
        if line.startswith("th> "):
            found.append((line[4:], []))
        elif line.startswith("..> ") and found:
            found[-1] = (found[-1][0] + "\n" + line[4:], found[-1][1])
        elif found:
            found[-1][1].append(line)
    return found


def plain(lines):
    """Lines without times, tracebacks, addresses, places in files and blanks at their ends."""
    out, inside = [], False
    for line in lines:
        line = re.sub(r"0x(?:[0-9a-f]+|ADDR)", "0xADDR", line.rstrip())
        line = re.sub(r'(\[string "[^\n]*?"\]|[\w/.]+\.(?:lua|py)):\d+:', "<pos>:", line)
        line = re.sub(r" at [\w/.]+\.c:\d+", "", line)
        inside = line.startswith("stack traceback:") or (inside and line.startswith("\t"))
        if not inside and not re.fullmatch(r" +\[\d\.\d{4}s\]", line):
            out.append(line)
    while out and not out[-1]:
        out.pop()
    return out


def show(session, entry):
    """Show an entry's outcome without what is added for people."""
    outcome = session.evaluate(entry)
    if outcome.failure is not None:
        outcome.failure.hint = outcome.failure.slip = None
    session.show(outcome)


@pytest.mark.skipif(not RECORDED.exists(), reason="no recordings beside this checkout")
def test_recorded_session(capsys):
    session = Session()
    session.emit = lambda value: sys.stdout.write(terminal_text(value, False, "dark"))
    compared = 0
    for entry, recorded in entries(RECORDED.read_text())[:-1]:
        if entry.startswith("1 +"):
            break
        capsys.readouterr()
        show(session, entry)
        ours = plain(capsys.readouterr().out.split("\n"))
        expected = ON_PURPOSE.get(entry, plain(recorded))
        if entry == "require 'nn'":  # a line here; string keys have no order the same in both
            assert re.fullmatch(r"nn: \d+ classes, \? nn", ours[0]) and len(ours) == 1
            session.show(session.evaluate("print(nn)"))
            ours = plain(capsys.readouterr().out.split("\n"))
            top = re.compile(r"  (\w+) :")
            ours, expected = (
                {m[1] for m in map(top.match, lines) if m} for lines in (ours, expected)
            )
            assert len(expected - ours) <= 2, expected - ours
        elif entry.startswith("{a="):
            assert sorted(ours) == sorted(expected), entry
        else:
            assert ours == expected, entry
        compared += 1
    assert compared > 20
    for entry in ("1 +\n2", "_RESULT", "torch.type(t)", "x = = 3"):
        capsys.readouterr()
        show(session, entry)
        assert plain(capsys.readouterr().out.split("\n")) == ON_PURPOSE[entry]
