"""Progress bars: width, rate, nesting, the end, and what is printed where there is no terminal."""

from __future__ import annotations

import re

import pytest

from th7shell.lua import LuaError
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.xlua import progress


@pytest.fixture
def clock(monkeypatch):
    """clock(t) sets the time."""
    Interpreter(MAIN)
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress, "_line", 0)
    monkeypatch.setattr(progress, "presenter", None)  # of a notebook before
    monkeypatch.setattr(progress, "_redrawn", progress.Redrawn())
    progress._bars.clear()
    return lambda t: now.__setitem__(0, t)


@pytest.fixture
def screen(monkeypatch, capsys):
    """screen() is what was written to a terminal of 80 columns since the last call."""
    monkeypatch.setattr(progress, "_in_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda: capsys.readouterr().out


def drawn(text: str) -> list[str]:
    """The lines as they were drawn, each between two carriage returns."""
    return [part for part in text.split("\r") if part.strip()]


def test_bars_fit_the_terminal(clock, screen, monkeypatch) -> None:
    for columns in (40, 60, 80, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        clock(0)
        progress.progress(0, 4)
        clock(2)
        progress.progress(2, 4)
        first, second = drawn(screen())
        assert len(first) == len(second) == min(columns, 120) - 1
        clock(4)
        progress.progress(4, 4)
        assert len(drawn(screen())[0]) == min(columns, 120) - 1
    assert second.startswith(" [====") and " 2/4 " in second and " ETA: 2s0ms" not in second
    assert " ETA: 2s | Step: 1s" in second


def test_bars_are_drawn_ten_times_a_second(clock, screen) -> None:
    for i in range(1001):
        clock(i / 500)
        progress.progress(i, 1000)
    lines = drawn(screen())
    assert 19 <= len(lines) <= 22
    assert " 1000/1000 " in lines[-1] and "Tot: 2s" in lines[-1]
    assert not progress._bars


def test_nested_bars_have_lines_of_their_own(clock, screen) -> None:
    clock(0)
    progress.progress(1, 2)
    clock(1)
    progress.progress(1, 5)
    assert screen().count("\n") == 1
    for i in range(2, 6):
        clock(i)
        progress.progress(i, 5)
    assert screen().endswith("\r\x1b[K\x1b[1A")
    clock(7)
    progress.progress(2, 2)
    text = screen()
    assert "\x1b[" not in text and text.endswith("\r\n")


def test_a_new_loop_begins_a_new_bar(clock, screen) -> None:
    clock(0)
    progress.progress(3, 10)
    clock(1)
    progress.progress(1, 10)
    assert len(progress._bars) == 1 and progress._bars[0].started == 1


def test_a_pipe_gets_the_bar_redrawn_by_carriage_returns(clock, monkeypatch, capsys) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    clock(0)
    progress.progress(1, 2)
    clock(2)
    progress.progress(2, 2)
    back = {n: "\b" * n for n in (30, 49, 47)}
    first = f" [{'=' * 22}>{'.' * 23}] {' ' * 30}{back[30]} ETA: 0ms | Step: 0ms{back[49]} 1/2 "
    last = f" [{'=' * 45}>] {' ' * 30}{back[30]} Tot: 2s | Step: 2s{back[47]} 2/2 "
    assert capsys.readouterr().out == f"{first}\r\r{last}\n\r"


@pytest.mark.parametrize(
    ("calls", "ends"),
    [  # what stands around the bars: "" nothing, r \r, n \n
        ([(0, 16), (1, 1)], "|r r|nr"),  # a loop that was left lends its bar to the next
        ([(2, 2), (1, 2)], "|nr |r"),  # the way falls back: another bar
        ([(2, 2), (2, 2)], "|nr r"),  # at the end nothing more is drawn
        ([(2, 2), (3, 3), (1, 3)], "|nr r |r"),
    ],
)
def test_a_pipe_has_one_bar_for_all_loops(clock, capsys, calls, ends) -> None:
    for call in calls:
        progress.progress(*call)
    text = capsys.readouterr().out.replace("\r", "r").replace("\n", "n")
    assert re.sub(r" \[[=>.]*\][^rn]*", "|", text) == ends.replace(" ", "")


def test_plain_lines_when_asked(clock, monkeypatch, capsys) -> None:
    monkeypatch.setenv("TH7SHELL_PROGRESS", "lines")
    for i in range(1, 101):
        clock(i)
        progress.progress(i, 100)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert (
        lines[5] == "50/100 (50%) ETA: 50s | Step: 1s"
        and lines[-1] == "100/100 (100%) Tot: 1m39s | Step: 1s"
    )


def test_a_front_end_may_show_bars_itself(clock, monkeypatch, capsys) -> None:
    seen = []
    monkeypatch.setattr(
        progress, "presenter", lambda bar: seen.append((bar.current, bar.share, bar.done))
    )
    progress.progress(1, 4)
    progress.progress(4, 4)
    assert seen == [(1, 0.25, False), (4, 1, True)] and capsys.readouterr().out == ""


def test_numbers_are_needed(clock) -> None:
    for arguments in ((), (1,), ("x", 2), (1, True)):
        with pytest.raises(LuaError, match="number expected"):
            progress.progress(*arguments)
