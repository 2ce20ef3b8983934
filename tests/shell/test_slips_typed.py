"""Slips typed at the prompt of the real program, at 80 columns: the hint is there, in green, and no
traceback."""

from __future__ import annotations

import pytest

from tests.session.slips import CASES, SETUP
from th7shell.session.entries import completeness

TYPED = [
    (e, h) for e, h in CASES if completeness(e)[0] != "incomplete" and "it is called" not in h
][::24]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory):
    from tests.shell.screens import Shell

    shell = Shell(tmp_path_factory.mktemp("home"), 80, 24, args=("-q", "--no-init"))
    shell.ready()
    yield shell
    shell.close()


def test_enough_are_typed():
    assert len(TYPED) > 20


@pytest.mark.parametrize(("entry", "hint"), TYPED)
def test_a_hint_below_the_message(terminal, entry, hint):
    for line in SETUP:
        terminal.keys(line + "\r")
    terminal.ready()
    terminal.keys("\x0c")
    terminal.ready()
    terminal.enter(entry)
    shown = terminal.text().replace("\n", "")
    assert hint.replace(" ", "") in shown.replace(" ", "")
    assert "Traceback" not in shown
    rows = range(terminal.screen.lines)
    first = next(
        y
        for y in rows
        if terminal.screen.display[y].rstrip()
        and hint.startswith(terminal.screen.display[y].rstrip())
    )
    assert terminal.screen.buffer[first][0].fg == "green"
