"""The errors of Lua as a program in Python reads them: the sentence that says what was wrong, with
the place inside a net, without Lua's positions and traceback."""

from __future__ import annotations

import re
from typing import Any

from .callers import plays_python
from .errors import BadArgument, LuaError
from .failures import caught
from .regular import pattern
from .tracebacks import traceback_text
from .values import tostring

_TRACE = "\nstack traceback:"
_OUTER = pattern(r"\nstack traceback:.*?(\n\nWARNING: [^\n]*|\Z)", re.DOTALL)
_PLACE = pattern(r"\n?In (\d+) module of ([\w.]+):\n")
_OUR_LINE = pattern(r"^(?:[^\s:]+\.py:\d+: ?)+", re.MULTILINE)  # of a file that was Lua in Torch7


def sentence(error: LuaError) -> str:
    """What `str(error)` is in Python."""
    if isinstance(error, BadArgument) and error.level and error.name is None:
        found = _of_call(error)
        if found is not None:
            return found
    value = caught(error)
    if not isinstance(value, str):
        return tostring(value)
    text = _OUTER.sub("", value)
    places = [f"in module {n} of {kind}" for n, kind in _PLACE.findall(text)]
    text = _OUR_LINE.sub("", _PLACE.sub("", text)).replace(" to '?'", "").strip("\n")
    return ", ".join(places) + ": " + text if places else text


def trace_of(error: LuaError) -> str:
    """The traceback that an error of a net carries, or its own."""
    if isinstance(error.value, str) and _TRACE in error.value:
        trace = error.value.partition(_TRACE)[2]
        return _TRACE.strip() + trace.partition("\n\n")[0]
    return traceback_text(error.__traceback__)


def _of_call(error: BadArgument) -> str | None:
    """The error of a wrong argument with the function's name as Python knows it, None where Lua
    was at work."""
    tb: Any = error.__traceback__
    called = None
    while tb is not None:
        if plays_python(tb.tb_frame):
            called = tb.tb_next
        tb = tb.tb_next
    if called is None:
        return None
    code = called.tb_frame.f_code
    method = code.co_varnames[:1] == ("self",) or code.co_filename.startswith("<torch.")
    n = error.n - method
    if code.co_name.startswith(("_", "<")) or code.co_name in ("call", "operator"):
        return f"bad argument #{error.n} ({error.message})"
    return f"bad argument #{n} to '{code.co_name}' ({error.message})" if n else error.message
