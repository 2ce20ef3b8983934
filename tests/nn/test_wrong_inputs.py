"""Every layer and criterion, given what it cannot use: an error in Lua's words, and parameters
unchanged.

A call is made as Lua would make it; whatever it raises is worded by `error_text`. An input that
works all the same is no fault here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import Table, array, new_table
from th7shell.lua.failures import caught as error_text
from th7shell.torch.storage import long_storage
from th7shell.torch.tensor import TYPES, Tensor, wrap

from .rows import like, plain, tensors
from .test_criterions import CASES
from .test_criterions import wrap as wrapped
from .test_layers import ROWS

#: what Python, NumPy and our own files say, and Lua never
FOREIGN = re.compile(
    r"Error\b|Exception|NoneType|ndarray|numpy|ufunc|broadcast|\baxis\b|array|'int'|'float'|'str'"
    r"|'list'|'tuple'|'Table'|object has|object is|subscript|iterable|positional|keyword"
    r"|instances of|operand type|einsum|reshape|argmax|argmin|concatenate|__\w+__|required argument"
    r"|list index|slice|literal|expected at|(?<!to ')unpack|hashable|object at|matmul|dtype|casting"
    r"|cannot convert (?:float|a)|math domain|\binteger argument|traceback"
)


def leak(error: BaseException) -> str | None:
    """What of an error's text is not Lua's (containers add a trace, which names files)."""
    text = str(error_text(error)).split("stack traceback:")[0]
    found = FOREIGN.search(text)
    return f"{text!r} has {found[0]!r}" if found else None


def plain_values() -> list[Any]:
    """Values of every Lua type, and tensors of many forms."""
    values: list[Any] = [None, True, False, 0, 2, -1, 2.5, float("nan"), "x", "", print]
    values += [new_table(), new_table([1]), new_table(["x"]), long_storage([2, 3]), nn.Identity()]
    shapes = [(), (1,), (2,), (7,), (1, 1), (2, 3), (3, 2), (4, 7), (2, 3, 2), (2, 3, 4, 4)]
    shapes += [(1, 2, 3, 4, 5), (1,) * 6]
    for shape in shapes:
        values.append(wrap(np.ones(shape)) if shape else TYPES["torch.DoubleTensor"]())
    for name in ("Float", "Long", "Byte"):
        values.append(wrap(np.ones((2, 3))).type(f"torch.{name}Tensor"))
    values.append(new_table([wrap(np.ones(3)), wrap(np.ones(2))]))
    values.append(new_table([wrap(np.ones((2, 3))), None, wrap(np.ones((2, 3)))]))
    values.append(new_table([new_table([wrap(np.ones(3))]), wrap(np.ones(3))]))
    values.append(new_table(fields={"x": wrap(np.ones(3))}))
    return values


def spoiled(value: Any) -> Iterator[Any]:
    """A right value with one thing wrong: a dimension more or less, another size or type, an entry
    missing, too many or of another kind.
    """
    if isinstance(value, Tensor):
        x = value.nd
        yield wrap(x[None].copy())
        yield wrap(x[0].copy()) if x.ndim > 1 else wrap(x[:0].copy())
        for axis, size in enumerate(x.shape):
            yield wrap(np.concatenate([x, x.take([0], axis)], axis))
            if size > 1:
                yield wrap(x.take([0], axis))
        yield value.float() if value.nd.dtype != np.float32 else value.double()
        yield value.long()
        yield new_table([value])
        yield wrap(np.full_like(x, np.nan))
        yield wrap(x * 0 - 3)
    elif isinstance(value, Table):
        entries = array(value)
        yield new_table(entries[:-1])
        yield new_table([*entries, entries[-1]]) if entries else new_table([1])
        yield new_table(entries[::-1])
        for i, entry in enumerate(entries):
            for other in (None, 3, "x", new_table(), *spoiled(entry)):
                yield new_table([*entries[:i], other, *entries[i + 1 :]])


def wrong(value: Any) -> list[Any]:
    return [*plain_values(), *spoiled(value)]


def state(module: Any) -> list[np.ndarray]:
    """The parameters, as far as a module has any."""
    lists = getattr(module, "parameter_lists", None)
    return [p.nd.copy() for p in lists()[0] if isinstance(p, Tensor)] if lists else []


class Sweep:
    """Makes calls and keeps what they said wrongly; `share` of all calls is made, seeded."""

    def __init__(self, share: float) -> None:
        self.draw = np.random.default_rng(1)
        self.share = share
        self.calls = self.errors = 0
        self.faults: list[str] = []

    def skips(self) -> bool:
        return self.draw.random() >= self.share

    def call(self, what: str, module: Any, method: str, *args: Any) -> None:
        before = state(module)
        self.calls += 1
        torch.manualSeed(1)
        try:
            getattr(module, method)(*args)
        except Exception as error:
            self.errors += 1
            if found := leak(error):
                self.faults.append(f"{what}:{method}: {found}")
            after = state(module)
            same = all(
                np.array_equal(a.reshape(-1), b.reshape(-1), equal_nan=True)
                for a, b in zip(before, after)
            )
            if not same:
                self.faults.append(f"{what}:{method}: parameters changed")

    def finish(self) -> None:
        assert not self.faults, f"{len(self.faults)} of {self.calls} calls:\n" + "\n".join(
            self.faults[:100]
        )
        assert self.errors


def sweep_layers(share: float, rows: list) -> Sweep:
    sweep = Sweep(share)
    for row in rows:
        x, right = tensors(row.arrays()), None
        for value in wrong(x):
            if sweep.skips():
                continue
            sweep.call(str(row), row.build(), "forward", value)
        for value in wrong(x):
            if sweep.skips():
                continue
            layer = row.build()
            layer.forward(x)
            right = tensors(like(plain(layer.output)))
            for method in ("updateGradInput", "accGradParameters"):
                sweep.call(str(row), layer, method, value, right)
        for value in [] if right is None else wrong(right):
            if sweep.skips():
                continue
            layer = row.build()
            layer.forward(x)
            for method in ("backward", "updateGradInput", "accGradParameters"):
                sweep.call(str(row), layer, method, x, value)
    return sweep


def sweep_criterions(share: float) -> Sweep:
    sweep = Sweep(share)
    for case in CASES:
        x, target = tensors(case.input()), wrapped(case.target)
        pairs = [(v, target) for v in wrong(x)] + [(x, v) for v in wrong(target)]
        for pair in pairs:
            if sweep.skips():
                continue
            loss = case.build()
            sweep.call(str(case), loss, "forward", *pair)
            sweep.call(str(case), loss, "backward", *pair)
    return sweep


def sweep_constructors(share: float) -> Sweep:
    sweep = Sweep(share)
    seen = set()
    for row in ROWS:
        if row.make is not None or row.name in seen:
            continue
        seen.add(row.name)
        maker = new_table(fields={"make": getattr(nn, row.name)})
        args = row.args or (None,)
        for i in range(len(args)):
            for value in [*plain_values(), -3, 1e300, 10**18]:
                if not sweep.skips():
                    given = [*args[:i], value, *args[i + 1 :]]
                    sweep.call(f"{row.name}{given}", maker, "make", *given)
    return sweep


def test_layers():
    sweep_layers(0.04, ROWS).finish()


def test_criterions():
    sweep_criterions(0.04).finish()


def test_constructors():
    sweep_constructors(0.1).finish()


@pytest.mark.long
def test_all_of_them():
    for sweep in (sweep_layers(1, ROWS), sweep_criterions(1), sweep_constructors(1)):
        sweep.finish()
