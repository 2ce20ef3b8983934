"""The form of the tables of layers: a row says how a layer is made, what goes in, and what must
come out.

The tables themselves are `rows_<family>.py`; `test_layers.py` runs every row through the same
checks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from th7shell import nn
from th7shell.lua import Table, array, new_table
from th7shell.torch.tensor import TYPES, Tensor, wrap


@dataclass(frozen=True)
class Row:
    """One layer with one set of arguments.

    shape: the input's sizes, or a list of such for a table of tensors. formula: the output from
    plain arrays, given the input and the layer. low, high: the range of the input's values.
    batch: also check that a batch gives, sample by sample, what single samples give (shape is
    that of a sample). random: the output is drawn. slope: whether the gradients equal finite
    differences.
    """

    name: str
    args: tuple = ()
    shape: Any = (3,)
    formula: Callable[..., Any] | None = None
    low: float = -2.0
    high: float = 2.0
    batch: bool = False
    random: bool = False
    slope: bool = True
    text: str | None = None
    make: Callable[[], Any] | None = None
    label: str = ""
    integer: bool = False
    parameters: int | None = None

    def __str__(self) -> str:
        return self.label or f"{self.name}{self.args}"

    def build(self) -> Any:
        """The layer, with the same parameters every time."""
        from th7shell import torch

        torch.manualSeed(7)
        return self.make() if self.make else getattr(nn, self.name)(*self.args)

    def arrays(self, seed: int = 0, extra: tuple = ()) -> Any:
        """The input as plain arrays, nested as the shapes are."""
        draw = np.random.default_rng(seed)

        def one(shape: Any) -> Any:
            if isinstance(shape, list):
                return [one(s) for s in shape]
            values = draw.uniform(self.low, self.high, (*extra, *shape))
            return np.floor(values) if self.integer else values

        return one(self.shape)


def tensors(values: Any, kind: str = "torch.DoubleTensor") -> Any:
    """Arrays as tensors, lists as tables."""
    if isinstance(values, list):
        return new_table([tensors(v, kind) for v in values])
    return wrap(np.array(values, TYPES[kind].dtype))


def plain(value: Any) -> Any:
    """Tensors as arrays (copies), tables as lists."""
    if isinstance(value, Tensor):
        return value.nd.copy()
    if isinstance(value, Table):
        return [plain(v) for v in array(value)]
    return value


def flat(value: Any) -> np.ndarray:
    """All numbers of nested arrays in one vector."""
    if isinstance(value, list):
        return np.concatenate([flat(v) for v in value]) if value else np.zeros(0)
    return np.asarray(value, float).reshape(-1)


def views(value: Any) -> list[np.ndarray]:
    """The flat views of all tensors in a value, to move their elements."""
    if isinstance(value, Tensor):
        return [value.nd.reshape(-1)]
    return [view for v in array(value) for view in views(v)]


def like(value: Any, seed: int = 1) -> Any:
    """Random numbers of the same form."""
    draw = np.random.default_rng(seed)

    def one(v: Any) -> Any:
        return [one(x) for x in v] if isinstance(v, list) else draw.uniform(-1, 1, np.shape(v))

    return one(value)
