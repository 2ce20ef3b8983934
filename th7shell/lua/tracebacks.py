"""Python frames as Lua sees them: which play Lua, where they stand, and Lua's traceback layout.

Frames of compiled chunks play Lua, and so do the rooms that were written in Lua in the original
(nn, optim, image …); the language's own files and `torch` count as C functions, the operations of
`runtime` as no call at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from opcode import opname
from types import CodeType, FrameType, TracebackType
from typing import Any

from .compiler.chunks import chunk_id
from .marks import CHUNK
from .records import Slotted

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_C_ROOMS = frozenset(
    ("lua", "torch", "session", "shell", "kernel", "display", "cli.py", "trepl", "lfs", "cjson")
    + ("c_modules",)
)
_GLUE = frozenset(
    os.path.join(_ROOT, "lua", name)
    for name in (
        "runtime.py",
        "arithmetic.py",
        "metatables.py",
        "iteration.py",
        "values.py",
        "interpreter.py",
        "prototypes.py",
        "type_metatables.py",
    )
)
LUA, C, GLUE = "Lua", "C", "glue"
PLAYS_LUA = "__plays_lua__"  # set in the files of a C room that were Lua in the original
_kinds: dict[str, str] = {}

# What the library's own functions tell about themselves.
callers: set[CodeType] = (
    set()
)  # they call a function of any kind, which is then a level of its own (pcall)
no_calls: set[CodeType] = set()  # their frames are no calls (the bottom of a coroutine)
handled: dict[
    FrameType, TracebackType | None
] = {}  # frames that run a handler → the error's traceback


def frame_kind(frame: FrameType) -> str:
    """Return LUA, C, or GLUE for a frame that is no call of its own."""
    if CHUNK in frame.f_globals or PLAYS_LUA in frame.f_globals:
        return LUA
    if frame.f_code in no_calls:
        return GLUE
    name = frame.f_code.co_filename
    kind = _kinds.get(name)
    if kind is None:
        kind = C
        if name in _GLUE:
            kind = GLUE
        elif name.startswith(_ROOT):
            room = name[len(_ROOT) :].replace(os.sep, "/").split("/")[0]
            kind = C if room in _C_ROOMS else LUA
        _kinds[name] = kind
    return kind


def in_package(frame: FrameType) -> bool:
    """Whether a frame runs a Python file of ours."""
    return frame.f_code.co_filename.startswith(_ROOT)


def in_file(frame: FrameType | None) -> bool:
    """Whether the innermost Lua code at or above a Python frame comes from a file."""
    while frame is not None:
        chunk = frame.f_globals.get(CHUNK)
        if chunk is not None:
            return bool(chunk[:1] == "@")
        frame = frame.f_back
    return False


class LuaFrame(Slotted):
    """One level of Lua's call stack. `frame` is the Python frame, `lasti` where it stands."""

    kind: str
    frame: FrameType
    lasti: int
    line: int

    @property
    def chunk(self) -> str:
        """The chunk's name as Lua knows it: `@file.lua`, `=stdin` or source text."""
        name = self.frame.f_globals.get(CHUNK)
        if name is not None:
            return name
        path = self.frame.f_code.co_filename
        return "@" + path.removeprefix(_ROOT).replace(os.sep, "/")

    @property
    def where(self) -> str:
        """`file.lua:12:` and a blank, or nothing for a C function."""
        if self.kind is not LUA:
            return ""
        return f"{chunk_id(self.chunk)}:{self.line}: "

    @property
    def is_main(self) -> bool:
        """Whether this is the body of a chunk."""
        return self.kind is LUA and self.frame.f_code.co_name == "main chunk"


def frames_of(tb: TracebackType | None) -> list[LuaFrame]:
    """Return the Lua levels of a traceback, the innermost first; adjoining C frames are one
    function."""
    return list(_levels(_entries_of(tb)))


def _entries_of(tb: TracebackType | None) -> list[tuple[FrameType | None, int, int]]:
    entries: list[tuple[FrameType | None, int, int]] = []
    while tb is not None:
        entries.append((tb.tb_frame, tb.tb_lasti, tb.tb_lineno))
        tb = tb.tb_next
    entries.reverse()
    return entries


def stack(frame: FrameType | None) -> list[LuaFrame]:
    """Return the Lua levels of the running stack from `frame` outwards; a handler of xpcall stands
    on the error."""
    entries: list[tuple[FrameType | None, int, int]] = []
    while frame is not None:
        if frame in handled and (tb := handled[frame]) is not None:
            entries.append((None, 0, 0))  # the handler ends here
            entries.extend(_entries_of(tb.tb_next))
        entries.append((frame, frame.f_lasti, frame.f_lineno))
        frame = frame.f_back
    return list(_levels(entries))


def _levels(entries: list[tuple[FrameType | None, int, int]]) -> Iterator[LuaFrame]:
    was_c = was_call = False
    for frame, lasti, line in entries:
        if frame is None:
            was_c = False
            continue
        kind = frame_kind(frame)
        if kind is GLUE:
            was_call = False
            continue
        if kind is LUA and was_call and _is_tail_call(frame, lasti):
            continue
        was_call = True
        if kind is C and was_c and frame.f_code not in callers:
            continue
        was_c = kind is C
        yield LuaFrame(kind, frame, lasti, line)


def _is_tail_call(frame: FrameType, lasti: int) -> bool:
    """Whether a Lua frame stands in a call whose results it returns: in Lua the callee has taken
    its place."""
    if CHUNK not in frame.f_globals:
        return False
    code = frame.f_code.co_code
    at, following = lasti, lasti + 2
    while code[at] == 0 and at:  # inline caches
        at -= 2
    while following < len(code) and code[following] == 0:
        following += 2
    if not opname[code[at]].startswith("CALL"):
        return False
    return following < len(code) and opname[code[following]] == "RETURN_VALUE"


def position_at(tb: TracebackType | None, level: int) -> str:
    """Return the position that `error(message, level)` puts in front of its message, seen from a
    traceback."""
    frames = frames_of(tb)
    if not frames:
        return ""
    at = level if frames[0].kind is C else level - 1
    return frames[at].where if 0 <= at < len(frames) else ""


def traceback_lines(frames: list[LuaFrame]) -> list[str]:
    """Return the lines that Lua's traceback prints for levels, the innermost first."""
    lines = []
    for i, frame in enumerate(frames):
        caller = frames[i + 1] if i + 1 < len(frames) else None
        lines.append(f"\t{_place(frame)}: in {_describe(frame, caller)}")
    if len(lines) > 22:
        lines[12:-10] = ["\t..."]
    return lines


def _place(frame: LuaFrame) -> str:
    return f"{chunk_id(frame.chunk)}:{frame.line}" if frame.kind is LUA else "[C]"


def _describe(frame: LuaFrame, caller: LuaFrame | None) -> str:
    if frame.is_main:
        return "main chunk"
    name = call_or_event(caller) if caller is not None and caller.kind is LUA else None
    if name is not None:
        return f"function '{name[1]}'"
    if frame.kind is C:
        return "?"
    code = frame.frame.f_code
    return f"function <{chunk_id(frame.chunk)}:{code.co_firstlineno}>"


def call_name(caller: LuaFrame) -> tuple[str, str] | None:
    """Return how the caller names the function that it is calling: ('global', 'print') or
    ('method', 'add')."""
    if CHUNK not in caller.frame.f_globals:
        from .host_calls import called_by_host

        return called_by_host(caller.frame, caller.lasti)
    from .naming import called_function

    return called_function(caller.frame, caller.lasti)


def call_or_event(caller: LuaFrame) -> tuple[str, str] | None:
    """Return how the caller names the function that it is calling, or for which event it calls a
    metamethod: ('metamethod', '__add')."""
    if CHUNK not in caller.frame.f_globals:
        return call_name(caller)
    from .naming import metamethod_called

    return call_name(caller) or metamethod_called(caller.frame, caller.lasti)


def traceback_text(tb: Any) -> str:
    """Return "stack traceback:" and Lua's lines for a traceback (or the running stack from a
    frame)."""
    frames = stack(tb) if isinstance(tb, FrameType) else frames_of(tb)
    return "\n".join(["stack traceback:", *traceback_lines(frames)])
