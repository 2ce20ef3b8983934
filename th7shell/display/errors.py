"""Errors: message first, then the Lua frames with the lines around; plain for a pipe, coloured for
a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from th7shell.display.palette import paint
from th7shell.display.visible import visible

if TYPE_CHECKING:
    from th7shell.session.failure import Failure, Frame

COLOURED = re.compile("\x1b\\[1;31m([^\x1b]*)\x1b\\[0m")  # as xlua.error and dok.error do
MOST = 12  # frames shown before the middle is left out


class ErrorPage:
    """An error to show. context: source lines around the failing one; full: Python's frames too."""

    def __init__(self, failure: Failure, context: int = 2, full: bool = False) -> None:
        self.failure, self.context, self.full = failure, context, full

    def text(self, colour: bool = False) -> str:
        """The page as lines."""
        return "".join(line + "\n" for line in self._lines(colour))

    def _lines(self, colour: bool) -> Iterator[str]:
        f = self.failure
        if f.interrupted and not self.full:
            yield paint("interrupted", visible(f.message), colour)
            return
        head, *rest = visible(COLOURED.sub(r"\1", f.message)).split("\n")
        yield paint("error", head, colour)
        yield from rest
        if f.hint:
            yield paint("hint", visible(f.hint), colour)
        frames = f.frames if self.full else f.lua_frames
        if frames:
            yield paint("faint", "stack traceback:", colour)
        for i, frame in enumerate(_middle_out(frames)):
            if frame is None:
                yield f"\t... ({len(frames) - MOST} more)"
                continue
            place = paint("place", f"{_short(visible(frame.file))}:{frame.line}", colour)
            yield f"\t{place}: in {visible(frame.function)}"
            yield from self._source(frame, self.context if i == 0 else 0, colour)
        if f.python:
            yield paint("faint", "-" * 24 + " Python " + "-" * 24, colour)
            yield from visible(f.python).rstrip("\n").split("\n")

    def _source(self, frame: Frame, context: int, colour: bool) -> Iterator[str]:
        lines = frame.source(context)
        width = len(str(lines[-1][0])) if lines else 0
        for number, text in lines:
            failing = number == frame.line
            mark = ">" if failing else " "
            line = f"\t  {mark} {number:>{width}} | {visible(text)}"
            yield paint("failing", line, colour) if failing and colour else line


def _middle_out(frames: list[Any]) -> list[Any]:
    """The frames, the middle of a long list replaced by one None."""
    if len(frames) <= MOST:
        return frames
    half = MOST // 2
    return [*frames[:half], None, *frames[-half:]]


def _short(file: str) -> str:
    """A file of ours from its package on, others as they are."""
    head, found, tail = file.replace("\\", "/").rpartition("/th7shell/")
    return "th7shell/" + tail if found and head and file.endswith(".py") else file
