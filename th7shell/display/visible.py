"""Control characters made visible, as Lua spells them (`\\27[31m`): names and messages that come
from data are shown, never obeyed by the terminal."""

from __future__ import annotations

import re

from th7shell.lua.regular import pattern

_CONTROL = pattern(r"([\x00-\x08\x0b-\x1f\x7f])(\d?)")
_CONTROL_OF_TEXT = pattern(r"([\x00-\x08\x0b-\x1f\x7f-\x9f])(\d?)")


def _spelt(found: re.Match[str]) -> str:
    code, digit = ord(found[1]), found[2]
    return f"\\{code:03d}{digit}" if digit else f"\\{code}"


def visible(text: str) -> str:
    """Text whose control characters, but for newlines and tabs, are spelt out."""
    return _CONTROL_OF_TEXT.sub(_spelt, text)


def visible_bytes(text: str) -> str:
    """The same for a Lua string, in which bytes from 128 on are parts of letters."""
    return _CONTROL.sub(_spelt, text)
