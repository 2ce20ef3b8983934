"""Errors: message first, then the Lua frames with the lines around; plain for a pipe, coloured for
a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .palette import paint
from .shown import ErrorPage, Failure, Frame, HintLine
from .visible import visible

COLOURED = re.compile("\x1b\\[1;31m([^\x1b]*)\x1b\\[0m")  # as xlua.error and dok.error do
PLACE = re.compile(r"(?:syntax error: )?(?:\[string \".*?\"\]|\([^()]*\)|[^\s:]+):\d+: ?")
WIDTH = 60  # columns that every window has
LONGEST = 72  # letters of a line that is shown
MOST = 12  # frames shown before the middle is left out


def hint_text(line: HintLine, colour: bool = False) -> str:
    """A hint as a line."""
    return paint("hint", visible(line.hint), colour) + "\n"


def error_text(page: ErrorPage, colour: bool = False) -> str:
    """An error as lines."""
    return "".join(line + "\n" for line in _lines(page, colour))


def _lines(page: ErrorPage, colour: bool) -> Iterator[str]:
    f = page.failure
    if f.interrupted and not page.full:
        yield paint("interrupted", visible(f.message), colour)
        return
    yield from _message(f, colour)
    yield from _slip(f, colour)
    if f.hint:
        yield paint("hint", visible(f.hint), colour)
    frames = f.frames if page.full else [] if f.of_one_line else f.lua_frames
    if frames:
        yield paint("faint", "stack traceback:", colour)
    for i, frame in enumerate(_middle_out(frames)):
        if frame is None:
            yield f"\t... ({len(frames) - MOST} more)"
            continue
        place = paint("place", f"{_short(visible(frame.file))}:{frame.line}", colour)
        yield f"\t{place}: in {visible(frame.function)}"
        yield from _source(frame, page.context if i == 0 else 0, colour)
    if f.python and page.full:
        yield paint("faint", "-" * 24 + " Python " + "-" * 24, colour)
        yield from visible(f.python).rstrip("\n").split("\n")


def _message(failure: Failure, colour: bool) -> Iterator[str]:
    """The message word for word: its sentence in the colour of errors, positions faint."""
    lines = visible(COLOURED.sub(r"\1", failure.message)).split("\n")
    marked = next((i for i, line in enumerate(lines) if not _leads(line)), 0)
    for i, line in enumerate(lines):
        place = PLACE.match(line) if colour else None
        at = place.end() if place else 0
        if colour and i == marked and line[at:]:
            yield paint("faint", line[:at], at > 0) + paint("error", line[at:])
        else:
            yield paint("faint", line, colour and i < marked and bool(line))


def _slip(failure: Failure, colour: bool) -> Iterator[str]:
    """A caret under the place of a syntax error: under the text as the message has it, else
    under the line, which is shown."""
    slip = failure.slip
    if slip is None:
        return
    head = visible(failure.message).split("\n")[0]
    text = visible(slip.text)
    column = len(visible(slip.text[: slip.column]))
    at = head.find(f'"{text}"]') if slip.whole and text else -1
    if at >= 0 and at + 1 + column < WIDTH:
        yield paint("error", " " * (at + 1 + column) + "^", colour)
        return
    number = "" if slip.whole else f"{slip.line} | "
    if len(text) > LONGEST:  # the part around the place
        start = max(0, column - LONGEST // 2)
        text, column = text[start : start + LONGEST], column - start
    yield f"  {number}{text}"
    yield paint("error", " " * (2 + len(number) + column) + "^", colour)


def _source(frame: Frame, context: int, colour: bool) -> Iterator[str]:
    lines = frame.source(context)
    width = len(str(lines[-1][0])) if lines else 0
    for number, text in lines:
        failing = number == frame.line
        mark = ">" if failing else " "
        line = f"\t  {mark} {number:>{width}} | {visible(text)}"
        yield paint("failing", line, colour) if failing and colour else line


def _leads(line: str) -> bool:
    """Whether a line of a message only says where: empty, a position, `In 1 module of …:`."""
    rest = PLACE.sub("", line, count=1).strip()
    return not rest or bool(re.fullmatch(r"In \S+ module of \S+:", rest))


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
