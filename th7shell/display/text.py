"""What `print` of th shows: strings bare, tables by level, tensors and modules as they print
themselves.

Text is Lua text (one latin-1 character a byte). Nested tensors are named by type and size; levels
below `depth` and empty tables are `{...}`; an object with `__tostring` shows itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from th7shell import lua
from th7shell.lua.marks import class_metatable

from .palette import paint
from .visible import visible_bytes


def render(values: Sequence[Any], depth: int = 5, colour: bool = False, plain: bool = False) -> str:
    """The text that th's `print(...)` writes for `values`. plain: Lua's own print
    (setprintlevel(0))."""
    if plain:
        return "\t".join(lua.tostring(v) for v in values) + "\n"
    parts: list[str] = []
    last = len(values) - 1
    for i, value in enumerate(values):
        kind = lua.lua_type(value)
        if kind == "table":
            parts.append(shown_table(value, depth, colour))
        elif kind in ("userdata", "cdata"):
            parts.append(own_text(value) + "\n")
        else:
            parts.append(atom(value, kind, colour))
            parts.append("\n" if i == last else "\t")
    return "".join(parts)


def shown_table(value: Any, depth: int = 5, colour: bool = False) -> str:
    """Lines of a table: its own `__tostring` if it has one, else its contents level by level."""
    if has_tostring(value):
        return own_text(value) + "\n"
    return "\n".join(_lines(entries(value), 0, depth, colour)) + "\n"


def own_text(value: Any) -> str:
    """What `tostring` gives; a `__tostring` may give anything."""
    text: Any = lua.tostring(value)
    if isinstance(text, str):
        return text
    if lua.lua_type(text) == "number":
        return lua.tostring(text)
    raise lua.TorchError("'tostring' must return a string to 'print'")


def has_tostring(value: Any) -> bool:
    """Whether a table shows itself: a Torch object or class, or a metatable with `__tostring`."""
    if isinstance(value, type) or type(value).__str__ is not object.__str__:
        return True
    metatable = class_metatable(type(value))
    return metatable is not None and lua.rawget(metatable, "__tostring") is not None


def entries(value: Any) -> list[tuple[Any, Any]]:
    """The (key, value) pairs that `pairs` visits."""
    if isinstance(value, type):  # a Torch class: its metaclass answers for it
        metaclass: Any = type(value)
        return list(metaclass.__lua_items__(value))
    if type(value) is lua.Table or typename(value):
        return list(lua.items(value))
    from th7shell.lua.stdlib.base import pairs

    step, state, key = pairs(value)  # a metatable's __pairs decides
    found = []
    while (pair := step(state, key)) not in (None, ()) and lua.first(pair) is not None:
        key = lua.first(pair)
        found.append((key, pair[1] if pair.__class__ is tuple and len(pair) > 1 else None))
    return found


def atom(value: Any, kind: str, colour: bool, nested: bool = False) -> str:
    """One value that is not opened: a number, a string, a function, a nested tensor by its size."""
    if kind == "string":
        if not nested:
            return value
        quote = paint("quote", '"', colour)
        return quote + paint("string", visible_bytes(value), colour) + quote
    if kind in ("userdata", "cdata"):
        return paint(kind, visible_bytes(size_text(value) or lua.tostring(value)), colour)
    if kind in ("nil", "boolean", "number", "function", "thread"):
        return paint(kind, lua.tostring(value), colour)
    return lua.tostring(value)


def size_text(value: Any) -> str | None:
    """`DoubleTensor - size: 2x3` for a tensor, `LongStorage - size: 4` for a storage, None for
    anything else."""
    name = typename(value) or ""
    short = name.rpartition(".")[2]
    if short.endswith("Storage"):
        return f"{short} - size: {len(value)}"
    if not short.endswith("Tensor"):
        return None
    sizes = sizes_of(value)
    return f"{short} - size: " + "x".join(map(str, sizes)) if sizes else f"{short} - empty"


def sizes_of(tensor: Any) -> list[int]:
    """Sizes of a tensor, [] when it has no dimensions."""
    if tensor.dim() == 0:
        return []
    return [tensor.size(i + 1) for i in range(tensor.dim())]


def typename(value: Any) -> str | None:
    """`torch.typename(value)` without importing torch: before it is loaded there are no Torch
    objects."""
    torch = sys.modules.get("th7shell.torch.classes")
    return torch.typename(value) if torch else None


def _lines(pairs: list[tuple[Any, Any]], level: int, depth: int, colour: bool) -> Iterator[str]:
    outer, inner = " " * (level * 4), " " * (level * 4 + 2)
    if not pairs:
        yield outer + "{}"
        return
    yield outer + "{"
    for key, value in pairs:
        kind = lua.lua_type(value)
        name = inner + visible_bytes(lua.tostring(key)) + " : "
        if kind != "table":
            yield name + atom(value, kind, colour, nested=True)
        elif level < depth - 1 and (below := entries(value)):
            yield name
            yield from _lines(below, level + 1, depth, colour)
        else:
            yield name + "{...}"
    yield outer + "}"
