"""Wild calls: every function of torch and every method of its objects with random arguments, many
of them wrong. Run as a program (`wild_calls.py SEED COUNT`) it prints each failure that a Lua user
must not see, and how many calls it made.

A failed call is a Lua error in the user's terms and leaves its arguments as they were. The memory
of the process is limited, so that absurd sizes fail at once.
"""

from __future__ import annotations

import random
import re
import sys
import time
from typing import Any

import numpy as np

from th7shell import torch
from th7shell.lua import LuaError, Table, items, new_table, state
from th7shell.lua.failures import caught as error_text
from th7shell.lua.state import MAIN
from th7shell.torch.classes import TorchClass, metatable
from th7shell.torch.memory import Memory
from th7shell.torch.ops.declare import OPERATIONS
from th7shell.torch.storage import Storage

TYPES = ("Byte", "Char", "Short", "Int", "Long", "Float", "Double", "Half")
LIMIT = 5.0  # seconds of the processor: a call that takes longer hangs
NUMBERS = (0, 1, 2, 3, 4, 5, 7, -1, -2, -3, 1.0, 2.0, 3.0, 0.5, -0.5, 3.7, 100, 2**31, -(2**31))
ABSURD = (
    1e10,
    2**53,
    -(2**53),
    1e300,
    -1e300,
    float("nan"),
    float("inf"),
    float("-inf"),
    -0.0,
    2**32,
)
STRINGS = (
    "",
    "abc",
    "3",
    "0x10",
    "U",
    "N",
    "V",
    "r",
    "torch.FloatTensor",
    "torch.DoubleStorage",
    "\xe9\xff",
)
SHAPES = (
    (),
    (1,),
    (3,),
    (4,),
    (2, 3),
    (3, 3),
    (3, 2),
    (4, 4),
    (2, 3, 4),
    (3, 3, 3),
    (1, 3),
    (2, 2, 2, 2),
)
PYTHON = re.compile(
    r"Error: |Exception|Traceback|' object|\baxis\b|\baxes\b|broadcast|[Nn]um[Pp]y|ndarray|positional"
    r"|NoneType|subscript|dtype|\biterable|attribute|unsupported operand|__\w+__\(|keyword|(?<!tensor )\barray\b|\bint\b.*\bfloat\b"
    r"|ufunc|cannot convert (?!')|\btuple\b|\blist\b|\bdict\b|slice indices|\bbytes\b|<class|codec|unpack"
)  # words of Python's and NumPy's errors
SKIPPED = {  # they end the process, run programs or change what later calls mean
    "test", "class", "include", "setdefaulttensortype", "setnumthreads", "PipeFile", "DiskFile", "newmetatable",
    "setenv", "setmetatable", "metatype", "updatethreadlocals", "updateerrorhandlers", "setheaptracking",
    "manualSeed", "setRNGState", "packageLuaPath", "load", "save", "saveobj", "loadobj", "Tester", "TestSuite", "CmdLine",
    "getconstructortable", "isatty",
}  # fmt: skip


def lua_function(*args: Any) -> Any:
    """A Lua function in the eyes of torch: gives back its first argument."""
    return args[0] if args else ()


class Pool:
    """Random Lua values."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def tensor(self, kind: str | None = None, shape: Any = None) -> Any:
        rng = self.rng
        cls = torch.TORCH[f"{kind or rng.choice(TYPES + ('Double',) * 6)}Tensor"]
        shape = rng.choice(SHAPES) if shape is None else shape
        t = cls(*shape)
        if t.nd.size:
            values = rng.choice((0, 1, 2)) if rng.random() < 0.3 else np.arange(t.nd.size) % 4
            t.nd[...] = np.reshape(values, shape) if np.ndim(values) else values
            layout = rng.random()
            if layout < 0.2 and t.nd.ndim > 1:
                t = t.transpose(1, 2)
            elif layout < 0.3:
                t = t.narrow(1, 1, 1)
            elif layout < 0.35 and t.nd.shape[0] == 1:
                t = t.expand(*(3, *t.nd.shape[1:]))
        return t

    def storage(self) -> Any:
        values = [self.rng.choice((1, 2, 3, 0, -1)) for _ in range(self.rng.randrange(4))]
        kind = self.rng.choice((*TYPES, "Long", "Long"))
        return torch.TORCH[f"{kind}Storage"](new_table(values))

    def number(self) -> Any:
        return self.rng.choice(NUMBERS if self.rng.random() < 0.8 else ABSURD)

    def table(self, depth: int = 0) -> Any:
        rng = self.rng
        count = rng.randrange(4)
        what = rng.random()
        if what < 0.35:
            values = [self.number() for _ in range(count)]
        elif what < 0.6:
            kind, shape = rng.choice(TYPES), rng.choice(SHAPES)
            values = [self.tensor(kind, shape) for _ in range(count)]
        else:
            values = [self.value(depth + 1) for _ in range(count)]
        return new_table([v for v in values if v is not None])

    def value(self, depth: int = 0) -> Any:
        what = self.rng.random()
        if what < 0.3:
            return self.tensor()
        if what < 0.6:
            return self.number()
        if what < 0.7:
            return self.table(depth) if depth < 2 else 1
        if what < 0.8:
            return self.rng.choice(STRINGS)
        if what < 0.88:
            return None
        if what < 0.92:
            return self.rng.random() < 0.5
        if what < 0.96:
            return self.storage()
        others = (
            lua_function,
            torch.Generator(),
            torch.Timer(),
            torch.MemoryFile(),
            torch.TORCH.DoubleTensor,
        )
        return self.rng.choice(others)

    def fitting(self, argument: Any, kind: str) -> Any:
        """A value for a declared argument of an operation of tensors of type `kind`, mostly."""
        rng = self.rng
        if rng.random() < 0.12:
            return self.value()
        declared = argument.kind
        shape = None
        if argument.dims is not None:
            shape = rng.choice([s for s in SHAPES if len(s) == argument.dims] or SHAPES)
        if declared == "T":
            return self.tensor(kind, shape)
        if declared.endswith("Tensor"):
            return self.tensor(declared.removesuffix("Tensor"), shape)
        if declared == "Ts":
            return new_table([self.tensor(kind) for _ in range(rng.randrange(4))])
        if declared == "boolean":
            return rng.random() < 0.5
        if declared == "generator":
            return torch.Generator()
        if "|" in declared:
            return rng.choice(declared.split("|"))
        if declared == "sizes":
            return self.storage() if rng.random() < 0.3 else self.number()
        return self.number()


def targets() -> list[tuple[str, Any, Any]]:
    """(name, function, class of self or None): all that Lua can call."""
    found: list[tuple[str, Any, Any]] = []
    for name, value in items(torch.TORCH):
        if name in SKIPPED or not isinstance(name, str) or name.startswith("_"):
            continue
        if isinstance(value, TorchClass):
            if issubclass(value, (Memory, Storage)) or name in ("Generator", "Timer", "MemoryFile"):
                found.append((f"torch.{name}", value, None))
                found += methods(name, value)
        elif callable(value):
            found.append((f"torch.{name}", value, None))
    return found


def methods(short: str, cls: Any) -> list[tuple[str, Any, Any]]:
    rows = type(metatable(cls)).__lua_items__(metatable(cls))
    skipped = ("retain", "free", "__gc", "__factory", "__constructor", "manualSeed")
    return [
        (f"{short}:{name}", function, cls)
        for name, function in rows
        if callable(function) and not isinstance(function, type) and name not in skipped
    ]


def arguments(pool: Pool, name: str, cls: Any) -> list[Any]:
    """Random arguments for a call, often those that the operation declares."""
    rng = pool.rng
    short = re.split("[.:]", name)[1]
    if short in OPERATIONS and rng.random() < 0.7:
        op = rng.choice(OPERATIONS[short])
        kind = rng.choice(op.types)
        forms = op.methods if cls is not None else op.functions
        if cls is not None:
            kind = next((t for t in op.types if cls.__name__.startswith(t)), kind)
        if forms:
            chosen = rng.choice(rng.choice(forms).variants())
            return [pool.fitting(a, kind) for a in chosen]
    given = [pool.value() for _ in range(rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4, 5)))]
    if cls is not None and rng.random() < 0.9:
        given.insert(0, own(pool, cls))
    return given


def own(pool: Pool, cls: Any) -> Any:
    """An object of the class whose method is called."""
    if issubclass(cls, Memory):
        return pool.tensor(cls.__name__.removesuffix("Tensor"))
    if issubclass(cls, Storage):
        return cls(new_table([1, 2, 3][: pool.rng.randrange(4)]))
    return cls()


def picture(value: Any, depth: int = 0) -> Any:
    """What must not change in an argument of a call that fails."""
    if isinstance(value, Memory):
        return (value.nd.shape, value.nd.strides, value.nd.tobytes())
    if isinstance(value, Storage):
        return value.nd.tobytes()
    if isinstance(value, Table) and depth < 3:
        return [(k, picture(v, depth + 1)) for k, v in items(value)]
    return id(value)


def sound(value: Any) -> bool:
    """No tensor without elements has sizes, no number is NumPy's or too large for Lua."""
    if isinstance(value, Memory):
        empty = value.nd.shape == (0,)
        return value.nd.dtype == type(value).dtype and (value.nd.size > 0 or empty)
    if isinstance(value, int) and not isinstance(value, bool):
        return type(value) is int and abs(value) <= 2**63
    return not isinstance(value, (np.generic, np.ndarray, list, dict))


def shown(value: Any) -> str:
    if isinstance(value, Memory):
        return f"{type(value).__name__}{list(value.nd.shape)}"
    if isinstance(value, Storage):
        return f"{type(value).__name__}{value.nd.tolist()}"
    if isinstance(value, Table):
        return "{" + ", ".join(shown(v) for _, v in items(value)) + "}"
    return type(value).__name__ if callable(value) or hasattr(value, "__slots__") else repr(value)


def fault(function: Any, given: list[Any]) -> str | None:
    """Call; what is wrong with how it fails, if it does."""
    before = [picture(v) for v in given]
    started = time.process_time()
    results: Any = ()
    try:
        results = function(*given)
    except Exception as error:
        message = error_text(error)
        if not isinstance(message, str):
            return f"no message: {message!r}"
        own_words = isinstance(error, (LuaError, MemoryError, RecursionError))
        if PYTHON.search(message) or (
            not own_words and str(error) and message.endswith(str(error))
        ):
            return f"{type(error).__name__} leaks: {message.splitlines()[0]}"
        if [picture(v) for v in given] != before:
            return f"arguments changed: {message.splitlines()[0]}"
    for value in (*given, *(results if isinstance(results, tuple) else (results,))):
        if not sound(value):
            return f"unsound: {type(value).__name__} {getattr(value, 'nd', np.empty(0)).shape} {value!r}"
    if time.process_time() - started > LIMIT:
        return "takes too long"
    return None


def run(seed: int, count: int, only: str = "") -> list[str]:
    """Make `count` calls; the faults, in order."""
    state.globals = state.globals or Table()
    rows = [row for row in targets() if only in row[0]]
    assert only or len(rows) > 1500
    found = []
    for i in range(count):
        rng = random.Random(f"{seed} {i}")
        name, function, cls = rng.choice(rows)
        given = arguments(Pool(rng), name, cls)
        call = f"#{i} {name}({', '.join(map(shown, given))})"
        if (wrong := fault(function, given)) is not None:
            found.append(f"{call}: {wrong}")
    return found


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
    torch.complete()
    from th7shell.session.environment import Environment

    environment = Environment(MAIN)  # globals of an interpreter
    faults = run(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
    sys.stdout.write("\n".join([*faults, f"{sys.argv[2]} calls, {len(faults)} faults", ""]))
