"""Numbers in the printed form of layers, as Lua's string.format writes them."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError, lua_type


def integers(values: list[Any], first: int = 3) -> list[str]:
    """Texts of what the original formats with %d, the first of them its argument number `first`."""
    for place, value in enumerate(values, first):
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise TorchError(
                f"bad argument #{place} to 'format' (number expected, got {lua_type(value)})"
            )
    return [str(int(value)) for value in values]


def fields(module: Any, prefix: str, axes: tuple[str, ...]) -> list[Any]:
    """The values of fields such as kW and kH."""
    return [getattr(module, prefix + axis) for axis in axes]
