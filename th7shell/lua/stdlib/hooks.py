"""debug.sethook: calls, returns, lines and counts of Lua code, by Python's tracing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from ..marks import CHUNK

_state: dict[str, Any] = {
    "hook": None,
    "mask": "",
    "count": 0,
    "left": 0,
    "running": False,
    "before": None,
}


def install(hook: Callable[..., Any], mask: str, count: int) -> None:
    """Let a function be called at the events of a mask, and after every `count` instructions."""
    if _state["hook"] is None:
        _state["before"] = sys.gettrace()
    wanted = "".join(letter for letter in "crl" if letter in mask)
    _state.update(hook=hook, mask=wanted, count=count, left=count)
    sys.settrace(_trace)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:  # lines of functions that run already count too
        if CHUNK in frame.f_globals:
            frame.f_trace = _trace_lines
            frame.f_trace_opcodes = count > 0
        frame = frame.f_back


def remove() -> None:
    """Remove the hook."""
    if _state["hook"] is not None:
        sys.settrace(_state["before"])
    _state.update(hook=None, mask="", count=0)


def current() -> Any:
    """Give hook, mask and count."""
    return _state["hook"], _state["mask"], _state["count"]


def _call_hook(event: str, line: int | None) -> None:
    if _state["running"] or _state["hook"] is None:
        return
    _state["running"] = True
    try:
        _state["hook"](event, line)
    finally:
        _state["running"] = False


def _trace(frame: FrameType, event: str, argument: Any) -> Any:
    """Take Python's call event."""
    if CHUNK not in frame.f_globals or _state["hook"] is None:
        return None
    if "c" in _state["mask"]:
        _call_hook("call", None)
    frame.f_trace_opcodes = _state["count"] > 0
    return _trace_lines


def _trace_lines(frame: FrameType, event: str, argument: Any) -> Any:
    """Take Python's events inside a frame of Lua."""
    if _state["count"] and event in ("opcode", "line"):  # a jump to itself is lines alone
        _state["left"] -= 1
        if _state["left"] <= 0:
            _state["left"] = _state["count"]
            _call_hook("count", None)
    if event == "line" and "l" in _state["mask"]:
        _call_hook("line", frame.f_lineno)
    elif event == "return" and "r" in _state["mask"]:
        _call_hook("return", None)
    return _trace_lines
