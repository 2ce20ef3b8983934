"""What a layer or a criterion says when it was given something that it cannot work with."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, items, lua_type, tostring
from th7shell.torch.classes import typename
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

#: fields that are results or buffers, and say nothing about why a call failed
RESULTS = frozenset({"output", "gradInput", "_type", "modules", "train", "gradWeight", "gradBias"})


def complain(
    module: Any, function: str, arguments: list[tuple[str, Any]], operation: str | None
) -> str:
    """Name the module, what failed in it, or what it was given and the fields it works by:
    `nn.Max: cannot do updateOutput with input = DoubleTensor [3 x 2] (dimension = 'x')`.
    """
    if operation is not None:
        return f"{typename(module)}: {operation}"
    given = ", ".join(f"{name} = {shown(v)}" if name else shown(v) for name, v in arguments)
    if function == "__init__":
        return f"{typename(module)}: cannot be made of ({given})"
    text = f"{typename(module)}: cannot do {function}" + (f" with {given}" if given else "")
    fields = ", ".join(
        f"{key} = {shown(value)}"
        for key, value in items(module)
        if isinstance(key, str) and key not in RESULTS and not key.startswith("_")
        if isinstance(value, str | int | float | Tensor | Storage)
    )
    return f"{text} ({fields})" if fields else text


def shown(value: Any, depth: int = 0) -> str:
    """A value in a message: a number or text as it is, a tensor's kind and size, a table's
    entries.
    """
    if isinstance(value, Tensor):
        return f"{type(value).__name__} [{' x '.join(map(str, value.nd.shape))}]"
    if isinstance(value, Storage):
        return f"{type(value).__name__} of size {len(value)}"
    if isinstance(value, str):
        return f"'{value[:40]}'"
    if isinstance(value, Table) and typename(value) is None:
        if depth > 1:
            return "{..}"
        entries = [
            shown(v, depth + 1) if isinstance(k, int) else f"{tostring(k)} = {shown(v, depth + 1)}"
            for k, v in items(value)
        ]
        return "{" + ", ".join(entries[:4] + [".."] * (len(entries) > 4)) + "}"
    return tostring(value) if lua_type(value) in ("number", "boolean", "nil") else kind(value)


def kind(value: Any) -> str:
    """What sort of object a value is."""
    return typename(value) or lua_type(value)
