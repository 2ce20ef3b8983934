"""Modules and criterions as damaged files leave them, their fields of other types and sizes: what
uses them says what is wrong in Lua's words, soon.
"""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import Table, array, items, new_table
from th7shell.torch.storage import long_storage
from th7shell.torch.tensor import TYPES, Tensor, wrap

from .rows import like, plain, tensors
from .test_criterions import CASES
from .test_criterions import wrap as wrapped
from .test_layers import ROWS
from .test_wrong_inputs import leak

METHODS = [
    "forward",
    "backward",
    "updateParameters",
    "zeroGradParameters",
    "getParameters",
    "parameters",
    "clone",
    "float",
    "__tostring__",
    "clearState",
    "training",
    "reset",
    "listModules",
    "size",
    "share",
    "accUpdateGradParameters",
]


def replacements(value: Any) -> list[Any]:
    """What a damaged file may hold in the place of a field's value."""
    found: list[Any] = [None, True, False, 0, -1, 3, 2.5, 1e15, float("nan"), "x", new_table()]
    found += [new_table([1, "x"]), nn.Identity(), TYPES["torch.DoubleTensor"](), torch.LongTensor()]
    found += [wrap(np.ones(2)), wrap(np.ones((2, 3))), wrap(np.ones((1, 2, 3, 4)))]
    found += [
        long_storage([]),
        long_storage([2, 3]),
        torch.Generator(),
        new_table([wrap(np.ones(2))]),
    ]
    if isinstance(value, Tensor):
        x = value.nd
        found += [value.float(), value.long(), wrap(x[None].copy()), wrap(x.reshape(-1).copy())]
        found += [wrap(x[:0].copy())] if x.ndim else []
    if isinstance(value, Table) and torch.typename(value) is None:
        entries = array(value)
        found += [new_table(entries[:-1]), new_table([*entries, 1]), new_table([None, *entries])]
    if isinstance(value, int | float) and not isinstance(value, bool):
        found += [-value, value + 1, value + 0.5, str(value)]
    return found


def holders(module: Any, depth: int) -> list[Any]:
    """A module and the tables and modules below it, each once."""
    found: dict[int, Any] = {}
    level = [module]
    for _ in range(depth):
        level = [holder for holder in level if id(holder) not in found]
        found.update((id(holder), holder) for holder in level)
        level = [v for holder in level for _, v in items(holder) if isinstance(v, Table)]
    return list(found.values())


class Damage:
    """Damages modules at random and uses them; keeps what was said wrongly."""

    def __init__(self, seed: int, depth: int = 4) -> None:
        self.draw = random.Random(seed)
        self.depth = depth
        self.uses = self.errors = 0
        self.faults: list[str] = []

    def spoil(self, module: Any) -> str:
        """Replace the value of one field, of the module or below it."""
        holder = self.draw.choice(holders(module, self.depth))
        fields = [(k, v) for k, v in items(holder) if k != "_type" or self.draw.random() < 0.3]
        if not fields:
            return "nothing"
        key, value = self.draw.choice(fields)
        new = self.draw.choice(replacements(value))
        holder[key] = new
        return f"{torch.typename(holder) or 'table'}.{key} = {plain(new)!r:.40}"

    def use(self, what: str, module: Any, method: str, *args: Any) -> None:
        self.uses += 1
        started = time.perf_counter()
        try:
            getattr(module, method)(*args)
        except Exception as error:
            self.errors += 1
            if found := leak(error):
                self.faults.append(f"{what}:{method}: {found}")
        took = time.perf_counter() - started
        if took > 1:
            self.faults.append(f"{what}:{method} took {took:.1f} s")

    def layer(self, row: Any) -> None:
        layer, x = row.build(), tensors(row.arrays())
        grad = tensors(like(plain(layer.forward(x))))
        if not hasattr(grad, "nd") and not isinstance(grad, Table):
            grad = wrap(np.ones(1))
        what = f"{row}, " + ", ".join(self.spoil(layer) for _ in range(self.draw.choice([1, 1, 2])))
        arguments = {
            "forward": (x,),
            "backward": (x, grad),
            "accUpdateGradParameters": (x, grad, 0.1),
            "updateParameters": (0.1,),
            "share": (row.build(), "weight", "bias"),
        }
        for method in self.draw.sample(METHODS, 6):
            if callable(getattr(layer, method, None)):
                self.use(what, layer, method, *arguments.get(method, ()))

    def criterion(self, case: Any) -> None:
        loss, x, target = case.build(), tensors(case.input()), wrapped(case.target)
        loss.forward(x, target)
        what = f"{case}, {self.spoil(loss)}"
        for method in ("forward", "backward"):
            self.use(what, loss, method, x, target)
        self.use(what, loss, "float")

    def finish(self) -> None:
        assert not self.faults, f"{len(self.faults)} of {self.uses}:\n" + "\n".join(
            self.faults[:60]
        )
        assert self.errors


def sweep(seed: int, times: int, share: float = 1) -> Damage:
    damage = Damage(seed)
    torch.manualSeed(seed)
    for _ in range(times):
        for row in ROWS:
            if damage.draw.random() < share:
                damage.layer(row)
        for case in CASES:
            if damage.draw.random() < share:
                damage.criterion(case)
    return damage


def test_some_damaged_modules():
    sweep(1, 1, 0.5).finish()


@pytest.mark.long
def test_many_damaged_modules():
    sweep(2, 40).finish()
