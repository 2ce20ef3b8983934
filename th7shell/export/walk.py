"""What an object consists of: a walk over its tables and objects that goes into each once, and the
dotted paths under which their parts are found.

`modules.1.weight` is `object.modules[1].weight` in Lua; a key that could be taken for another is
quoted as in JSON (`"a.b".c`, `"1"`), one that is neither text nor a whole number stands in
brackets (`[1.5]`, `[torch.LongStorage 3]`).
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from th7shell.lua import LuaError, Table, items, rawitems, tostring
from th7shell.lua.stdlib.texts import from_text, to_text
from th7shell.torch.classes import typename
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

from .options import ExportError

DEEPEST = 1000
_PLAIN = re.compile(r"[^\W\d][\w+:/ -]*")
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^.\["]+')


Pairs = list[tuple[Any, Any]]


@dataclass(slots=True)
class Node:
    """A value and its place. above: the node that holds it; same: the node of the place where this
    very object is shown; size: how many values it holds, None if it holds none; pairs: those that
    are gone into."""

    key: Any
    value: Any
    depth: int = 0
    above: Node | None = None
    same: Node | None = None
    size: int | None = None
    pairs: Pairs | None = None

    @property
    def path(self) -> str:
        """The dotted path from the object that was walked, which itself has none."""
        parts = []
        node: Node | None = self
        while node is not None and node.above is not None:
            parts.append(key_text(node.key))
            node = node.above
        return ".".join(reversed(parts))


def walk(
    value: Any,
    enter: Callable[[Node], bool] | None = None,
    cut: Callable[[Pairs], Pairs] | None = None,
) -> Iterator[Node]:
    """The parts of an object, an object before what it holds; what is in several places is gone
    into at the one with the shortest path. enter: whether to go into a node; cut: which of its
    pairs are of interest. Errors: ExportError for tables nested too deep."""
    root = Node(None, value)
    owners = {id(value): root}
    waiting = deque([root] if is_object(value) else [])
    while waiting:
        node = waiting.popleft()
        pairs = pairs_of(node.value)
        node.size = None if pairs is None else len(pairs)
        if not pairs or (enter is not None and not enter(node)):
            continue
        if node.depth >= DEEPEST:
            raise ExportError(f"tables within tables, more than {DEEPEST} deep")
        node.pairs = pairs if cut is None else cut(pairs)
        for key, part in node.pairs:
            if is_object(part) and id(part) not in owners:
                owners[id(part)] = below = Node(key, part, node.depth + 1, node)
                waiting.append(below)
    stack = [iter((root,))]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        yield found
        if found.pairs:
            stack.append(_below(found, owners))


def _below(node: Node, owners: dict[int, Node]) -> Iterator[Node]:
    """What a node holds, as nodes."""
    for key, part in node.pairs or ():
        owner = owners.get(id(part)) if is_object(part) else None
        if owner is not None and owner.above is node and owner.key is key:
            yield owner
        else:
            yield Node(key, part, node.depth + 1, node, owner)


def is_object(value: Any) -> bool:
    """Whether a value is one that others may hold too."""
    return value.__class__ not in (str, int, float, bool) and value is not None


def pairs_of(value: Any) -> Pairs | None:
    """What a table or an object of fields holds, whole numbers first; None of anything else."""
    if isinstance(value, Table):
        pairs = rawitems(value)
    elif typename(value) in ("tds.Hash", "tds.Vec"):
        pairs = items(value)
    else:
        return None
    return sorted(pairs, key=lambda pair: (0, pair[0]) if pair[0].__class__ is int else (1, 0))


def key_text(key: Any) -> str:
    """A key as a part of a path."""
    if key.__class__ is int:
        return str(key)
    if key.__class__ is str:
        text = to_text(key)
        if _PLAIN.fullmatch(text):
            return text
        return json.dumps(text, ensure_ascii=any("\ud800" <= c <= "\udfff" for c in text))
    if key.__class__ in (float, bool):
        return f"[{tostring(key)}]"
    return f"[{shown(key)}]"


def parts_of(path: str) -> list[Any] | None:
    """The keys of a path, None if one of them is no text and no number."""
    keys: list[Any] = []
    for part in _PART.findall(path):
        if part[0] == "[":
            return None
        if part[0] == '"':
            keys.append(json.loads(part))
        else:
            keys.append(int(part) if part.lstrip("-").isdigit() else part)
    return keys


def part_at(value: Any, path: str) -> Any:
    """The part of an object at a path, as inspect shows it. Errors: ExportError with how far it
    leads, and what there is."""
    keys, part = parts_of(path), value
    for number, key in enumerate(keys or [None]):
        found = dict(pairs_of(part) or ()) if keys is not None else {}
        key = from_text(key) if isinstance(key, str) else key
        if key not in found:
            place = ".".join(map(key_text, (keys or [])[:number])) or "the object"
            names = ", ".join(map(key_text, list(found)[:8])) or "nothing with a path"
            raise ExportError(f"there is no part {path}: {place} has {names}")
        part = found[key]
    return part


def readable(text: str) -> str:
    """A Lua string as text that every file can hold: bytes that are no UTF-8 as `\\xe9`."""
    if text.isascii():
        return text
    return to_text(text).encode("utf-8", "backslashreplace").decode("utf-8")


def shown(value: Any, width: int = 40) -> str:
    """A value on one short line: what it is, and what it holds if that is short."""
    if isinstance(value, Tensor):
        return f"{typename(value)} {size_of(value)}"
    if isinstance(value, Storage):
        return f"{typename(value)} of {len(value)}"
    if value.__class__ is str:
        text = readable(value)
        quoted = json.dumps(text[: width + 1], ensure_ascii=False)
        return quoted if len(text) <= width else f'{quoted[:width]}…" ({len(value)} bytes)'
    if isinstance(value, Table):
        return readable(typename(value) or "table")
    if is_object(value):
        return readable(typename(value) or _function(value))
    return tostring(value)


def _function(value: Any) -> str:
    return "function" if callable(value) else type(value).__name__


def shape_of(tensor: Any) -> tuple[int, ...]:
    """The sizes of a tensor, also of one whose storage was emptied; () of one without."""
    try:
        nd = tensor.nd
    except LuaError:
        from th7shell.torch.stranded import layout_of

        layout = layout_of(tensor)
        return () if layout is None else layout.shape
    return nd.shape if nd.size else ()


def size_of(tensor: Any) -> str:
    """`3x224x224`, or `empty`."""
    return "x".join(map(str, shape_of(tensor))) or "empty"
