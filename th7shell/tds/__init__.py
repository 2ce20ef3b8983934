"""Lua's `tds`: Hash, Vec and AtomicCounter, which hold numbers, strings, booleans, tensors and each
other. Upstream: torch/tds.

They are objects of their own and no tables: threads share them as they are.
"""

from __future__ import annotations

from typing import Any

from th7shell.torch.namespace import namespace, need

from .atomic import AtomicCounter
from .elements import elem
from .hash import Hash
from .vec import Vec

TABLE = namespace("tds")
TABLE.hash, TABLE.vec, TABLE.atomic_counter = Hash, Vec, AtomicCounter

FILES = {
    "env": lambda _: TABLE,
    "cdefs": None,
    "elem": elem,
    "hash": lambda _: Hash,
    "vec": lambda _: Vec,
    "atomic": lambda _: AtomicCounter,
}


def luaopen(globals: Any) -> Any:
    """Return `tds`; no global is set."""
    need(globals, "torch")
    return TABLE


__all__ = ["FILES", "AtomicCounter", "Hash", "Vec", "luaopen"]
