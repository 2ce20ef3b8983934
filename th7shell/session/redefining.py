"""At a prompt a class may be declared again, as iTorch allowed: an entry with `torch.class` can be
run twice.

A script keeps Torch's rule, an error. Objects that exist go on with the class they were made from.
"""

from __future__ import annotations

import functools
from typing import Any

from th7shell.lua import Table, rawget, rawset


def allow(globals: Table) -> None:
    """Let `torch.class` of this session forget a class of the same name first."""
    from th7shell.torch.classes import REGISTRY

    torch = rawget(globals, "torch")
    original = rawget(torch, "class")
    if getattr(original, "redefines", False):
        return

    @functools.wraps(original)
    def declare(name: Any = None, *rest: Any) -> Any:
        before = REGISTRY.pop(name, None) if isinstance(name, str) else None
        try:
            return original(name, *rest)
        except BaseException:
            if before is not None:
                REGISTRY[name] = before
            raise

    declare.redefines = True  # type: ignore[attr-defined]
    rawset(torch, "class", declare)
