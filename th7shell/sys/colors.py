"""Codes that colour text in a terminal: `red` plain, `Red` bright, `_red` behind the text,
`none`."""

from __future__ import annotations

_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

CODES = {"none": "\x1b[0m"}
for _i, _name in enumerate(_NAMES):
    CODES[_name] = f"\x1b[0;3{_i}m"
    CODES[_name.capitalize()] = f"\x1b[1;3{_i}m"
    CODES[f"_{_name}"] = f"\x1b[4{_i}m"
