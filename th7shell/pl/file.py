"""`pl.file`: what other modules do with whole files, under one name."""

from __future__ import annotations

from typing import Any

from th7shell.lua.stdlib.os import remove

from . import dir, path, shell

FUNCTIONS: dict[str, Any] = {
    "read": shell.readfile,
    "write": shell.writefile,
    "copy": dir.copyfile,
    "move": dir.movefile,
    "access_time": path.FUNCTIONS["getatime"],
    "creation_time": path.FUNCTIONS["getctime"],
    "modified_time": path.FUNCTIONS["getmtime"],
    "delete": remove,
}
