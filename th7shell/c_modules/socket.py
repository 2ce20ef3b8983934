"""What programs use of Lua's `socket` beside the network: `gettime` and `sleep`. Connections are
not opened: what would says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, TorchError, new_table, rawset
from th7shell.lua.stdlib.arguments import NONE, check_number

_NETWORK = "bind connect tcp tcp4 tcp6 udp udp4 udp6 select dns"


def gettime(*_: Any) -> float:
    """The seconds since 1970, with fractions."""
    return time.time()


def sleep(seconds: Any = NONE, *_: Any) -> tuple[()]:
    """Wait for some seconds."""
    wanted = check_number(1, seconds)
    if wanted > 0:
        time.sleep(min(wanted, 1e9))
    return ()


def _refusal(name: str) -> Callable[..., Any]:
    def refuse(*_: Any) -> None:
        raise TorchError(
            f"socket.{name}: th7shell opens no connections from Lua; "
            "`require 'python'` gives Python's socket and urllib"
        )

    refuse.__name__, refuse.__doc__ = name, "Not provided: an error says what to use."
    return refuse


FILES: dict[str, Any] = {"core": lambda globals: luaopen(globals)}


def luaopen(globals: Any) -> Table:
    """Return `socket`; a global of that name is set too, as the original does."""
    fields = {name: _refusal(name) for name in _NETWORK.split()}
    table = new_table(
        fields={**fields, "gettime": gettime, "sleep": sleep, "_VERSION": "LuaSocket 3.0-rc1"}
    )
    rawset(globals, "socket", table)
    return table
