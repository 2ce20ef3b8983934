"""The running interpreter's globals: `globals` is Lua's `_G`, `autoload` those made on mention."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .values import Table

globals = Table()
autoload: dict[str, Callable[[], Any]] = {}  # global → what makes it


def provide(names: Iterable[str]) -> None:
    """Make the globals among these names that wait for their first mention."""
    for name in autoload.keys() & set(names):
        make = autoload.pop(name, None)
        if make is not None:
            make()


def plain_call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a function."""
    return function(*arguments, **named)


long_call: Callable[..., Any] = plain_call  # calls what may hold Python's lock for minutes

memory_users: list[Callable[[], int]] = []  # each tells the bytes a library holds in arrays
