"""`.lua` files that are read: programs, which are run; the net is what they return."""

from __future__ import annotations

from typing import Any

import th7shell
from th7shell.lua import Table, lua_type, rawitems, state, tostring
from th7shell.lua.failures import caught
from th7shell.lua.stdlib.texts import to_text

from .nets import is_module
from .options import ExportError, Options

ADVICE = "let its last line return the net: return net"


def read(path: str, options: Options) -> Any:
    """What a Lua program returns, or the net that it leaves in a global. Errors: ExportError for a
    program that fails or gives neither."""
    before = dict(rawitems(state.globals))
    try:
        value = th7shell.dofile(path)
    except Exception as error:  # whatever the program raises
        lines = tostring(caught(error)).splitlines()
        raise ExportError(to_text(lines[0]) if lines else f"{path}: it failed") from error
    if value is None:
        made = {
            key: part
            for key, part in rawitems(state.globals)
            if is_module(part) and before.get(key) is not part
        }
        if len(made) != 1:
            names = f" ({', '.join(sorted(map(str, made)))})" if made else ""
            what = "several nets" if made else "no net"
            raise ExportError(f"{path}: it leaves {what} behind{names}; {ADVICE}")
        (value,) = made.values()
    if not isinstance(value, Table):
        raise ExportError(f"{path}: it returns a {lua_type(value)}; {ADVICE}")
    return value
