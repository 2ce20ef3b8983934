"""Which press of Ctrl-C does what, and where none is let in."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from th7shell.session import interrupts
from th7shell.session.interrupts import Interrupts, Watch


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(interrupts.time, "monotonic", lambda: now[0])

    def later(seconds):
        now[0] += seconds

    return later


@pytest.mark.parametrize(
    ("pauses", "actions"),
    [
        ([0, 0.01, 0.01, 0.01], ["wait"] * 4),  # hammering is one press
        ([0, 1.1, 0.5], ["wait", "advise", "kill"]),
        ([0, 0.5, 0.6, 0.01, 0.4], ["wait", "wait", "advise", "wait", "kill"]),
    ],
)
def test_presses(pauses, actions, clock):
    watch = Watch()
    for _ in range(2):
        found = []
        for pause in pauses:
            clock(pause)
            found.append(watch.pressed())
        assert found == actions
        watch.answered()


def press():
    signal.raise_signal(signal.SIGINT)


def test_only_what_is_run_is_interrupted():
    one, idle = Interrupts(), []
    with one.handled(lambda: idle.append(1)):
        press()
        assert idle == [1] and one.pending
        one.pending = False
        with pytest.raises(KeyboardInterrupt):
            one.run(press)
        assert one.run(lambda: 6) == 6
        press()
        assert idle == [1, 1]
        with pytest.raises(KeyboardInterrupt):  # the press before is meant for what follows
            one.run(lambda: 6)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_prompt_inside_a_program_is_not_interrupted():
    one = Interrupts()

    def nested():
        with one.handled(lambda: None):
            press()
            with pytest.raises(KeyboardInterrupt):
                one.pending = False
                one.run(press)
        press()

    with one.handled(lambda: None), pytest.raises(KeyboardInterrupt):
        one.run(nested)


def wait():
    until = time.monotonic() + 5
    while time.monotonic() < until:
        time.sleep(0.001)


def test_what_must_be_whole_is_finished_first():
    one, done = Interrupts(), []

    def half():
        press()
        done.append(1)

    def work():
        one.shielded(half)
        wait()

    with one.handled(lambda: None), pytest.raises(KeyboardInterrupt):
        one.run(work)
    assert done == [1]


def test_an_import_is_finished_first(tmp_path, monkeypatch):
    (tmp_path / "half_made.py").write_text(
        "import signal\nsignal.raise_signal(signal.SIGINT)\nwhole = 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    one, found = Interrupts(), []

    def work():
        import half_made

        found.append(half_made.whole)
        wait()

    with one.handled(lambda: None), pytest.raises(KeyboardInterrupt):
        one.run(work)
    assert found == [1]


def test_a_program_in_the_background_is_not_told():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        one = Interrupts()
        with one.handled(lambda: None):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert one.run(lambda: press() or 5) == 5
    finally:
        signal.signal(signal.SIGINT, before)


TWICE = """
import os, threading, time
from th7shell.session import interrupts
end = os._exit
os._exit = lambda code: (time.sleep(0.3), end(code))
for _ in range(2):
    threading.Thread(target=interrupts.leave_stuck).start()
"""


def test_two_threads_that_find_a_call_stuck_tell_it_once():
    done = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "\ninterrupted\n")
