"""Which press of Ctrl-C does what while a call in C does not return."""

from __future__ import annotations

from th7shell.shell.interrupt import Watch


def test_presses():
    watch = Watch()
    assert watch.pressed() == "wait"
    watch.answered()
    assert [watch.pressed() for _ in range(3)] == ["wait", "advise", "kill"]
    watch.answered()
    assert watch.pressed() == "wait"


def test_presses_far_apart_start_anew():
    watch = Watch()
    watch.pressed()
    watch.last -= 60
    assert watch.pressed() == "wait"
