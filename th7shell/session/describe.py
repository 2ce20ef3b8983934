"""What a name is and does, in a word and a sentence: for menus and lists."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Any

from th7shell import lua
from th7shell.lua import Table, rawget
from th7shell.lua.marks import SOURCE
from th7shell.lua.stdlib.texts import to_text

from . import offered
from .members import is_class, is_lua, is_tensor, kind, members, type_name

FAMILIES = ("Criterion", "Container", "Module")  # what a class is, by the first base found
WORDS = {"Criterion": "criterion", "Container": "container", "Module": "layer"}
LONGEST = 40  # letters of a string that are shown
# The end of a sentence, or of what comes before an example.
END = re.compile(r"(?<=[^.\s]{2}\.)\s|[:;] (?=`)")

SINGULAR = {"classes": "class", "functions": "function", "names": "name"}


def word(value: Any) -> str:
    """One word for what a value is: layer, criterion, function, tensor, table, nn.Linear, number
    …"""
    if is_class(value):
        bases = {base.__name__ for base in value.__mro__}
        return next((WORDS[f] for f in FAMILIES if f in bases), "class")
    return "tensor" if is_tensor(value) else kind(value)


def about(value: Any) -> str:
    """One line about a value: the first sentence of its documentation, or what it holds."""
    if is_tensor(value):
        return f"{kind(value)} {type_name(value)}"
    if is_class(value) or callable(value):
        return summary(told_of(value))
    if isinstance(value, Table):
        own = type_name(value)
        return summary(type(value).__doc__ or "") if own and own != "table" else _held(value)
    if isinstance(value, str):
        text = ascii(to_text(value)) if len(value) <= LONGEST else f"{len(value)} bytes"
        return text
    if value is None or isinstance(value, (bool, int, float)):
        return lua.tostring(value)
    return ""


def told_of(value: Any) -> str:
    """The documentation of a function or class as it is written."""
    if is_lua(value):
        return comment_above(value)
    operations = sys.modules.get("th7shell.torch.ops")
    name = operations.operation_of(value) if operations is not None else None
    if operations is not None and name is not None:
        return str(operations.OPERATIONS[name][0].doc)
    return value.__doc__ or ""


def _held(table: Table) -> str:
    """How much a plain table holds."""
    count = sum(1 for _ in lua.rawitems(table))
    return "empty" if not count else f"{count} {'entry' if count == 1 else 'entries'}"


@lru_cache(maxsize=4096)
def summary(doc: str) -> str:
    """The first sentence of a documentation text, without the full stop."""
    first = re.split(r"\n\s*\n", doc.strip(), maxsplit=1)[0]
    return END.split(" ".join(first.split()), maxsplit=1)[0].rstrip(".:")


def comment_above(function: Any) -> str:
    """The comment lines right above a Lua function, without their dashes."""
    code = function.__code__
    lines, n = [], code.co_firstlineno - 1
    every = source_lines(function)
    while n > 0 and (line := every[n - 1].strip()).startswith("--"):
        lines.append(line.lstrip("-[").strip())
        n -= 1
    return "\n".join(reversed(lines))


def source_lines(function: Any) -> list[str]:
    """The lines of the chunk that a Lua function is in."""
    return to_text(function.__globals__.get(SOURCE, "")).split("\n")


def package_line(value: Any, globals: Table) -> str | None:
    """One line on a package that is open, `nn: 190 classes, ? nn`; None of any other value."""
    loaded = globals.package.loaded
    name = next((n for n in offered.names() if rawget(loaded, n) is value), None)
    if name is None or not isinstance(value, Table):
        return None
    public = {k: v for k, v in members(value).items() if not k.startswith("_")}
    classes = sum(map(is_class, public.values()))
    counts = {
        "classes": classes,
        "functions": sum(map(callable, public.values())) - classes,
    }
    if not any(counts.values()):
        counts = {"names": len(public)}
    few = max(counts.values()) / 50  # a function among two hundred classes is not told
    told = (f"{n} {what if n > 1 else SINGULAR[what]}" for what, n in counts.items() if n > few)
    return f"{name}: {', '.join(told)}, ? {name}\n"
