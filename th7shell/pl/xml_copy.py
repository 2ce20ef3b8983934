"""Copies of `pl.xml`'s documents, and what makes two of them different."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .values import (
    LuaError,
    array,
    call,
    getmetatable,
    index,
    insert,
    is_table,
    items,
    length,
    lua_type,
    new_table,
    offer,
    set_index,
    setmetatable,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def clone(doc: Any = None, strsubst: Any = None, *_: Any) -> Any:
    """A copy of a document; its strings become strsubst(text, kind, parent), kind being '*TAG',
    '*TEXT' or the name of an attribute."""
    seen: set[int] = set()

    def copy(value: Any, kind: Any, parent: Any) -> Any:
        if not is_table(value):
            changes = true(strsubst) and value.__class__ is str
            return call(strsubst, value, kind, parent) if changes else value
        if id(value) in seen:
            raise LuaError("recursion detected", 2)
        seen.add(id(value))
        made = new_table(fields={"tag": copy(value["tag"], "*TAG", parent)})
        if true(value["attr"]):
            made["attr"] = new_table()
            for name, text in items(value.attr):
                if name.__class__ is str:
                    set_index(made["attr"], name, copy(text, name, value))
        for child in array(value):
            insert(made, copy(child, "*TEXT", value))
        return setmetatable(made, getmetatable(value))

    return copy(doc, None, None)


@offer(FUNCTIONS)
def compare(t1: Any = None, t2: Any = None, *_: Any) -> Any:
    """Whether two documents are equal; false and the reason where they are not. The order of
    attributes counts where both list it."""
    reason = difference(t1, t2, set())
    return True if reason is None else (False, reason)


def difference(a: Any, b: Any, seen: set[int]) -> str | None:
    """What makes two documents different."""
    if lua_type(a) != lua_type(b):
        return "type mismatch"
    if a.__class__ is str:
        return None if a == b else f"text {a} ~= text {b}"
    if not is_table(a):
        return "not a document"
    if id(a) in seen:
        return "recursive document"
    seen.add(id(a))
    if a.tag != b.tag:
        return f"tag  {a.tag} ~= tag {b.tag}"
    if length(a) != length(b):
        return f"size {length(a)} ~= size {length(b)} for tag {a.tag}"
    for one, other in ((a.attr, b.attr), (b.attr, a.attr)):
        for key, value in items(one):
            theirs = index(other, key)
            if key.__class__ is str and theirs != value:
                return "mismatch attrib"
            if key.__class__ is not str and theirs is not None and theirs != value:
                return "mismatch attrib order"
    pairs = zip(array(a), array(b), strict=True)
    return next((r for x, y in pairs if (r := difference(x, y, seen)) is not None), None)
