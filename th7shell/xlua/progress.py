"""`xlua.progress`: a bar that shows how far a loop is, and how long it will take.

In a terminal the bar is redrawn at most ten times a second within the terminal's width; a bar
inside another gets the line below it. Elsewhere every call writes what Torch7 writes, so that logs
of both are alike: the bar between two carriage returns, its count set into the middle by
backspaces. With TH7SHELL_PROGRESS=lines it is a line for every tenth of the way instead. A front
end that has a display of its own sets `presenter`.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import tostring
from th7shell.lua.stdlib.arguments import NONE, check_number
from th7shell.torch.namespace import export

INTERVAL = 0.1  # seconds between two drawings
WIDEST = 120
_TIMES = 34  # columns for the times beside the bar
_SMOOTHING = 100  # calls over which the time of a step is taken


class Bar:
    """One bar: where it stands and how fast it goes."""

    def __init__(self, current: float, goal: float) -> None:
        self.goal = goal
        self.current = current
        self.started = time.monotonic()
        self.drawn = -math.inf  # when last drawn
        self.tenth = -1  # the tenth of the way that was last printed
        self.marks = deque([(self.started, current)], maxlen=_SMOOTHING)

    @property
    def share(self) -> float:
        """The part of the way done, 0 … 1."""
        return min(1.0, max(0.0, self.current / self.goal)) if self.goal else 1.0

    @property
    def done(self) -> bool:
        return self.current >= self.goal

    def move(self, current: float) -> None:
        self.current = current
        self.marks.append((time.monotonic(), current))

    def times(self) -> str:
        """Time left (at the end: taken), and time of a step."""
        (first, start), (last, end) = self.marks[0], self.marks[-1]
        step = (last - first) / (end - start) if end != start else 0.0
        if self.done:
            text = f" Tot: {formatTime(last - self.started)}"
        else:
            text = f" ETA: {formatTime(max(0.0, (self.goal - self.current) * step))}"
        return f"{text} | Step: {formatTime(step)}"

    def count(self) -> str:
        return f" {tostring(self.current)}/{tostring(self.goal)} "

    def line(self, width: int) -> str:
        """The bar in `width` columns, its count in the middle."""
        length = max(width - _TIMES, 10)
        reached = math.floor(self.share * length)
        bar = "".join(
            "=" if i < reached else ">" if i == reached else "." for i in range(1, length + 1)
        )
        count = self.count()
        middle = max(0, (length - len(count)) // 2)
        bar = (bar[:middle] + count + bar[middle + len(count) :])[: max(length, len(count))]
        return f" [{bar}] {self.times()}".ljust(width)[:width]

    def plain(self) -> str:
        """The bar as a line of its own."""
        return f"{self.count().strip()} ({self.share:.0%}){self.times()}"

    def reached(self, length: int) -> int:
        """How many of so many signs are behind us."""
        return math.floor(self.current * length / self.goal) if self.goal else length

    def redrawn(self, width: int) -> str:
        """The bar as Torch7 writes it."""
        length = max(width - _TIMES, 10)
        reached = self.reached(length)
        bar = "".join(
            "=" if i < reached else ">" if i == reached else "." for i in range(1, length + 1)
        )
        room = width - length - 4
        times = self.times()
        back = "\b" * math.floor(5 + len(times) + length / 2)
        return f" [{bar}] {' ' * room}{chr(8) * room}{times}{back}{self.count()}"


presenter: Callable[[Bar], None] | None = None  # shows a bar instead of the terminal
_bars: list[Bar] = []  # the bars under way, each inside the one before


def _bar_for(current: float, goal: float) -> tuple[Bar, int]:
    """The bar with this goal, brought up to date, and its depth; a new one inside the others if
    none has it."""
    for depth, bar in enumerate(_bars):
        if bar.goal == goal and current >= bar.current:
            del _bars[depth + 1 :]
            bar.move(current)
            return bar, depth
        if bar.goal == goal:
            del _bars[depth:]
            break
    _bars.append(Bar(current, goal))
    return _bars[-1], len(_bars) - 1


@export(package="xlua")
def progress(current: Any = NONE, goal: Any = NONE, *_: Any) -> tuple[()]:
    """Show how far a loop is: `for i = 1, n do …; xlua.progress(i, n) end`.

    The bar ends when current reaches goal. A loop inside another may show a bar of its own.
    """
    current, goal = check_number(1, current), check_number(2, goal)
    if presenter is None and not _in_terminal() and os.environ.get("TH7SHELL_PROGRESS") != "lines":
        _redrawn.move(current, goal)
        return ()
    bar, depth = _bar_for(current, goal)
    if presenter is not None:
        presenter(bar)
    elif _in_terminal():
        _draw(bar, depth)
    elif math.floor(bar.share * 10) != bar.tenth:
        bar.tenth = math.floor(bar.share * 10)
        console.write(bar.plain() + "\n")
        console.flush()
    if bar.done:
        del _bars[depth:]
    return ()


def _in_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


class Redrawn:
    """The bar that is written to what is no terminal: Torch7 knows one for all loops.

    Another begins once the last has come to its end and the way behind us falls back: before that
    a loop goes on with the bar of a loop that was left."""

    def __init__(self) -> None:
        self.bar = Bar(0, 0)
        self.ended = True
        self.reached = -1  # signs behind us at the last writing, -1 before the first bar

    def move(self, current: float, goal: float) -> None:
        width = _width()
        length = max(width - _TIMES, 10)
        here = Bar(current, goal)
        reached = here.reached(length)
        text = "\r"
        if self.ended and (self.reached == -1 or reached < self.reached):
            self.bar, self.ended, text = here, False, ""
        if not self.ended:
            self.reached = reached
            self.bar.goal = goal
            self.bar.move(current)
            self.ended = reached == length
            text += self.bar.redrawn(width) + ("\n\r" if self.ended else "\r")
        console.write(text)
        console.flush()


_redrawn = Redrawn()


def _width() -> int:
    import shutil  # for the terminal's size alone

    return min(shutil.get_terminal_size().columns, WIDEST)


_line = 0  # below the outermost bar: where the cursor is


def _draw(bar: Bar, depth: int) -> None:
    global _line
    now = time.monotonic()
    if now - bar.drawn < INTERVAL and not bar.done:
        return
    bar.drawn = now
    width = _width() - 1
    move = (
        "\n" * (depth - _line)
        if depth > _line
        else f"\x1b[{_line - depth}A"
        if depth < _line
        else ""
    )
    text = f"{move}\r{bar.line(width)}\r"
    _line = depth
    if bar.done:
        text += "\n" if depth == 0 else "\x1b[K\x1b[1A"
        _line = max(0, depth - 1)
    console.write(text)
    console.flush()


@export(package="xlua")
def formatTime(seconds: Any = NONE, *_: Any) -> str:
    """A time in words: the two largest of days, hours, minutes, seconds and milliseconds:
    '3m12s'."""
    seconds = check_number(1, seconds)
    if not math.isfinite(seconds):
        return tostring(seconds)
    words: list[str] = []
    for unit, size in (("D", 86400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001)):
        count = math.floor(seconds / size)
        seconds -= count * size
        if count > 0 and len(words) < 2:
            words.append(f"{count}{unit}")
    return "".join(words) or "0ms"
