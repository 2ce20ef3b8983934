"""The other style of printing (`:set print_style=pretty`): short tables on one line, long ones cut,
cycles marked, strings with their escapes; large tensors elided, with their smallest, mean and
largest value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from th7shell import lua
from th7shell.lua.stdlib.texts import from_text
from th7shell.torch.short_text import LARGE, is_large, short_text

from .palette import paint
from .text import atom, entries, has_tostring, size_text, typename
from .visible import visible_bytes

WIDTH, ITEMS = 76, 100
ALL = "in short: print(x) or :set shorten=0 shows all"
ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def render(values: Sequence[Any], depth: int = 5, colour: bool = False) -> str:
    """The text of print for `values` in this style."""
    parts = [_top(value, depth, colour) for value in values]
    many = any("\n" in part for part in parts)
    return ("\n" if many else "\t").join(parts) + "\n" if parts else ""


def _top(value: Any, depth: int, colour: bool) -> str:
    kind = lua.lua_type(value)
    if kind == "string":
        return value
    if (typename(value) or "").endswith("Tensor") and not isinstance(value, type):
        return tensor(value)
    return Shower(depth, colour).shown(value, 0)


def tensor(value: Any, limit: int = LARGE) -> str:
    """A tensor as Torch prints it; one of more than `limit` elements in short, with a line about
    its numbers and how to see all."""
    if not is_large(value, limit):
        return lua.tostring(value).rstrip("\n")
    return from_text(f"{short_text(value)}\n{ALL}")


def in_short(value: Any, limit: int) -> str | None:
    """The text of a tensor of more than `limit` elements, None for a smaller one."""
    return tensor(value, limit) + "\n" if is_large(value, limit) else None


class Shower:
    """Shows one value; tables that are open above it are numbered, so that a cycle is named, not
    followed."""

    def __init__(self, depth: int, colour: bool) -> None:
        self.depth, self.colour = depth, colour
        self.open: list[Any] = []

    def shown(self, value: Any, column: int) -> str:
        """The text of a nested value that begins at `column`."""
        kind = lua.lua_type(value)
        if kind == "string":
            inner = visible_bytes("".join(ESCAPES.get(c, c) for c in value))
            return paint("string", f'"{inner}"', self.colour)
        if kind != "table":
            return atom(value, kind, self.colour, nested=True)
        if has_tostring(value):
            return visible_bytes(size_text(value) or lua.tostring(value))
        for number, table in enumerate(self.open, 1):
            if table is value:
                return f"<{number}>"
        if len(self.open) >= self.depth:
            return "{...}"
        self.open.append(value)
        try:
            return self.table(value, column)
        finally:
            self.open.pop()

    def table(self, value: Any, column: int) -> str:
        """A table: on one line where it fits, else an item a line, the first ITEMS of them."""
        pairs = entries(value)
        items = [
            self.item(key, item, i, column + 2) for i, (key, item) in enumerate(pairs[:ITEMS], 1)
        ]
        if len(pairs) > ITEMS:
            items.append(f"... ({len(pairs) - ITEMS} more)")
        line = "{" + ", ".join(items) + "}"
        if "\n" not in line and column + len(line) <= WIDTH:
            return line
        space = " " * (column + 2)
        return "{\n" + "".join(f"{space}{item},\n" for item in items) + " " * column + "}"

    def item(self, key: Any, value: Any, place: int, column: int) -> str:
        """`key = value`, the value alone where the key is its place."""
        if key == place and not isinstance(key, bool):
            return self.shown(value, column)
        name = key if isinstance(key, str) else f"[{lua.tostring(key)}]"
        return f"{visible_bytes(name)} = {self.shown(value, column)}"
