"""Calls with arguments of every kind: what Lua programs must never see is Python's words."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from typing import Any

from th7shell.lua import LuaError, new_table
from th7shell.lua.failures import caught as error_text
from th7shell.torch.tensor import TYPES

WORDS = ("NoneType", "ndarray", "numpy", "Error:", "object is", "positional argument", "'str'")


def values() -> list[Any]:
    """Nil, numbers, strings, tables and tensors that a call may be given."""
    tensors = []
    for name in ("Double", "Float", "Byte", "Int"):
        kind = TYPES[f"torch.{name}Tensor"]
        for shape in ((), (4,), (3, 4), (3, 3, 4), (1, 3, 4), (2, 3, 3, 4), (1, 1)):
            tensors.append(kind(*shape).fill(1) if shape else kind())
    numbers = [-1, 0, 2.5, 3, math.inf, -math.inf, math.nan, 2**40]
    tables = [new_table(), new_table([1, 2]), new_table(["a", tensors[2]]), new_table([tensors[1]])]
    others = [None, True, False, "text", "", "na\0me", "\xff", lambda *_: None]
    return [*numbers, *tables, *others, *tensors]


def leaks(
    functions: Iterable[tuple[str, Callable[..., Any]]],
    extra: Iterable[Any] = (),
    calls: int = 60,
    seed: int = 7,
    keys: tuple[str, ...] = (),
) -> list[tuple[str, str]]:
    """(name, text) of each call that ended in an exception of Python's or in Python's words.

    extra: further arguments; keys: fields of the one table that some calls are given.
    """
    rng = random.Random(seed)
    pool = [*values(), *extra]
    found = []
    for name, function in functions:
        for _ in range(calls):
            args = [rng.choice(pool) for _ in range(rng.randint(0, 6))]
            if args and rng.random() < 0.6:
                args[0] = rng.choice(pool[-20:])
            if keys and rng.random() < 0.2:
                fields = rng.sample(keys, min(3, len(keys)))
                args = [new_table((), {key: rng.choice(pool) for key in fields})]
            try:
                function(*args)
            except LuaError as error:
                text = str(error_text(error))
                if any(word in text for word in WORDS):
                    found.append((name, text))
            except Exception as error:
                found.append((name, repr(error)))
    return found
