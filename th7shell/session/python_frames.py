"""Python's frames as data: which run Lua, where each stands."""

from __future__ import annotations

from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from th7shell.lua.compiler.chunks import chunk_id
from th7shell.lua.marks import CHUNK, SOURCE
from th7shell.lua.stdlib.texts import to_text

if TYPE_CHECKING:
    from th7shell.display.shown import Frame

COMMAND_LINE = "=(command line)"  # the chunk of `-e`
SHOWN = "ħshown"  # the text that errors quote, in the globals of an entry's functions


def plays_lua(frame: FrameType) -> bool:
    """Whether a frame runs compiled Lua."""
    return CHUNK in frame.f_globals


def frames_of(tb: TracebackType | None) -> list[Frame]:
    """The frames of a traceback, innermost first."""
    frames = []
    while tb is not None:
        frames.append(frame_at(tb.tb_frame, tb.tb_lineno))
        tb = tb.tb_next
    return frames[::-1]


def frame_at(frame: FrameType, line: int) -> Frame:
    """A frame as data."""
    from th7shell.display.shown import Frame  # where something failed

    code = frame.f_code
    if not plays_lua(frame):
        return Frame(code.co_filename, line, f"function '{code.co_name}'", False)
    main = code.co_name == "main chunk"
    name = "main chunk" if main else f"function '{to_text(code.co_name)}'"
    file = to_text(chunk_id(frame.f_globals[CHUNK]))
    shown = frame.f_globals.get(SHOWN)
    text = to_text(frame.f_globals.get(SOURCE, "")) if shown is None else shown
    typed = main and (shown is not None or frame.f_globals[CHUNK] == COMMAND_LINE)
    return Frame(file, line, name, True, text, typed)
